"""Who silenced what: the things that are quiet or were, with the rejections that they rest on, what was kept back because of them, and how they ended."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, select

from api import log, quiet
from api.cameras import spoken_for
from api.database import Database
from api.districts import visible
from api.errors import Conflict, NotFound
from api.moments import iso
from api.roles import Caller
from api.schema import cameras, cases, decisions, quiet_rejections, quiet_samples, quiet_things, suppressed
from api.shapes_quiet import QuietShown, RejectionShown, SuppressedTold
from evidence.kinds import Catalogue
from evidence.quiet import is_shown

log_ = logging.getLogger(__name__)


def page(
    connection: Connection, catalogue: Catalogue, caller: Caller, now: datetime, *, stands: bool | None = None, before: int | None = None, limit: int = 50
) -> list[QuietShown]:
    """A page of the caller's districts, newest first.

    Args:
        stands: only those that are quiet now, or only those that are no more.
        before: the id after which the page before ended.
    """
    which: list[ColumnElement[bool]] = []
    if stands is not None:
        which.append(quiet.stands(now) if stands else ~quiet.stands(now))
    if before is not None:
        which.append(quiet_things.c.id < before)
    rows = connection.execute(_listed(caller).where(*which).order_by(quiet_things.c.id.desc()).limit(limit)).all()
    return _shown(connection, catalogue, rows, now)


def wake(connection: Connection, catalogue: Catalogue, quiet_id: int, reason: str, by: Caller, now: datetime) -> QuietShown:
    """Ends a silence by hand, within a write transaction.

    Raises:
        NotFound: there is none, or it is of another district.
        Conflict: it has ended already.
    """
    row = connection.execute(_listed(by).where(quiet_things.c.id == quiet_id)).first()
    if row is None:
        raise NotFound("there is no such silence")
    if row.ended_at is not None or row.until <= now:
        raise Conflict("this thing is quiet no more", "该静默已经结束")
    quiet.end(connection, row, "by_hand", by.name, now, reason=reason)
    return _shown(connection, catalogue, connection.execute(_listed(by).where(quiet_things.c.id == quiet_id)).all(), now)[0]


def take_suppressed(database: Database, worker: str, told: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Writes down what a worker kept back, each alarm once, of cameras that are no other worker's; how many were new.

    What cannot be read, or names an order that was never given for its camera, is passed over with a line in the process' log.
    """
    items = [one for entry in told if (one := _read(worker, entry)) is not None]
    if not items:
        return 0
    with database.read() as connection:
        known = set(connection.execute(select(suppressed.c.act_id).where(suppressed.c.act_id.in_([one.act_id for one in items]))).scalars())
        own = spoken_for(connection, worker, [one.camera_id for one in items])
    fresh = {one.act_id: one for one in items if one.act_id not in known and one.camera_id in own}
    if not fresh:
        return 0
    count = 0
    with database.write() as connection:
        known = set(connection.execute(select(suppressed.c.act_id).where(suppressed.c.act_id.in_(sorted(fresh)))).scalars())
        for one in fresh.values():
            of_order = and_(quiet_things.c.order_id == one.order, quiet_things.c.camera_id == one.camera_id)
            row = None if one.act_id in known else connection.execute(select(quiet_things).where(of_order).order_by(quiet_things.c.id.desc()).limit(1)).first()
            if row is None:
                continue
            body = {"quiet": row.id, "order": one.order, "camera_id": one.camera_id, "kind": one.kind, "act_id": one.act_id, "kept_back_at": iso(one.at)}
            if is_shown(one.act_id):
                body["was_to_be_shown"] = True
            index = log.append(connection, log.LogEvent.SUPPRESSED, now, f"worker {worker}", body, row.case_id)
            values = {"quiet_id": row.id, "kind": one.kind, "at": one.at, "worker": worker, "told_at": now, "log_index": index}
            connection.execute(insert(suppressed).values(act_id=one.act_id, **values))
            count += 1
    return count


def _read(worker: str, entry: Mapping[str, Any]) -> SuppressedTold | None:
    try:
        return SuppressedTold.model_validate(entry)
    except ValidationError as error:
        log_.warning("an alarm that the worker %s says it kept back cannot be read and is passed over (%s)", worker, error.errors()[0]["loc"])
        return None


def _listed(caller: Caller) -> Select[Any]:
    columns = (cases.c.number.label("case_number"), cases.c.kind_name, cases.c.thumbnail_sha256, cases.c.camera_name, cases.c.district)
    every = select(quiet_things, *columns, cameras.c.name.label("registered_name")).join(cases, cases.c.id == quiet_things.c.case_id)
    return every.join(cameras, cameras.c.camera_id == quiet_things.c.camera_id, isouter=True).where(visible(cases.c.district, caller))


def _shown(connection: Connection, catalogue: Catalogue, rows: Sequence[Row[Any]], now: datetime) -> list[QuietShown]:
    ids = [row.id for row in rows]
    people = _rejections(connection, ids)
    counts = {
        row.quiet_id: (row.alarms, row.last)
        for row in connection.execute(
            select(suppressed.c.quiet_id, func.count().label("alarms"), func.max(suppressed.c.at, type_=suppressed.c.at.type).label("last"))
            .where(suppressed.c.quiet_id.in_(ids))
            .group_by(suppressed.c.quiet_id)
        )
    }
    tried = select(quiet_samples.c.quiet_id, func.count().label("alarms")).where(quiet_samples.c.quiet_id.in_(ids)).group_by(quiet_samples.c.quiet_id)
    shown = {row.quiet_id: row.alarms for row in connection.execute(tried)}
    return [_one(row, catalogue, people.get(row.id, []), counts.get(row.id, (0, None)), shown.get(row.id, 0), now) for row in rows]


def _one(
    row: Row[Any], catalogue: Catalogue, people: list[RejectionShown], kept_back: tuple[int, datetime | None], shown: int, now: datetime
) -> QuietShown:  # fmt: skip
    kind = catalogue.kind(row.kind)
    picture = None if row.thumbnail_sha256 is None else f"/cases/{row.case_id}/files/{row.thumbnail_sha256}?purpose=review"
    same = ("id", "camera_id", "district", "view_id", "kind", "since", "until", "case_id", "case_number", "ended_at", "ended_by", "ended_why", "ended_reason")
    return QuietShown(
        **{name: getattr(row, name) for name in (*same, "log_index")},
        camera_name=row.camera_name if row.camera_name is not None else row.registered_name,
        kind_name=row.kind_name if kind is None else kind.name,
        xyxy=[row.x1, row.y1, row.x2, row.y2],
        stands=row.ended_at is None and row.until > now,
        thumbnail_url=picture,
        looks_known=bool(row.look),
        silenced_by=people,
        suppressed=kept_back[0],
        last_suppressed_at=kept_back[1],
        shown=shown,
    )


def _rejections(connection: Connection, ids: Sequence[int]) -> dict[int, list[RejectionShown]]:
    """By silence, oldest first; only those that stand."""
    every = select(quiet_rejections.c.quiet_id, decisions, cases.c.number.label("case_number")).join(
        decisions, decisions.c.log_index == quiet_rejections.c.log_index
    )
    every = every.join(cases, cases.c.id == decisions.c.case_id).where(quiet_rejections.c.quiet_id.in_(ids), ~decisions.c.undone)
    found: dict[int, list[RejectionShown]] = {}
    for row in connection.execute(every.order_by(decisions.c.log_index)):
        told = {name: getattr(row, name) for name in RejectionShown.model_fields}
        found.setdefault(row.quiet_id, []).append(RejectionShown(**told))
    return found
