"""Several views of one camera, and the pictures that they were drawn on."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
import yaml

from api.roles import Role
from api.view_pictures import LARGEST_BYTES

from .conftest import JPEG, Site
from .test_registry import VIEW


def of(view_id: str, **changes: Any) -> dict[str, Any]:
    return {**VIEW, "view_id": view_id, **changes}


async def put_picture(client: httpx.AsyncClient, jpeg: bytes, view: str | None = None, **headers: str) -> httpx.Response:
    params = {} if view is None else {"view": view}
    return await client.put("/views/gate-1/reference", content=jpeg, params=params, headers={"Content-Type": "image/jpeg", **headers})


async def test_a_camera_has_as_many_views_as_positions(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client, site.client(Role.WORKER) as worker:
        first = await client.put("/views/gate-1", json=of("main"))
        left = await client.put("/views/gate-1", json=of("left", zones=[]))
        assert (first.json()["version"], left.json()["version"]) == (1, 2), "a camera's views number their versions together"
        assert (await client.put("/views/gate-1", json=of("main", lines=[]), headers={"If-Match": first.headers["ETag"]})).status_code == 200
        assert (await client.put("/views/gate-1", json=of("left"), headers={"If-Match": first.headers["ETag"]})).status_code == 412
        assert (await client.put("/views/gate-1", json=of("right"), headers={"If-None-Match": "*"})).status_code == 200
        listed = (await worker.get("/views")).json()["items"]
        assert [(one["view_id"], one["version"]) for one in listed] == [("left", 2), ("main", 3), ("right", 4)]
        assert (await client.get("/views/gate-1")).json()["view_id"] == "main"
        assert (await client.get("/views/gate-1", params={"view": "left"})).json()["version"] == 2
        assert (await client.get("/views/gate-1", params={"view": "roof"})).status_code == 404
        scene = yaml.safe_load((await client.get("/views/gate-1.yaml")).text)
        assert [one["view_id"] for one in scene["views"]] == ["left", "main", "right"]


async def test_a_view_that_was_withdrawn_is_in_force_no_more_and_its_versions_are_kept(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client, site.client(Role.WORKER) as worker:
        await client.put("/views/gate-1", json=of("main"))
        await client.put("/views/gate-1", json=of("left"))
        before = (await worker.get("/views")).headers["ETag"]
        assert (await client.delete("/views/gate-1", params={"view": "left"})).status_code == 204
        after = await worker.get("/views", headers={"If-None-Match": before})
        assert [one["view_id"] for one in after.json()["items"]] == ["main"]
        assert (await client.get("/views/gate-1", params={"view": "left"})).status_code == 404
        assert (await client.get("/views/gate-1", params={"view": "left", "version": 2})).json()["view_id"] == "left"
        assert (await client.delete("/views/gate-1", params={"view": "left"})).status_code == 204, "it is out of force already"
        assert (await client.delete("/views/gate-1", params={"view": "roof"})).status_code == 404
        again = await client.put("/views/gate-1", json=of("left"))
        assert (again.status_code, again.json()["version"]) == (200, 4)


async def test_permits_of_the_registry_lie_on_the_main_view(site: Site) -> None:
    permit = {"camera_id": "gate-1", "polygon": [[0.1, 0.5], [0.3, 0.5], [0.3, 0.9]], "from": "2026-01-01", "until": "2026-12-31"}
    async with site.client(Role.ADMIN) as client:
        await client.put("/views/gate-1", json=of("left", permits=[]))
        await client.put("/views/gate-1", json=of("main", permits=[]))
        assert (await client.put("/permits/p9", json=permit)).status_code == 200
        items = (await client.get("/views")).json()["items"]
        assert [[one["id"] for one in view["permits"]] for view in items] == [[], ["p9"]]
        await client.delete("/views/gate-1", params={"view": "main"})
        assert [one["permits"] for one in (await client.get("/views")).json()["items"]] == [[]], "its polygon was drawn on another picture"


async def test_a_reference_picture_makes_a_version_of_its_view_and_is_read_by_its_worker(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client, site.client(Role.WORKER) as worker:
        assert (await put_picture(client, JPEG)).status_code == 404
        await client.put("/views/gate-1", json=of("main"))
        assert (await worker.get("/views/gate-1/reference")).status_code == 404
        saved = await put_picture(client, JPEG)
        assert (saved.status_code, saved.json()["version"]) == (200, 2)
        assert saved.json()["reference"] == {"sha256": hashlib.sha256(JPEG).hexdigest()}
        picture = await worker.get("/views/gate-1/reference", params={"view": "main"})
        assert (picture.content, picture.headers["Content-Type"]) == (JPEG, "image/jpeg")
        assert (await worker.get("/views/gate-1/reference", headers={"If-None-Match": picture.headers["ETag"]})).status_code == 304
        assert (await worker.get("/views")).json()["items"][0]["reference"] == saved.json()["reference"]
        stale = await put_picture(client, JPEG + b"\0", None, **{"If-Match": '"x"'})
        assert stale.status_code == 412


async def test_it_stays_while_the_same_is_drawn_and_whoever_draws_otherwise_draws_on_what_is_seen_now(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        await client.put("/views/gate-1", json=of("main"))
        named = (await put_picture(client, JPEG)).json()["reference"]
        kept = await client.put("/views/gate-1", json=of("main", permits=[]))
        assert kept.json()["reference"] == named
        said = await client.put("/views/gate-1", json=of("main", zones=[], reference=named))
        assert said.json()["reference"] == named
        redrawn = await client.put("/views/gate-1", json=of("main", lines=[]))
        assert "reference" not in redrawn.json()
        await client.put("/views/gate-1", json=of("left"))
        await put_picture(client, JPEG, "left")
        assert (await client.put("/views/gate-1", json=of("left", lines=[]))).json()["reference"] == named, "by it the position is known"
        taken = await client.put("/views/gate-1", json=of("left", reference=None))
        assert "reference" not in taken.json()


async def test_a_picture_that_no_view_names_any_more_is_deleted(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        await client.put("/views/gate-1", json=of("main"))
        await put_picture(client, JPEG)
        await put_picture(client, JPEG + b"\0")
        assert (await client.get("/views/gate-1/reference")).content == JPEG + b"\0"
        assert (await client.get("/views/gate-1/reference", params={"version": 2})).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 415), (b"\x89PNG" + bytes(100), 415), (JPEG[:-2], 415), (b"\xff\xd8\xff" + bytes(LARGEST_BYTES) + b"\xff\xd9", 413)],
    ids=["nothing", "no JPEG", "half of one", "too large"],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(site: Site, body: bytes, status: int) -> None:
    async with site.client(Role.REVIEWER) as client:
        await client.put("/views/gate-1", json=of("main"))
        assert (await put_picture(client, body)).status_code == status
        assert (await client.get("/views/gate-1")).json()["version"] == 1


async def test_a_view_of_the_registry_names_no_file(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        answer = await client.put("/views/gate-1", json=of("main", reference="/etc/passwd"))
        assert answer.status_code == 422
        beside = await client.put("/views/gate-1", json=of("main", reference="gate.jpg"))
        assert beside.status_code == 422
        assert "is for scene files" in beside.json()["detail"]


async def test_who_reads_a_reference_picture_stands_in_the_log(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client, site.client(Role.ADMIN) as auditor:
        await client.put("/views/gate-1", json=of("main"))
        await put_picture(client, JPEG)
        await client.get("/views/gate-1/reference", params={"purpose": "audit"})
        entries = (await auditor.get("/log", params={"limit": 100})).json()["items"]
        assert [entry["document"]["camera_id"] for entry in entries if entry["event"] == "evidence_read"] == ["gate-1"]


async def test_what_a_worker_says_of_a_camera_that_has_moved_is_shown_and_told_at_once(site: Site) -> None:
    told = {"state": "live", "view_id": "main", "view_state": "moved", "view_shift": 0.21, "paused": "moved", "faults": ["tilted", "blurred"], "blur": 0.7}
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as client:
        await worker.put("/cameras/gate-1", json={"worker": "worker-1"})
        assert (await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": told}})).status_code == 200
        status = (await client.get("/cameras/gate-1")).json()["status"]
        assert {name: status[name] for name in told} == told
    changed = site.api.watching.report
    now = site.api.clock()
    reported = site.api.watching.reported("gate-1")
    assert reported is not None
    assert changed("worker-1", {"gate-1": reported.status}, now) == []
    assert changed("worker-1", {"gate-1": reported.status.model_copy(update={"paused": None, "view_state": "in_place"})}, now) == ["gate-1"]
