"""No wrong clock deletes evidence: neither a worker's, nor the server's, nor one that was wrong and was set right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from api import checking, housekeeping, timekeeping
from api.roles import Role
from api.schema import cases
from api.service import opened
from api.settings import Settings
from evidence.packet import Phase

from .conftest import START, Clock, Packet, Site
from .desks import person

YEAR = 60 * 24 * 365


async def packets_of(site: Site, case_id: str) -> int:
    return len((await site.case(case_id))["packets"])


@pytest.mark.parametrize("first_minute", [pytest.param(-56 * YEAR, id="1970"), pytest.param(-2 * YEAR, id="two years back"), pytest.param(5 * YEAR, id="2031")])
async def test_what_a_worker_s_clock_says_moves_no_deletion(site: Site, first_minute: float) -> None:
    """Kept for its time from when it came, and no longer than that either; it is a lead."""
    case_id = (await site.deliver(Packet(first_minute=first_minute)))["case_id"]
    case = await site.case(case_id)
    assert (case["grade"], len(case["packets"][0]["lowered"])) == ("C", 1)
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(days=364)
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(days=2)
    assert housekeeping.retain(site.api).erased == 1


async def test_new_evidence_of_a_rejected_case_is_kept_for_its_time(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=29)
    await site.deliver(Packet(phase=Phase.CONTINUED, minutes=30))
    site.clock.forward(days=2)
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(days=29)
    assert housekeeping.retain(site.api).erased == 1


@pytest.mark.parametrize("days", [pytest.param(366, id="a year forward"), pytest.param(1, id="a day forward"), pytest.param(-366, id="a year back")])
async def test_a_clock_that_is_set_while_the_server_runs_deletes_nothing(site: Site, days: int) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    assert housekeeping.retain(site.api).waits is None
    site.clock.jump(days=days)
    site.clock.forward(days=400)
    for _ in range(2):
        ran = housekeeping.retain(site.api)
        assert ran.erased == 0
        assert "the clock" in str(ran.waits)
    assert await packets_of(site, case_id) == 1
    async with site.client() as client:
        assert (await client.get("/healthz")).json()["clock_in_doubt"] == 1
    ada = person(site, "ada", Role.ADMIN)
    assert "the clock" in (await ada.json("GET", "/retention"))["waits"]
    entries = [one for one in (await ada.json("GET", "/log", params={"limit": 1000}))["items"] if one["event"] == "clock_in_doubt"]
    assert len(entries) == 1, "a doubt stands in the log once"
    assert (await ada.json("POST", "/retention", params={"clock_is_right": "true"}))["erased"] == 1
    await ada.json("POST", "/retention", 409, params={"clock_is_right": "true"})


async def test_what_was_decided_by_a_wrong_clock_is_kept_from_when_it_was_set_right(site: Site) -> None:
    before = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    await site.decide(before, version=1, action="reject", reason="permit")
    assert housekeeping.retain(site.api).waits is None
    site.clock.jump(days=-365 * 50)
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.jump(days=365 * 50)
    site.clock.forward(days=31)
    assert "the log's last entry is of" in str(housekeeping.retain(site.api, "ada").waits), "though the clock was set again before anybody looked"
    housekeeping.retain(site.api, "ada", clock_is_right=True)
    assert (await packets_of(site, before), await packets_of(site, case_id)) == (0, 1)
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1


@pytest.mark.parametrize(
    ("off", "waits"),
    [
        pytest.param({"hours": 30}, False, id="off overnight"),
        pytest.param({"days": 400}, True, id="off for a year, it seems"),
        pytest.param({"hours": -2}, True, id="before the log's last entry"),
    ],
)
async def test_a_server_that_starts_with_a_clock_far_from_its_log_deletes_nothing(site: Site, settings: Settings, off: dict[str, Any], waits: bool) -> None:
    await site.deliver(Packet())
    site.clock.forward(**off)
    keeper = replace(site.api.timekeeper)
    with site.api.database.read() as connection:
        keeper = timekeeping.Timekeeper.of(connection, site.clock, site.clock.steady)
    assert (keeper.fault() is not None) is waits


def test_a_clock_of_before_this_software_is_wrong_whatever_the_log_says(tmp_path: Any) -> None:
    clock = Clock(datetime(1970, 1, 1, 0, 10, tzinfo=UTC))
    with opened(Settings.of(tmp_path / "data"), clock, clock.steady) as api:
        assert "before this software was made" in str(housekeeping.retain(api).waits)
        clock.jump(days=(START - clock.now) / timedelta(days=1))
        assert housekeeping.retain(api, "ada", clock_is_right=True).waits is None


def kept_from(site: Site, case_id: str) -> datetime:
    with site.api.database.read() as connection:
        moment: datetime = connection.execute(select(cases.c.kept_from).where(cases.c.id == case_id)).scalar_one()
        return moment


def faults_of(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        return found(site, connection)


def found(site: Site, connection: Connection) -> list[str]:
    return [str(fault) for fault in checking.faults(connection, site.api.key.public_key, site.api.blobs)]


@pytest.mark.parametrize("then", ["nothing", "a hold"])
async def test_whoever_believes_a_clock_that_fell_back_shortens_the_time_of_no_case_that_nothing_came_to_since(site: Site, then: str) -> None:
    """Neither of one that somebody only put under legal hold meanwhile."""
    site.clock.forward(days=200)
    case_id = (await site.deliver(Packet(first_minute=200 * 1440)))["case_id"]
    came = kept_from(site, case_id)
    site.clock.forward(hours=1)
    assert housekeeping.retain(site.api).waits is None
    site.clock.jump(days=-150)
    if then == "a hold":
        await person(site, "olga", Role.OFFICER).json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    assert "the clock" in str(housekeeping.retain(site.api).waits)
    housekeeping.retain(site.api, "ada", clock_is_right=True)
    assert kept_from(site, case_id) == came
    with site.api.database.write() as connection:
        connection.execute(update(cases).values(kept_from=site.clock()))
        assert found(site, connection) == [f"cases {case_id}: kept_from is before its last packet came or it was last decided"]
        connection.execute(update(cases).values(kept_from=came))
    site.clock.jump(days=150)
    assert "the clock" in str(housekeeping.retain(site.api).waits)
    housekeeping.retain(site.api, "ada", clock_is_right=True)
    assert kept_from(site, case_id) == came
    assert faults_of(site) == []


@pytest.mark.parametrize("days", [400, -400])
async def test_a_first_decision_under_seal_by_a_wrong_clock_is_kept_from_when_it_was_set_right(site: Site, days: int) -> None:
    object.__setattr__(site.api, "settings", replace(site.api.settings, double_review_share=1.0))
    untouched = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    case_id = (await site.deliver(Packet()))["case_id"]
    came = kept_from(site, untouched)
    assert housekeeping.retain(site.api).waits is None
    site.clock.jump(days=days)
    await person(site, "anna").decide(case_id, action="confirm")
    assert "the clock" in str(housekeeping.retain(site.api).waits)
    site.clock.jump(days=-days)
    set_right = site.clock()
    housekeeping.retain(site.api, "ada", clock_is_right=True)
    assert kept_from(site, untouched) == came
    assert set_right < kept_from(site, case_id) < site.clock()
    assert faults_of(site) == []
