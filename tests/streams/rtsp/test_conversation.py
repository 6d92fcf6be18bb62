"""Numbers and logins of a conversation: which answer belongs to which request, and when a password is sent."""

from __future__ import annotations

import pytest

from streams.errors import (
    AuthenticationRefused,
    LoginPaused,
)
from streams.rtsp.auth import parse_parameters, verify
from streams.rtsp.client import Step
from streams.rtsp.messages import Request
from tests.streams.rtsp.camera import CHALLENGE, IDR, Camera, rtp


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
