"""Cameras of the registry: versions, districts, holders, hosts; and logins that nobody reads but the worker that holds the camera."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from api import tokens
from api.roles import Role
from api.vault import VARIABLE

from .conftest import Packet, Site
from .test_enrolments import enrolled

GATE: dict[str, Any] = {
    "name": {"zh": "大门", "en": "Gate"},
    "worker": "worker-1",
    "district": "east",
    "gb28181_id": "34020000001320000001",
    "url": "rtsp://192.0.2.7:554/main",
    "sub_url": "rtsp://192.0.2.7:554/sub",
    "login": {"username": "admin", "password": "p@ss:word/1"},
    "latitude": 31.2,
    "longitude": 121.4,
    "crs": "CGCS2000",
    "address": "解放路 3 号",
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, base64.b64encode(bytes(range(32))).decode())


def somebody(site: Site, role: Role, *districts: str) -> httpx.AsyncClient:
    """A client with a token of its own."""

    with site.api.database.write() as connection:
        token = tokens.new_token(connection, role, f"{role.value} of {districts}", site.clock(), districts=frozenset(districts))
    return httpx.AsyncClient(transport=site.transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"})


async def test_a_camera_is_registered_in_versions(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin, site.client(Role.REVIEWER) as reviewer:
        first = await admin.put("/cameras/gate-1", json=GATE, headers={"If-None-Match": "*"})
        assert first.status_code == 200, first.text
        shown = (await reviewer.get("/cameras/gate-1")).json()
        assert (shown["version"], shown["host"], shown["gb28181_id"], shown["has_login"]) == (1, "192.0.2.7:554", GATE["gb28181_id"], True)
        assert shown["public_url"] == GATE["url"]
        etag = first.headers["ETag"]
        without = {name: value for name, value in GATE.items() if name != "login"}
        second = await admin.put("/cameras/gate-1", json={**without, "worker": "worker-2"}, headers={"If-Match": etag})
        assert (second.status_code, second.json()["has_login"], second.json()["version"]) == (200, True, 2), "a login left out stays"
        assert (await admin.put("/cameras/gate-1", json=GATE, headers={"If-Match": etag})).status_code == 412
        assert (await reviewer.get("/cameras/gate-1/versions/1")).json()["worker"] == "worker-1"
        assert (await reviewer.get("/cameras/gate-1/versions/3")).status_code == 404
        third = await admin.put("/cameras/gate-1", json={**without, "login": None})
        assert third.json()["has_login"] is False, "null takes it away"
        everything = (await admin.get("/log")).text + (await reviewer.get("/cameras")).text + (await reviewer.get("/cameras/gate-1/versions/1")).text
    assert "p@ss" not in everything
    data = b"".join(path.read_bytes() for path in site.api.settings.data_dir.rglob("*") if path.is_file())
    assert b"p@ss:word" not in data


async def test_a_login_is_told_to_the_worker_alone_that_holds_the_camera(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin, site.client(Role.WORKER) as shared:
        await admin.put("/cameras/gate-1", json=GATE)
        await admin.put("/cameras/gate-2", json={"url": "rtsp://192.0.2.8/1", "worker": "worker-2", "district": "east"})
        await admin.put("/hosts/192.0.2.7:554", json={"most_streams": 4, "most_connects": 1})
        own = await enrolled(site)
        held = await own.get("/workers/worker-1/cameras")
        (camera,) = held.json()["items"]
        assert (camera["url"], camera["sub_url"]) == ("rtsp://admin:p%40ss%3Aword%2F1@192.0.2.7:554/main", "rtsp://admin:p%40ss%3Aword%2F1@192.0.2.7:554/sub")
        assert [(host["host"], host["most_streams"], host["streams"]) for host in held.json()["hosts"]] == [("192.0.2.7:554", 4, 2)]
        same = await own.get("/workers/worker-1/cameras", headers={"If-None-Match": held.headers["ETag"]})
        assert (same.status_code, same.content) == (304, b"")
        for client, worker in ((own, "worker-2"), (shared, "worker-1"), (shared, "worker-2"), (admin, "worker-1")):
            refused = await client.get(f"/workers/{worker}/cameras")
            assert (refused.status_code, "p%40ss" in refused.text) == (403, False)
        await admin.put("/cameras/gate-1", json={**GATE, "enabled": False})
        assert (await own.get("/workers/worker-1/cameras", headers={"If-None-Match": held.headers["ETag"]})).json()["items"] == []


async def test_what_is_registered_no_worker_changes(site: Site) -> None:
    announced = {"name": "mine", "public_url": "rtsp://192.0.2.9/1", "worker": "worker-1"}
    async with site.client(Role.ADMIN) as admin, site.client(Role.WORKER) as shared:
        assert (await shared.put("/cameras/gate-1", json=announced)).json()["version"] == 0
        await admin.put("/cameras/gate-1", json=GATE)
        assert (await shared.put("/cameras/gate-1", json=announced)).json()["name"] == GATE["name"]
        assert (await shared.put("/cameras/gate-1", json={**announced, "worker": "worker-2"})).status_code == 409
        for beyond in ({"district": "east"}, {"login": None}, {"enabled": False}, {"gb28181_id": GATE["gb28181_id"]}):
            assert (await shared.put("/cameras/gate-9", json={**announced, **beyond})).status_code == 403
        live = {"cameras": {"gate-1": {"state": "live"}}}
        await shared.post("/workers/worker-2/health", json={"cameras": {"gate-1": {"state": "refused", "reason": "a lie"}}})
        assert (await admin.get("/cameras/gate-1")).json()["status"] is None, "another worker's word about it is passed over"
        await shared.post("/workers/worker-1/health", json=live)
        assert (await admin.get("/cameras/gate-1")).json()["status"]["state"] == "live"
        other = await enrolled(site, "worker-2")
        look = {"X-Looked-At": "2026-11-25T08:00:00Z", "Content-Type": "image/jpeg"}
        assert (await other.put("/cameras/gate-1/last-look", content=b"\xff\xd8\xff\xff\xd9", headers=look)).status_code == 403
        assert (await other.put("/cameras/gate-3", json={"worker": "worker-1"})).status_code == 403


async def test_a_last_look_is_shown_by_the_camera_s_holder_alone(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin, site.client(Role.WORKER) as shared:
        await admin.put("/cameras/gate-1", json=GATE)
        await shared.put("/cameras/gate-2", json={"worker": "worker-1"})
        own, other = await enrolled(site, "worker-1"), await enrolled(site, "worker-2")
        look = {"X-Looked-At": "2026-11-25T08:00:00Z", "Content-Type": "image/jpeg"}
        picture = b"\xff\xd8\xff\xff\xd9"
        for gate in ("gate-1", "gate-2"):
            for somebody_else in (shared, other):
                answer = await somebody_else.put(f"/cameras/{gate}/last-look", content=picture, headers=look)
                assert (answer.status_code, site.api.watching.watch(gate, site.clock())) == (403, None), gate
            assert (await own.put(f"/cameras/{gate}/last-look", content=picture, headers=look)).status_code == 204
        await admin.put("/cameras/gate-3", json={"url": "rtsp://192.0.2.9/1", "worker": "worker-9"})
        assert (await shared.put("/cameras/gate-3/last-look", content=picture, headers=look)).status_code == 204, "of one that was never enrolled"


async def test_who_watches_and_why_is_logged(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        await admin.put("/cameras/gate-1", json=GATE)
        assert (await admin.get("/cameras/gate-1/last-look")).status_code == 422
    east = somebody(site, Role.REVIEWER, "east")
    for purpose in ("maintenance", "maintenance", "complaint"):
        assert (await east.get("/cameras/gate-1/last-look", headers={"X-Purpose": purpose})).status_code == 404
    assert (await somebody(site, Role.REVIEWER, "west").get("/cameras/gate-1/last-look?purpose=audit")).status_code == 404
    async with site.client(Role.ADMIN) as admin:
        entries = [one["document"] for one in (await admin.get("/log")).json()["items"] if one["event"] == "evidence_read"]
    assert [(one["by"], one["what"], one["camera_id"], one["district"], one["purpose"]) for one in entries] == [
        ("reviewer of ('east',)", "camera", "gate-1", "east", purpose) for purpose in ("maintenance", "complaint")
    ]


async def test_cases_that_came_before_their_camera_had_a_district_get_its_first(site: Site) -> None:
    early = (await site.deliver(Packet()))["case_id"]
    other = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    east, west = somebody(site, Role.REVIEWER, "east"), somebody(site, Role.REVIEWER, "west")
    assert (await east.get(f"/cases/{early}")).status_code == 404
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.put("/cameras/gate-1", json={"url": GATE["url"]})).status_code == 200
        assert (await east.get(f"/cases/{early}")).status_code == 404, "registered, and put into none yet"
        assert (await admin.put("/cameras/gate-1", json=GATE)).status_code == 200
        assert (await east.get(f"/cases/{early}")).json()["district"] == "east"
        assert [one["id"] for one in (await east.get("/cases", params={"q": "gate"})).json()["items"]] == [early]
        assert [one["id"] for one in (await east.get("/cases")).json()["items"]] == [early]
        assert (await east.get(f"/cases/{other}")).status_code == 404
        assert (await admin.put("/cameras/gate-1", json={**GATE, "district": "west"})).status_code == 200
        assert (await west.get(f"/cases/{early}")).status_code == 404, "it stays where it came to lie first"
        placed = [one["document"].get("cases_placed") for one in (await admin.get("/log")).json()["items"] if one["event"] == "camera"]
    assert placed == [None, 1, None]


async def test_districts(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        await admin.put("/cameras/gate-1", json=GATE)
        await admin.put("/cameras/gate-2", json={"url": "rtsp://192.0.2.8/1", "district": "west"})
        await admin.put("/cameras/gate-3", json={"url": "rtsp://192.0.2.9/1"})
        for gate in ("gate-1", "gate-2", "gate-3"):
            assert (await admin.put(f"/views/{gate}", json={})).status_code == 200
    east = somebody(site, Role.REVIEWER, "east")
    assert [one["camera_id"] for one in (await east.get("/cameras")).json()["items"]] == ["gate-1"]
    assert [one["camera_id"] for one in (await east.get("/views")).json()["items"]] == ["gate-1"]
    for gate, status in (("gate-1", 200), ("gate-2", 404), ("gate-3", 404)):
        for path in (f"/cameras/{gate}", f"/views/{gate}", f"/views/{gate}.yaml"):
            assert (await east.get(path)).status_code == status
        assert (await east.put(f"/views/{gate}", json={})).status_code == status
    registrar = somebody(site, Role.ADMIN, "east")
    assert (await registrar.put("/cameras/gate-4", json={"url": "rtsp://192.0.2.10/1", "district": "east"})).status_code == 200
    assert (await registrar.put("/cameras/gate-5", json={"url": "rtsp://192.0.2.10/1", "district": "west"})).status_code == 403
    assert (await registrar.put("/cameras/gate-5", json={"url": "rtsp://192.0.2.10/1"})).status_code == 403
    assert (await registrar.put("/cameras/gate-2", json={"url": "rtsp://192.0.2.10/1", "district": "east"})).status_code == 404, "nor taken from another"
    assert (await registrar.get("/hosts")).status_code == 403


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a login in the address": ({"url": "rtsp://admin:p@192.0.2.7/1"}, "url"),
    "a password in the query": ({"sub_url": "rtsp://192.0.2.7/1?password=p"}, "sub_url"),
    "a command to run": ({"resolver": "exec:/bin/sh -c id"}, "resolver"),
    "nineteen digits": ({"gb28181_id": "3402000000132000000"}, "gb28181_id"),
    "wide digits": ({"gb28181_id": "３４０２０００００0132000000"}, "gb28181_id"),
    "a place without its system": ({"crs": None}, "crs"),
    "north of the pole": ({"latitude": 91}, "latitude"),
    "no address": ({"url": None}, "url"),
    "no host": ({"url": "rtsp://"}, "url"),
    "no worker's name": ({"worker": "a b"}, "worker"),
    "half a login": ({"login": {"username": "a"}}, "password"),
    "all districts at once": ({"district": "*"}, "district"),
    "an unknown field": ({"host": "x"}, "host"),
}
"""What a camera cannot be, and the field that the answer names."""


async def test_a_camera_that_cannot_be(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        for label, (change, names) in WRONG.items():
            answer = await admin.put("/cameras/gate-1", json={**GATE, **change})
            assert (answer.status_code, names in answer.json()["detail"]) == (422, True), (label, answer.text)
            assert "admin:p" not in answer.text
        assert (await admin.get("/cameras/gate-1")).status_code == 404


async def test_a_code_is_one_cameras_and_a_host_bears_so_many_streams(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        await admin.put("/cameras/gate-1", json=GATE)
        other = {**GATE, "gb28181_id": "34020000001320000002"}
        assert "gate-1" in (await admin.put("/cameras/gate-2", json=GATE)).json()["detail"]
        etag = (await admin.put("/hosts/192.0.2.7:554", json={"most_streams": 3})).headers["ETag"]
        full = await admin.put("/cameras/gate-2", json=other)
        assert (full.status_code, "bears 3 streams, this would make 4" in full.json()["detail"]) == (409, True)
        assert (await admin.put("/cameras/gate-2", json={**other, "enabled": False})).status_code == 200
        assert (await admin.put("/cameras/gate-1", json=GATE)).status_code == 200, "the same again needs no more room"
        assert (await admin.put("/hosts/192.0.2.7:554", json={"most_streams": 4}, headers={"If-Match": etag})).status_code == 200
        assert (await admin.put("/hosts/192.0.2.7:554", json={"most_streams": 5}, headers={"If-Match": etag})).status_code == 412
        assert (await admin.put("/cameras/gate-2", json=other)).status_code == 200
        assert (await admin.get("/hosts")).json()["items"][0]["streams"] == 4
        assert (await admin.put("/hosts/a b", json={})).status_code == 422


async def test_without_a_key_no_login_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from api.app import create_app
    from api.vault import Vault

    bare = Site(replace(site.api, vault=Vault()), site.clock, httpx.ASGITransport(app=create_app(replace(site.api, vault=Vault()))))
    async with bare.client(Role.ADMIN) as admin:
        refused = await admin.put("/cameras/gate-1", json=GATE)
        assert (refused.status_code, VARIABLE in refused.json()["detail"]) == (409, True)
        assert (await admin.get("/cameras/gate-1")).status_code == 404
