"""A share of first decisions waits for a second person who does not know them; where two disagree an officer settles it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api import housekeeping, log, summaries
from api.app import create_app
from api.checking import faults
from api.double_review import is_sampled
from api.events import News
from api.roles import Caller, Role
from api.schema import cases
from api.service import opened
from api.settings import Settings
from evidence.packet import Phase

from .conftest import Clock, Packet, Site
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
    told = await otto.decide(case_id, 409, action="confirm", version=2)
    assert "decision" not in told
    assert ("anna" not in told["detail"], "at version 1" in told["detail"]) == (True, True)
    assert (told["current"]["state"], told["current"]["version"]) == ("open", 1)
    assert "nothing of this case" in (await otto.decide(case_id, 409, action="undo"))["detail"]


async def test_the_first_takes_it_back(decided: tuple[str, Person, Person]) -> None:
    case_id, anna, otto = decided
    assert (await anna.decide(case_id, action="undo"))["state"] == "open"
    assert [one["undone"] for one in (await anna.case(case_id))["decisions"]] == [True, False]
    assert (await otto.case(case_id))["decisions"] == []
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
    assert [one["sealed"] for one in (await anna.case(case_id))["decisions"]] == [False, False]
    assert (await otto.case(case_id))["decisions"] == []
    assert [one["sealed"] for one in (await person(site, "eva", Role.AUDITOR).case(case_id))["decisions"]] == [True, False]
    await anna.decide(case_id, action="confirm")
    await otto.decide(case_id, action="confirm")
    assert [one["sealed"] for one in (await anna.case(case_id))["decisions"]] == [False, False, True, False]


@pytest.fixture
def plain(tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """An API where one person decides."""
    with opened(replace(Settings.of(tmp_path / "plain"), double_review_share=0.0), clock, clock.steady) as api:
        yield Site(api, clock, httpx.ASGITransport(app=create_app(api)))


async def same(case_id: str, *people: Person) -> dict[str, Any]:
    """The case as all of these see it, on whichever API, in lists too: packets apart, which no two keys sign alike."""
    found = []
    for one in people:
        case = await one.case(case_id)
        listed = await one.json("GET", "/cases")
        told = json.dumps({**case, "packets": len(case["packets"]), "listed": listed})
        told = re.sub(r"(:\d\d)\.\d+", r"\1", told)  # to the second: no two APIs answer at once
        found.append(json.loads(re.sub(r'"value": -?[\d.]+', '"value": 0', told)))
    assert [one for one in found if one != found[0]] == []
    return dict(found[0])


async def test_a_case_that_two_decide_looks_to_each_of_them_like_any_other(site: Site, plain: Site, clock: Clock) -> None:
    """The author sees what the author of any decision sees, and the second person what everybody sees of a case that nobody has decided."""
    for somewhere in (site, plain):
        case_id = (await somewhere.deliver(Packet()))["case_id"]
    anna, anna_there = person(site, "anna"), person(plain, "anna")
    otto, otto_there, kurt = person(site, "otto"), person(plain, "otto"), person(site, "kurt")
    fresh = await same(case_id, otto, otto_there)
    clock.forward(minutes=1)
    for author in (anna, anna_there):
        await author.decide(case_id, action="confirm")
    assert await same(case_id, otto, kurt) == fresh
    assert (await same(case_id, anna, anna_there))["state"] == "confirmed"
    assert await otto.claim() == [case_id]
    assert (await same(case_id, anna, anna_there))["claimed_by"] is None
    for author in (anna, anna_there):
        await author.decide(case_id, action="undo")
    await same(case_id, anna, anna_there)
    assert await same(case_id, otto, kurt) == fresh
    clock.forward(minutes=1)
    for somewhere in (site, plain):
        await somewhere.deliver(Packet(phase=Phase.CONTINUED, minutes=10))
    await same(case_id, anna, anna_there)
    seen = await same(case_id, otto, kurt)
    assert (seen["version"], seen["updated_at"]) == (2, clock().isoformat(timespec="seconds").replace("+00:00", "Z"))
    for author in (anna, anna_there):
        await author.decide(case_id, action="confirm", note="again")
    await same(case_id, anna, anna_there)
    assert await same(case_id, otto, kurt) == seen
    told = await otto.decide(case_id, **REJECT)
    assert (told["state"], told["version"]) == ("disputed", 6)
    again = await otto.decide(case_id, version=2, **REJECT)
    assert again == told, "the same decision sent again is answered the same"
    assert [(one["by"], one["version"], one["sealed"]) for one in (await kurt.case(case_id))["decisions"]] == [
        ("anna", 1, False), ("anna", 2, False), ("anna", 4, True), ("otto", 2, False),
    ]  # fmt: skip
    with site.api.database.read() as connection:
        assert [str(fault) for fault in faults(connection, site.api.key.public_key)] == []


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        pytest.param("UPDATE decisions SET hidden = false", "what of its decisions is hidden", id="a decision that is shown"),
        pytest.param("UPDATE cases SET hidden = NULL", "what of it is hidden", id="a version that tells"),
        pytest.param("UPDATE decisions SET seen_version = 7", "seen_version is not as the log has it", id="what the person saw"),
    ],
)
async def test_a_seal_that_was_made_to_tell_is_found(site: Site, decided: tuple[str, Person, Person], sql: str, told: str) -> None:
    with site.api.database.write() as connection:
        assert [str(fault) for fault in faults(connection, site.api.key.public_key)] == []
        connection.exec_driver_sql(sql)
        assert told in "; ".join([str(fault) for fault in faults(connection, site.api.key.public_key)])


async def test_who_decided_is_told_nothing_of_the_second_and_nobody_else_of_the_first(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    told: list[News] = []
    site.api.hub.publish = told.append  # type: ignore[method-assign]
    await anna.decide(case_id, action="confirm")
    await otto.claim()
    await otto.json("POST", f"/cases/{case_id}/claim", json={})
    await otto.ask("DELETE", f"/cases/{case_id}/claim", 204)
    callers = {name: Caller(name, role) for name, role in (("anna", Role.REVIEWER), ("otto", Role.REVIEWER), ("eva", Role.AUDITOR))}
    heard = {name: [news.name for news in told if news.told_to(caller) is not None] for name, caller in callers.items()}
    assert heard == {
        "anna": ["case.updated"],
        "otto": ["case.claimed", "case.claimed", "case.claimed"],
        "eva": ["case.updated", "case.claimed", "case.claimed", "case.claimed"],
    }
    with site.api.database.read() as connection:
        before = log.head(connection).index - 1
        assert summaries.changed_since(connection, before, 10) == [], "a page that resumes hears nothing of it either"


async def test_words_of_a_first_decision_are_not_found_but_those_of_before_are(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.decide(case_id, action="change_kind", kind="V3", note="melons")
    await otto.decide(case_id, action="confirm", note="pavement")
    for somebody in (anna, otto):
        assert (await somebody.listed(q="melons"), await somebody.listed(q="pavement")) == ([case_id], [])
    await otto.decide(case_id, action="undo")
    assert await anna.listed(q="pavement") == []
    await anna.decide(case_id, action="confirm")
    await otto.decide(case_id, action="confirm")
    assert await anna.listed(q="pavement") == [case_id]


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
