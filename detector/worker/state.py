"""What a worker must still know after `kill -9`: the stays of its views, and the evidence it owes.

One SQLite file. Views under suspicion are written about once a second (a second of samples lost is a missed look, which the grace
bridges); an event and the debt of evidence that it makes are written in one transaction with `synchronous=FULL`, before anything
is built, so that a packet is neither forgotten nor made for an act that the state does not know.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import DetectorError

SCHEMA_VERSION = 1

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
"""


class StateError(DetectorError):
    """The worker's state file cannot be used."""


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
    """The worker's durable memory; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Opens or creates the file.

        Raises:
            StateError: the file is no database, is of a newer version, or its folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=10)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise StateError(f"{self._path}: written by a newer curbwatch (state version {version}); update this one or name another --data-dir")
            db.executescript(SCHEMA)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"{self._path}: not usable as the worker's state ({error}); name another --data-dir") from error
        self._db = db

    def close(self) -> None:
        """Closes the file; the store can be opened again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def save(self, views: Iterable[SavedView], debts: Iterable[Debt] = ()) -> None:
        """Writes views and the debts that came of them, all or nothing; on disk when it returns."""
        with self._lock:
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany(
                    "INSERT OR REPLACE INTO views VALUES (?, ?, ?, ?, ?, ?)",
                    [(v.camera_id, v.view_id, v.boot_id, v.monotonic_seconds, v.wall, json.dumps(v.state, ensure_ascii=False)) for v in views],
                )
                db.executemany(
                    "INSERT OR IGNORE INTO debts VALUES (?, ?, ?)",
                    [(d.key, d.camera_id, json.dumps(d.body, ensure_ascii=False)) for d in debts],
                )
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise

    def settle(self, key: str) -> None:
        """Strikes a debt whose packet lies in the outbox."""
        with self._lock:
            self._opened().execute("DELETE FROM debts WHERE key = ?", (key,))

    def view(self, camera_id: str, view_id: str) -> SavedView | None:
        """The last written state of a view, or None."""
        with self._lock:
            row = self._opened().execute("SELECT * FROM views WHERE camera_id = ? AND view_id = ?", (camera_id, view_id)).fetchone()
        return None if row is None else SavedView(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]))

    def debts(self) -> list[Debt]:
        """The packets still owed, oldest first."""
        with self._lock:
            rows = self._opened().execute("SELECT key, camera_id, body FROM debts ORDER BY rowid").fetchall()
        return [Debt(key, camera_id, json.loads(body)) for key, camera_id, body in rows]

    def document(self, name: str) -> Any:
        """A remembered JSON value (such as the views last heard from the registry), or None."""
        with self._lock:
            row = self._opened().execute("SELECT body FROM documents WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def remember(self, name: str, value: Any) -> None:
        """Keeps a JSON value under a name."""
        with self._lock:
            self._opened().execute("INSERT OR REPLACE INTO documents VALUES (?, ?)", (name, json.dumps(value, ensure_ascii=False)))

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            raise StateError(f"{self._path}: the worker's state is not open")
        return self._db
