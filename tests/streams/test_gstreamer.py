"""Reader and probe against an RTSP server that nobody here wrote: GStreamer's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.decoding import decode_keyframe
from streams.errors import AuthenticationRefused, StreamNotFound
from streams.media import AccessUnit
from streams.probe import probe
from streams.reader import Reader
from streams.recorded import read_access_units

pytestmark = pytest.mark.gstreamer

Serve = Callable[..., AbstractContextManager[int]]


@pytest.fixture(scope="session", params=["h264", "hevc"])
def long_clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("long") / f"{request.param}.mp4"
    return make_clip(path, request.param, seconds=8.0, keyframe_every=25), request.param


async def read(url: str, most_seconds: float) -> tuple[list[AccessUnit], CameraStatus]:
    """Reads until two keyframes and a sender report (GStreamer's come every one to five seconds) have arrived."""
    keyframes: list[AccessUnit] = []
    reader = Reader(lambda camera, unit: keyframes.append(unit))
    reader.start()
    try:
        reader.add(CameraSpec.parse("a", url))
        for _ in range(round(most_seconds / 0.1)):
            await asyncio.sleep(0.1)
            status = reader.status("a")
            if len(keyframes) >= 2 and status.clock_offset_seconds is not None:
                break
        return keyframes, status
    finally:
        await asyncio.to_thread(reader.close)


@pytest.mark.parametrize("options", [(), ("--username", "inspector", "--password", "p@ss")], ids=["open", "digest"])
async def test_every_picture_comes_as_it_was_recorded(gstreamer: Serve, long_clip: tuple[Path, str], options: tuple[str, ...]) -> None:
    clip, codec = long_clip
    who = "inspector:p%40ss@" if options else ""
    with gstreamer(clip, codec, *options) as port:
        keyframes, status = await read(f"rtsp://{who}127.0.0.1:{port}/stream", 7.0)
    assert status.state is CameraState.LIVE, status
    assert (status.codec, status.damaged, dict(status.drops), status.reconnects) == (codec, 0, {}, 0)
    assert status.keyframes >= 2
    assert status.keyframe_interval_seconds == pytest.approx(1.0, abs=0.2)
    assert status.clock_offset_seconds == pytest.approx(0.0, abs=1.0)
    recorded = {largest(unit) for unit in read_access_units(clip) if unit.keyframe}
    assert {largest(unit) for unit in keyframes} <= recorded, "the coded keyframes are those of the file, byte for byte"
    decoded = decode_keyframe(keyframes[0], ())
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())


def largest(unit: AccessUnit) -> bytes:
    return max(unit.nals, key=len)


async def test_it_is_probed(gstreamer: Serve, long_clip: tuple[Path, str]) -> None:
    clip, codec = long_clip
    with gstreamer(clip, codec, "--username", "inspector", "--password", "secret", "--auth", "basic") as port:
        report = await probe(CameraSpec.parse("a", f"rtsp://inspector:secret@127.0.0.1:{port}/stream"), 8.0)
        with pytest.raises(AuthenticationRefused, match="does not accept"):
            await probe(CameraSpec.parse("a", f"rtsp://inspector:wrong@127.0.0.1:{port}/stream"), 4.0)
        with pytest.raises(StreamNotFound):
            await probe(CameraSpec.parse("a", f"rtsp://inspector:secret@127.0.0.1:{port}/other"), 4.0)
    assert (report.codec, report.width, report.height, report.fps) == (codec, 320, 240, 25.0)
    assert report.keyframe_interval_seconds == pytest.approx(1.0)
    assert report.clock_offset_seconds == pytest.approx(0.0, abs=1.0)
    assert report.server == "GStreamer RTSP server"
