"""A share of first decisions waits for a second person who does not know them; where two disagree an officer settles it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from api import housekeeping
from api.checking import faults
from api.double_review import is_sampled
from api.roles import Role
from api.schema import cases
from api.settings import Settings
from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import Person, person

REJECT = {"action": "reject", "reason": "permit"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Every case is decided by two people."""
    return replace(settings, double_review_share=1.0)


@pytest.fixture
async def decided(site: Site) -> tuple[str, Person, Person]:
    """A case that anna has confirmed, and otto who does not know it."""
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.decide(case_id, action="confirm")
    return case_id, anna, otto


async def test_to_the_first_it_is_decided_and_to_the_second_open(decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert (await anna.case(case_id))["state"] == "confirmed"
    assert [one["action"] for one in (await anna.case(case_id))["decisions"]] == ["confirm"]
    assert (await anna.listed(state="confirmed"), await anna.listed(state="open")) == ([case_id], [])
    assert await anna.claim() == []
    shown = await otto.case(case_id)
    assert (shown["state"], shown["decisions"]) == ("open", [])
    assert (await otto.listed(state="open"), await otto.listed(state="confirmed")) == ([case_id], [])
    assert await otto.claim() == [case_id]


async def test_an_auditor_sees_that_it_waits(site: Site, decided: tuple[str, Person, Person]) -> None:
    shown = await person(site, "eva", Role.AUDITOR).case(decided[0])
    assert (shown["state"], [(one["by"], one["sealed"]) for one in shown["decisions"]]) == ("open", [("anna", True)])


async def test_two_who_agree(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert (await otto.decide(case_id, action="confirm"))["state"] == "confirmed"
    for somebody in (anna, otto, person(site, "eva", Role.AUDITOR)):
        case = await somebody.case(case_id)
        assert (case["state"], [one["by"] for one in case["decisions"]]) == ("confirmed", ["anna", "otto"])


@pytest.mark.parametrize("second", [REJECT, {"action": "change_kind", "kind": "V3"}], ids=["rejects", "names another kind"])
async def test_two_who_disagree(site: Site, decided: tuple[str, Person, Person], second: dict[str, Any]) -> None:
    case_id, anna, otto = decided
    told = await otto.decide(case_id, **second)
    assert (told["state"], told["kind"]) == ("disputed", "V2")
    assert (await anna.case(case_id))["state"] == "disputed"
    await person(site, "kurt").decide(case_id, 403, action="confirm")
    officer = person(site, "olga", Role.OFFICER)
    assert await officer.claim(state="disputed") == [case_id]
    assert (await officer.decide(case_id, action="change_kind", kind="V3"))["state"] == "disputed"
    assert (await officer.decide(case_id, **REJECT))["state"] == "rejected"
    await anna.decide(case_id, 403, action="reopen")
    assert (await officer.decide(case_id, action="reopen"))["state"] == "open"


async def test_one_of_the_two_does_not_settle(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    olga, otto = person(site, "olga", Role.OFFICER), person(site, "otto")
    await otto.decide(case_id, action="confirm")
    await olga.decide(case_id, **REJECT)
    assert "one of the two" in (await olga.decide(case_id, 403, action="confirm"))["detail"]


async def test_conflicts_tell_the_second_nothing(decided: tuple[str, Person, Person]) -> None:
    case_id, _, otto = decided
    told = await otto.decide(case_id, 409, action="confirm", version=1)
    assert "decision" not in told
    assert "anna" not in told["detail"]
    assert told["current"]["state"] == "open"
    assert "nothing of this case" in (await otto.decide(case_id, 409, action="undo"))["detail"]


async def test_the_first_takes_it_back(decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert (await anna.decide(case_id, action="undo"))["state"] == "open"
    assert [one["undone"] for one in (await otto.case(case_id))["decisions"]] == [True, False]
    assert (await otto.decide(case_id, **REJECT))["state"] == "rejected"
    assert (await anna.case(case_id))["state"] == "open"  # otto's is the first decision now


async def test_the_first_reopens_and_undoes_that(decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert (await anna.decide(case_id, action="reopen"))["state"] == "open"
    assert (await anna.decide(case_id, action="undo"))["state"] == "confirmed"
    assert (await otto.case(case_id))["state"] == "open"
    assert (await otto.decide(case_id, action="confirm"))["state"] == "confirmed"


async def test_the_second_does_not_take_it_back(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    await otto.decide(case_id, **REJECT)
    refused = await otto.decide(case_id, 409, action="undo")
    assert ("not taken back" in refused["detail"], "第二人的决定不能撤销" in refused["detail_zh"]) == (True, True)
    assert (await anna.case(case_id))["state"] == "disputed"
    await otto.decide(case_id, 403, action="confirm")
    assert (await person(site, "olga", Role.OFFICER).decide(case_id, **REJECT))["state"] == "rejected"


async def test_a_second_who_agreed_does_not_take_it_back_either(decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    await otto.decide(case_id, action="confirm")
    await otto.decide(case_id, 409, action="undo")
    assert (await anna.case(case_id))["state"] == "confirmed"


async def test_nobody_who_decides_can_tell_which_cases_are_decided_twice(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert [one["sealed"] for one in (await anna.case(case_id))["decisions"]] == [False]
    outdated = await anna.decide(case_id, 409, action="confirm", version=1, note="x")
    assert outdated["decision"]["sealed"] is False
    await anna.decide(case_id, action="undo")
    for somebody in (anna, otto):
        assert [one["sealed"] for one in (await somebody.case(case_id))["decisions"]] == [False, False]
    assert [one["sealed"] for one in (await person(site, "eva", Role.AUDITOR).case(case_id))["decisions"]] == [True, False]
    await anna.decide(case_id, action="confirm")
    await otto.decide(case_id, action="confirm")
    assert [one["sealed"] for one in (await anna.case(case_id))["decisions"]] == [False, False, True, False]


async def test_who_may_read_the_log_is_no_second_person(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, _, otto = decided
    everywhere, east = person(site, "root", Role.ADMIN), person(site, "ada", Role.ADMIN, districts=frozenset({"east"}))
    assert [(one["by"], one["sealed"]) for one in (await everywhere.case(case_id))["decisions"]] == [("anna", True)]
    assert await everywhere.claim() == []
    assert "second person" in (await everywhere.json("POST", f"/cases/{case_id}/claim", 409, json={}))["detail"]
    refused = await everywhere.decide(case_id, 409, action="confirm")
    assert ("second person" in refused["detail"], "独立复核" in refused["detail_zh"]) == (True, True)
    with site.api.database.write() as connection:
        connection.execute(update(cases).values(district="east"))
    assert (await east.case(case_id))["decisions"] == [], "an administrator of a district reads no log"
    assert (await east.decide(case_id, action="confirm"))["state"] == "confirmed"
    assert await otto.claim() == []


async def test_an_administrator_may_be_the_first(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    root = person(site, "root", Role.ADMIN)
    assert (await root.decide(case_id, action="confirm"))["state"] == "confirmed"
    assert (await root.decide(case_id, action="undo"))["state"] == "open"


async def test_a_first_decision_that_nobody_answers_stands_after_a_week(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, _, otto = decided
    site.clock.forward(days=6)
    assert housekeeping.lapse(site.api) == 0
    site.clock.forward(days=1, minutes=1)
    assert [housekeeping.lapse(site.api) for _ in range(2)] == [1, 0]
    case = await otto.case(case_id)
    assert (case["state"], [one["by"] for one in case["decisions"]]) == ("confirmed", ["anna"])
    with site.api.database.read() as connection:
        assert [str(fault) for fault in faults(connection, site.api.key.public_key)] == []


async def test_a_case_under_seal_takes_in_no_other_act(site: Site, decided: tuple[str, Person, Person]) -> None:
    case_id, _, otto = decided
    await site.deliver(Packet(phase=Phase.CONTINUED, minutes=10))
    other = (await site.deliver(Packet(stay="b", first_minute=12)))["case_id"]
    assert other != case_id
    assert len((await otto.case(case_id))["packets"]) == 2


def test_the_share_is_about_right_and_always_the_same_cases() -> None:
    key = bytes(32)
    ids = [f"{number:032x}" for number in range(20_000)]
    chosen = [one for one in ids if is_sampled(key, one, 0.05)]
    assert 900 < len(chosen) < 1100
    assert chosen == [one for one in ids if is_sampled(key, one, 0.05)]
    assert not set(chosen) - {one for one in ids if is_sampled(key, one, 0.06)}
    assert {one for one in ids if is_sampled(bytes([1] * 32), one, 0.05)} != set(chosen)
    assert not any(is_sampled(key, one, 0.0) for one in ids)
    assert all(is_sampled(key, one, 1.0) for one in ids)
