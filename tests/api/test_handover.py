"""A camera that is given to another worker: it is told to that one when the former has let it go, so that no two read it at a time."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.cameras import HANDOVER
from api.roles import Role
from api.watching import READS

from .conftest import Site
from .test_enrolments import enrolled

CAMERA = {"url": "rtsp://192.0.2.8/1", "district": "east"}


async def ids(client: httpx.AsyncClient, worker: str) -> list[str]:
    answer = await client.get(f"/workers/{worker}/cameras")
    assert answer.status_code == 200, answer.text
    return [camera["camera_id"] for camera in answer.json()["items"]]


async def reads(client: httpx.AsyncClient, worker: str, *cameras: str) -> None:
    body: dict[str, Any] = {"cameras": {camera: {"state": "live"} for camera in cameras}}
    assert (await client.post(f"/workers/{worker}/health", json=body)).status_code == 200


async def give(site: Site, worker: str, camera: str = "gate-1") -> None:
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.put(f"/cameras/{camera}", json={**CAMERA, "worker": worker})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def both(site: Site) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    """The first of two workers reads gate-1, the second is given it."""
    first, second = await enrolled(site, "worker-1"), await enrolled(site, "worker-2", key=None)
    await give(site, "worker-1")
    assert (await ids(first, "worker-1"), await ids(second, "worker-2")) == (["gate-1"], [])
    await reads(first, "worker-1", "gate-1")
    await reads(second, "worker-2")
    await give(site, "worker-2")
    return first, second


async def test_it_goes_over_when_the_former_worker_has_let_it_go(site: Site, both: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    first, second = both
    assert (await ids(first, "worker-1"), await ids(second, "worker-2")) == ([], [])
    await reads(first, "worker-1", "gate-1")
    assert await ids(second, "worker-2") == []
    await reads(first, "worker-1")
    assert await ids(second, "worker-2") == ["gate-1"]
    await reads(second, "worker-2", "gate-1")
    await give(site, "worker-2")
    await reads(first, "worker-1", "gate-1")
    assert await ids(second, "worker-2") == ["gate-1"], "what it reads already is not taken from it by another one's word"


async def test_a_worker_that_has_fallen_silent_keeps_nothing(site: Site, both: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    _, second = both
    assert await ids(second, "worker-2") == []
    site.clock.forward(seconds=READS.total_seconds())
    assert await ids(second, "worker-2") == ["gate-1"]


async def test_a_worker_that_never_lets_go_keeps_it_for_half_a_minute(site: Site, both: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    first, second = both
    for _ in range(int(HANDOVER.total_seconds()) // 5 - 1):
        site.clock.forward(seconds=5)
        await reads(first, "worker-1", "gate-1")
        assert await ids(second, "worker-2") == []
    site.clock.forward(seconds=5)
    await reads(first, "worker-1", "gate-1")
    assert await ids(second, "worker-2") == ["gate-1"]
