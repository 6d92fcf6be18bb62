"""Which lines of a clip are right: a line against the acts and look-alikes of the clip's truth. Pure.

A line is *right* where its kind is an act's and their places overlap by 0.3; the second line of an act, and one for the parasol of an unlawful stall beside the
stall's own, is a *duplicate*; every other line is *false*. Whatever leaves a camera after somebody turned it away is false, and told apart too. The delay is
what passes after an act has stood for its dwell. An act of a kind that is off is rightly named by the kinds that its class makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from curbwatch.demo.truth import ClipTruth, TrueAct, TrueBait
from detector.judgement.geometry import iou
from detector.replay import Violation
from evidence.kinds import Catalogue, load_catalogue

SAME_PLACE = 0.3
LEAST_VISIBLE, LEAST_CLEAR = 0.2, 0.8
"""What the camera hardly sees, or what stands where the truth's own geometry does not bear its verdict out, is left out, and so is any line about it."""
SHADE = "V15"
"""The kind of planted parasols and tents."""
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Tally:
    """Of one kind in one clip or in all.

    Attributes:
        acts, found: acts that must fire, and those that a line named rightly.
        right, duplicates, false: lines of the kind.
        look_alikes, raised: what could be taken for the kind and must not fire, and how many of those a line of any kind was about.
        delays: seconds after the dwell of each act that was found.
    """

    acts: int = 0
    found: int = 0
    right: int = 0
    duplicates: int = 0
    false: int = 0
    look_alikes: int = 0
    raised: int = 0
    delays: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Adds what another counted."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def lines(self) -> int:
        """All lines of the kind."""
        return self.right + self.duplicates + self.false

    @property
    def precision(self) -> float | None:
        """None where no line was right or false."""
        judged = self.right + self.false
        return self.right / judged if judged else None

    @property
    def recall(self) -> float | None:
        """None where no act must fire."""
        return self.found / self.acts if self.acts else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture can show of a clip: an act at its middle or a false line at its confirmation, its box in 0..1, and what it is in words."""

    sort: Literal["missed", "false", "found"]
    second: float
    xyxy: Box
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one event of a clip.

    Attributes:
        what: the event in the script's words: what an act is made of, what a look-alike is.
        kind: the kind that it is, or could be taken for.
        reason: why it is one, or none (docs/street.md); None where the truth has no word for it.
        violation: whether it must fire.
        right: whether a line named it rightly; of what must not fire, whether no false line was about it.
    """

    what: str
    kind: str
    reason: str | None
    violation: bool
    right: bool


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """One clip.

    Attributes:
        tallies: by kind; look-alikes of no kind and lines of all kinds are in `total` too.
        grades: how many lines of each grade.
        left_out: how many events are not seen well enough to be judged by.
        turned: whether somebody turned the camera away, and `moved_lines` how many lines left after that.
        missed, duplicated, false: in words, which acts were missed and which lines are no good.
        shown: each act that must fire, and each false line.
        verdicts: of each act that must fire and each look-alike that is counted.
    """

    clip: str
    tallies: Mapping[str, Tally]
    grades: Mapping[str, int]
    left_out: int = 0
    turned: bool = False
    moved_lines: int = 0
    missed: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def total(self) -> Tally:
        """Over all kinds."""
        out = Tally()
        for one in self.tallies.values():
            out.add(one)
        return out


def judge(clip: ClipTruth, lines: Sequence[Violation], dwell_seconds: float, catalogue: Catalogue | None = None) -> ClipOutcome:
    """Sorts lines into right, duplicate and false, the first line of an act first; `catalogue` is the one in force, by default the shipped one."""
    catalogue = catalogue or load_catalogue()
    until = clip.seconds if clip.nudged_second is None else clip.nudged_second
    due = [act for act in clip.acts if _clear(act) and min(act.end_second, until) - act.start_second > dwell_seconds]
    events: tuple[TrueAct | TrueBait, ...] = (*clip.acts, *clip.baits)
    unclear = [one for one in events if not _clear(one)]
    moved = [line for line in lines if clip.nudged_second is not None and line.confirmed_at >= clip.nudged_second]
    lines = [line for line in lines if line in moved or _counts_line(line, due, unclear)]
    told = _Told(clip, due, dwell_seconds, catalogue)
    for act in due:
        told.tally(act.kind).acts += 1
    for line in sorted(lines, key=lambda one: one.confirmed_at):
        told.take(line, moved=line in moved)
    told.take_baits([bait for bait in clip.baits if _counts(bait, until, dwell_seconds)])
    acts = tuple(
        Shown("found" if i in told.found else "missed", (act.start_second + min(act.end_second, until)) / 2, act.xyxy,
              f"{act.kind} {act.label} from {act.start_second:.0f} s")
        for i, act in enumerate(due)
    )  # fmt: skip
    verdicts = [Verdict(act.asset or act.label, act.kind, act.reason, True, i in told.found) for i, act in enumerate(due)]
    missed = tuple(act.words for act in acts if act.sort == "missed")
    grades = dict(Counter(line.grade.value for line in lines))
    return ClipOutcome(
        clip.file, told.tallies, grades, len(unclear), clip.nudged_second is not None, told.moved, missed, tuple(told.duplicated), tuple(told.false),
        (*acts, *told.shown), (*verdicts, *told.verdicts),
    )  # fmt: skip


def _counts_line(line: Violation, due: Sequence[TrueAct], unclear: Sequence[TrueAct | TrueBait]) -> bool:
    """Whether a line is no guess about what is not seen well enough."""
    return any(overlap(act.xyxy, line) >= SAME_PLACE for act in due) or not any(_about(one, line) for one in unclear)


def _clear(one: TrueAct | TrueBait) -> bool:
    return one.visible >= LEAST_VISIBLE and one.clearness >= LEAST_CLEAR


class _Told:
    """What the lines of a clip tell, against its truth."""

    def __init__(self, clip: ClipTruth, due: Sequence[TrueAct], dwell_seconds: float, catalogue: Catalogue) -> None:
        self.clip, self.due, self.dwell_seconds, self.catalogue = clip, due, dwell_seconds, catalogue
        self.tallies: dict[str, Tally] = {}
        self.found: set[int] = set()
        self.moved = 0
        self.duplicated: list[str] = []
        self.false: list[str] = []
        self.no_good: list[Violation] = []
        self.shown: list[Shown] = []
        self.verdicts: list[Verdict] = []

    def tally(self, kind: str) -> Tally:
        """Of a kind; begun where there is none."""
        return self.tallies.setdefault(kind, Tally())

    def take(self, line: Violation, *, moved: bool) -> None:
        """Sorts a line."""
        here = [i for i, act in enumerate(self.due) if overlap(act.xyxy, line) >= SAME_PLACE]
        fitting = [i for i in here if line.kind in kinds_of(self.due[i], self.catalogue)]
        free = [i for i in fitting if i not in self.found]
        in_words = f"{line.kind} at {line.confirmed_at:.0f} s in {[round(v) for v in line.xyxy]}"
        if moved:
            self.moved += 1
            self._is_false(line, f"{in_words} after the camera was turned away")
        elif free:
            best = max(free, key=lambda i: overlap(self.due[i].xyxy, line))
            self.found.add(best)
            act = self.due[best]
            self.tally(line.kind).right += 1
            self.tally(act.kind).found += 1
            self.tally(act.kind).delays.append(round(line.confirmed_at - act.start_second - self.dwell_seconds, 2))
        elif fitting or (line.kind == SHADE and any(_shades(act, line) for act in self.due)):
            self.tally(line.kind).duplicates += 1
            self.duplicated.append(in_words)
        else:
            self._is_false(line, in_words + self._what_is_there(line, here))

    def _is_false(self, line: Violation, in_words: str) -> None:
        self.tally(line.kind).false += 1
        self.no_good.append(line)
        self.false.append(in_words)
        x0, y0, x1, y1 = line.xyxy
        self.shown.append(Shown("false", line.confirmed_at, (x0 / line.width, y0 / line.height, x1 / line.width, y1 / line.height), in_words))

    def _what_is_there(self, line: Violation, here: Sequence[int]) -> str:
        if here:
            return f": that is {self.due[here[0]].kind}"
        bait = next((one for one in self.clip.baits if _about(one, line)), None)
        return "" if bait is None else f": {bait.what}, {bait.reason or bait.why}"

    def take_baits(self, baits: Sequence[TrueBait]) -> None:
        """Counts what must not fire, and what did."""
        for bait in baits:
            if bait.of is not None:
                own = self.tally(bait.of)
                raised = any(_about(bait, line) for line in self.no_good)
                own.look_alikes += 1
                own.raised += raised
                self.verdicts.append(Verdict(bait.what, bait.of, bait.reason, False, not raised))


def _counts(bait: TrueBait, until: float, dwell_seconds: float) -> bool:
    """Whether a look-alike could have fired before the camera was turned away: it stood for the dwell, or was there and gone."""
    return bait.of is not None and _clear(bait) and (min(bait.end_second, until) - bait.start_second > dwell_seconds or bait.end_second <= until)


def _about(one: TrueAct | TrueBait, line: Violation) -> bool:
    boxes = [one.xyxy] if one.shade_xyxy is None else [one.xyxy, one.shade_xyxy]
    return line.confirmed_at >= one.start_second and any(overlap(box, line) >= SAME_PLACE for box in boxes)


def _shades(act: TrueAct, line: Violation) -> bool:
    return act.shade_xyxy is not None and overlap(act.shade_xyxy, line) >= SAME_PLACE


def kinds_of(act: TrueAct, catalogue: Catalogue | None = None) -> frozenset[str]:
    """The kinds that name an act rightly."""
    kinds = [kind for kind in (catalogue or load_catalogue()).kinds if kind.enabled]
    if any(kind.id == act.kind for kind in kinds):
        return frozenset((act.kind, *act.also))
    return frozenset((*act.also, *(kind.id for kind in kinds if act.label in kind.objects)))


def overlap(box: Box, line: Violation) -> float:
    """Common area over united area of a box of the truth (0..1) and a line's."""
    x0, y0, x1, y1 = line.xyxy
    return iou(box, (x0 / line.width, y0 / line.height, x1 / line.width, y1 / line.height))
