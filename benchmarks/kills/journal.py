"""What a run has done so far, a line of JSON each, flushed at once: a run that is broken off is taken up where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.errors import ResultError

SCHEMA = "curbwatch.kills/2"


class Journal:
    """The file of a run; `events` are those that it has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[dict[str, Any]] = []

    def open(self, head: Mapping[str, Any], *, resume: bool) -> None:
        """Begins it, or takes it up.

        Raises:
            ResultError: it is of another run, cannot be written, or is there already and shall not be taken up.
        """
        if self.path.exists():
            if not resume:
                raise ResultError(f"{self.path} is there already: give --resume to go on with it, or another --folder")
            self.events = read_journal(self.path)
            was = self.events[0]
            if any(was.get(name) != value for name, value in head.items() if name != "code"):
                raise ResultError(f"{self.path} is of a run of {was.get('cuts')} cuts and seed {was.get('seed')}: give the same, or another --folder")
        else:
            self.note("head", schema=SCHEMA, **head)

    def note(self, event: str, **facts: Any) -> None:
        """Adds a line; on disk when it returns."""
        line = {"event": event, **facts}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.events.append(line)

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one sort."""
        return [one for one in self.events if one["event"] == event]


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The lines of a run's journal; a last one that was cut off is passed over.

    Raises:
        ResultError: it cannot be read, or is none.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ResultError(f"{path}: cannot be read ({error.strerror})") from error
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    if not events or events[0].get("schema") != SCHEMA:
        raise ResultError(f"{path} is no journal of `curbwatch bench kills`")
    return events
