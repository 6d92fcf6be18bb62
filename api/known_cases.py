"""Cases as joining a packet sees them: what is known about its place, its act, and who saw that act when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Row, and_, bindparam, case, or_, select

from api.acts import LEAST_IOU, Claim, KnownCase, Sight
from api.holders import is_foreign
from api.neighbours import cells_about
from api.schema import acts, cases, packets
from api.schema.cases import IS_OPEN
from api.states import State
from evidence.ground import Ground

MOST_NEAR = 500
MOST_OVER = 20


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


def touches(camera_id: Any, view_id: Any, box: tuple[Any, Any, Any, Any]) -> ColumnElement[bool]:
    """That a case of this view has a place that touches the box."""
    x1, y1, x2, y2 = box
    same_view = and_(cases.c.camera_id == camera_id, cases.c.view_id == view_id)
    return and_(same_view, cases.c.x1 < x2, cases.c.x2 > x1, cases.c.y1 < y2, cases.c.y2 > y1)


# What a packet asks for is made once: a city sends fifty a second.
_NAMES = ("id", "act_id", "camera_id", "view_id", "kind", "claimed_kind", "x1", "y1", "x2", "y2", "first_seen", "last_seen", "ended_at", "state", "sealed_by")
_OF_KNOWN = select(*(cases.c[name] for name in (*_NAMES, "district", "ground")))
_NOT_FOREIGN = _OF_KNOWN.where(~is_foreign(cases.c.id)).order_by(cases.c.last_seen.desc()).limit(MOST_NEAR)
_LEFT, _TOP, _RIGHT, _BOTTOM = (bindparam(name, type_=Float) for name in ("left", "top", "right", "bottom"))
_NEAR = _NOT_FOREIGN.where(
    touches(bindparam("camera"), bindparam("view"), (_LEFT, _TOP, _RIGHT, _BOTTOM)),
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
