"""The fallback as the reader uses it: which cameras go through libav, what the status says of it, and how they come back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.libav.play import play_libav
from streams.media import AccessUnit
from streams.reader import Reader
from streams.settings import ReaderSettings
from streams.simulator import SimulatorServer
from tests.streams.libav.conftest import Web, continuing, live, remuxed, silent, watched
from tests.streams.libav.test_process import children

Clip = Callable[[str], Path]
SETTINGS = ReaderSettings(connect_seconds=3.0, answer_seconds=3.0, stale_seconds=1.0, stagger_seconds=0.0)
SYSTEM_PYTHON = Path("/usr/bin/python3")
DIALECTS = Path(__file__).parent.parent.parent / "servers" / "gstreamer_dialects.py"


class Seen:
    """A reader with one camera, and its keyframes."""

    def __init__(self, spec: CameraSpec) -> None:
        self.spec = spec
        self.keyframes: list[AccessUnit] = []
        self.reader = Reader(lambda _, unit: self.keyframes.append(unit), SETTINGS)

    async def __aenter__(self) -> Seen:
        self.reader.start()
        self.reader.add(self.spec)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.reader.close)

    @property
    def status(self) -> CameraStatus:
        return self.reader.status(self.spec.camera_id)

    async def until(self, what: Callable[[CameraStatus], bool], seconds: float = 20.0) -> CameraStatus:
        deadline = time.monotonic() + seconds
        while not what(self.status):
            assert time.monotonic() < deadline, self.status
            await asyncio.sleep(0.02)
        return self.status


def is_live(status: CameraStatus) -> bool:
    return status.state is CameraState.LIVE and status.keyframes > 0


@pytest.fixture
async def ts(clip: Clip, tmp_path: Path, web: Web) -> Web:
    """A web server whose /live.ts plays in real time."""
    web.pages["/live.ts"] = live(continuing(remuxed(clip("h264"), tmp_path / "a.ts", "mpegts").read_bytes(), 20), 40, "video/mp2t")
    return web


async def test_a_killed_server_is_told_and_the_camera_comes_back(ts: Web) -> None:
    async with Seen(CameraSpec.parse("c1", ts.url("/live.ts"))) as seen:
        status = await seen.until(is_live)
        assert (status.reader, status.reader_reason, status.transport, status.encrypted) == ("libav", None, None, False)
        assert len(seen.reader.ring("c1").snapshot()) > 0
        ts.cut()
        status = await seen.until(lambda status: status.state is CameraState.BACKING_OFF)
        assert str(status.reason).startswith("the connection broke (")
        before = seen.status.keyframes
        status = await seen.until(lambda status: is_live(status) and status.keyframes > before)
        assert status.reconnects >= 1
    assert children() == []


async def test_a_crash_of_libav_is_told_and_the_camera_comes_back(ts: Web) -> None:
    async with Seen(CameraSpec.parse("c1", ts.url("/live.ts"))) as seen:
        await seen.until(is_live)
        (pid,) = children()
        os.kill(pid, signal.SIGSEGV)
        status = await seen.until(lambda status: status.state is CameraState.BACKING_OFF)
        assert "SIGSEGV" in str(status.reason)
        await seen.until(is_live)
        assert children() != [pid]


async def test_a_server_that_hangs_is_backed_off_from(web: Web) -> None:
    web.pages["/hang.flv"] = silent
    async with Seen(CameraSpec.parse("c1", web.url("/hang.flv", "u:s3cret@"))) as seen:
        status = await seen.until(lambda status: status.state is CameraState.BACKING_OFF)
    assert str(status.reason).startswith("the camera does not answer (read through libav); trying again in ")


async def test_a_stream_that_stalls_is_stale_and_then_begun_anew(ts: Web, clip: Clip, tmp_path: Path) -> None:
    ts.pages["/stall.ts"] = live(continuing(remuxed(clip("h264"), tmp_path / "b.ts", "mpegts").read_bytes(), 4), 8, "video/mp2t", stop_after=1.5)
    async with Seen(CameraSpec.parse("c1", ts.url("/stall.ts"))) as seen:
        await seen.until(is_live)
        await seen.until(lambda status: status.state is CameraState.STALE)
        status = await seen.until(lambda status: status.state is CameraState.BACKING_OFF)
        assert "no picture for 2 s" in str(status.reason)
        await seen.until(is_live)


async def test_a_camera_may_be_set_to_libav(clip: Clip) -> None:
    async with SimulatorServer([clip("hevc")], 1, username="u", password="p@ss") as simulator:
        async with Seen(CameraSpec.parse("c1", f"rtsp://u:p%40ss@127.0.0.1:{simulator.port}/1", "libav")) as seen:
            status = await seen.until(is_live)
            assert (status.reader, status.codec) == ("libav", "hevc")
        async with Seen(CameraSpec.parse("c1", f"rtsp://u:wrong@127.0.0.1:{simulator.port}/1", "libav")) as seen:
            status = await seen.until(lambda status: status.state is CameraState.REFUSED)
            assert "does not accept the user name and password" in str(status.reason)


@pytest.fixture
def dialects(clip: Clip, tmp_path: Path, make_clip: Callable[..., Path]) -> Iterator[int]:
    """The port of GStreamer's server with dialects; the test skips by name where it is missing."""
    if not SYSTEM_PYTHON.exists() or subprocess.run([SYSTEM_PYTHON, "-c", HAS_GSTREAMER], capture_output=True, check=False).returncode:
        pytest.skip("needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-*, python3-gi), which is not there")
    long = make_clip(tmp_path / "long.mp4", "h264", seconds=8.0)
    with subprocess.Popen([SYSTEM_PYTHON, DIALECTS, long], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


HAS_GSTREAMER = """
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
raise SystemExit(not all(Gst.ElementFactory.find(name) for name in "qtdemux h264parse mpegtsmux rtpmp2tpay rtph264pay".split()))
"""


@pytest.mark.gstreamer
async def test_what_the_reader_of_our_own_does_not_speak_goes_to_libav_by_itself(dialects: int) -> None:
    """H.264 in a transport stream over RTP (RFC 2250)."""
    async with Seen(CameraSpec.parse("c1", f"rtsp://127.0.0.1:{dialects}/ts")) as seen:
        status = await seen.until(is_live)
        assert status.reader == "libav"
        assert status.reader_reason
        assert "rtsp:" not in status.reader_reason


@pytest.mark.gstreamer
async def test_rtsp_through_an_http_tunnel(dialects: int) -> None:
    units, error = await watched(f"rtsp://127.0.0.1:{dialects}/plain", 10, enough=40, transport="http")
    assert error is None
    assert units[0].keyframe


async def test_many_cameras_leave_nothing_behind(ts: Web) -> None:
    """Twelve of them, told to go in the middle of everything."""
    tasks = [asyncio.create_task(play_libav(ts.url("/live.ts"), lambda unit: None, connect_seconds=3, stale_seconds=3)) for _ in range(12)]
    for task in tasks:
        await asyncio.sleep(0.08)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert children() == []
    await asyncio.sleep(0.1)
    assert len(os.listdir("/proc/self/fd")) < 60
