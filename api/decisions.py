"""People decide: each decision names the version that the person saw, is made once, and stands in the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from api import cases, log
from api.errors import Conflict
from api.schema import cases as cases_table
from api.schema import decisions
from api.shapes import CaseSummary
from api.states import Action, Decision, after, check
from evidence.kinds import Catalogue


def decide(connection: Connection, catalogue: Catalogue, case_id: str, decision: Decision, by: str, now: datetime) -> tuple[CaseSummary, int | None]:
    """Makes a decision, within a write transaction. Answers with the case, and the decision's place in the log (None where it was made before).

    Raises:
        Unusable: names the field.
        NotFound: there is no such case.
        Conflict: the case has changed since `decision.version`, or cannot be decided so; with the case as it is now and who changed it.
    """
    check(decision, catalogue)
    current = cases.summary(connection, case_id)
    same_version = select(decisions).where(decisions.c.case_id == case_id, decisions.c.version == decision.version)
    made = connection.execute(same_version).first()
    if made is not None and _same(made, decision, by):
        return current, None
    if decision.version != current.version:
        raise _outdated(connection, current, decision)
    try:
        state = after(current.state, current.kind, decision)
    except Conflict as conflict:
        raise _explained(connection, current, decision, conflict.detail) from None
    body = {"action": decision.action.value, "version": decision.version, "reason": decision.reason, "kind": decision.kind, "note": decision.note}
    log_index = log.append(connection, log.LogEvent.DECISION, now, by, body, case_id)
    connection.execute(insert(decisions).values(log_index=log_index, case_id=case_id, at=now, by=by, **body))
    changes: dict[str, Any] = {"state": state.value, "version": current.version + 1, "updated_at": now, "changed_index": log_index}
    if decision.action is Action.CHANGE_KIND and decision.kind is not None:
        kind = catalogue.kind(decision.kind)
        assert kind is not None, "checked above"
        changes |= {"kind": kind.id, "kind_name": kind.name.model_dump()}
    connection.execute(update(cases_table).where(cases_table.c.id == case_id).values(**changes))
    return cases.summary(connection, case_id), log_index


def _same(made: Row[Any], decision: Decision, by: str) -> bool:
    told = (decision.action.value, decision.reason, decision.kind, decision.note, by)
    return told == (made.action, made.reason, made.kind, made.note, made.by)


def _outdated(connection: Connection, current: CaseSummary, decision: Decision) -> Conflict:
    if decision.version > current.version:
        return _explained(connection, current, decision, f"the case is at version {current.version}; there was never a version {decision.version}")
    return _explained(connection, current, decision, f"it has changed since version {decision.version} and is at {current.version} now: look again")


def _explained(connection: Connection, current: CaseSummary, decision: Decision, sentence: str) -> Conflict:
    """The conflict with the case as it is now, and the decision that was made since, if one was."""
    more: dict[str, Any] = {"current": current.model_dump(mode="json")}
    since = select(decisions).where(decisions.c.case_id == current.id, decisions.c.version >= decision.version)
    row = connection.execute(since.order_by(decisions.c.log_index.desc()).limit(1)).first()
    if row is not None:
        last = cases.decision_of(row)
        more["decision"] = last.model_dump(mode="json")
        sentence = f"{last.by} decided meanwhile ({last.action.value}): {sentence}"
    return Conflict(sentence, **more)
