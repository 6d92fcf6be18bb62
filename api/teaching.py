"""What decisions tell the workers: a thing that two people rejected goes quiet for a month (the thing, never the place), and a case can be looked at again.

A thing counts as rejected twice where two people rejected its case, or one this case and another an earlier one at the same place, by reasons that
speak of the thing itself and not of the picture.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from api import holders, log, orders
from api.acts import LEAST_IOU, intersection_over_union
from api.errors import Conflict
from api.roles import Caller
from api.schema import cases, decisions
from api.states import Action, State
from api.summaries import row_of
from evidence.packet import Manifest, Phase

QUIET = timedelta(days=30)
OF_THE_THING = frozenset({"permit", "static_fixture", "not_a_violation"})
"""Reasons that hold for the thing tomorrow too; the others speak of the moment (unloading), the picture or the scene."""
LOOK_WITHIN = timedelta(minutes=30)


def learn(connection: Connection, case_id: str, by: Caller, now: datetime) -> None:
    """After a decision, within its transaction: orders quiet for a thing that two people rejected, and takes that back where the case is rejected no more."""
    case = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    if holders.is_of_another(connection, case_id):
        return
    if case.state != State.REJECTED:
        orders.done(connection, now, what="be_quiet", case_id=case_id)
        return
    people = _rejected_by(connection, [case_id]) | _rejected_by(connection, _earlier(connection, case, now))
    if len(people) >= 2:
        box = (case.x1, case.y1, case.x2, case.y2)
        what = {"act_id": case.act_id, "view_id": case.view_id, "kind": case.kind}
        orders.give(connection, "be_quiet", case.camera_id, until=now + QUIET, by=by.name, now=now, case_id=case_id, xyxy=box, **what)
        log.append(connection, log.LogEvent.ORDER, now, by.name, {"what": "be_quiet", "camera_id": case.camera_id, "rejected_by": sorted(people)}, case_id)


def look_again(connection: Connection, case_id: str, by: Caller, now: datetime) -> datetime:
    """Orders the case's camera to look again, within a write transaction; until when. A packet of the act that says what was seen answers it.

    Raises:
        NotFound: there is no such case.
        Conflict: the act has ended.
    """
    case = row_of(connection, case_id, by)
    if case.ended_at is not None:
        raise Conflict("the act has ended: its last packet shows the empty place", "该行为已结束，最后的证据包显示现场已清空")
    until = now + LOOK_WITHIN
    box = (case.x1, case.y1, case.x2, case.y2)
    what = {"act_id": case.act_id, "view_id": case.view_id, "kind": case.claimed_kind}
    orders.give(connection, "look_again", case.camera_id, until=until, by=by.name, now=now, case_id=case_id, xyxy=box, **what)
    log.append(connection, log.LogEvent.ORDER, now, by.name, {"what": "look_again", "camera_id": case.camera_id, "unit": by.unit}, case_id)
    return until


def answered(connection: Connection, manifest: Manifest, now: datetime) -> None:
    """After a packet came in, within its transaction: orders to its camera to look again at its act are done where it says what was seen."""
    camera_id = manifest.camera.id
    if manifest.ordered_case is not None:
        orders.done(connection, now, what="look_again", case_id=manifest.ordered_case, camera_id=camera_id)
    if manifest.phase is Phase.ENDED:
        orders.done(connection, now, what="look_again", act_id=manifest.act_id, camera_id=camera_id)


def _rejected_by(connection: Connection, case_ids: list[str]) -> set[str]:
    of_cases = select(decisions.c.by).where(decisions.c.case_id.in_(case_ids), decisions.c.action == Action.REJECT.value, ~decisions.c.undone)
    return set(connection.execute(of_cases.where(decisions.c.reason.in_(sorted(OF_THE_THING)))).scalars())


def _earlier(connection: Connection, case: Row[Any], now: datetime) -> list[str]:
    """Cases of the last month at the same place that stand rejected."""
    same = and_(cases.c.camera_id == case.camera_id, cases.c.view_id == case.view_id, cases.c.kind == case.kind, cases.c.id != case.id)
    rejected = select(cases).where(same, cases.c.state == State.REJECTED.value, cases.c.last_seen >= now - QUIET)
    box = (case.x1, case.y1, case.x2, case.y2)
    return [row.id for row in connection.execute(rejected) if intersection_over_union(box, (row.x1, row.y1, row.x2, row.y2)) >= LEAST_IOU]
