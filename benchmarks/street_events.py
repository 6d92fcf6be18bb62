"""Event level on the rendered street: clips with their ground truth through `curbwatch replay`'s own code.

A line of grade B is right where its kind is an act's and their places overlap by 0.3; an act makes one line right, so a second is a false alarm. An act of
a kind that is off as shipped (V1, a roaming vendor) is rightly named by the kinds that its class makes. The delay is what passes after the act has
stood for its dwell. Intervals resample clips. A clip with a scene file beside it is judged by that, as `curbwatch replay --scene` would be.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.events import NOON
from curbwatch.demo.build_scene import build_views
from curbwatch.demo.truth import ClipTruth, TrueAct, read_truth
from detector.judgement.geometry import iou
from detector.replay import Replay, ReplaySettings, Violation
from detector.scene.scene import Scene, read_scene
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.packet import Grade
from evidence.views import KindOverride
from models.measuring.origins import Interval, intervals

SAME_PLACE = 0.3


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """One clip: acts that must fire, those found, lines of grade B, how many of them were right, the delay of each found act in seconds, and in words which
    acts were missed and which lines are false."""

    clip: str
    acts: int
    found: int
    lines: int
    right: int
    delays: tuple[float, ...]
    missed: tuple[str, ...] = ()
    false: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreetFigures:
    """Figures over all clips, with 95 % intervals of `precision` and `recall`."""

    clips: int
    acts: int
    lines: int
    precision: float
    recall: float
    delay_median: float | None
    delay_longest: float | None
    intervals: Mapping[str, Interval]


def scene_of(clip: ClipTruth, dwell_seconds: float) -> Scene:
    """The scene that the clip's truth draws, with this dwell for every kind that an act may be of; attendance is as the catalogue has it."""
    kinds = {kind.id: KindOverride(dwell_seconds=dwell_seconds, minimum_looks=4) for kind in load_catalogue().kinds}
    return Scene.model_validate({"schema": "curbwatch.scene/1", "kinds": kinds, "views": tuple(build_views([clip]))})


def run(
    eye: Eye, truth: Path, *, dwell_seconds: float | None = None, look_seconds: float, progress: Callable[[str], None] = lambda _: None
) -> list[ClipOutcome]:
    """Replays every clip that a `truth.json` names; the clips lie beside it, and by `dwell_seconds` None each is judged by the dwell of its own scene.

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
        with tempfile.TemporaryDirectory(prefix="curbwatch-street-events-") as folder:
            settings = ReplaySettings(clip.camera_id, clip.began or NOON, look_seconds)
            lines = [line for line in Replay(eye, settings, scene_beside(path, clip, dwell), Path(folder)).run(path) if line.grade is Grade.B]
        outcomes.append(judge(clip, lines, dwell))
    return outcomes


def scene_beside(path: Path, clip: ClipTruth, dwell_seconds: float) -> Scene:
    """The scene that lies beside a clip, its dwell set to the one asked for; the truth's own drawing where there is none."""
    beside = path.with_suffix(".yaml")
    if not beside.is_file():
        return scene_of(clip, dwell_seconds)
    scene = read_scene(beside)
    kinds = {name: override.model_copy(update={"dwell_seconds": dwell_seconds}) for name, override in scene.kinds.items()}
    return scene.model_copy(update={"kinds": kinds})


def judge(clip: ClipTruth, lines: Sequence[Violation], dwell_seconds: float) -> ClipOutcome:
    """Pairs lines with the acts that stand for longer than the dwell, before anybody turns the camera away; the first line of an act first."""
    until = clip.seconds if clip.nudged_second is None else clip.nudged_second
    due = [act for act in clip.acts if min(act.end_second, until) - act.start_second > dwell_seconds]
    free = list(range(len(due)))
    delays, false = [], []
    for line in sorted(lines, key=lambda one: one.confirmed_at):
        fitting = [i for i in free if line.kind in kinds_of(due[i]) and _overlap(due[i], line) >= SAME_PLACE]
        if fitting:
            best = max(fitting, key=lambda i: _overlap(due[i], line))
            free.remove(best)
            delays.append(round(line.confirmed_at - due[best].start_second - dwell_seconds, 2))
        else:
            false.append(f"{line.kind} at {line.confirmed_at:.0f} s in {[round(v) for v in line.xyxy]}")
    missed = tuple(f"{due[i].kind} {due[i].label} from {due[i].start_second:.0f} s" for i in free)
    return ClipOutcome(clip.file, len(due), len(due) - len(free), len(lines), len(delays), tuple(delays), missed, tuple(false))


def kinds_of(act: TrueAct) -> frozenset[str]:
    """The kinds that name an act rightly."""
    kinds = [kind for kind in load_catalogue().kinds if kind.enabled]
    if any(kind.id == act.kind for kind in kinds):
        return frozenset((act.kind, *act.also))
    return frozenset((*act.also, *(kind.id for kind in kinds if act.label in kind.objects)))


def figures(outcomes: Sequence[ClipOutcome]) -> StreetFigures:
    """Precision and recall over all lines and acts.

    Raises:
        BenchmarkError: no act in any clip.
    """
    table = np.array([(one.acts, one.found, one.lines, one.right) for one in outcomes], np.int64).reshape(-1, 4)
    acts, found, lines, right = table.sum(0).tolist()
    if not acts:
        raise BenchmarkError("no clip shows an act that outlasts the dwell: name a shorter --dwell-seconds")

    def drawn(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        own = table[chosen].sum(0)
        if not own[0] or not own[2]:
            raise ValueError("nothing to judge was drawn")
        return {"recall": float(own[1] / own[0]), "precision": float(own[3] / own[2])}

    delays = [delay for one in outcomes for delay in one.delays]
    return StreetFigures(
        len(outcomes), acts, lines, right / lines if lines else 0.0, found / acts, float(np.median(delays)) if delays else None,
        max(delays) if delays else None, intervals([one.clip for one in outcomes], drawn),
    )  # fmt: skip


def _overlap(act: TrueAct, line: Violation) -> float:
    x0, y0, x1, y1 = line.xyxy
    return iou(act.xyxy, (x0 / line.width, y0 / line.height, x1 / line.width, y1 / line.height))
