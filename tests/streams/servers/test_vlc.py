"""Reader and probe against VLC's RTSP server: UDP only, basic authentication, a 401 without CSeq, a session of 60 s."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.decoding import decode_keyframe
from streams.errors import AuthenticationRefused
from streams.probe import probe
from streams.reader import ReaderSettings
from tests.streams.servers.conftest import PASSWORD, USER, WHO, free_ports, listens, needs, running
from tests.streams.servers.watching import Seen, assert_bit_identical, keyframe_seconds, read_together, whole
from tests.streams.servers.wire import converse, relayed

pytestmark = pytest.mark.servers

ROWS = {"h264": False, "hevc-b": False, "h264-b": True, "hevc": True}
"""Clips, and whether a password is asked for."""


@pytest.fixture(scope="module")
def ports(clips: dict[str, Path]) -> Iterator[dict[str, int]]:
    """Ports by clip, each played over and over at /stream."""
    vlc = needs("vlc", "vlc-bin and vlc-plugin-base")
    ports = dict(zip(ROWS, free_ports(len(ROWS)), strict=True))
    with ExitStack() as stack:
        for name, port in ports.items():
            out = ["--sout", f"#rtp{{sdp=rtsp://127.0.0.1:{port}/stream}}", "--sout-keep"]
            password = ["--sout-rtsp-user", USER, "--sout-rtsp-pwd", PASSWORD] if ROWS[name] else []
            command = [vlc, "-I", "dummy", "--no-audio", "--input-repeat=1000", str(clips[name]), *out, *password]
            stack.enter_context(running(command, as_nobody=True))  # VLC refuses to run as root
        for port in ports.values():
            assert listens(port, 20.0)
        yield ports


@pytest.fixture(scope="module")
def seen(ports: dict[str, int]) -> dict[str, Seen]:
    def spec(name: str) -> CameraSpec:
        return CameraSpec.parse(name, f"rtsp://{WHO if ROWS[name] else ''}127.0.0.1:{ports[name]}/stream", "udp")

    return read_together([spec(name) for name in ROWS], whole, 10.0)


@pytest.mark.parametrize("name", ROWS)
def test_every_picture_comes_as_it_was_recorded(seen: dict[str, Seen], clips: dict[str, Path], name: str) -> None:
    status = seen[name].status
    assert status.state is CameraState.LIVE, status
    assert (status.codec, status.damaged, status.reconnects, status.transport) == (name[:4], 0, 0, "udp")
    assert set(status.drops) <= {"before_keyframe"}
    assert keyframe_seconds(seen[name]) == pytest.approx(0.4, abs=0.05)
    assert_bit_identical(seen[name], clips[name])
    decoded = decode_keyframe(seen[name].keyframes[0], ())
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())


async def test_a_wrong_password_is_refused(ports: dict[str, int]) -> None:
    with pytest.raises(AuthenticationRefused, match="does not accept"):
        await probe(CameraSpec.parse("a", f"rtsp://inspector:wrong@127.0.0.1:{ports['hevc']}/stream", "udp"), 4.0)


def test_a_reader_that_asks_for_tcp_is_told_461_and_reads_over_udp(ports: dict[str, int], clips: dict[str, Path]) -> None:
    with relayed(ports["h264"]) as wire:
        seen = read_together([CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/stream")], lambda seen: len(seen.keyframes) >= 3, 8.0)["a"]
        assert wire.left()
    assert (seen.status.state, seen.status.transport, seen.status.reconnects) == (CameraState.LIVE, "udp", 0)
    assert [one.what for one in wire.answered[:5]] == ["200", "200", "461", "200", "200"]
    assert wire.methods[:5] == ["OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY"]
    assert_bit_identical(seen, clips["h264"])


@pytest.mark.slow
def test_a_track_that_vanishes_is_read_anew(clips: dict[str, Path]) -> None:
    """With `--loop`, each round is another track and the old one falls silent: no goodbye, no end."""
    vlc, (port,) = needs("vlc", "vlc-bin and vlc-plugin-base"), free_ports(1)
    out = ["--sout", f"#rtp{{sdp=rtsp://127.0.0.1:{port}/stream}}", "--sout-keep"]
    with running([vlc, "-I", "dummy", "--no-audio", "--loop", str(clips["h264-short"]), *out], as_nobody=True):
        assert listens(port, 20.0)
        spec = CameraSpec.parse("a", f"rtsp://127.0.0.1:{port}/stream", "udp")
        seen = read_together([spec], lambda seen: seen.status.reconnects >= 1 and len(seen.keyframes) >= 2, 60.0, ReaderSettings(stale_seconds=0.5))["a"]
    assert seen.status.reconnects >= 1
    assert len(seen.keyframes) >= 2, "one of the old track and one of the new: a camera that flaps is given growing pauses"
    assert seen.status.damaged == 0


def test_what_it_says_to_tcp(ports: dict[str, int]) -> None:
    base = f"rtsp://127.0.0.1:{ports['h264']}/stream"
    *_, setup = converse(ports["h264"], f"DESCRIBE {base}", f"SETUP {base}/trackID=0\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1")
    assert setup.startswith("RTSP/1.0 461 Unsupported transport\r\n")
