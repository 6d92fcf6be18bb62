"""The list of cases page by page: filtered, by value or newest first, always by an index.

A page's cursor is the place after its last case, so that the list can be turned while cases come and go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Float, Row, String, literal, tuple_

from api import cursors
from api.errors import Unusable
from api.moments import EPOCH, Moment, microseconds
from api.roles import Caller
from api.schema import cases
from api.shapes import Page
from api.sight import in_state, of_districts
from api.states import State
from api.summaries import seen_of, summaries
from evidence.packet import Grade

Order = Literal["value", "newest"]
MOST_MERGED = 32
"""So many districts are read each by its own index and merged; of a caller with more the others are left out on the way."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases of the queue; None means all. `since` and `until` bound when a case was confirmed (else first seen); `ids` are what a search found."""

    state: State | None = None
    kind: str | None = None
    camera: str | None = None
    district: str | None = None
    grade: Grade | None = None
    since: datetime | None = None
    until: datetime | None = None
    held: bool | None = None
    ids: tuple[str, ...] | None = field(default=None, repr=False)

    def conditions(self) -> list[ColumnElement[bool]]:
        """All but the state, which depends on who asks."""
        equal = ((cases.c.kind, self.kind), (cases.c.camera_id, self.camera), (cases.c.district, self.district))
        found: list[ColumnElement[bool]] = [column == wanted for column, wanted in equal if wanted is not None]
        if self.grade is not None:
            found.append(cases.c.grade == self.grade.value)
        if self.since is not None:
            found.append(cases.c.shown_at >= self.since)
        if self.until is not None:
            found.append(cases.c.shown_at < self.until)
        if self.held is not None:
            found.append(cases.c.held.is_(self.held))
        if self.ids is not None:
            found.append(cases.c.id.in_(self.ids))
        return found


def page(connection: Connection, caller: Caller, which: Filter, order: Order, limit: int, cursor: str | None) -> Page:
    """The caller's cases after `cursor`: most valuable first, or newest first; of equals the newest, then by id.

    Raises:
        Unusable: the cursor is none of ours.
    """
    conditions = which.conditions()
    if cursor is not None:
        conditions.append(_after(order, *_read_cursor(cursor, order)))
    ordered = [column.desc() for column in _columns(order)]
    found: list[Row[Any]] = []
    for part in _parts(caller, which, order):
        found += connection.execute(summaries().where(*part, *conditions).order_by(*ordered).limit(limit + 1)).all()
    rows = sorted(found, key=lambda row: _key(order, row), reverse=True)[: limit + 1]
    shown = [summary for row in rows[:limit] if (summary := seen_of(row).by(caller)) is not None]
    return Page(items=shown, next_cursor=_cursor(order, rows[limit - 1]) if len(rows) > limit else None)


def _parts(caller: Caller, which: Filter, order: Order) -> Iterable[list[ColumnElement[bool]]]:
    """Conditions of which no case meets two, each of them quick by an index, however little it finds.

    Most of the indices begin with a state; that of holds is small.
    """
    by_state: list[list[ColumnElement[bool]]] = [[]]
    if which.state is not None:
        by_state = [[one] for one in in_state(which.state, caller, by_index=not which.held)]
    elif not which.held and (order == "value" or which.kind is not None or which.grade is not None):
        by_state = [[cases.c.state == state.value] for state in State]
    return [[*one, *where] for one in by_state for where in districts_apart(caller, which)]


def districts_apart(caller: Caller, which: Filter) -> list[list[ColumnElement[bool]]]:
    """The caller's districts as conditions of which no case meets two: one each, for an index of districts; all at once where they are many."""
    if caller.is_everywhere or which.district is not None or which.held or len(caller.districts) > MOST_MERGED:
        return [[of_districts(caller, by_index=not which.held)]]
    return [[cases.c.district == district] for district in sorted(caller.districts)]


def _columns(order: Order) -> list[Any]:
    return [*([cases.c.value] if order == "value" else []), cases.c.shown_at, cases.c.id]


def _key(order: Order, row: Row[Any]) -> tuple[Any, ...]:
    return (*((row.value,) if order == "value" else ()), row.shown_at, row.id)


def _after(order: Order, value: float, shown_at: datetime, case_id: str) -> ColumnElement[bool]:
    place: list[Any] = [literal(shown_at, Moment), literal(case_id, String)]
    if order == "value":
        place.insert(0, literal(value, Float))
    return tuple_(*_columns(order)) < tuple_(*place)


def _cursor(order: Order, row: Row[Any]) -> str:
    return cursors.written(json.dumps([order, row.value, microseconds(row.shown_at), row.id]))


def _read_cursor(cursor: str, order: Order) -> tuple[float, datetime, str]:
    try:
        told, value, moment, case_id = json.loads(cursors.read(cursor))
        if told == order and type(value) in (int, float) and type(moment) is int and type(case_id) is str:
            return float(value), EPOCH + timedelta(microseconds=moment), case_id
    except (ValueError, TypeError, OverflowError):
        pass
    raise Unusable("cursor: is not one that this list gave; read it from its first page", "cursor 不是此列表给出的，请从第一页重新读取")
