"""The pair of UDP ports, over real sockets."""

from __future__ import annotations

import asyncio
import random
import resource
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from struct import pack

import pytest

from streams.errors import RtspError
from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp.receiver import VideoReceiver
from streams.udp import ROUNDS_BYTES, UdpPair

UDP_SEGMENT = 103
BUFFER_BYTES = 256 * 1024
SETS = ParameterSets(Codec.H264, (), (b"\x67\x64\x00\x1e",), (b"\x68\xeb\xec",))
HOSTS = ["127.0.0.1", "::1"]


def packets(pictures: int, pieces: int = 8, size: int = 1200, first: int = 65_530) -> list[bytes]:
    """Keyframes of one fragmented unit each."""
    made = []
    for number in range(pictures):
        for piece in range(pieces):
            flags = (0x80 if piece == 0 else 0) | (0x40 if piece == pieces - 1 else 0)
            marker = 0x80 if piece == pieces - 1 else 0
            head = pack("!BBHII", 0x80, 96 | marker, (first + len(made)) & 0xFFFF, 3600 * number, 7)
            made.append(head + bytes((0x7C, flags | 5)) + bytes((0x88,)) + bytes(size))
    return made


class Camera:
    """The sending side: a socket for RTP and one for RTCP."""

    def __init__(self, host: str, pair: UdpPair) -> None:
        self.host, self.pair = host, pair
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.rtp, self.rtcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        for one in (self.rtp, self.rtcp):
            one.bind((host, 0))
            one.settimeout(2.0)

    @property
    def ports(self) -> tuple[int, int]:
        return self.rtp.getsockname()[1], self.rtcp.getsockname()[1]

    def send(self, *sent: bytes) -> None:
        for packet in sent:
            self.rtp.sendto(packet, (self.host, self.pair.ports[0]))

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


class Heard:
    """A receiver behind a pair of ports."""

    def __init__(self) -> None:
        self.units: list[AccessUnit] = []
        self.reports: list[bytes] = []
        self.segments: list[int] = []
        self.receiver = VideoReceiver(Codec.H264, 96, SETS, self.units.append)

    def rtp(self, buffer: memoryview, size: int, segment: int, now: float) -> None:
        self.segments.append(segment)
        self.receiver.datagrams(buffer, size, segment, now)

    async def until(self, pictures: int, seconds: float = 2.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.units) < pictures:  # noqa: ASYNC110 the sockets are read at their own pace
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(host: str, *, connected: bool = True) -> AsyncIterator[tuple[UdpPair, Camera, Heard]]:
    heard = Heard()
    pair = UdpPair(host, bytearray(BUFFER_BYTES), heard.rtp, lambda packet, now: heard.reports.append(bytes(packet)))
    camera = Camera(host, pair)
    pair.connect(host, camera.ports if connected else None)
    try:
        yield pair, camera, heard
    finally:
        camera.close()
        pair.close()
        pair.close()


@pytest.fixture(params=[False, True], ids=["in rounds", "as it comes"])
def small_buffers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A kernel that grants no large receive buffer."""
    if request.param:
        monkeypatch.setattr("streams.udp.RECEIVE_BYTES", 100_000)
    return bool(request.param)


@pytest.mark.parametrize("host", HOSTS)
async def test_pictures_and_reports_come_through(host: str, small_buffers: bool) -> None:
    async with opened(host) as (pair, camera, heard):
        rtp, rtcp = pair.ports
        assert (rtp % 2, rtcp) == (0, rtp + 1)
        assert pair.in_rounds is not small_buffers or pair._rtp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) < ROUNDS_BYTES
        camera.send(*packets(3))
        camera.rtcp.sendto(b"\x80\xc8report", (host, rtcp))
        await heard.until(3)
        assert [(unit.damaged, unit.size_bytes) for unit in heard.units] == [(False, 9609)] * 3
        assert not heard.receiver.drops
        assert heard.reports == [b"\x80\xc8report"]
        assert pair.drops == {}


@pytest.mark.parametrize("host", HOSTS)
async def test_firewalls_are_opened_and_reports_sent(host: str) -> None:
    async with opened(host) as (pair, camera, _):
        pair.punch()
        packet, source = camera.rtp.recvfrom(100)
        assert (packet[0], source[1]) == (0x80, pair.ports[0])
        packet, source = camera.rtcp.recvfrom(100)
        assert (packet[:2], source[1]) == (b"\x80\xc9", pair.ports[1])
        pair.send_rtcp(b"\x81\xc9more")
        assert camera.rtcp.recv(100) == b"\x81\xc9more"


async def test_shuffled_and_doubled_packets_give_the_same_pictures() -> None:
    async with opened("127.0.0.1") as (_, camera, heard):
        sent = packets(20)
        rng = random.Random(4)
        for at in range(1, len(sent) - 6, 6):
            part = sent[at : at + 6]
            rng.shuffle(part)
            sent[at : at + 6] = part
        doubled = [packet for packet in sent for _ in range(1 if rng.random() < 0.8 else 2)]
        camera.send(*doubled)
        await heard.until(20)
        assert not any(unit.damaged for unit in heard.units)
        assert heard.receiver.reordered > 0
        assert set(heard.receiver.drops) <= {"duplicate", "late"}


async def test_lost_packets_damage_their_picture_alone() -> None:
    async with opened("127.0.0.1") as (_, camera, heard):
        sent = packets(12)
        del sent[35]
        camera.send(*sent[:60])
        await asyncio.sleep(0.3)  # what is missing is waited for a moment
        camera.send(*sent[60:])
        await heard.until(11)
        assert not any(unit.damaged for unit in heard.units), "of the fifth, nothing is whole"
        assert heard.receiver.drops == {"gap": 1, "damaged_picture": 1}


async def test_a_stranger_is_not_heard() -> None:
    async with opened("127.0.0.1") as (pair, camera, heard):
        stranger = Camera("127.0.0.1", pair)
        stranger.send(*packets(2, first=9))
        stranger.rtcp.sendto(b"\x80\xcbbye!", ("127.0.0.1", pair.ports[1]))
        camera.send(*packets(2))
        stranger.send(*packets(2, first=9))
        await heard.until(2)
        stranger.close()
        assert [unit.damaged for unit in heard.units] == [False, False]
        assert (heard.receiver.drops, heard.reports) == ({}, [])


async def test_without_the_cameras_ports_its_host_must_be_right() -> None:
    async with opened("127.0.0.1", connected=False) as (pair, camera, heard):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            for packet in packets(2, first=9):
                stranger.sendto(packet, ("127.0.0.1", pair.ports[0]))
            stranger.sendto(b"\x80\xcbbye!", ("127.0.0.1", pair.ports[1]))
            await asyncio.sleep(0.3)
            assert heard.units == []
            assert pair.drops == {"stranger": 17}
            camera.send(*packets(2))
            await heard.until(2)
            assert [unit.damaged for unit in heard.units] == [False, False]
            stranger.sendto(packets(1)[0], ("127.0.0.1", pair.ports[0]))
            await asyncio.sleep(0.2)
            assert pair.strangers == 17, "the kernel keeps the others out now"
        pair.punch()
        assert camera.rtp.recv(100)[0] == 0x80


async def test_what_the_kernel_joined_is_taken_apart() -> None:
    async with opened("127.0.0.1") as (pair, camera, heard):
        if not pair._gro:
            pytest.skip("this kernel does not coalesce UDP")
        sent = packets(3, pieces=10)
        try:
            camera.rtp.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(sent[0]))
        except OSError:
            pytest.skip("this kernel does not split UDP")
        camera.send(b"".join(sent[:10]), b"".join(sent[10:20]), b"".join(sent[20:]))
        await heard.until(3)
        assert not any(unit.damaged for unit in heard.units)
        assert set(heard.segments) == {len(sent[0])}


async def test_a_network_that_joins_nothing_is_asked_no_more() -> None:
    async with opened("127.0.0.1") as (pair, camera, heard):
        for part in range(12):
            camera.send(*packets(6, first=48 * part))
            await heard.until(6 * (part + 1))
        assert not pair._gro
        assert not any(unit.damaged for unit in heard.units)


async def test_what_is_not_fetched_in_time_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.udp.RECEIVE_BYTES", 50_000)
    async with opened("127.0.0.1") as (pair, camera, heard):
        camera.send(*packets(40))
        assert pair.drops["socket_overflow"] > 100
        await asyncio.sleep(0.2)
        assert pair.drops["socket_overflow"] + heard.receiver.packets + len(heard.receiver.reorder or ()) == 320


async def test_odd_datagrams_are_counted_and_hurt_nothing() -> None:
    async with opened("127.0.0.1") as (_, camera, heard):
        good = packets(2)
        camera.send(*good[:8], b"", b"x", b"1234567", bytes(65_000), *good[8:])
        await heard.until(2)
        assert [unit.damaged for unit in heard.units] == [False, False]
        assert heard.receiver.drops == {"malformed": 4}


async def test_a_camera_without_that_port_is_no_error() -> None:
    async with opened("127.0.0.1") as (pair, camera, heard):
        camera.rtp.close()
        for _ in range(3):
            pair.punch()
            await asyncio.sleep(0.1)
        assert heard.units == []


@contextmanager
def few_files(more: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = socket.socket()
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe.fileno() + more, hard))
    probe.close()
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_no_free_ports_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened("127.0.0.1"):
        with few_files(0), pytest.raises(RtspError, match=r"^no UDP ports .*: this process has \d+ files and sockets open.*; raise its limit"):
            UdpPair("127.0.0.1", bytearray(BUFFER_BYTES), lambda *_: None, lambda *_: None)

        def taken(one: socket.socket, address: object) -> None:
            raise OSError(98, "Address already in use")

        monkeypatch.setattr("streams.udp.socket.socket.bind", taken, raising=False)
        with pytest.raises(RtspError, match=r"^no pair of UDP ports .*Address already in use"):
            UdpPair("127.0.0.1", bytearray(BUFFER_BYTES), lambda *_: None, lambda *_: None)


async def test_no_way_to_the_camera_is_an_error_of_one_line() -> None:
    async with opened("127.0.0.1") as (pair, _, _):
        with pytest.raises(RtspError, match="no way to the camera's UDP ports"):
            pair.connect("255.255.255.255", (6000, 6001))


@pytest.mark.parametrize("known", [True, False], ids=["of the camera", "of a stranger"])
async def test_a_flood_of_datagrams_holds_up_nobody_and_ends_it(known: bool) -> None:
    async with opened("127.0.0.1", connected=known) as (pair, camera, _):
        pair._rounds.leave(pair)
        asyncio.get_running_loop().remove_reader(pair._rtp.fileno())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            held: list[float] = []
            number = 0
            for visit in range(100):
                for _ in range(6000):
                    number += 1
                    tiny = pack("!BBHIIB", 0x80, 96 | 0x80, number & 0xFFFF, 3600 * number & 0xFFFFFFFF, 7, 0x41)
                    (camera.rtp if known else stranger).sendto(tiny, ("127.0.0.1", pair.ports[0]))
                began = time.thread_time()
                pair.visit(0.1 * visit)
                held.append(time.thread_time() - began)
                if pair.failure is not None:
                    break
        assert "of a core" in str(pair.failure)
        assert statistics.median(held) < 0.012


async def test_a_camera_that_is_dear_is_read_in_rounds_where_buffers_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.udp.RECEIVE_BYTES", 100_000)
    async with opened("127.0.0.1") as (pair, camera, heard):
        pair._budget.spent(1.0, 100, time.monotonic())
        visits: list[float] = []
        visit = pair.visit
        monkeypatch.setattr(pair, "visit", lambda now: (visits.append(now), visit(now)))
        for part in range(30):
            camera.send(*packets(1, first=8 * part))
            await asyncio.sleep(0.01)
        await heard.until(30)
        assert len(visits) <= 8


async def test_a_flood_of_reports_is_read_in_steps() -> None:
    async with opened("127.0.0.1") as (pair, camera, heard):
        for _ in range(200):
            camera.rtcp.sendto(b"\x80\xc8report", ("127.0.0.1", pair.ports[1]))
        await asyncio.sleep(0.05)
        assert len(heard.reports) <= 16
        await asyncio.sleep(0.25)
        assert 16 < len(heard.reports) <= 64


@pytest.mark.parametrize("known", [True, False], ids=["by its ports", "by its host"])
async def test_what_came_before_the_camera_was_known_is_nobodys(known: bool) -> None:
    heard = Heard()
    pair = UdpPair("127.0.0.1", bytearray(BUFFER_BYTES), heard.rtp, lambda packet, now: heard.reports.append(bytes(packet)))
    camera = Camera("127.0.0.1", pair)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))
        for packet in packets(1, first=9):
            stranger.sendto(packet, ("127.0.0.1", pair.ports[0]))
        stranger.sendto(b"\x80\xcbbye!", ("127.0.0.1", pair.ports[1]))
        await asyncio.sleep(0.2)
        pair.connect("127.0.0.1", camera.ports if known else None)
        camera.send(*packets(2))
        await heard.until(2)
    assert (len(heard.units), heard.reports) == (2, [])
    assert pair.drops == {"stranger": 9}
    camera.close()
    pair.close()


async def test_only_an_rtp_packet_tells_the_cameras_port() -> None:
    async with opened("127.0.0.1", connected=False) as (pair, camera, heard):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
            neighbour.bind(("127.0.0.1", 0))
            for other in (b"", b"\x80" * 11, b"\x20" * 40):
                neighbour.sendto(other, ("127.0.0.1", pair.ports[0]))
            await asyncio.sleep(0.2)
            camera.send(*packets(2))
            await heard.until(2)
        assert pair.drops == {"stranger": 3}
