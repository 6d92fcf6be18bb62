"""How every process of curbwatch writes its log: a line an event, its time with milliseconds and zone, since logs of many machines are read side by side."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from pathlib import Path

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Zoned(logging.Formatter):
    """Formats a time as ISO 8601 with its offset: `2026-11-26T08:02:29.076+08:00`."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """In this machine's zone."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")


def begin_logging(level: int, file: Path | None = None) -> None:
    """Writes the log of this process to standard error, or adds it to a file; once a process.

    Raises:
        OSError: the file cannot be written.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr) if file is None else logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(Zoned(LINE))
    logging.basicConfig(level=level, handlers=[handler])
