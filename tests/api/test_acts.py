"""Which case an act belongs to where its id is known or its place was decided, where a case stands in the queue, and when it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.acts import View, end_of, queue_value
from api.roles import Role
from evidence.packet import Grade, Phase
from evidence.signing import PublicKey
from evidence.verify import verify_path

from .conftest import START, Packet, Site


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


HERE, THERE = ("gate-1", "main"), ("gate-2", "main")


@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        pytest.param([(HERE, minute(6), None)], None, id="only confirmed"),
        pytest.param([(HERE, minute(6), None), (HERE, minute(9), minute(10))], minute(10), id="ended"),
        pytest.param([(HERE, minute(9), minute(10)), (HERE, minute(14), None)], None, id="seen again after its end"),
        pytest.param([(HERE, minute(9), minute(10)), (HERE, minute(14), None), (HERE, minute(20), minute(21))], minute(21), id="ended at last"),
        pytest.param([(HERE, minute(9), minute(10)), (THERE, minute(6), None)], None, id="another camera still sees it"),
        pytest.param([(HERE, minute(9), minute(10)), (THERE, minute(6), None), (THERE, minute(9), minute(12))], minute(12), id="both saw it gone"),
        pytest.param([(HERE, minute(9), minute(10)), (THERE, minute(10), minute(12)), (HERE, minute(11), None)], None, id="one saw it again"),
        pytest.param([(HERE, minute(99), minute(100)), (THERE, minute(6), None)], minute(100), id="another camera has been silent for long"),
    ],
)
def test_the_end_is_the_last_end_unless_something_was_seen_after_it(packets: list[tuple[View, datetime, datetime | None]], expected: datetime | None) -> None:
    assert end_of(packets) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((Grade.B, 0.5, 0), (Grade.C, 0.5, 0), id="the better grade"),
        pytest.param((Grade.B, 0.9, 0), (Grade.B, 0.5, 0), id="of one grade the surer"),
        pytest.param((Grade.C, 0.5, 0), (Grade.C, 0.5, 60), id="of equals the one that waits longer"),
        pytest.param((Grade.C, 0.5, 0), (Grade.B, 0.5, 25 * 60), id="a lead that waited over a day"),
    ],
)
def test_the_queue(first: tuple[Grade, float, int], second: tuple[Grade, float, int]) -> None:
    values = [queue_value(grade, score, minute(came)) for grade, score, came in (first, second)]
    assert values[0] > values[1]


ASIDE = (0.6, 0.4, 0.9, 0.8)
ELSEWHERE = [
    pytest.param({"camera": "gate-2"}, id="another camera"),
    pytest.param({"view": "preset-2"}, id="another view"),
    pytest.param({"kind": "V3"}, id="another kind"),
]


def of_the_same_act(packet: Packet, like: Packet) -> Packet:
    """A packet that says it is of the act of another one."""
    claimed = like.but(phase=packet.phase, ordinal=packet.ordinal)
    return packet.but(changes={"act_id": claimed.act_id, "packet_id": claimed.packet_id})


@pytest.mark.parametrize("changes", ELSEWHERE)
async def test_a_known_act_elsewhere_is_judged_by_its_place(site: Site, changes: dict[str, str]) -> None:
    first = await site.deliver(Packet())
    there = Packet(**changes, phase=Phase.CONTINUED, minutes=30)  # type: ignore[arg-type]
    other = await site.deliver(of_the_same_act(there, Packet()))
    assert other["case_id"] != first["case_id"]
    case = await site.case(other["case_id"])
    assert (case["camera_id"], case["kind"]) == (there.camera, there.kind)
    await site.decide(other["case_id"], action="confirm", version=1)
    ended = await site.deliver(of_the_same_act(there.but(phase=Phase.ENDED, minutes=40), Packet()))
    assert ended["case_id"] == other["case_id"]  # the claim goes on where it was made
    ended = await site.deliver(Packet(phase=Phase.ENDED, minutes=45, worker="worker-2"))
    assert ended["case_id"] == first["case_id"]  # and the act stays the first case's


async def test_a_known_act_elsewhere_joins_the_case_of_that_place(site: Site) -> None:
    await site.deliver(Packet())
    there = await site.deliver(Packet(camera="gate-2", stay="b", worker="worker-2"))
    assert (await site.deliver(of_the_same_act(Packet(camera="gate-2", phase=Phase.CONTINUED), Packet())))["case_id"] == there["case_id"]


async def test_a_known_act_that_moved_aside_or_whose_kind_a_person_changed_stays_one_case(site: Site) -> None:
    body = await site.deliver(Packet())
    await site.decide(body["case_id"], action="change_kind", version=1, kind="V3")
    assert (await site.deliver(of_the_same_act(Packet(xyxy=ASIDE, phase=Phase.CONTINUED), Packet())))["case_id"] == body["case_id"]


DECISIONS = [
    pytest.param({"action": "confirm"}, "confirmed", id="confirmed"),
    pytest.param({"action": "reject", "reason": "permit"}, "rejected", id="rejected"),
]


@pytest.mark.parametrize(("decision", "state"), DECISIONS)
async def test_a_decided_case_takes_in_its_own_act_and_no_other(site: Site, decision: dict[str, str], state: str) -> None:
    """The other one may be a new act, or the same one claimed anew by a worker that lost its memory: people look again either way."""
    body = await site.deliver(Packet())
    await site.decide(body["case_id"], version=1, **decision)
    assert (await site.deliver(Packet(phase=Phase.CONTINUED, minutes=8)))["case_id"] == body["case_id"]
    again = await site.deliver(Packet(stay="b", first_minute=10))
    assert again["case_id"] != body["case_id"]
    case = await site.case(again["case_id"])
    assert (case["state"], case["recurrence_of"]) == ("open", body["case_id"])
    assert (await site.deliver(Packet(stay="c", first_minute=20, boot="boot-2")))["case_id"] == again["case_id"]
    ended = await site.deliver(Packet(phase=Phase.ENDED, minutes=9))
    assert ended["case_id"] == body["case_id"]
    assert (await site.case(body["case_id"]))["state"] == state


@pytest.mark.parametrize("camera", ["gate-1", "gate-9"])
async def test_another_worker_cannot_occupy_a_packet_id(site: Site, camera: str) -> None:
    stranger = of_the_same_act(Packet(camera=camera, worker="worker-9", score=0.1), Packet())
    taken = await site.deliver(stranger)
    honest = await site.deliver(Packet())
    assert (honest["case_id"] == taken["case_id"]) is (camera == "gate-1")
    assert await site.deliver(Packet()) == honest
    assert await site.deliver(stranger) == taken
    assert (await site.post(Packet(score=0.7))).status_code == 409
    case = await site.case(honest["case_id"])
    assert Packet().manifest() in [packet["manifest"] for packet in case["packets"]]
    assert len({packet["packet_id"] for packet in case["packets"]}) == len(case["packets"])


async def test_a_case_with_two_workers_packets_of_one_id_is_exported_whole(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet(worker="worker-9"))
    case_id = (await site.deliver(Packet()))["case_id"]
    async with site.client(Role.ADMIN) as client:
        archive = tmp_path / "case.zip"
        archive.write_bytes((await client.get(f"/cases/{case_id}/export?purpose=court&originals=true")).content)
        keys = (await client.get("/keys")).json()
    report = verify_path(archive, [PublicKey.from_base64(one["public_key"]) for one in (keys["api"], *keys["workers"])], selection=True)
    assert len(report.packets) == 2
    assert not [fault for _, fault in report.all_faults() if "packet_id" in fault.where]
