"""Event level on the rendered street: clips with their ground truth through `curbwatch replay`'s own code, over all kinds and grades.

Which lines are right, duplicate or false is told by `street_judging`. Precision is right / (right + false) by the line's kind, the duplicates' share is of all
lines, recall is acts with a right line / acts that outlast their dwell before anybody turns the camera away, by the act's kind.

Events that the camera hardly sees, or whose place is not clear, are left out with all lines about them. A kind with fewer than ten acts or ten look-alikes in
the set is not shown: nothing is told of it. Intervals resample clips. A clip with a scene file beside it is judged by that, as `curbwatch replay --scene`
would be.
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
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version
from benchmarks.street_judging import ClipOutcome, Tally, judge
from curbwatch.demo.build_scene import build_views
from curbwatch.demo.truth import ClipTruth, read_truth
from detector.replay import Replay, ReplaySettings
from detector.scene.scene import Scene, read_scene
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.packet import Grade
from evidence.views import KindOverride
from models.measuring.origins import Interval, intervals

LEAST_EACH = 10
"""Acts, and look-alikes, without which a kind is not shown."""


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
class Situation:
    """What the clips show of one thing for one reason: how many events, and how many of them came out right (found, or kept quiet).

    `kind` is the one that it is, or could be taken for.
    """

    what: str
    kind: str
    reason: str | None
    violation: bool
    events: int
    right: int


@dataclass(frozen=True, slots=True)
class StreetFigures:
    """Figures over all clips: in total, by kind, by situation, and of the cameras that somebody turned away; `left_out` events were not seen well enough."""

    clips: int
    left_out: int
    total: KindFigures
    kinds: Mapping[str, KindFigures]
    grades: Mapping[str, int]
    turned_clips: int
    moved_clips: int
    moved_lines: int
    situations: tuple[Situation, ...] = ()


def as_result(found: Sequence[tuple[float, StreetFigures]], subject: str, model: str, grade: str) -> Result:
    """The figures of each look interval as a result that is kept.

    Args:
        found: (seconds between two looks, figures).
        subject: what the clips are.
    """
    rows = [{"key": f"a look every {every:g} s", "look_seconds": every, **asdict(figures)} for every, figures in found]
    return Result("events-street", this_machine(), code_version(), subject, {"model": model, "grade": grade}, rows)


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
        sum(one.moved_lines for one in outcomes), situations(outcomes),
    )  # fmt: skip


def situations(outcomes: Sequence[ClipOutcome]) -> tuple[Situation, ...]:
    """Violations first, then what must not fire, by reason, what it is and kind."""
    events: Counter[tuple[bool, str, str, str]] = Counter()
    right: Counter[tuple[bool, str, str, str]] = Counter()
    for one in (verdict for outcome in outcomes for verdict in outcome.verdicts):
        key = (not one.violation, one.reason or "", one.what, one.kind)
        events[key] += 1
        right[key] += one.right
    return tuple(
        Situation(what, kind, reason or None, not quiet, count, right[quiet, reason, what, kind])
        for (quiet, reason, what, kind), count in sorted(events.items())
    )


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
