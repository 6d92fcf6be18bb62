"""The client's conversation with a camera as a state machine: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. No I/O.

`receive` takes bytes of the connection and returns the bytes to send back; video comes out through the depacketiser as access units.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from streams.errors import AuthenticationRefused, ProtocolViolation, RequestRefused, StreamForbidden, StreamNotFound, Unsupported
from streams.media import AccessUnit, Codec
from streams.rtp.receiver import VideoReceiver
from streams.rtp.rtcp import SenderReport, parse_sender_report, write_receiver_report
from streams.rtsp.auth import Credentials, parse_challenges
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import Headers, Request, Response, shown
from streams.rtsp.sdp import Description, control_url, parse_description

USER_AGENT = "curbwatch"
DEFAULT_SESSION_TIMEOUT_SECONDS = 60.0
MOST_KEEP_ALIVE_SECONDS = 30.0
"""Between keep-alives, whatever longer time the camera names: boxes on the way forget connections sooner."""
MAX_STALE_ANSWERS = 2
"""Answers per request to a challenge; a second one only after `stale`, since each wrong one counts towards a locked account."""


class Step(StrEnum):
    """Where the conversation stands: the request that is under way, or playing."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "playing"
    CLOSED = "closed"


Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for its answer; `answers` to challenges were sent with it so far."""

    method: str
    url: str
    fields: Fields
    answers: int


class ClientSession:
    """One session with one camera over one connection."""

    def __init__(self, url: str, credentials: tuple[str, str] | None, on_unit: Callable[[AccessUnit], None]) -> None:
        self._url = url
        self._credentials = None if credentials is None else Credentials(*credentials)
        self._on_unit = on_unit
        self._framer = Framer(self._frame, self._message)
        self._out = bytearray()
        self._sequence = 0
        self._pending: dict[int, _Asked] = {}
        self._base = url
        self._now = 0.0
        self._channels = (0, 1)
        self._keeps_alive = True
        self._report: SenderReport | None = None
        self._report_seconds = 0.0
        self._ssrc = random.randrange(1 << 32)
        self.step = Step.OPTIONS
        self.session_id: str | None = None
        self.session_timeout_seconds = DEFAULT_SESSION_TIMEOUT_SECONDS
        self.password_proved = False
        """Whether the camera took an answer to its challenge: from then on a refusal is not about the password."""
        self.methods: frozenset[str] = frozenset()
        self.server: str | None = None
        self.description: Description | None = None
        self.video: VideoReceiver | None = None
        self.clock_offset_seconds: float | None = None
        self.unix_now: Callable[[], float] | None = None
        """The worker's wall clock, for the camera's clock offset; set by the edge."""
        self.may_log_in: Callable[[], bool] | None = None
        """Asked before a password that is not proved yet is sent; on False the edge calls `log_in` later. Set by the edge."""
        self._held: _Asked | None = None

    @property
    def codec(self) -> Codec | None:
        """The codec of the video, once described."""
        return None if self.description is None else self.description.video.codec

    def start(self) -> bytes:
        """The first request."""
        self._ask("OPTIONS", self._url)
        return self._flush()

    def receive(self, data: bytes | memoryview, now_seconds: float) -> bytes:
        """Takes bytes that arrived and returns what is to be sent.

        Raises:
            RtspError: the camera refuses, offers nothing readable, or speaks no RTSP.
        """
        self._now = now_seconds
        self._framer.feed(data, now_seconds)
        return self._flush()

    def put_back(self, buffer: memoryview) -> int:
        """Lays what was left of the last read at the beginning of the buffer that the next one goes into, behind so many bytes."""
        return self._framer.put_back(buffer)

    def received(self, buffer: memoryview, size: int, now_seconds: float) -> bytes:
        """As `receive`, of the buffer's first `size` bytes, with what `put_back` laid there; nothing is copied.

        Raises:
            RtspError: the camera refuses, offers nothing readable, or speaks no RTSP.
        """
        self._now = now_seconds
        self._framer.take(buffer, size, now_seconds)
        return self._flush() if self._out else b""

    @property
    def awaits_login(self) -> bool:
        """Whether a challenge waits for `may_log_in`."""
        return self._held is not None

    def log_in(self) -> bytes:
        """Answers the challenge that waits, if it may.

        Raises:
            AuthenticationRefused: `may_log_in` says so.
        """
        self._log_in()
        return self._flush()

    @property
    def keep_alive_seconds(self) -> float:
        """How often the session wants a sign of life: twice in the time after which the camera would forget it."""
        return min(self.session_timeout_seconds / 2, MOST_KEEP_ALIVE_SECONDS)

    def keep_alive(self) -> bytes:
        """A request that keeps the session: GET_PARAMETER where the camera knows it, else OPTIONS; nothing where it refuses the password for both.

        Earlier ones that a camera left unanswered are forgotten: many never answer, and send their pictures all the same.
        """
        self._pending.clear()
        if self._keeps_alive:
            self._ask("GET_PARAMETER" if "GET_PARAMETER" in self.methods else "OPTIONS", self._base)
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
        self._ask("TEARDOWN", self._base)
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

    def _ask(self, method: str, url: str, fields: Fields = (), *, answers: int = 0) -> None:
        url = re.sub(r"[\x00-\x20\x7f]", lambda match: f"%{ord(match[0]):02X}", url)  # a camera's own addresses have spaces at times
        self._sequence += 1
        head = [("CSeq", str(self._sequence)), ("User-Agent", USER_AGENT), *fields]
        if self.session_id:
            head.append(("Session", self.session_id))
        if self._credentials is not None:
            answer = self._credentials.header(method, url)
            if answer is not None:
                head.append(("Authorization", answer))
        self._pending[self._sequence] = _Asked(method, url, fields, answers)
        self._out += Request(method, url, Headers(tuple(head))).encode()

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
            fields = (("CSeq", message.headers.get("CSeq", "0")[:16]),)
            self._out += Response(200 if message.method in ("OPTIONS", "ANNOUNCE") else 501, Headers(fields)).encode()
            return
        text = message.headers.get("CSeq", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None and len(self._pending) == 1:
            number = next(iter(self._pending))  # servers that forget the CSeq exist
        asked = self._pending.pop(number, None) if number is not None else None
        if asked is not None:
            self._answer(message, asked)

    def _answer(self, answer: Response, asked: _Asked) -> None:
        if answer.status == 401:
            self._authenticate(answer, asked)
            return
        self.password_proved = self.password_proved or (self._credentials is not None and self._credentials.challenge is not None)
        method = asked.method
        if self.step is Step.PLAYING or self.step is Step.CLOSED:
            self._after_keep_alive(answer)
        elif method == "OPTIONS":
            self._after_options(answer)
        elif answer.status != 200:
            self._refused(answer, method)
        elif method == "DESCRIBE":
            self._after_describe(answer, asked.url)
        elif method == "SETUP":
            self._after_setup(answer)
        elif method == "PLAY":
            self.step = Step.PLAYING

    def _authenticate(self, answer: Response, asked: _Asked) -> None:
        challenges = parse_challenges(answer.headers.all("WWW-Authenticate"))
        if self._credentials is None:
            raise AuthenticationRefused("the camera wants a user name and password (401); put them into its address")
        if not challenges:
            raise AuthenticationRefused("the camera wants a kind of authentication that is not known here (401)")
        if asked.answers >= (MAX_STALE_ANSWERS if challenges[0].stale else 1):
            if self.step is Step.PLAYING or self.step is Step.CLOSED:
                self._keeps_alive = False  # the password was good for DESCRIBE; each further try would count as a wrong one
                return
            raise AuthenticationRefused("the camera does not accept the user name and password (401)")
        self._credentials.challenge = challenges[0]
        self._held = asked
        self._log_in()

    def _log_in(self) -> None:
        if self._held is not None and (self.password_proved or self.may_log_in is None or self.may_log_in()):
            asked, self._held = self._held, None
            self._ask(asked.method, asked.url, asked.fields, answers=asked.answers + 1)

    def _after_keep_alive(self, answer: Response) -> None:
        if answer.status == 454 and self.step is Step.PLAYING:
            raise RequestRefused("the camera has forgotten the session (454)")
        if answer.status >= 400:  # no reason to stop reading, but the next one is asked another way
            self.methods -= {"GET_PARAMETER"}

    def _refused(self, answer: Response, method: str) -> None:
        if 300 <= answer.status < 400:
            raise RequestRefused(f"the camera redirects to another address ({answer.status}); put that address into the camera list")
        if answer.status in (404, 454) and method == "DESCRIBE":
            raise StreamNotFound(f"the camera does not know this path ({answer.status}); check the end of its address")
        if answer.status == 403:
            raise StreamForbidden("the camera forbids this stream to this user (403)")
        if answer.status == 461:
            raise Unsupported("the camera does not send over TCP (461)")
        raise RequestRefused(f"the camera answers {method} with {answer.status} {shown(answer.reason, 60)}".rstrip())

    def _after_options(self, answer: Response) -> None:
        public = answer.headers.get("Public", "")
        self.methods = frozenset(word.strip().upper() for word in public.split(",") if word.strip())
        server = answer.headers.get("Server")
        self.server = None if server is None else shown(server, 80)
        self.step = Step.DESCRIBE
        self._ask("DESCRIBE", self._url, (("Accept", "application/sdp"),))

    def _after_describe(self, answer: Response, url: str) -> None:
        self.description = parse_description(answer.body.decode("utf-8", "replace"))
        video = self.description.video
        if video.interleaved_pictures:
            raise Unsupported("the camera sends its pictures' parts out of order (decoding order numbers), which this reader does not take")
        self._base = answer.headers.get("Content-Base") or answer.headers.get("Content-Location") or url
        if not self._base.lower().startswith("rtsp"):
            self._base = url
        self.video = VideoReceiver(video.codec, video.payload_type, video.parameter_sets, self._on_unit)
        self.step = Step.SETUP
        track = control_url(self._base, self.description.control if self.description.control.startswith("rtsp") else "", video.control)
        self._ask("SETUP", track, (("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"),))

    def _after_setup(self, answer: Response) -> None:
        session, _, parameters = answer.headers.get("Session", "").partition(";")
        self.session_id = session.strip()
        if not self.session_id:
            raise ProtocolViolation("the camera answers SETUP without a session")
        timeout = re.search(r"timeout\s*=\s*([1-9]\d{0,4})", parameters)
        if timeout:
            self.session_timeout_seconds = float(timeout[1])
        transport = answer.headers.get("Transport", "")
        channels = re.search(r"interleaved\s*=\s*(\d{1,3})(?:-(\d{1,3}))?", transport)
        if channels:
            first = int(channels[1])
            self._channels = (first, int(channels[2]) if channels[2] else first + 1)
            if max(self._channels) > 255:
                raise ProtocolViolation("the camera interleaves on a channel beyond 255")
            self._framer.channels |= frozenset(self._channels)
        elif "TCP" not in transport and "_port" in transport:
            raise Unsupported("the camera was asked to send over TCP and answers that it sends over UDP")
        self._framer.video, self._framer.video_channel = self.video, self._channels[0]
        self.step = Step.PLAY
        description = self.description
        aggregate = description is not None and description.control.lower().startswith("rtsp")
        target = description.control if aggregate and description is not None else self._base
        self._ask("PLAY", target, (("Range", "npt=0.000-"),))
