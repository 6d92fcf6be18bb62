"""A camera that answers a session request by request, for the tests of the conversation: no sockets, no clock but the test's."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from streams.media import AccessUnit
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


CHALLENGE = ("WWW-Authenticate", 'Digest realm="r", nonce="n1", qop="auth"')
