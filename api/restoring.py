"""After a restore the log goes on beyond every place that may have been given out since the backup: no receipt is ever given twice for one place, also where
the same backup is restored again later.

What was received after the backup is unknown to the API, though its workers have receipts: they are told of each restore, by an id of its own, with the answer
to their reports, and bring again what has a receipt from after it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from api import log
from api.schema import log as log_table
from api.schema import restores as restores_table
from api.shapes import RestoreShown

LEAST_LEFT_OUT = 1_000_000
MOST_LEFT_OUT = 10**12
"""For clocks that stand in another century: a place is a whole number that JSON keeps (2^53)."""
PER_SECOND = 1000
"""Entries that a log may have got a second since its backup, also of an earlier restore of it; a city of 8,000 cameras makes a few, a machine hundreds."""


def note(connection: Connection, now: datetime) -> int:
    """Writes a restore into the log of what was restored, within a write transaction; its place, 0 where the log is empty."""
    last = log.head(connection)
    if last.sha256 is None:
        return 0
    before: datetime = connection.execute(select(log_table.c.at).where(log_table.c.log_index == last.index)).scalar_one()
    passed = int(max(0.0, (now - before).total_seconds()) * PER_SECOND)
    restore_id = secrets.token_hex(16)
    index = log.append_restored(connection, now, last.index + min(MOST_LEFT_OUT, LEAST_LEFT_OUT + passed), restore_id)
    connection.execute(insert(restores_table).values(log_index=index, former_index=last.index, at=now, restore_id=restore_id))
    return index


SETTLES = timedelta(days=7)
"""So long after a restore nothing is deleted by itself: what came after its backup may be brought again, holds and longer periods are set again."""


def unsettled(connection: Connection, now: datetime) -> datetime | None:
    """Until when the last restore leaves open what came after its backup; None where that is settled."""
    last: datetime | None = connection.execute(select(func.max(restores_table.c.at))).scalar()
    return last + SETTLES if last is not None and last + SETTLES > now else None


def restores(connection: Connection) -> list[RestoreShown]:
    """All restores, oldest first."""
    rows = connection.execute(select(restores_table).order_by(restores_table.c.log_index))
    return [RestoreShown(log_index=row.log_index, former_index=row.former_index, at=row.at, id=row.restore_id) for row in rows]
