"""The states of a case and what a person can do in each: one table. Pure.

A share of first decisions is put under seal: the case stays open for everybody else until a second person, who does not know of it, has decided too.
Where both agree the decision stands; where they do not the case is disputed, and an officer or administrator who is neither of them settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.errors import Conflict, Unusable
from evidence.kinds import Catalogue


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DISPUTED = "disputed"


class Action(StrEnum):
    """What a person decides."""

    CONFIRM = "confirm"
    REJECT = "reject"
    CHANGE_KIND = "change_kind"
    REOPEN = "reopen"
    UNDO = "undo"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.OPEN, Action.CONFIRM): State.CONFIRMED,
    (State.OPEN, Action.REJECT): State.REJECTED,
    (State.OPEN, Action.CHANGE_KIND): State.OPEN,
    (State.CONFIRMED, Action.REOPEN): State.OPEN,
    (State.REJECTED, Action.REOPEN): State.OPEN,
    (State.DISPUTED, Action.CONFIRM): State.CONFIRMED,
    (State.DISPUTED, Action.REJECT): State.REJECTED,
    (State.DISPUTED, Action.CHANGE_KIND): State.DISPUTED,
}
"""What is not in here is refused. Undoing leads back to where the case came from (`api.undo`)."""
IN_CHINESE = {State.OPEN: "待处理", State.CONFIRMED: "已确认", State.REJECTED: "已驳回", State.DISPUTED: "有争议"}
DECIDED = frozenset({State.CONFIRMED, State.REJECTED})
"""What a case comes to by one decision, or by two that agree."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is asked for: `reason` belongs to a rejection, `kind` to a change of kind."""

    action: Action
    version: int
    reason: str | None = None
    kind: str | None = None
    note: str | None = None


def check(decision: Decision, catalogue: Catalogue) -> None:
    """Whether a decision says what its action needs, and nothing else.

    Raises:
        Unusable: names the field.
    """
    needs = {Action.REJECT: "reason", Action.CHANGE_KIND: "kind"}.get(decision.action)
    for name, value in (("reason", decision.reason), ("kind", decision.kind)):
        if value is not None and name != needs:
            raise Unusable(f"{name}: does not belong to the action {decision.action.value}", f"操作 {decision.action.value} 不带 {name}")
        if value is None and name == needs:
            raise Unusable(f"{name}: is missing; the action {decision.action.value} needs it", f"缺少 {name}：操作 {decision.action.value} 需要它")
    reasons = [reason.id for reason in catalogue.reasons]
    if decision.reason is not None and decision.reason not in reasons:
        told = f"reason: {decision.reason!r} is not in the catalogue; there are {', '.join(reasons)}"
        raise Unusable(told, f"reason：目录中没有 {decision.reason!r}，可用的有 {'、'.join(reasons)}")
    if decision.kind is not None and catalogue.kind(decision.kind) is None:
        kinds = [kind.id for kind in catalogue.kinds]
        told = f"kind: {decision.kind!r} is not in the catalogue; there are {', '.join(kinds)}"
        raise Unusable(told, f"kind：目录中没有 {decision.kind!r}，可用的有 {'、'.join(kinds)}")


def after(state: State, kind: str, decision: Decision) -> State:
    """The state that a decision leads to.

    Raises:
        Conflict: a case in this state cannot be decided so.
    """
    if decision.kind is not None and decision.kind == kind:
        raise Conflict(f"the case is of the kind {kind} already", f"案件已是 {kind} 类")
    following = TRANSITIONS.get((state, decision.action))
    if following is None:
        hint, hint_zh = ("reopen it first", "请先重新打开") if state in DECIDED else ("there is nothing to reopen", "无需重新打开")
        raise Conflict(f"the case is {state.value}: {hint}", f"案件{IN_CHINESE[state]}，{hint_zh}")
    return following


def second_of(first: State, decision: Decision) -> State:
    """The state that a blind second decision leads to: the first's where both agree, else disputed. Another kind is no agreement."""
    return first if TRANSITIONS.get((State.OPEN, decision.action)) is first else State.DISPUTED
