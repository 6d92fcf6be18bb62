"""The outbox's table of packets: one SQLite file (WAL, `synchronous=FULL`), how those of earlier versions become it, and what a damaged one is worth: nothing.

The folders hold the evidence, the table only how it fares. So a table that cannot be read is put aside, and made anew from the folders (adoption.py). Who is
delivering what is kept in memory alone: it dies with the process, and a full disk cannot stand in its way.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.worker.files import DiskFault, move_aside
from evidence.folders import make_folder, sync

log = logging.getLogger(__name__)

VERSION = 5
PACKETS = """
CREATE TABLE IF NOT EXISTS packets (
    sequence INTEGER PRIMARY KEY,
    packet_id TEXT NOT NULL UNIQUE,
    act_id TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    put_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused', 'given_up', 'lost')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0,
    settled_at REAL,
    reason TEXT,
    pruned INTEGER NOT NULL DEFAULT 0,
    camera_id TEXT,
    value REAL NOT NULL DEFAULT 0,
    log_index INTEGER,
    told INTEGER NOT NULL DEFAULT 0,
    missing INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS places (
    sequence INTEGER PRIMARY KEY,
    manifest_sha256 TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS restores (
    log_index INTEGER PRIMARY KEY
);
"""
"""`log_index`: of the receipt. `told`: of a packet that was given up, whether the API knows. `missing`: failures in a row in which a file was not there
(lost.py). `places`: of the chain, whose packets are not here any more.
`restores`: of the API, that were heard of, by their number (`afterwards.Restore`)."""
INDEXES = """
CREATE INDEX IF NOT EXISTS packets_by_state ON packets (state, sequence);
CREATE INDEX IF NOT EXISTS packets_by_act ON packets (act_id, state);
CREATE INDEX IF NOT EXISTS packets_by_camera ON packets (camera_id, state, sequence);
"""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


class OutboxError(DetectorError):
    """The outbox cannot be used, or a packet is not what it says."""


class PacketTable:
    """The open file; safe to call from several threads, which take turns at `lock`."""

    def __init__(self, path: Path, aside: Path) -> None:
        self.path, self._aside = path, aside
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Opens or makes it; one that is damaged is put aside. On a full disk it is opened by this process alone, so that what is there can leave.

        Raises:
            DiskFault: the disk has no room for a new one.
            OutboxError: the file is of a newer version, or its folder cannot be written.
        """
        try:
            make_folder(self.path.parent)
            try:
                self._db = self._connect()
            except sqlite3.DatabaseError as error:
                if _code(error) not in DAMAGED:
                    raise
                self._put_aside(error)
                self._db = self._connect()
            sync(self.path.parent)  # the names of the database and its log
        except sqlite3.Error as error:
            if _code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise DiskFault(f"{self.path}: cannot be opened ({error}); free space there, or name another --data-dir") from error
            raise OutboxError(f"{self.path}: not usable as an outbox ({error}); name another --data-dir") from error
        except OSError as error:
            raise OutboxError(f"{self.path}: not usable as an outbox ({error}); name another --data-dir") from error

    def _connect(self) -> sqlite3.Connection:
        try:
            return _ready(self.path, alone=False)
        except sqlite3.Error as error:
            if _code(error) not in NO_ROOM or not self.path.exists():
                raise
            return _ready(self.path, alone=True)

    def _put_aside(self, error: sqlite3.Error) -> None:
        for suffix in ("", "-wal", "-shm"):
            file = self.path.with_name(self.path.name + suffix)
            if file.exists():
                move_aside(file, self._aside)
        log.error("%s: is damaged (%s) and lies in %s now; a new one is made from the packets that are there", self.path, error, self._aside)

    def close(self) -> None:
        """Closes it; it can be opened again."""
        with self.lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def rows(self, query: str, *values: Any, **named: Any) -> list[Any]:
        """What a query finds, with values by place or by name.

        Raises:
            DiskFault: the file cannot be read.
        """
        with self.lock:
            try:
                return self._opened().execute(query, named or values).fetchall()
            except sqlite3.Error as error:
                raise DiskFault(f"{self.path}: the outbox cannot be read ({error}); look at the disk there") from error

    def change(self, what: str, packet_id: str, *values: Any) -> None:
        """Sets columns of a packet; on disk when it returns.

        Raises:
            DiskFault: the disk does not take it.
        """
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


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _ready(path: Path, *, alone: bool) -> sqlite3.Connection:
    """The database, whole and of this version. `alone`: without the shared memory that others would need, which is a file too.

    Raises:
        sqlite3.Error: it is damaged, or cannot be written. OutboxError: it is of a newer version.
    """
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    try:
        if alone:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise OutboxError(f"{path}: written by a newer curbwatch (outbox version {version}); update this one or name another --data-dir")
        whole = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if whole != "ok":
            fault = sqlite3.DatabaseError(whole)
            fault.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise fault
        if version < VERSION:
            _bring_up_to_date(db)
    except BaseException:
        with suppress(sqlite3.Error):
            db.close()
        raise
    return db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Makes the tables, or turns those of versions 1 (no camera), 2 (no value, nothing given up), 3 (leases on disk) and 4 (nothing lost) into them, all or
    nothing.

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
    before = [column[1] for column in db.execute("PRAGMA table_info(packets)")]
    if before:
        for index in ("packets_by_state", "packets_by_act", "packets_by_camera"):
            db.execute(f"DROP INDEX IF EXISTS {index}")
        db.execute("ALTER TABLE packets RENAME TO packets_before")
    for statement in filter(None, map(str.strip, PACKETS.split(";"))):
        db.execute(statement)
    if before:
        own = {column[1] for column in db.execute("PRAGMA table_info(packets)")}
        columns = ", ".join(one for one in before if one in own)
        db.execute(f"INSERT INTO packets ({columns}) SELECT {columns} FROM packets_before")
        db.execute("DROP TABLE packets_before")
    for statement in filter(None, map(str.strip, INDEXES.split(";"))):
        db.execute(statement)
    db.execute(f"PRAGMA user_version={VERSION}")
