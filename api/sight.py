"""What of the cases a caller may see: those of the caller's districts, and no first decision that waits for a blind second one.

A case under seal (`sealed_by`) is decided to the person who decided it, and open to everybody else who may decide; none of them can tell that it is under
seal. Who may only read, or may read the log, sees that it waits, and all its decisions; the latter is no second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, true

from api.roles import Caller, Right
from api.schema import cases
from api.shapes import CaseSummary
from api.states import State


def of_districts(caller: Caller) -> ColumnElement[bool]:
    """The cases of the caller's districts."""
    return true() if caller.is_everywhere else cases.c.district.in_(sorted(caller.districts))


def is_blind(caller: Caller, sealed_by: str | None) -> bool:
    """Whether the caller might be the second person of a case under seal, and must not know the first decision."""
    return sealed_by is not None and sealed_by != caller.name and not knows_seals(caller)


def knows_seals(caller: Caller) -> bool:
    """Whether the caller may know which decisions are under seal: who decides nothing, and who can read it in the log anyway."""
    return caller.may(Right.AUDIT) or not caller.may(Right.DECIDE)


def may_be_second(caller: Caller, sealed_by: str | None) -> bool:
    """Whether the caller may decide a case, as far as its seal goes: never as a second person who could have read the first decision in the log."""
    return sealed_by in (None, caller.name) or not caller.may(Right.AUDIT)


def state_for(row: Row[Any], caller: Caller) -> State:
    """Where the caller sees the case stand."""
    return State(row.sealed_state if row.sealed_by is not None and row.sealed_by == caller.name else row.state)


def in_state(state: State, caller: Caller) -> list[ColumnElement[bool]]:
    """Conditions under which the caller sees a case in this state; each has an index, and no case meets two of them."""
    plain = cases.c.state == state.value
    if state is State.OPEN:
        return [and_(plain, or_(cases.c.sealed_by.is_(None), cases.c.sealed_by != caller.name))]
    return [plain, and_(cases.c.sealed_by == caller.name, cases.c.sealed_state == state.value)]


@dataclass(frozen=True, slots=True)
class Seen:
    """A case's summary as the database has it, with what it takes to show it to somebody."""

    summary: CaseSummary
    sealed_by: str | None
    sealed_state: str | None

    def by(self, caller: Caller) -> CaseSummary | None:
        """As the caller sees it; None where it is of another district."""
        if not caller.sees(self.summary.district):
            return None
        if self.sealed_state is not None and self.sealed_by == caller.name:
            return self.summary.model_copy(update={"state": State(self.sealed_state)})
        return self.summary
