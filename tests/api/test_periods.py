"""How long evidence is kept stands in the database: no start without an option deletes what was to be kept, and no slip of the hand does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api import checking, housekeeping, periods
from api.retention import RULES, with_days
from api.roles import Role
from api.service import Api, opened
from api.settings import Settings

from .conftest import Clock, Packet, Site
from .desks import person


def days(api: Api) -> dict[str, int]:
    with api.database.read() as connection:
        return {rule.id: rule.days for rule in periods.rules_in_force(connection, api.clock())}


def faults(api: Api) -> list[str]:
    with api.database.read() as connection:
        return [str(fault) for fault in checking.faults(connection, api.key.public_key)]


def test_a_start_without_the_option_keeps_what_the_first_one_said(settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    wanted = replace(settings, retention=with_days(RULES, {"rejected": 365, "case": 90}))
    with opened(wanted, clock, clock.steady) as api:
        assert (days(api)["rejected"], days(api)["case"]) == (365, 90), "a shorter one too: there is no evidence yet"
    with opened(settings, clock, clock.steady) as api:
        assert (days(api)["rejected"], days(api)["case"], days(api)["lead"]) == (365, 90, 183)
        assert faults(api) == []
    assert caplog.text == ""
    with opened(replace(settings, retention=with_days(RULES, {"rejected": 15})), clock, clock.steady) as api:
        assert days(api)["rejected"] == 365
    assert "--keep rejected=15 changes nothing: the database has 365 days since 2026-11-25" in caplog.text


async def test_a_shorter_period_of_a_database_in_use_waits_for_a_day(site: Site, settings: Settings) -> None:
    """An option that a version before took at each start."""
    await site.deliver(Packet())
    with site.api.database.write() as connection:
        periods.begin_with(connection, with_days(RULES, {"rejected": 10, "lead": 400}), site.clock())
    assert (days(site.api)["rejected"], days(site.api)["lead"]) == (30, 400)
    site.clock.forward(days=1, minutes=1)
    assert days(site.api)["rejected"] == 10


async def test_an_administrator_changes_a_period_and_it_is_logged(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    admin = person(site, "ada", Role.ADMIN)
    site.clock.forward(days=20)

    async def put(number: int, rule: str = "rejected", status: int = 200) -> Any:
        told = await admin.json("PUT", f"/retention/{rule}", status, json={"days": number})
        return next(one for one in told["rules"] if one["id"] == rule) if status == 200 else told

    shorter = await put(10)
    assert (shorter["days"], shorter["due"], shorter["next_days"]) == (30, 0, 10)
    assert housekeeping.retain(site.api).erased == 0, "a slip of the hand can be taken back for a day"
    back = await put(30)
    assert (back["days"], back["next_days"]) == (30, None)
    assert (await put(400))["days"] == 400, "a longer one holds at once"
    await put(19)
    site.clock.forward(hours=23)
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(hours=2)
    assert housekeeping.retain(site.api).erased == 1
    assert "没有" in (await put(5, "nothing", 404))["detail_zh"]
    await put(0, status=422)
    await person(site, "olga", Role.OFFICER).ask("PUT", "/retention/rejected", 403, json={"days": 5})
    async with site.client(Role.ADMIN) as client:
        told = [one["document"] for one in (await client.get("/log")).json()["items"] if one["event"] == "retention"]
    assert [(one["by"], one["days"], one["next_days"], one["former_days"]) for one in told] == [
        ("ada", 30, 10, 30), ("ada", 30, None, 30), ("ada", 400, None, 30), ("ada", 400, 19, 400)
    ]  # fmt: skip
    record = (await site.case(case_id))["erasures"][0]["record"]
    assert record["rule"]["days"] == 19
    assert faults(site.api) == []


async def test_a_period_that_was_changed_past_the_api_is_named(site: Site) -> None:
    with site.api.database.write() as connection:
        periods.change(connection, "case", 500, "ada", site.clock())
        connection.exec_driver_sql("UPDATE retention_periods SET days = 5")
    assert faults(site.api) == ["retention_periods case: is not as the log has it"]
    with site.api.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM retention_periods")
    assert faults(site.api) == ["retention_periods case: is not as the log has it"]


def test_periods_that_change_nothing(api: Api, clock: Clock) -> None:
    with api.database.write() as connection:
        assert periods.change(connection, "case", 365, "ada", clock()) is None
        index = periods.change(connection, "case", 366, "ada", clock())
        assert periods.change(connection, "case", 366, "ada", clock()) is None
        assert index == 1
        assert periods.coming(connection, clock()) == {}
        periods.change(connection, "case", 300, "ada", clock())
        assert periods.coming(connection, clock())["case"][1] - clock() < timedelta(days=1)
