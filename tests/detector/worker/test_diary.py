"""The worker's own words: what is new, once; and sums each minute."""

from __future__ import annotations

import logging

import pytest

from detector.fleet.spec import WatchedCamera
from detector.worker.diary import Diary
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import whole_view
from streams.camera import CameraState, CameraStatus
from streams.media import Codec


def status(state: CameraState) -> CameraStatus:
    return CameraStatus("c1", state, None, 0.0, None, 0, 0, 0, {}, 0, 0, Codec.H265, None, None)


def test_a_camera_is_told_live_once_and_again_after_a_break(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = {"c1": Watched.of(WatchedCamera("c1", "x"), load_catalogue(), whole_view("c1"))}
    diary = Diary(0.0)
    for second, state in enumerate((CameraState.CONNECTING, CameraState.LIVE, CameraState.LIVE, CameraState.STALE, CameraState.LIVE)):
        diary.tell({"c1": status(state)}, watched, float(second))
    assert [record.message for record in caplog.records] == ["camera c1 is live (H.265)"] * 2


def test_sums_come_after_ten_seconds_and_then_each_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    watched = {"c1": Watched.of(WatchedCamera("c1", "x"), load_catalogue(), whole_view("c1"))}
    diary = Diary(0.0)
    for second in range(131):
        watched["c1"].looks += 1
        diary.tell({"c1": status(CameraState.STALE)}, watched, float(second))
    sums = [record.message for record in caplog.records]
    assert [line.split("; ")[1] for line in sums] == [f"{count} looks and 0 unchanged since the last line" for count in (11, 60, 60)]
    assert sums[0].startswith("0 of 1 cameras live")
    assert "in view: nothing known" in sums[0]
