"""Decisions are made once, by the version that the person saw, and stand in the log."""

from __future__ import annotations

import asyncio
import json

import pytest

from api import log, tokens
from api.roles import Role
from evidence.packet import Phase

from .conftest import Packet, Site


async def test_confirm_reject_and_reopen(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    confirmed = (await site.decide(case_id, action="confirm", version=1)).json()
    assert (confirmed["state"], confirmed["version"]) == ("confirmed", 2)
    assert (await site.decide(case_id, action="reopen", version=2)).json()["state"] == "open"
    rejected = await site.decide(case_id, action="reject", version=3, reason="unloading", note="a van")
    assert rejected.json()["state"] == "rejected"
    decisions = (await site.case(case_id))["decisions"]
    assert [(one["action"], one["reason"], one["note"], one["by"], one["version"]) for one in decisions] == [
        ("confirm", None, None, "reviewer", 1),
        ("reopen", None, None, "reviewer", 2),
        ("reject", "unloading", "a van", "reviewer", 3),
    ]


async def test_a_change_of_kind_and_back(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    changed = (await site.decide(case_id, action="change_kind", version=1, kind="V3")).json()
    assert (changed["kind"], changed["kind_name"]["zh"], changed["state"]) == ("V3", "店外经营", "open")
    assert (await site.decide(case_id, action="change_kind", version=2, kind="V2")).json()["kind"] == "V2"


async def test_the_same_decision_again_is_answered_the_same(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    first = await site.decide(case_id, action="reject", version=1, reason="permit")
    again = await site.decide(case_id, action="reject", version=1, reason="permit")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len((await site.case(case_id))["decisions"]) == 1


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"action": "confirm", "version": 1}, id="another action"),
        pytest.param({"action": "reject", "version": 1, "reason": "duplicate"}, id="another reason"),
        pytest.param({"action": "reject", "version": 1, "reason": "permit", "note": "x"}, id="another note"),
    ],
)
async def test_another_decision_on_an_old_version_is_told_who_was_first(site: Site, told: dict[str, str]) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, action="reject", version=1, reason="permit")
    answer = await site.decide(case_id, Role.ADMIN, **told)
    assert answer.status_code == 409
    body = answer.json()
    assert "reviewer decided meanwhile (reject)" in body["detail"]
    assert (body["current"]["state"], body["current"]["version"]) == ("rejected", 2)
    assert (body["decision"]["by"], body["decision"]["action"]) == ("reviewer", "reject")


async def test_the_same_words_by_another_person_are_another_decision(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, action="confirm", version=1)
    assert (await site.decide(case_id, Role.ADMIN, action="confirm", version=1)).status_code == 409


async def test_evidence_that_came_meanwhile_wants_another_look(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10))
    answer = await site.decide(case_id, action="confirm", version=1)
    assert answer.status_code == 409
    assert "look again" in answer.json()["detail"]
    assert "decision" not in answer.json()
    assert (await site.decide(case_id, action="confirm", version=2)).status_code == 200


async def test_a_version_from_the_future(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    assert (await site.decide(case_id, action="confirm", version=7)).status_code == 409


async def test_of_two_people_at_once_one_decides(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    told = [{"action": "confirm", "version": 1}, {"action": "reject", "version": 1, "reason": "permit"}] * 5
    answers = await asyncio.gather(*(site.decide(case_id, Role.REVIEWER if number % 2 else Role.ADMIN, **one) for number, one in enumerate(told)))
    assert {answer.status_code for answer in answers} == {200, 409}
    assert len((await site.case(case_id))["decisions"]) == 1


async def test_decisions_stand_in_the_log_by_person(site: Site) -> None:
    with site.api.database.write() as connection:
        token = tokens.new_token(connection, Role.REVIEWER, "李娜", site.clock())
    case_id = (await site.deliver(Packet()))["case_id"]
    async with site.client() as client:
        await client.post(f"/cases/{case_id}/decisions", json={"action": "confirm", "version": 1}, headers={"Authorization": f"Bearer {token}"})
    with site.api.database.read() as connection:
        event, document = connection.exec_driver_sql("SELECT event, document FROM log ORDER BY log_index DESC LIMIT 1").one()
        assert log.first_break(connection) is None
    assert event == "decision"
    told = json.loads(document)
    assert (told["by"], told["action"], told["case_id"]) == ("李娜", "confirm", case_id)


async def test_there_is_no_such_case(site: Site) -> None:
    assert (await site.decide("0" * 32, action="confirm", version=1)).status_code == 404
