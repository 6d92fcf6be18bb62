from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from struct import pack

import pytest

from streams.budget import VISIT_SECONDS
from streams.connection import MAX_BYTES_PER_SECOND, RATE_SECONDS, READ_BYTES, Connection
from streams.errors import ProtocolViolation, RtspError
from streams.media import AccessUnit
from streams.rounds import READ_SECONDS, rounds_of_this_loop
from streams.rtsp.client import ClientSession, Step

SDP = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Z2QAHqw=,aOvssiw=\r\na=control:track1\r\n"


def picture(number: int) -> bytes:
    """A small keyframe in one interleaved packet."""
    packet = pack("!BBHII", 0x80, 96 | 0x80, number & 0xFFFF, 3600 * number, 7) + b"\x65\x88" + bytes(186)
    return b"$\x00" + len(packet).to_bytes(2, "big") + packet


@asynccontextmanager
async def connected(units: list[AccessUnit] | None = None) -> AsyncIterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    session = ClientSession("rtsp://h/1", None, (lambda unit: None) if units is None else units.append)
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


async def test_a_peer_that_sends_more_than_any_camera_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as (connection, _):
        most = round(MAX_BYTES_PER_SECOND * RATE_SECONDS)
        monkeypatch.setattr(connection.session, "received", lambda buffer, size, now: b"")
        began = connection.last_step_seconds
        for second in range(1, 20):
            connection._take(0, most // 5, began + second)
        for part in range(5):
            connection._take(0, most // 4, began + 20.1 + part / 10)
        assert not connection.over.done()
        connection._take(0, most // 4, began + 20.6)
        with pytest.raises(ProtocolViolation, match="32 MiB a second"):
            connection.over.result()


async def test_bytes_that_come_one_by_one_are_read_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    async with connected() as (connection, theirs):
        monkeypatch.setattr(connection.session, "received", lambda buffer, size, now: reads.append(size) or b"")
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


class TestPlaying:
    """From PLAY on the socket is read in rounds."""

    @staticmethod
    @asynccontextmanager
    async def playing(units: list[AccessUnit]) -> AsyncIterator[tuple[Connection, socket.socket]]:
        async with connected(units) as (connection, theirs):
            loop = asyncio.get_running_loop()
            for answer in (
                b"Public: DESCRIBE\r\n\r\n",
                b"Content-Length: %d\r\n\r\n%b" % (len(SDP), SDP),
                b"Session: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
                b"\r\n",
            ):
                asked = await loop.sock_recv(theirs, 2000)
                number = asked.partition(b"CSeq: ")[2].partition(b"\r")[0]
                await loop.sock_sendall(theirs, b"RTSP/1.0 200 OK\r\nCSeq: %b\r\n%b" % (number, answer))
            await asyncio.wait_for(connection.playing, 2.0)
            yield connection, theirs

    async def test_pictures_come_within_a_round_or_two(self) -> None:
        units: list[AccessUnit] = []
        async with self.playing(units) as (connection, theirs):
            assert connection.session.step is Step.PLAYING
            assert len(rounds_of_this_loop()) == 1
            sent = picture(1) + picture(2)
            theirs.send(sent[:300])
            await asyncio.sleep(3 * READ_SECONDS)
            assert len(units) == 1
            theirs.send(sent[300:])
            await asyncio.sleep(3 * READ_SECONDS)
            assert [unit.damaged for unit in units] == [False, False]
            assert connection.received_bytes > len(sent)

    async def test_a_large_burst_is_taken_at_once(self) -> None:
        units: list[AccessUnit] = []
        async with self.playing(units) as (_, theirs):
            burst = b"".join(picture(number) for number in range(5000))
            await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(theirs, burst), 5.0)
            for _ in range(10):  # a busy machine may take longer
                await asyncio.sleep(3 * READ_SECONDS)
                if len(units) == 5000:
                    break
            assert len(units) == 5000

    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "garbage"])
    async def test_its_end_is_noticed_and_it_is_visited_no_more(self, reset: bool) -> None:
        async with self.playing([]) as (connection, theirs):
            if reset:
                with suppress(OSError, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await asyncio.get_running_loop().sock_sendall(theirs, b"\x01" * 2_000_000)
            else:
                theirs.close()
            with pytest.raises(RtspError, match="neither RTP nor RTSP" if reset else "closed the connection"):
                await asyncio.wait_for(connection.over, 2.0)
            assert len(rounds_of_this_loop()) == 0

    async def test_leaving_says_goodbye(self) -> None:
        async with self.playing([]) as (connection, theirs):
            connection.leave()
            assert len(rounds_of_this_loop()) == 0
            assert b"TEARDOWN" in await asyncio.get_running_loop().sock_recv(theirs, 2000)

    @pytest.mark.parametrize(
        "flood",
        [
            b"$\x01" + pack("!HBBHI", 8, 0x80, 201, 1, 9),
            b"$\x02" + pack("!H", 8) + bytes(8),
            b"$\x00" + pack("!HBBHIIB", 13, 0x80, 96 | 0x80, 1, 3600, 7, 0x41),
            b"garbage$\x09",
        ],
        ids=["reports", "another channel", "the same packet", "garbage"],
    )
    async def test_a_flood_of_small_pieces_holds_up_nobody_and_is_cut(self, flood: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.budget.SHARE_SECONDS", 1.0)
        async with self.playing([]) as (connection, theirs):
            held: list[float] = []
            visit = connection.visit

            def timed(now_seconds: float) -> None:
                began = time.thread_time()
                visit(now_seconds)
                held.append(time.thread_time() - began)

            monkeypatch.setattr(connection, "visit", timed)
            theirs.setblocking(True)
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
            flooding = asyncio.get_running_loop().run_in_executor(None, _flood, theirs, flood * (1024 * 1024 // len(flood)))
            await asyncio.wait([connection.over], timeout=8.0)
            with pytest.raises(ProtocolViolation, match=r"of a core|neither RTP nor RTSP"):
                connection.over.result()
            await flooding
            assert max(held) < 0.06, "the first visit may meet bytes dearer than any before"
            assert sum(spent > 2 * VISIT_SECONDS for spent in held) <= 2


def _flood(to: socket.socket, blob: bytes) -> None:
    with suppress(OSError):
        while True:
            to.sendall(blob)
