"""`bench pipeline`: what a camera-second costs whole, this pipeline beside Ultralytics' LoadStreams and predict at the same look rate.

This side is the worker as `curbwatch watch` runs it: reader with ring, due keyframe, decoders in processes of their own, the zones' rectangle at the
model's size, detection, judging, state and evidence. The change gate is off, so that every look is a look; a second row has it on. The peer decodes every
picture, as OpenCV must, and throws away all but one per look (`vid_stride`). The parts of a look that nobody can save, bare decoding and bare onnxruntime,
are timed in the same run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.clips import Clip
from benchmarks.contender import Window
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.infer import save_picture
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.parts import DETECT, BareParts, bare_decode, bare_detection
from benchmarks.peers import peer_model, peer_python
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json

OWN, GATED, PEER, PARTS = "curbwatch-pipeline", "curbwatch-gated", "ultralytics-loadstreams", "bare-parts"
ZONE = (0.05, 0.25, 0.95, 0.85)
"""The rectangle of the zones (shares of the picture): pavement and near lane of the drawn street."""
PIPELINE_MS, PIPELINE_RATIO, PEER_TIMES = 25.0, 1.2, 8.0


@dataclass(frozen=True, slots=True)
class Work:
    """What both sides do: how often they look, with what, at what size.

    Attributes:
        model: the shipped one's name, or an ONNX file's path.
        size: width and height of the model's input in pixels; a worker takes the model's own.
        cameras, peer_cameras: of this pipeline and of the peer; few for the peer, so that it keeps up.
        profile: whether this pipeline's time is told by stage, in one more window that no table shows.
    """

    model: str
    provider: str
    threads: int
    size: tuple[int, int]
    look_seconds: float
    cameras: int
    peer_cameras: int
    profile: bool = False


def contenders(clip: Clip, work: Work, python: Path | None, weights: Path | None) -> list[Contender]:
    """This pipeline, the same with the gate, and its peer; with `profile` this pipeline once more."""
    interpreter, no_python = peer_python(python)
    file, no_file = peer_model(weights)
    looks = ("looks", 1 / work.look_seconds)
    own = {"provider": work.provider, "model": work.model, "zone": ZONE, "look_seconds": work.look_seconds, "cameras": work.cameras}
    title = f"curbwatch worker, {Path(work.model).stem}"

    def worker(key: str, title: str, **more: object) -> Contender:
        return Contender(key, title, "curbwatch_worker", {**own, **more}, cameras=work.cameras, must=looks)

    return [
        worker(OWN, f"{title}, gate off"),
        worker(GATED, f"{title}, gate on", gated=True),
        Contender(
            PEER,
            f"Ultralytics LoadStreams + predict, {Path(file).stem}",
            "ultralytics_streams",
            {"provider": work.provider, "threads": work.threads, "size": work.size, "model": file, "vid_stride": _stride(clip, work)},
            python=interpreter,
            cameras=work.peer_cameras,
            must=looks,
            environment={"OMP_NUM_THREADS": str(work.threads)},
            missing=no_python or no_file,
        ),
        *([worker("profile", f"{title}, by stage", profile=True, report_seconds=1.0)] if work.profile else []),
    ]


def _stride(clip: Clip, work: Work) -> int:
    return round(clip.rate * work.look_seconds)


def run(plan: Plan, work: Work, *, python: Path | None, weights: Path | None, progress: Progress) -> Result:
    """Measures and tells.

    Raises:
        BenchmarkError: the simulator, the model or this pipeline fails.
    """
    machine, code = this_machine(), code_version()
    with tempfile.TemporaryDirectory() as folder:
        told = {"model": work.model, "provider": work.provider, "threads": work.threads, "size": work.size}
        with BareParts([bare_decode(str(plan.clip.path)), bare_detection(told, str(save_picture(Path(folder), work.size)))]) as parts:
            work = replace(work, provider=str(parts.said[DETECT]["provider"]))  # `auto` is settled once, for both sides
            among = contenders(plan.clip, work, python, weights)
            windows, skipped = measure_all(among, plan, progress, parts)
    if OWN in skipped:
        raise BenchmarkError(skipped[OWN])
    stages = by_stage(windows.pop("profile", []))
    own = row_of(among[0], windows[OWN], None)["cpu_ms"]
    rows = [row_of(one, windows[one.key], own) for one in among if one.key in windows]
    bare = parts.row(PARTS, "bare decode + bare onnxruntime, no reading", work.look_seconds)
    rows.append({**bare, "ratio": round(bare["cpu_ms"] / own, 2)})
    said = {row["key"]: ", ".join(f"{name} {_plain(value)}" for name, value in row["said"].items()) for row in rows if "said" in row}
    settings = {
        **asdict(work), "model": Path(work.model).name, "clip": plan.clip.path.name, "zone": ZONE, "seconds": plan.seconds, "rounds": plan.rounds,
        "transport": "tcp",
    }  # fmt: skip
    notes = [
        f"a look per {work.look_seconds:g} s and camera, model input {work.size[0]}x{work.size[1]}, batch 1, {work.threads} thread(s) on {work.provider}",
        f"the peer gets few cameras ({work.peer_cameras}) so that it keeps up; vid_stride {_stride(plan.clip, work)}, whole pictures; it keeps no ring",
        "bare parts of one look: " + ", ".join(f"{name} {median(rounds):.1f} ms" for name, rounds in parts.took.items()),
    ]
    if GATED in windows:
        notes.append(f"with the gate on, {gated_share(windows[GATED]):.0%} of the looks passed undetected (the clip moves everywhere)")
    notes += [f"{key} says: {text}" for key, text in said.items()]
    if stages:
        settings["stages"] = stages
        notes += [f"by stage, ms per camera-second: {name} {ms:.2f}" for name, ms in stages.items()]
    return Result("pipeline", machine, code, plan.clip.subject, settings, rows, skipped, notes, as_json(targets(rows, bare, dearer=parts.dearer)))


def by_stage(windows: Sequence[Window]) -> dict[str, float]:
    """CPU milliseconds per camera-second of each stage, the dearest first; medians of the windows."""
    names = {name for window in windows for name in window.accounts}
    found = {name: median(1000 * window.accounts.get(name, 0.0) / (window.cameras * window.seconds) for window in windows) for name in names}
    return {name: round(ms, 3) for name, ms in sorted(found.items(), key=lambda pair: -pair[1])}


def gated_share(windows: Sequence[Window]) -> float:
    """Share of the looks that the gate let pass undetected."""
    looks, detected = (sum(window.counts.get(name, 0) for window in windows) for name in ("looks", "detected"))
    return 1 - detected / looks if looks else 0.0


def targets(rows: Sequence[Mapping[str, Any]], bare: Mapping[str, Any], *, dearer: bool) -> list[Target]:
    """What is asked of the pipeline (issue "Streams", point 4): at most 25 ms, or 1.2 times its bare parts where these are dearer here, and an eighth of the
    peer's cost."""
    own = next(row for row in rows if row["key"] == OWN)
    share = bare["cpu_ms"] * own["looks_per_second"] / bare["looks_per_second"]
    found = [Target("the whole pipeline", own["cpu_ms"], PIPELINE_MS, "ms per camera-second", counts=not dearer)]
    if share:
        found.append(Target("the whole pipeline, to bare decoding and bare onnxruntime", own["cpu_ms"] / share, PIPELINE_RATIO, "times", counts=dearer))
    peer = next((row for row in rows if row["key"] == PEER), None)
    if peer is not None:
        found.append(Target("LoadStreams + predict, to the whole pipeline", peer["cpu_ms"] / own["cpu_ms"], PEER_TIMES, "times", at_least=True))
    return found


def _plain(value: object) -> str:
    """A size as people write it, anything else as it is."""
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)
