"""What a worker tells of a camera, as the case API takes it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from api.shapes import CameraStatus as Taken
from detector.fleet.spec import WatchedCamera
from detector.worker.report import camera_status
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import whole_view
from streams.camera import CameraState, CameraStatus
from streams.media import Codec


def watched() -> Watched:
    return Watched.of(WatchedCamera("gate-1", "rtsp://admin:secret@192.0.2.7/1"), load_catalogue(), whole_view("gate-1"))


def test_how_a_camera_is_read_arrives_at_the_api() -> None:
    now = time.monotonic()
    status = CameraStatus(
        "gate-1", CameraState.LIVE, None, now - 60, now - 0.5, 1500, 30, 2, {"gap": 3}, 1, 10_000_000, Codec.H265, 2.0, -0.25,
        reader="libav", reader_reason="the camera offers nothing but MP2T", transport="udp", encrypted=True, verified=True, clock_drift_ppm=12.345,
        decoded_whole=True, main_open=True,
    )  # fmt: skip
    taken = Taken.model_validate(camera_status(watched(), status, 0.2, now))
    assert (taken.reader, taken.reader_reason, taken.transport) == ("libav", "the camera offers nothing but MP2T", "udp")
    assert (taken.encrypted, taken.verified, taken.decoded_whole, taken.main_open) == (True, True, True, True)
    assert taken.clock_drift_ppm == 12.3


def test_of_a_camera_that_is_not_read_yet_nothing_is_told() -> None:
    taken = Taken.model_validate(camera_status(watched(), None, 0.0, time.monotonic()))
    assert (taken.state, taken.reader, taken.encrypted, taken.transport) == ("connecting", None, None, None)


def told_of(state: CameraState, age: float | None) -> Taken:
    now = time.monotonic()
    last = None if age is None else now - age
    status = CameraStatus("gate-1", state, None, now - 60, last, 1500, 30, 0, {}, 0, 10_000_000, Codec.H264, 2.0, 0.0)
    return Taken.model_validate(camera_status(watched(), status, 0.0, now))


@pytest.mark.parametrize(
    ("state", "age", "faults"),
    [
        (CameraState.LIVE, 1.0, []), (CameraState.LIVE, 6.0, ["lost"]), (CameraState.STALE, 30.0, ["lost"]), (CameraState.CONNECTING, None, []),
        (CameraState.REFUSED, None, []),
    ],
    ids=["live", "no picture for six seconds", "stale", "it has not begun", "it was refused: that says it all"],
)  # fmt: skip
def test_a_picture_that_does_not_come_is_lost(state: CameraState, age: float | None, faults: list[str]) -> None:
    assert told_of(state, age).faults == faults


def test_where_a_camera_looks_and_what_is_wrong_with_its_picture_arrives_at_the_api() -> None:
    one = watched()
    for number in range(5):
        one.sight.glance(np.full((36, 64), 3, np.uint8), 4.0 * number, measured=False)
    taken = Taken.model_validate(camera_status(one, None, 0.0, time.monotonic()))
    assert (taken.view_id, taken.view_state, taken.paused, taken.faults) == ("main", "unmeasured", "dark", ["dark"])
    assert (taken.brightness, taken.contrast, taken.withheld) == (3.0, 0.0, 0)
