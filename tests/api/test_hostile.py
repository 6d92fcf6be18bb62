"""Hostile input: false as a number, endless bodies, tricks with paths and headers. Answered with a sentence, never with a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.roles import Role

from .conftest import Packet, Site


def changed(**changes: Any) -> dict[str, Any]:
    manifest = Packet().manifest()
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = manifest
        for parent in parents:
            target = target[int(parent)] if isinstance(target, list) else target[parent]
        target[last] = value
    return manifest


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(changed(stay__looks=True), id="true as a count"),
        pytest.param(changed(stay__dwell_seconds=True), id="true as seconds"),
        pytest.param(changed(place__xyxy=[False, False, True, True]), id="a box of truths"),
        pytest.param(changed(place__xyxy=["0", "0", "1", "1"]), id="a box of texts"),
        pytest.param(changed(stay__dwell_seconds=1e999), id="endless seconds"),
        pytest.param(changed(chain__sequence=2**70), id="a number beyond all safety"),
        pytest.param(changed(stay__first_seen="yesterday"), id="no time"),
        pytest.param(changed(stay__first_seen="2026-11-25T08:00:00"), id="a time without offset"),
        pytest.param(changed(stay__first_seen=1764057600), id="a time as a number"),
        pytest.param(changed(stay__dwell_seconds="360"), id="seconds as text"),
        pytest.param(changed(stay__first_seen=1e20), id="a time beyond the calendar"),
        pytest.param(changed(camera__id={"$ne": 1}), id="an object as a name"),
        pytest.param(changed(worker__name="\ud800"), id="half a character"),
        pytest.param(changed(files={"0": 1}), id="files that are no list"),
        pytest.param([], id="a list"),
        pytest.param(None, id="nothing"),
    ],
)
async def test_a_manifest_that_cannot_be(site: Site, manifest: Any) -> None:
    await site.bind_key()
    signature = {"algorithm": "ed25519-sha256", "key_id": "0" * 16, "value": "x"}
    body = json.dumps({"manifest": manifest, "signature": signature})
    async with site.client(Role.WORKER) as client:
        answer = await client.post("/packets", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"action": "confirm", "version": True}, id="true as a version"),
        pytest.param({"action": "confirm", "version": "1"}, id="a version as text"),
        pytest.param({"action": "confirm", "version": 1.0}, id="a version with a point"),
        pytest.param({"action": "confirm", "version": -1}, id="a version below all"),
        pytest.param({"action": "delete", "version": 1}, id="an unknown action"),
        pytest.param({"action": "confirm"}, id="no version"),
        pytest.param({"action": "confirm", "version": 1, "by": "somebody else"}, id="in another name"),
        pytest.param({"action": "confirm", "version": 1, "note": "x" * 5000}, id="an endless note"),
        pytest.param({"action": "reject", "version": 1, "reason": ["permit"]}, id="a list as a reason"),
        pytest.param([], id="a list"),
        pytest.param({"action": "confirm", "version": 10**400}, id="an endless version"),
    ],
)
async def test_a_decision_that_cannot_be(site: Site, told: Any) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    async with site.client(Role.REVIEWER) as client:
        answer = await client.post(f"/cases/{case_id}/decisions", json=told)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert (await site.case(case_id))["decisions"] == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"{" + b" " * 5_000_000, 413, id="five megabytes"),
        pytest.param(b"[" * 200_000, 422, id="two hundred thousand levels"),
        pytest.param(b"\xff\xfe", 422, id="no UTF-8"),
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b'{"manifest": NaN, "signature": Infinity}', 422, id="NaN"),
    ],
)
async def test_bodies(site: Site, content: bytes, status: int) -> None:
    async with site.client(Role.WORKER) as client:
        answer = await client.post("/packets", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (status, 400 if status == 422 else status), answer.text
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("name", ["..", "a b", "a%2fb", "%00", "x" * 65, ".hidden", "a\u00e4"])
async def test_names_that_are_none(site: Site, name: str) -> None:
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        for answer in (
            await worker.put(f"/workers/{name}/key", json={"public_key": site.key.public_key.to_base64()}),
            await worker.put(f"/cameras/{name}", json={"name": "x"}),
            await worker.post(f"/workers/{name}/health", json={"cameras": {}}),
            await reviewer.put(f"/views/{name}", json={}),
        ):
            assert answer.status_code in (404, 405, 422), answer.text
            assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("key", ["", "x", "A" * 44, "!" * 44, "a" * 100])
async def test_keys_that_are_none(site: Site, key: str) -> None:
    async with site.client(Role.WORKER) as client:
        assert (await client.put("/workers/worker-1/key", json={"public_key": key})).status_code == 422


@pytest.mark.parametrize("path", ["/../data/tokens/admin.token", "/%2e%2e/%2e%2e/api.pem", "/cases/%00", "/nothing"])
async def test_paths(site: Site, path: str) -> None:
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(path)
    assert answer.status_code in (404, 422)
    assert "token" not in answer.text


async def test_headers_that_are_wrong(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    sha256 = Packet().manifest()["files"][0]["sha256"]
    async with site.client(Role.REVIEWER) as client:
        for value in ("bytes=", "bytes=a-b", "lines=1-2", "bytes=-", "bytes=5-2", "bytes=0-0,1-1," + "2-2," * 500):
            answer = await client.get(f"/cases/{case_id}/files/{sha256}?purpose=review", headers={"Range": value})
            assert answer.status_code in (200, 206, 400, 416), (value, answer.status_code)
        for value in ("-1", "x", "9" * 39, ""):
            assert (await client.get("/cases", headers={"Last-Event-ID": value})).status_code == 200
