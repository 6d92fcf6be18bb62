"""One connection to the simulator: the server's side of an RTSP conversation, and the stream that it plays."""

from __future__ import annotations

import asyncio
import math
import re
import socket
import struct
import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from streams.errors import CameraSpecError, StreamsError
from streams.rtp.rtcp import NTP_TO_UNIX, write_sender_report
from streams.rtsp.auth import parse_parameters, verify
from streams.rtsp.messages import Headers, Request, Response, parse_message
from streams.simulator.faults import Act, Fault, make_fault, parse_fault
from streams.simulator.outlets import Due, Outlet, TcpOutlet, UdpOutlet
from streams.simulator.stream import Playhead, SimulatedStream

if TYPE_CHECKING:
    from streams.simulator.server import SimulatorServer

REPORT_SECONDS = 5.0
CATCH_UP_SECONDS = 2.0
"""After a longer pause (a stall that was ended, a suspended machine) a viewer goes on at the last keyframe instead of being flooded."""
REALM = "curbwatch simulator"
PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
AUDIO_ONLY = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track0\r\n"

Fields = tuple[tuple[str, str], ...]


class Viewer(asyncio.Protocol):
    """One connection: a session that plays one stream."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._stream: SimulatedStream | None = None
        self._asked = Fault()
        self._in_force: Fault | None = None
        self._random = Random(1)
        self._session = f"{Random().getrandbits(32):08x}"
        self._nonce = server.nonce
        self._ssrc = Random().getrandbits(32)
        self._sequence = Random().getrandbits(16)
        self._outlet: Outlet | None = None
        self._head: Playhead | None = None
        self._playing_since: float | None = None
        self._last_keyframe = -math.inf
        self._reported = 0.0
        self._packets = self._octets = 0
        self._heard = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.viewers.discard(self)

    def drop(self, *, reset: bool = False) -> None:
        """Ends the connection, by RST where asked."""
        if self._transport is None:
            return
        if reset:
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    @property
    def fault(self) -> Fault:
        """The fault in force: a live command's before the address's."""
        told = None if self._stream is None else self._stream.told
        return self._asked if told is None else told

    # The conversation

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._heard = time.monotonic()
        while self._buffer:
            if self._buffer[0] == 0x24:  # a receiver report
                if len(self._buffer) < 4 or len(self._buffer) < 4 + (length := self._buffer[2] << 8 | self._buffer[3]):
                    return
                del self._buffer[: 4 + length]
                continue
            try:
                parsed = parse_message(self._buffer)
            except StreamsError:
                self.drop()
                return
            if parsed is None:
                return
            message, taken = parsed
            del self._buffer[:taken]
            if isinstance(message, Request):
                self._answer(message)

    def _answer(self, request: Request) -> None:
        try:
            fault = parse_fault(request.url)
        except CameraSpecError as error:
            self._reply(request, 400, reason=f"Bad Request: {error}")
            return
        if fault.name is not None:
            self._asked = fault
        instead = self.fault.instead_of(request.method)
        if isinstance(instead, Act):
            self._act(instead)
            return
        if instead == 401 or not self._may(request):
            self._challenge(request)
        elif instead is not None:
            location = (("Location", urlsplit(request.url)._replace(query="").geturl()),) if instead == 302 else ()
            self._reply(request, instead, location)
        else:
            answers: dict[str, Callable[[Request], None]] = {
                "OPTIONS": self._options, "DESCRIBE": self._describe, "SETUP": self._setup, "PLAY": self._play,
                "GET_PARAMETER": self._keep_alive, "SET_PARAMETER": self._tell, "TEARDOWN": self._teardown,
            }  # fmt: skip
            answer = answers.get(request.method)
            if answer is None:
                self._reply(request, 405, (("Allow", PUBLIC),))
            else:
                answer(request)

    def _act(self, act: Act) -> None:
        if act is Act.CLOSE and self._transport is not None:
            self._transport.close()
        elif act is Act.RESET:
            self.drop(reset=True)
        elif act is Act.GARBAGE:
            self._raw(self._random.randbytes(self._random.randrange(1, 2000)))

    def _may(self, request: Request) -> bool:
        """Whether the request proves the password, where there is one."""
        if self._server.username is None:
            return True
        header = request.headers.get("Authorization", "")
        if not header:
            return False
        if not verify(header, request.method, username=self._server.username, password=self._server.password, realm=REALM, nonce=self._nonce):
            self._server.failed_logins += 1
            return False
        if self.fault.name == "stale_nonce":
            self._nonce = f"{self._random.getrandbits(64):016x}"
        return True

    def _challenge(self, request: Request) -> None:
        given = parse_parameters(request.headers.get("Authorization", "").partition(" ")[2]).get("nonce")
        stale = ", stale=true" if self.fault.name == "stale_nonce" and given not in (None, self._nonce) else ""
        algorithm = "SHA-256" if self.fault.name == "sha256" else "MD5"
        fields = [("WWW-Authenticate", f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm={algorithm}, qop="auth"{stale}')]
        if self.fault.name == "basic":
            fields.clear()
        if self.fault.name not in ("stale_nonce", "sha256"):
            fields.append(("WWW-Authenticate", f'Basic realm="{REALM}"'))
        self._reply(request, 401, tuple(fields))

    def _options(self, request: Request) -> None:
        expired = self.fault.name == "expired" and self._over()
        self._reply(request, 454 if expired else 200, (("Public", PUBLIC), ("Server", REALM)))

    def _describe(self, request: Request) -> None:
        stream = self._server.find(request.url)
        if stream is None:
            self._reply(request, 404)
            return
        self._stream = stream
        session, video = stream.clip.describe(self._server.host)
        media = {"no_video": AUDIO_ONLY, "with_audio": AUDIO_ONLY + video}.get(self.fault.name or "", video)
        fields = (("Content-Base", request.url.split("?")[0].rstrip("/") + "/"), ("Content-Type", "application/sdp"))
        self._reply(request, 200, fields, (session + media).encode())

    def _setup(self, request: Request) -> None:
        asked = request.headers.get("Transport", "")
        session = ("Session", f"{self._session};timeout={self._server.session_timeout_seconds}")
        ports = re.search(r"client_port\s*=\s*(\d{1,5})(?:-(\d{1,5}))?", asked)
        if self._transport is None or (self._stream is None and (stream := self._server.find(request.url)) is None):
            self._reply(request, 404)
            return
        if self._stream is None:
            self._stream = stream
        if "TCP" in asked and self.fault.name != "udp_only":
            wish = re.search(r"interleaved\s*=\s*(\d{1,3})", asked)
            channel = 4 if self.fault.name == "other_channels" else min(254, int(wish[1])) if wish else 0
            if not request.url.rstrip("/").endswith("track0"):
                self._outlet = TcpOutlet(self._transport, channel, trickle=self.fault.kind.trickle)
            self._reply(request, 200, (session, ("Transport", f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={self._ssrc:08X}")))
        elif "TCP" not in asked and ports and self.fault.name != "tcp_only":
            rtp, rtcp = int(ports[1]), int(ports[2] or int(ports[1]) + 1)
            host = self._transport.get_extra_info("peername")[0]
            own = self._server.udp.port
            self._outlet = UdpOutlet(self._server.udp, host, min(rtp, 65535), min(rtcp, 65535))
            way = f"RTP/AVP;unicast;client_port={rtp}-{rtcp};server_port={own}-{own + 1};ssrc={self._ssrc:08X}"
            self._reply(request, 200, (session, ("Transport", way)))
        else:
            self._reply(request, 461)

    def _play(self, request: Request) -> None:
        stream = self._stream
        if stream is None or self._outlet is None:
            self._reply(request, 455)
            return
        now = time.monotonic()
        if stream.began_seconds is None:
            phase = parse_qs(urlsplit(request.url).query).get("phase")
            if phase and phase[0].replace(".", "", 1).isdecimal():
                stream.phase_seconds = float(phase[0]) % stream.clip.seconds
            stream.began_seconds = now - stream.phase_seconds
        self._head = Playhead(stream.clip, stream.began_seconds, Random().getrandbits(32))
        self._head.seek(now)
        _, ticks = Playhead(self._head.clip, self._head.origin_seconds, self._head.offset_ticks, self._head.round, self._head.index).take()
        self._playing_since = now
        info = f"url={request.url.split('?')[0].rstrip('/')}/track1;seq={(self._sequence + 1) & 0xFFFF};rtptime={ticks}"
        self._reply(request, 200, (("Session", self._session), ("Range", "npt=0.000-"), ("RTP-Info", info)))
        self._server.viewers.add(self)

    def _keep_alive(self, request: Request) -> None:
        expired = self.fault.name == "expired" and self._over()
        self._reply(request, 454 if expired else 200, (("Session", self._session),))

    def _teardown(self, request: Request) -> None:
        self._reply(request, 200, (("Session", self._session),))
        self._server.viewers.discard(self)
        self._playing_since = None

    def _tell(self, request: Request) -> None:
        """The live command: SET_PARAMETER with the lines `fault: stall`, `after: 0` puts a stream at fault, `fault: none` ends it."""
        stream = self._server.find(request.url)
        lines = (line.partition(":") for line in request.body.decode("utf-8", "replace").splitlines())
        fields = {name.strip(): value.strip() for name, colon, value in lines if colon}
        if stream is None or not fields:
            self._reply(request, 200 if stream is not None else 404, (("Session", self._session),))
            return
        try:
            self._server.tell(stream.name, make_fault({"after": "0", **fields}))
        except CameraSpecError as error:
            self._reply(request, 451, reason=f"Parameter Not Understood: {error}")
            return
        self._reply(request, 200)

    def _reply(self, request: Request, status: int, fields: Fields = (), body: bytes = b"", *, reason: str = "") -> None:
        head = Headers((("CSeq", request.headers.get("CSeq", "0")), *fields))
        self._raw(Response(status, head, body, reason).encode())

    def _raw(self, data: bytes) -> None:
        if self._transport is not None:
            TcpOutlet(self._transport, trickle=self.fault.kind.trickle).raw(data)

    # The stream

    def _over(self) -> bool:
        """Whether the fault's time in play has come."""
        return self._playing_since is not None and self.fault.begun(time.monotonic() - self._playing_since)

    def send_due(self, now: float) -> None:
        """Sends what is due by now; called by the pacer for every viewer that plays."""
        transport, head, outlet = self._transport, self._head, self._outlet
        if transport is None or head is None or outlet is None or self._playing_since is None or transport.is_closing():
            return
        if now - self._heard > 1.5 * self._server.session_timeout_seconds:  # nobody keeps this session alive
            transport.close()
            return
        fault = self.fault
        begun = fault.begun(now - self._playing_since)
        if begun and fault is not self._in_force:
            self._in_force = fault
            head = self._begin(fault, head, now)
        if begun and fault.kind.in_play is not None:
            return
        if head.lag_seconds(now) > CATCH_UP_SECONDS:
            head.seek(now)
        due = self._take_due(head, outlet, now, fault if begun else Fault())
        if begun and fault.kind.garbage:
            self._raw(self._random.randbytes(self._random.randrange(1, 600)))
        if due:
            if begun and fault.kind.on_packets is not None:
                packets = [packet for one in due for packet in one.packets()]
                outlet.packets(fault.kind.on_packets(packets, fault.share, self._random))
            else:
                outlet.pictures(due)
        if now - self._reported > REPORT_SECONDS:
            self._reported = now
            self._report(head, outlet, now, fault if begun else Fault())

    def _begin(self, fault: Fault, head: Playhead, now: float) -> Playhead:
        """What a fault does once, when its time in play has come; returns the playhead to go on with."""
        if fault.kind.in_play is not None:
            self._act(fault.kind.in_play)
        elif fault.name == "new_source":
            self._ssrc, self._sequence = self._random.getrandbits(32), self._random.getrandbits(16)
            head.offset_ticks = self._random.getrandbits(32)
        elif fault.name == "resolution":
            other = self._server.other_clip(head.clip)
            if other is not None:
                self._head = head = Playhead(other, now, head.ticks_at(now))
        elif fault.kind.on_ticks is not None:
            self._reported = 0.0  # a camera whose clock was set tells so soon
            head.offset_ticks = (head.offset_ticks + round(fault.kind.on_ticks(0.0, fault.amount) * 90_000)) & 0xFFFFFFFF
        return head

    def _take_due(self, head: Playhead, outlet: Outlet, now: float, fault: Fault) -> list[Due]:
        due: list[Due] = []
        full = outlet.full
        while head.lag_seconds(now) >= 0:
            picture, ticks = head.take()
            if picture.keyframe:
                if fault.name == "long_interval" and now - self._last_keyframe < fault.amount:
                    continue
                self._last_keyframe = now
            if not full:
                due.append(Due(picture, self._sequence + 1, ticks, self._ssrc))
                self._packets += picture.packets
                self._octets += len(picture.block) - 16 * picture.packets
            self._sequence = (self._sequence + picture.packets) & 0xFFFF
        return due

    def _report(self, head: Playhead, outlet: Outlet, now: float, fault: Fault) -> None:
        unix = time.time()
        if fault.kind.on_clock is not None:
            unix = fault.kind.on_clock(unix, fault.amount)
        if unix == -math.inf:
            unix = float(-NTP_TO_UNIX)
        outlet.report(write_sender_report(self._ssrc, unix, head.ticks_at(now), self._packets, self._octets))
