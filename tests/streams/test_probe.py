from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.camera import CameraSpec
from streams.errors import AuthenticationRefused, CameraTimeout, RecordedFileError, RequestRefused, RtspError, StreamNotFound, StreamsError, Unsupported
from streams.probe import ProbeReport, probe
from streams.simulator import SimulatorServer

Clip = Callable[[str], Path]


async def ask(url: str, seconds: float = 3.0) -> ProbeReport:
    return await probe(CameraSpec.parse("a", url), seconds)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_a_camera_tells_what_it_is(clip: Clip, codec: str) -> None:
    async with SimulatorServer([clip(codec)], 1, username="inspector", password="secret") as server:
        report = await ask(server.url(1))
    assert (report.codec, report.width, report.height, report.fps) == (codec, 320, 240, 25.0)
    assert report.keyframe_interval_seconds == pytest.approx(1.0)
    assert report.clock_offset_seconds == pytest.approx(0.0, abs=0.5)
    assert report.bits_per_second == pytest.approx(8 * clip(codec).stat().st_size / 2, rel=0.1)
    assert report.line.server == "curbwatch simulator"
    assert {"DESCRIBE", "PLAY", "GET_PARAMETER"} <= set(report.line.methods)
    assert (report.damaged, report.fault) == (0, None)
    assert "secret" not in repr(report)


@pytest.mark.parametrize(
    ("query", "error", "reason"),
    [
        ("fault=unauthorized", AuthenticationRefused, "wants a user name and password"),
        ("fault=not_found", StreamNotFound, "does not know this path"),
        ("fault=no_video", Unsupported, "only audio/PCMU"),
        ("fault=udp_only", Unsupported, "461"),
        ("fault=error_play", RequestRefused, "PLAY with 500"),
        ("fault=close_setup", RtspError, "closed the connection at SETUP"),
        ("fault=hang_describe", CameraTimeout, "does not answer DESCRIBE"),
        ("fault=stall&after=0", CameraTimeout, "sends no picture in"),
        ("fault=loss&after=0&share=0.5", CameraTimeout, "but no whole keyframe"),
    ],
)
async def test_a_camera_that_cannot_be_read_gives_one_reason(clip: Clip, query: str, error: type[StreamsError], reason: str) -> None:
    async with SimulatorServer([clip("h264")], 1) as server:
        with pytest.raises(error, match=reason):
            await ask(server.url(1, query), 1.0)


async def test_a_wrong_password_is_never_shown(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1, username="inspector", password="secret") as server:
        with pytest.raises(AuthenticationRefused) as caught:
            await ask(server.url(1).replace("secret", "topsecret"))
    assert "topsecret" not in str(caught.value)


async def test_one_keyframe_until_the_deadline_is_told_as_such(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1) as server:
        report = await ask(server.url(1, "fault=long_interval&after=0&amount=60"), 1.5)
    assert report.keyframe_interval_seconds is None
    assert report.watched_seconds == pytest.approx(1.5, abs=0.3)


async def test_nobody_listens() -> None:
    with pytest.raises(RtspError, match="refuses the connection"):
        await ask("rtsp://127.0.0.1:9/1")


async def test_something_that_is_no_camera() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        with pytest.raises(RtspError, match="does not answer OPTIONS"):
            await ask(f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/", 0.5)


async def test_a_file_is_probed_too(clip: Clip, tmp_path: Path) -> None:
    report = await ask(str(clip("hevc")))
    assert (report.codec, report.width, report.height, report.keyframe_interval_seconds) == ("hevc", 320, 240, 1.0)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(RecordedFileError, match=r"empty\.mp4"):
        await ask(str(empty))
