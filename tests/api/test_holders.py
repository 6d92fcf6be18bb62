"""A worker that speaks for another one's camera: what it brings is kept, apart, and changes nothing of the holder's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from api.checking import faults
from api.roles import Role
from evidence.packet import Phase
from evidence.signing import SigningKey

from .conftest import START, Packet, Site
from .desks import desk, person
from .test_enrolments import enrolled

CAMERA = {"url": "rtsp://192.0.2.7/1", "district": "east", "worker": "w-east"}
OTHER_KEY = SigningKey.generate()
OWN = Packet(worker="w-east")


class House:
    """A camera that the registry gives to w-east, and two enrolled workers."""

    def __init__(self, site: Site, east: httpx.AsyncClient, west: httpx.AsyncClient) -> None:
        self.site, self.east, self.west = site, east, west
        self._sequence: dict[str, list[str]] = {}

    async def register(self, **changes: Any) -> None:
        async with self.site.client(Role.ADMIN) as admin:
            assert (await admin.put("/cameras/gate-1", json={**CAMERA, **changes})).status_code == 200

    async def bring(self, packet: Packet) -> str:
        """The case that a packet came to."""
        await self.site.put_files(packet)
        key = self.site.key if packet.worker == "w-east" else OTHER_KEY
        chain = self._sequence.setdefault(packet.worker, [])
        manifest = packet.but(key_id=key.public_key.key_id, changes={**packet.changes, "chain": _place(chain)}).manifest()
        signed = {"manifest": manifest, "signature": key.sign(manifest).model_dump(mode="json")}
        answer = await (self.east if packet.worker == "w-east" else self.west).post("/packets", json=signed)
        assert answer.status_code == 201, answer.text
        chain.append(answer.json()["receipt"]["manifest_sha256"])
        case_id: str = answer.json()["case_id"]
        return case_id

    async def orders(self) -> list[str]:
        async with self.site.client(Role.ADMIN) as admin:
            return [one["what"] for one in (await admin.get("/orders")).json()["items"]]


def _place(chain: list[str]) -> dict[str, Any]:
    return {"sequence": len(chain) + 1, "previous_sha256": chain[-1] if chain else None}


@pytest.fixture
async def house(site: Site) -> House:
    house = House(site, await enrolled(site, "w-east"), await enrolled(site, "w-west", OTHER_KEY))
    await house.register()
    return house


@pytest.mark.parametrize("phase", [Phase.CONFIRMED, Phase.CONTINUED, Phase.ENDED])
async def test_it_ends_no_act_and_answers_no_order(house: House, phase: Phase) -> None:
    case_id = await house.bring(OWN)
    anna = await desk(house.site, "anna")
    await anna.ask("POST", f"/cases/{case_id}/look-again", 202)
    before = await anna.case(case_id)
    told = {} if phase is Phase.CONFIRMED else {"ordered_case": case_id, "occasion": "order"}
    lie = OWN.but(worker="w-west", phase=phase, minutes=20, changes=told)
    foreign = await house.bring(lie)
    assert foreign != case_id
    after = await anna.case(case_id)
    assert (after["ended_at"], after["version"], len(after["packets"])) == (None, before["version"], 1)
    assert await house.orders() == ["look_again"]
    (packet,) = (await anna.case(foreign))["packets"]
    assert ["w-east" in one["en"] and "w-west" in one["zh"] for one in packet["lowered"]] == [True]
    assert await house.bring(OWN.but(phase=Phase.ENDED, minutes=30)) == case_id
    assert await house.orders() == []
    with house.site.api.database.read() as connection:
        assert [str(fault) for fault in faults(connection, house.site.api.key.public_key)] == []


async def test_it_takes_no_act_away_by_being_first(house: House) -> None:
    foreign = await house.bring(OWN.but(worker="w-west"))
    own = await house.bring(OWN)
    assert own != foreign
    assert await house.bring(OWN.but(worker="w-west", phase=Phase.CONTINUED, minutes=20)) == foreign, "what it goes on with is one case"
    assert await house.bring(OWN.but(stay="b", first_minute=7)) != foreign, "nor does the holder's next act join it"


async def test_rejecting_it_quiets_nothing(house: House) -> None:
    reject = {"action": "reject", "reason": "static_fixture"}
    for number, name in enumerate(("anna", "otto")):
        foreign = await house.bring(OWN.but(worker="w-west", stay=f"s{number}", first_minute=60.0 * number))
        await person(house.site, name).decide(foreign, **reject)
    assert await house.orders() == []


async def test_a_camera_that_was_given_away(house: House, site: Site) -> None:
    """The former holder's outbox brings late what it saw while it held the camera, and ends what it began."""
    begun = await house.bring(OWN.but(first_minute=50))
    site.clock.forward(hours=1)
    await house.register(worker="w-west")
    assert await house.bring(OWN.but(first_minute=50, phase=Phase.ENDED, minutes=90)) == begun
    late = await house.bring(OWN.but(first_minute=61, xyxy=(0.6, 0.4, 0.9, 0.8), stay="late"))
    anna = person(site, "anna")
    assert (await anna.case(late))["packets"][0]["lowered"] == []
    site.clock.forward(hours=2)
    after = await house.bring(OWN.but(first_minute=150, xyxy=(0.6, 0.4, 0.9, 0.8), stay="after"))
    assert len((await anna.case(after))["packets"][0]["lowered"]) == 1
    new = await house.bring(OWN.but(worker="w-west", first_minute=160, stay="new"))
    assert (await anna.case(new))["packets"][0]["lowered"] == []


@pytest.mark.parametrize("changes", [{"worker": None}, {"worker": "w-west"}], ids=["nobody holds it", "its holder"])
async def test_what_is_not_foreign(house: House, changes: dict[str, Any]) -> None:
    await house.register(**changes)
    case_id = await house.bring(OWN.but(worker="w-west"))
    assert (await person(house.site, "anna").case(case_id))["packets"][0]["lowered"] == []


NEVER = "2099-01-01T00:00:00+00:00"


SEEN = (START + timedelta(minutes=55)).isoformat()


@pytest.mark.parametrize("first_gone", [(START + timedelta(minutes=56)).isoformat(), NEVER], ids=["in its own time", "in the far future"])
async def test_a_former_holder_ends_no_act_of_the_present_one(site: Site, first_gone: str) -> None:
    house = House(site, await enrolled(site, "w-east"), await enrolled(site, "w-west", OTHER_KEY))
    await house.register(worker="w-west")
    site.clock.forward(hours=1)
    await house.register()
    site.clock.forward(minutes=20)
    own = Packet(worker="w-east", first_minute=75, minutes=6)
    case_id = await house.bring(own)
    anna = person(site, "anna")
    site.clock.forward(hours=3)
    await anna.ask("POST", f"/cases/{case_id}/look-again", 202)
    ending = {"reason": "gone", "last_seen": SEEN, "first_gone": first_gone, "sure_at": first_gone}
    told = {"ordered_case": case_id, "occasion": "order", "ending": ending}
    await house.bring(Packet(worker="w-west", stay="x", first_minute=49, minutes=6, phase=Phase.ENDED, changes=told))
    assert (await anna.case(case_id))["ended_at"] is None
    assert await house.orders() == ["look_again"]


async def test_no_packet_ends_an_act_for_good_that_goes_on(house: House) -> None:
    """A holder's clock that was set far ahead, once."""
    case_id = await house.bring(OWN)
    ending = {"reason": "gone", "last_seen": SEEN, "first_gone": NEVER, "sure_at": NEVER}
    assert await house.bring(OWN.but(phase=Phase.ENDED, changes={"ending": ending})) == case_id
    anna = await desk(house.site, "anna")
    ended = datetime.fromisoformat((await anna.case(case_id))["ended_at"])
    assert ended <= house.site.clock() + timedelta(minutes=5)
    house.site.clock.forward(hours=2)
    minutes = int((house.site.clock() - START).total_seconds() // 60)
    assert await house.bring(OWN.but(phase=Phase.CONTINUED, minutes=minutes)) == case_id
    assert (await anna.case(case_id))["ended_at"] is None
    with house.site.api.database.read() as connection:
        assert [str(fault) for fault in faults(connection, house.site.api.key.public_key)] == []
