"""The simulator's server: RTSP over TCP interleaved, as many cameras as asked for, all paced by one loop.

A round of the pacer sends every stream what is due within its 40 ms; the packets' payloads are shared by all streams of a clip, only twelve bytes of
header and four of framing are made per packet.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType

from streams.errors import CameraSpecError, StreamsError
from streams.rtp.rtcp import write_sender_report
from streams.rtsp.auth import verify
from streams.rtsp.messages import Headers, Request, Response, parse_message
from streams.simulator.faults import Fault, parse_fault
from streams.simulator.packets import PAYLOAD_TYPE, PreparedClip, prepare

TICK_SECONDS = 0.04
REPORT_SECONDS = 5.0
SESSION_TIMEOUT_SECONDS = 60
REALM = "curbwatch simulator"
MAX_BACKLOG_BYTES = 4 * 1024 * 1024
"""Unsent bytes above which packets to a reader are dropped: a camera's buffer is small."""


@dataclass(slots=True)
class SimulatedStream:
    """One camera: its clip, where in it the first viewer begins, and how often it was played through."""

    name: str
    clip: PreparedClip
    phase_seconds: float = 0.0
    began_seconds: float | None = field(default=None)
    sequence: int = 0

    @property
    def played_seconds(self) -> float:
        """Seconds since the first viewer's PLAY."""
        return 0.0 if self.began_seconds is None else time.monotonic() - self.began_seconds

    @property
    def loops(self) -> int:
        """Whole rounds of the clip since the first PLAY."""
        return int(self.played_seconds / self.clip.seconds)


class SimulatorServer:
    """Serves streams `/1` … `/N`; an async context manager. The clip of stream i is `clips[(i - 1) % len(clips)]`.

    A camera's time goes on while nobody watches, as a real street's does; the first viewer begins at the clip's start (plus `phase`).
    """

    def __init__(
        self, clips: Sequence[Path], streams: int, *, host: str = "127.0.0.1", port: int = 0, username: str | None = None, password: str = "", spread: bool = False
    ) -> None:
        self._paths, self._count, self._host, self._port = list(clips), streams, host, port
        self._username, self._password = username, password
        self._spread = spread
        self.streams: dict[str, SimulatedStream] = {}
        self._server: asyncio.Server | None = None
        self._pacer: asyncio.Task[None] | None = None
        self.viewers: set[Viewer] = set()
        self.nonce = f"{Random().getrandbits(64):016x}"

    async def start(self) -> None:
        """Reads the clips and listens.

        Raises:
            RecordedFileError: a clip cannot be read.
            StreamsError: the port is taken.
        """
        prepared = {path: prepare(path) for path in dict.fromkeys(self._paths)}
        for index in range(self._count):
            clip = prepared[self._paths[index % len(self._paths)]]
            phase = clip.seconds * index / self._count if self._spread else 0.0
            self.streams[str(index + 1)] = SimulatedStream(str(index + 1), clip, phase)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Viewer(self), self._host, self._port, backlog=1024)
        except OSError as error:
            raise StreamsError(f"{self._host}:{self._port} is not free to listen on ({error.strerror}); choose another --port") from error
        self._port = self._server.sockets[0].getsockname()[1]
        self._pacer = loop.create_task(self._pace())

    async def close(self) -> None:
        """Ends all sessions."""
        if self._pacer is not None:
            self._pacer.cancel()
        if self._server is not None:
            self._server.close()
        for viewer in list(self.viewers):
            viewer.drop()
        await asyncio.sleep(0)

    async def __aenter__(self) -> SimulatorServer:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    def url(self, stream: int, query: str = "", *, with_password: bool = True) -> str:
        """The address of stream 1 … N."""
        who = f"{self._username}:{self._password}@" if self._username and with_password else ""
        return f"rtsp://{who}{self._host}:{self._port}/{stream}" + (f"?{query}" if query else "")

    def may(self, request: Request) -> bool:
        """Whether the request proves the password, where there is one."""
        if self._username is None:
            return True
        header = request.headers.get("Authorization", "")
        return bool(header) and verify(header, request.method, username=self._username, password=self._password, realm=REALM, nonce=self.nonce)

    async def _pace(self) -> None:
        next_tick = time.monotonic()
        while True:
            next_tick = max(next_tick + TICK_SECONDS, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, next_tick - time.monotonic()))
            now = time.monotonic()
            for viewer in tuple(self.viewers):
                viewer.send_due(now)


class Viewer(asyncio.Protocol):
    """One connection: a session that plays one stream."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._stream: SimulatedStream | None = None
        self._fault = Fault()
        self._random = Random(1)
        self._session = f"{Random().getrandbits(32):08x}"
        self._ssrc = Random().getrandbits(32)
        self._sequence = Random().getrandbits(16)
        self._next_picture = 0
        self._round = 0
        self._playing_since: float | None = None
        self._reported = 0.0
        self._packets = self._octets = 0
        self._silent = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.viewers.discard(self)

    def drop(self) -> None:
        """Ends the connection."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
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
        except (CameraSpecError, ValueError):
            self._reply(request, 400)
            return
        if fault.name is not None:
            self._fault = fault
        if self._fault.name == f"hang_{request.method.lower()}" or self._silent:
            return
        if self._fault.name == "unauthorized" or not self._server.may(request):
            digest = f'Digest realm="{REALM}", nonce="{self._server.nonce}", algorithm=MD5, qop="auth"'
            self._reply(request, 401, (("WWW-Authenticate", digest), ("WWW-Authenticate", f'Basic realm="{REALM}"')))
            return
        path = request.url.split("?")[0].rstrip("/").split("/")
        name = next((part for part in reversed(path) if part in self._server.streams), None)
        if request.method == "OPTIONS":
            self._reply(request, 200, (("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"), ("Server", "curbwatch simulator")))
        elif request.method == "DESCRIBE":
            if name is None or self._fault.name == "not_found":
                self._reply(request, 404)
                return
            self._stream = self._server.streams[name]
            body = self._stream.clip.describe("127.0.0.1")
            if self._fault.name == "no_video":
                body = "v=0\r\ns=audio only\r\nm=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track1\r\n"
            self._reply(request, 200, (("Content-Base", request.url.split("?")[0] + "/"), ("Content-Type", "application/sdp")), body.encode())
        elif request.method == "SETUP":
            if "TCP" not in request.headers.get("Transport", ""):
                self._reply(request, 461)
                return
            self._reply(request, 200, (("Session", f"{self._session};timeout={SESSION_TIMEOUT_SECONDS}"), ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")))
        elif request.method == "PLAY":
            self._play(request)
        elif request.method == "TEARDOWN":
            self._reply(request, 200)
            self._server.viewers.discard(self)
        else:
            self._reply(request, 454 if self._fault.name == "expired" else 200)

    def _reply(self, request: Request, status: int, fields: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> None:
        head = (("CSeq", request.headers.get("CSeq", "0")), *fields)
        if request.method in ("PLAY", "GET_PARAMETER") and status == 200:
            head = (*head, ("Session", self._session))
        self._write(Response(status, Headers(head), body).encode())

    def _play(self, request: Request) -> None:
        stream = self._stream
        if stream is None:
            self._reply(request, 455)
            return
        now = time.monotonic()
        if stream.began_seconds is None:
            stream.began_seconds = now - stream.phase_seconds
        self._reply(request, 200, (("Range", "npt=0.000-"),))
        self._playing_since = now
        position = now - stream.began_seconds
        self._round = int(position / stream.clip.seconds)
        within = position - self._round * stream.clip.seconds
        # A fresh session starts at a keyframe: the last one that is past.
        past = [i for i, picture in enumerate(stream.clip.pictures) if picture.keyframe and picture.seconds <= within]
        self._next_picture = past[-1] if past else 0
        self._server.viewers.add(self)

    def send_due(self, now: float) -> None:
        """Sends what is due by now."""
        stream, transport = self._stream, self._transport
        if stream is None or transport is None or self._playing_since is None or stream.began_seconds is None or transport.is_closing():
            return
        played = now - self._playing_since
        if self._fault.begun(played):
            if self._fault.name == "close":
                transport.close()
                return
            if self._fault.name == "reset":
                raw = transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()
                return
            if self._fault.name in ("stall", "expired"):
                self._silent = True
                return
            if self._fault.name == "garbage":
                self._write(self._random.randbytes(self._random.randrange(1, 600)))
        out = bytearray()
        clip = stream.clip
        position = now - stream.began_seconds
        while True:
            picture = clip.pictures[self._next_picture]
            if self._round * clip.seconds + picture.seconds > position:
                break
            ticks = (self._round * clip.loop_ticks + picture.ticks) & 0xFFFFFFFF
            self._pack(out, picture.payloads, ticks, spoil=self._fault.name in ("loss", "bitflips") and self._fault.begun(played))
            self._next_picture += 1
            if self._next_picture == len(clip.pictures):
                self._next_picture, self._round = 0, self._round + 1
        if now - self._reported > REPORT_SECONDS:
            self._reported = now
            unix = time.time() + (3600.0 if self._fault.name == "clock" else 0.0)
            report = write_sender_report(self._ssrc, unix, round(position * 90_000), self._packets, self._octets)
            out += b"$\x01" + len(report).to_bytes(2, "big") + report
        if out:
            self._write(bytes(out))

    def _pack(self, out: bytearray, payloads: tuple[bytes, ...], ticks: int, *, spoil: bool) -> None:
        transport = self._transport
        full = transport is not None and transport.get_write_buffer_size() > MAX_BACKLOG_BYTES
        last = len(payloads) - 1
        for index, payload in enumerate(payloads):
            self._sequence = (self._sequence + 1) & 0xFFFF
            if full:
                continue
            sent = self._fault.spoil(payload, self._random) if spoil else payload
            if sent is None:
                continue
            out += struct.pack("!BBHBBHII", 0x24, 0, len(sent) + 12, 0x80, PAYLOAD_TYPE | (0x80 if index == last else 0), self._sequence, ticks, self._ssrc)
            out += sent
            self._packets += 1
            self._octets += len(sent)

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._fault.name == "slow":
            for i in range(len(data)):
                transport.write(data[i : i + 1])
        else:
            transport.write(data)
