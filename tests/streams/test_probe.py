from __future__ import annotations

import asyncio
import datetime
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from streams.camera import CameraSpec
from streams.decoding import DecoderPool
from streams.errors import (
    AuthenticationRefused,
    CameraTimeout,
    CertificateRefused,
    RecordedFileError,
    RequestRefused,
    RtspError,
    StreamNotFound,
    StreamsError,
    Unsupported,
)
from streams.probe import ProbeReport, probe
from streams.probe_report import Link, Watch
from streams.recorded import read_access_units
from streams.simulator import SimulatorServer
from tests.streams.peers import Front, Redirector, listening, self_signed, server_tls

Clip = Callable[[str], Path]


async def ask(url: str, seconds: float = 3.0, transport: str = "tcp", **options: Any) -> ProbeReport:
    return await probe(CameraSpec.parse("a", url, transport, **options), seconds)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_a_camera_tells_what_it_is(clip: Clip, codec: str) -> None:
    async with SimulatorServer([clip(codec)], 1, username="inspector", password="secret") as server:
        report = await ask(server.url(1))
    assert (report.codec, report.width, report.height, report.fps) == (codec, 320, 240, 25.0)
    assert report.keyframe_interval_seconds == pytest.approx(1.0)
    assert report.clock_offset_seconds == pytest.approx(0.0, abs=0.5)
    assert report.bits_per_second == pytest.approx(8 * clip(codec).stat().st_size / 2, rel=0.1)
    assert report.link.server == "curbwatch simulator"
    assert {"DESCRIBE", "PLAY", "GET_PARAMETER"} <= set(report.link.methods)
    assert (report.damaged, report.fault) == (0, None)
    assert "secret" not in repr(report)


@pytest.mark.parametrize(
    ("query", "error", "reason"),
    [
        ("fault=unauthorized", AuthenticationRefused, "wants a user name and password"),
        ("fault=not_found", StreamNotFound, "does not know this path"),
        ("fault=no_video", Unsupported, "only audio/PCMU"),
        ("fault=error_play", RequestRefused, "PLAY with 500"),
        ("fault=close_setup", RtspError, "closed the connection at SETUP"),
        ("fault=hang_describe", CameraTimeout, "does not answer DESCRIBE"),
        ("fault=stall&after=0", CameraTimeout, "sends no picture in"),
        ("fault=loss&after=0&share=0.5", CameraTimeout, "pictures and no whole keyframe in . s; packets are lost on the way"),
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


class TestHowItIsSpokenTo:
    @pytest.mark.parametrize(
        ("query", "transport", "used", "over_tcp", "over_udp"),
        [
            ("", "tcp", "tcp", True, True),
            ("", "udp", "udp", True, True),
            ("fault=tcp_only", "tcp", "tcp", True, False),
            ("fault=tcp_only", "udp", "tcp", True, False),
            ("fault=udp_only", "tcp", "udp", False, True),
        ],
        ids=["both", "both, UDP asked for", "TCP only", "TCP only, UDP asked for", "UDP only"],
    )
    async def test_both_transports_are_tried(self, clip: Clip, query: str, transport: str, used: str, over_tcp: bool, over_udp: bool) -> None:
        async with SimulatorServer([clip("h264")], 1, username="u", password="p") as server:
            link = (await ask(server.url(1, query), transport=transport)).link
            assert (link.reader, link.transport, link.over_tcp, link.over_udp) == ("own", used, over_tcp, over_udp)
            assert server.failed_logins == 0
            await asyncio.sleep(0.1)
            assert not server.viewers, "it has taken leave of both"

    async def test_udp_that_does_not_come_through_is_a_no(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.probe.OTHER_WAY_SECONDS", 0.5)
        async with SimulatorServer([clip("h264")], 1) as server:
            link = (await ask(server.url(1, "fault=no_udp"))).link
        assert (link.over_tcp, link.over_udp) == (True, False)

    @pytest.mark.parametrize(("query", "kind"), [("fault=sha256", "digest SHA-256"), ("fault=basic", "basic"), ("", "digest MD5"), (None, None)], ids=str)
    async def test_the_kind_of_login(self, clip: Clip, query: str | None, kind: str | None) -> None:
        who = {} if query is None else {"username": "u", "password": "p"}
        async with SimulatorServer([clip("h264")], 1, **who) as server:  # type: ignore[arg-type]
            assert (await ask(server.url(1, query or ""))).link.authentication == kind

    async def test_audio_is_named(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server:
            assert (await ask(server.url(1, "fault=with_audio"))).link.audio == ("PCMU",)

    async def test_a_certificate_is_told(self, clip: Clip, tmp_path: Path) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, listening(Front(server.port).talk, tls=server_tls(self_signed(tmp_path))) as port:
            link = (await ask(f"rtsps://127.0.0.1:{port}/1")).link
            assert (link.encrypted, link.verified, link.over_tcp) == (True, False, True)
            assert link.certificate is not None
            assert (link.certificate.subject, link.certificate.own) == ("CN=camera.example", True)
            assert link.certificate.expires.startswith(str(datetime.datetime.now(datetime.UTC).year))
            with pytest.raises(CertificateRefused, match="self-signed"):
                await ask(f"rtsps://127.0.0.1:{port}/1", tls_verify=True)

    async def test_a_redirect_is_followed_and_told(self, clip: Clip) -> None:
        there = Redirector("")
        async with SimulatorServer([clip("h264")], 1, username="u", password="topsecret") as server, listening(there.talk) as port:
            there.location = server.url(1)
            report = await ask(f"rtsp://u:topsecret@127.0.0.1:{port}/here?token=topsecret")
            assert report.link.redirected_to == server.url(1, with_password=False)
        assert "topsecret" not in repr(report)

    async def test_an_address_of_a_resolver(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server:
            report = await ask("", resolver=f"exec:{sys.executable} -c 'print(\"{server.url(1)}\")'")
            assert report.url == server.url(1)
        with pytest.raises(StreamsError, match="resolver"):
            await ask("", resolver=f"exec:{sys.executable} -c 'print(1)'")

    async def test_through_libav_where_it_is_asked_for(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server:
            report = await ask(server.url(1), 15.0, "libav")
        assert (report.link.reader, report.width, report.fps) == ("libav", 320, 25.0)

    async def test_through_libav_where_the_own_reader_gives_up(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        def no(text: str) -> object:
            raise Unsupported("not for this reader")

        monkeypatch.setattr("streams.rtsp.client.parse_description", no)
        async with SimulatorServer([clip("h264")], 1) as server:
            assert (await ask(server.url(1), 15.0)).link.reader == "libav"
            with pytest.raises(Unsupported, match="not for this reader"):
                await ask(server.url(1, "fault=stall&after=0"), 2.0)

    async def test_a_refused_password_is_sent_once(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1, username="u", password="p") as server:
            for transport in ("tcp", "udp"):
                with pytest.raises(AuthenticationRefused, match="does not accept"):
                    await ask(server.url(1).replace(":p@", ":wrong@"), transport=transport)
            assert server.failed_logins == 2, "one for each probe"


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


async def test_a_keyframe_that_crashes_the_decoder_is_a_fault_and_the_probe_goes_on(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "decoding"))
    monkeypatch.setattr("streams.probe_report.DecoderPool", partial(DecoderPool, module="hostile_child"))
    seen = Watch()
    for unit in read_access_units(clip("h264")):
        seen.take(replace(unit, nals=(*unit.nals, b"\x0cSEGV-NOW")) if unit.keyframe else unit)
    report = seen.report("rtsp://192.0.2.1/", 2.0, None, Link())
    assert (report.fault, report.width, report.height) == ("the decoder crashed (SIGSEGV) on its picture", 0, 0)
    assert report.fps == 25.0


@pytest.mark.parametrize(
    ("address", "transport", "reason"),
    [
        pytest.param("rtsps://127.0.0.1:{port}/1", "tcp", r"no encrypted connection to the camera in \d+ s; if it is not encrypted, try rtsp://", id="TLS"),
        pytest.param("rtsp://127.0.0.1:{port}/1", "libav", r"libav finds no picture there in \d+ s", id="libav and a server that hangs"),
    ],
)
async def test_what_never_played_is_not_said_to_play(address: str, transport: str, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel takes the connection, and nobody reads
        port = silent.getsockname()[1]
        with pytest.raises(StreamsError, match=f"^{reason}$"):
            await probe(CameraSpec.parse("a", address.format(port=port), transport), timeout_seconds=2.0)
