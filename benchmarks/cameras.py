"""The cameras that readers are measured on: the simulator, in a process of its own so that it costs no contender anything."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError

START_SECONDS = 60.0
SEGMENTED = {True: ("--gso",), False: ("--no-gso",)}
"""The simulator's words for how it sends over UDP."""


@dataclass(frozen=True, slots=True)
class Cameras:
    """Simulated cameras that run: their addresses and the process that plays them."""

    urls: tuple[str, ...]
    pid: int


@contextmanager
def simulated_cameras(clips: Sequence[Path], count: int, *, segmented: bool = False, spread: bool = True, options: Sequence[str] = ()) -> Iterator[Cameras]:
    """`count` cameras that play the clips in turn until the context ends.

    Args:
        segmented: over UDP the kernel cuts large sends into datagrams (GSO), else each datagram is sent by itself, as cameras do.
        spread: each at a phase of its own.
        options: more words for `curbwatch simulate`.

    Raises:
        BenchmarkError: the simulator does not start.
    """
    words = [word for clip in clips for word in ("--clip", str(clip))]
    words += [*SEGMENTED[segmented], *(["--spread"] if spread else []), *options]
    command = [sys.executable, "-m", "curbwatch", "simulate", "--streams", str(count), "--port", "0", "--json", *words]
    with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                errors.seek(0)
                raise BenchmarkError(f"the camera simulator does not start: {errors.read().strip()[-400:]}")
            yield Cameras(tuple(json.loads(line)["streams"]), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
