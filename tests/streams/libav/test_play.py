"""The fallback against real peers: the simulator over RTSP, a web server with FLV, MPEG-TS and HLS, ffmpeg over RTMP; and all their ways to fail."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from streams.decoding import WHOLE, decode_keyframe
from streams.errors import AuthenticationRefused, CameraTimeout, NoVideo, ProtocolViolation, RtspError, StreamNotFound, StreamsError, Unsupported
from streams.media import AccessUnit, Codec
from streams.simulator import SimulatorServer
from tests.streams.libav.conftest import Web, continuing, live, redirect, remuxed, silent, watched, whole

Clip = Callable[[str], Path]
BOTH = pytest.mark.parametrize("codec", ["h264", "hevc"])


def sound(units: list[AccessUnit], codec: str) -> None:
    """These are the clip's pictures: a keyframe first and each second, in time, with parameter sets, and they decode."""
    assert len(units) > 20
    assert units[0].keyframe
    assert {unit.codec for unit in units} == {Codec(codec)}
    places = [number for number, unit in enumerate(units) if unit.keyframe]
    assert all(after - before == 25 for before, after in pairwise(places))
    steps = [after.timestamp - before.timestamp for before, after in pairwise(units)]
    assert sorted(steps)[len(steps) // 2] == pytest.approx(3600, abs=100)
    assert min(steps) > 0
    assert all(unit.parameter_sets.complete for unit in units)
    decoded = decode_keyframe(units[0], [WHOLE])
    assert (decoded.width, decoded.height) == (320, 240)


@BOTH
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_rtsp(clip: Clip, codec: str, transport: str) -> None:
    async with SimulatorServer([clip(codec)], 1, username="inspector", password="p@ss w") as simulator:
        units, error = await watched(f"rtsp://inspector:p%40ss%20w@127.0.0.1:{simulator.port}/1", 10, enough=60, transport=transport)
    assert error is None
    sound(units, codec)
    assert not any(unit.damaged for unit in units)


@BOTH
async def test_a_transport_stream_over_http(clip: Clip, tmp_path: Path, web: Web, codec: str) -> None:
    ts = remuxed(clip(codec), tmp_path / "a.ts", "mpegts").read_bytes()
    web.pages["/live.ts"] = live(continuing(ts, 8), 16, "video/mp2t")
    units, error = await watched(web.url("/live.ts"), 12, enough=70)
    assert error is None
    sound(units, codec)
    assert not any(unit.damaged for unit in units)


@BOTH
async def test_flv_over_http(clip: Clip, tmp_path: Path, web: Web, codec: str) -> None:
    flv = remuxed(clip(codec), tmp_path / "a.flv", "flv").read_bytes()
    web.pages["/live.flv"] = live(flv, 2, "video/x-flv", repeat_from=13)
    units, error = await watched(web.url("/live.flv"), 12, enough=70)
    assert error is None
    sound([unit for unit in units if unit.timestamp < 90_000 * 1.9], codec)
    assert all(after.timestamp > before.timestamp for before, after in pairwise(units)), "also where the server begins its file anew"


async def test_hls(clip: Clip, tmp_path: Path, web: Web) -> None:
    serve_hls(web, remuxed(clip("h264"), tmp_path / "a.ts", "mpegts").read_bytes())
    units, error = await watched(web.url("/live.m3u8"), 15, enough=110)
    assert error is None
    assert [number for number, unit in enumerate(units) if unit.keyframe][:4] == [0, 25, 50, 75]
    assert units[0].parameter_sets.complete
    assert not [unit for unit in units if unit.keyframe and unit.damaged]


def serve_hls(web: Web, segment: bytes) -> None:
    """A live play list of two-second segments."""
    began = time.monotonic()

    async def play_list(request: str, writer: asyncio.StreamWriter) -> None:
        newest = 3 + int((time.monotonic() - began) / 2)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{newest - 2}"]
        for number in range(newest - 2, newest + 1):
            lines += ["#EXT-X-DISCONTINUITY", "#EXTINF:2.0,", f"segment{number}.ts"]
            web.pages[f"/segment{number}.ts"] = whole(segment, "video/mp2t")
        await whole("\n".join(lines).encode(), "application/vnd.apple.mpegurl")(request, writer)

    web.pages["/live.m3u8"] = play_list


async def test_rtmp(clip: Clip) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("needs Debian's ffmpeg as an RTMP server, which is not there")
    url = f"rtmp://127.0.0.1:{free_port()}/live/1"
    command = [ffmpeg, "-loglevel", "error", "-re", "-stream_loop", "9", "-i", str(clip("h264")), "-c", "copy", "-f", "flv", "-listen", "1", url]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as server:  # noqa: ASYNC220 a test's peer
        try:
            for _ in range(50):
                units, error = await watched(url, 15, enough=60)
                if units:
                    break
                await asyncio.sleep(0.1)
        finally:
            server.kill()
    assert error is None
    sound(units, "h264")


def free_port() -> int:
    """A port that nobody listens on, as well as can be known."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize(
    "target",
    [
        "file://{file}",
        "{file}",
        "concat:{file}",
        "subfile,,start,0,end,0,,:{file}",
        "ftp://127.0.0.1/a.ts",
        "rtmp://127.0.0.1:1/a",
        "tcp://127.0.0.1:1/a.ts",
        "data:video/mp2t;base64,R0A=",
    ],
    ids=lambda target: target.partition(":")[0],
)
async def test_a_play_list_or_redirect_leads_to_the_web_only(clip: Clip, tmp_path: Path, web: Web, target: str) -> None:
    target = target.format(file=remuxed(clip("h264"), tmp_path / "secret.ts", "mpegts"))
    entries = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{target}\n#EXTINF:2.0,\n{target}\n#EXT-X-ENDLIST\n"
    web.pages["/list.m3u8"] = whole(entries.encode(), "application/vnd.apple.mpegurl")
    web.pages["/elsewhere"] = redirect(target)
    for path in ("/list.m3u8", "/elsewhere"):
        units, error = await watched(web.url(path), 8)
        assert (units, isinstance(error, StreamsError)) == ([], True), path


@pytest.mark.parametrize("name", ["movie.mp4", "list.txt"])
async def test_a_format_that_opens_other_files_is_not_read(web: Web, name: str) -> None:
    """ffconcat would name files; its format is not among those allowed."""
    web.pages[f"/{name}"] = whole(b"ffconcat version 1.0\nfile /etc/hostname\n")
    units, error = await watched(web.url(f"/{name}"), 8)
    assert units == []
    assert isinstance(error, ProtocolViolation)


@pytest.fixture
async def peer(clip: Clip, tmp_path: Path, web: Web) -> Web:
    """A web server with all that may go wrong."""
    ts = remuxed(clip("h264"), tmp_path / "a.ts", "mpegts").read_bytes()

    async def asks(request: str, writer: asyncio.StreamWriter) -> None:
        if base64.b64encode(b"inspector:p@ss").decode() in request:
            await live(continuing(ts, 4), 8, "video/mp2t")(request, writer)
        writer.write(b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')

    web.pages |= {
        "/hang": silent,
        "/asks": asks,
        "/junk": whole(bytes(range(256)) * 2000),
        "/over": whole(ts, "video/mp2t"),
        "/stall": live(continuing(ts, 4), 8, "video/mp2t", stop_after=2.0),
        "/short.flv": whole(b"FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00"),
    }
    return web


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        pytest.param("/hang", CameraTimeout, "does not answer", id="it hangs"),
        pytest.param("/none", StreamNotFound, "does not know the address", id="404"),
        pytest.param("/asks", AuthenticationRefused, "does not accept", id="401"),
        pytest.param("/junk", ProtocolViolation, "cannot be read", id="junk"),
        pytest.param("/short.flv", RtspError, "", id="an empty stream"),
        pytest.param("/over", RtspError, "the stream ended", id="it ends without a word"),
        pytest.param("/stall", CameraTimeout, "no picture for 2 s", id="it stalls"),
    ],
)
async def test_each_failure_by_its_own_error_and_within_its_deadline(peer: Web, path: str, error: type[StreamsError], told: str) -> None:
    began = time.monotonic()
    _, met = await watched(peer.url(path, "inspector:wrong@"), 12)
    assert isinstance(met, error), met
    assert told in str(met)
    assert "wrong" not in str(met)
    assert time.monotonic() - began < 9


async def test_the_password_of_the_address_is_used(peer: Web) -> None:
    units, error = await watched(peer.url("/asks", "inspector:p%40ss@"), 8, enough=30)
    assert error is None
    assert len(units) >= 30


async def test_a_killed_server_is_an_end_with_a_reason(peer: Web, clip: Clip, tmp_path: Path) -> None:
    ts = remuxed(clip("h264"), tmp_path / "b.ts", "mpegts").read_bytes()
    peer.pages["/live.ts"] = live(continuing(ts, 8), 16, "video/mp2t")
    asyncio.get_running_loop().call_later(1.5, peer.cut)
    units, error = await watched(peer.url("/live.ts"), 10)
    assert len(units) > 5
    assert isinstance(error, RtspError)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        pytest.param("ftp://user:secret@127.0.0.1/a", Unsupported, id="a scheme that is not for it"),
        pytest.param("file:///etc/passwd", Unsupported, id="a file"),
        pytest.param("concat:/etc/passwd", Unsupported, id="a protocol of its own"),
        pytest.param("rtmp://user:secret@127.0.0.1:1/live", RtspError, id="nobody listens"),
    ],
)
async def test_what_is_not_even_tried(url: str, error: type[StreamsError]) -> None:
    units, met = await watched(url, 8)
    assert units == []
    assert type(met) is error
    assert "secret" not in str(met)


async def test_another_codec_is_named(tmp_path: Path, web: Web) -> None:
    web.pages["/old.ts"] = whole(other_codec(tmp_path / "old.ts", "mpeg2video"), "video/mp2t")
    _, error = await watched(web.url("/old.ts"), 8)
    assert isinstance(error, Unsupported)
    assert "its video is mpeg2video; only H.264 and H.265 are read" in str(error)


async def test_sound_alone_is_no_video(tmp_path: Path, web: Web) -> None:
    web.pages["/radio.ts"] = whole(other_codec(tmp_path / "radio.ts", "mp2"), "video/mp2t")
    _, error = await watched(web.url("/radio.ts"), 8)
    assert isinstance(error, NoVideo)


def other_codec(path: Path, codec: str) -> bytes:
    """Two seconds of something that is no H.264 or H.265."""
    import av
    import numpy as np

    with av.open(str(path), "w", format="mpegts") as container:
        frames: list[Any]
        if codec == "mp2":
            sound = container.add_stream(codec, rate=48_000)
            frames = [av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1152), np.int16), format="s16", layout="stereo") for _ in range(80)]
            for frame in frames:
                frame.sample_rate = 48_000
            for frame in frames:
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
        else:
            video = container.add_stream(codec, rate=25)
            video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
            for number in range(50):
                container.mux(video.encode(av.VideoFrame.from_ndarray(np.full((240, 320, 3), number, np.uint8), format="rgb24")))
            container.mux(video.encode(None))
    return path.read_bytes()


async def test_mutilated_streams_end_with_an_error_each(clip: Clip, tmp_path: Path, web: Web) -> None:
    """What libavformat makes of broken bytes, in 24 ways; whatever it is, it is told, and it is over soon."""
    chance = random.Random(11)
    whole_ones = [remuxed(clip(codec), tmp_path / f"{codec}.{name}", name).read_bytes() for codec in ("h264", "hevc") for name in ("mpegts", "flv")]

    async def one(number: int) -> StreamsError | None:
        data = bytearray(whole_ones[number % 4])
        for _ in range(chance.choice([1, 20, 500])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        del data[chance.randrange(20_000, len(data)) :]
        web.pages[f"/{number}"] = whole(bytes(data))
        _, error = await watched(web.url(f"/{number}"), 15)
        return error

    for first in range(0, 24, 4):
        errors = await asyncio.gather(*(one(first + n) for n in range(4)))
        assert all(isinstance(error, StreamsError) for error in errors)
        assert not [error for error in errors if "without a word" in str(error)]


async def test_a_certificate_is_checked_where_that_is_asked_for(clip: Clip, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    key_file, certificate_file = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    answer = live(continuing(remuxed(clip("h264"), tmp_path / "a.ts", "mpegts").read_bytes(), 4), 8, "video/mp2t")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/live.ts"
    try:
        units, error = await watched(url, 8, enough=20)
        assert (len(units) >= 20, error) == (True, None)
        units, error = await watched(url, 8, enough=20, tls_verify=True)
        assert (units, isinstance(error, RtspError)) == ([], True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
        units, error = await watched(url, 8, enough=20, tls_verify=True)
        assert (len(units) >= 20, error) == (True, None)
    finally:
        server.close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(1), now + datetime.timedelta(1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    certificate_file.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
