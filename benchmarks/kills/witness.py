"""That each trouble really acted: what the line counted, what worker and API have said or written down in it. A trouble that nobody felt proves nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.kills.plan import CLOCKS, Trouble

FELT: Mapping[Trouble, str] = {"api down": "no API", "slow": "slow", "lying": "lied", "cutting": "cut", "api's disk full": "no space"}
"""What the line counts while there is such trouble (`Proxy.acted`)."""
FULL_WORDS = (b"disk is full", b"free space there", b"No space left", b"given up")
"""What a worker says where its disk took nothing."""
CLOCK_WITHIN_SECONDS = 300.0


def acted(trouble: Trouble, before: Mapping[str, int], now: Mapping[str, int], worker: Path, api: Path, log: Path, log_from: int) -> int:
    """How often a trouble has acted since it began.

    Args:
        before, now: what the line had counted when it began, and has now.
        worker, api: the data folders of both.
        log, log_from: what the worker says, and where that stood when it began.
    """
    if trouble in FELT:
        return now.get(FELT[trouble], 0) - before.get(FELT[trouble], 0)
    if trouble == "worker's disk full":
        return said(log, log_from)
    whose, wanted = CLOCKS[trouble]
    offsets = wall_offsets(worker) if whose == "clock" else receipt_offsets(api)
    return sum(abs(offset - wanted) < CLOCK_WITHIN_SECONDS for offset in offsets)


def said(log: Path, begins: int) -> int:
    """How many lines of a log tell of a full disk, from a byte on."""
    try:
        with log.open("rb") as file:
            file.seek(begins)
            return sum(any(word in line for word in FULL_WORDS) for line in file)
    except OSError:
        return 0


def wall_offsets(worker: Path) -> list[float]:
    """How far ahead of this machine's the wall clock is by which the worker last wrote down what each camera remembers; none where that cannot be read now."""
    with suppress(sqlite3.Error, ValueError, TypeError), closing(sqlite3.connect(f"file:{worker / 'state.sqlite'}?mode=ro", uri=True, timeout=0.5)) as db:
        return [datetime.fromisoformat(row[0]).timestamp() - time.time() for row in db.execute("SELECT wall FROM views")]
    return []


def receipt_offsets(api: Path) -> list[float]:
    """How far ahead of this machine's the clock is by which the case API last received a packet; none where there is none, or that cannot be read now.

    Only if it came in the last minutes: what came before a step says nothing of the clock after it.
    """
    query = "SELECT at FROM log WHERE event = 'manifest' ORDER BY log_index DESC LIMIT 1"
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{api / 'curbwatch.sqlite'}?mode=ro", uri=True, timeout=0.5)) as db:
        return [row[0] / 1e6 - time.time() for row in db.execute(query)]
    return []


def felt(events: Sequence[Mapping[str, Any]], trouble: Trouble) -> int:
    """How often a trouble acted in a whole run, by its journal."""
    return sum(one.get("acted", 0) for one in events if one["event"] == "trouble over" and one["name"] == trouble)
