"""Reader and probe against the server of the package aio-rtsp-toolkit: TCP only, without passwords, H.264 and H.265."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.decoding import decode_keyframe
from streams.probe import probe
from streams.reader import ReaderSettings
from tests.streams.servers.conftest import SCRIPTS, running
from tests.streams.servers.watching import Seen, assert_bit_identical, keyframe_seconds, read_together, whole
from tests.streams.servers.wire import converse, relayed

QUICK = ReaderSettings(stale_seconds=1.0)


@pytest.fixture(scope="module")
def port(clips: dict[str, Path]) -> Iterator[int]:
    pytest.importorskip("aio_rtsp_toolkit", reason="needs the package aio-rtsp-toolkit, which is not there")
    with running([sys.executable, str(SCRIPTS / "aio_server.py"), str(clips["h264"].parent)]) as line:
        while not (said := line(20.0)).strip().isdigit():
            pass
        yield int(said)


@pytest.fixture(scope="module")
def seen(port: int, clips: dict[str, Path]) -> dict[str, Seen]:
    return read_together([CameraSpec.parse(name, f"rtsp://127.0.0.1:{port}/{path.name}?play_count=0") for name, path in clips.items()], whole, 8.0)


@pytest.mark.parametrize("name", ["h264", "h264-b", "hevc", "hevc-b"])
def test_every_picture_comes_as_it_was_recorded(seen: dict[str, Seen], clips: dict[str, Path], name: str) -> None:
    status = seen[name].status
    assert status.state is CameraState.LIVE, status
    assert (status.codec, status.damaged, dict(status.drops), status.reconnects) == (name[:4], 0, {}, 0)
    assert keyframe_seconds(seen[name]) == pytest.approx(0.4, abs=0.05)
    assert status.clock_offset_seconds == pytest.approx(0.0, abs=1.0)
    assert_bit_identical(seen[name], clips[name], times="-b" not in name)  # it stamps B-pictures in the order of sending
    decoded = decode_keyframe(seen[name].keyframes[0], ())
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())


async def test_it_is_probed(port: int) -> None:
    report = await probe(CameraSpec.parse("a", f"rtsp://127.0.0.1:{port}/hevc.mp4?play_count=0"), 8.0)
    assert (report.codec, report.width, report.height) == ("hevc", 320, 240)


def test_after_the_end_of_the_stream_it_is_read_anew_and_the_server_is_told(port: int, clips: dict[str, Path]) -> None:
    with relayed(port) as wire:
        spec = CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/h264-short.mp4")
        seen = read_together([spec], lambda seen: seen.status.pictures > 45, 12.0, QUICK)["a"]
        assert wire.left()
    assert (seen.status.pictures > 45, seen.status.damaged, dict(seen.status.drops)) == (True, 0, {})
    assert seen.status.reconnects >= 1
    assert_bit_identical(seen, clips["h264-short"])
    assert wire.methods.count("PLAY") >= 2


def test_what_it_says_to_udp(port: int) -> None:
    base = f"rtsp://127.0.0.1:{port}/h264.mp4"
    *_, setup = converse(port, f"DESCRIBE {base}", f"SETUP {base}/track1\nTransport: RTP/AVP;unicast;client_port=50000-50001")
    assert setup.startswith("RTSP/1.0 461 Unsupported Transport\r\n")
