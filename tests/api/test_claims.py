"""A case lies on one person's desk at a time, until it is decided, skipped, or time is over."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import update

from api import claims
from api.roles import Role
from api.schema import cases

from .conftest import Packet, Site
from .desks import person


async def delivered(site: Site, count: int, **changes: object) -> list[str]:
    """Cases, the most valuable first."""
    found = [await site.deliver(Packet(camera=f"camera-{number}", score=0.9 - 0.1 * number).but(**changes)) for number in range(count)]
    return [body["case_id"] for body in found]


async def test_two_people_never_get_the_same_case(site: Site) -> None:
    ids = await delivered(site, 6)
    anna, otto = person(site, "anna"), person(site, "otto")
    assert await anna.claim(count=2) == ids[:2]
    assert await otto.claim(count=3) == ids[2:5]
    assert await anna.claim(count=20) == ids[5:]
    assert await otto.claim() == []
    shown = await otto.case(ids[0])
    assert shown["claimed_by"] == "anna"
    assert shown["claimed_until"] > site.clock.now.isoformat()[:19]


async def test_many_at_once_share_the_queue_without_overlap(site: Site) -> None:
    ids = await delivered(site, 8)
    people = [person(site, f"reviewer-{number}") for number in range(6)]
    got = await asyncio.gather(*(one.claim(count=2) for one in people))
    counted = Counter(case_id for some in got for case_id in some)
    assert set(counted) == set(ids)
    assert set(counted.values()) == {1}


async def test_a_claimed_case_is_decided_by_its_holder_only(site: Site) -> None:
    (case_id,) = await delivered(site, 1)
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.claim()
    refused = await otto.decide(case_id, 409, action="confirm")
    assert refused["claimed_by"] == "anna"
    assert "anna has this case on the desk until" in refused["detail"]
    assert refused["current"]["state"] == "open"
    decided = await anna.decide(case_id, action="confirm")
    assert (decided["state"], decided["claimed_by"]) == ("confirmed", None)


async def test_a_claim_ends_by_itself_and_a_heartbeat_prolongs_it(site: Site) -> None:
    (case_id,) = await delivered(site, 1)
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.claim(seconds=60)
    site.clock.forward(seconds=50)
    await anna.ask("POST", f"/cases/{case_id}/claim", json={"seconds": 60})
    site.clock.forward(seconds=50)
    assert await otto.claim() == []
    taken = await otto.json("POST", f"/cases/{case_id}/claim", 409, json={})
    assert taken["claimed_by"] == "anna"
    site.clock.forward(seconds=20)
    assert await otto.claim() == [case_id]
    await anna.decide(case_id, 409, action="confirm")


async def test_what_was_skipped_comes_to_others_at_once_and_to_the_same_person_last(site: Site) -> None:
    ids = await delivered(site, 3)
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.claim()
    await anna.ask("DELETE", f"/cases/{ids[0]}/claim", 204)
    assert await otto.claim() == [ids[0]]
    await otto.ask("DELETE", "/cases/claim", 204)
    assert await anna.claim(count=2) == ids[1:]
    assert await anna.claim() == [ids[0]]


async def test_a_page_that_was_loaded_anew_gets_its_desk_back(site: Site) -> None:
    ids = await delivered(site, 4)
    anna = person(site, "anna")
    await anna.claim(count=2)
    assert await anna.claim(count=3, again=True) == ids[:3]
    assert await anna.claim(count=3, again=True, having=ids[:1]) == ids[1:]


async def test_claims_outlive_a_restart_of_the_api(site: Site) -> None:
    ids = await delivered(site, 2)
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.claim()
    site.api.database.close()
    site.api.database.open()
    assert await otto.claim(count=5) == ids[1:]


async def test_claims_keep_to_filters_and_districts(site: Site) -> None:
    ids = await delivered(site, 2)
    other = await delivered(site, 1, camera="gate-9", kind="V3")
    with site.api.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE cases SET district = 'lixia' WHERE id = '{ids[1]}'")
    anna = person(site, "anna", districts=frozenset({"lixia"}))
    otto = person(site, "otto")
    assert await anna.claim(count=9) == [ids[1]]
    assert await otto.claim(count=9, kind="V3") == other
    await anna.json("POST", f"/cases/{ids[0]}/claim", 404, json={})


async def test_a_decided_case_is_not_claimed_and_a_reader_claims_nothing(site: Site) -> None:
    (case_id,) = await delivered(site, 1)
    anna = person(site, "anna")
    await anna.decide(case_id, action="confirm")
    told = await anna.json("POST", f"/cases/{case_id}/claim", 409, json={})
    assert told["current"]["state"] == "confirmed"
    assert await anna.claim() == []
    auditor = person(site, "eva", Role.AUDITOR)
    await auditor.ask("POST", "/cases/claim", 403, json={})
    await anna.ask("POST", "/cases/claim", 403, json={"state": "disputed"})
    await anna.ask("POST", "/cases/claim", 422, json={"count": 21})


async def test_two_racing_decisions_on_a_claimed_case_end_in_one(site: Site) -> None:
    (case_id,) = await delivered(site, 1)
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.claim()
    told = {"action": "confirm", "version": 1}
    answers = await asyncio.gather(*(one.ask("POST", f"/cases/{case_id}/decisions", None, json=told) for one in (anna, otto) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {200: 4, 409: 4}
    assert len((await anna.case(case_id))["decisions"]) == 1


async def test_nobody_has_more_than_forty_on_the_desk(site: Site) -> None:
    ids = await delivered(site, 4)
    anna, otto = person(site, "anna"), person(site, "otto")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "MOST_CLAIMED", 2)
        assert await anna.claim(count=20, seconds=1800) == ids[:2]
        assert await anna.claim(count=20, seconds=1800) == []
        assert await anna.claim(count=20, again=True) == ids[:2]
        refused = await anna.json("POST", f"/cases/{ids[2]}/claim", 409, json={})
        assert ("2 cases lie on your desk" in refused["detail"], "已领取 2 件" in refused["detail_zh"]) == (True, True)
        await anna.ask("POST", f"/cases/{ids[0]}/claim", json={})
        assert await otto.claim(count=20) == ids[2:]
        await anna.decide(ids[0], action="confirm")
        await otto.ask("DELETE", f"/cases/{ids[2]}/claim", 204)
        assert await anna.claim(count=20) == ids[2:3]


async def test_who_may_not_settle_does_not_claim_a_dispute(site: Site) -> None:
    (case_id,) = await delivered(site, 1)
    with site.api.database.write() as connection:
        connection.execute(update(cases).values(state="disputed"))
    refused = await person(site, "anna").json("POST", f"/cases/{case_id}/claim", 403, json={})
    assert "裁定" in refused["detail_zh"]
    await person(site, "olga", Role.OFFICER).ask("POST", f"/cases/{case_id}/claim", json={})


async def test_one_of_two_windows_gives_back_what_it_has(site: Site) -> None:
    ids = await delivered(site, 4)
    anna, otto = person(site, "anna"), person(site, "otto")
    assert [await anna.claim(count=2), await anna.claim(count=2)] == [ids[:2], ids[2:]]
    await anna.ask("DELETE", "/cases/claim", 204, params={"case": [ids[0], ids[1], "f" * 32]})
    assert await otto.claim(count=20) == ids[:2]
    await anna.ask("DELETE", "/cases/claim", 204, params={"case": ids[0]})
    assert (await anna.case(ids[0]))["claimed_by"] == "otto"
    await anna.ask("DELETE", "/cases/claim", 422, params={"case": ["f" * 33]})
    await anna.ask("DELETE", "/cases/claim", 204)
    assert await otto.claim(count=20) == ids[2:]
