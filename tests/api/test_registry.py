"""Cameras and views: what is announced, what is drawn, in versions that are never lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import yaml

from api.roles import Role
from evidence.views import read_view

from .conftest import JPEG, Site
from .test_cases import fields

VIEW: dict[str, Any] = {
    "camera_id": "gate-1",
    "view_id": "main",
    "zones": [{"id": "z1", "kind": "sidewalk", "name": {"zh": "人行道", "en": "pavement"}, "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]]}],
    "lines": [{"id": "l1", "shop": "12 号", "points": [[0.1, 0.5], [0.9, 0.5]], "outside": "right"}],
    "permits": [{"id": "p1", "polygon": [[0.1, 0.5], [0.3, 0.5], [0.3, 0.9]], "from": "2026-11-01", "until": "2026-12-31", "hours": ["06:00-22:00"]}],
    "time_zone": "Asia/Shanghai",
    "kinds": {"V2": {"dwell_seconds": 20}},
}


async def test_a_view_is_saved_in_versions(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        assert (await client.get("/views/gate-1")).status_code == 404
        first = await client.put("/views/gate-1", json=VIEW)
        assert (first.status_code, first.json()["version"]) == (200, 1)
        assert set(first.json()) == set(fields("ViewDocument"))
        etag = first.headers["ETag"]
        read = await client.get("/views/gate-1")
        assert (read.json(), read.headers["ETag"]) == (first.json(), etag)
        assert (await client.get("/views/gate-1", headers={"If-None-Match": etag})).status_code == 304
        second = await client.put("/views/gate-1", json={**VIEW, "lines": []}, headers={"If-Match": etag})
        assert (second.status_code, second.json()["version"], second.json()["lines"]) == (200, 2, [])
        assert second.headers["ETag"] != etag
        stale = await client.put("/views/gate-1", json=VIEW, headers={"If-Match": etag})
        assert stale.status_code == 412
        assert "version 2 is the newest" in stale.json()["detail"]
        assert (await client.get("/views/gate-1", params={"version": 1})).json() == first.json()
        assert (await client.get("/views/gate-1", params={"version": 3})).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="whatever is there"),
        pytest.param({"If-None-Match": "*"}, 412, id="only if there is none"),
        pytest.param({"If-Match": "*"}, 200, id="only if there is one"),
        pytest.param({"If-Match": '"x", "y"'}, 412, id="only if it is one of others"),
    ],
)
async def test_conditions(site: Site, headers: dict[str, str], status: int) -> None:
    async with site.client(Role.REVIEWER) as client:
        await client.put("/views/gate-1", json=VIEW)
        assert (await client.put("/views/gate-1", json=VIEW, headers=headers)).status_code == status


async def test_if_match_where_there_is_none(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        assert (await client.put("/views/gate-1", json=VIEW, headers={"If-Match": "*"})).status_code == 412
        assert (await client.put("/views/gate-1", json=VIEW, headers={"If-None-Match": "*"})).status_code == 200


async def test_two_who_save_at_once(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        etag = (await client.put("/views/gate-1", json=VIEW)).headers["ETag"]
        answers = await asyncio.gather(*(client.put("/views/gate-1", json=VIEW, headers={"If-Match": etag}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_workers_poll_all_views_by_etag(site: Site) -> None:
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        empty = await worker.get("/views")
        assert empty.json() == {"items": []}
        await reviewer.put("/views/gate-1", json=VIEW)
        changed = await worker.get("/views", headers={"If-None-Match": empty.headers["ETag"]})
        assert [item["version"] for item in changed.json()["items"]] == [1]
        same = await worker.get("/views", headers={"If-None-Match": changed.headers["ETag"]})
        assert (same.status_code, same.content) == (304, b"")
        await reviewer.put("/views/gate-1", json=VIEW)
        await reviewer.put("/views/gate-2", json={**VIEW, "camera_id": "gate-2"})
        again = await worker.get("/views", headers={"If-None-Match": changed.headers["ETag"]})
        assert [(item["camera_id"], item["version"]) for item in again.json()["items"]] == [("gate-1", 2), ("gate-2", 1)]


async def test_a_view_as_a_scene_file(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        saved = (await client.put("/views/gate-1", json=VIEW)).json()
        answer = await client.get("/views/gate-1.yaml")
    scene = yaml.safe_load(answer.text)
    assert scene["schema"] == "curbwatch.scene/1"
    assert [read_view(view, "scene") for view in scene["views"]] == [read_view(saved, "saved")]
    assert "人行道" in answer.text
    assert "gate-1.yaml" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        pytest.param({"camera_id": "gate-2"}, "camera_id", id="of another camera"),
        pytest.param({"zones": [{"id": "z1", "kind": "sidewalk", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "crosses itself", id="a bow tie"),
        pytest.param({"zones": [{"id": "z1", "kind": "pavement", "polygon": [[0, 0], [1, 0], [1, 1]]}]}, "zones.0.kind", id="an unknown zone kind"),
        pytest.param({"zones": [{"id": "z1", "kind": "sidewalk", "polygon": [[0, 0], [2, 0], [1, 1]]}]}, "outside the picture", id="outside the picture"),
        pytest.param({"kinds": {"V99": {}}}, "V99", id="an unknown kind"),
        pytest.param({"surprise": 1}, "surprise", id="an unknown field"),
        pytest.param({"time_zone": "Mars/Jezero"}, "time_zone", id="an unknown time zone"),
        pytest.param({"time_zone": "../../etc/passwd"}, "time_zone", id="a path as a time zone"),
        pytest.param({"permits": [{**VIEW["permits"][0], "until": "2020-01-01"}]}, "before it begins", id="a permit that ends first"),
    ],
)
async def test_a_view_that_cannot_be(site: Site, change: dict[str, Any], names: str) -> None:
    async with site.client(Role.REVIEWER) as client:
        answer = await client.put("/views/gate-1", json={**VIEW, **change})
        assert answer.status_code == 422
        assert names in answer.json()["detail"]
        assert (await client.get("/views/gate-1")).status_code == 404


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "{", "", "NaN", "[" * 100_000], ids=["list", "null", "text", "half", "empty", "NaN", "deep"])
async def test_a_body_that_is_no_view(site: Site, body: str) -> None:
    async with site.client(Role.REVIEWER) as client:
        answer = await client.put("/views/gate-1", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert isinstance(answer.json()["detail"], str)


ANNOUNCED = {"name": {"zh": "大门", "en": "Gate"}, "public_url": "rtsp://192.0.2.7/stream1", "worker": "worker-1"}


async def test_a_camera_is_announced_and_reported(site: Site) -> None:
    status = {"state": "live", "looks": 3, "first_look_at": "2026-11-25T08:00:00+00:00", "last_look_at": "2026-11-25T08:00:08+00:00", "view_version": 1}
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        assert (await reviewer.get("/cameras")).json() == {"items": []}
        assert (await worker.put("/cameras/gate-1", json=ANNOUNCED)).status_code == 200
        camera = (await reviewer.get("/cameras/gate-1")).json()
        assert set(camera) >= set(fields("Camera"))
        assert (camera["name"], camera["status"]) == (ANNOUNCED["name"], None)
        answer = await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": status}, "software_version": "0.1.0", "later": 1})
        assert answer.json() == {"last_look": [], "restores": []}
        camera = (await reviewer.get("/cameras")).json()["items"][0]
        assert set(camera["status"]) >= set(fields("CameraStatus"))
        assert {name: camera["status"][name] for name in status} == status
        site.clock.forward(seconds=60)
        silent = (await reviewer.get("/cameras/gate-1")).json()["status"]
        assert (silent["state"], silent["reason"]) == ("stale", "the worker worker-1 has not reported for 60 s")


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:secret@192.0.2.7/1",
        "rtsp://admin@192.0.2.7/1",
        "rtsp://192.0.2.7/1?password=secret",
        "http://192.0.2.7/1?user=admin&pwd=secret",
        "http://192.0.2.7/go?to=rtsp://admin:secret@192.0.2.8/1",
        "no address",
        "rtsp://[::1",
    ],
)
async def test_credentials_are_never_announced(site: Site, url: str) -> None:
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        answer = await worker.put("/cameras/gate-1", json={**ANNOUNCED, "public_url": url})
        assert answer.status_code == 422
        assert "secret" not in answer.text
        assert (await reviewer.get("/cameras/gate-1")).status_code == 404


async def test_a_reason_never_shows_credentials(site: Site) -> None:
    sentence = "rtsp://admin:secret@192.0.2.7/1 answered 401"
    status = {"state": "refused", "reason": sentence, "reader": "libav", "reader_reason": sentence}
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        await worker.put("/cameras/gate-1", json=ANNOUNCED)
        await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": status}})
        shown = (await reviewer.get("/cameras/gate-1")).json()["status"]
    assert shown["reason"] == shown["reader_reason"] == "rtsp://…@192.0.2.7/1 answered 401"


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"state": "happy"}, id="an unknown state"),
        pytest.param({"state": "live", "reconnects": False}, id="false as a number"),
        pytest.param({"state": "live", "look_lag_seconds": "1.5"}, id="a number as text"),
        pytest.param({"state": "live", "reader": "ffmpeg"}, id="an unknown reader"),
        pytest.param({"state": "live", "encrypted": "yes"}, id="a text as a truth"),
        pytest.param({}, id="no state"),
    ],
)
async def test_a_report_that_cannot_be(site: Site, status: dict[str, Any]) -> None:
    async with site.client(Role.WORKER) as worker:
        assert (await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": status}})).status_code == 422


async def test_a_last_look_while_somebody_watches(site: Site) -> None:
    report = {"cameras": {"gate-1": {"state": "live"}, "gate-2": {"state": "live"}}}
    looked_at = {"X-Looked-At": "2026-11-25T08:00:00+08:00", "Content-Type": "image/jpeg"}
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        assert (await reviewer.get("/cameras/gate-1/last-look?purpose=review")).status_code == 404
        await worker.put("/cameras/gate-1", json=ANNOUNCED)
        assert (await reviewer.get("/cameras/gate-1/last-look?purpose=review")).status_code == 404
        assert (await worker.post("/workers/worker-1/health", json=report)).json() == {"last_look": ["gate-1"], "restores": []}
        assert (await worker.put("/cameras/gate-1/last-look", content=JPEG, headers=looked_at)).status_code == 204
        look = await reviewer.get("/cameras/gate-1/last-look?purpose=review")
        assert (look.content, look.headers["Content-Type"], look.headers["X-Looked-At"]) == (JPEG, "image/jpeg", looked_at["X-Looked-At"])
        assert (await reviewer.get("/cameras/gate-1/last-look?purpose=review", headers={"If-None-Match": look.headers["ETag"]})).status_code == 304
        site.clock.forward(seconds=11)
        assert (await worker.post("/workers/worker-1/health", json=report)).json() == {"last_look": [], "restores": []}
        site.clock.forward(seconds=60)
        assert (await reviewer.get("/cameras/gate-1/last-look?purpose=review")).status_code == 404
    assert not list(site.api.settings.data_dir.rglob("*.jpg"))


@pytest.mark.parametrize(
    ("content", "looked_at", "status"),
    [
        pytest.param(b"\xff\xd8\xff" + bytes(103_000) + b"\xff\xd9", "2026-11-25T08:00:00Z", 413, id="too large"),
        pytest.param(b"GIF89a", "2026-11-25T08:00:00Z", 415, id="no JPEG"),
        pytest.param(JPEG[:-2], "2026-11-25T08:00:00Z", 415, id="half a JPEG"),
        pytest.param(b"", "2026-11-25T08:00:00Z", 415, id="nothing"),
        pytest.param(JPEG, "yesterday", 422, id="no time"),
        pytest.param(JPEG, "2026-11-25T08:00:00", 422, id="a time without offset"),
    ],
)
async def test_a_last_look_that_cannot_be(site: Site, content: bytes, looked_at: str, status: int) -> None:
    async with site.client(Role.WORKER) as worker:
        answer = await worker.put("/cameras/gate-1/last-look", content=content, headers={"X-Looked-At": looked_at})
    assert answer.status_code == status


async def test_no_camera_is_named_as_a_scene_file_is(site: Site) -> None:
    """`GET /views/v1.yaml` is the scene file of the camera v1, so that nobody could read the view of a camera v1.yaml."""
    async with site.client(Role.WORKER) as worker, site.client(Role.ADMIN) as admin:
        answers = [
            await worker.put("/cameras/v1.yaml", json={"name": "Gate", "worker": "worker-1"}),
            await admin.put("/cameras/v1.YAML", json={"name": "Gate", "worker": "worker-1"}),
            await admin.put("/views/v1.yaml", json=VIEW | {"camera_id": "v1.yaml"}),
            await admin.put("/views/v1.yaml/reference", content=JPEG, headers={"Content-Type": "image/jpeg"}),
        ]
        assert (await worker.put("/cameras/v1.yaml.gate", json={"name": "Gate", "worker": "worker-1"})).status_code == 200
    assert [answer.status_code for answer in answers] == [422] * 4
    for answer in answers:
        assert answer.json()["detail"].startswith("camera_id: ends in .yaml"), answer.text
        assert "不能以 .yaml 结尾" in answer.json()["detail_zh"]
