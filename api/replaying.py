"""Where a case must stand, by its decisions alone: a second account beside the one that `api.decisions` keeps in the case's row. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api.states import TRANSITIONS, Action, Decision, State, second_of


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as it stands in the database, or (`lapsed`) a seal that came off because nobody answered."""

    log_index: int
    by: str
    action: Action
    version: int
    state_before: State
    seal_before: int | None
    sealed: bool
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A case's state, and the first decision that is under seal."""

    state: State = State.OPEN
    seal: int | None = None


def replayed(made: Iterable[Made]) -> Standing | None:
    """Where the decisions of one case, oldest first, lead; None where one of them was not possible."""
    at = Standing()
    known: dict[int, Made] = {}
    last: Made | None = None
    for one in made:
        found = _after(at, one, known, last)
        if found is None:
            return None
        at, last = found, one
        known[one.log_index] = one
    return at


def _after(at: Standing, one: Made, known: dict[int, Made], last: Made | None) -> Standing | None:
    first = None if at.seal is None else known.get(at.seal)
    if one.lapsed:
        return None if first is None else Standing(TRANSITIONS[State.OPEN, first.action])
    if (one.state_before, one.seal_before) != (at.state, at.seal):
        return None
    if one.action is Action.UNDO:
        return None if last is None or last.by != one.by else Standing(last.state_before, last.seal_before)
    if first is not None and first.by != one.by:
        return Standing(second_of(TRANSITIONS[State.OPEN, first.action], Decision(one.action, one.version)))
    if first is not None:
        return Standing() if one.action is Action.REOPEN else None
    following = TRANSITIONS.get((at.state, one.action))
    if following is None or one.sealed:
        return None if following is None else Standing(State.OPEN, one.log_index)
    return Standing(following)
