"""RTCP in a session: the camera's clock from its reports, and its goodbye."""

from __future__ import annotations

import pytest

from streams.errors import (
    StreamEnded,
)
from streams.rtp.rtcp import NTP_TO_UNIX, write_sender_report
from streams.rtsp.client import Step
from tests.streams.rtsp.camera import IDR, Camera, rtp


def test_goodbye_ends_the_stream_it_names() -> None:
    camera = Camera().until(Step.PLAYING)
    camera.frame(rtp(IDR))
    camera.frame(bytes.fromhex("81cb000100000009"), 1)  # another source's
    with pytest.raises(StreamEnded, match=r"RTCP BYE\): night"):
        camera.frame(bytes.fromhex("81cb000300000007") + b"\x05night\x00\x00", 1)


def test_the_cameras_clock_is_known_from_its_report() -> None:
    camera = Camera().until(Step.PLAYING)
    camera.session.unix_now = lambda: 1000.0
    camera.frame(rtp(IDR, 1, 9000))
    camera.frame(write_sender_report(7, 1060.0, 9000, 1, 1), 1)
    camera.frame(rtp(IDR, 2, 9000 + 45_000))
    assert camera.session.clock_offset_seconds == pytest.approx(60.0)
    assert camera.units[-1].camera_unix_seconds == pytest.approx(1060.5)


def test_a_report_before_the_first_packet_is_kept_for_it() -> None:
    camera = Camera().until(Step.PLAYING)
    camera.session.unix_now = lambda: 1000.0
    camera.frame(write_sender_report(7, 1060.0, 9000, 1, 1), 1)
    assert camera.session.clock_offset_seconds == pytest.approx(60.0)
    camera.frame(rtp(IDR, 1, 9000))
    camera.session.receiver_report(3.0)
    camera.frame(rtp(IDR, 2, 9000 + 45_000))
    assert camera.units[-1].camera_unix_seconds == pytest.approx(1060.5)


def test_an_early_report_of_another_source_is_forgotten() -> None:
    camera = Camera().until(Step.PLAYING)
    camera.session.unix_now = lambda: 1000.0
    camera.frame(write_sender_report(8, 1060.0, 9000, 1, 1), 1)
    camera.frame(rtp(IDR, 1, 9000))
    camera.session.receiver_report(3.0)
    assert camera.session.clock_offset_seconds is None


@pytest.mark.parametrize("report", [b"", b"\x80\xc8", write_sender_report(8, 1060.0, 1, 1, 1), write_sender_report(7, -NTP_TO_UNIX, 1, 1, 1)])
def test_a_report_of_nothing_is_no_clock(report: bytes) -> None:
    camera = Camera().until(Step.PLAYING)
    camera.session.unix_now = lambda: 1000.0
    camera.frame(rtp(IDR))
    camera.frame(report + bytes(8 if not report else 0), 1)
    assert camera.session.clock_offset_seconds is None
