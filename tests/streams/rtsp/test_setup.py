"""How a track is set up: transports and forms of asking, each tried once."""

from __future__ import annotations

import pytest

from streams.errors import (
    RequestRefused,
    StreamEnded,
    Unsupported,
)
from streams.rtsp.client import ClientSession, Step
from tests.streams.rtsp.camera import IDR, SDP, URL, Camera, rtp


class TestTransport:
    def udp(self, **options: object) -> Camera:
        camera = Camera()
        camera.session = ClientSession(URL, None, camera.units.append, **options)  # type: ignore[arg-type]
        camera.asked.clear()
        camera.take(camera.session.start())
        return camera

    def test_over_udp_packets_come_by_themselves(self) -> None:
        granted: list[tuple[int, int] | None] = []
        camera = self.udp(udp_ports=(5000, 5001)).until(Step.SETUP)
        camera.session.on_granted = lambda: granted.append(camera.session.server_ports)
        assert camera.last.headers["Transport"] == "RTP/AVP;unicast;client_port=5000-5001"
        camera.until(Step.PLAYING, transport="RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;source=10.0.0.9")
        assert (camera.session.transport, camera.session.source, granted) == ("udp", "10.0.0.9", [(6000, 6001)])
        packets = [rtp(IDR, 1), rtp(IDR, 2, 18000)]
        camera.session.datagrams(memoryview(b"".join(packets)), 2 * len(packets[0]), len(packets[0]), 2.0)
        assert len(camera.units) == 2
        report = camera.session.receiver_report(3.0)
        assert report[:2] == b"\x81\xc9", "no frame around it"
        with pytest.raises(StreamEnded):
            camera.session.rtcp(memoryview(bytes.fromhex("81cb000100000007")), 3.0)

    @pytest.mark.parametrize(
        ("first", "then", "transport"),
        [({}, "client_port=5000-5001", "udp"), ({"udp_first": True}, "interleaved=0-1", "tcp")],
        ids=["a camera without TCP", "a camera without UDP"],
    )
    def test_461_leads_to_the_other_one_in_the_same_session(self, first: dict[str, object], then: str, transport: str) -> None:
        camera = self.udp(**first)
        camera.session.open_udp = lambda: (5000, 5001)
        camera.until(Step.SETUP)
        before = camera.last.headers["Transport"]
        camera.answer(461)
        assert (camera.last.method, camera.session.step) == ("SETUP", Step.SETUP)
        assert then in camera.last.headers["Transport"]
        assert then not in before
        camera.until(Step.PLAYING, transport=camera.last.headers["Transport"])
        assert camera.session.transport == transport

    def test_461_to_both_is_the_end(self) -> None:
        camera = self.udp()
        camera.session.open_udp = lambda: (5000, 5001)
        camera.until(Step.SETUP).answer(461)
        with pytest.raises(Unsupported, match="not send over TCP nor over UDP"):
            camera.answer(461)

    def test_400_to_tcp_leads_to_udp_with_every_form_of_the_track(self) -> None:
        camera = Camera(url="rtsp://h/1?channel=2")
        camera.session.open_udp = lambda: (5000, 5001)
        camera.until(Step.DESCRIBE).answer(200, [("Content-Base", "rtsp://h/1?channel=2/")], SDP)
        first = camera.last.url
        for _ in range(3):
            assert "interleaved" in camera.last.headers["Transport"]
            camera.answer(400)
        assert "client_port=5000-5001" in camera.last.headers["Transport"]
        assert camera.last.url == first
        for _ in range(2):
            camera.answer(400)
        with pytest.raises(RequestRefused, match="SETUP with 400"):
            camera.answer(400)

    def test_a_camera_that_grants_the_other_one_unasked(self) -> None:
        camera = self.udp()
        camera.session.open_udp = lambda: (5000, 5001)
        camera.until(Step.SETUP)
        camera.answer(200, [("Session", "a"), ("Transport", "RTP/AVP;unicast;client_port=1-2;server_port=6000-6001")])
        assert "client_port=5000-5001" in camera.last.headers["Transport"]
        camera.answer(200, [("Session", "a"), ("Transport", "RTP/AVP/TCP;interleaved=2-3")]).answer()
        assert (camera.session.step, camera.session.transport) == (Step.PLAYING, "tcp")

    def test_no_free_ports_are_no_crash(self) -> None:
        def none() -> tuple[int, int]:
            raise OSError("no free pair")

        camera = self.udp()
        camera.session.open_udp = none
        with pytest.raises(Unsupported, match="461"):
            camera.until(Step.SETUP).answer(461)


class TestForms:
    """Requests that a camera refuses are asked in another form, each once."""

    def test_the_track_behind_the_query_then_before_it(self) -> None:
        camera = Camera(url="rtsp://h/1?channel=2").until(Step.DESCRIBE)
        camera.answer(200, [("Content-Base", "rtsp://h/1?channel=2/")], SDP)
        tried = [camera.last.url]
        for status in (404, 400):
            camera.answer(status)
            tried.append(camera.last.url)
        assert tried == ["rtsp://h/1?channel=2/track1", "rtsp://h/1/track1?channel=2", "rtsp://h/1/track1"]
        with pytest.raises(RequestRefused, match="SETUP with 404"):
            camera.answer(404)

    def test_play_without_a_range_and_without_an_aggregate(self) -> None:
        camera = Camera().until(Step.PLAY)
        camera.answer(457)
        assert (camera.last.method, camera.last.url, "Range" in camera.last.headers) == ("PLAY", URL + "/", False)
        camera.answer(459)
        assert (camera.last.method, camera.last.url) == ("PLAY", URL + "/track1")
        assert camera.answer().session.step is Step.PLAYING

    def test_an_unanswered_keep_alive_is_followed_by_the_other_kind(self) -> None:
        camera = Camera().until(Step.PLAYING)
        asked = []
        for _ in range(4):
            camera.take(camera.session.keep_alive())
            asked.append(camera.last.method)
        assert asked == ["GET_PARAMETER", "OPTIONS", "GET_PARAMETER", "OPTIONS"]
