"""The simulator's server: as many cameras as asked for, over TCP and UDP, all paced by one loop.

A round of the pacer sends every stream what is due within its 40 ms; the packets are shared by all streams of a clip, only ten bytes of header are
written per packet (see packets.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from urllib.parse import urlsplit

from streams.errors import CameraSpecError, StreamsError
from streams.simulator.certificate import server_context
from streams.simulator.faults import Fault
from streams.simulator.outlets import UdpPorts
from streams.simulator.packets import PreparedClip, prepare
from streams.simulator.stream import SimulatedStream
from streams.simulator.viewer import Viewer

TICK_SECONDS = 0.04
SESSION_TIMEOUT_SECONDS = 60
REPORT_SECONDS = 5.0
BACKLOG = 1024


class SimulatorServer:
    """Serves streams `/1` … `/N`, and `/1/sub` … where there are sub clips; an async context manager.

    The clip of stream i is `clips[(i - 1) % len(clips)]`. With `spread` each stream begins at a phase of its own, else the first viewer sees its
    clip from the beginning (or from `?phase=SECONDS`).
    """

    def __init__(
        self,
        clips: Sequence[Path],
        streams: int,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str | None = None,
        password: str = "",
        spread: bool = False,
        sub_clips: Sequence[Path] = (),
        session_timeout_seconds: int = SESSION_TIMEOUT_SECONDS,
        report_seconds: float = REPORT_SECONDS,
        gso: bool = True,
        tls: bool = False,
    ) -> None:
        self._paths, self._sub_paths, self._count = list(clips), list(sub_clips), streams
        self.host, self._port = host, port
        self.username, self.password = username, password
        self._spread = spread
        self.session_timeout_seconds, self.report_seconds = session_timeout_seconds, report_seconds
        self._tls = tls
        self.certificate = b""
        """What it proves itself with over TLS: self-signed (PEM)."""
        self.streams: dict[str, SimulatedStream] = {}
        self.udp = UdpPorts(host, segments=gso)
        self.connections: set[Viewer] = set()
        self.viewers: set[Viewer] = set()
        """The connections that play."""
        self.tcp_reports = 0
        """Receiver reports that came interleaved; those over UDP are `udp.reports`."""
        self.failed_logins = 0
        """Requests with a wrong user name or password."""
        self.nonce = f"{Random().getrandbits(64):016x}"
        self._prepared: dict[Path, PreparedClip] = {}
        self._servers: list[asyncio.Server] = []
        self._pacer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reads the clips and listens.

        Raises:
            CameraSpecError: there is no clip.
            RecordedFileError: a clip cannot be read.
            StreamsError: the port is taken.
        """
        if not self._paths:
            raise CameraSpecError("the simulator needs at least one clip to play")
        self._prepared = {path: prepare(path) for path in dict.fromkeys([*self._paths, *self._sub_paths])}
        for paths, ending in ((self._paths, ""), (self._sub_paths, "/sub")):
            for index in range(self._count if paths else 0):
                clip = self._prepared[paths[index % len(paths)]]
                phase = clip.seconds * index / self._count if self._spread else 0.0
                name = f"{index + 1}{ending}"
                self.streams[name] = SimulatedStream(name, clip, phase)
        loop = asyncio.get_running_loop()
        try:
            self._servers = [await loop.create_server(lambda: Viewer(self), self.host, port, backlog=BACKLOG) for port in (self._port, 0)]
            if self._tls:
                context, self.certificate = await loop.run_in_executor(None, server_context)
                self._servers.append(await loop.create_server(lambda: Viewer(self), self.host, 0, ssl=context, backlog=BACKLOG))
            self.udp.open()
        except OSError as error:
            reason = error.strerror or str(error)
            raise StreamsError(f"{self.host}:{self._port} is not free to listen on ({reason}); choose another --port") from error
        self._pacer = loop.create_task(self._pace())

    async def close(self) -> None:
        """Ends all sessions."""
        if self._pacer is not None:
            self._pacer.cancel()
            await asyncio.gather(self._pacer, return_exceptions=True)
        for server in self._servers:
            server.close()
        for viewer in list(self.connections):
            viewer.drop()
        self.udp.close()
        await asyncio.sleep(0)

    async def __aenter__(self) -> SimulatorServer:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._listens(0) or self._port

    @property
    def other_port(self) -> int:
        """A second port that it listens on: where cameras that redirect point to."""
        return self._listens(1)

    @property
    def tls_port(self) -> int:
        """The port for `rtsps://`; 0 without TLS."""
        return self._listens(2)

    def _listens(self, index: int) -> int:
        return int(self._servers[index].sockets[0].getsockname()[1]) if index < len(self._servers) and self._servers[index].sockets else 0

    @property
    def url_host(self) -> str:
        """Its host as addresses name it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    def url(self, stream: int, query: str = "", *, sub: bool = False, with_password: bool = True, tls: bool = False) -> str:
        """The address of stream 1 … N, or of its sub-stream."""
        who = f"{self.username}:{self.password}@" if self.username and with_password else ""
        scheme, port = ("rtsps", self.tls_port) if tls else ("rtsp", self.port)
        return f"{scheme}://{who}{self.url_host}:{port}/{stream}" + ("/sub" if sub else "") + (f"?{query}" if query else "")

    def find(self, url: str) -> SimulatedStream | None:
        """The stream that an address (or a track's address) names."""
        parts = [part for part in urlsplit(url).path.split("/") if part]
        if parts and parts[-1].startswith("track"):
            parts.pop()
        return self.streams.get("/".join(parts))

    def tell(self, stream: str, fault: Fault | None) -> None:
        """The live command: puts a stream at fault for all its viewers, now and later; `Fault()` makes it sound, None gives it back to its address.

        Raises:
            CameraSpecError: there is no such stream.
        """
        if stream not in self.streams:
            raise CameraSpecError(f"the simulator has no stream {stream!r}; there are 1 to {self._count}")
        self.streams[stream].told = fault

    def other_clip(self, clip: PreparedClip) -> PreparedClip | None:
        """A clip of the same codec with other parameter sets, for a camera that changes its resolution."""
        others = (one for one in self._prepared.values() if one.codec is clip.codec and one.parameter_sets.key != clip.parameter_sets.key)
        return next(others, None)

    async def _pace(self) -> None:
        next_tick = time.monotonic()
        while True:
            next_tick = max(next_tick + TICK_SECONDS, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, next_tick - time.monotonic()))
            now = time.monotonic()
            for viewer in tuple(self.viewers):
                viewer.send_due(now)
            self.udp.drain()
