"""`bench pipeline`: what a camera-second costs whole, this pipeline beside Ultralytics' LoadStreams and predict at the same look rate.

This side: reader, due keyframe, decoding, the zones' rectangle at the model's size, detection; one thread looks. The change gate is off, so that every
look is a look. The peer decodes every picture, as OpenCV must, and throws away all but one per look (`vid_stride`). The parts of a look that nobody can
save, bare decoding and bare onnxruntime, are timed in the same run.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.clips import Clip
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.infer import save_picture
from benchmarks.job import time_jobs
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.peers import peer_model, peer_python
from benchmarks.results import Result, code_version

OWN, PEER, PARTS = "curbwatch-pipeline", "ultralytics-loadstreams", "bare-parts"
ZONE = (0.05, 0.25, 0.95, 0.85)
"""The rectangle of the zones (shares of the picture): pavement and near lane of the drawn street."""
PARTS_PIECES = 20


@dataclass(frozen=True, slots=True)
class Work:
    """What both sides do: how often they look, with what, at what size.

    Attributes:
        model: the shipped one's name, or an ONNX file's path.
        size: width and height of the model's input in pixels.
        cameras, peer_cameras: of this pipeline and of the peer; few for the peer, so that it keeps up.
    """

    model: str
    provider: str
    threads: int
    size: tuple[int, int]
    look_seconds: float
    cameras: int
    peer_cameras: int


def contenders(clip: Clip, work: Work, python: Path | None, weights: Path | None) -> list[Contender]:
    """This pipeline and its peer."""
    interpreter, no_python = peer_python(python)
    file, no_file = peer_model(weights)
    looks = ("looks", 1 / work.look_seconds)
    told = {"provider": work.provider, "threads": work.threads, "size": work.size}
    return [
        Contender(
            OWN,
            f"curbwatch pipeline: reader, keyframe, zone crop, {Path(work.model).stem}",
            "curbwatch_pipeline",
            {**told, "model": work.model, "zone": ZONE, "look_seconds": work.look_seconds},
            cameras=work.cameras,
            must=looks,
        ),
        Contender(
            PEER,
            f"Ultralytics LoadStreams + predict, {Path(file).stem}",
            "ultralytics_streams",
            {**told, "model": file, "vid_stride": _stride(clip, work)},
            python=interpreter,
            cameras=work.peer_cameras,
            must=looks,
            environment={"OMP_NUM_THREADS": str(work.threads)},
            missing=no_python or no_file,
        ),
    ]


def _stride(clip: Clip, work: Work) -> int:
    return round(clip.rate * work.look_seconds)


def run(plan: Plan, work: Work, *, python: Path | None, weights: Path | None, progress: Progress) -> Result:
    """Measures and tells.

    Raises:
        BenchmarkError: the simulator, the model or this pipeline fails.
    """
    machine, code = this_machine(), code_version()
    parts, provider = _parts(plan.clip, work, progress)
    work = replace(work, provider=provider)  # `auto` is settled once, for both sides
    among = contenders(plan.clip, work, python, weights)
    windows, skipped = measure_all(among, plan, progress)
    if OWN in skipped:
        raise BenchmarkError(skipped[OWN])
    own = row_of(among[0], windows[OWN], None)["cpu_ms"]
    rows = [row_of(one, windows[one.key], own) for one in among if one.key in windows]
    bare = sum(parts.values()) / work.look_seconds
    title = "bare decode + bare onnxruntime, no reading"
    rows.append({"key": PARTS, "title": title, "cpu_ms": round(bare, 3), "ratio": round(bare / own, 2), **{name: round(ms, 2) for name, ms in parts.items()}})
    said = {row["key"]: ", ".join(f"{name} {_plain(value)}" for name, value in row["said"].items()) for row in rows if "said" in row}
    settings = {
        **asdict(work),
        "model": Path(work.model).name,
        "clip": plan.clip.path.name,
        "zone": ZONE,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "transport": "tcp",
    }
    notes = [
        f"a look per {work.look_seconds:g} s and camera, model input {work.size[0]}x{work.size[1]}, batch 1, {work.threads} thread(s) on {provider}, gate off",
        f"the peer gets few cameras ({work.peer_cameras}) so that it keeps up; vid_stride {_stride(plan.clip, work)}, whole pictures; it keeps no ring",
        "bare parts of one look: " + ", ".join(f"{name.removesuffix('_ms')} {ms:.1f} ms" for name, ms in parts.items()),
    ]
    notes += [f"{key} says: {text}" for key, text in said.items()]
    return Result("pipeline", machine, code, plan.clip.subject, settings, rows, skipped, notes)


def _plain(value: object) -> str:
    """A size as people write it, anything else as it is."""
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _parts(clip: Clip, work: Work, progress: Progress) -> tuple[dict[str, float], str]:
    """CPU milliseconds of one bare keyframe decode and one bare onnxruntime run, and what runs the model."""
    with tempfile.TemporaryDirectory() as folder:
        picture = save_picture(Path(folder), work.size)
        told = {"model": work.model, "provider": work.provider, "threads": work.threads, "size": work.size}
        jobs = [
            Contender("decode", "bare decode", "bare_decode", {"clip": str(clip.path)}),
            Contender("onnxruntime", "bare onnxruntime", "curbwatch_session", {**told, "picture": str(picture), "bare": True}),
        ]
        timings, skipped = time_jobs(jobs, [{"pieces": PARTS_PIECES}], rounds=3, progress=progress)
    if skipped:
        raise BenchmarkError(next(iter(skipped.values())))
    return {f"{one.key}_ms": one.cpu_ms for one in timings[0]}, str(timings[0][-1].said["provider"])
