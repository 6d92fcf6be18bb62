"""Cuttings go when their time is over, whatever becomes of their case; no export of evidence has them, and nothing else goes with them."""

from __future__ import annotations

import hashlib
import json

import pytest

from api import checking, cuttings, housekeeping
from api.roles import Role
from evidence.packet import Role as FileRole

from .conftest import JPEG, Packet, Site
from .desks import person

CUT = ("cutting_confirming", "cutting_confirming.jpg", JPEG + b"cut", "image/jpeg")
PACKET = Packet(files=(*Packet().files, CUT))
SHA256 = hashlib.sha256(CUT[2]).hexdigest()
BOTH = pytest.mark.parametrize("store", ["files", "server"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Either store where its SQL is of interest, else the quicker one."""
    return str(getattr(request, "param", "files"))


def faults(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        return [str(one) for one in checking.faults(connection, site.api.key.public_key, site.api.blobs)]


@BOTH
async def test_it_goes_after_its_days_and_the_rest_stays(site: Site) -> None:
    case_id = (await site.deliver(PACKET))["case_id"]
    site.clock.forward(days=90)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is None
    assert all(site.api.blobs.size(hashlib.sha256(data).hexdigest()) for _, _, data, _ in Packet().files)
    with site.api.database.read() as connection:
        (text,) = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'cuttings_deleted'").one()
    assert json.loads(text)["files"] == [{"packet_id": PACKET.packet_id, "name": CUT[1], "sha256": SHA256}]
    anna = person(site, "anna")
    await anna.ask("GET", f"/cases/{case_id}/files/{SHA256}", 404, params={"purpose": "review"})
    assert [file["role"] for file in (await anna.case(case_id))["packets"][0]["manifest"]["files"]][-1] == FileRole.CUTTING_CONFIRMING.value
    assert faults(site) == []
    assert cuttings.delete_due(site.api, "again") == 0


async def test_it_stays_until_then(site: Site) -> None:
    await site.deliver(PACKET)
    site.clock.forward(days=89)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is not None
    assert faults(site) == []


async def test_a_legal_hold_keeps_it(site: Site) -> None:
    case_id = (await site.deliver(PACKET))["case_id"]
    officer = person(site, "otto", Role.OFFICER)
    await officer.ask("PUT", f"/cases/{case_id}/hold", json={"reason": "complaint 17"})
    site.clock.forward(days=400)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is not None
    await officer.ask("DELETE", f"/cases/{case_id}/hold", params={"reason": "settled"})
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is None


async def test_a_file_that_another_packet_names_too_stays(site: Site) -> None:
    await site.deliver(PACKET)
    site.clock.forward(days=50)
    await site.deliver(PACKET.but(stay="b", first_minute=50 * 24 * 60.0))
    site.clock.forward(days=45)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is not None
    site.clock.forward(days=50)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is None


async def test_while_the_clock_is_in_doubt_none_goes_and_its_days_begin_when_that_is_settled(site: Site) -> None:
    site.clock.jump(days=100)
    await site.deliver(PACKET)
    assert housekeeping.retain(site.api).waits is not None
    site.clock.forward(days=10)
    housekeeping.retain(site.api, "ada", clock_is_right=True)
    site.clock.forward(days=85)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is not None, "it came 95 days ago by a clock that nobody believes"
    assert faults(site) == []
    site.clock.forward(days=6)
    housekeeping.retain(site.api)
    assert site.api.blobs.size(SHA256) is None


async def test_one_that_was_taken_away_before_its_time_is_found(site: Site) -> None:
    await site.deliver(PACKET)
    with site.api.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM packet_files WHERE role = 'cutting_confirming'")
    assert faults(site) == [f"packet_files {PACKET.packet_id} {CUT[1]}: is not as the manifest names it"]


@pytest.mark.parametrize("goes_at", ["NULL", "1"], ids=["to be kept for ever", "to go at once"])
async def test_one_whose_time_was_changed_is_found(site: Site, goes_at: str) -> None:
    await site.deliver(PACKET)
    with site.api.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE packet_files SET goes_at = {goes_at} WHERE role = 'cutting_confirming'")
    assert faults(site) == [f"packet_files {PACKET.packet_id} {CUT[1]}: goes_at is not as its manifest has it"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
@pytest.mark.parametrize("query", ["purpose=audit", "purpose=court&originals=true"])
async def test_no_export_of_evidence_has_it(site: Site, role: Role, query: str) -> None:
    await site.deliver(PACKET)
    answer = await person(site, "lin", role).ask("GET", f"/export?{query}")
    assert CUT[2] not in answer.content
    assert b'"withheld": ["' in answer.content


async def test_a_file_says_when_it_goes_if_and_only_if_it_is_a_cutting(site: Site) -> None:
    await site.bind_key()
    await site.put_files(PACKET)
    manifest = site.manifest(PACKET)
    for change in ({"role": "snapshot_middle"}, {"keep_days": None}, {"keep_days": 3650}, {"recipe": {"made": "cutting"}}):
        told = {**manifest, "files": [*manifest["files"][:-1], {**manifest["files"][-1], **change}]}
        async with site.client(Role.WORKER) as worker:
            answer = await worker.post("/packets", json={"manifest": told, "signature": site.key.sign(told).model_dump(mode="json")})
        assert answer.status_code == 422, change
