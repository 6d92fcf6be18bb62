"""How a stream's pictures come: by the reader of this package, through libav in a process of its own, or from a file. One shape for all three.

A source is opened (it returns when pictures come or may come), turned again and again (each second or two), and closed. Opening and turning raise the
reason when it ends; they never end otherwise.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from streams import address
from streams.camera import ReaderKind, Transport
from streams.errors import AuthenticationRefused, LoginPaused, RtspError
from streams.libav.play import play_libav
from streams.logins import account
from streams.media import AccessUnit
from streams.playback import play_file
from streams.resolver import resolve
from streams.rtsp.client import ClientSession
from streams.rtsp.transport import Way
from streams.rtsp_source import RtspSource
from streams.settings import Neighbours, ReaderSettings

OnUnit = Callable[[AccessUnit], None]
Play = Callable[[OnUnit], Coroutine[None, None, None]]
TURN_SECONDS = 1.0
"""Between two looks at how a stream does that others read."""


@dataclass(frozen=True, slots=True)
class Target:
    """A stream to read; the parts of a camera's spec that one of its streams depends on."""

    camera_id: str
    url: str = field(repr=False)
    transport: Transport = "tcp"
    resolver: str | None = field(default=None, repr=False)
    tls_verify: bool = False


class Source(Protocol):
    """What brings a stream's pictures."""

    @property
    def reader(self) -> ReaderKind:
        """Who reads."""
        ...

    @property
    def session(self) -> ClientSession | None:
        """The conversation, where it is this package's."""
        ...

    @property
    def transport(self) -> Way | None:
        """How pictures come."""
        ...

    @property
    def encrypted(self) -> bool:
        """Whether over TLS."""
        ...

    @property
    def verified(self) -> bool:
        """Whether the other end has proved who it is."""
        ...

    @property
    def received_bytes(self) -> int:
        """So far."""
        ...

    @property
    def drops(self) -> Mapping[str, int]:
        """What was lost so far, by cause."""
        ...

    async def open(self) -> None:
        """Brings it to play."""
        ...

    async def turn(self) -> None:
        """Waits a second or two at most, and does what is due."""
        ...

    async def close(self) -> None:
        """Ends it."""
        ...


async def locate(target: Target, settings: ReaderSettings, neighbours: Neighbours) -> str:
    """The stream's address now: as it stands, or asked of the resolver, when it is this camera's turn.

    Raises:
        ResolverFailed: the resolver gives none that can be used.
    """
    if target.resolver is None:
        return target.url
    async with neighbours.resolving:
        return await resolve(target.resolver, target.camera_id, timeout_seconds=settings.connect_seconds)


def source_of(
    url: str,
    target: Target,
    on_unit: OnUnit,
    *,
    settings: ReaderSettings,
    neighbours: Neighbours,
    libav: bool = False,
    udp: bool = False,
    led_here: bool | None = None,
) -> Source:
    """What reads the address.

    Args:
        libav: for a stream that the reader of this package has turned out not to speak.
        udp: for one that is not sent over TCP.
        led_here: of an address that a camera led to: whether that camera is on this machine itself.
    """
    if address.is_file(url):
        path = address.file_path(url)
        return PlayedSource("file", url, lambda on_unit: play_file(path, on_unit, neighbours.files), on_unit, neighbours)
    if libav or target.transport == "libav" or address.scheme_of(url) not in address.OWN_SCHEMES:

        def play(on_unit: OnUnit) -> Coroutine[None, None, None]:
            over = "udp" if target.transport == "udp" else "tcp"
            return play_libav(
                url, on_unit, connect_seconds=settings.connect_seconds, stale_seconds=settings.stale_seconds, transport=over, tls_verify=target.tls_verify,
                starts=neighbours.libav_starts,
            )  # fmt: skip

        return PlayedSource("libav", url, play, on_unit, neighbours, tls_verify=target.tls_verify)
    way: Way = "udp" if udp or target.transport == "udp" else "tcp"
    return RtspSource(url, on_unit, transport=way, tls_verify=target.tls_verify, settings=settings, neighbours=neighbours, led_here=led_here)


class PlayedSource:
    """Pictures that a coroutine brings: a file, or libav. Its handshakes and logins are counted with those of the others."""

    session = None
    transport = None
    drops: Mapping[str, int] = MappingProxyType({})

    def __init__(self, reader: ReaderKind, url: str, play: Play, on_unit: OnUnit, neighbours: Neighbours, *, tls_verify: bool = False) -> None:
        self.reader: ReaderKind = reader
        self._url, self._play, self._on_unit, self._neighbours = url, play, on_unit, neighbours
        self._tls_verify = tls_verify
        self.received_bytes = 0
        self._first = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._entered = False

    @property
    def encrypted(self) -> bool:
        """Whether over TLS."""
        return address.scheme_of(self._url) in ("rtsps", "rtmps", "https")

    @property
    def verified(self) -> bool:
        """Whether the other end has proved who it is."""
        return self.encrypted and self._tls_verify

    def _take(self, unit: AccessUnit) -> None:
        self.received_bytes += unit.size_bytes
        self._first.set()
        self._on_unit(unit)

    async def open(self) -> None:
        """Begins, and waits for the first picture.

        Raises:
            StreamsError: why there is none.
        """
        if self.reader == "file":
            self._task = asyncio.get_running_loop().create_task(self._play(self._take))
            return
        self._neighbours.enter_libav()
        self._entered = True
        host = address.host_and_port(self._url)
        credentials = address.credentials(self._url)
        path = address.request_url(self._url)
        logins, key = self._neighbours.logins, None if credentials is None else account(host, credentials)
        async with self._neighbours.gate(host[0]):
            while key is not None and not logins.claim(key, self, time.monotonic(), path=path):  # noqa: ASYNC110 another camera's login has a deadline of its own
                await asyncio.sleep(0.1)
            try:
                self._task = asyncio.get_running_loop().create_task(self._play(self._take))
                first = asyncio.ensure_future(self._first.wait())
                try:
                    await asyncio.wait([self._task, first], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    first.cancel()
                if self._task.done():
                    self._task.result()
                if key is not None:
                    logins.accepted(key, self, time.monotonic(), path=path)
            except AuthenticationRefused as error:
                if key is not None and not isinstance(error, LoginPaused):
                    logins.refused(key, self, time.monotonic(), random.random(), path=path)
                raise
            finally:
                if key is not None:
                    logins.release(key, self)

    async def turn(self) -> None:
        """Waits `TURN_SECONDS` at most.

        Raises:
            StreamsError: why it has ended.
        """
        assert self._task is not None
        await asyncio.wait([self._task], timeout=TURN_SECONDS)
        if self._task.done():
            self._task.result()
            raise RtspError("the stream ended")

    async def close(self) -> None:
        """Ends it, and what it started."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task
        if self._entered:
            self._entered = False
            self._neighbours.leave_libav()
