"""Packets come in once, whatever is sent how often; what is wrong is refused by its reason."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from api import log
from api.roles import Role
from evidence.grading import REASONS
from evidence.packet import Phase, Receipt
from evidence.signing import SigningKey, verify_receipt

from .conftest import JPEG, MP4, START, Packet, Site


async def test_a_packet_becomes_a_case_with_a_signed_receipt(site: Site) -> None:
    body = await site.deliver(Packet())
    receipt = Receipt.model_validate(body["receipt"])
    verify_receipt(receipt, site.api.key.public_key)
    case = await site.case(body["case_id"])
    assert (case["state"], case["kind"], case["camera_id"], case["version"], case["number"]) == ("open", "V2", "gate-1", 1, 1)
    assert case["act_id"] == Packet().act_id
    assert case["packets"][0]["manifest"] == Packet().manifest()
    assert case["packets"][0]["receipt"] == body["receipt"]
    assert case["thumbnail_url"] == f"/cases/{case['id']}/files/{hashlib.sha256(JPEG + b'2').hexdigest()}?purpose=review"
    with site.api.database.read() as connection:
        assert log.head(connection).index == receipt.log_index + 1  # the look at the case
        assert log.first_break(connection) is None


async def test_twenty_times_at_once_is_one_case_and_one_receipt(site: Site) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    answers = await asyncio.gather(*(site.post(Packet()) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    async with site.client(Role.REVIEWER) as client:
        assert len((await client.get("/cases")).json()["items"]) == 1


async def test_twenty_acts_at_once_are_numbered_without_gaps(site: Site) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    acts = [Packet(camera=f"camera-{number}") for number in range(20)]
    answers = await asyncio.gather(*(site.post(act) for act in acts))
    assert [answer.status_code for answer in answers] == [201] * 20
    async with site.client(Role.REVIEWER) as client:
        items = (await client.get("/cases")).json()["items"]
    assert sorted(item["number"] for item in items) == list(range(1, 21))
    assert sorted(answer.json()["receipt"]["log_index"] for answer in answers) == list(range(2, 22))


async def test_claims_of_one_act_at_once_make_one_case(site: Site) -> None:
    """Workers that read one camera in turn: other act ids, the same place and time."""
    for number in range(10):
        await site.bind_key(f"worker-{number}")
    await site.put_files(Packet())
    answers = await asyncio.gather(*(site.post(Packet(stay=f"stay-{number}", worker=f"worker-{number}")) for number in range(10)))
    assert len({answer.json()["case_id"] for answer in answers}) == 1


async def test_other_content_under_the_same_id_is_refused_and_the_first_kept(site: Site) -> None:
    body = await site.deliver(Packet())
    answer = await site.post(Packet(score=0.7))
    assert answer.status_code == 409
    assert "other content" in answer.json()["detail"]
    assert (await site.case(body["case_id"]))["packets"][0]["manifest"] == Packet().manifest()


async def test_missing_files_are_named_and_nothing_is_kept(site: Site) -> None:
    await site.bind_key()
    packet = Packet()
    async with site.client(Role.WORKER) as client:
        await client.put(f"/blobs/{hashlib.sha256(packet.files[0][2]).hexdigest()}", content=packet.files[0][2])
    answer = await site.post(packet)
    assert answer.status_code == 424
    assert set(answer.json()["missing"]) == {hashlib.sha256(data).hexdigest() for _, _, data, _ in packet.files[1:]}
    async with site.client(Role.REVIEWER) as client:
        assert (await client.get("/cases")).json()["items"] == []
    await site.put_files(packet)
    assert (await site.post(packet)).status_code == 201


async def test_a_key_binds_at_first_use(site: Site) -> None:
    assert (await site.bind_key()).status_code == 200
    assert (await site.bind_key()).status_code == 200
    site.key = SigningKey.generate()
    answer = await site.bind_key()
    assert answer.status_code == 409
    assert "bound to the key" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("worker", "why"), [("worker-1", "not signed by the key"), ("nobody", "no key is bound")], ids=["another key signed", "the worker has no key"]
)
async def test_a_stranger_is_refused(site: Site, worker: str, why: str) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    site.key = SigningKey.generate()
    answer = await site.post(Packet(worker=worker))
    assert answer.status_code == 403
    assert why in answer.json()["detail"]


async def test_a_manifest_changed_after_signing_is_refused(site: Site) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    signed = site.signed(Packet())
    signed["manifest"]["grade"] = "C"
    async with site.client(Role.WORKER) as client:
        assert (await client.post("/packets", json=signed)).status_code == 403


NO_CLOCK = {"kind": "system", "arrival": {"wall_synchronised": False, "max_error_seconds": 16.0}}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        pytest.param({"place": {"xyxy": [0, 0, 1], "zone_ids": []}}, "place.xyxy", id="a box of three numbers"),
        pytest.param({"schema": "curbwatch.manifest/1"}, "schema", id="another schema"),
        pytest.param({"surprise": 1}, "surprise", id="an unknown field"),
        pytest.param({"packet_id": "../../etc/passwd"}, "packet_id", id="an id that is a path"),
        pytest.param({"phase": "suspected"}, "phase", id="a stay that is only suspected"),
        pytest.param({"grade": "D"}, "grade", id="an unknown grade"),
        pytest.param({"grade": "A"}, "manifest.grade: a worker grades at most B", id="a grade that needs people"),
        pytest.param({"grade": "A", "clocks": NO_CLOCK, "closed_to_a": []}, "manifest.grade: a worker grades", id="a penalty by a clock that nobody set"),
        pytest.param({"clocks": NO_CLOCK, "closed_to_a": []}, "manifest.closed_to_a: does not say clock_not_synchronised", id="a clock that nobody set"),
        pytest.param({"packet_id": "0" * 32}, "manifest.packet_id: is not the id of the confirmed packet", id="an id of its own choice"),
        pytest.param({"packet_id": Packet(phase=Phase.ENDED).packet_id}, "manifest.packet_id: is not", id="the id of another packet of the act"),
        pytest.param(
            {"worker": {"name": "w" * 80, "key_id": Packet.key_id, "software": "x", "software_version": "1", "boot_id": "b"}},
            "worker.name",
            id="an endless name",
        ),
    ],
)
async def test_an_invalid_manifest_is_refused_by_its_field(site: Site, changes: dict[str, Any], names: str) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    answer = await site.post(Packet(changes=changes))
    assert answer.status_code == 422
    assert names in answer.json()["detail"]


async def test_a_file_of_another_size_is_refused(site: Site) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    files = [{**file, "bytes": file["bytes"] + 1} for file in Packet().manifest()["files"]]
    answer = await site.post(Packet(changes={"files": files}))
    assert answer.status_code == 422
    assert "bytes" in answer.json()["detail"]


CLAIMS = [
    pytest.param(Packet(phase=Phase.CONTINUED, minutes=30), True, id="the same act goes on"),
    pytest.param(Packet(stay="b", first_minute=20, boot="boot-2"), True, id="claimed anew 14 minutes later"),
    pytest.param(Packet(stay="b", first_minute=20, xyxy=(0.25, 0.45, 0.55, 0.85), boot="boot-2"), True, id="a little aside"),
    pytest.param(Packet(stay="b", first_minute=-20, boot="boot-0"), True, id="an older packet that waited in the outbox"),
    pytest.param(Packet(stay="b", worker="worker-2"), True, id="another worker saw it at the same time"),
    pytest.param(Packet(stay="b", first_minute=2, boot="boot-2"), False, id="one worker saw both at the same time"),
    pytest.param(Packet(stay="b", first_minute=2, xyxy=(0.32, 0.4, 0.62, 0.8)), False, id="two stalls side by side"),
    pytest.param(Packet(stay="b", first_minute=8), False, id="a worker that remembers the other one"),
    pytest.param(Packet(stay="b", first_minute=40), False, id="34 minutes later"),
    pytest.param(Packet(stay="b", first_minute=-50), False, id="long before"),
    pytest.param(Packet(stay="b", xyxy=(0.6, 0.4, 0.9, 0.8)), False, id="another place"),
    pytest.param(Packet(stay="b", xyxy=(0.4, 0.4, 0.7, 0.8)), False, id="a place that overlaps by a fifth"),
    pytest.param(Packet(stay="b", kind="V3"), False, id="another kind"),
    pytest.param(Packet(stay="b", camera="gate-2"), False, id="another camera"),
    pytest.param(Packet(stay="b", view="preset-2"), False, id="another view of the camera"),
]


async def test_a_packet_that_asks_little_of_itself_is_a_lead(site: Site) -> None:
    packet = Packet(minutes=0, files=(("clip_confirmed", "c.mp4", MP4, "video/mp4"), *Packet().files[1:3]))
    manifest = packet.manifest()
    stay = manifest["stay"] | {"looks": 1, "dwell_seconds": 0.0, "samples": manifest["stay"]["samples"][:1]}
    body = await site.deliver(packet.but(changes={"rule": {**manifest["rule"], "thresholds": {}}, "stay": stay}))
    case = await site.case(body["case_id"])
    assert (case["grade"], len(case["packets"][0]["lowered"])) == ("C", 5)


async def test_a_kind_that_nothing_real_has_proven_gives_leads_whatever_its_worker_says(site: Site) -> None:
    lead = await site.case((await site.deliver(Packet(kind="V4")))["case_id"])
    assert (lead["grade"], lead["packets"][0]["lowered"]) == ("C", [REASONS["unproven"].model_dump()])
    own = await site.case((await site.deliver(Packet(kind="X1", camera="gate-2")))["case_id"])
    assert (own["grade"], own["packets"][0]["lowered"]) == ("B", []), "of a kind of the worker's city nothing is known here"


@pytest.mark.parametrize(("second", "joins"), CLAIMS)
async def test_joining(site: Site, second: Packet, joins: bool) -> None:
    first = await site.deliver(Packet())
    later = await site.deliver(second)
    assert (later["case_id"] == first["case_id"]) is joins


async def test_a_joined_case_spans_both_stays_and_keeps_the_best_grade(site: Site) -> None:
    body = await site.deliver(Packet(grade="C", score=0.5))
    await site.deliver(Packet(phase=Phase.CONTINUED, minutes=30, grade="B", score=0.4))
    case = await site.case(body["case_id"])
    assert (case["grade"], case["version"], case["dwell_seconds"]) == ("B", 2, 1800.0)
    assert case["first_seen"].startswith("2026-11-25T08:00:00")
    assert case["last_seen"].startswith("2026-11-25T08:30:00")
    assert case["confirmed_at"].startswith("2026-11-25T08:06:00")
    assert [packet["manifest"]["phase"] for packet in case["packets"]] == ["confirmed", "continued"]


async def test_a_case_whose_kind_a_person_changed_is_joined_by_the_claim_that_it_came_with(site: Site) -> None:
    body = await site.deliver(Packet())
    assert (await site.decide(body["case_id"], action="change_kind", version=1, kind="V3")).status_code == 200
    assert (await site.deliver(Packet(stay="b", first_minute=10, boot="boot-2")))["case_id"] == body["case_id"]
    assert (await site.case(body["case_id"]))["kind"] == "V3"


async def test_the_end_of_an_act_ends_its_case_when_the_thing_was_first_seen_gone(site: Site) -> None:
    body = await site.deliver(Packet())
    times = {"last_seen": 10.0, "first_gone": 11.5, "sure_at": 12.5}
    ending = {"reason": "gone", **{name: (START + timedelta(minutes=minute)).isoformat() for name, minute in times.items()}}
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10, changes={"ending": ending}))
    case = await site.case(body["case_id"])
    assert case["ended_at"].startswith("2026-11-25T08:11:30")
    assert case["packets"][-1]["manifest"]["phase"] == "ended"


async def test_an_end_that_comes_before_the_confirmation(site: Site) -> None:
    ended = await site.deliver(Packet(phase=Phase.ENDED, minutes=10))
    confirmed = await site.deliver(Packet())
    assert ended["case_id"] == confirmed["case_id"]
    case = await site.case(ended["case_id"])
    assert case["ended_at"] is not None
    assert [packet["manifest"]["phase"] for packet in case["packets"]] == ["confirmed", "ended"]


async def test_after_the_end_the_same_place_is_a_recurrence(site: Site) -> None:
    first = await site.deliver(Packet())
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10))
    again = await site.deliver(Packet(stay="b", first_minute=15))
    assert again["case_id"] != first["case_id"]
    case = await site.case(again["case_id"])
    assert case["recurrence_of"] == first["case_id"]
    assert [one["id"] for one in case["earlier"]] == [first["case_id"]]


async def test_a_decided_case_is_the_one_before_and_an_open_one_is_not(site: Site) -> None:
    first = await site.deliver(Packet())
    other = await site.case((await site.deliver(Packet(stay="b", first_minute=60)))["case_id"])
    assert other["recurrence_of"] is None
    await site.decide(first["case_id"], action="confirm", version=1)
    third = await site.case((await site.deliver(Packet(stay="c", first_minute=120)))["case_id"])
    assert third["recurrence_of"] == first["case_id"]


async def test_receipts_tell_when_and_link_to_the_entry_before(site: Site) -> None:
    one = (await site.deliver(Packet()))["receipt"]
    two = (await site.deliver(Packet(camera="gate-2")))["receipt"]
    assert two["log_index"] == one["log_index"] + 1
    with site.api.database.read() as connection:
        rows = list(connection.exec_driver_sql("SELECT log_index, sha256 FROM log"))
    assert two["previous_sha256"] == dict(map(tuple, rows))[one["log_index"]]
    assert two["received_at"] > (START + timedelta(hours=1)).isoformat()
