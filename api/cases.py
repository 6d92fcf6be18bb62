"""Cases as they are read: the queue page by page, one case with its packets, and the files that its manifests name."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select

from api.acts import LEAST_IOU, Box, Claim, KnownCase, intersection_over_union
from api.errors import NotFound, Unusable
from api.moments import EPOCH, microseconds
from api.schema import acts, cameras, cases, decisions, packet_files, packets
from api.shapes import CaseDetail, CaseSummary, DecisionShown, PacketShown, Page
from api.states import State

Order = Literal["value", "newest"]
MOST_EARLIER = 20
MOST_NEAR = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases of the queue; None means all."""

    state: State | None = None
    kind: str | None = None
    camera: str | None = None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a manifest of a case names."""

    sha256: str
    name: str
    media_type: str


def page(connection: Connection, which: Filter, order: Order, limit: int, cursor: str | None) -> Page:
    """The cases after `cursor`: most valuable first, or newest first; of equals the newest, then by id.

    Raises:
        Unusable: the cursor is none of ours.
    """
    query = _summaries()
    for column, wanted in ((cases.c.state, which.state), (cases.c.kind, which.kind), (cases.c.camera_id, which.camera)):
        if wanted is not None:
            query = query.where(column == wanted)
    if cursor is not None:
        query = query.where(_after(order, *_read_cursor(cursor, order)))
    by_value = [cases.c.value.desc()] if order == "value" else []
    rows = connection.execute(query.order_by(*by_value, cases.c.shown_at.desc(), cases.c.id).limit(limit + 1)).all()
    more = len(rows) > limit
    return Page(items=[summary_of(row) for row in rows[:limit]], next_cursor=_cursor(order, rows[limit - 1]) if more else None)


def summary(connection: Connection, case_id: str) -> CaseSummary:
    """One case as the queue shows it.

    Raises:
        NotFound: there is no such case.
    """
    return summary_of(_row(connection, case_id))


def changed_since(connection: Connection, log_index: int, limit: int) -> list[tuple[int, bool, CaseSummary]]:
    """Cases that came or changed after a place in the log, in that order: the place of the last change, whether the case is new, the case."""
    rows = connection.execute(_summaries().where(cases.c.changed_index > log_index).order_by(cases.c.changed_index).limit(limit)).all()
    return [(row.changed_index, row.created_index > log_index, summary_of(row)) for row in rows]


def detail(connection: Connection, case_id: str) -> CaseDetail:
    """One case with packets (oldest sight first, an end last), decisions and earlier cases.

    Raises:
        NotFound: there is no such case.
    """
    row = _row(connection, case_id)
    of_case = select(packets).where(packets.c.case_id == case_id)
    shown = sorted(connection.execute(of_case).all(), key=lambda one: (one.last_seen, one.phase == "ended", one.received_at, one.packet_id))
    decided = connection.execute(select(decisions).where(decisions.c.case_id == case_id).order_by(decisions.c.log_index)).all()
    return CaseDetail(
        **summary_of(row).model_dump(),
        packets=[
            PacketShown(
                packet_id=one.packet_id,
                received_at=one.received_at,
                manifest=json.loads(one.manifest),
                signature=json.loads(one.signature),
                receipt=json.loads(one.receipt),
            )
            for one in shown
        ],
        decisions=[decision_of(one) for one in decided],
        earlier=_earlier(connection, row),
    )


def file_of(connection: Connection, case_id: str, sha256: str) -> NamedFile:
    """The file with this hash, if a manifest of the case names it.

    Raises:
        NotFound: none does.
    """
    query = select(packet_files).where(packet_files.c.case_id == case_id, packet_files.c.sha256 == sha256).limit(1)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("no packet of this case names such a file")
    return NamedFile(row.sha256, row.name, row.media_type)


def decision_of(row: Row[Any]) -> DecisionShown:
    """A row of `decisions` as it is shown."""
    return DecisionShown(at=row.at, by=row.by, action=row.action, reason=row.reason, kind=row.kind, note=row.note, version=row.version)


def summary_of(row: Row[Any]) -> CaseSummary:
    """A row of `_summaries` as it is shown."""
    thumbnail = None if row.thumbnail_sha256 is None else f"/cases/{row.id}/files/{row.thumbnail_sha256}"
    names = {"camera_name": row.camera_name if row.camera_name is not None else row.registered_name, "thumbnail_url": thumbnail}
    plain = {name: getattr(row, name) for name in CaseSummary.model_fields if name not in names}
    return CaseSummary(**plain, **names)


def known_near(connection: Connection, claim: Claim) -> list[KnownCase]:
    """The newest cases of the claim's camera and view whose place touches its own."""
    query = select(cases).where(_touches(claim.camera_id, claim.view_id, claim.xyxy)).order_by(cases.c.last_seen.desc()).limit(MOST_NEAR)
    return [_known(row) for row in connection.execute(query)]


def known_by_act(connection: Connection, act_id: str) -> KnownCase | None:
    """The case that an act belongs to, by who claimed it first; None where nobody did."""
    row = connection.execute(select(cases).join(acts, acts.c.case_id == cases.c.id).where(acts.c.act_id == act_id)).first()
    return None if row is None else _known(row)


def _known(row: Row[Any]) -> KnownCase:
    return KnownCase(
        id=row.id,
        act_id=row.act_id,
        camera_id=row.camera_id,
        view_id=row.view_id,
        kinds=frozenset({row.kind, row.claimed_kind}),
        xyxy=(row.x1, row.y1, row.x2, row.y2),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        ended=row.ended_at is not None,
        decided=row.state != State.OPEN,
    )


def _touches(camera_id: str, view_id: str, box: Box) -> ColumnElement[bool]:
    x1, y1, x2, y2 = box
    same_view = and_(cases.c.camera_id == camera_id, cases.c.view_id == view_id)
    return and_(same_view, cases.c.x1 < x2, cases.c.x2 > x1, cases.c.y1 < y2, cases.c.y2 > y1)


def _summaries() -> Select[Any]:
    return select(cases, cameras.c.name.label("registered_name")).join(cameras, cameras.c.camera_id == cases.c.camera_id, isouter=True)


def _row(connection: Connection, case_id: str) -> Row[Any]:
    row = connection.execute(_summaries().where(cases.c.id == case_id)).first()
    if row is None:
        raise NotFound("there is no such case")
    return row


def _earlier(connection: Connection, row: Row[Any]) -> list[CaseSummary]:
    box = (row.x1, row.y1, row.x2, row.y2)
    touching = _summaries().where(_touches(row.camera_id, row.view_id, box), cases.c.id != row.id, cases.c.first_seen <= row.first_seen)
    rows = connection.execute(touching.order_by(cases.c.last_seen.desc()).limit(MOST_NEAR))
    same_place = (one for one in rows if intersection_over_union(box, (one.x1, one.y1, one.x2, one.y2)) >= LEAST_IOU)
    return [summary_of(one) for one in islice(same_place, MOST_EARLIER)]


def _after(order: Order, value: float, shown_at: datetime, case_id: str) -> ColumnElement[bool]:
    later = or_(cases.c.shown_at < shown_at, and_(cases.c.shown_at == shown_at, cases.c.id > case_id))
    return later if order == "newest" else or_(cases.c.value < value, and_(cases.c.value == value, later))


def _cursor(order: Order, row: Row[Any]) -> str:
    text = json.dumps([order, row.value, microseconds(row.shown_at), row.id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: Order) -> tuple[float, datetime, str]:
    try:
        told, value, moment, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if told == order and type(value) in (int, float) and type(moment) is int and type(case_id) is str:
            return float(value), EPOCH + timedelta(microseconds=moment), case_id
    except (ValueError, TypeError, OverflowError, binascii.Error):
        pass
    raise Unusable("cursor: is not one that this list gave; read it from its first page")
