"""The outbox's table of packets: one SQLite file (WAL, `synchronous=FULL`), and how those of earlier versions become it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.worker.files import DiskFault, make_folder, sync

VERSION = 3
PACKETS = """
CREATE TABLE IF NOT EXISTS packets (
    sequence INTEGER PRIMARY KEY,
    packet_id TEXT NOT NULL UNIQUE,
    act_id TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    put_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0,
    leased_until REAL NOT NULL DEFAULT 0,
    settled_at REAL,
    reason TEXT,
    pruned INTEGER NOT NULL DEFAULT 0,
    camera_id TEXT,
    value REAL NOT NULL DEFAULT 0
);
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS packets_by_state ON packets (state, sequence);
CREATE INDEX IF NOT EXISTS packets_by_act ON packets (act_id, state);
CREATE INDEX IF NOT EXISTS packets_by_camera ON packets (camera_id, state, sequence);
"""


class OutboxError(DetectorError):
    """The outbox cannot be used, or a packet is not what it says."""


class PacketTable:
    """The open file; safe to call from several threads, which take turns at `lock`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Opens or makes it; what was leased when it was closed or killed is free again.

        Raises:
            OutboxError: the file is no outbox, is of a newer version, or its folder cannot be written.
        """
        try:
            make_folder(self.path.parent)
            db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=10)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                db.close()
                raise OutboxError(f"{self.path}: written by a newer curbwatch (outbox version {version}); update this one or name another --data-dir")
            _bring_up_to_date(db)
            sync(self.path.parent)  # the names of the database and its log
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"{self.path}: not usable as an outbox ({error}); name another --data-dir") from error
        self._db = db

    def close(self) -> None:
        """Closes it; it can be opened again."""
        with self.lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What a query finds."""
        with self.lock:
            return self._opened().execute(query, values).fetchall()

    def change(self, what: str, packet_id: str, *values: Any) -> None:
        """Sets columns of a packet; on disk when it returns."""
        with self.lock, self.transaction() as db:
            db.execute(f"UPDATE packets SET {what} WHERE packet_id = ?", (*values, packet_id))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write, all or nothing; the caller holds `lock`.

        Raises:
            DiskFault: the disk does not take it.
        """
        db = self._opened()
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise DiskFault(f"{self.path}: the outbox cannot be written ({error}); free space there, or name another --data-dir") from error

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            raise OutboxError(f"{self.path}: the outbox is not open")
        return self._db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Makes the tables, or turns those of version 1 (no camera) and 2 (no value, nothing given up) into them, all or nothing.

    Raises:
        sqlite3.Error: the file is no outbox, or cannot be written.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        _build(db)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _build(db: sqlite3.Connection) -> None:
    known = [column[1] for column in db.execute("PRAGMA table_info(packets)")]
    if known and not {"camera_id", "value"} <= set(known):
        for index in ("packets_by_state", "packets_by_act", "packets_by_camera"):
            db.execute(f"DROP INDEX IF EXISTS {index}")
        db.execute("ALTER TABLE packets RENAME TO packets_before")
        db.execute(PACKETS)
        columns = ", ".join(known)
        db.execute(f"INSERT INTO packets ({columns}) SELECT {columns} FROM packets_before")
        db.execute("DROP TABLE packets_before")
    db.execute(PACKETS)
    for statement in filter(None, map(str.strip, INDEXES.split(";"))):
        db.execute(statement)
    db.execute(f"PRAGMA user_version={VERSION}")
    db.execute("UPDATE packets SET leased_until = 0")
