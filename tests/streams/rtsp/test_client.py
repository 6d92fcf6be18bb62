"""The client's conversation, answer by answer: no sockets, no clock but the test's."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import (
    AuthenticationRefused,
    LoginPaused,
    ProtocolViolation,
    Redirected,
    RequestRefused,
    RtspError,
    SessionForgotten,
    StreamEnded,
    StreamForbidden,
    StreamNotFound,
    StreamsError,
    Unsupported,
)
from streams.media import AccessUnit
from streams.rtp.rtcp import NTP_TO_UNIX, write_sender_report
from streams.rtsp.auth import parse_parameters, verify
from streams.rtsp.client import ClientSession, Step
from streams.rtsp.messages import Headers, Request, Response, parse_message

URL = "rtsp://h/1"
SDP = b"v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Z2QAHqw=,aOvssiw=\r\na=control:track1\r\n"
Fields = Sequence[tuple[str, str]]


class Camera:
    """Answers the session's requests one by one."""

    def __init__(self, credentials: tuple[str, str] | None = None, url: str = URL) -> None:
        self.units: list[AccessUnit] = []
        self.session = ClientSession(url, credentials, self.units.append)
        self.asked: list[Request] = []
        self.take(self.session.start())

    def take(self, data: bytes) -> None:
        while data:
            parsed = parse_message(data)
            assert parsed is not None
            message, taken = parsed
            data = data[taken:]
            if isinstance(message, Request):
                self.asked.append(message)

    @property
    def last(self) -> Request:
        return self.asked[-1]

    def answer(self, status: int = 200, fields: Fields = (), body: bytes = b"", reason: str = "") -> Camera:
        head = Headers((("CSeq", self.last.headers["CSeq"]), *fields))
        self.take(self.session.receive(Response(status, head, body, reason).encode(), 1.0))
        return self

    def until(self, step: Step, *, transport: str = "RTP/AVP/TCP;interleaved=0-1", session: str = "abc;timeout=20") -> Camera:
        """Answers soundly until the session stands at this step."""
        answers = {
            Step.OPTIONS: ((("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER"),), b""),
            Step.DESCRIBE: ((("Content-Base", URL + "/"),), SDP),
            Step.SETUP: ((("Session", session), ("Transport", transport)), b""),
            Step.PLAY: ((), b""),
        }
        while self.session.step is not step:
            fields, body = answers[self.session.step]
            self.answer(200, fields, body)
        return self

    def frame(self, payload: bytes, channel: int = 0, now: float = 2.0) -> None:
        self.take(self.session.receive(bytes((0x24, channel)) + len(payload).to_bytes(2, "big") + payload, now))


def rtp(nal: bytes, sequence: int = 1, ticks: int = 9000, *, marker: bool = True, ssrc: int = 7) -> bytes:
    return pack("!BBHII", 0x80, 96 | (0x80 if marker else 0), sequence, ticks, ssrc) + nal


IDR = bytes((0x65, 0x88)) + bytes(20)


def test_the_whole_conversation() -> None:
    camera = Camera().until(Step.PLAYING)
    assert [(one.method, one.url) for one in camera.asked] == [
        ("OPTIONS", URL),
        ("DESCRIBE", URL),
        ("SETUP", URL + "/track1"),
        ("PLAY", URL + "/"),
    ]
    assert [one.headers["CSeq"] for one in camera.asked] == ["1", "2", "3", "4"]
    assert camera.asked[1].headers["Accept"] == "application/sdp"
    assert "interleaved=0-1" in camera.asked[2].headers["Transport"]
    assert camera.last.headers["Session"] == "abc"
    camera.frame(rtp(IDR))
    assert [unit.keyframe for unit in camera.units] == [True]
    camera.take(camera.session.teardown())
    assert (camera.last.method, camera.last.headers["Session"], camera.session.step) == ("TEARDOWN", "abc", Step.CLOSED)


@pytest.mark.parametrize(
    ("step", "status", "error", "reason"),
    [
        (Step.DESCRIBE, 301, RequestRefused, r"redirects to another address \(301\) and names none"),
        (Step.SETUP, 305, RequestRefused, "redirects"),
        (Step.OPTIONS, 302, RequestRefused, "redirects"),
        (Step.DESCRIBE, 401, AuthenticationRefused, "wants a user name and password"),
        (Step.DESCRIBE, 403, StreamForbidden, "403"),
        (Step.DESCRIBE, 404, StreamNotFound, r"does not know this path \(404\)"),
        (Step.DESCRIBE, 454, StreamNotFound, "454"),
        (Step.SETUP, 404, RequestRefused, "SETUP with 404"),
        (Step.SETUP, 461, Unsupported, "461"),
        (Step.SETUP, 403, StreamForbidden, "403"),
        (Step.SETUP, 453, RequestRefused, "no bandwidth left"),
        (Step.SETUP, 454, SessionForgotten, r"forgotten the session \(454\)"),
        (Step.SETUP, 455, RequestRefused, "SETUP with 455"),
        (Step.DESCRIBE, 455, RequestRefused, "DESCRIBE with 455"),
        (Step.DESCRIBE, 461, Unsupported, "461"),
        (Step.PLAY, 454, SessionForgotten, r"forgotten the session \(454\)"),
        (Step.PLAY, 455, RequestRefused, "PLAY with 455"),
        (Step.PLAY, 461, Unsupported, "461"),
        (Step.PLAY, 503, RequestRefused, "PLAY with 503 Service Unavailable"),
    ],
)
def test_a_refusal_is_an_error_of_its_class(step: Step, status: int, error: type[RtspError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        Camera().until(step).answer(status)


@pytest.mark.parametrize("status", [200, 404, 405, 500, 501])
def test_options_may_be_answered_anyhow(status: int) -> None:
    assert Camera().answer(status).session.step is Step.DESCRIBE


def test_a_reason_is_shown_without_control_characters() -> None:
    with pytest.raises(RequestRefused) as caught:
        Camera().until(Step.PLAY).answer(500, reason="Bad\x1b[2J" + "x" * 200)
    assert str(caught.value) == "the camera answers PLAY with 500 Bad?[2J" + "x" * 53


@pytest.mark.parametrize(
    ("transport", "rtp_channel", "rtcp_channel"),
    [("RTP/AVP/TCP;unicast;interleaved=4-5", 4, 5), ("RTP/AVP/TCP;interleaved=200-201;ssrc=1", 200, 201), ("RTP/AVP/TCP;interleaved=6", 6, 7), ("", 0, 1)],
)
def test_the_camera_chooses_its_channels(transport: str, rtp_channel: int, rtcp_channel: int) -> None:
    camera = Camera().until(Step.PLAYING, transport=transport)
    camera.frame(rtp(IDR), rtp_channel)
    assert len(camera.units) == 1
    assert camera.session.receiver_report(3.0)[1] == rtcp_channel


@pytest.mark.parametrize(
    ("transport", "session", "error"),
    [
        ("RTP/AVP/TCP;interleaved=999-1000", "a", ProtocolViolation),
        ("RTP/AVP/TCP;interleaved=255", "a", ProtocolViolation),
        ("RTP/AVP;unicast;client_port=0-1;server_port=5000-5001", "a", Unsupported),
        ("", "", ProtocolViolation),
        ("", ";timeout=60", ProtocolViolation),
    ],
    ids=["channel 999", "channel 256", "UDP instead", "no session", "a session without a name"],
)
def test_a_setup_that_cannot_be_used(transport: str, session: str, error: type[RtspError]) -> None:
    with pytest.raises(error):
        Camera().until(Step.PLAY, transport=transport, session=session)


@pytest.mark.parametrize(
    ("session", "seconds"),
    [
        ("a;timeout=20", 10.0),
        ("a ; timeout = 4", 2.0),
        ("a", 30.0),
        ("a;timeout=0", 30.0),
        ("a;timeout=7200", 30.0),
        ("a;timeout=x", 30.0),
        ("a;timeout=1", 0.5),
    ],
)
def test_keep_alives_come_twice_in_the_servers_time(session: str, seconds: float) -> None:
    camera = Camera().until(Step.PLAYING, session=session)
    assert camera.session.keep_alive_seconds == seconds
    assert camera.session.session_id == "a"


class TestKeepAlive:
    def test_get_parameter_where_the_camera_knows_it(self) -> None:
        camera = Camera().until(Step.PLAYING)
        camera.take(camera.session.keep_alive())
        assert (camera.last.method, camera.last.headers["Session"]) == ("GET_PARAMETER", "abc")

    @pytest.mark.parametrize("status", [400, 405, 501, 551])
    def test_a_refused_one_is_asked_another_way(self, status: int) -> None:
        camera = Camera().until(Step.PLAYING)
        camera.take(camera.session.keep_alive())
        camera.answer(status)
        camera.take(camera.session.keep_alive())
        assert camera.last.method == "OPTIONS"
        assert camera.session.step is Step.PLAYING

    def test_a_forgotten_session_is_an_error(self) -> None:
        camera = Camera().until(Step.PLAYING)
        camera.take(camera.session.keep_alive())
        with pytest.raises(RequestRefused, match="454"):
            camera.answer(454)

    def test_a_camera_that_never_answers_them_is_read_on(self) -> None:
        camera = Camera().until(Step.PLAYING)
        for _ in range(1000):
            camera.take(camera.session.keep_alive())
        camera.frame(rtp(IDR))
        assert len(camera.units) == 1


CHALLENGE = ("WWW-Authenticate", 'Digest realm="r", nonce="n1", qop="auth"')


class TestAuthentication:
    def proves(self, request: Request, nonce: str = "n1") -> bool:
        return verify(request.headers.get("Authorization", ""), request.method, username="u", password="p", realm="r", nonce=nonce)

    def test_the_password_is_sent_only_to_a_challenge_and_then_always(self) -> None:
        camera = Camera(("u", "p"))
        assert "Authorization" not in camera.last.headers
        camera.answer().answer(401, [CHALLENGE])
        assert camera.last.method == "DESCRIBE"
        assert camera.last.headers["Accept"] == "application/sdp"
        assert not camera.session.password_proved
        camera.until(Step.PLAYING)
        assert camera.session.password_proved
        assert all(self.proves(request) for request in camera.asked[2:])
        assert parse_parameters(camera.last.headers["Authorization"])["nc"] == "00000003"

    def test_a_second_refusal_is_the_end(self) -> None:
        camera = Camera(("u", "p")).answer().answer(401, [CHALLENGE])
        with pytest.raises(AuthenticationRefused, match="does not accept"):
            camera.answer(401, [CHALLENGE])
        assert len([one for one in camera.asked if "Authorization" in one.headers]) == 1

    def test_a_stale_nonce_is_answered_anew_once(self) -> None:
        camera = Camera(("u", "p")).answer().answer(401, [CHALLENGE])
        stale = ("WWW-Authenticate", 'Digest realm="r", nonce="n2", qop="auth", stale=TRUE')
        camera.answer(401, [stale])
        assert self.proves(camera.last, "n2")
        with pytest.raises(AuthenticationRefused):
            camera.answer(401, [stale])
        assert len([one for one in camera.asked if "Authorization" in one.headers]) == 2

    def test_a_new_nonce_for_each_request_is_followed(self) -> None:
        camera = Camera(("u", "p")).answer().answer(401, [CHALLENGE]).until(Step.SETUP)
        camera.answer(401, [("WWW-Authenticate", 'Digest realm="r", nonce="n2"')])
        assert (camera.last.method, "interleaved" in camera.last.headers["Transport"]) == ("SETUP", True)
        assert self.proves(camera.last, "n2")
        camera.until(Step.PLAYING)

    @pytest.mark.parametrize("field", ['Bearer realm="r"', 'Digest realm="r", nonce="n", qop="auth-int"', ""])
    def test_an_unknown_kind_is_never_tried(self, field: str) -> None:
        with pytest.raises(AuthenticationRefused, match="not known here"):
            Camera(("u", "p")).answer().answer(401, [("WWW-Authenticate", field)])

    def test_a_refused_keep_alive_is_not_tried_again_and_again(self) -> None:
        camera = Camera(("u", "p")).answer().answer(401, [CHALLENGE]).until(Step.PLAYING)
        camera.take(camera.session.keep_alive())
        camera.answer(401, [CHALLENGE])  # a new nonce is answered once
        camera.answer(401, [CHALLENGE])
        before = len(camera.asked)
        for _ in range(5):
            camera.take(camera.session.keep_alive())
        assert len(camera.asked) == before
        camera.frame(rtp(IDR))
        assert len(camera.units) == 1

    def test_a_login_waits_until_it_may(self) -> None:
        camera = Camera(("u", "p"))
        may = [False]
        camera.session.may_log_in = lambda: may[0]
        camera.answer().answer(401, [CHALLENGE])
        assert camera.session.awaits_login
        assert camera.session.log_in() == b""
        may[0] = True
        camera.take(camera.session.log_in())
        assert not camera.session.awaits_login
        assert self.proves(camera.last)

    def test_a_login_that_is_paused_is_not_tried(self) -> None:
        def refuse() -> bool:
            raise LoginPaused("not yet")

        camera = Camera(("u", "p")).answer()
        camera.session.may_log_in = refuse
        with pytest.raises(LoginPaused):
            camera.answer(401, [CHALLENGE])

    def test_nothing_shows_the_password(self) -> None:
        camera = Camera(("u", "secretword")).answer().answer(401, [("WWW-Authenticate", 'Basic realm="r"')])
        assert "Basic" in camera.last.headers["Authorization"]
        with pytest.raises(AuthenticationRefused) as caught:
            camera.answer(401, [("WWW-Authenticate", 'Basic realm="r"')])
        for text in (str(caught.value), repr(camera.session), repr(camera.last), repr(camera.session.__dict__["_credentials"])):
            assert "secretword" not in text


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


def test_goodbye_ends_the_stream_it_names() -> None:
    camera = Camera().until(Step.PLAYING)
    camera.frame(rtp(IDR))
    camera.frame(bytes.fromhex("81cb000100000009"), 1)  # another source's
    with pytest.raises(StreamEnded, match=r"RTCP BYE\): night"):
        camera.frame(bytes.fromhex("81cb000300000007") + b"\x05night\x00\x00", 1)


class TestRedirects:
    @pytest.mark.parametrize("step", [Step.OPTIONS, Step.DESCRIBE, Step.SETUP, Step.PLAY])
    @pytest.mark.parametrize("status", [301, 302, 303, 305, 307])
    def test_it_says_where_to(self, step: Step, status: int) -> None:
        with pytest.raises(Redirected) as caught:
            Camera().until(step).answer(status, [("Location", "rtsp://u:topsecret@other/1")])
        assert caught.value.location == "rtsp://u:topsecret@other/1"
        assert "topsecret" not in str(caught.value)


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


def test_audio_that_comes_unasked_is_no_garbage() -> None:
    camera = Camera().until(Step.PLAYING, transport="RTP/AVP/TCP;interleaved=200-201")
    for channel in (202, 203, 2, 3):
        camera.frame(rtp(IDR, 1, ssrc=99), channel)
    camera.frame(rtp(IDR), 200)
    assert (len(camera.units), camera.session.garbage_bytes, camera.session.video.drops if camera.session.video else None) == (1, 0, {})


@pytest.mark.parametrize("sequence", ["", "0", "99", "x", "²"])
def test_an_answer_without_its_number_is_taken_where_only_one_is_awaited(sequence: str) -> None:
    camera = Camera()
    field = f"CSeq: {sequence}\r\n" if sequence else ""
    camera.take(camera.session.receive(f"RTSP/1.0 200 OK\r\n{field}\r\n".encode(), 1.0))
    assert camera.session.step is Step.DESCRIBE


def test_an_answer_that_came_before_is_not_taken_for_the_next_one() -> None:
    camera = Camera().until(Step.SETUP)
    camera.take(camera.session.receive(b"RTSP/1.0 404 Not Found\r\nCSeq: 2\r\n\r\n", 1.0))
    assert camera.session.step is Step.SETUP
    camera.until(Step.PLAYING)


def test_spaces_in_the_cameras_own_addresses_do_not_break_the_request() -> None:
    camera = Camera().until(Step.DESCRIBE)
    camera.answer(200, [("Content-Base", "rtsp://h/a b/")], SDP)
    assert camera.last.url == "rtsp://h/a%20b/track1"


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


parts = st.one_of(
    st.binary(max_size=80),
    st.builds(
        lambda status, number, fields, body: Response(status, Headers((("CSeq", str(number)), *fields)), body).encode(),
        st.sampled_from([200, 200, 200, 302, 401, 454]),
        st.integers(1, 6),
        st.lists(
            st.one_of(
                st.tuples(
                    st.sampled_from(["Session", "Transport", "Public", "Content-Base", "WWW-Authenticate", "X"]), st.text('a;=/:"0 5-\\,é\t', max_size=20)
                ),
                st.sampled_from([("Session", "a"), ("Transport", "RTP/AVP/TCP;interleaved=0-1"), CHALLENGE]),
            ),
            max_size=4,
        ).map(tuple),
        st.one_of(st.just(SDP), st.binary(max_size=60)),
    ),
    st.builds(lambda channel, body: bytes((0x24, channel)) + len(body).to_bytes(2, "big") + body, st.integers(0, 3), st.binary(max_size=60)),
    st.builds(rtp, st.binary(min_size=1, max_size=40), st.integers(0, 65535), st.integers(0, 2**32 - 1), ssrc=st.integers(6, 8)).map(
        lambda packet: b"$\x00" + len(packet).to_bytes(2, "big") + packet
    ),
)


@settings(max_examples=300)
@given(st.lists(parts, max_size=12))
def test_whatever_a_camera_sends_only_its_own_session_fails(sent: list[bytes]) -> None:
    session = ClientSession(URL, ("u", "p"), lambda unit: None)
    session.start()
    try:
        for data in sent:
            session.receive(data, 1.0)
            session.receiver_report(2.0)
            if session.step is Step.PLAYING:
                session.keep_alive()
        session.teardown()
    except StreamsError:
        pass
