"""A camera looks again where somebody orders it, until a packet says what was seen. What rejections teach: test_quiet.py."""

from __future__ import annotations

import pytest

from api.roles import Role
from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import person


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
