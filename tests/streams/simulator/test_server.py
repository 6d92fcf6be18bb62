"""The simulator beside the real reader: every fault's effect on the camera that has it, and none on the cameras beside it."""

from __future__ import annotations

import asyncio
import itertools
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


FAULTY = {
    "hang_options": "fault=hang_options", "hang_describe": "fault=hang_describe", "hang_setup": "fault=hang_setup", "hang_play": "fault=hang_play",
    "close_setup": "fault=close_setup", "reset_play": "fault=reset_play", "garbage_describe": "fault=garbage_describe", "error_play": "fault=error_play",
    "unauthorized": "fault=unauthorized", "forbidden": "fault=forbidden", "not_found": "fault=not_found", "redirect": "fault=redirect",
    "udp_only": "fault=udp_only", "no_video": "fault=no_video", "not_in_this_state": "fault=not_in_this_state",
    "stall": "fault=stall&after=1", "close": "fault=close&after=1", "reset": "fault=reset&after=1",
    "garbage": "fault=garbage&after=0", "loss": "fault=loss&after=0&share=0.02", "reordering": "fault=reordering&after=0&share=0.02",
    "duplicates": "fault=duplicates&after=0&share=0.1", "no_marker": "fault=no_marker&after=0",
    "new_source": "fault=new_source&after=1", "with_audio": "fault=with_audio", "other_channels": "fault=other_channels",
    "clock": "fault=clock&after=0&amount=-7200", "no_clock": "fault=no_clock&after=0", "clock_jump": "fault=clock_jump&after=1",
    "long_interval": "fault=long_interval&after=0&amount=3", "unknown": "fault=unheard_of",
}  # fmt: skip
HEALTHY = ("first", "last")


@pytest.fixture(scope="module")
def watched(clip: Clip) -> Watched:
    """One run of seven seconds: a camera for each fault, healthy ones before and after them in the list."""

    async def run() -> Watched:
        async with SimulatorServer([clip("h264")], 2 + len(FAULTY)) as server:
            urls = {"first": server.url(1)}
            urls |= {camera: server.url(number, query) for number, (camera, query) in enumerate(FAULTY.items(), start=2)}
            urls["last"] = server.url(2 + len(FAULTY))
            return await watch(urls, 7.0)

    return asyncio.run(run())


class TestFaultyBesideHealthy:
    @pytest.mark.parametrize("camera", HEALTHY)
    def test_a_healthy_camera_loses_nothing(self, watched: Watched, camera: str) -> None:
        status = watched.last[camera]
        assert status.state is CameraState.LIVE
        assert (status.damaged, dict(status.drops), status.reconnects) == (0, {}, 0)
        assert status.keyframes >= 5
        stamps = [unit.timestamp for unit in watched.keyframes[camera]]
        assert {after - before for before, after in itertools.pairwise(stamps)} == {90_000}

    @pytest.mark.parametrize(
        ("camera", "state", "reason"),
        [
            ("hang_options", CameraState.BACKING_OFF, "does not answer OPTIONS"),
            ("hang_describe", CameraState.BACKING_OFF, "does not answer DESCRIBE"),
            ("hang_setup", CameraState.BACKING_OFF, "does not answer SETUP"),
            ("hang_play", CameraState.BACKING_OFF, "does not answer PLAY"),
            ("close_setup", CameraState.BACKING_OFF, "closed the connection"),
            ("reset_play", CameraState.BACKING_OFF, "closed the connection"),
            ("garbage_describe", CameraState.BACKING_OFF, "does not answer DESCRIBE"),
            ("error_play", CameraState.BACKING_OFF, "answers PLAY with 500"),
            ("unknown", CameraState.BACKING_OFF, "answers DESCRIBE with 400"),
            ("not_in_this_state", CameraState.BACKING_OFF, "answers PLAY with 455"),
            ("redirect", CameraState.BACKING_OFF, "redirects"),
            ("unauthorized", CameraState.REFUSED, "(401)"),
            ("forbidden", CameraState.REFUSED, "(403)"),
            ("not_found", CameraState.REFUSED, "(404)"),
            ("udp_only", CameraState.REFUSED, "(461)"),
            ("no_video", CameraState.REFUSED, "no H.264 or H.265 video, only audio/PCMU"),
            ("stall", CameraState.STALE, "no picture for"),
            ("stall", CameraState.BACKING_OFF, "no picture for"),
            ("close", CameraState.BACKING_OFF, "closed the connection"),
            ("reset", CameraState.BACKING_OFF, "closed the connection"),
        ],
    )
    def test_a_faulty_camera_says_what_is_wrong(self, watched: Watched, camera: str, state: CameraState, reason: str) -> None:
        assert reason in watched.reasons(camera, state), watched.seen[camera]

    @pytest.mark.parametrize("camera", ["stall", "close", "reset"])
    def test_a_camera_that_failed_in_play_is_read_again(self, watched: Watched, camera: str) -> None:
        assert watched.last[camera].reconnects >= 1
        assert len(watched.keyframes[camera]) >= 3

    @pytest.mark.parametrize("camera", ["no_marker", "with_audio", "other_channels", "clock", "no_clock"])
    def test_an_odd_camera_is_read_without_a_loss(self, watched: Watched, camera: str) -> None:
        status = watched.last[camera]
        assert status.state is CameraState.LIVE
        assert (status.damaged, status.reconnects) == (0, 0)
        assert len(watched.keyframes[camera]) >= 4

    @pytest.mark.parametrize(
        ("camera", "cause"),
        [
            ("loss", "gap"),
            ("reordering", "late"),
            ("duplicates", "duplicate"),
            ("garbage", "garbage_bytes"),
            ("new_source", "source_changed"),
        ],
    )
    def test_what_is_lost_is_counted_by_its_cause(self, watched: Watched, camera: str, cause: str) -> None:
        assert watched.last[camera].state is CameraState.LIVE
        assert watched.last[camera].drops.get(cause, 0) > 0, watched.last[camera]

    def test_doubled_packets_damage_nothing(self, watched: Watched) -> None:
        assert watched.last["duplicates"].damaged == 0

    def test_garbage_between_packets_leaves_keyframes(self, watched: Watched) -> None:
        assert watched.last["garbage"].reconnects == 0
        assert len(watched.keyframes["garbage"]) >= 2

    def test_the_cameras_clock_is_known_from_its_reports(self, watched: Watched) -> None:
        assert watched.last["first"].clock_offset_seconds == pytest.approx(0.0, abs=0.5)
        assert watched.last["clock"].clock_offset_seconds == pytest.approx(-7200.0, abs=0.5)
        assert watched.last["clock_jump"].clock_offset_seconds == pytest.approx(3600.0, abs=0.5)
        assert watched.last["no_clock"].clock_offset_seconds is None

    def test_a_clock_jump_shows_in_the_timestamps(self, watched: Watched) -> None:
        stamps = [unit.timestamp for unit in watched.keyframes["clock_jump"]]
        assert max(after - before for before, after in itertools.pairwise(stamps)) == pytest.approx(3601 * 90_000, abs=9000)

    def test_a_long_keyframe_interval_is_seen(self, watched: Watched) -> None:
        assert 2.9 <= (watched.last["long_interval"].keyframe_interval_seconds or 0.0) <= 4.5


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


async def test_a_camera_that_sends_byte_by_byte_is_read_without_a_loss(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    tiny = make_clip(tmp_path / "tiny.mp4", "h264", width=64, height=48)
    async with SimulatorServer([tiny], 1) as server:
        watched = await watch({"slow": server.url(1, "fault=slow")}, 3.0)
    assert (watched.last["slow"].state, watched.last["slow"].damaged, watched.last["slow"].reconnects) == (CameraState.LIVE, 0, 0)
    assert len(watched.keyframes["slow"]) >= 2


async def test_a_wrong_password_of_many_cameras_is_tried_once(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 12, username="inspector", password="right") as server:
        urls = {f"c{number}": server.url(number).replace("right", "wrong") for number in range(1, 13)}
        watched = await watch(urls, 1.5)
        assert server.failed_logins == 1
        right = {f"c{number}": server.url(number) for number in range(1, 13)}
        known = await watch(right, 2.0)
        assert server.failed_logins == 1
    assert {status.state for status in watched.last.values()} == {CameraState.REFUSED}
    assert {status.state for status in known.last.values()} == {CameraState.LIVE}


async def test_a_change_of_resolution_brings_other_parameter_sets(clip: Clip, tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    large = make_clip(tmp_path / "large.mp4", "h264", width=480, height=352)
    async with SimulatorServer([clip("h264"), large], 1) as server:
        watched = await watch({"a": server.url(1, "fault=resolution&after=1.2")}, 2.6)
    assert len({unit.parameter_sets.key for unit in watched.keyframes["a"]}) == 2
    assert watched.last["a"].damaged == 0


async def test_a_live_command_puts_a_stream_at_fault_and_makes_it_sound(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 2) as server:
        task = asyncio.create_task(watch({"a": server.url(1), "b": server.url(2)}, 4.5))
        await asyncio.sleep(1.5)
        assert b"200" in await command(server, 1, b"fault: close\r\nafter: 0\r\n")
        await asyncio.sleep(1.0)
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
