"""Pages of the list and claims read about as much as they show, however little a filter finds: no table is scanned for three cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from api import claims, queue
from api.queue import Filter, Order
from api.roles import Caller, Role
from api.schema import cases
from api.service import Api
from api.states import State
from evidence.packet import Grade

COUNT, PAGE = 6000, 50
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LI = Caller("li na", Role.REVIEWER, districts=frozenset({"small"}))
TWO = Caller("two", Role.REVIEWER, districts=frozenset({"small", "none"}))
ALL = Caller("all", Role.OFFICER)
ORDERS: tuple[Order, ...] = ("newest", "value")
Row = tuple[tuple[Caller, Filter, int], str]


@pytest.fixture
def many(api: Api) -> Api:
    """A city's cases, of which three are of a small district, three of a rare kind, three under hold, three of grade A: all of them old and worth little."""
    rows = []
    for number in range(1, COUNT + 1):
        rare = number <= 3
        at = NOON + timedelta(minutes=number)
        state = "open" if number > COUNT - 1000 or number == 1 else ("confirmed" if number % 3 else "rejected")
        texts = {"kind": "V9" if rare else f"V{number % 4}", "district": "small" if rare else f"d{number % 8}", "grade": "A" if rare else "BC"[number % 2]}
        told = {"id": f"{number:032x}", "act_id": f"{number:032x}", "number": number, "camera_id": f"c{number % 100}", "view_id": "main", "held": rare}
        times = dict.fromkeys(("first_seen", "shown_at", "last_seen", "created_at", "updated_at"), at)
        numbers = {"dwell_seconds": 300.0, "score": 0.5, "value": number / 7, "x1": 0.1, "y1": 0.1, "x2": 0.2, "y2": 0.2, "version": 1}
        places = {"created_index": number, "changed_index": number, "claimed_kind": texts["kind"], "kind_name": {"zh": "x", "en": "x"}}
        rows.append({"state": state, **texts, **told, **times, **numbers, **places})
    with api.database.write() as connection:
        connection.execute(insert(cases), rows)
    api.database.analyze()
    return api


class Work:
    """What statements read: on SQLite the steps of its machine, in hundreds; on PostgreSQL the rows that were read and left out."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.amount = connection, 0
        self.asked: list[tuple[str, Any]] = []

    def of(self, what: Callable[[], Any]) -> Any:
        """Does something and measures it."""
        if self.connection.dialect.name == "sqlite":
            raw: Any = self.connection.connection.dbapi_connection
            raw.set_progress_handler(self._step, 100)
            try:
                return what()
            finally:
                raw.set_progress_handler(None, 0)
        engine: Engine = self.connection.engine
        event.listen(engine, "before_cursor_execute", self._note)
        try:
            found = what()
        finally:
            event.remove(engine, "before_cursor_execute", self._note)
        for statement, parameters in self.asked:
            plan = self.connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
            self.amount += sum(_left_out((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        return found

    def _step(self) -> int:
        self.amount += 1
        return 0

    def _note(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        self.asked.append((statement, parameters))


def _left_out(plan: dict[str, Any]) -> Iterator[int]:
    yield int(plan.get("Rows Removed by Filter", 0)) * int(plan.get("Actual Loops", 1))
    if plan["Node Type"] == "Sort":
        yield int(plan["Plans"][0]["Actual Rows"]) - PAGE
    for one in plan.get("Plans", ()):
        yield from _left_out(one)


FILTERS: list[Row] = [
    ((LI, Filter(), 3), "all of a small district"),
    ((LI, Filter(state=State.CONFIRMED), 1), "state, of a small district"),
    ((LI, Filter(state=State.OPEN), 1), "open, of a small district"),
    ((LI, Filter(kind="V9"), 3), "kind, of a small district"),
    ((LI, Filter(state=State.REJECTED, kind="V1"), 0), "state and kind, of a small district"),
    ((LI, Filter(grade=Grade.A), 3), "grade, of a small district"),
    ((TWO, Filter(state=State.CONFIRMED), 1), "state, of two small districts"),
    ((ALL, Filter(district="small", state=State.CONFIRMED), 1), "district and state"),
    ((ALL, Filter(kind="V9"), 3), "rare kind"),
    ((ALL, Filter(kind="V8"), 0), "kind that never was"),
    ((ALL, Filter(state=State.CONFIRMED, kind="V9"), 1), "state and rare kind"),
    ((ALL, Filter(state=State.DISPUTED, kind="V1"), 0), "rare state and kind"),
    ((ALL, Filter(district="d1", kind="V9"), 0), "district and rare kind"),
    ((ALL, Filter(held=True), 3), "under hold"),
    ((LI, Filter(held=True), 3), "under hold, of a small district"),
    ((ALL, Filter(state=State.REJECTED, held=True), 1), "state and under hold"),
    ((ALL, Filter(grade=Grade.A), 3), "rare grade"),
    ((ALL, Filter(state=State.CONFIRMED, grade=Grade.A), 1), "state and rare grade"),
]


def test_a_filter_that_finds_little_reads_little(many: Api) -> None:
    read = {}
    with many.database.read() as connection:
        for (caller, which, found), name in FILTERS:
            for order in ORDERS:
                work = Work(connection)
                page = work.of(lambda caller=caller, which=which, order=order: queue.page(connection, caller, which, order, PAGE, None))
                assert len(page.items) == found, name
                read[f"{name}, {order}"] = work.amount
    assert {name: amount for name, amount in read.items() if amount > 60} == {}


def test_a_claim_of_a_small_district_reads_little(many: Api) -> None:
    with many.database.write() as connection:
        for caller in (LI, TWO):
            work = Work(connection)
            claimed = work.of(lambda caller=caller: claims.claim_next(connection, caller, Filter(state=State.OPEN), 8, NOON, NOON))
            assert [one.number for one in claimed] == [1]
            assert work.amount < 300, work.amount
            claims.release_all(connection, caller.name)


def test_districts_are_claimed_in_the_order_of_their_worth(many: Api) -> None:
    some = Caller("some", Role.REVIEWER, districts=frozenset({"d1", "d5", "small"}))
    with many.database.write() as connection:
        claimed = claims.claim_next(connection, some, Filter(state=State.OPEN), 5, NOON + timedelta(minutes=9), NOON)
        assert [one.number for one in claimed] == [COUNT - 3, COUNT - 7, COUNT - 11, COUNT - 15, COUNT - 19]
        assert [one.value for one in claimed] == sorted((one.value for one in claimed), reverse=True)
