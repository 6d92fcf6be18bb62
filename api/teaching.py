"""What decisions tell the workers: a thing that two people rejected for what it is goes quiet (`api.quiet`), and a case can be looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from api import holders, log, orders, quiet
from api.errors import Conflict
from api.moments import iso
from api.roles import Caller
from api.schema import cases, decisions
from api.states import Action, State
from api.summaries import row_of
from evidence.kinds import Catalogue
from evidence.packet import Manifest, Phase

LOOK_WITHIN = timedelta(minutes=30)


def learn(connection: Connection, catalogue: Catalogue, case_id: str, by: str, now: datetime) -> None:
    """After a decision, within its transaction: silences a thing that two people rejected for a standing cause, and takes that back where a rejection that it
    rests on stands no more, or the thing was confirmed after all. A case of a worker that does not hold the camera teaches nothing.
    """
    case = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    if holders.is_of_another(connection, case_id):
        return
    if case.state == State.CONFIRMED:
        quiet.hear(connection, case, by, now)
    quiet.withdraw(connection, case_id, by, now)
    if case.state == State.REJECTED:
        quiet.silence(connection, case, standing_causes(catalogue), by, now)
    if case.state != State.CONFIRMED and _last_of(connection, case_id).action == Action.UNDO.value:
        quiet.hush_again(connection, case, by, now)


def standing_causes(catalogue: Catalogue) -> frozenset[str]:
    """Reasons that speak of what a thing is, and so hold tomorrow too."""
    return frozenset(reason.id for reason in catalogue.reasons if reason.standing)


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
    order = orders.give(connection, "look_again", case.camera_id, until=until, by=by.name, now=now, case_id=case_id, xyxy=box, **what)
    told = {"what": "look_again", "camera_id": case.camera_id, "unit": by.unit, "order": order, "until": iso(until), "xyxy": list(box), **what}
    log.append(connection, log.LogEvent.ORDER, now, by.name, told, case_id)
    return until


def answered(connection: Connection, manifest: Manifest, holder: str | None, now: datetime) -> None:
    """After a packet came in, within its transaction: orders to its camera to look again at its act are done where it says what was seen. What a former holder
    of the camera says of its time answers nothing that was ordered since.
    """
    camera_id = manifest.camera.id
    if holder not in (None, manifest.worker.name):
        return
    if manifest.ordered_case is not None:
        orders.done(connection, now, what="look_again", case_id=manifest.ordered_case, camera_id=camera_id)
    if manifest.phase is Phase.ENDED:
        orders.done(connection, now, what="look_again", act_id=manifest.act_id, camera_id=camera_id)


def _last_of(connection: Connection, case_id: str) -> Row[Any]:
    """The last decision of a case that was decided just now."""
    return connection.execute(select(decisions).where(decisions.c.case_id == case_id).order_by(decisions.c.log_index.desc()).limit(1)).one()
