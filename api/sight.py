"""What of the cases a caller may see: those of the caller's districts, and no first decision that waits for a blind second one.

A case under seal (`sealed_by`) is decided to the person who decided it, and open to everybody else who may decide; none of them can tell that it is under
seal: each sees the version, the time of the last change, the claims and the news that a case would have which is none of those (`api.hidden`). Who may only
read, or may read the log, sees that it waits, and all its decisions; the latter is no second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, true

from api.hidden import Hidden, count_for, updated_for
from api.roles import Caller, Right
from api.schema import cases, decisions
from api.shapes import CaseSummary
from api.states import State


def of_districts(caller: Caller, *, by_index: bool = True) -> ColumnElement[bool]:
    """The cases of the caller's districts; not by an index of districts where another one is to be read."""
    if caller.is_everywhere:
        return true()
    return (cases.c.district if by_index else cases.c.district.concat("")).in_(sorted(caller.districts))


def knows_seals(caller: Caller) -> bool:
    """Whether the caller may know which decisions are under seal: who decides nothing, and who can read it in the log anyway."""
    return caller.may(Right.AUDIT) or not caller.may(Right.DECIDE)


def may_be_second(caller: Caller, sealed_by: str | None) -> bool:
    """Whether the caller may decide a case, as far as its seal goes: never as a second person who could have read the first decision in the log."""
    return sealed_by in (None, caller.name) or not caller.may(Right.AUDIT)


def version_for(row: Row[Any], caller: Caller) -> int:
    """At which version the caller sees the case."""
    return int(row.version) - (0 if knows_seals(caller) else count_for(row.hidden, caller.name))


def known_decisions(caller: Caller) -> ColumnElement[bool]:
    """The condition that a decision is one that the caller may know of."""
    return true() if knows_seals(caller) else or_(~decisions.c.hidden, decisions.c.by == caller.name)


def state_for(row: Row[Any], caller: Caller) -> State:
    """Where the caller sees the case stand."""
    return State(row.sealed_state if row.sealed_by is not None and row.sealed_by == caller.name else row.state)


def in_state(state: State, caller: Caller, *, by_index: bool = True) -> list[ColumnElement[bool]]:
    """Conditions under which the caller sees a case in this state; each has an index (unless another one is to be read), and no case meets two of them."""
    plain = (cases.c.state if by_index else cases.c.state.concat("")) == state.value
    if state is State.OPEN:
        return [and_(plain, or_(cases.c.sealed_by.is_(None), cases.c.sealed_by != caller.name))]
    return [plain, and_(cases.c.sealed_by == caller.name, cases.c.sealed_state == state.value)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A case's summary as the database has it, with what it takes to show it to somebody."""

    summary: CaseSummary
    sealed_by: str | None
    sealed_state: str | None
    hidden: Hidden | None = None

    def by(self, caller: Caller) -> CaseSummary | None:
        """As the caller sees it; None where it is of another district."""
        if not caller.sees(self.summary.district):
            return None
        told: dict[str, Any] = {}
        if self.hidden is not None and not knows_seals(caller):
            told["version"] = self.summary.version - count_for(self.hidden, caller.name)
            told["updated_at"] = updated_for(self.hidden, caller.name, self.summary.updated_at)
        if self.sealed_state is not None and self.sealed_by == caller.name:
            told |= {"state": State(self.sealed_state), "claimed_by": None, "claimed_until": None}  # what is decided lies on no desk
        return self.summary.model_copy(update=told) if told else self.summary
