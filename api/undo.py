"""Undoing: one's own last decision of a case, for ten minutes, where nobody has acted on the case since. The case stands again where it stood."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from api.errors import Conflict
from api.roles import Caller
from api.schema import decisions, packets
from api.shapes import DecisionShown
from api.states import DECIDED, TRANSITIONS, Action, State
from evidence.kinds import Catalogue

WITHIN = timedelta(minutes=10)
SECOND = (Action.CONFIRM.value, Action.REJECT.value, Action.CHANGE_KIND.value)
"""By what a second person answers a first decision under seal; reopening and undoing it are its author's."""


def changes(connection: Connection, catalogue: Catalogue, row: Row[Any], by: Caller, now: datetime) -> dict[str, Any]:
    """What takes the case back to where it stood before the caller's last decision, which is marked as undone. Within a write transaction.

    Raises:
        Conflict: there is none, somebody has acted since, it is too late, or it answered a first decision that the person could not know.
    """
    last = connection.execute(select(decisions).where(decisions.c.case_id == row.id).order_by(decisions.c.log_index.desc()).limit(1)).first()
    own = select(decisions.c.log_index).where(decisions.c.case_id == row.id, decisions.c.by == by.name).limit(1)
    if last is None or (last.by != by.name and (last.hidden or connection.execute(own).first() is None)):
        raise Conflict("you have decided nothing of this case that could be undone", "您对此案件没有可撤销的决定")
    if last.by != by.name:
        raise Conflict(f"{last.by} has acted on this case after you: reopen it instead", f"{last.by} 已在您之后处理此案件，请改为重新打开")
    if last.action == Action.UNDO.value:
        raise Conflict("your last decision of this case is undone already", "您对此案件的上一个决定已撤销")
    if now - last.at > WITHIN:
        ago, within = f"{(now - last.at).total_seconds() / 60:.0f}", WITHIN.seconds // 60
        told = f"your decision was made {ago} minutes ago and can be undone for {within}: reopen it"
        raise Conflict(told, f"您的决定作出于 {ago} 分钟前，只能在 {within} 分钟内撤销，请改为重新打开")
    if last.seal_before is not None and last.action in SECOND:
        told = "two people have decided this case, each without the other: what you decided second is not taken back; an officer or administrator reopens it"
        raise Conflict(told, "本案已由两人各自独立作出决定，第二人的决定不能撤销，请由执法人员或管理员重新打开")
    connection.execute(update(decisions).where(decisions.c.log_index == last.log_index).values(undone=True))
    back: dict[str, Any] = {"state": last.state_before, "decided_at": _decided_at(connection, last), **_seal(connection, last.seal_before)}
    if last.kind_before is not None and last.kind_before != row.kind:
        back |= kind_named(connection, catalogue, row, last.kind_before)
    return back


def kind_named(connection: Connection, catalogue: Catalogue, row: Row[Any], kind_id: str) -> dict[str, Any]:
    """A case's columns for a kind: named as the catalogue does, or as the packet that claimed it did where the catalogue has it no more."""
    kind = catalogue.kind(kind_id)
    if kind is not None:
        return {"kind": kind.id, "kind_name": kind.name.model_dump()}
    texts = connection.execute(select(packets.c.manifest).where(packets.c.case_id == row.id, packets.c.manifest != "")).scalars()
    named = (json.loads(text)["kind"] for text in texts)
    return {"kind": kind_id, "kind_name": next((one["name"] for one in named if one["id"] == kind_id), {"zh": kind_id, "en": kind_id})}


def decision_of(row: Row[Any], *, tells_seal: bool = True) -> DecisionShown:
    """A row of `decisions` as it is shown; `tells_seal`: to somebody who may know that it is one that two people decide."""
    shown = DecisionShown(**{name: getattr(row, name) for name in DecisionShown.model_fields})
    if row.seen_version is not None:
        shown = shown.model_copy(update={"version": row.seen_version})
    return shown if tells_seal else shown.model_copy(update={"sealed": False})


def is_answered(connection: Connection, first_index: int) -> bool:
    """Whether a second person has answered a first decision that was under seal: then everybody may know that it was."""
    answer = select(decisions.c.log_index).where(decisions.c.seal_before == first_index, decisions.c.action.in_(SECOND), ~decisions.c.undone)
    return connection.execute(answer.limit(1)).first() is not None


def _seal(connection: Connection, first_index: int | None) -> dict[str, Any]:
    """The seal that lay on the case then."""
    if first_index is None:
        return {"sealed_by": None, "sealed_state": None, "sealed_index": None}
    first = connection.execute(select(decisions).where(decisions.c.log_index == first_index)).one()
    return {"sealed_by": first.by, "sealed_state": TRANSITIONS[State.OPEN, Action(first.action)].value, "sealed_index": first_index}


def _decided_at(connection: Connection, undone: Row[Any]) -> datetime | None:
    """When the decision was made that stands again."""
    if State(undone.state_before) not in DECIDED:
        return None
    before = select(decisions.c.at).where(decisions.c.case_id == undone.case_id, decisions.c.log_index < undone.log_index, ~decisions.c.undone)
    found: datetime | None = connection.execute(before.order_by(decisions.c.log_index.desc()).limit(1)).scalar()
    return found
