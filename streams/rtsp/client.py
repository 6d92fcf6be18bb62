"""The client's conversation with a camera as a state machine: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. No I/O.

`receive` takes bytes of the connection and returns the bytes to send back; video comes out through the depacketiser as access units.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from enum import StrEnum

from streams.errors import AuthenticationRefused, ProtocolViolation, RequestRefused, StreamNotFound, Unsupported
from streams.media import AccessUnit, Codec
from streams.rtp.receiver import VideoReceiver
from streams.rtp.rtcp import SenderReport, parse_sender_report, write_receiver_report
from streams.rtsp.auth import Credentials, parse_challenges
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import Headers, Request, Response
from streams.rtsp.sdp import Description, control_url, parse_description

USER_AGENT = "curbwatch"
DEFAULT_SESSION_TIMEOUT_SECONDS = 60.0
MAX_AUTHENTICATION_TRIES = 1
"""Answers to a challenge per request; a second challenge that is not `stale` is a refusal, since cameras lock accounts."""


class Step(StrEnum):
    """Where the conversation stands: the request that is under way, or playing."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "playing"
    CLOSED = "closed"


class ClientSession:
    """One session with one camera over one connection."""

    def __init__(self, url: str, credentials: tuple[str, str] | None, on_unit: Callable[[AccessUnit], None]) -> None:
        self._url = url
        self._credentials = None if credentials is None else Credentials(*credentials)
        self._on_unit = on_unit
        self._framer = Framer(self._frame, self._message)
        self._out = bytearray()
        self._sequence = 0
        self._pending: dict[int, tuple[str, str, int]] = {}
        self._base = url
        self._now = 0.0
        self._channels = (0, 1)
        self._report: SenderReport | None = None
        self._report_seconds = 0.0
        self._ssrc = random.randrange(1 << 32)
        self.step = Step.OPTIONS
        self.session_id: str | None = None
        self.session_timeout_seconds = DEFAULT_SESSION_TIMEOUT_SECONDS
        self.methods: frozenset[str] = frozenset()
        self.server: str | None = None
        self.description: Description | None = None
        self.video: VideoReceiver | None = None
        self.clock_offset_seconds: float | None = None
        self.unix_now: Callable[[], float] | None = None
        """The worker's wall clock, for the camera's clock offset; set by the edge."""

    @property
    def codec(self) -> Codec | None:
        """The codec of the video, once described."""
        return None if self.description is None else self.description.video.codec

    def start(self) -> bytes:
        """The first request."""
        self._ask("OPTIONS", self._url)
        return self._flush()

    def receive(self, data: bytes, now_seconds: float) -> bytes:
        """Takes bytes that arrived and returns what is to be sent.

        Raises:
            RtspError: the camera refuses, offers nothing readable, or speaks no RTSP.
        """
        self._now = now_seconds
        self._framer.feed(data)
        return self._flush()

    def keep_alive(self) -> bytes:
        """A request that keeps the session: GET_PARAMETER where the camera knows it, else OPTIONS."""
        self._ask("GET_PARAMETER" if "GET_PARAMETER" in self.methods else "OPTIONS", self._base, session=True)
        return self._flush()

    def receiver_report(self, now_seconds: float) -> bytes:
        """An interleaved receiver report, or nothing before there is video."""
        video = self.video
        if video is None or video.ssrc is None:
            return b""
        since = now_seconds - self._report_seconds if self._report else 0.0
        body = write_receiver_report(self._ssrc, video.ssrc, highest=video.highest, lost=video.lost, report=self._report, delay_seconds=since)
        return bytes((0x24, self._channels[1])) + len(body).to_bytes(2, "big") + body

    def teardown(self) -> bytes:
        """Takes leave."""
        if self.session_id is None:
            return b""
        self._ask("TEARDOWN", self._base, session=True)
        self.step = Step.CLOSED
        return self._flush()

    @property
    def garbage_bytes(self) -> int:
        """Bytes of the connection that were neither RTP nor RTSP."""
        return self._framer.garbage_bytes

    def _flush(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _ask(self, method: str, url: str, *, session: bool = False, tries: int = 0, extra: tuple[tuple[str, str], ...] = ()) -> None:
        self._sequence += 1
        fields = [("CSeq", str(self._sequence)), ("User-Agent", USER_AGENT), *extra]
        if session and self.session_id:
            fields.append(("Session", self.session_id))
        if self._credentials is not None:
            answer = self._credentials.header(method, url)
            if answer is not None:
                fields.append(("Authorization", answer))
        if len(self._pending) > 32:
            raise ProtocolViolation("the camera leaves 32 requests unanswered")
        self._pending[self._sequence] = (method, url, tries)
        self._out += Request(method, url, Headers(tuple(fields))).encode()

    def _frame(self, channel: int, payload: memoryview) -> None:
        if channel == self._channels[0]:
            if self.video is not None:
                self.video.packet(payload, self._now)
        elif channel == self._channels[1]:
            report = parse_sender_report(payload)
            if report is not None and self.video is not None and report.ssrc == self.video.ssrc:
                self._report, self._report_seconds = report, self._now
                self.video.sender_report(report.unix_seconds, report.ticks)
                if self.unix_now is not None:
                    self.clock_offset_seconds = report.unix_seconds - self.unix_now()

    def _message(self, message: Request | Response) -> None:
        if isinstance(message, Request):  # a server may ask too; it is told that nothing of it is known here
            fields = (("CSeq", message.headers.get("CSeq", "0")),)
            self._out += Response(200 if message.method in ("OPTIONS", "ANNOUNCE") else 501, Headers(fields)).encode()
            return
        text = message.headers.get("CSeq", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None and len(self._pending) == 1:
            number = next(iter(self._pending))  # servers that forget the CSeq exist
        asked = self._pending.pop(number, None) if number is not None else None
        if asked is not None:
            self._answer(message, *asked)

    def _answer(self, answer: Response, method: str, url: str, tries: int) -> None:
        if answer.status == 401:
            self._authenticate(answer, method, url, tries)
            return
        if answer.status in (301, 302) and method in ("DESCRIBE", "SETUP"):
            raise RequestRefused("the camera redirects to another address; put that address into the camera list")
        if self.step is Step.PLAYING or self.step is Step.CLOSED:
            if answer.status == 454:
                raise RequestRefused("the camera has forgotten the session (454)")
            return  # the answer to a keep-alive: any other refusal of one is no reason to stop reading
        if method == "OPTIONS":
            self._after_options(answer)
        elif answer.status != 200:
            self._refused(answer, method)
        elif method == "DESCRIBE":
            self._after_describe(answer, url)
        elif method == "SETUP":
            self._after_setup(answer)
        elif method == "PLAY":
            self.step = Step.PLAYING

    def _authenticate(self, answer: Response, method: str, url: str, tries: int) -> None:
        challenges = parse_challenges(answer.headers.all("WWW-Authenticate"))
        if self._credentials is None:
            raise AuthenticationRefused("the camera wants a user name and password (401); put them into its address")
        if not challenges:
            raise AuthenticationRefused("the camera wants a kind of authentication that is not known here (401)")
        if tries >= MAX_AUTHENTICATION_TRIES and not (challenges[0].stale and tries < 3):
            raise AuthenticationRefused("the camera does not accept the user name and password (401)")
        self._credentials.challenge = challenges[0]
        extra = (("Accept", "application/sdp"),) if method == "DESCRIBE" else (("Transport", self._transport),) if method == "SETUP" else ()
        self._ask(method, url, session=True, tries=tries + 1, extra=extra)

    def _refused(self, answer: Response, method: str) -> None:
        if answer.status in (404, 454) and method == "DESCRIBE":
            raise StreamNotFound("the camera does not know this path (404); check the end of its address")
        if answer.status == 403:
            raise AuthenticationRefused("the camera forbids this stream to this user (403)")
        if answer.status == 461:
            raise Unsupported("the camera does not send over TCP (461)")
        raise RequestRefused(f"the camera answers {method} with {answer.status} {answer.reason[:60]}".rstrip())

    def _after_options(self, answer: Response) -> None:
        public = answer.headers.get("Public", "")
        self.methods = frozenset(word.strip().upper() for word in public.split(",") if word.strip())
        self.server = answer.headers.get("Server", None)
        self.step = Step.DESCRIBE
        self._ask("DESCRIBE", self._url, extra=(("Accept", "application/sdp"),))

    def _after_describe(self, answer: Response, url: str) -> None:
        self.description = parse_description(answer.body.decode("utf-8", "replace"))
        video = self.description.video
        if video.has_don:
            raise Unsupported("the camera sends H.265 with decoding order numbers, which this reader does not take")
        self._base = answer.headers.get("Content-Base") or answer.headers.get("Content-Location") or url
        if not self._base.lower().startswith("rtsp"):
            self._base = url
        self.video = VideoReceiver(video.codec, video.payload_type, video.parameter_sets, self._on_unit)
        self.step = Step.SETUP
        track = control_url(self._base, self.description.control if self.description.control.startswith("rtsp") else "", video.control)
        self._ask("SETUP", track, extra=(("Transport", self._transport),))

    @property
    def _transport(self) -> str:
        return "RTP/AVP/TCP;unicast;interleaved=0-1"

    def _after_setup(self, answer: Response) -> None:
        session = answer.headers.get("Session", "")
        self.session_id, _, parameters = session.partition(";")
        if not self.session_id:
            raise ProtocolViolation("the camera answers SETUP without a session")
        timeout = re.search(r"timeout\s*=\s*(\d{1,5})", parameters)
        if timeout:
            self.session_timeout_seconds = max(5.0, float(timeout[1]))
        channels = re.search(r"interleaved\s*=\s*(\d{1,3})(?:-(\d{1,3}))?", answer.headers.get("Transport", ""))
        if channels:
            first = int(channels[1])
            self._channels = (first, int(channels[2]) if channels[2] else first + 1)
        self.step = Step.PLAY
        description = self.description
        aggregate = description is not None and description.control.lower().startswith("rtsp")
        target = description.control if aggregate and description is not None else self._base
        self._ask("PLAY", target, session=True, extra=(("Range", "npt=0.000-"),))
