"""The simulator's server: passwords, live commands, sessions, UDP, TLS; what each fault does to a camera that is read is in tests/streams/failures."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest

from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.errors import CameraSpecError, StreamsError
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings
from streams.simulator import Fault, SimulatorServer

Clip = Callable[[str], Path]
SETTINGS = ReaderSettings(connect_seconds=4.0, answer_seconds=2.0, stale_seconds=1.0, connects_per_host=64, stagger_seconds=0.0)


@dataclass
class Watched:
    """What became of cameras: their last status, all (state, reason) that were seen, their keyframes."""

    last: dict[str, CameraStatus] = field(default_factory=dict)
    seen: defaultdict[str, set[tuple[CameraState, str]]] = field(default_factory=lambda: defaultdict(set))
    keyframes: defaultdict[str, list[AccessUnit]] = field(default_factory=lambda: defaultdict(list))

    def reasons(self, camera: str, state: CameraState) -> str:
        return " | ".join(reason for seen, reason in self.seen[camera] if seen is state)


async def watch(urls: dict[str, str], seconds: float, settings: ReaderSettings = SETTINGS) -> Watched:
    watched = Watched()
    reader = Reader(lambda camera, unit: watched.keyframes[camera].append(unit), settings)
    reader.start()
    try:
        for camera, url in urls.items():
            reader.add(CameraSpec.parse(camera, url))
        for _ in range(round(seconds / 0.1)):
            await asyncio.sleep(0.1)
            for camera, status in reader.statuses().items():
                watched.last[camera] = status
                watched.seen[camera].add((status.state, status.reason or ""))
    finally:
        await asyncio.to_thread(reader.close)
    return watched


async def test_the_right_password_is_let_in(clip: Clip) -> None:
    ways = {"any": "", "sha256": "fault=sha256", "basic": "fault=basic", "stale_nonce": "fault=stale_nonce"}
    async with SimulatorServer([clip("hevc")], 1, username="inspector", password="p@ss:w/rd") as server:
        urls = {way: server.url(1, query).replace("p@ss:w/rd", "p%40ss%3Aw%2Frd") for way, query in ways.items()}
        wrong = {f"{way}-wrong": url.replace("p%40ss", f"not-for-{way}") for way, url in urls.items()}
        watched = await watch(urls | wrong | {"none": server.url(1, with_password=False)}, 2.0)
    for way in ways:
        assert watched.last[way].state is CameraState.LIVE, watched.last[way]
        assert watched.keyframes[way]
        assert "does not accept the user name and password" in watched.reasons(f"{way}-wrong", CameraState.REFUSED)
    assert "wants a user name and password" in watched.reasons("none", CameraState.REFUSED)


async def test_a_wrong_password_of_many_cameras_is_tried_once(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 12, username="inspector", password="right") as server:
        urls = {f"c{number}": server.url(number).replace("right", "wrong") for number in range(1, 13)}
        watched = await watch(urls, 1.0)
        assert server.failed_logins == 1
        right = {f"c{number}": server.url(number) for number in range(1, 13)}
        known = await watch(right, 1.2)
        assert server.failed_logins == 1
    assert {status.state for status in watched.last.values()} == {CameraState.REFUSED}
    assert {status.state for status in known.last.values()} == {CameraState.LIVE}


async def test_a_live_command_puts_a_stream_at_fault_and_makes_it_sound(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 2) as server:
        task = asyncio.create_task(watch({"a": server.url(1), "b": server.url(2)}, 3.2))
        await asyncio.sleep(0.9)
        assert b"200" in await command(server, 1, b"fault: close\r\nafter: 0\r\n")
        await asyncio.sleep(0.5)
        assert b"200" in await command(server, 1, b"fault: none\r\n")
        watched = await task
        with pytest.raises(CameraSpecError, match="no stream '9'"):
            server.tell("9", Fault("stall"))
    assert "closed the connection" in watched.reasons("a", CameraState.BACKING_OFF)
    assert watched.last["a"].state is CameraState.LIVE
    assert watched.last["b"].reconnects == 0


@asynccontextmanager
async def converse(server: SimulatorServer, requests: Sequence[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    """Sends requests as they are, without the reader's conversation."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(b"".join(requests))
        yield reader
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def to_play(url: str, transport: str) -> list[bytes]:
    steps = [f"DESCRIBE {url}", f"SETUP {url}/track1", f"PLAY {url}"]
    return [f"{step} RTSP/1.0\r\nCSeq: {number}\r\nTransport: {transport}\r\n\r\n".encode() for number, step in enumerate(steps)]


async def command(server: SimulatorServer, stream: int, body: bytes) -> bytes:
    request = f"SET_PARAMETER {server.url(stream)} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    async with converse(server, [request]) as reader:
        return await reader.readline()


async def test_a_session_that_nobody_keeps_alive_is_ended(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1, session_timeout_seconds=1) as server:
        async with converse(server, to_play(server.url(1), "RTP/AVP/TCP;interleaved=0-1")) as reader:
            received = await asyncio.wait_for(reader.read(-1), 5.0)
        assert received.count(b"RTSP/1.0 200") == 3
        assert len(received) > 20_000


class Port(asyncio.DatagramProtocol):
    """Keeps what comes to a UDP port."""

    def __init__(self, into: list[bytes]) -> None:
        self.into = into

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.into.append(data)


@pytest.mark.parametrize("gso", [True, False], ids=["a picture at once", "packet by packet"])
async def test_over_udp_every_packet_comes_in_order(clip: Clip, gso: bool) -> None:
    packets: list[bytes] = []
    reports: list[bytes] = []
    loop = asyncio.get_running_loop()
    rtp, _ = await loop.create_datagram_endpoint(lambda: Port(packets), ("127.0.0.1", 0))
    rtcp, _ = await loop.create_datagram_endpoint(lambda: Port(reports), ("127.0.0.1", 0))
    ports = f"{rtp.get_extra_info('sockname')[1]}-{rtcp.get_extra_info('sockname')[1]}"
    async with SimulatorServer([clip("h264")], 1, gso=gso) as server:
        own = server.udp.port
        async with converse(server, to_play(server.url(1), f"RTP/AVP;unicast;client_port={ports}")) as reader:
            await asyncio.sleep(1.5)
            answer = await reader.read(4096)
    rtp.close()
    rtcp.close()
    assert f"client_port={ports};server_port={own}-{own + 1}".encode() in answer
    sequences = [int.from_bytes(packet[2:4], "big") for packet in packets]
    assert len(sequences) > 50
    assert {(after - before) & 0xFFFF for before, after in itertools.pairwise(sequences)} == {1}
    assert [report[1] for report in reports] == [200], "one sender report in the first five seconds"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_an_independent_client_plays_it(clip: Clip, codec: str, transport: str) -> None:
    def play(url: str) -> list[tuple[int, int, bool]]:
        with av.open(url, options={"rtsp_transport": transport}, timeout=5.0) as container:
            frames = itertools.islice(container.decode(video=0), 40)  # over the clip's end
            return [(frame.width, frame.height, frame.is_corrupt) for frame in frames]

    async with SimulatorServer([clip(codec)], 1, username="inspector", password="secret") as server:
        pictures = await asyncio.to_thread(play, server.url(1))
    assert pictures == [(320, 240, False)] * 40


async def test_a_wrong_live_command_is_refused_with_its_reason(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1) as server:
        assert b"451" in await command(server, 1, b"fault: unheard_of\r\n")
        assert b"404" in await command(server, 2, b"fault: stall\r\n")


async def test_a_port_in_use_is_one_line(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1) as server:
        with pytest.raises(StreamsError, match=f"127.0.0.1:{server.port} is not free"):
            await SimulatorServer([clip("h264")], 1, port=server.port).start()


async def test_sub_streams_have_their_own_clip(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 2, sub_clips=[clip("hevc")]) as server:
        watched = await watch({"main": server.url(2), "sub": server.url(2, sub=True)}, 1.5)
        assert set(server.streams) == {"1", "2", "1/sub", "2/sub"}
    assert watched.last["main"].codec == "h264"
    assert watched.last["sub"].codec == "hevc"


async def test_spread_streams_begin_at_phases_of_their_own(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 4, spread=True) as server:
        assert [stream.phase_seconds for stream in server.streams.values()] == pytest.approx([0.0, 0.5, 1.0, 1.5], abs=0.05)


async def test_rtsps_proves_itself_with_a_certificate_of_its_own(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1, tls=True) as server:
        trusting = ssl.create_default_context(cadata=server.certificate.decode())
        reader, writer = await asyncio.open_connection("127.0.0.1", server.tls_port, ssl=trusting)
        writer.write(f"OPTIONS {server.url(1, tls=True)} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        assert await reader.readline() == b"RTSP/1.0 200 OK\r\n"
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", server.tls_port, ssl=ssl.create_default_context())


async def test_it_listens_on_another_port_for_those_that_are_sent_there(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1) as server:
        url = f"rtsp://127.0.0.1:{server.port}/1?fault=redirect_port"
        async with converse(server, [f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode()]) as reader:
            answer = await reader.read(4096)
        assert f"Location: rtsp://127.0.0.1:{server.other_port}/1\r\n".encode() in answer
        watched = await watch({"a": f"rtsp://127.0.0.1:{server.other_port}/1"}, 1.5)
    assert watched.last["a"].state is CameraState.LIVE


async def test_the_reader_reports_back_over_both_transports(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.rtsp_source.REPORT_SECONDS", 0.5)
    async with SimulatorServer([clip("h264")], 2, report_seconds=0.5) as server:
        reader = Reader(lambda camera, unit: None, SETTINGS)
        reader.start()
        try:
            reader.add(CameraSpec.parse("tcp", server.url(1)))
            reader.add(CameraSpec.parse("udp", server.url(2), "udp"))
            async with asyncio.timeout(10.0):
                while server.tcp_reports < 2 or server.udp.reports < 2:  # noqa: ASYNC110 the reader's thread sends them
                    await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(reader.close)
