"""Silences against the log: who silences a camera past the API is found, as is who takes away that somebody did, or that an alarm was kept back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from api.checking_rows import Fault, all_rows, document_of, latest
from api.log import LogEvent
from api.moments import iso
from api.quiet import look_sha256
from api.schema import log, orders, quiet_rejections, quiet_things, suppressed

TOLD = ("camera_id", "view_id", "kind")
OF_ORDER = (*TOLD, "case_id", "until")
TOLD_AS = {"order_id": "order", "look": "look_sha256"}


@dataclass(slots=True)
class _Told:
    """A silence as the log has it, by its last entries."""

    log_index: int
    document: dict[str, Any]
    rests_on: set[int]
    ended: tuple[datetime, str, str, str | None] | None = None


def quiet_faults(connection: Connection) -> Iterator[Fault]:
    """Silences, what they rest on, the orders that stand for them and the alarms that were kept back, each against its entry."""
    told = _told(connection)
    standing: dict[int, Row[Any]] = {}
    for row in all_rows(connection, select(quiet_things).order_by(quiet_things.c.id)):
        where, found = f"quiet_things {row.id}", told.pop(row.id, None)
        if found is None:
            yield Fault(where, "the log has no entry by which it went quiet")
            continue
        if row.ended_at is None:
            standing[row.order_id] = row
        for name in TOLD:
            if getattr(row, name) != found.document.get(name):
                yield Fault(where, f"{name} is not as the log has it")
        if row.log_index != found.log_index or iso(row.until) != found.document.get("until"):
            yield Fault(where, "until is not as the log has it")
        if [row.x1, row.y1, row.x2, row.y2] != [float(one) for one in found.document.get("xyxy", ())]:
            yield Fault(where, "its outline is not as the log has it")
        for name, kept in (("order_id", row.order_id), ("look", look_sha256(row.look or ()))):  # entries of before tell neither
            if TOLD_AS[name] in found.document and kept != found.document[TOLD_AS[name]]:
                yield Fault(where, f"{name} is not as the log has it")
        ended = None if row.ended_at is None else (row.ended_at, row.ended_by, row.ended_why, row.ended_reason)
        if ended != found.ended:
            yield Fault(where, "its end is not as the log has it" if ended is not None else "has ended by the log, but its row does not say so")
        rests = set(connection.execute(select(quiet_rejections.c.log_index).where(quiet_rejections.c.quiet_id == row.id)).scalars())
        if rests != found.rests_on:
            yield Fault(where, "does not rest on the rejections that the log has")
    for quiet_id in sorted(told):
        yield Fault(f"quiet_things {quiet_id}", "was removed, though the log has it")
    yield from _order_faults(connection, standing)
    yield from _suppressed_faults(connection)


def _told(connection: Connection) -> dict[int, _Told]:
    told: dict[int, _Told] = {}
    entries = select(log).where(log.c.event.in_([LogEvent.QUIETED.value, LogEvent.QUIET_ENDED.value])).order_by(log.c.log_index)
    for entry in all_rows(connection, entries):
        document = document_of(entry.document)
        quiet_id = int(document.get("quiet", 0))
        if entry.event == LogEvent.QUIETED.value:
            before = told.get(quiet_id)
            rests = {int(one) for one in document.get("rests_on", ())} | (set() if before is None else before.rests_on)
            told[quiet_id] = _Told(entry.log_index, document, rests)
        elif quiet_id in told:
            told[quiet_id].ended = (entry.at, entry.by, str(document.get("why")), document.get("reason"))
    return told


def _order_faults(connection: Connection, standing: dict[int, Row[Any]]) -> Iterator[Fault]:
    """Orders to be quiet that no silence stands behind, or that say something else than it. Those of before schema step 0009 stand in the log as orders."""
    of_before = select(log.c.case_id, log.c.document).where(log.c.event == LogEvent.ORDER.value)
    known = {entry.case_id for entry in all_rows(connection, of_before) if document_of(entry.document).get("what") == "be_quiet"}
    given = select(orders).where(and_(orders.c.what == "be_quiet", orders.c.done_at.is_(None)))
    for row in connection.execute(given.order_by(orders.c.id)).all():
        silence = standing.pop(row.id, None)
        if silence is not None:
            box = [silence.x1, silence.y1, silence.x2, silence.y2]
            same = (("xyxy", row.xyxy, box), ("signature", row.signature, silence.look))
            for name, kept, told in (*((name, getattr(row, name), getattr(silence, name)) for name in OF_ORDER), *same):
                if kept != told:
                    yield Fault(f"orders {row.id}", f"{name} is not as its silence has it")
        elif row.case_id not in known:
            yield Fault(f"orders {row.id}", "tells a worker to be quiet, and the log has no silence behind it")
    last = latest(connection)
    for order_id in sorted(number for number, silence in standing.items() if last is not None and silence.until > last):
        yield Fault(f"orders {order_id}", "does not stand, though its silence does")


def _suppressed_faults(connection: Connection) -> Iterator[Fault]:
    entries = select(log.c.log_index, log.c.document).where(log.c.event == LogEvent.SUPPRESSED.value)
    told = {entry.log_index: document_of(entry.document) for entry in all_rows(connection, entries)}
    for row in all_rows(connection, select(suppressed).order_by(suppressed.c.log_index)):
        entry = told.pop(row.log_index, {})
        if (entry.get("act_id"), entry.get("quiet"), entry.get("kept_back_at")) != (row.act_id, row.quiet_id, iso(row.at)):
            yield Fault(f"suppressed {row.act_id}", "is not as the log has it")
    for index in sorted(told):
        yield Fault(f"log {index}", "the row of this suppressed alarm was removed")
