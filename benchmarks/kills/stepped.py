"""Runs a module with a wall clock that steps when it is told to: `python -m benchmarks.kills.stepped FILE MODULE`.

The file holds seconds that are added to the wall clock, read anew several times a second. The monotonic clock stays as it is, as on a machine whose time
daemon steps the clock: the worker's one source of wall time is `time.time`, the case API's is `api.moments.utc_now`.
"""

from __future__ import annotations

import runpy
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

READ_SECONDS = 0.2


def stepped_clock(file: Path, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> Callable[[], float]:
    """The wall clock with the file's seconds added; a file that is missing or being written adds what it said last."""
    offset, read_at = 0.0, float("-inf")

    def now() -> float:
        nonlocal offset, read_at
        if monotonic() - read_at >= READ_SECONDS:
            read_at = monotonic()
            with suppress(OSError, ValueError):
                offset = float(file.read_text("ascii"))
        return wall() + offset

    return now


def main() -> None:
    """Steps the clock of this process, then is the module."""
    file, module = Path(sys.argv[1]), sys.argv[2]
    time.time = stepped_clock(file)
    from api import moments  # before anybody takes its clock

    moments.utc_now = lambda: datetime.fromtimestamp(time.time(), UTC)
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
