"""How far acts have got in a worker's own files: under suspicion, owed, waiting for a receipt. Read from outside, also right after a kill."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Flight:
    """What is between first suspicion and receipt at one moment.

    Attributes:
        suspected: stays under suspicion that are no act yet.
        owed: packets that are owed and not made.
        waiting: packets in the outbox without a receipt.
        stored: those of them that the API has stored, and the worker does not know it.
    """

    suspected: int
    owed: int
    waiting: int
    stored: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is under way."""
        return bool(self.suspected or self.owed or self.waiting)

    @property
    def stage(self) -> str:
        """The furthest that something has got: the name that a table has."""
        return "stored, not known" if self.stored else "waiting" if self.waiting else "owed" if self.owed else "suspected" if self.suspected else "nothing"


def flight_of(worker: Path) -> Flight | None:
    """Asks the files of a worker that may run; None where they are not there yet, or busy."""
    try:
        with closing(_read_only(worker / "state.sqlite")) as state, closing(_read_only(worker / "outbox.sqlite")) as outbox:
            return _count(state, outbox)
    except sqlite3.Error:
        return None


def flight_after_kill(worker: Path, api: Path) -> Flight | None:
    """Asks copies of the files of a worker that is dead, and what the API has of it; changes nothing. None where there are none yet."""
    with tempfile.TemporaryDirectory(prefix="curbwatch-kills-") as folder:
        for source in (worker / "state.sqlite", worker / "outbox.sqlite", api / "curbwatch.sqlite"):
            for file in (source, source.with_name(source.name + "-wal")):
                with suppress(OSError):
                    shutil.copy(file, folder)
        try:
            with closing(sqlite3.connect(Path(folder) / "state.sqlite")) as state, closing(sqlite3.connect(Path(folder) / "outbox.sqlite")) as outbox:
                flight = _count(state, outbox)
                waiting = {row[0] for row in outbox.execute("SELECT packet_id FROM packets WHERE state = 'waiting'")}
            with closing(sqlite3.connect(Path(folder) / "curbwatch.sqlite")) as cases:
                stored = {row[0] for row in cases.execute("SELECT packet_id FROM packets")}
        except sqlite3.Error:
            return None
    return Flight(flight.suspected, flight.owed, flight.waiting, len(waiting & stored))


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.5)


def _count(state: sqlite3.Connection, outbox: sqlite3.Connection) -> Flight:
    suspected = 0
    for (text,) in state.execute("SELECT state FROM views"):
        suspected += sum(bool(stay.get("suspected")) and stay.get("confirmed_kind") is None for stay in json.loads(text).get("stays", ()))
    owed = state.execute("SELECT COUNT(*) FROM debts").fetchone()[0]
    waiting = outbox.execute("SELECT COUNT(*) FROM packets WHERE state = 'waiting'").fetchone()[0]
    return Flight(suspected, owed, waiting)
