"""A camera's life: two streams of one camera, being set aside, changing, being decoded whole, being read by others."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from streams.camera import CameraSpec, CameraState
from streams.decoding import decode_keyframe
from streams.errors import CameraTimeout, ProtocolViolation, RtspError
from streams.feed import Feed
from streams.logins import account
from streams.media import AccessUnit, Codec, ParameterSets
from streams.reader import ReaderSettings
from streams.recorded import read_access_units
from streams.settings import Neighbours
from streams.simulator import SimulatorServer
from streams.sources import Target
from streams.tally import Tally
from tests.streams.libav.conftest import Web, remuxed
from tests.streams.peers import Front, listening
from tests.streams.readers import SETTINGS, reading, until

Clip = Callable[[str], Path]


class TestTwoStreams:
    async def test_looks_come_from_the_small_one_and_from_the_main_one_while_it_is_open(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1, sub_clips=[clip("hevc")]) as server, reading() as cameras:
            cameras.add("a", server.url(1), sub_url=server.url(1, sub=True))
            await until(lambda: len(cameras.keyframes["a"]) >= 2)
            assert {unit.codec for unit in cameras.keyframes["a"]} == {"hevc"}
            assert len(server.viewers) == 1
            assert not cameras.reader.status("a").main_open
            cameras.reader.open_main("a")
            cameras.reader.open_main("a")
            await until(lambda: cameras.keyframes["a"][-1].codec == "h264")
            assert len(server.viewers) == 2
            status, ring = cameras.reader.status("a"), cameras.reader.ring("a").snapshot()
            assert (status.main_open, status.codec, status.state) == (True, "h264", CameraState.LIVE)
            assert ring[0].codec == "h264"
            assert ring[0].keyframe
            seen = len(cameras.keyframes["a"])
            await until(lambda: len(cameras.keyframes["a"]) >= seen + 2)
            assert {unit.codec for unit in cameras.keyframes["a"][seen:]} == {"h264"}
            cameras.reader.close_main("a")
            await until(lambda: len(server.viewers) == 1)
            await until(lambda: cameras.keyframes["a"][-1].codec == "hevc")
            assert cameras.reader.ring("a").snapshot()[0].codec == "hevc"
            assert cameras.reader.status("a").reconnects == 0, "the small one kept its connection"

    async def test_a_main_stream_that_fails_leaves_the_looks_to_the_small_one(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1, sub_clips=[clip("hevc")]) as server, reading() as cameras:
            cameras.add("a", server.url(1, "fault=not_found"), sub_url=server.url(1, sub=True))
            await cameras.live("a")
            cameras.reader.open_main("a")
            seen = len(cameras.keyframes["a"])
            await until(lambda: len(cameras.keyframes["a"]) > seen + 1)
            status = cameras.reader.status("a")
            assert (status.state, status.main_open, status.codec) == (CameraState.LIVE, False, "hevc")

    async def test_a_camera_with_one_stream_is_not_touched(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a")
            cameras.reader.open_main("a")
            cameras.reader.close_main("a")
            seen = len(cameras.keyframes["a"])
            await until(lambda: len(cameras.keyframes["a"]) > seen)
            assert cameras.reader.status("a").reconnects == 0
            with pytest.raises(KeyError):
                cameras.reader.open_main("b")

    async def test_handshakes_of_both_are_counted_together(self, clip: Clip) -> None:
        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.2)
            await front.talk(reader, writer)

        async with SimulatorServer([clip("h264")], 8, sub_clips=[clip("hevc")]) as server:
            front = Front(server.port)
            handshakes: list[int] = []
            async with listening(slow) as port, reading(ReaderSettings(connects_per_host=2, stagger_seconds=0.0)) as cameras:
                for number in range(1, 5):
                    cameras.add(f"c{number}", f"rtsp://127.0.0.1:{port}/{number}", sub_url=f"rtsp://127.0.0.1:{port}/{number}/sub")
                    cameras.reader.open_main(f"c{number}")
                began = time.monotonic()
                while len(server.viewers) < 8:
                    handshakes.append(len(server.connections) - len(server.viewers))
                    await asyncio.sleep(0.01)
                assert time.monotonic() - began > 0.7, "eight handshakes of 0.2 s, two at a time"
                assert max(handshakes) <= 2


class TestSetAside:
    async def test_a_camera_that_is_refused_says_why_until_it_is_asked_for_again(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a")
            cameras.reader.refuse("a", "its pictures crash the decoder")
            await until(lambda: not server.connections)
            status = cameras.reader.status("a")
            assert status.state is CameraState.REFUSED
            assert "its pictures crash the decoder; trying again in" in (status.reason or "")
            seen = len(cameras.keyframes["a"])
            cameras.reader.reconnect("a")
            await until(lambda: len(cameras.keyframes["a"]) > seen)
            assert cameras.state("a") is CameraState.LIVE

    async def test_another_spec_ends_it_and_the_same_one_does_not(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 2) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a")
            cameras.reader.refuse("a", "no")
            await until(lambda: cameras.state("a") is CameraState.REFUSED)
            cameras.add("a", server.url(1))
            await asyncio.sleep(0.3)
            assert cameras.state("a") is CameraState.REFUSED
            cameras.add("a", server.url(2))
            await until(lambda: cameras.state("a") is CameraState.LIVE)

    async def test_the_pause_ends_by_itself(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.reading.REFUSED", type("Soon", (), {"pause": staticmethod(lambda failures, random: 0.3)}))
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a")
            cameras.reader.refuse("a", "no")
            await until(lambda: cameras.state("a") is CameraState.REFUSED)
            await until(lambda: cameras.state("a") is CameraState.LIVE)


class TestCounts:
    async def test_they_never_fall_whatever_becomes_of_the_sessions(self, clip: Clip) -> None:
        seen: list[tuple[int, ...]] = []

        async def look(seconds: float) -> None:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                status = cameras.reader.status("a")
                counted = (status.bytes, status.pictures, status.keyframes, status.damaged, status.drops.get("gap", 0), status.reconnects)
                if seen:
                    assert all(now >= before for now, before in zip(counted, seen[-1], strict=True)), (seen[-1], counted)
                seen.append(counted)
                await asyncio.sleep(0.002)

        async with SimulatorServer([clip("h264")], 2, sub_clips=[clip("hevc")]) as server, reading() as cameras:
            main = server.url(1, "fault=loss&after=0&share=0.05")
            cameras.add("a", main, sub_url=server.url(1, sub=True))
            await look(1.0)
            for _ in range(2):
                cameras.reader.open_main("a")
                await until(lambda: cameras.reader.status("a").main_open)
                await look(1.0)
                cameras.reader.close_main("a")
                await look(0.3)
            assert seen[-1][4] > 0, "what the main stream lost is told after it was left"
            cameras.reader.reconnect("a")
            await look(0.5)
            cameras.add("a", main, sub_url=server.url(2, sub=True))
            await look(0.5)
            cameras.reader.refuse("a", "no")
            await look(0.3)
            cameras.add("a", server.url(2))
            await look(1.0)
            assert seen[-1][1] > seen[len(seen) // 2][1]


class TestBackOff:
    @pytest.mark.parametrize(("lived_seconds", "steady"), [(1.0, False), (29.0, False), (31.0, True)])
    async def test_only_a_session_that_lived_some_time_ends_the_growth(self, clip: Clip, lived_seconds: float, steady: bool) -> None:
        keyframe = next(read_access_units(clip("h264")))
        feed = Feed(Target("a", "rtsp://h/1"), SETTINGS, Neighbours(1), lambda feed, unit: None, Tally())
        pauses = []
        for _ in range(12):
            feed._opened, feed._gave_first = time.monotonic() - lived_seconds, None
            feed._unit(replace(keyframe, arrival_seconds=time.monotonic() - lived_seconds))
            pauses.append(feed._after(RtspError("the camera closed the connection")))
        assert (max(pauses) <= 1.0) is steady
        assert max(pauses) > 25.0 or steady


class TestLibav:
    def feed(self) -> Feed:
        feed = Feed(Target("a", "rtsp://h/1"), SETTINGS, Neighbours(1), lambda feed, unit: None, Tally())
        for _ in range(3):
            feed._after(ProtocolViolation("no RTSP"))
        assert feed._libav
        return feed

    async def test_the_own_reader_is_tried_again_after_a_while(self) -> None:
        feed = self.feed()
        feed.tally.pictures += 100
        feed._after(RtspError("ended"))
        assert feed._libav
        feed._libav_since -= 4000.0
        feed._after(RtspError("ended"))
        assert not feed._libav
        feed._pictures_before = feed.tally.pictures
        assert feed._after(ProtocolViolation("no RTSP")) == 0.0
        assert feed._libav, "at once, since it is known already"

    async def test_more_than_may_be_are_refused(self, clip: Clip) -> None:
        settings = replace(SETTINGS, libav_cameras=1)
        async with SimulatorServer([clip("h264")], 2) as server, reading(settings) as cameras:
            cameras.add("a", server.url(1), "libav")
            await cameras.live("a")
            cameras.add("b", server.url(2), "libav")
            await cameras.said("b", "1 cameras are read through libav")
            cameras.reader.remove("a")
            cameras.reader.reconnect("b")
            await cameras.live("b")


async def test_files_are_played_while_names_are_looked_up_for_ever(clip: Clip) -> None:
    release = threading.Event()
    async with reading() as cameras:
        loop = cameras.reader._loop
        assert loop is not None
        loop.call_soon_threadsafe(lambda: [loop.run_in_executor(None, release.wait) for _ in range(64)])
        try:
            cameras.add("a", str(clip("h264")))
            await cameras.live("a", seconds=5.0)
        finally:
            release.set()


class TestOneAccount:
    async def test_a_channel_that_answers_401_leaves_the_recorders_others_alone(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 3, username="u", password="p") as server, reading() as cameras:
            cameras.add("good", server.url(1))
            await cameras.live("good")
            cameras.add("bad", server.url(2, "fault=unauthorized"))
            await until(lambda: cameras.state("bad") is CameraState.REFUSED)
            cameras.add("other", server.url(3))
            seen = len(cameras.keyframes["good"])
            cameras.reader.reconnect("good")
            await until(lambda: cameras.keyframes["other"] and len(cameras.keyframes["good"]) > seen, 8.0)

    async def test_who_waits_for_a_login_waits_no_longer_than_it_must(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.feed.LOGIN_SPREAD_SECONDS", 0.1)
        async with SimulatorServer([clip("h264")], 2, username="u", password="p") as server, reading() as cameras:
            logins = cameras.reader._neighbours.logins
            # As if it had been refused two minutes ago, nearly.
            logins.refused(account(("127.0.0.1", server.port), ("u", "p")), "nobody", time.monotonic() - 118.0, 1.0, path="elsewhere")
            cameras.add("a", server.url(1))
            await cameras.said("a", "they are tried again in 2 s")
            assert cameras.state("a") is CameraState.REFUSED
            await cameras.live("a", seconds=6.0)


class TestChange:
    async def test_only_what_matters_connects_anew(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 2, sub_clips=[clip("hevc")]) as server, reading() as cameras:
            one = CameraSpec.parse("a", server.url(1), sub_url=server.url(1, sub=True))
            cameras.reader.add(one)
            await cameras.live("a")
            cameras.reader.open_main("a")
            await until(lambda: cameras.reader.status("a").main_open)
            main, small = (next(v for v in server.viewers if (v._stream.name if v._stream else "") == name) for name in ("1", "1/sub"))
            cameras.reader.add(one)
            await asyncio.sleep(0.3)
            assert {main, small} == server.viewers
            cameras.reader.add(CameraSpec.parse("a", server.url(1), sub_url=server.url(2, sub=True)))
            await until(lambda: small not in server.viewers and len(server.viewers) == 2)
            assert main in server.viewers
            cameras.reader.add(CameraSpec.parse("a", server.url(2)))
            await until(lambda: main not in server.viewers and len(server.viewers) == 1)
            await until(lambda: cameras.state("a") is CameraState.LIVE)
            assert cameras.reader.status("a").codec == "h264"


class TestWithoutKeyframes:
    async def test_pictures_in_between_come_with_what_must_be_decoded_before(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(blind_seconds=1.0, keyframe_seconds=60.0)) as cameras:
            cameras.add("a", server.url(1, "fault=no_keyframes&after=0"))
            await until(lambda: len(cameras.keyframes["a"]) >= 4)
            first, *others = cameras.keyframes["a"]
            assert first.keyframe
            assert not any(unit.keyframe for unit in others)
            assert all(unit.prelude[0] == first for unit in others)
            steps = [after.arrival_seconds - before.arrival_seconds for before, after in pairwise(others)]
            assert all(0.9 < step < 2.0 for step in steps)
            assert cameras.reader.status("a").decoded_whole
            assert cameras.reader.status("a").reconnects == 0

    async def test_a_camera_that_refreshes_piece_by_piece_is_decoded_from_its_recovery_points(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.rtp.depacketiser.BLIND_SECONDS", 0.5)
        path = refreshed_clip(tmp_path / "refreshed.mp4")
        async with SimulatorServer([path], 1) as server, reading(ReaderSettings(blind_seconds=0.5, keyframe_seconds=60.0)) as cameras:
            cameras.add("a", server.url(1, "fault=never_keyframe&after=0"))
            await until(lambda: len(cameras.keyframes["a"]) >= 3)
            *_, unit = cameras.keyframes["a"]
            assert not unit.keyframe
            assert unit.prelude[0].recovery
            assert cameras.reader.status("a").decoded_whole
            decoded = decode_keyframe(unit, ())
            assert (decoded.width, decoded.height) == (320, 240)

    async def test_one_whose_ring_cannot_hold_the_group_is_begun_anew(self, clip: Clip) -> None:
        settings = ReaderSettings(blind_seconds=0.5, keyframe_seconds=1.2, ring_bytes=60_000)
        async with SimulatorServer([clip("h264")], 1) as server, reading(settings) as cameras:
            cameras.add("a", server.url(1, "fault=no_keyframes&after=0"))
            await cameras.said("a", "no whole keyframe for")
            await until(lambda: sum(unit.keyframe for unit in cameras.keyframes["a"]) >= 2)

    async def test_the_wait_for_a_keyframe_is_the_one_that_is_set(self) -> None:
        feed = Feed(Target("a", "rtsp://h/1"), ReaderSettings(blind_seconds=0.5, keyframe_seconds=50.0), Neighbours(1), lambda feed, unit: None, Tally())
        feed._opened = feed.tally.last_picture_seconds = 100.0  # type: ignore[assignment]
        for now in (101.0, 149.0):
            feed.tally.last_picture_seconds = now
            feed._watch(now)
        feed.tally.last_picture_seconds = 151.0
        with pytest.raises(CameraTimeout, match="no whole keyframe for 51 s"):
            feed._watch(151.0)

    async def test_a_camera_of_which_nothing_can_be_seen_is_live_but_not_sound(self) -> None:
        feed = Feed(Target("a", "rtsp://h/1"), ReaderSettings(stale_seconds=4.0), Neighbours(1), lambda feed, unit: None, Tally())
        picture = AccessUnit(Codec.H264, (b"x",), 0, False, 100.0, None, ParameterSets(Codec.H264), True)
        feed._opened = 100.0
        for now in range(100, 112):
            feed._unit(replace(picture, arrival_seconds=float(now)))
            feed._watch(float(now))
            told = None if now <= 108 else f"pictures come, but none for {now - 100} s that can be looked at"
            assert (feed.state, feed.reason) == (CameraState.LIVE, told)
        feed._unit(replace(picture, keyframe=True, damaged=False, arrival_seconds=112.0))
        assert (feed.state, feed.reason) == (CameraState.LIVE, None)

    async def test_a_camera_that_only_stalls_is_not_decoded_whole(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(blind_seconds=1.3, stale_seconds=1.0)) as cameras:
            cameras.add("a", server.url(1, "fault=stall&after=1"))
            for state in (CameraState.LIVE, CameraState.STALE, CameraState.BACKING_OFF):
                await until(lambda state=state: cameras.state("a") is state)
                assert not cameras.reader.status("a").decoded_whole

    async def test_a_camera_with_keyframes_is_not_decoded_whole(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(blind_seconds=1.6)) as cameras:
            cameras.add("a", server.url(1))
            await until(lambda: len(cameras.keyframes["a"]) >= 3)
            assert all(unit.keyframe for unit in cameras.keyframes["a"])
            assert not cameras.reader.status("a").decoded_whole


class TestOtherReaders:
    async def test_a_stream_over_http_is_read_through_libav(self, clip: Clip, tmp_path: Path) -> None:
        body = remuxed(clip("h264"), tmp_path / "clip.ts", "mpegts").read_bytes()

        async def stream(path: str, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + body)
            await writer.drain()
            await asyncio.sleep(5)

        async with Web() as web, reading(ReaderSettings(connect_seconds=10.0, stale_seconds=5.0)) as cameras:
            web.pages["/live"] = stream
            cameras.add("a", web.url("/live"))
            await cameras.live("a", seconds=30.0)
            status = cameras.reader.status("a")
            assert (status.reader, status.state, status.transport) == ("libav", CameraState.LIVE, None)

    async def test_what_the_own_reader_does_not_take_is_read_through_libav(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.rtsp.client.parse_description", _unsupported)
        async with SimulatorServer([clip("h264")], 1, username="u", password="p") as server, reading(SETTINGS) as cameras:
            cameras.add("a", server.url(1))
            await cameras.live("a", seconds=30.0)
            assert (cameras.reader.status("a").reader, server.failed_logins) == ("libav", 0)
            assert "only video/X" in (cameras.reader.status("a").reader_reason or "")
            for viewer in list(server.connections):
                viewer.drop()
            await until(lambda: cameras.state("a") is CameraState.BACKING_OFF)
            await until(lambda: cameras.state("a") is CameraState.LIVE)
            assert cameras.reader.status("a").reader == "libav", "what worked once is gone on with"

    async def test_a_wrong_password_is_tried_once_through_libav_too(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 3, username="u", password="p") as server, reading(SETTINGS) as cameras:
            for number in (1, 2, 3):
                cameras.add(f"c{number}", server.url(number).replace(":p@", ":wrong@"), "libav")
            await until(lambda: all(status.state is CameraState.REFUSED for status in cameras.reader.statuses().values()), 30.0)
            assert server.failed_logins == 1

    async def test_what_libav_cannot_read_either_keeps_the_first_reason(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        sdp = "m=video 0 RTP/AVP 26\r\na=control:track1\r\n"
        monkeypatch.setattr("streams.simulator.packets.PreparedClip.describe", lambda self, host: ("v=0\r\no=- 0 0 IN IP4 h\r\ns=x\r\nt=0 0\r\n", sdp))
        async with SimulatorServer([clip("h264")], 1) as server, reading(SETTINGS) as cameras:
            cameras.add("a", server.url(1))
            await until(lambda: cameras.state("a") is CameraState.REFUSED, 30.0)
            assert "no H.264 or H.265 video, only video/JPEG; trying again" in cameras.reason("a")

    async def test_a_camera_that_never_speaks_rtsp_is_tried_through_libav_after_three_times(self) -> None:
        heard: list[bytes] = []

        async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"x" * 700_000)
            await reader.read(-1)

        async with listening(nonsense) as port, reading(SETTINGS) as cameras:
            cameras.add("a", f"rtsp://127.0.0.1:{port}/1")
            await until(lambda: any(b"Lavf" in one for one in heard), 40.0)
            assert len([one for one in heard if b"curbwatch" in one]) == 3

    async def test_an_address_is_asked_for_at_each_connect(self, clip: Clip, tmp_path: Path) -> None:
        counter = tmp_path / "asked"
        async with SimulatorServer([clip("h264"), clip("hevc")], 2) as server, reading() as cameras:
            script = tmp_path / "address.py"
            script.write_text(
                f"from pathlib import Path\np = Path({str(counter)!r})\nn = len(p.read_text()) if p.exists() else 0\np.write_text('x' * (n + 1))\n"
                f"print([{server.url(1, 'fault=close&after=1')!r}, {server.url(2)!r}][min(n, 1)])\n"
            )
            cameras.add("a", "", resolver=f"exec:{sys.executable} {script}")
            await cameras.live("a")
            assert cameras.reader.status("a").codec == "h264"
            await until(lambda: cameras.reader.status("a").codec == "hevc")
            assert counter.read_text() == "xx"

    async def test_a_resolver_that_fails_is_a_reason(self) -> None:
        async with reading() as cameras:
            cameras.add("a", "", resolver="exec:/no/such/program --token topsecret")
            await until(lambda: cameras.state("a") is CameraState.BACKING_OFF)
            assert "resolver" in cameras.reason("a")
            assert "topsecret" not in cameras.reason("a") + repr(cameras.reader.statuses())


def refreshed_clip(path: Path) -> Path:
    """Six seconds with one keyframe and then a refresh of the whole picture each second, a column at a time."""
    noise = np.random.default_rng(7).integers(0, 255, (30, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "x264-params": "keyint=25:intra-refresh=1:bframes=0:scenecut=0"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(150):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, axis=1), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _unsupported(text: str) -> object:
    from streams.errors import Unsupported

    raise Unsupported("the camera offers no H.264 or H.265 video, only video/X")
