"""What is known of cameras right now is bounded: by the cameras that there are, and by a day."""

from __future__ import annotations

from api.roles import Role

from .conftest import Clock, Site


async def test_cameras_that_nobody_announced_are_passed_over(site: Site) -> None:
    async with site.client(Role.WORKER) as worker, site.client(Role.ADMIN) as admin:
        await worker.put("/cameras/gate-1", json={"worker": "worker-1"})
        await admin.put("/cameras/gate-2", json={"url": "rtsp://gate-2.example/1", "worker": "worker-2"})
        await admin.put("/cameras/gate-3", json={"url": "rtsp://gate-3.example/1"})
        invented = {f"invented-{number}": {"state": "live"} for number in range(1000)}
        told = {"cameras": {**invented, "gate-1": {"state": "live"}, "gate-2": {"state": "live"}, "gate-3": {"state": "live"}}}
        assert (await worker.post("/workers/worker-1/health", json=told)).status_code == 200
        assert 'curbwatch_api_cameras{state="live"} 2' in (await worker.get("/metrics")).text
    assert [camera for camera in told["cameras"] if site.api.watching.reported(camera) is not None] == ["gate-1", "gate-3"]


async def test_what_is_silent_for_a_day_is_forgotten(site: Site, clock: Clock) -> None:
    async with site.client(Role.WORKER) as worker:
        for camera in ("gate-1", "gate-2"):
            await worker.put(f"/cameras/{camera}", json={"worker": "worker-1"})
        await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": {"state": "live"}, "gate-2": {"state": "live"}}})
        clock.forward(hours=23)
        await worker.post("/workers/worker-1/health", json={"cameras": {"gate-2": {"state": "live"}}})
        assert site.api.watching.states(clock()) == {"stale": 1, "live": 1}
        clock.forward(hours=2)
        await worker.post("/workers/worker-1/health", json={"cameras": {"gate-2": {"state": "live"}}})
    assert site.api.watching.states(clock()) == {"live": 1}
