"""`bench infer`: what an image costs in the session that serves, beside a bare onnxruntime loop on the same file and Ultralytics' `predict`.

All are handed pictures of the model's size already, since a worker's decoder scales; the picture is one of the drawn street. On a CPU the figure is CPU
time, on a GPU wall time a call.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.conversation import Contender, Conversation
from benchmarks.errors import BenchmarkError
from benchmarks.job import Timing, time_jobs
from benchmarks.live import Progress
from benchmarks.machine import this_machine
from benchmarks.peers import peer_model, peer_python
from benchmarks.results import Result, code_version

SESSION, BARE, PEER = "curbwatch-session", "bare-onnxruntime", "ultralytics-predict"
MAX_BATCH = 64
NOT_YET = "not yet run on a GPU"


def parse_batches(text: str) -> tuple[int, ...]:
    """Batch sizes: `4`, a list `1,4,16`, or a span `1..64`, which is its powers of two.

    Raises:
        BenchmarkError: it is none of these, or a size is not within 1 and 64.
    """
    sizes: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,4})(?:\.\.(\d{1,4}))?\s*", part)
        if match is None:
            raise BenchmarkError(f"--batch {text!r} cannot be read: write 4, 1,4,16 or 1..64")
        low, high = int(match[1]), int(match[2] or match[1])
        sizes += [size for size in (2**power for power in range(11)) if low <= size <= high] if match[2] else [low]
    if not sizes or not all(1 <= size <= MAX_BATCH for size in sizes):
        raise BenchmarkError(f"--batch {text!r}: batches go from 1 to {MAX_BATCH}")
    return tuple(dict.fromkeys(sizes))


def save_picture(folder: Path, size: tuple[int, int]) -> Path:
    """One picture of the drawn street, RGB (h, w, 3) at the model's size, as a file that every contender reads."""
    import cv2
    import numpy as np

    from benchmarks.street import DrawnStreet

    path = folder / "picture.npy"
    np.save(path, cv2.resize(DrawnStreet().picture(3.0), size, interpolation=cv2.INTER_AREA))
    return path


def contenders(model: str, provider: str, threads: int, size: tuple[int, int], picture: Path, python: Path | None, weights: Path | None) -> list[Contender]:
    """The session that serves first, then what it is compared with."""
    interpreter, no_python = peer_python(python)
    file, no_file = peer_model(weights)
    told = {"threads": threads, "size": size, "picture": str(picture)}
    own = {**told, "model": model, "provider": provider}
    return [
        Contender(SESSION, f"curbwatch session, {Path(model).stem}", "curbwatch_session", own),
        Contender(BARE, f"bare onnxruntime loop, {Path(model).stem}", "curbwatch_session", {**own, "bare": True}),
        Contender(
            PEER,
            f"ultralytics predict, {Path(file).stem}",
            "ultralytics_predict",
            {**told, "model": file, "provider": provider},
            python=interpreter,
            environment={"OMP_NUM_THREADS": str(threads)},
            missing=no_python or no_file,
        ),
    ]


def provider_in_use(own: Contender) -> str:
    """What really runs the model: `auto` is settled once, so that all contenders run on the same hardware.

    Raises:
        BenchmarkError: the model or provider cannot be used.
    """
    with Conversation(own) as session:
        return str(session.ready["provider"])


def run(
    *,
    model: str,
    provider: str,
    batches: Sequence[int] | None,
    size: tuple[int, int],
    threads: int,
    images: int,
    rounds: int,
    python: Path | None,
    weights: Path | None,
    progress: Progress,
) -> Result:
    """Measures and tells.

    Raises:
        BenchmarkError: the model or provider cannot be used, or a contender fails.
    """
    machine, code = this_machine(), code_version()
    with tempfile.TemporaryDirectory() as folder:
        picture = save_picture(Path(folder), size)
        among = contenders(model, provider, threads, size, picture, python, weights)
        in_use = provider_in_use(among[0])
        sizes = batches or parse_batches("1,4" if in_use == "cpu" else "1..64")
        among = [replace(one, task={**one.task, "provider": in_use}) for one in among]
        asks: list[dict[str, Any]] = [{"pieces": max(images, one), "batch": one} for one in sizes]
        timings, skipped = time_jobs(among, asks, rounds=rounds, progress=progress)
    rows = [_row(timing, asks[index]["batch"], timings[index]) for index in timings for timing in timings[index]]
    settings = {
        "model": Path(model).name,
        "provider_asked": provider,
        "provider_in_use": in_use,
        "size": size,
        "threads": threads,
        "images": images,
        "rounds": rounds,
        "gpu": ", ".join(machine.cards) if in_use in ("cuda", "tensorrt") else NOT_YET,
    }
    notes = [f"provider asked: {provider}, really in use: {in_use}", "ratio: to the session, at the same batch; on a CPU read CPU ms, on a GPU wall ms"]
    if in_use == "cpu":
        notes.append(NOT_YET)
    return Result("infer", machine, code, f"{Path(model).stem} at {size[0]}x{size[1]}, a picture of the drawn street", settings, rows, skipped, notes)


def _row(timing: Timing, batch: int, beside: Sequence[Timing]) -> dict[str, Any]:
    own = next(other for other in beside if other.key == SESSION)
    on_gpu = own.said.get("provider") in ("cuda", "tensorrt")
    ratio = timing.wall_ms / own.wall_ms if on_gpu else timing.cpu_ms / own.cpu_ms
    return {
        "key": timing.key,
        "title": timing.title,
        "batch": batch,
        "provider": timing.said.get("provider", ""),
        "cpu_ms": round(timing.cpu_ms, 2),
        "cpu_ms_low": round(timing.cpu_ms_low, 2),
        "cpu_ms_high": round(timing.cpu_ms_high, 2),
        "wall_ms": round(timing.wall_ms, 2),
        "ratio": round(ratio, 2),
        "images": timing.pieces,
        "beside_seconds": round(timing.beside_seconds, 1),
    }
