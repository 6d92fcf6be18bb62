"""Cuttings go when their time is over, whatever becomes of their cases: pictures to learn from are no evidence, and nothing keeps them longer but a legal hold.

A cutting's days count from when its packet came, by this server's clock; of one that came while that clock was in doubt, from when it was found right. First
its row goes and the log says so, then the file: after a crash between them the file is one that no packet names, which go by themselves.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, and_, delete, select, update

from api import log, timekeeping
from api.schema import cases, clock_doubts, packet_files, packets

if TYPE_CHECKING:
    from api.service import Api

log_ = logging.getLogger(__name__)
AT_ONCE = 200


def delete_due(api: Api, by: str) -> int:
    """Deletes the cuttings that are due by a clock that is in no doubt; how many."""
    deleted = 0
    while True:
        with api.database.write() as connection:
            if timekeeping.watch(connection, api.timekeeper) is not None:
                return deleted
            hashes, later = _forget(connection, by, api.clock())
        if hashes:
            with api.database.write() as connection:
                named = set(connection.execute(select(packet_files.c.sha256).where(packet_files.c.sha256.in_(sorted(hashes)))).scalars())
                for sha256 in sorted(hashes - named):
                    api.blobs.delete(sha256)
        deleted += len(hashes)
        if not hashes and not later:
            return deleted


def _forget(connection: Connection, by: str, now: datetime) -> tuple[set[str], int]:
    """Takes some cuttings that are due out of the database and says so in the log; the hashes of their files, and how many turned out to be due later."""
    due = select(packet_files, packets.c.received_at, packets.c.receipt, packets.c.manifest).join(packets, packets.c.packet_id == packet_files.c.packet_id)
    due = due.join(cases, cases.c.id == packet_files.c.case_id).where(packet_files.c.goes_at <= now, cases.c.held.is_(False))
    rows = connection.execute(due.order_by(packet_files.c.goes_at, packet_files.c.packet_id, packet_files.c.name).limit(AT_ONCE)).all()
    doubts = connection.execute(select(clock_doubts).where(clock_doubts.c.settled_at.is_not(None))).all() if rows else []
    later = 0
    gone: list[Row[Any]] = []
    for row in rows:
        goes_at = _goes_at(row, doubts)
        if goes_at > now:
            later += 1
            connection.execute(update(packet_files).where(_is(row)).values(goes_at=goes_at))
        else:
            gone.append(row)
            connection.execute(delete(packet_files).where(_is(row)))
    if gone:
        log.append(connection, log.LogEvent.CUTTINGS_DELETED, now, by, {"files": [{name: getattr(row, name) for name in TOLD} for row in gone]})
    return {row.sha256 for row in gone}, later


TOLD = ("packet_id", "name", "sha256")


def _is(row: Row[Any]) -> Any:
    return and_(packet_files.c.packet_id == row.packet_id, packet_files.c.name == row.name)


def _goes_at(row: Row[Any], doubts: Sequence[Row[Any]]) -> datetime:
    """When a cutting goes: of one that came while the clock was in doubt, so long after it was found right."""
    came = int(json.loads(row.receipt)["log_index"])
    right = [doubt.settled_at for doubt in doubts if doubt.since_index < came <= doubt.settled_index]
    days = next(file["keep_days"] for file in json.loads(row.manifest)["files"] if file["name"] == row.name)
    begins: datetime = max([row.received_at, *right])
    return begins + timedelta(days=days)
