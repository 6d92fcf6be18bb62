"""The client's conversation, answer by answer: no sockets, no clock but the test's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import (
    AuthenticationRefused,
    ProtocolViolation,
    Redirected,
    RequestRefused,
    RtspError,
    SessionForgotten,
    StreamForbidden,
    StreamNotFound,
    StreamsError,
    Unsupported,
)
from streams.rtsp.client import ClientSession, Step
from streams.rtsp.messages import Headers, Response
from tests.streams.rtsp.camera import CHALLENGE, IDR, SDP, URL, Camera, rtp


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


class TestRedirects:
    @pytest.mark.parametrize("step", [Step.OPTIONS, Step.DESCRIBE, Step.SETUP, Step.PLAY])
    @pytest.mark.parametrize("status", [301, 302, 303, 305, 307])
    def test_it_says_where_to(self, step: Step, status: int) -> None:
        with pytest.raises(Redirected) as caught:
            Camera().until(step).answer(status, [("Location", "rtsp://u:topsecret@other/1")])
        assert caught.value.location == "rtsp://u:topsecret@other/1"
        assert "topsecret" not in str(caught.value)


def test_audio_that_comes_unasked_is_no_garbage() -> None:
    camera = Camera().until(Step.PLAYING, transport="RTP/AVP/TCP;interleaved=200-201")
    for channel in (202, 203, 2, 3):
        camera.frame(rtp(IDR, 1, ssrc=99), channel)
    camera.frame(rtp(IDR), 200)
    assert (len(camera.units), camera.session.garbage_bytes, camera.session.video.drops if camera.session.video else None) == (1, 0, {})


def test_spaces_in_the_cameras_own_addresses_do_not_break_the_request() -> None:
    camera = Camera().until(Step.DESCRIBE)
    camera.answer(200, [("Content-Base", "rtsp://h/a b/")], SDP)
    assert camera.last.url == "rtsp://h/a%20b/track1"


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
