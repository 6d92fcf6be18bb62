from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from streams.connection import MAX_BYTES_PER_SECOND, RATE_SECONDS, READ_BYTES, Connection
from streams.errors import ProtocolViolation, RtspError
from streams.rtsp.client import ClientSession


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    session = ClientSession("rtsp://h/1", None, lambda unit: None)
    _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(session, bytearray(READ_BYTES)), sock=ours)
    try:
        yield connection, theirs
    finally:
        connection.cut(RtspError("the test is over"))
        theirs.close()
        await asyncio.sleep(0)


async def test_it_asks_first() -> None:
    async with connected() as (connection, theirs):
        assert (await asyncio.get_running_loop().sock_recv(theirs, 1000)).startswith(b"OPTIONS rtsp://h/1 RTSP/1.0\r\n")
        theirs.close()
        with pytest.raises(RtspError, match="closed the connection"):
            await asyncio.wait_for(connection.over, 2.0)


async def test_a_peer_that_takes_nothing_is_cut() -> None:
    async with connected() as (connection, _):
        for _ in range(200):
            connection.send(bytes(65_536))
        with pytest.raises(ProtocolViolation, match="does not take our answers"):
            await asyncio.wait_for(connection.over, 2.0)
        connection.send(b"more")


async def test_leaving_a_peer_that_takes_nothing_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.connection.LINGER_SECONDS", 0.2)
    async with connected() as (connection, _):
        assert connection._transport is not None
        connection._transport.write(bytes(10_000_000))
        connection.leave()
        assert not connection.over.done()
        await asyncio.wait([connection.over], timeout=2.0)
        assert connection.over.done()


async def test_a_peer_that_sends_more_than_any_camera_is_cut() -> None:
    async with connected() as (connection, _):
        most = round(MAX_BYTES_PER_SECOND * RATE_SECONDS)
        began = connection.last_step_seconds
        for second in range(1, 20):
            connection._check_rate(began + second, most // 5)
        for part in range(5):
            connection._check_rate(began + 20.1 + part / 10, most // 4)
        with pytest.raises(ProtocolViolation, match="32 MiB a second"):
            connection._check_rate(began + 20.6, most // 4)


async def test_bytes_that_come_one_by_one_are_read_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    async with connected() as (connection, theirs):
        monkeypatch.setattr(connection.session, "receive", lambda data, now: reads.append(len(data)) or b"")
        loop = asyncio.get_running_loop()
        until = loop.time() + 1.0
        sent = 0
        while loop.time() < until and sent < 3000:
            await loop.sock_sendall(theirs, b"x")
            sent += 1
            await asyncio.sleep(0)
        async with asyncio.timeout(2.0):
            while sum(reads) < sent:  # noqa: ASYNC110 the other side reads at its own pace
                await asyncio.sleep(0.02)
    assert len(reads) < 400 < sent
