"""The reader as its users see it: cameras that come and go, states, deadlines, and what a hostile peer can and cannot do."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.errors import StreamsError
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings
from streams.simulator import SimulatorServer
from tests.streams.peers import peer
from tests.streams.readers import SETTINGS, reading, until

Clip = Callable[[str], Path]


class TestComingAndGoing:
    async def test_a_removed_camera_is_taken_leave_of(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 2) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            cameras.add("b", server.url(2))
            await cameras.live("a", "b")
            assert len(server.viewers) == 2
            assert cameras.reader.status("a").bytes > 1000
            cameras.reader.remove("a")
            await until(lambda: len(server.connections) == 1)
            seen = len(cameras.keyframes["a"])
            before = len(cameras.keyframes["b"])
            await until(lambda: len(cameras.keyframes["b"]) > before + 1)
            assert len(cameras.keyframes["a"]) == seen
            assert set(cameras.reader.statuses()) == {"b"}
            with pytest.raises(KeyError):
                cameras.reader.status("a")
            cameras.reader.remove("a")
            assert cameras.reader.status("b").reconnects == 0

    async def test_a_camera_that_never_answers_can_be_removed_at_any_moment(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            for number, query in enumerate(("fault=hang_options", "fault=hang_setup", "fault=unauthorized", "fault=close_play", "fault=stall&after=0")):
                cameras.add(f"c{number}", server.url(1, query))
            cameras.add("later", server.url(1))
            await asyncio.sleep(0.5)
            for camera in list(cameras.reader.statuses()):
                cameras.reader.remove(camera)
            await until(lambda: not server.connections)
            assert cameras.reader.statuses() == {}

    async def test_a_camera_is_replaced_under_its_id(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264"), clip("hevc")], 2) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a")
            cameras.add("a", server.url(2))
            await until(lambda: cameras.reader.status("a").codec == "hevc")
            assert len(cameras.reader.statuses()) == 1
            await until(lambda: len(server.connections) == 1)

    async def test_a_fresh_session_begins_at_once_with_a_keyframe_and_an_empty_ring(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await until(lambda: len(cameras.keyframes["a"]) >= 2)
            cameras.reader.reconnect("a")
            began = len(cameras.keyframes["a"])
            await until(lambda: len(cameras.keyframes["a"]) > began)
            ring = cameras.reader.ring("a").snapshot()
            assert ring[0].keyframe
            assert ring[0].arrival_seconds >= cameras.keyframes["a"][began].arrival_seconds

    async def test_after_a_lost_connection_the_ring_holds_the_new_session_only(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1, "fault=close&after=1.3"))
            await until(lambda: cameras.reader.status("a").reconnects == 1)
            assert cameras.reader.ring("a").snapshot() == ()
            ended = cameras.keyframes["a"][-1].arrival_seconds
            await until(lambda: cameras.reader.ring("a").snapshot())
            assert cameras.reader.ring("a").snapshot()[0].arrival_seconds > ended

    async def test_closed_it_leaves_no_thread_and_no_connection(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 3) as server:
            async with reading() as cameras:
                for number in (1, 2, 3):
                    cameras.add(f"c{number}", server.url(number))
                await cameras.live("c1", "c2", "c3")
            await until(lambda: not server.connections)
        assert "reader" not in {thread.name for thread in threading.enumerate()}
        with pytest.raises(StreamsError, match="not running"):
            cameras.add("d", "rtsp://h/1")


class TestStates:
    async def test_a_camera_that_stalls_is_stale_then_tried_again(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(stale_seconds=1.5)) as cameras:
            cameras.add("a", server.url(1, "fault=stall&after=1"))
            for state in (CameraState.LIVE, CameraState.STALE, CameraState.BACKING_OFF, CameraState.LIVE):
                await until(lambda state=state: cameras.state("a") is state)
                if state in (CameraState.STALE, CameraState.BACKING_OFF):
                    assert "no picture for" in cameras.reason("a")
            assert cameras.reason("a") == ""

    async def test_a_camera_without_keyframes_is_connected_anew(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(keyframe_seconds=1.0)) as cameras:
            cameras.add("a", server.url(1, "fault=long_interval&after=0&amount=60"))
            await until(lambda: "no whole keyframe for" in cameras.reason("a"))
            await until(lambda: len(cameras.keyframes["a"]) == 2)

    @pytest.mark.parametrize(
        ("url", "transport", "state", "reason"),
        [
            ("rtsp://127.0.0.1:9/1", "tcp", CameraState.BACKING_OFF, "127.0.0.1:9 refuses the connection; is the camera on"),
            ("rtsp://no-such-host.invalid/1", "tcp", CameraState.BACKING_OFF, "no connection"),
            ("rtsps://127.0.0.1:9/1", "tcp", CameraState.BACKING_OFF, "127.0.0.1:9 refuses the connection"),
        ],
        ids=["nobody listens", "no such name", "nobody listens for TLS"],
    )
    async def test_why_a_camera_is_not_live(self, url: str, transport: str, state: CameraState, reason: str) -> None:
        async with reading(ReaderSettings(connect_seconds=3.0)) as cameras:
            cameras.add("a", url, transport)
            await until(lambda: cameras.state("a") is state)
            assert reason in cameras.reason("a")
            assert "trying again in" in cameras.reason("a")

    async def test_a_file_is_live_and_a_broken_one_says_why(self, clip: Clip, tmp_path: Path) -> None:
        broken = tmp_path / "broken.mp4"
        broken.write_text("not a video")
        async with reading() as cameras:
            cameras.add("a", str(clip("hevc")))
            cameras.add("b", str(broken))
            await until(lambda: len(cameras.keyframes["a"]) >= 2)
            status = cameras.reader.status("a")
            assert (status.state, status.codec, status.keyframe_interval_seconds) == (CameraState.LIVE, "hevc", pytest.approx(1.0, abs=0.5))
            await until(lambda: cameras.state("b") is CameraState.BACKING_OFF)
            assert "broken.mp4: cannot be read as video" in cameras.reason("b")

    async def test_sessions_are_kept_alive_by_the_servers_time(self, clip: Clip) -> None:
        """The simulator ends a session after 1.5 times two seconds without a word; the one that answers no keep-alive goes on hearing them."""
        async with SimulatorServer([clip("h264")], 3, session_timeout_seconds=2) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            cameras.add("b", server.url(2, "fault=hang_get_parameter"))
            cameras.add("c", server.url(3, "fault=error_get_parameter"))
            await cameras.live("a", "b", "c")
            await asyncio.sleep(3.3)
            assert {camera: status.reconnects for camera, status in cameras.reader.statuses().items()} == {"a": 0, "b": 0, "c": 0}

    async def test_an_expired_session_is_begun_anew(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1, session_timeout_seconds=2) as server, reading() as cameras:
            cameras.add("a", server.url(1, "fault=expired&after=1"))
            await until(lambda: "forgotten the session (454)" in cameras.reason("a"))


async def describe_as(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, transport: str) -> None:
    """Answers up to PLAY, with a Transport of its own."""
    sdp = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n"
    for fields, body in (("", b""), ("", sdp), (f"Session: a\r\nTransport: {transport}\r\n", b""), ("", b"")):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sequence = head.partition("CSeq: ")[2].partition("\r")[0]
        writer.write(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body)


class TestHostile:
    async def test_a_peer_that_floods_with_requests_and_reads_nothing(self, clip: Clip) -> None:
        async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not writer.is_closing():
                writer.write(b"OPTIONS rtsp://h RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 500)
                await writer.drain()

        await self.survives(clip, flood, "messages at once|does not take our answers|does not answer|closed the connection")

    async def test_a_peer_that_sends_headers_without_end(self, clip: Clip) -> None:
        async def headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"RTSP/1.0 200 OK\r\n")
            while not writer.is_closing():
                writer.write(b"X-Header: yes\r\n" * 2000)
                await writer.drain()

        await self.survives(clip, headers, "neither RTP nor RTSP|closed the connection|does not answer")

    async def test_a_peer_that_sends_random_bytes(self, clip: Clip) -> None:
        async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not writer.is_closing():
                writer.write(random.Random(1).randbytes(50_000))
                await writer.drain()

        await self.survives(clip, garbage, "neither RTP nor RTSP|closed the connection|does not answer")

    async def test_a_peer_that_says_nothing(self, clip: Clip) -> None:
        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(-1)

        await self.survives(clip, silence, "does not answer OPTIONS within 2 s")

    async def test_a_peer_that_interleaves_on_no_channel(self, clip: Clip) -> None:
        async def channel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await describe_as(reader, writer, "RTP/AVP/TCP;interleaved=999-1000")

        await self.survives(clip, channel, "a channel beyond 255")

    async def test_a_picture_without_an_end(self, clip: Clip) -> None:
        async def picture(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await describe_as(reader, writer, "RTP/AVP/TCP;interleaved=0-1")
            sequence = 0
            while not writer.is_closing():
                rtp = b"\x80\x60" + (sequence & 0xFFFF).to_bytes(2, "big") + bytes(8) + b"\x7c" + (b"\x85" if sequence == 0 else b"\x05") + bytes(1386)
                writer.write(b"$\x00" + len(rtp).to_bytes(2, "big") + rtp)
                sequence += 1
                await writer.drain()
                if sequence % 20 == 0:
                    await asyncio.sleep(0.002)

        await self.survives(clip, picture, "no picture for")

    async def survives(self, clip: Clip, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], reason: str) -> None:
        """The peer is given up for this reason, and a camera beside it loses nothing."""
        async with SimulatorServer([clip("h264")], 1) as server, peer(talk) as url, reading() as cameras:
            cameras.add("good", server.url(1))
            cameras.add("bad", url)
            await cameras.live("good")
            await until(lambda: re.search(reason, cameras.reason("bad")))
            status = cameras.reader.status("good")
            assert (status.state, status.reconnects, status.damaged, dict(status.drops)) == (CameraState.LIVE, 0, 0, {})

    async def test_a_listener_that_stumbles_stops_no_camera(self, clip: Clip, caplog: pytest.LogCaptureFixture) -> None:
        calls: list[str] = []

        def stumble(camera: str, unit: AccessUnit) -> None:
            calls.append(camera)
            raise ZeroDivisionError

        reader = Reader(stumble, SETTINGS)
        async with SimulatorServer([clip("h264")], 1) as server:
            with reader:
                reader.add(CameraSpec.parse("a", server.url(1)))
                await until(lambda: len(calls) >= 3)
                assert reader.status("a").state is CameraState.LIVE
                assert reader.status("a").reconnects == 0
        assert "a keyframe was not taken" in caplog.text

    async def test_no_password_reaches_a_log_or_a_reason(self, clip: Clip, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        async with SimulatorServer([clip("h264")], 1, username="inspector", password="right") as server, reading() as cameras:
            url = server.url(1).replace(":right@", ":topsecret@")
            cameras.add("a", url)
            cameras.add("b", url + "?token=topsecret&fault=basic")
            cameras.add("c", url.replace("127.0.0.1", "no-such-host.invalid"))
            cameras.add("d", url + "?fault=redirect&token=topsecret")
            await until(lambda: all(cameras.state(camera) in (CameraState.REFUSED, CameraState.BACKING_OFF) for camera in "abcd"))
            reasons = "".join(cameras.reason(camera) for camera in "abcd") + repr(cameras.reader.statuses())
        assert "topsecret" not in caplog.text + reasons
        assert "camera a: " in caplog.text
