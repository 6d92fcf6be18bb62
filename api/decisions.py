"""People decide: each decision names the version that the person saw, is made once, and stands in the log with person and unit. What was decided, or
reopened, is kept from then on as what just came is (`kept_from`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from api import hidden, log, teaching, undo
from api.claims import refuse_if_claimed, release
from api.double_review import key_sha256
from api.errors import Conflict, NotAllowed
from api.moments import iso
from api.roles import Caller, Right
from api.schema import cases, decisions
from api.sight import known_decisions, knows_seals, may_be_second, state_for, version_for
from api.states import DECIDED, Action, Decision, State, after, check, second_of
from api.summaries import row_of, seen_of
from evidence.kinds import Catalogue

SECOND_WITHIN = timedelta(days=7)
"""So long a first decision waits for a second person; then it stands, and the log says that nobody answered."""
Sampled = Callable[[str], bool]
"""Whether a case, by its id, is to be decided by two people."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made: its place in the log, and whether nobody but its author is to notice it."""

    log_index: int
    is_hidden: bool


def decide(connection: Connection, catalogue: Catalogue, case_id: str, decision: Decision, by: Caller, now: datetime, sampled: Sampled) -> Decided | None:
    """Makes a decision, within a write transaction; None where the same one was made before.

    Raises:
        Unusable: names the field.
        NotFound: there is no such case.
        Conflict: the case has changed since `decision.version`, lies on somebody else's desk, or cannot be decided so; with the case as it is now.
        NotAllowed: only an officer or administrator who has not decided it may settle what two people decided.
    """
    check(decision, catalogue)
    row = row_of(connection, case_id, by)
    of_version = func.coalesce(decisions.c.seen_version, decisions.c.version) == decision.version
    own = select(decisions).where(decisions.c.case_id == case_id, decisions.c.by == by.name, of_version)
    made = connection.execute(own.order_by(decisions.c.log_index.desc()).limit(1)).first()
    if made is not None and _same(made, decision, by):
        return None
    if decision.version != version_for(row, by):
        raise _outdated(connection, row, by, decision)
    if row.sealed_by != by.name:
        refuse_if_claimed(row, by, now)
    if row.erased_at is not None:
        why = "its evidence was deleted by a rule of retention: there is nothing left to judge by"
        raise _explained(connection, row, by, decision, Conflict(why, "证据已按保存期限删除，无从判断"))
    if not may_be_second(by, row.sealed_by):
        why = "the case waits for a second person who does not know the first decision; whoever may read the log may know it"
        raise _explained(connection, row, by, decision, Conflict(why, "本案正等待另一人独立复核；可查阅日志者不能担任第二人"))
    changes, kept = _changes(connection, catalogue, row, decision, by, now, sampled)
    told = {"action": decision.action.value, "version": row.version, "reason": decision.reason, "kind": decision.kind, "note": decision.note}
    seen_version = {} if decision.version == row.version else {"seen_version": decision.version}
    kept_from = now if row.kept_from is None else max(row.kept_from, now)
    body = {**told, **seen_version, "unit": by.unit, "role": by.role.value, "sealed": kept["sealed"], "kept_from": iso(now)}
    body |= {"sampled_by": key_sha256(connection)} if kept["sealed"] else {}
    log_index = log.append(connection, log.LogEvent.DECISION, now, by.name, body, case_id)
    if kept["sealed"]:
        changes["sealed_index"] = log_index
    before = {"state_before": row.state, "kind_before": row.kind, "seal_before": row.sealed_index}
    values = {**before, **kept, **told, **seen_version}
    connection.execute(insert(decisions).values(log_index=log_index, case_id=case_id, at=now, by=by.name, unit=by.unit, **values))
    if kept["hidden"]:
        changes["hidden"] = hidden.with_one_more(row.hidden, by.name, now, row.updated_at)
    else:
        changes["changed_index"] = log_index
        if changes.get("state", State.OPEN) != State.OPEN and row.hidden is not None:
            hidden.reveal(connection, case_id)
            changes["hidden"] = None
    connection.execute(update(cases).where(cases.c.id == case_id).values(version=row.version + 1, updated_at=now, kept_from=kept_from, **changes))
    whose = row.claimed_by if row.sealed_by == by.name else by.name  # of what is decided to its author no desk is heard of
    release(connection, case_id, whose or by.name)
    teaching.learn(connection, catalogue, case_id, by.name, now)
    return Decided(log_index, kept["hidden"])


def _changes(
    connection: Connection, catalogue: Catalogue, row: Row[Any], decision: Decision, by: Caller, now: datetime, sampled: Sampled
) -> tuple[dict[str, Any], dict[str, bool]]:
    """What becomes of the case, and whether the decision is a first one that goes under seal."""
    if decision.action is Action.UNDO:
        try:
            return undo.changes(connection, catalogue, row, by, now), {"sealed": False, "hidden": _is_hidden(connection, row, by)}
        except Conflict as conflict:
            raise _explained(connection, row, by, decision, conflict) from None
    state = state_for(row, by)
    try:
        following = after(state, row.kind, decision)
    except Conflict as conflict:
        raise _explained(connection, row, by, decision, conflict) from None
    _check_settling(connection, row, state, decision, by)
    if row.sealed_by not in (None, by.name):
        following = second_of(State(row.sealed_state), decision)
        return _standing(following, now) | NO_SEAL, {"sealed": False, "hidden": False}
    if state is State.OPEN and following in DECIDED and sampled(row.id) and not _was_reviewed_twice(connection, row.id):
        return {"sealed_by": by.name, "sealed_state": following.value}, {"sealed": True, "hidden": True}
    changes = _standing(following, now) | NO_SEAL
    if decision.action is Action.CHANGE_KIND and decision.kind is not None:
        changes |= undo.kind_named(connection, catalogue, row, decision.kind)
    return changes, {"sealed": False, "hidden": row.sealed_by is not None}


NO_SEAL: dict[str, Any] = {"sealed_by": None, "sealed_state": None, "sealed_index": None}


def _is_hidden(connection: Connection, row: Row[Any], by: Caller) -> bool:
    """Whether the caller's last decision, which is being undone, is one that is hidden from others."""
    last = select(decisions.c.hidden).where(decisions.c.case_id == row.id, decisions.c.by == by.name).order_by(decisions.c.log_index.desc()).limit(1)
    return bool(connection.execute(last).scalar())


def _standing(state: State, now: datetime) -> dict[str, Any]:
    return {"state": state.value, "decided_at": now if state in DECIDED else None}


def _check_settling(connection: Connection, row: Row[Any], state: State, decision: Decision, by: Caller) -> None:
    """What two people decided, or disagree about, is for an officer or administrator; a dispute for one who is neither of the two."""
    if state is not State.DISPUTED and not (decision.action is Action.REOPEN and _was_reviewed_twice(connection, row.id)):
        return
    if not by.may(Right.SETTLE, row.district):
        raise NotAllowed(f"the role {by.role.value} may not {Right.SETTLE.value}; two people decided this one", "本案已由两人作出决定，您的角色不能裁定")
    if state is State.DISPUTED and by.name in _deciders(connection, row.id):
        raise NotAllowed("you are one of the two who disagree about this case: somebody else settles it", "您是意见不一的两人之一，须由他人裁定")


def _was_reviewed_twice(connection: Connection, case_id: str) -> bool:
    second = select(decisions.c.log_index).where(decisions.c.case_id == case_id, decisions.c.seal_before.is_not(None), ~decisions.c.undone)
    return connection.execute(second.where(decisions.c.action.in_(undo.SECOND)).limit(1)).first() is not None


def _deciders(connection: Connection, case_id: str) -> set[str]:
    """The two whose decisions made the case disputed."""
    last = select(decisions).where(
        decisions.c.case_id == case_id, decisions.c.seal_before.is_not(None), ~decisions.c.undone, decisions.c.action.in_(undo.SECOND)
    )
    second = connection.execute(last.order_by(decisions.c.log_index.desc()).limit(1)).first()
    if second is None:
        return set()
    first = connection.execute(select(decisions.c.by).where(decisions.c.log_index == second.seal_before)).scalar_one()
    return {first, second.by}


def lapse(connection: Connection, catalogue: Catalogue, now: datetime) -> list[tuple[str, int]]:
    """Takes the seal off first decisions that nobody has answered for a week: they stand and teach. In a write transaction; cases, with places in the log."""
    waited = select(cases, decisions.c.at.label("sealed_at")).join(decisions, decisions.c.log_index == cases.c.sealed_index)
    stood: list[tuple[str, int]] = []
    for row in connection.execute(waited.where(cases.c.sealed_by.is_not(None), decisions.c.at <= now - SECOND_WITHIN)).all():
        body = {"first_index": row.sealed_index, "state": row.sealed_state, "days": SECOND_WITHIN.days}
        log_index = log.append(connection, log.LogEvent.SECOND_REVIEW_LAPSED, now, "double review", body, row.id)
        hidden.reveal(connection, row.id)
        changes = NO_SEAL | {"hidden": None, "state": row.sealed_state, "decided_at": row.sealed_at}
        connection.execute(update(cases).where(cases.c.id == row.id).values(version=row.version + 1, updated_at=now, changed_index=log_index, **changes))
        teaching.learn(connection, catalogue, row.id, row.sealed_by, now)
        stood.append((row.id, log_index))
    return stood


def _same(made: Row[Any], decision: Decision, by: Caller) -> bool:
    told = (decision.action.value, decision.reason, decision.kind, decision.note, by.name)
    return told == (made.action, made.reason, made.kind, made.note, made.by)


def _outdated(connection: Connection, row: Row[Any], by: Caller, decision: Decision) -> Conflict:
    version = version_for(row, by)
    if decision.version > version:
        return _explained(
            connection,
            row,
            by,
            decision,
            Conflict(
                f"the case is at version {version}; there was never a version {decision.version}",
                f"案件当前为第 {version} 版，不存在第 {decision.version} 版",
            ),
        )
    told = f"it has changed since version {decision.version} and is at {version} now: look again"
    return _explained(connection, row, by, decision, Conflict(told, f"案件自第 {decision.version} 版后已有变化，现为第 {version} 版，请重新查看"))


def _explained(connection: Connection, row: Row[Any], by: Caller, decision: Decision, why: Conflict) -> Conflict:
    """The conflict with the case as it is now, and the decision that was made since, if one was that the caller may know of."""
    current = seen_of(row).by(by)
    more: dict[str, Any] = {"current": None if current is None else current.model_dump(mode="json")}
    version = decision.version + row.version - version_for(row, by)
    since = select(decisions).where(decisions.c.case_id == row.id, decisions.c.version >= version, known_decisions(by))
    last = connection.execute(since.order_by(decisions.c.log_index.desc()).limit(1)).first()
    if last is not None:
        tells_seal = knows_seals(by) or undo.is_answered(connection, last.log_index)
        more["decision"] = undo.decision_of(last, tells_seal=tells_seal).model_dump(mode="json")
        told, told_zh = f"{last.by} decided meanwhile ({last.action}): {why.detail}", f"{last.by} 已先作出决定：{why.detail_zh}"
        return Conflict(told, told_zh, **more)
    return Conflict(why.detail, why.detail_zh, **more)
