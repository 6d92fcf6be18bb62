"""The client's conversation with a camera as a state machine: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. No I/O.

`receive` takes bytes of the connection and returns the bytes to send back; video comes out through the depacketiser as access units. Over UDP the
packets come by `datagrams` and `rtcp`, and the connection carries the conversation only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from enum import StrEnum

from streams.errors import ProtocolViolation, Unsupported
from streams.media import AccessUnit, Codec
from streams.rtp.receiver import VideoReceiver
from streams.rtsp.control import Control
from streams.rtsp.conversation import Asked, Conversation
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import Response, shown
from streams.rtsp.refusals import NO_SUCH_SESSION, refusal
from streams.rtsp.sdp import Description, control_urls, parse_description
from streams.rtsp.setup import SetupPlan
from streams.rtsp.transport import Way

DEFAULT_SESSION_TIMEOUT_SECONDS = 60.0
MOST_KEEP_ALIVE_SECONDS = 30.0
"""Between keep-alives, whatever longer time the camera names: boxes on the way forget connections sooner."""
NEIGHBOUR_CHANNELS = 8
"""Behind the video's own: where cameras put the audio that nobody asked for."""


class Step(StrEnum):
    """Where the conversation stands: the request that is under way, or playing."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "playing"
    CLOSED = "closed"


class ClientSession(Conversation):
    """One session with one camera over one connection.

    With `udp_ports` (or `udp_first` and `open_udp`) the camera is asked to send over UDP first, else over TCP; where it refuses the one (461) it is asked
    for the other, for which `open_udp` is called.
    """

    def __init__(
        self, url: str, credentials: tuple[str, str] | None, on_unit: Callable[[AccessUnit], None], *,
        udp_ports: tuple[int, int] | None = None, udp_first: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(credentials)
        self.url = url
        """The address, without credentials."""
        self._on_unit = on_unit
        self._framer = Framer(self._frame, self._message)
        self._base = url
        self._now = 0.0
        self._channels = (0, 1)
        self._plan = SetupPlan(udp_ports, udp_first=udp_first)
        self._control: Control | None = None
        self.step = Step.OPTIONS
        self.session_timeout_seconds = DEFAULT_SESSION_TIMEOUT_SECONDS
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
        self.unix_now: Callable[[], float] | None = None
        """The worker's wall clock, for the camera's clock offset; set by the edge."""
        self.on_granted: Callable[[], None] | None = None
        """Called when `transport` is known, before the camera plays. Set by the edge."""

    @property
    def open_udp(self) -> Callable[[], tuple[int, int]] | None:
        """Opens a pair of ports for a camera that is to send over UDP. Set by the edge; may raise OSError or RtspError."""
        return self._plan.open_udp

    @open_udp.setter
    def open_udp(self, function: Callable[[], tuple[int, int]] | None) -> None:
        self._plan.open_udp = function

    @property
    def codec(self) -> Codec | None:
        """The codec of the video, once described."""
        return None if self.description is None else self.description.video.codec

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
        self._ask("OPTIONS", self.url)
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

    def _frame(self, channel: int, payload: memoryview) -> None:
        if channel == self._channels[0]:
            if self.video is not None:
                self.video.packet(payload, self._now)
        elif channel == self._channels[1]:
            self.rtcp(payload, self._now)

    def _answer(self, answer: Response, asked: Asked) -> None:
        method = asked.method
        if self._plays:
            self._after_keep_alive(answer)
        elif method == "OPTIONS":
            self._after_options(answer)
        elif answer.status != 200:
            again = self._plan.after_refusal(answer.status, method, asked.url, asked.fields)
            if again is None:
                raise refusal(answer, method, self._plan.refused)
            self._ask(*again)
        elif method == "DESCRIBE":
            self._after_describe(answer, asked.url)
        elif method == "SETUP":
            self._after_setup(answer)
        elif method == "PLAY":
            self.step = Step.PLAYING

    @property
    def _plays(self) -> bool:
        return self.step is Step.PLAYING or self.step is Step.CLOSED

    def _after_keep_alive(self, answer: Response) -> None:
        if answer.status == NO_SUCH_SESSION and self.step is Step.PLAYING:
            raise refusal(answer, "GET_PARAMETER", ())
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
        self._ask("DESCRIBE", self.url, (("Accept", "application/sdp"),))

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
        self._plan.play_url = description.control if description.control.lower().startswith("rtsp") else self._base
        self._plan.tracks = control_urls(self._base, description.control, video.control)
        self.step = Step.SETUP
        self._ask(*self._plan.setup())

    def _after_setup(self, answer: Response) -> None:
        session, _, parameters = answer.headers.get("Session", "").partition(";")
        self.session_id = session.strip()
        if not self.session_id:
            raise ProtocolViolation("the camera answers SETUP without a session")
        timeout = re.search(r"timeout\s*=\s*([1-9]\d{0,4})", parameters)
        if timeout:
            self.session_timeout_seconds = float(timeout[1])
        found = self._plan.after_grant(answer.headers.get("Transport", ""))
        if len(found) == 3:
            self._ask(*found)
            return
        self.transport, granted = found
        if self.transport == "tcp":
            self._interleave(granted.channels or (0, 1))
        else:
            self.server_ports, self.source = granted.server_ports, granted.source
        if self.on_granted is not None:
            self.on_granted()
        self.step = Step.PLAY
        self._ask(*self._plan.play())

    def _interleave(self, channels: tuple[int, int]) -> None:
        self._channels = channels
        self._framer.channels |= frozenset(channels) | frozenset(range(channels[0], min(256, channels[0] + NEIGHBOUR_CHANNELS)))
        self._framer.video, self._framer.video_channel = self.video, channels[0]
