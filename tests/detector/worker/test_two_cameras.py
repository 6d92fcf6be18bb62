"""Two simulated cameras before one stall: a real worker reads both over RTSP, finds two acts, and the real case API makes one case of them."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.roles import Role
from detector.fleet.spec import WatchedCamera, WorkerSpec
from evidence.ground import Plane
from evidence.homography import Homography
from streams.simulator import SimulatorServer
from tests.detector.worker.test_delivery import served
from tests.detector.worker.test_worker import Running
from tests.stall_clip import write_stall

CUT = (0.06, 0.08, 0.94, 0.96)
"""What the second camera sees of the first one's picture: the same stall, larger and elsewhere."""
PAVEMENT = ((0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0))
GROUND = ((-9.0, 22.0), (9.0, 22.0), (2.5, 4.0), (-2.5, 4.0))
"""Where the first camera's corners lie, in metres."""
MAP = Plane(117.02, 36.66)
KINDS = {"V2": {"dwell_seconds": 3, "minimum_looks": 3, "grace_seconds": 20, "minimum_score": 0.1, "attendance": "off"}}


def view(camera_id: str, ground: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    on_map = [MAP.to_degrees(corner) for corner in ground]
    return {"camera_id": camera_id, "zones": [{"id": "pavement", "kind": "sidewalk", "polygon": PAVEMENT, "map_polygon": on_map}]}


def ground_of_the_cut() -> tuple[tuple[float, float], ...]:
    """Where the second camera's corners lie: they are points of the first one's picture."""
    to_ground = Homography.of(PAVEMENT, GROUND)
    assert to_ground is not None
    x0, y0, x1, y1 = CUT
    found = [to_ground.applied((x0 + x * (x1 - x0), y0 + y * (y1 - y0))) for x, y in PAVEMENT]
    return tuple(point for point in found if point is not None)


@pytest.mark.slow
async def test_a_stall_before_two_cameras_ends_in_one_case(tmp_path: Path) -> None:
    clips = [write_stall(tmp_path / "one.mp4", rate=5, seconds=8), write_stall(tmp_path / "other.mp4", rate=5, seconds=8, cut=CUT)]
    scene = tmp_path / "scene.yaml"
    views = [view("gate-1", GROUND), view("gate-2", ground_of_the_cut())]
    scene.write_text(json.dumps({"schema": "curbwatch.scene/1", "kinds": KINDS, "views": views}), encoding="utf-8")
    with served(tmp_path / "api") as (url, tokens):
        headers = {"Authorization": f"Bearer {tokens[Role.REVIEWER]}", "X-Purpose": "review"}

        def cases() -> list[dict[str, Any]]:
            with httpx.Client(base_url=url, headers=headers) as person:
                return [person.get(f"/cases/{case['id']}").json() for case in person.get("/cases").json()["items"]]

        async with SimulatorServer(clips, 2) as server:
            spec = WorkerSpec(
                name="w1", data_dir=str(tmp_path / "data"), cameras=(WatchedCamera("gate-1", server.url(1)), WatchedCamera("gate-2", server.url(2))),
                scene=str(scene), api_url=url, token=tokens[Role.WORKER], provider="cpu", calm_seconds=1.0, busy_seconds=1.0, suspicious_seconds=1.0,
                gated=False, tail_seconds=1.0,
            )  # fmt: skip
            running, found, deadline = Running(spec), [], time.monotonic() + 240
            running.thread.start()
            try:
                while sum(len(case["packets"]) for case in found) < 2:
                    assert running.failure is None, running.failure
                    assert time.monotonic() < deadline, "the two cameras' packets did not come in time"
                    await asyncio.sleep(0.5)
                    found = await asyncio.to_thread(cases)
            finally:
                await asyncio.to_thread(running.__exit__)
    (case,) = found
    manifests = [packet["manifest"] for packet in case["packets"]]
    assert {one["camera"]["id"] for one in manifests} == {"gate-1", "gate-2"}
    assert len({one["act_id"] for one in manifests}) == 2, "each camera has its own act"
    assert {one["place"]["ground"]["how"] for one in manifests} == {"corners"}
    boxes = [one["place"]["xyxy"] for one in manifests]
    assert max(abs(a - b) for a, b in zip(*boxes, strict=True)) > 0.02, "the two pictures show it in two places"
