"""One connection to the simulator: the server's side of an RTSP conversation, and the stream that it plays."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from streams.errors import CameraSpecError, StreamsError
from streams.rtsp.messages import Headers, Request, Response, parse_message
from streams.simulator.faults import Act, Fault, make_fault, parse_fault
from streams.simulator.gate import REALM, Gate
from streams.simulator.outlets import Outlet, TcpOutlet, UdpOutlet, is_report
from streams.simulator.sending import Sending
from streams.simulator.stream import SimulatedStream

if TYPE_CHECKING:
    from streams.simulator.server import SimulatorServer

PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
NO_FAULT = Fault()

Fields = tuple[tuple[str, str], ...]


class Viewer(asyncio.Protocol):
    """One connection: a session that plays one stream."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._stream: SimulatedStream | None = None
        self._asked = NO_FAULT
        self._random = Random(1)
        self._session = f"{Random().getrandbits(32):08x}"
        self._gate = Gate(server.username, server.password, server.nonce, self._random)
        self._sending = Sending(self._random, server.other_clip, server.report_seconds, self._acted)
        self._outlet: Outlet | None = None
        self._heard = time.monotonic()
        self._own_requests = 0
        self._halved = False
        self._url = ""

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

    def _acted(self, fault: Fault) -> None:
        if self._stream is not None:
            self._stream.acted(fault)

    # The conversation

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._heard = time.monotonic()
        while self._buffer:
            if self._buffer[0] == 0x24:  # a receiver report
                if len(self._buffer) < 4 or len(self._buffer) < 4 + (length := self._buffer[2] << 8 | self._buffer[3]):
                    return
                self._server.tcp_reports += is_report(self._buffer[4 : 4 + length])
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
        command = request.method == "SET_PARAMETER"
        if self._stream is None and not command:
            self._stream = self._server.find(request.url)
        instead = None if command else self.fault.instead_of(request.method, begun=self._over())
        answers: dict[str, Callable[[Request], None]] = {
            "OPTIONS": self._options, "DESCRIBE": self._describe, "SETUP": self._setup, "PLAY": self._play,
            "GET_PARAMETER": self._keep_alive, "SET_PARAMETER": self._tell, "TEARDOWN": self._teardown,
        }  # fmt: skip
        answer = answers.get(request.method)
        if instead is not None:
            self._acted(self.fault)
        if instead is Act.HALF:
            self._halved = True
        elif isinstance(instead, Act):
            self._act(instead)
            return
        elif instead is not None and instead != 401:
            self._refuse(request, instead)
            return
        if instead == 401 or not self._may(request):
            challenge = self._gate.challenge(request, self.fault)
            if self.fault.name in ("basic", "sha256", "no_qop") or any("stale=true" in value for _, value in challenge):
                self._acted(self.fault)
            self._reply(request, 401, challenge)
        elif answer is None:
            self._reply(request, 405, (("Allow", PUBLIC),))
        else:
            answer(request)

    def _may(self, request: Request) -> bool:
        failed, may = self._gate.failed, self._gate.passes(request, self.fault)
        self._server.failed_logins += self._gate.failed - failed
        if self._gate.proved is not None and self._stream is not None:
            self._stream.logins[self._gate.proved] += 1
        return may

    def _refuse(self, request: Request, status: int) -> None:
        form = self.fault.kind.location if 300 <= status < 400 else None
        self._reply(request, status, () if form is None else (("Location", self._location(form, request.url)),))

    def _location(self, form: str, url: str) -> str:
        parts, server = urlsplit(url), self._server
        return form.format(host=server.url_host, port=server.port, other_port=server.other_port, path=parts.path, query=parts.query)

    def _act(self, act: Act) -> None:
        if act is Act.CLOSE and self._transport is not None:
            self._transport.close()
        elif act is Act.RESET:
            self.drop(reset=True)
        elif act is Act.GARBAGE:
            self._raw(self._random.randbytes(self._random.randrange(1, 2000)))
        elif act is Act.REDIRECT:
            self._ask("REDIRECT", ("Location", self._location(self.fault.kind.location or "", self._url)))
        elif act is Act.TEARDOWN:
            self._ask("TEARDOWN")
        elif act is Act.END:
            self._ask("ANNOUNCE", ("X-Notice", '2101 "End-of-Stream Reached"'))

    def _ask(self, method: str, *fields: tuple[str, str]) -> None:
        """A request of the camera's own."""
        self._own_requests += 1
        head = Headers((("CSeq", str(self._own_requests)), ("Session", self._session), *fields))
        self._raw(Request(method, self._url, head).encode())

    def _options(self, request: Request) -> None:
        self._reply(request, 200, (("Public", PUBLIC), ("Server", REALM)))

    def _describe(self, request: Request) -> None:
        stream = self._stream
        if stream is None:
            self._reply(request, 404)
            return
        session, video = stream.clip.describe(self._server.host)
        address = request.url.split("?")[0].rstrip("/")
        change = self.fault.kind.on_description
        text = session + video if change is None else change(session, video, address)
        if text != session + video or self.fault.name == "no_content_base":
            self._acted(self.fault)
        base = () if self.fault.name == "no_content_base" else (("Content-Base", address + "/"),)
        self._reply(request, 200, (*base, ("Content-Type", "application/sdp")), text.encode())

    def _setup(self, request: Request) -> None:
        asked, fault = request.headers.get("Transport", ""), self.fault
        ports = re.search(r"client_port\s*=\s*(\d{1,5})(?:-(\d{1,5}))?", asked)
        if self._transport is None or self._stream is None:
            self._reply(request, 404)
        elif "TCP" in asked and fault.name != "udp_only":
            wish = re.search(r"interleaved\s*=\s*(\d{1,3})", asked)
            channel = min(254, int(wish[1])) if wish else 0
            if fault.name == "other_channels":
                channel = min(254, max(0, round(fault.amount)))
                self._acted(fault)
            if not request.url.rstrip("/").endswith("track0"):
                self._outlet = TcpOutlet(self._transport, channel)
            self._set_up(request, f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={self._sending.ssrc:08X}")
        elif "TCP" not in asked and ports and fault.name != "tcp_only":
            rtp, rtcp = int(ports[1]), int(ports[2] or int(ports[1]) + 1)
            host = self._transport.get_extra_info("peername")[0]
            own = self._server.udp.port
            self._outlet = UdpOutlet(self._server.udp, host, min(rtp, 65535), min(rtcp, 65535))
            if fault.name == "strangers":
                self._outlet.foreign(self._sending.strange(), elsewhere=True)
            self._set_up(request, f"RTP/AVP;unicast;client_port={rtp}-{rtcp};server_port={own}-{own + 1};ssrc={self._sending.ssrc:08X}")
        else:
            if fault.name in ("udp_only", "tcp_only"):
                self._acted(fault)
            self._reply(request, 461)

    def _set_up(self, request: Request, transport: str) -> None:
        change = self.fault.kind.on_transport
        changed = transport if change is None else change(transport)
        if changed != transport or self.fault.name == "no_session":
            self._acted(self.fault)
        transport = changed
        fields = [("Session", f"{self._session};timeout={self._server.session_timeout_seconds}")] if self.fault.name != "no_session" else []
        self._reply(request, 200, (*fields, *((("Transport", transport),) if transport else ())))

    def _play(self, request: Request) -> None:
        stream, sending = self._stream, self._sending
        if stream is None or self._outlet is None:
            self._reply(request, 455)
            return
        now = time.monotonic()
        self._url = request.url
        if stream.began_seconds is None:
            phase = parse_qs(urlsplit(request.url).query).get("phase")
            if phase and phase[0].replace(".", "", 1).isdecimal():
                stream.phase_seconds = float(phase[0]) % stream.clip.seconds
            stream.began_seconds = now - stream.phase_seconds
        if self._transport is not None:
            stream.plays.append((self._transport.get_extra_info("sockname")[1], request.url))
        ticks = sending.begin(stream.clip, stream.began_seconds, now, self.fault)
        info = f"url={request.url.split('?')[0].rstrip('/')}/track1;seq={(sending.sequence + 1) & 0xFFFF};rtptime={ticks}"
        if self.fault.name == "early_media":
            self._acted(self.fault)
            self.send_due(now)
        self._reply(request, 200, (("Session", self._session), ("Range", "npt=0.000-"), ("RTP-Info", info)))
        self._server.viewers.add(self)

    def _keep_alive(self, request: Request) -> None:
        self._reply(request, 200, (("Session", self._session),))

    def _teardown(self, request: Request) -> None:
        self._reply(request, 200, (("Session", self._session),))
        self._server.viewers.discard(self)
        self._sending.end()

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
        answer = Response(status, head, body, reason).encode()
        fault = self.fault
        if fault.kind.on_answer is not None:
            sound, answer = answer, fault.kind.on_answer(answer)
            if answer != sound:
                self._acted(fault)
        if self._halved:
            self._halved, answer = False, answer[: len(answer) // 2]
        if fault.name == "late_answers":
            self._acted(fault)
            asyncio.get_running_loop().call_later(fault.amount, self._raw, answer)
        else:
            self._raw(answer)

    def _raw(self, data: bytes) -> None:
        if self._transport is not None:
            outlet = TcpOutlet(self._transport)
            outlet.trickle = self.fault.kind.trickle
            if outlet.trickle:
                self._acted(self.fault)
            outlet.raw(data)

    # The stream

    @property
    def sent_packets(self) -> int:
        """RTP packets that were due to it."""
        return self._sending.packets

    def _over(self) -> bool:
        """Whether the fault's time in play has come."""
        return self._sending.begun(self.fault, time.monotonic())

    def send_due(self, now: float) -> None:
        """Sends what is due by now; called by the pacer for every viewer that plays."""
        transport, outlet = self._transport, self._outlet
        if transport is None or outlet is None or transport.is_closing():
            return
        if now - self._heard > 1.5 * self._server.session_timeout_seconds:  # nobody keeps this session alive
            transport.close()
            return
        fault = self.fault
        if isinstance(outlet, TcpOutlet):
            outlet.trickle = fault.kind.trickle
        act = self._sending.due(fault, outlet, now)
        if act is not None:
            self._act(act)
        elif fault.kind.garbage and self._sending.begun(fault, now):
            self._acted(fault)
            self._raw(self._random.randbytes(self._random.randrange(1, 600)))
