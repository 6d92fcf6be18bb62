"""The tables of the outbox, and how those of earlier versions become them."""

from __future__ import annotations

import sqlite3

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


def bring_up_to_date(db: sqlite3.Connection) -> None:
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
