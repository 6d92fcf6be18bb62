"""What a camera asks and says of itself: it moves, it ends its stream."""

from __future__ import annotations

import pytest

from streams.errors import (
    StreamEnded,
)
from streams.rtsp.client import Step
from tests.streams.rtsp.camera import Camera


def test_a_cameras_own_requests_are_answered() -> None:
    camera = Camera().until(Step.PLAYING)
    out = camera.session.receive(b"OPTIONS rtsp://h RTSP/1.0\r\nCSeq: 77\r\n\r\n" + b"PAUSE rtsp://h RTSP/1.0\r\nCSeq: 78\r\n\r\n", 1.0)
    assert out == b"RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\nRTSP/1.0 501 Not Implemented\r\nCSeq: 78\r\n\r\n"


def test_a_camera_that_moves_is_answered_and_says_where_to() -> None:
    camera = Camera().until(Step.PLAYING)
    out = camera.session.receive(b"REDIRECT rtsp://h RTSP/1.0\r\nCSeq: 5\r\nLocation: rtsp://other/1\r\n\r\n", 1.0)
    assert out == b"RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n"
    assert camera.session.moved_to == "rtsp://other/1"


@pytest.mark.parametrize(
    "request_",
    [
        b"TEARDOWN rtsp://h RTSP/1.0\r\nCSeq: 5\r\n\r\n",
        b"REDIRECT rtsp://h RTSP/1.0\r\nCSeq: 5\r\n\r\n",
        b"ANNOUNCE rtsp://h RTSP/1.0\r\nCSeq: 5\r\nX-Notice: 2101 End-of-Stream Reached\r\n\r\n",
    ],
    ids=["teardown", "redirect to nowhere", "notice"],
)
def test_a_camera_may_end_its_stream(request_: bytes) -> None:
    with pytest.raises(StreamEnded):
        Camera().until(Step.PLAYING).session.receive(request_, 1.0)
