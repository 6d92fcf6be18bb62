"""The client's conversation with a camera as a state machine: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. No I/O.

`receive` takes bytes of the connection and returns the bytes to send back; video comes out through the depacketiser as access units. Over UDP the
packets come by `datagrams` and `rtcp`, and the connection carries the conversation only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from streams.errors import AuthenticationRefused, ProtocolViolation, RtspError, StreamEnded, Unsupported
from streams.media import AccessUnit, Codec
from streams.rtp.receiver import VideoReceiver
from streams.rtsp.auth import Credentials, parse_challenges
from streams.rtsp.control import Control
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import Headers, Request, Response, shown
from streams.rtsp.refusals import NO_SUCH_SESSION, refusal
from streams.rtsp.sdp import Description, control_urls, parse_description
from streams.rtsp.transport import Granted, Way, over_tcp, over_udp, parse_transport

USER_AGENT = "curbwatch"
DEFAULT_SESSION_TIMEOUT_SECONDS = 60.0
MOST_KEEP_ALIVE_SECONDS = 30.0
"""Between keep-alives, whatever longer time the camera names: boxes on the way forget connections sooner."""
MAX_STALE_ANSWERS = 2
"""Answers per request to a challenge; a second one only after `stale`, since each wrong one counts towards a locked account."""
NEIGHBOUR_CHANNELS = 8
"""Behind the video's own: where cameras put the audio that nobody asked for."""
END_OF_STREAM_NOTICES = ("2101", "2104", "2306", "2402", "5402")
"""X-Notice codes of ANNOUNCE with which servers end a stream."""


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
    """One session with one camera over one connection.

    With `udp_ports` (or `udp_first` and `open_udp`) the camera is asked to send over UDP first, else over TCP; where it refuses the one (461) it is asked
    for the other, for which `open_udp` is called.
    """

    def __init__(
        self, url: str, credentials: tuple[str, str] | None, on_unit: Callable[[AccessUnit], None], *,
        udp_ports: tuple[int, int] | None = None, udp_first: bool = False,
    ) -> None:  # fmt: skip
        self._url = url
        self._credentials = None if credentials is None else Credentials(*credentials)
        self._on_unit = on_unit
        self._framer = Framer(self._frame, self._message)
        self._out = bytearray()
        self._sequence = 0
        self._pending: dict[int, _Asked] = {}
        self._base = url
        self._now = 0.0
        self._keeps_alive = True
        self._channels = (0, 1)
        self._udp_ports = udp_ports
        self._ways: list[Way] = ["udp", "tcp"] if udp_ports is not None or udp_first else ["tcp", "udp"]
        self._refused_ways: list[Way] = []
        self._tracks: list[str] = []
        self._play_url = url
        self._control: Control | None = None
        self.step = Step.OPTIONS
        self.session_id: str | None = None
        self.session_timeout_seconds = DEFAULT_SESSION_TIMEOUT_SECONDS
        self.password_proved = False
        """Whether the camera took an answer to its challenge: from then on a refusal is not about the password."""
        self.methods: frozenset[str] = frozenset()
        self.server: str | None = None
        self.description: Description | None = None
        self.video: VideoReceiver | None = None
        self.transport: Way | None = None
        """How the pictures come, once the camera has granted it."""
        self.server_ports: tuple[int, int] | None = None
        """That the camera sends from over UDP, where it names them."""
        self.source: str | None = None
        """The host that the camera says it sends from."""
        self.moved_to: str | None = None
        """Set when the camera asks for another address while it plays (REDIRECT); as it came, it may hold a password."""
        self.unix_now: Callable[[], float] | None = None
        """The worker's wall clock, for the camera's clock offset; set by the edge."""
        self.may_log_in: Callable[[], bool] | None = None
        """Asked before a password that is not proved yet is sent; on False the edge calls `log_in` later. Set by the edge."""
        self.open_udp: Callable[[], tuple[int, int]] | None = None
        """Opens a pair of ports for a camera that is to send over UDP. Set by the edge; may raise OSError or RtspError."""
        self.on_granted: Callable[[], None] | None = None
        """Called when `transport` is known, before the camera plays. Set by the edge."""
        self._held: _Asked | None = None

    @property
    def codec(self) -> Codec | None:
        """The codec of the video, once described."""
        return None if self.description is None else self.description.video.codec

    @property
    def authentication(self) -> str | None:
        """The kind that the camera asked for: `basic`, `digest MD5` …; None where it asked for none."""
        challenge = None if self._credentials is None else self._credentials.challenge
        return None if challenge is None else challenge.name

    @property
    def clock_offset_seconds(self) -> float | None:
        """The camera's clock less the worker's, by its last sender report."""
        return None if self._control is None else self._control.clock_offset_seconds

    @property
    def clock_drift_ppm(self) -> float | None:
        """How much faster than the worker's the camera's clock runs, in millionths, once enough reports have come."""
        return None if self._control is None else self._control.clock_drift_ppm

    def start(self) -> bytes:
        """The first request."""
        self._ask("OPTIONS", self._url)
        return self._flush()

    def receive(self, data: bytes | memoryview, now_seconds: float) -> bytes:
        """Takes bytes that arrived and returns what is to be sent.

        Raises:
            RtspError: the camera refuses, redirects, ends its stream, offers nothing readable, or speaks no RTSP.
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
            RtspError: as `receive`.
        """
        self._now = now_seconds
        self._framer.take(buffer, size, now_seconds)
        return self._flush() if self._out else b""

    def datagrams(self, buffer: memoryview, size: int, segment: int, now_seconds: float) -> None:
        """Takes what `UdpPair.on_rtp` hands out."""
        if self.video is not None:
            self.video.datagrams(buffer, size, segment, now_seconds)

    def rtcp(self, packet: memoryview, now_seconds: float) -> None:
        """Takes an RTCP packet.

        Raises:
            StreamEnded: the camera says good-bye.
        """
        if self._control is not None and self.unix_now is not None:
            self._control.take(packet, now_seconds, self.unix_now())
        elif self._control is not None:
            self._control.take(packet, now_seconds, None)

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

        Earlier ones that a camera left unanswered are forgotten: many never answer, and send their pictures all the same. After an unanswered
        GET_PARAMETER the next is OPTIONS, since some cameras count only one of the two.
        """
        unanswered = any(asked.method == "GET_PARAMETER" for asked in self._pending.values())
        self._pending.clear()
        if self._keeps_alive:
            self._ask("GET_PARAMETER" if "GET_PARAMETER" in self.methods and not unanswered else "OPTIONS", self._base)
        return self._flush()

    def receiver_report(self, now_seconds: float) -> bytes:
        """A receiver report, as an interleaved frame over TCP and as it is over UDP; nothing before there is video."""
        body = b"" if self._control is None else self._control.receiver_report(now_seconds)
        if not body or self.transport == "udp":
            return body
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
            self.rtcp(payload, self._now)

    def _message(self, message: Request | Response) -> None:
        if isinstance(message, Request):
            self._asked_by_camera(message)
            return
        text = message.headers.get("CSeq", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None and len(self._pending) == 1:
            number = next(iter(self._pending))  # servers that forget the CSeq exist
        asked = self._pending.pop(number, None) if number is not None else None
        if asked is not None:
            self._answer(message, asked)

    def _asked_by_camera(self, request: Request) -> None:
        """A server may ask too: to move (RFC 2326 10.10), or to tell of its end; of anything else it is told that it is not known here."""
        method = request.method
        fields = (("CSeq", request.headers.get("CSeq", "0")[:16]),)
        known = method in ("OPTIONS", "ANNOUNCE", "REDIRECT", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER")
        self._out += Response(200 if known else 501, Headers(fields)).encode()
        if method == "REDIRECT":
            location = request.headers.get("Location", "")
            if not location:
                raise StreamEnded("the camera ends the session (REDIRECT without an address)")
            self.moved_to = location
        elif method == "TEARDOWN":
            raise StreamEnded("the camera ends the session (TEARDOWN)")
        elif method == "ANNOUNCE" and request.headers.get("X-Notice", "").startswith(END_OF_STREAM_NOTICES):
            raise StreamEnded("the camera says that its stream is over (ANNOUNCE)")

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
            if not self._another_way(answer.status, asked):
                raise refusal(answer, method, self._refused_ways)
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
        if answer.status == NO_SUCH_SESSION and self.step is Step.PLAYING:
            raise refusal(answer, "GET_PARAMETER", self._refused_ways)
        if answer.status >= 400:  # no reason to stop reading, but the next one is asked another way
            self.methods -= {"GET_PARAMETER"}

    def _after_options(self, answer: Response) -> None:
        if 300 <= answer.status < 400:
            raise refusal(answer, "OPTIONS", ())
        public = answer.headers.get("Public", "")
        self.methods = frozenset(word.strip().upper() for word in public.split(",") if word.strip())
        server = answer.headers.get("Server")
        self.server = None if server is None else shown(server, 80)
        self.step = Step.DESCRIBE
        self._ask("DESCRIBE", self._url, (("Accept", "application/sdp"),))

    def _after_describe(self, answer: Response, url: str) -> None:
        self.description = description = parse_description(answer.body.decode("utf-8", "replace"))
        video = description.video
        if video.interleaved_pictures:
            raise Unsupported("the camera sends its pictures' parts out of order (decoding order numbers), which this reader does not take")
        self._base = answer.headers.get("Content-Base") or answer.headers.get("Content-Location") or url
        if not self._base.lower().startswith("rtsp"):
            self._base = url
        self.video = VideoReceiver(video.codec, video.payload_type, video.parameter_sets, self._on_unit)
        self._control = Control(self.video, random.randrange(1 << 32))
        self._play_url = description.control if description.control.lower().startswith("rtsp") else self._base
        self._tracks = list(control_urls(self._base, description.control, video.control))
        self.step = Step.SETUP
        self._ask_setup()

    def _ask_setup(self) -> None:
        way = self._ways[0]
        if way == "udp" and self._udp_ports is None and self.open_udp is not None:
            self._udp_ports = self.open_udp()
        field = over_tcp() if way == "tcp" or self._udp_ports is None else over_udp(self._udp_ports)
        self._ask("SETUP", self._tracks[0], (("Transport", field),))

    def _another_way(self, status: int, asked: _Asked) -> bool:
        """Whether a refused request was asked again in another form; each form is tried once."""
        if asked.method == "SETUP":
            if status == 461:
                return self._another_transport()
            if status in (400, 404, 451, 454) and len(self._tracks) > 1:  # the track's address: see control_urls
                del self._tracks[0]
                self._ask_setup()
                return True
        elif asked.method == "PLAY":
            ranged = any(name == "Range" for name, _ in asked.fields)
            if status == 457 and ranged:
                self._ask("PLAY", asked.url)
                return True
            if status == 459 and asked.url != self._tracks[0]:  # no aggregate operation
                self._ask("PLAY", self._tracks[0], asked.fields)
                return True
        return False

    def _another_transport(self) -> bool:
        self._refused_ways.append(self._ways.pop(0))
        if not self._ways or (self._ways[0] == "udp" and self._udp_ports is None and self.open_udp is None):
            return False
        try:
            self._ask_setup()
        except (OSError, RtspError):  # no free ports
            return False
        return True

    def _after_setup(self, answer: Response) -> None:
        session, _, parameters = answer.headers.get("Session", "").partition(";")
        self.session_id = session.strip()
        if not self.session_id:
            raise ProtocolViolation("the camera answers SETUP without a session")
        timeout = re.search(r"timeout\s*=\s*([1-9]\d{0,4})", parameters)
        if timeout:
            self.session_timeout_seconds = float(timeout[1])
        granted = parse_transport(answer.headers.get("Transport", ""))
        asked = self._ways[0]
        way = granted.way or asked
        if granted.multicast or (way == "udp" and asked == "tcp"):
            if not self._another_transport():
                raise Unsupported(f"the camera was asked to send over {asked.upper()} and answers that it sends {_otherwise(granted)}")
            return
        self.transport = way
        if way == "tcp":
            self._interleave(granted.channels or (0, 1))
        else:
            self.server_ports, self.source = granted.server_ports, granted.source
        if self.on_granted is not None:
            self.on_granted()
        self.step = Step.PLAY
        self._ask("PLAY", self._play_url, (("Range", "npt=0.000-"),))

    def _interleave(self, channels: tuple[int, int]) -> None:
        self._channels = channels
        self._framer.channels |= frozenset(channels) | frozenset(range(channels[0], min(256, channels[0] + NEIGHBOUR_CHANNELS)))
        self._framer.video, self._framer.video_channel = self.video, channels[0]


def _otherwise(granted: Granted) -> str:
    return "to a multicast group" if granted.multicast else "over UDP"
