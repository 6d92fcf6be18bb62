"""How far each worker's chain reached, by this clock: the log says so when a head comes, once a day, before every export with the log (`worker_head`), and of
a head whose manifest has not come before another takes its place (`api.worker_heads`).

A head's own time is its worker's, whose clock may be wrong. Whether a packet that a head counts is on its way or missing is told by when the head came.
What was said last is remembered in `about`, so that nobody need look for it in the log; `serve check` holds it against the log (`api.checking_heads`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from api import log
from api.moments import iso
from api.schema import about, worker_heads
from evidence.heads import ON_THE_WAY

NAME = "worker_reach:"
INTERVAL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """So many manifests a chain had when its head came."""

    index: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Came:
    """A head as it came: of which worker and key, what it says, and when that was by this clock."""

    worker: str
    key_id: str
    index: int
    sha256: str
    head_at: datetime
    came_at: datetime


def note(connection: Connection, came: Came, now: datetime, *, at_once: bool = False) -> bool:
    """Has the log say it, within a write transaction, where it counts more than what the log said before, and that is a day ago; whether it was due.

    Args:
        at_once: even where that is no day ago.
    """
    known = _known(connection, came.key_id)
    if not _is_due(known, came.index, now, at_once=at_once):
        return False
    body = {"worker": came.worker, "key_id": came.key_id, "index": came.index, "sha256": came.sha256}
    log.append(connection, log.LogEvent.WORKER_HEAD, now, f"worker {came.worker}", body | {"head_at": iso(came.head_at), "came_at": iso(came.came_at)})
    told = remembered(known, Reach(came.index, came.came_at), now)
    connection.execute(delete(about).where(about.c.name == NAME + came.key_id))
    connection.execute(insert(about).values(name=NAME + came.key_id, value=json.dumps([[one.index, iso(one.at)] for one in told])))
    return True


def remembered(known: list[Reach], reach: Reach, now: datetime) -> list[Reach]:
    """What is remembered once one more was said: that, those of within the day, and the last one before it."""
    old = [one for one in known if now - one.at > ON_THE_WAY]
    return [*old[-1:], *(one for one in known if one not in old), reach]


def waits(connection: Connection, now: datetime) -> bool:
    """Whether the log is to say it of some chain."""
    return any(_is_due(_known(connection, came.key_id), came.index, now) for came in _last_heads(connection))


def note_all(connection: Connection, now: datetime, *, at_once: bool = False) -> int:
    """Has the log say it of every chain, as `note`; of how many."""
    return sum(note(connection, came, now, at_once=at_once) for came in _last_heads(connection))


def settled(connection: Connection, key_id: str, now: datetime) -> Reach | None:
    """How far a chain reached so long ago that all of it should have come; None where nothing is known of that time."""
    old = [one for one in _known(connection, key_id) if now - one.at > ON_THE_WAY]
    return max(old, key=lambda one: one.index, default=None)


def came_of(row: Row[Any]) -> Came:
    """The head that a row of `worker_heads` holds."""
    return Came(row.worker, row.key_id, row.chain_index, row.sha256, row.at.astimezone(UTC), row.came_at)


def _is_due(known: list[Reach], index: int, now: datetime, *, at_once: bool = False) -> bool:
    return not known or (index > known[-1].index and (at_once or not known[-1].at <= now < known[-1].at + INTERVAL))


def _known(connection: Connection, key_id: str) -> list[Reach]:
    value = connection.execute(select(about.c.value).where(about.c.name == NAME + key_id)).scalar()
    return reaches_of(value) if value is not None else []


def reaches_of(value: str) -> list[Reach]:
    """What is remembered of a chain.

    Raises:
        ValueError: it is not as `note` writes it.
        TypeError: the same.
    """
    return [Reach(index, datetime.fromisoformat(at)) for index, at in json.loads(value)]


def _last_heads(connection: Connection) -> list[Came]:
    rows = connection.execute(select(worker_heads).where(worker_heads.c.document.is_not(None)).order_by(worker_heads.c.worker)).all()
    return [came_of(row) for row in rows]
