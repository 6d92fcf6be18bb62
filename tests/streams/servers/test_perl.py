"""Reader and probe against Perl's RTSP::Server, fed by ffmpeg's ANNOUNCE and RECORD: UDP only, without passwords and without Content-Base."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.decoding import decode_keyframe
from streams.probe import probe
from tests.streams.servers.conftest import free_ports, listens, needs, running
from tests.streams.servers.watching import Seen, assert_bit_identical, keyframe_seconds, read_together, whole
from tests.streams.servers.wire import converse, relayed

pytestmark = pytest.mark.servers

SERVER = "use AnyEvent; use RTSP::Server; my $server = RTSP::Server->new_with_options; $server->listen; AnyEvent->condvar->recv;"
"""What the service of Debian's rtsp-server-perl runs; the library alone starts none on the machine it is installed on."""
NAMES = ("h264", "h264-b", "hevc", "hevc-b")


@pytest.fixture(scope="module")
def port(clips: dict[str, Path]) -> Iterator[int]:
    """The port for clients; every clip is announced at /NAME."""
    perl, ffmpeg = needs("perl", "perl"), needs("ffmpeg", "ffmpeg")
    if subprocess.run([perl, "-MRTSP::Server", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("needs Debian's librtsp-server-perl, which is not there")
    client, source = free_ports(2)
    options = ["--clientport", str(client), "--serverport", str(source), "--client_listen_address", "127.0.0.1", "--source_listen_address", "127.0.0.1"]
    with ExitStack() as stack:
        stack.enter_context(running([perl, "-e", SERVER, "--", *options, "--rtp_start_port", "21000"]))
        assert listens(client, 10.0)
        for name in NAMES:
            loop = [ffmpeg, "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clips[name]), "-c", "copy", "-f", "rtsp", f"rtsp://127.0.0.1:{source}/{name}"]
            stack.enter_context(running(loop))
        deadline = time.monotonic() + 10.0
        for name in NAMES:
            while "200 OK" not in converse(client, f"DESCRIBE rtsp://127.0.0.1:{client}/{name}")[0]:
                assert time.monotonic() < deadline, f"ffmpeg announces {name}"
                time.sleep(0.1)
        yield client


@pytest.fixture(scope="module")
def seen(port: int) -> dict[str, Seen]:
    return read_together([CameraSpec.parse(name, f"rtsp://127.0.0.1:{port}/{name}", "udp") for name in NAMES], whole, 8.0)


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_comes_as_it_was_recorded(seen: dict[str, Seen], clips: dict[str, Path], name: str) -> None:
    status = seen[name].status
    assert status.state is CameraState.LIVE, status
    assert (status.codec, status.damaged, status.reconnects, status.transport) == (name[:4], 0, 0, "udp")
    assert set(status.drops) <= {"before_keyframe"}
    assert keyframe_seconds(seen[name]) == pytest.approx(0.4, abs=0.05)
    assert status.clock_offset_seconds == pytest.approx(0.0, abs=1.0)
    assert_bit_identical(seen[name], clips[name])
    decoded = decode_keyframe(seen[name].keyframes[0], ())
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())


async def test_it_is_probed(port: int) -> None:
    report = await probe(CameraSpec.parse("a", f"rtsp://127.0.0.1:{port}/h264", "udp"), 8.0)
    assert (report.codec, report.width, report.height) == ("h264", 320, 240)


def test_leave_is_taken(port: int) -> None:
    with relayed(port) as wire:
        seen = read_together([CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/hevc", "udp")], lambda seen: len(seen.keyframes) >= 3, 5.0)["a"]
        assert wire.left()
    assert (seen.status.state, seen.status.reconnects) == (CameraState.LIVE, 0)
    assert wire.methods == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]


def test_a_reader_that_asks_for_tcp_gets_it_over_udp(port: int) -> None:
    seen = read_together([CameraSpec.parse("a", f"rtsp://127.0.0.1:{port}/h264")], lambda seen: len(seen.keyframes) >= 2, 5.0)["a"]
    assert (seen.status.state, seen.status.transport, seen.status.reconnects) == (CameraState.LIVE, "udp", 0)


def test_what_it_says_to_tcp(port: int) -> None:
    base = f"rtsp://127.0.0.1:{port}/h264"
    *_, setup = converse(port, f"DESCRIBE {base}", f"SETUP {base}/streamid=0\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1")
    assert setup.startswith("RTSP/1.0 400 Bad Request\r\n"), "not 461, which it should be: it finds no client_port"
