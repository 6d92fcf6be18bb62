"""The server that is killed, and nobody who listens: rows of FFmpeg's failure table that no simulated camera can play on itself."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.media import AccessUnit
from streams.reader import Reader
from tests.streams.failures.running import SETTINGS, metrics, value


@contextmanager
def simulator(clip: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """In a process of its own; killed at the end if it still runs."""
    command = [sys.executable, "-m", "curbwatch", "simulate", "--clip", str(clip), "--port", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            json.loads(process.stdout.readline())
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def shown(reader: Reader, family: str, **labels: str) -> float | None:
    """A sample of the camera's as a scrape shows it now."""
    return value(metrics("a", "rtsp://127.0.0.1/1", reader.status("a")), f"curbwatch_camera_{family}", camera="a", **labels)


def test_a_server_that_is_killed_and_comes_back(clip: Callable[[str], Path]) -> None:
    port, keyframes = free_port(), list[AccessUnit]()
    with Reader(lambda camera, unit: keyframes.append(unit), SETTINGS) as reader:
        reader.add(CameraSpec.parse("a", f"rtsp://127.0.0.1:{port}/1"))
        until(lambda: "refuses the connection" in (reader.status("a").reason or ""))
        assert reader.status("a").state in (CameraState.BACKING_OFF, CameraState.CONNECTING)
        assert shown(reader, "state", state="live") == 0.0
        assert (tries := shown(reader, "reconnects"))
        assert shown(reader, "last_picture_age_seconds") is None, "it never sent one"
        with simulator(clip("h264"), port) as process:
            until(lambda: keyframes and reader.status("a").state is CameraState.LIVE)
            assert shown(reader, "state", state="live") == 1.0
            process.kill()
            process.wait()
            began = time.monotonic()
            until(lambda: reader.status("a").state is CameraState.BACKING_OFF)
            assert time.monotonic() - began < 2.0, "not after a timeout"
            assert shown(reader, "state", state="live") == 0.0
            assert (shown(reader, "reconnects") or 0.0) > tries
            assert re.search("closed the connection|refuses the connection", reader.status("a").reason or "")
        before, reconnects = len(keyframes), reader.status("a").reconnects
        with simulator(clip("h264"), port):
            until(lambda: len(keyframes) > before and reader.status("a").state is CameraState.LIVE)
            assert shown(reader, "state", state="live") == 1.0
            assert shown(reader, "last_picture_age_seconds") == pytest.approx(0.0, abs=SETTINGS.stale_seconds)
        assert reconnects >= 2
