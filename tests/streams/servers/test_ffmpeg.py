"""ffmpeg in listen mode takes streams (ANNOUNCE, RECORD) and serves none: the reader cannot read from it, and says why."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.camera import CameraSpec
from streams.errors import StreamsError
from streams.probe import probe
from tests.streams.servers.conftest import free_ports, needs, running
from tests.streams.servers.wire import converse

pytestmark = pytest.mark.servers


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of an ffmpeg that waits for somebody to send it a stream. It takes one connection, and no probing one before."""
    ffmpeg, (port,) = needs("ffmpeg", "ffmpeg"), free_ports(1)
    with running([ffmpeg, "-v", "error", "-rtsp_flags", "listen", "-i", f"rtsp://127.0.0.1:{port}/stream", "-f", "null", "-"]):
        listed = f":{port:04X} 00000000:0000 0A"  # in the kernel's table, waiting for connections
        deadline = time.monotonic() + 10.0
        while listed not in Path("/proc/net/tcp").read_text():
            assert time.monotonic() < deadline, "ffmpeg listens"
            time.sleep(0.02)
        yield port


def test_it_offers_to_take_a_stream_and_not_to_play_one(listening: int) -> None:
    (options,) = converse(listening, f"OPTIONS rtsp://127.0.0.1:{listening}/stream")
    assert "Public: ANNOUNCE, PAUSE, SETUP, TEARDOWN, RECORD\r\n" in options


async def test_it_hangs_up_on_describe_and_the_reader_says_so(listening: int) -> None:
    with pytest.raises(StreamsError, match=r"DESCRIBE|closed the connection"):
        await probe(CameraSpec.parse("a", f"rtsp://127.0.0.1:{listening}/stream"), 4.0)


def test_its_sending_side_does_not_listen(clips: dict[str, Path]) -> None:
    ffmpeg, (port,) = needs("ffmpeg", "ffmpeg"), free_ports(1)
    command = [ffmpeg, "-v", "error", "-i", str(clips["h264"]), "-c", "copy", "-rtsp_flags", "listen", "-f", "rtsp", f"rtsp://127.0.0.1:{port}/stream"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode != 0
    assert "Connection refused" in done.stderr, "it connects, flag or not"
