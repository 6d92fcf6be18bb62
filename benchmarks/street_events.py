"""Event level on the rendered street: clips with their ground truth through `curbwatch replay`'s own code, over all kinds and grades.

A line is *right* where its kind is an act's and their places overlap by 0.3; the second line of an act, and one for the parasol of an unlawful stall beside the
stall's own, is a *duplicate*; every other line is *false*. Precision is right / (right + false), the duplicates' share is of all lines, recall is acts with a
right line / acts that outlast their dwell before anybody turns the camera away. Whatever leaves a camera after that is false, and told apart too. The delay is
what passes after an act has stood for its dwell. Precision goes by the line's kind, recall by the act's.

Events that the camera hardly sees, or whose place is not clear, are left out with all lines about them. A kind with fewer than ten acts or ten look-alikes in
the set is not shown: nothing is told of it. Intervals resample clips. An act of a kind that is off is
rightly named by the kinds that its class makes. A clip with a scene file beside it is judged by that, as `curbwatch replay --scene` would be.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.events import NOON
from curbwatch.demo.build_scene import build_views
from curbwatch.demo.truth import ClipTruth, TrueAct, TrueBait, read_truth
from detector.judgement.geometry import iou
from detector.replay import Replay, ReplaySettings, Violation
from detector.scene.scene import Scene, read_scene
from detector.worker.eye import Eye
from evidence.kinds import Catalogue, load_catalogue
from evidence.packet import Grade
from evidence.views import KindOverride
from models.measuring.origins import Interval, intervals

SAME_PLACE = 0.3
LEAST_VISIBLE, LEAST_CLEAR = 0.2, 0.8
"""What the camera hardly sees, or what stands where the truth's own geometry does not bear its verdict out, is left out, and so is any line about it."""
LEAST_EACH = 10
"""Acts, and look-alikes, without which a kind is not shown."""
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
class ClipOutcome:
    """One clip.

    Attributes:
        tallies: by kind; look-alikes of no kind and lines of all kinds are in `total` too.
        grades: how many lines of each grade.
        left_out: how many events are not seen well enough to be judged by.
        turned: whether somebody turned the camera away, and `moved_lines` how many lines left after that.
        missed, duplicated, false: in words, which acts were missed and which lines are no good.
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

    @property
    def total(self) -> Tally:
        """Over all kinds."""
        out = Tally()
        for one in self.tallies.values():
            out.add(one)
        return out


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Figures of one kind, or of all (`precision` and `recall` with 95 % intervals). Where `shown` is False there are too few acts or look-alikes: no figure.

    Attributes:
        duplicate_share: of all lines.
        raised_share: of the look-alikes, those that a line was about.
        delay_median, delay_longest: seconds after the dwell.
    """

    shown: bool
    acts: int
    look_alikes: int
    lines: int = 0
    precision: float | None = None
    recall: float | None = None
    duplicate_share: float | None = None
    raised_share: float | None = None
    delay_median: float | None = None
    delay_longest: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreetFigures:
    """Figures over all clips: in total, by kind, and of the cameras that somebody turned away; `left_out` events were not seen well enough."""

    clips: int
    left_out: int
    total: KindFigures
    kinds: Mapping[str, KindFigures]
    grades: Mapping[str, int]
    turned_clips: int
    moved_clips: int
    moved_lines: int


def scene_of(clip: ClipTruth, dwell_seconds: float) -> Scene:
    """The scene that the clip's truth draws, with this dwell for every kind that an act may be of; attendance is as the catalogue has it."""
    kinds = {kind.id: KindOverride(dwell_seconds=dwell_seconds, minimum_looks=4) for kind in load_catalogue().kinds}
    return Scene.model_validate({"schema": "curbwatch.scene/1", "kinds": kinds, "views": tuple(build_views([clip]))})


def run(
    eye: Eye,
    truth: Path,
    *,
    dwell_seconds: float | None = None,
    look_seconds: float,
    grades: Sequence[Grade] = tuple(Grade),
    progress: Callable[[str], None] = lambda _: None,
) -> list[ClipOutcome]:
    """Replays every clip that a `truth.json` names; the clips lie beside it, and by `dwell_seconds` None each is judged by the dwell of its own scene. Lines of
    other than these grades are passed over.

    Raises:
        TruthError: the truth cannot be read.
        SceneError: a scene beside a clip is at fault.
        BenchmarkError: a clip is missing, or neither its scene nor the caller tells a dwell.
    """
    outcomes = []
    for name, clip in read_truth(truth).items():
        path = truth.parent / name
        if not path.is_file():
            raise BenchmarkError(f"{path} is not there, though {truth} names it: render it with `curbwatch street video`")
        dwell = dwell_seconds or clip.dwell_seconds
        if dwell is None:
            raise BenchmarkError(f"{truth} tells no dwell for {name}: name one with --dwell-seconds")
        progress(name)
        scene = scene_beside(path, clip, dwell)
        with tempfile.TemporaryDirectory(prefix="curbwatch-street-events-") as folder:
            settings = ReplaySettings(clip.camera_id, clip.began or NOON, look_seconds)
            lines = [line for line in Replay(eye, settings, scene, Path(folder)).run(path) if line.grade in grades]
        outcomes.append(judge(clip, lines, dwell, scene.catalogue(load_catalogue())))
    return outcomes


def scene_beside(path: Path, clip: ClipTruth, dwell_seconds: float) -> Scene:
    """The scene that lies beside a clip, its dwell set to the one asked for; the truth's own drawing where there is none."""
    beside = path.with_suffix(".yaml")
    if not beside.is_file():
        return scene_of(clip, dwell_seconds)
    scene = read_scene(beside)
    kinds = {name: override.model_copy(update={"dwell_seconds": dwell_seconds}) for name, override in scene.kinds.items()}
    return scene.model_copy(update={"kinds": kinds})


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
    missed = tuple(f"{act.kind} {act.label} from {act.start_second:.0f} s" for i, act in enumerate(due) if i not in told.found)
    grades = dict(Counter(line.grade.value for line in lines))
    return ClipOutcome(
        clip.file, told.tallies, grades, len(unclear), clip.nudged_second is not None, told.moved, missed, tuple(told.duplicated), tuple(told.false)
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
                own.look_alikes += 1
                own.raised += any(_about(bait, line) for line in self.no_good)


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


def figures(outcomes: Sequence[ClipOutcome]) -> StreetFigures:
    """Figures in total and by kind.

    Raises:
        BenchmarkError: no act in any clip, and no camera that was turned away.
    """
    kinds = sorted({kind for one in outcomes for kind in one.tallies}, key=lambda kind: (len(kind), kind))
    total = _figures([one.clip for one in outcomes], [one.total for one in outcomes], least=0)
    if not total.acts and not any(one.turned for one in outcomes):
        raise BenchmarkError("no clip shows an act that outlasts the dwell: name a shorter --dwell-seconds")
    by_kind = {}
    for kind in kinds:
        by_kind[kind] = _figures([one.clip for one in outcomes], [one.tallies.get(kind, Tally()) for one in outcomes], least=LEAST_EACH)
    grades: Counter[str] = Counter()
    for one in outcomes:
        grades.update(one.grades)
    return StreetFigures(
        len(outcomes), sum(one.left_out for one in outcomes), total, by_kind, dict(sorted(grades.items())), sum(one.turned for one in outcomes),
        sum(one.moved_lines > 0 for one in outcomes),
        sum(one.moved_lines for one in outcomes),
    )  # fmt: skip


def _figures(clips: Sequence[str], tallies: Sequence[Tally], *, least: int) -> KindFigures:
    whole = Tally()
    for one in tallies:
        whole.add(one)
    if min(whole.acts, whole.look_alikes) < least:
        return KindFigures(False, whole.acts, whole.look_alikes)
    table = np.array([(one.acts, one.found, one.right, one.false) for one in tallies], np.int64).reshape(-1, 4)

    def share(column: int, of: tuple[int, ...]) -> Callable[[NDArray[np.int64]], Mapping[str, float]]:
        def drawn(chosen: NDArray[np.int64]) -> Mapping[str, float]:
            own = table[chosen].sum(0)
            whole = sum(int(own[i]) for i in of)
            if not whole:
                raise ValueError("nothing to judge was drawn")
            return {"share": float(own[column] / whole)}

        return drawn

    found = {"recall": intervals(clips, share(1, (0,))), "precision": intervals(clips, share(2, (2, 3)))}
    return KindFigures(
        True, whole.acts, whole.look_alikes, whole.lines, whole.precision, whole.recall, whole.duplicates / whole.lines if whole.lines else None,
        whole.raised / whole.look_alikes if whole.look_alikes else None, float(np.median(whole.delays)) if whole.delays else None,
        max(whole.delays, default=None), {name: one["share"] for name, one in found.items() if "share" in one},
    )  # fmt: skip


def overlap(box: Box, line: Violation) -> float:
    """Common area over united area of a box of the truth (0..1) and a line's."""
    x0, y0, x1, y1 = line.xyxy
    return iou(box, (x0 / line.width, y0 / line.height, x1 / line.width, y1 / line.height))
