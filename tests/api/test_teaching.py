"""Rejections teach: a thing that two people rejected goes quiet, never the place. And a camera looks again where somebody orders it."""

from __future__ import annotations

from typing import Any

import pytest

from api.roles import Role
from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import person

FIXTURE = {"action": "reject", "reason": "static_fixture"}
AGAIN = Packet(stay="b", first_minute=60)
"""The same place an hour later."""


async def orders(site: Site) -> list[tuple[str, str]]:
    """What stands for the worker of the camera."""
    async with site.client(Role.ADMIN) as admin:
        answer = (await admin.get("/orders")).json()
    return [(one["what"], one["case_id"]) for one in answer["items"]]


@pytest.fixture
async def known(site: Site) -> Site:
    """The site with a camera that a worker has announced."""
    async with site.client(Role.WORKER) as worker:
        assert (await worker.put("/cameras/gate-1", json={"name": "Gate", "worker": "worker-1"})).is_success
    return site


@pytest.mark.parametrize(
    ("names", "second", "quiet"),
    [
        pytest.param(("anna", "otto"), FIXTURE, True, id="by two people"),
        pytest.param(("anna", "anna"), FIXTURE, False, id="twice by one"),
        pytest.param(("anna", "otto"), {"action": "reject", "reason": "image_bad"}, False, id="a reason that speaks of the picture"),
        pytest.param(("anna", "otto"), {"action": "confirm"}, False, id="confirmed at last"),
    ],
)
async def test_a_thing_that_was_rejected_twice(known: Site, names: tuple[str, str], second: dict[str, Any], quiet: bool) -> None:
    people = {name: person(known, name) for name in set(names)}
    first = (await known.deliver(Packet()))["case_id"]
    await people[names[0]].decide(first, **FIXTURE)
    assert await orders(known) == []
    again = (await known.deliver(AGAIN))["case_id"]
    await people[names[1]].decide(again, **second)
    assert await orders(known) == ([("be_quiet", again)] if quiet else [])
    if quiet:
        await people[names[1]].decide(again, action="undo")
        assert await orders(known) == []


async def test_another_place_stays_loud(known: Site) -> None:
    first = (await known.deliver(Packet()))["case_id"]
    await person(known, "anna").decide(first, **FIXTURE)
    other = (await known.deliver(AGAIN.but(xyxy=(0.6, 0.4, 0.9, 0.8))))["case_id"]
    await person(known, "otto").decide(other, **FIXTURE)
    assert await orders(known) == []


async def test_looking_again_is_answered_by_a_packet_of_the_act(known: Site) -> None:
    case_id = (await known.deliver(Packet()))["case_id"]
    anna = person(known, "anna")
    await anna.ask("POST", f"/cases/{case_id}/look-again", 202)
    assert await orders(known) == [("look_again", case_id)]
    await known.deliver(Packet(phase=Phase.CONTINUED, minutes=30))
    assert await orders(known) == [("look_again", case_id)]  # it came by the clock, not by order
    await known.deliver(Packet(phase=Phase.CONTINUED, ordinal=2, minutes=31, changes={"occasion": "order", "ordered_case": case_id}))
    assert await orders(known) == []
    await anna.ask("POST", f"/cases/{case_id}/look-again", 202)
    await known.deliver(Packet(phase=Phase.ENDED, minutes=40))
    assert await orders(known) == []
    await anna.ask("POST", f"/cases/{case_id}/look-again", 409)
    await anna.ask("POST", "/cases/nothing/look-again", 404)
