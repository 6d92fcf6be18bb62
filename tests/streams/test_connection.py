from __future__ import annotations

import asyncio
import socket

import pytest

from streams.connection import MAX_BYTES_PER_SECOND, RATE_SECONDS, Connection
from streams.errors import ProtocolViolation, RtspError
from streams.rtsp.client import ClientSession


async def connected() -> tuple[Connection, socket.socket]:
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    session = ClientSession("rtsp://h/1", None, lambda unit: None)
    _, connection = await loop.create_connection(lambda: Connection(session), sock=ours)
    theirs.setblocking(False)
    return connection, theirs


async def test_it_asks_first() -> None:
    connection, theirs = await connected()
    assert (await asyncio.get_running_loop().sock_recv(theirs, 1000)).startswith(b"OPTIONS rtsp://h/1 RTSP/1.0\r\n")
    theirs.close()
    with pytest.raises(RtspError, match="closed the connection"):
        await asyncio.wait_for(connection.over, 2.0)


async def test_a_peer_that_takes_nothing_is_cut() -> None:
    connection, theirs = await connected()
    for _ in range(200):
        connection.send(bytes(65_536))
    with pytest.raises(ProtocolViolation, match="does not take our answers"):
        await asyncio.wait_for(connection.over, 2.0)
    connection.send(b"more")
    theirs.close()


async def test_leaving_a_peer_that_takes_nothing_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.connection.LINGER_SECONDS", 0.2)
    connection, theirs = await connected()
    connection._transport.write(bytes(10_000_000))  # type: ignore[union-attr]
    connection.leave()
    await asyncio.wait([connection.over], timeout=2.0)
    assert connection.over.done()
    theirs.close()


async def test_a_peer_that_sends_more_than_any_camera_is_cut() -> None:
    connection, theirs = await connected()
    most = round(MAX_BYTES_PER_SECOND * RATE_SECONDS)
    began = connection.last_step_seconds
    for second in range(1, 20):
        connection._check_rate(began + second, most // 5)
    for part in range(4):
        connection._check_rate(began + 20.1 + part / 10, most // 4)
    with pytest.raises(ProtocolViolation, match="32 MiB a second"):
        connection._check_rate(began + 20.5, most // 4)
    connection.leave()
    theirs.close()
    await asyncio.sleep(0.05)
