"""What a worker must still know after `kill -9`: the stays of its views, and the evidence it owes.

One SQLite file. Views under suspicion are written about once a second (a second of samples lost is a missed look, which the grace
bridges); an event and the debt of evidence that it makes are written in one transaction with `synchronous=FULL`, before anything
is built, so that a packet is neither forgotten nor made for an act that the state does not know.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.worker.ballast import Ballast
from detector.worker.files import DISK_ERRNOS, DiskFault
from evidence.folders import make_folder, sync

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE IF NOT EXISTS views (
    camera_id TEXT NOT NULL,
    view_id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    monotonic_seconds REAL NOT NULL,
    wall TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (camera_id, view_id)
);
CREATE TABLE IF NOT EXISTS debts (
    key TEXT PRIMARY KEY,
    camera_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS appearances (
    act_id TEXT PRIMARY KEY,
    signature TEXT NOT NULL,
    noted_at REAL NOT NULL
);
"""


APPEARANCE_SECONDS = 90 * 86400.0
"""How long it is remembered what an act's thing looked like: people may take weeks to reject it, and it is quiet for a month from then on."""
DISK_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
"""What SQLite says where another attempt may succeed."""


class StateError(DetectorError):
    """The worker's state file cannot be used."""


class StateFault(StateError, DiskFault):
    """The disk did not take what was to be remembered; what was there before is still there, and another attempt may succeed."""


def is_disk_fault(error: BaseException) -> bool:
    """Whether a full, broken or busy disk is behind an error, so that trying again is of use."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DiskFault) or (isinstance(cause, OSError) and cause.errno in DISK_ERRNOS):
            return True
        if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in DISK_CODES:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def is_full(error: BaseException) -> bool:
    """Whether it is for want of room that something could not be written."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view's stays as they were last written.

    Attributes:
        boot_id: the boot during which `monotonic_seconds` was read.
        monotonic_seconds: arrival clock of the last look that is in the state, in seconds.
        wall: the same moment as UTC, ISO 8601.
        state: the view's state as a JSON object.
    """

    camera_id: str
    view_id: str
    boot_id: str
    monotonic_seconds: float
    wall: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Debt:
    """A packet that is owed: `key` names act and phase, `body` is all that is needed to build it."""

    key: str
    camera_id: str
    body: Mapping[str, Any]


class StateStore:
    """The worker's durable memory; safe to call from several threads. Where the disk is full, its `ballast` makes room for what must be remembered.

    Every call on an open store may raise StateFault (the disk; try again) or StateError (the file is damaged).
    """

    def __init__(self, path: Path, ballast: Ballast | None = None) -> None:
        self._path, self._ballast = path, ballast
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Opens or creates the file.

        Raises:
            StateFault: the disk is full or broken; another attempt may succeed.
            StateError: the file is no database, is of a newer version, or its folder may not be written.
        """
        db: sqlite3.Connection | None = None
        try:
            make_folder(self._path.parent)
            db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=10)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise StateError(f"{self._path}: written by a newer curbwatch (state version {version}); update this one or name another --data-dir")
            db.executescript(SCHEMA)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            db.execute("DELETE FROM appearances WHERE noted_at < ?", (time.time() - APPEARANCE_SECONDS,))
            sync(self._path.parent)  # the names of the database and its log
        except (sqlite3.Error, OSError, StateError) as error:
            if db is not None:
                db.close()
            if isinstance(error, StateError):
                raise
            if is_disk_fault(error) or self._could_not_create(error):
                raise StateFault(f"{self._path}: cannot be opened ({error}); free space there, or name another --data-dir") from error
            raise StateError(f"{self._path}: not usable as the worker's state ({error}); name another --data-dir") from error
        self._db = db

    def _could_not_create(self, error: BaseException) -> bool:
        """Whether SQLite found no room for a new file in a folder where it may make one."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code == sqlite3.SQLITE_CANTOPEN and not self._path.exists() and os.access(self._path.parent, os.W_OK)

    def close(self) -> None:
        """Closes the file; the store can be opened again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def save(self, views: Iterable[SavedView], debts: Iterable[Debt] = ()) -> None:
        """Writes views and the debts that came of them, all or nothing; on disk when it returns. What an act's thing looks like is noted by its debts."""
        views, debts = tuple(views), tuple(debts)
        try:
            self._save(views, debts)
        except StateFault as error:
            if self._ballast is None or not is_full(error) or not self._ballast.give():
                raise
            self._save(views, debts)

    def _save(self, views: Sequence[SavedView], debts: Sequence[Debt]) -> None:
        with self._using() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                db.executemany(
                    "INSERT OR REPLACE INTO views VALUES (?, ?, ?, ?, ?, ?)",
                    [(v.camera_id, v.view_id, v.boot_id, v.monotonic_seconds, v.wall, json.dumps(v.state, ensure_ascii=False)) for v in views],
                )
                db.executemany(
                    "INSERT OR IGNORE INTO debts VALUES (?, ?, ?)",
                    [(d.key, d.camera_id, json.dumps(d.body, ensure_ascii=False)) for d in debts],
                )
                db.executemany(
                    "INSERT OR REPLACE INTO appearances VALUES (?, ?, ?)",
                    [(d.body["act_id"], json.dumps(look), time.time()) for d in debts if (look := d.body.get("stay", {}).get("signature"))],
                )
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite itself rolls back where the disk is full
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                raise

    def settle(self, key: str) -> None:
        """Strikes a debt whose packet lies in the outbox."""
        with self._using() as db:
            db.execute("DELETE FROM debts WHERE key = ?", (key,))

    def view(self, camera_id: str, view_id: str) -> SavedView | None:
        """The last written state of a view, or None."""
        with self._using() as db:
            row = db.execute("SELECT * FROM views WHERE camera_id = ? AND view_id = ?", (camera_id, view_id)).fetchone()
        return None if row is None else SavedView(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]))

    def debts(self) -> list[Debt]:
        """The packets still owed, oldest first; one whose body is no JSON is there without it."""
        with self._using() as db:
            rows = db.execute("SELECT key, camera_id, body FROM debts ORDER BY rowid").fetchall()
        return [Debt(key, camera_id, _object(body)) for key, camera_id, body in rows]

    def stay_ids(self) -> set[str]:
        """The stays that a view of any camera remembers, watched or not, or that a packet is owed of, whether the rest of it can be read or not."""
        return {stay_id for stay_ids, _ in self._named() for stay_id in stay_ids}

    def unreadable(self) -> int:
        """How many views and debts do not name their stays, so that nobody can tell whose pictures are held."""
        return sum(not is_whole for _, is_whole in self._named())

    def _named(self) -> list[tuple[list[str], bool]]:
        """The stays of each view and debt, and whether it names all of them."""
        with self._using() as db:
            views = [_object(text).get("stays") for (text,) in db.execute("SELECT state FROM views")]
            owed = [[_object(text).get("stay")] for (text,) in db.execute("SELECT body FROM debts")]
        return [_names_of(stays) for stays in (*views, *owed)]

    def appearance(self, act_id: str) -> tuple[float, ...]:
        """What the thing of an act looked like, a normalised colour histogram; empty where that is not known."""
        with self._using() as db:
            row = db.execute("SELECT signature FROM appearances WHERE act_id = ?", (act_id,)).fetchone()
        return () if row is None else tuple(json.loads(row[0]))

    def document(self, name: str) -> Any:
        """A remembered JSON value (such as the views last heard from the registry), or None."""
        with self._using() as db:
            row = db.execute("SELECT body FROM documents WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def remember(self, name: str, value: Any) -> None:
        """Keeps a JSON value under a name."""
        with self._using() as db:
            db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (name, json.dumps(value, ensure_ascii=False)))

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._db is None:
                raise StateError(f"{self._path}: the worker's state is not open")
            try:
                yield self._db
            except sqlite3.Error as error:
                if is_disk_fault(error):
                    raise StateFault(f"{self._path}: cannot be written ({error}); free space there, or name another --data-dir") from error
                raise StateError(f"{self._path}: the worker's state is damaged ({error}); move the file away, or name another --data-dir") from error


def _names_of(stays: Any) -> tuple[list[str], bool]:
    if not isinstance(stays, list):
        return [], False
    named = [str(stay["stay_id"]) for stay in stays if isinstance(stay, dict) and "stay_id" in stay]
    return named, len(named) == len(stays)


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a column; an empty one where it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
