"""Reader and probe against GStreamer's RTSP server."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.camera import CameraSpec, CameraState
from streams.clips import write_clips
from streams.decoding import decode_keyframe
from streams.errors import AuthenticationRefused, StreamNotFound
from streams.probe import ProbeReport, probe
from streams.reader import ReaderSettings
from streams.recorded import read_access_units
from tests.streams.servers.conftest import WHO
from tests.streams.servers.watching import Seen, assert_bit_identical, keyframe_seconds, read_together, slices_of, whole
from tests.streams.servers.wire import relayed

pytestmark = pytest.mark.gstreamer

QUICK = ReaderSettings(stale_seconds=1.0)
ROWS = {
    "h264-tcp": ("h264", "open", "tcp"),
    "hevc-tcp": ("hevc", "open", "tcp"),
    "h264-b-pictures-tcp-digest": ("h264-b", "digest", "tcp"),
    "hevc-b-pictures-tcp-digest": ("hevc-b", "digest", "tcp"),
    "h264-tcp-basic-with-audio": ("h264-audio", "basic", "tcp"),
    "hevc-tcp-basic-with-audio": ("hevc-audio", "basic", "tcp"),
    "h264-udp": ("h264", "open", "udp"),
    "hevc-udp": ("hevc", "open", "udp"),
    "h264-b-pictures-udp-digest": ("h264-b", "digest", "udp"),
    "hevc-b-pictures-udp-basic": ("hevc-b", "basic", "udp"),
    "hevc-udp-short-session": ("hevc", "brief", "udp"),
    "h264-tcp-ipv6": ("h264", "ipv6", "tcp"),
    "h264-udp-ipv6": ("h264", "ipv6", "udp"),
    "h264-tls": ("h264", "tls", "tcp"),
    "hevc-tls-digest": ("hevc", "tls_digest", "tcp"),
}


@pytest.fixture(scope="module")
def seen(gstreamer: dict[str, int]) -> dict[str, Seen]:
    """All rows, read at once."""

    def enough(one: Seen) -> bool:
        return whole(one) or (len(one.keyframes) >= 5 and "audio" in one.status.camera_id)

    return read_together([spec_of(label, gstreamer) for label in ROWS], enough, 8.0)


def spec_of(label: str, ports: dict[str, int]) -> CameraSpec:
    name, manner, transport = ROWS[label]
    scheme = "rtsps" if manner.startswith("tls") else "rtsp"
    who = WHO if manner in ("digest", "basic", "tls_digest") else ""
    host = "[::1]" if manner == "ipv6" else "127.0.0.1"
    return CameraSpec.parse(label, f"{scheme}://{who}{host}:{ports[manner]}/{name}", transport)


@pytest.mark.parametrize("row", ROWS)
def test_every_picture_comes_as_it_was_recorded(seen: dict[str, Seen], clips: dict[str, Path], row: str) -> None:
    name = ROWS[row][0].removesuffix("-audio")
    status = seen[row].status
    assert status.state is CameraState.LIVE, status
    assert (status.codec, status.damaged, dict(status.drops), status.reconnects) == (name[:4], 0, {}, 0)
    assert status.keyframes >= 2
    assert (status.transport, status.encrypted) == (ROWS[row][2], "tls" in row)
    assert keyframe_seconds(seen[row]) == pytest.approx(0.4, abs=0.05)
    if "audio" in row:  # with a second track that nobody sets up, this server at times sends no report at all
        assert status.clock_offset_seconds in (None, pytest.approx(0.0, abs=1.0))
    else:
        assert status.clock_offset_seconds == pytest.approx(0.0, abs=1.0)
    assert_bit_identical(seen[row], clips[name])
    decoded = decode_keyframe(seen[row].keyframes[0], ())
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())


async def test_it_is_probed(gstreamer: dict[str, int]) -> None:
    async def at(url: str, seconds: float) -> object:
        return await probe(CameraSpec.parse("a", url), seconds)

    well, encrypted, wrong, other = await asyncio.gather(
        at(f"rtsp://{WHO}127.0.0.1:{gstreamer['basic']}/h264-audio", 5.0),
        at(f"rtsps://{WHO}127.0.0.1:{gstreamer['tls_digest']}/hevc-b", 8.0),
        at(f"rtsp://inspector:wrong@127.0.0.1:{gstreamer['digest']}/h264", 4.0),
        at(f"rtsp://{WHO}127.0.0.1:{gstreamer['digest']}/other", 4.0),
        return_exceptions=True,
    )
    assert isinstance(wrong, AuthenticationRefused)
    assert "does not accept" in str(wrong)
    assert isinstance(other, StreamNotFound)
    assert isinstance(well, ProbeReport), well
    assert (well.codec, well.width, well.height, well.fps) == ("h264", 320, 240, 25.0)
    assert well.keyframe_interval_seconds == pytest.approx(0.4, abs=0.05)
    assert (well.link.reader, well.link.transport, well.link.over_tcp, well.link.over_udp) == ("own", "tcp", True, True)
    assert (well.link.authentication, well.link.encrypted, well.link.server) == ("basic", False, "GStreamer RTSP server")
    assert well.link.audio == ("PCMA",)
    assert {"DESCRIBE", "GET_PARAMETER", "PLAY"} <= set(well.link.methods)
    assert isinstance(encrypted, ProbeReport), encrypted
    assert (encrypted.codec, encrypted.link.encrypted, encrypted.link.verified, encrypted.link.authentication) == ("hevc", True, False, "digest MD5")
    assert encrypted.link.certificate is not None


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_short_session_is_kept_and_taken_leave_of(gstreamer: dict[str, int], transport: str) -> None:
    """The server names no time beyond its answer to SETUP, forgets a session after two seconds without a sign of life, and is told when the reader goes."""
    with relayed(gstreamer["brief"]) as wire:
        spec = CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/h264", transport)
        began = time.monotonic()
        seen = read_together([spec], lambda seen: time.monotonic() - began > 3.6, 6.0)["a"]
        assert wire.left()
    assert (seen.status.state, seen.status.reconnects, seen.status.reason) == (CameraState.LIVE, 0, None)
    assert wire.methods[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert any("timeout=2" in answer.head for answer in wire.answered)
    kept = [one.at_seconds for one in wire.asked_for("GET_PARAMETER")]
    assert len(kept) >= 3, "twice in the server's two seconds"
    assert max(later - one for one, later in pairwise(kept)) < 2.0
    assert {answer.what for answer in wire.answered} == {"200"}


def test_a_session_that_the_server_forgets_is_begun_anew(gstreamer: dict[str, int]) -> None:
    with relayed(gstreamer["forgetful"]) as wire:
        spec = CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/hevc")
        seen = read_together([spec], lambda seen: seen.status.reconnects >= 1 and seen.status.state is CameraState.LIVE, 12.0, QUICK)["a"]
    assert seen.status.reconnects >= 1, "the pictures ended with the session"
    assert seen.status.state is CameraState.LIVE


@pytest.mark.parametrize(("codec", "transport"), [("h264", "tcp"), ("hevc", "tcp"), ("h264", "udp"), ("hevc", "udp")])
def test_after_the_end_of_the_stream_it_is_read_anew(gstreamer: dict[str, int], clips: dict[str, Path], codec: str, transport: str) -> None:
    with relayed(gstreamer["open"]) as wire:
        spec = CameraSpec.parse("a", f"rtsp://127.0.0.1:{wire.port}/{codec}-short", transport)
        seen = read_together([spec], lambda seen: seen.status.pictures > 45, 12.0, QUICK)["a"]
    assert seen.status.reconnects >= 1
    assert (seen.status.pictures > 45, seen.status.damaged, dict(seen.status.drops)) == (True, 0, {})
    assert_bit_identical(seen, clips[f"{codec}-short"])


@pytest.mark.parametrize("row", ["h264-b-pictures-udp-digest", "hevc-b-pictures-tcp-digest"])
def test_what_was_read_becomes_a_clip_that_plays(seen: dict[str, Seen], tmp_path: Path, row: str) -> None:
    pictures = seen[row].pictures
    requested = pictures[15].arrival_seconds
    (clip,) = write_clips(pictures, tmp_path / "clip.mp4", requested_start_seconds=requested)
    assert clip.start_arrival_seconds == pictures[10].arrival_seconds, "the last keyframe before"
    written = list(read_access_units(clip.path))
    assert [slices_of(unit) for unit in written] == [slices_of(unit) for unit in pictures[10:]]
    with av.open(str(clip.path)) as container:
        assert len(list(container.decode(video=0))) >= clip.pictures - 2, "all but what refers to pictures that had not come yet"
