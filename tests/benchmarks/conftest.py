from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from benchmarks.machine import Machine
from benchmarks.results import Result

MACHINE = Machine("Test CPU", 2, 24.0, (), "Linux 6", "3.11.7", {"av": "18.1.0"}, "2026-11-25T19:00:00+00:00")


@pytest.fixture(scope="session")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of 320x192 at 10 pictures a second, a keyframe each second."""
    path = tmp_path_factory.mktemp("clips") / "small.mp4"
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "keyint=10:scenecut=0"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 192, "yuv420p", Fraction(1, 10)
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(random.integers(0, 255, (192, 320, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def live_row(key: str, cpu_ms: float, *, looks_per_second: float = 0.0, memory_mb: float = 4.0) -> dict[str, Any]:
    """A row as `bench ingest` and `bench pipeline` write it, as far as anybody reads it again."""
    return {"key": key, "title": key, "cameras": 40, "cpu_ms": cpu_ms, "looks_per_second": looks_per_second, "memory_mb": memory_mb}


@pytest.fixture
def ingest_result() -> Result:
    rows = [
        live_row("curbwatch-floor@40", 0.6),
        {**live_row("curbwatch-floor@100", 0.5), "cameras": 100},
        {**live_row("curbwatch-floor@100.udp", 2.5), "cameras": 100, "transport": "udp"},
        live_row("curbwatch-look", 7.1, looks_per_second=0.25, memory_mb=4.5),
    ]
    return Result("ingest", MACHINE, "abc1234", "drawn street", {"clip_mbit": 3.0, "size": (640, 384)}, rows)


@pytest.fixture
def infer_result() -> Result:
    row = {"key": "curbwatch-session", "title": "session", "batch": 1, "provider": "cpu", "cpu_ms": 55.0, "wall_ms": 60.0}
    return Result("infer", MACHINE, "abc1234", "n at 640x384", {"model": "n"}, [row])
