"""Servers that the fallback is tried against: a web server with live FLV, MPEG-TS and HLS, and ones that hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import av
import pytest

from streams.errors import StreamsError
from streams.libav.play import play_libav
from streams.media import AccessUnit

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def remuxed(clip: Path, target: Path, format_name: str, options: dict[str, str] | None = None) -> Path:
    """The clip's pictures in another container."""
    with av.open(str(clip)) as read, av.open(str(target), "w", format=format_name, options=options or {}) as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    return target


class Web:
    """A web server whose paths answer as a test says; an async context manager."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Web:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.sleep(0.05)

    def cut(self) -> None:
        """Ends every connection."""
        for writer in self._writers:
            writer.transport.abort()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str, user_info: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{user_info}127.0.0.1:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = request.split(" ")[1]
            self.asked.append(request)
            page = self.pages.get(path)
            if page is None:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                await page(request, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()
            self._writers.discard(writer)


def whole(data: bytes, kind: str = "application/octet-stream") -> Answer:
    """A page with a body."""

    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)

    return answer


def live(data: bytes, seconds: float, kind: str, *, repeat_from: int = 0, stop_after: float = 1e9) -> Answer:
    """A body that comes in its own time, over and over; `repeat_from` is where it begins again. After `stop_after` seconds nothing comes any more."""

    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        began, body = time.monotonic(), data
        for _ in range(1000):
            step = max(1, round(len(body) / (seconds * 20)))
            for at in range(0, len(body), step):
                if time.monotonic() - began > stop_after:
                    await asyncio.sleep(60)
                writer.write(body[at : at + step])
                await writer.drain()
                await asyncio.sleep(0.05)
            body = data[repeat_from:]

    return answer


def continuing(ts: bytes, rounds: int) -> bytes:
    """The transport stream several times over, as one sender would go on: its continuity counters (ISO 13818-1 2.4.3.3) run through."""
    data, counters = bytearray(ts * rounds), dict[int, int]()
    for at in range(0, len(data), 188):
        pid = int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF
        if data[at + 3] & 0x10:
            counters[pid] = (counters.get(pid, -1) + 1) & 0x0F
        data[at + 3] = data[at + 3] & 0xF0 | counters.get(pid, 0)
    return bytes(data)


def redirect(location: str) -> Answer:
    """A page that sends the caller elsewhere."""

    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    return answer


async def silent(request: str, writer: asyncio.StreamWriter) -> None:
    """A page that never answers."""
    await asyncio.sleep(60)


async def watched(
    url: str, seconds: float, *, enough: int = 10_000, transport: str = "tcp", tls_verify: bool = False
) -> tuple[list[AccessUnit], StreamsError | None]:
    """What `play_libav` brings until it has enough pictures or the time is over, and the error that ended it before."""
    units: list[AccessUnit] = []
    full = asyncio.Event()

    def take(unit: AccessUnit) -> None:
        units.append(unit)
        if len(units) >= enough:
            full.set()

    task = asyncio.create_task(play_libav(url, take, connect_seconds=2, stale_seconds=1, transport=transport, tls_verify=tls_verify))
    waiting = asyncio.create_task(full.wait())
    await asyncio.wait([task, waiting], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    error = task.exception() if task.done() else None
    task.cancel()
    await asyncio.gather(task, waiting, return_exceptions=True)
    assert error is None or isinstance(error, StreamsError), error
    return units, error


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """A web server without pages."""
    async with Web() as server:
        yield server
