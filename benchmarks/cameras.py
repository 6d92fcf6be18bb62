"""The cameras that readers are measured on: the simulator, in a process of its own so that it costs no contender anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.errors import BenchmarkError

START_SECONDS = 60.0


@contextmanager
def simulated_cameras(clips: Sequence[Path], count: int) -> Iterator[list[str]]:
    """Addresses of `count` cameras that play the clips, each at a phase of its own, until the context ends.

    Raises:
        BenchmarkError: the simulator does not start.
    """
    options = [word for clip in clips for word in ("--clip", str(clip))]
    command = [sys.executable, "-m", "curbwatch", "simulate", "--streams", str(count), "--port", "0", "--spread", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            if not line:
                raise BenchmarkError(f"the camera simulator does not start: {process.stderr.read().strip()[-400:]}")
            yield json.loads(line)["streams"]
        finally:
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
