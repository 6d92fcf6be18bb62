"""A file as a camera: its pictures arrive as fast as they were recorded, over and over, on the reader's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from streams.media import CLOCK_RATE, AccessUnit
from streams.recorded import read_access_units

LOOP_GAP_SECONDS = 0.04
MOST_PAUSE_SECONDS = 5.0
"""A longer gap between two pictures is a broken time in the file, not a street standing still; a lag beyond it (the machine slept) is not caught up."""


async def play_file(path: Path, on_unit: Callable[[AccessUnit], None], files: Executor | None = None) -> None:
    """Plays the file for ever, paced by its media time; each round goes on where the clock of the last one stopped. It is read on a thread of `files`.

    Raises:
        RecordedFileError: it cannot be read.
    """
    loop = asyncio.get_running_loop()
    began, offset = time.monotonic(), 0.0
    while True:
        last = 0.0
        units = read_access_units(path)
        while (unit := await loop.run_in_executor(files, _next, units)) is not None:
            due = began + offset + unit.arrival_seconds
            pause = due - time.monotonic()
            if abs(pause) > MOST_PAUSE_SECONDS:
                bounded = max(0.0, min(pause, MOST_PAUSE_SECONDS))
                began, pause = began - (pause - bounded), bounded
            if pause > 0:
                await asyncio.sleep(pause)
            last = unit.arrival_seconds
            on_unit(replace(unit, arrival_seconds=time.monotonic(), timestamp=unit.timestamp + round(offset * CLOCK_RATE)))
        offset += last + LOOP_GAP_SECONDS


def _next(units: Iterator[AccessUnit]) -> AccessUnit | None:
    return next(units, None)
