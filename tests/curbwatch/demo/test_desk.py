from __future__ import annotations

from typing import Any

import pytest

from curbwatch.demo.desk import camera_seen

TIMES = {"first_look_at": "2026-11-25T08:00:00+00:00", "last_look_at": "2026-11-25T08:01:00+00:00"}


@pytest.mark.parametrize(
    ("status", "state", "seconds"),
    [
        pytest.param({"state": "live", **TIMES, "looks": 16}, "live", 60, id="a look every four seconds"),
        pytest.param({"state": "live", **TIMES, "looks": 2, "unchanged": 14}, "live", 60, id="a still street: most keyframes are passed as unchanged"),
        pytest.param({"state": "stale", **TIMES, "looks": 2}, "stale", 15, id="a camera that was dark in between"),
        pytest.param({"state": "live", "first_look_at": None, "last_look_at": None, "looks": 0}, "live", None, id="no look yet"),
        pytest.param(None, "connecting", None, id="announced, never reported"),
    ],
)
def test_what_the_api_tells_of_a_camera(status: dict[str, Any] | None, state: str, seconds: float | None) -> None:
    seen = camera_seen({"camera_id": "cam1", "status": status})
    assert (seen.state, None if seen.looks is None else seen.looks.seconds) == (state, seconds)
