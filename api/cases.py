"""One case: its packets, decisions, holds and deletions, the files that its manifests name; and cases as joining a packet sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Row, and_, bindparam, case, or_, select

from api.acts import LEAST_IOU, Claim, KnownCase, Sight
from api.errors import NotFound
from api.holders import is_foreign, told_of
from api.keeping import erasures_of, holds_of
from api.neighbours import cells_about
from api.roles import Caller
from api.schema import acts, cases, decisions, packet_files, packets
from api.schema.cases import IS_OPEN
from api.shapes import CaseDetail, CaseSummary, DecisionShown, PacketShown
from api.sight import known_decisions, knows_seals, of_districts
from api.states import State
from api.summaries import row_of, seen_of, summaries
from api.undo import decision_of, is_answered
from evidence.grading import REASONS, lowered_of
from evidence.ground import Ground
from evidence.quiet import overlap

MOST_EARLIER = 20
MOST_NEAR = 500
MOST_OVER = 20


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a manifest of a case names."""

    sha256: str
    name: str
    media_type: str
    role: str


def detail(connection: Connection, case_id: str, caller: Caller) -> CaseDetail:
    """One case as the caller sees it, with packets (oldest sight first, an end last), decisions and earlier cases.

    Raises:
        NotFound: there is no such case, or it is of another district.
    """
    row = row_of(connection, case_id, caller)
    shown_now = seen_of(row).by(caller)
    if shown_now is None:
        raise NotFound("there is no such case")
    of_case = select(packets).where(packets.c.case_id == case_id, packets.c.manifest != "")
    shown = sorted(connection.execute(of_case).all(), key=lambda one: (one.last_seen, one.phase == "ended", one.received_at, one.packet_id))
    return CaseDetail(
        **shown_now.model_dump(),
        packets=[
            PacketShown(
                packet_id=one.packet_id,
                received_at=one.received_at,
                manifest=json.loads(one.manifest),
                signature=json.loads(one.signature),
                receipt=json.loads(one.receipt),
                lowered=[*told_of(one.held_by, one.worker), *(REASONS[reason] for reason in lowered_of(one.lowered))],
            )
            for one in shown
        ],
        decisions=_decisions(connection, row, caller),
        earlier=_earlier(connection, row, caller),
        holds=holds_of(connection, case_id),
        erasures=erasures_of(connection, case_id),
    )


def file_of(connection: Connection, case_id: str, sha256: str, caller: Caller) -> NamedFile:
    """The file with this hash, if a manifest of a case that the caller sees names it.

    Raises:
        NotFound: none does.
    """
    of_case = select(packet_files).join(cases, cases.c.id == packet_files.c.case_id).where(of_districts(caller))
    row = connection.execute(of_case.where(packet_files.c.case_id == case_id, packet_files.c.sha256 == sha256).limit(1)).first()
    if row is None:
        raise NotFound("no packet of this case names such a file")
    return NamedFile(row.sha256, row.name, row.media_type, row.role)


def known_near(connection: Connection, claim: Claim) -> list[KnownCase]:
    """The newest cases of the claim's camera, view and kind whose place touches its own; none that came of a worker that does not hold the camera."""
    return [_known(row) for row in connection.execute(_NEAR, _place_of(claim))]


def open_near(connection: Connection, claim: Claim) -> list[KnownCase]:
    """Of `known_near`, those whose act goes on and that nobody has decided, under seal or not; by an index of their few."""
    return [_known(row) for row in connection.execute(_OPEN_NEAR, _place_of(claim))]


def over_near(connection: Connection, claim: Claim) -> list[KnownCase]:
    """Of `known_near`, the newest whose act is over or that somebody has decided, that began no later than the claim and overlap it about as much as the
    same thing would (`LEAST_IOU`).
    """
    return [_known(row) for row in connection.execute(_OVER_NEAR, {**_place_of(claim), "began": claim.first_seen})]


def _place_of(claim: Claim) -> dict[str, Any]:
    x1, y1, x2, y2 = claim.xyxy
    return {"camera": claim.camera_id, "view": claim.view_id, "kind": claim.kind, "left": x1, "top": y1, "right": x2, "bottom": y2}


def known_on_ground(connection: Connection, claim: Claim) -> list[KnownCase]:
    """The newest cases about the claim's place on the map, whichever view saw them; none that came of a worker that does not hold the camera."""
    cells = () if claim.ground is None else cells_about(claim.ground)
    if not cells:
        return []
    return [_known(row) for row in connection.execute(_ON_GROUND, {"cells": list(cells)})]


def known_by_act(connection: Connection, act_id: str) -> KnownCase | None:
    """The case that an act belongs to, by who claimed it first; None where nobody did."""
    row = connection.execute(_OF_ACT, {"act": act_id}).first()
    if row is None:
        return None
    others = {(one.camera_id, one.view_id, one.kind) for one in connection.execute(_VIEWS_OF_ACT, {"case": row.id, "act": act_id})}
    return replace(_known(row), taken_in=frozenset(one for one in others if None not in one and one[:2] != (row.camera_id, row.view_id)))


def sights_of(connection: Connection, case: KnownCase) -> list[Sight]:
    """Who saw which act of a case, and when."""
    return [_sight(row, case) for row in connection.execute(_SIGHTS, {"case": case.id})]


def _sight(row: Any, case: KnownCase) -> Sight:
    """Packets of before schema step 0007 have it in their manifests alone; those of before step 0010 are all of their case's own view."""
    view = case.view if row.camera_id is None else (row.camera_id, row.view_id)
    boot_id, first_seen = row.boot_id, row.first_seen
    if first_seen is None and row.manifest:
        manifest = json.loads(row.manifest)
        boot_id, first_seen = manifest["worker"]["boot_id"], datetime.fromisoformat(manifest["stay"]["first_seen"])
    return Sight(view, row.act_id, row.worker, boot_id, first_seen, row.last_seen)


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
        decided=row.state != State.OPEN or row.sealed_by is not None,
        confirmed=row.state == State.CONFIRMED and row.sealed_by is None,
        district=row.district,
        ground=None if row.ground is None else Ground.model_validate(row.ground),
    )


def _touches(camera_id: Any, view_id: Any, box: tuple[Any, Any, Any, Any]) -> ColumnElement[bool]:
    x1, y1, x2, y2 = box
    same_view = and_(cases.c.camera_id == camera_id, cases.c.view_id == view_id)
    return and_(same_view, cases.c.x1 < x2, cases.c.x2 > x1, cases.c.y1 < y2, cases.c.y2 > y1)


# What a packet asks for is made once: a city sends fifty a second.
_NAMES = ("id", "act_id", "camera_id", "view_id", "kind", "claimed_kind", "x1", "y1", "x2", "y2", "first_seen", "last_seen", "ended_at", "state", "sealed_by")
_OF_KNOWN = select(*(cases.c[name] for name in (*_NAMES, "district", "ground")))
_NOT_FOREIGN = _OF_KNOWN.where(~is_foreign(cases.c.id)).order_by(cases.c.last_seen.desc()).limit(MOST_NEAR)
_LEFT, _TOP, _RIGHT, _BOTTOM = (bindparam(name, type_=Float) for name in ("left", "top", "right", "bottom"))
_NEAR = _NOT_FOREIGN.where(
    _touches(bindparam("camera"), bindparam("view"), (_LEFT, _TOP, _RIGHT, _BOTTOM)),
    or_(cases.c.kind == bindparam("kind"), cases.c.claimed_kind == bindparam("kind")),
)
_OPEN_NEAR = _NEAR.where(IS_OPEN, cases.c.sealed_by.is_(None), cases.c.ended_at.is_(None))


def _less(a: Any, b: Any) -> ColumnElement[float]:
    return case((a < b, a), else_=b)


def _more(a: Any, b: Any) -> ColumnElement[float]:
    return case((a > b, a), else_=b)


_SHARED = (_less(cases.c.x2, _RIGHT) - _more(cases.c.x1, _LEFT)) * (_less(cases.c.y2, _BOTTOM) - _more(cases.c.y1, _TOP))
_BOTH = (cases.c.x2 - cases.c.x1) * (cases.c.y2 - cases.c.y1) + (_RIGHT - _LEFT) * (_BOTTOM - _TOP) - _SHARED
_OVER_NEAR = _NEAR.where(
    or_(cases.c.state != State.OPEN.value, cases.c.sealed_by.is_not(None), cases.c.ended_at.is_not(None)),
    cases.c.first_seen <= bindparam("began"),
    _SHARED >= 0.99 * LEAST_IOU * _BOTH,  # whoever asks reckons it exactly
).limit(MOST_OVER)
_ON_GROUND = _NOT_FOREIGN.where(cases.c.ground_cell.in_(bindparam("cells", expanding=True)))
_OF_ACT = _OF_KNOWN.join(acts, acts.c.case_id == cases.c.id).where(acts.c.act_id == bindparam("act"))
_VIEWS_OF_ACT = (
    select(packets.c.camera_id, packets.c.view_id, packets.c.kind)
    .where(packets.c.case_id == bindparam("case"), packets.c.act_id == bindparam("act"))
    .distinct()
)
_SIGHTS = select(
    *(packets.c[name] for name in ("act_id", "worker", "boot_id", "first_seen", "last_seen", "camera_id", "view_id")),
    case((packets.c.first_seen.is_(None), packets.c.manifest), else_="").label("manifest"),
).where(packets.c.case_id == bindparam("case"))


def _decisions(connection: Connection, row: Row[Any], caller: Caller) -> list[DecisionShown]:
    """All that the caller may know of: not the first decision that the caller might be the second person of."""
    made = select(decisions).where(decisions.c.case_id == row.id, known_decisions(caller))
    rows = connection.execute(made.order_by(decisions.c.log_index)).all()
    return [decision_of(one, tells_seal=knows_seals(caller) or not one.sealed or is_answered(connection, one.log_index)) for one in rows]


def _earlier(connection: Connection, row: Row[Any], caller: Caller) -> list[CaseSummary]:
    """At the same place of the same view; and the one that it is a recurrence of, whichever camera saw that."""
    box, before = (row.x1, row.y1, row.x2, row.y2), row.recurrence_of
    touches = _touches(row.camera_id, row.view_id, box)
    near = summaries().where(touches if before is None else or_(touches, cases.c.id == before), of_districts(caller))
    touching = near.where(cases.c.id != row.id, cases.c.first_seen <= row.first_seen)
    rows = connection.execute(touching.order_by(cases.c.last_seen.desc()).limit(MOST_NEAR))
    same_place = (one for one in rows if one.id == before or overlap(box, (one.x1, one.y1, one.x2, one.y2)) >= LEAST_IOU)
    return [shown for one in islice(same_place, MOST_EARLIER) if (shown := seen_of(one).by(caller)) is not None]
