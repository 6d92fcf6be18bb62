"""A camera's pictures by RTSP as the reader sees them: redirects, TLS, UDP, sessions that end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from streams.camera import CameraState
from streams.errors import CameraTimeout, ProtocolViolation, RequestRefused
from streams.reader import ReaderSettings
from streams.rtsp.client import ClientSession
from streams.rtsp_source import MOST_UDP_BYTES_PER_SECOND, RtspSource
from streams.settings import Neighbours
from streams.simulator import Fault, SimulatorServer
from tests.streams.peers import Front, Redirector, listening, self_signed, server_tls
from tests.streams.readers import SETTINGS, reading, until

Clip = Callable[[str], Path]


class TestRedirects:
    @pytest.mark.parametrize("method", ["OPTIONS", "DESCRIBE"])
    async def test_another_port_is_followed_with_the_password(self, clip: Clip, method: str) -> None:
        async with SimulatorServer([clip("h264")], 1, username="u", password="secretword") as server, reading() as cameras:
            there = Redirector(server.url(1, with_password=False), method=method)
            async with listening(there.talk) as port:
                cameras.add("a", f"rtsp://u:secretword@127.0.0.1:{port}/1")
                await cameras.live("a")
                assert cameras.reader.status("a").reconnects == 0
                assert server.failed_logins == 0
                assert not any("Authorization" in head for head in there.heard)

    async def test_another_host_gets_no_password(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1, host="127.0.0.2", username="u", password="secretword") as server, reading() as cameras:
            there = Redirector(server.url(1, with_password=False))
            async with listening(there.talk) as port:
                cameras.add("a", f"rtsp://u:secretword@127.0.0.1:{port}/1")
                await until(lambda: cameras.state("a") is CameraState.REFUSED)
                assert "wants a user name and password (401)" in cameras.reason("a")
                assert server.failed_logins == 0
                there.location = server.url(1)
                cameras.reader.reconnect("a")
                await cameras.live("a")

    async def test_five_are_followed_and_no_more(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras, AsyncExitStack() as stack:
            location, urls = server.url(1), []
            for number in range(6):
                port = await stack.enter_async_context(listening(Redirector(location).talk))
                location = f"rtsp://127.0.0.1:{port}/{number}"
                urls.append(location)
            cameras.add("five", urls[4])
            cameras.add("six", urls[5])
            await cameras.live("five")
            await cameras.said("six", "redirects more than 5 times")

    async def test_a_circle_is_seen(self) -> None:
        one, other = Redirector(""), Redirector("")
        async with listening(one.talk) as a, listening(other.talk) as b, reading() as cameras:
            one.location, other.location = f"rtsp://127.0.0.1:{b}/?token=topsecret", f"rtsp://127.0.0.1:{a}/x"
            cameras.add("a", f"rtsp://127.0.0.1:{a}/x")
            await cameras.said("a", "redirects in a circle")
            assert "topsecret" not in cameras.reason("a")
            assert cameras.state("a") is CameraState.BACKING_OFF

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    async def test_a_name_of_this_machine_hears_nothing(self, host: str) -> None:
        there = Redirector("")
        async with listening(there.talk) as port:
            source = RtspSource(
                f"rtsp://{host}:{port}/1", lambda unit: None, transport="tcp", tls_verify=False, settings=SETTINGS, neighbours=Neighbours(1), led_here=False
            )
            with pytest.raises(RequestRefused, match="this machine itself"):
                await source.open()
            await source.close()
        assert there.heard == []

    async def test_what_a_camera_elsewhere_leads_to_is_looked_at_when_it_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if the first one were elsewhere: only the second connection is known to be of this machine."""
        answers = iter([False, True, False, True])
        monkeypatch.setattr("streams.rtsp_source._leads_here", lambda transport: next(answers))
        inner = Redirector("")
        async with listening(inner.talk) as port, listening(Redirector(f"rtsp://127.0.0.1:{port}/1").talk) as first, reading() as cameras:
            cameras.add("a", f"rtsp://127.0.0.1:{first}/1")
            await cameras.said("a", "redirects to a name of this machine itself")
        assert inner.heard == []

    async def test_a_camera_that_moves_while_it_plays_is_followed_at_once(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264"), clip("hevc")], 2) as server, reading() as cameras:
            front = Front(server.port)
            async with listening(front.talk) as port:
                cameras.add("a", f"rtsp://127.0.0.1:{port}/1")
                await cameras.live("a")
                moved = time.monotonic()
                front.inject(f"REDIRECT rtsp://127.0.0.1/1 RTSP/1.0\r\nCSeq: 9\r\nLocation: {server.url(2)}\r\n\r\n".encode())
                await until(lambda: cameras.reader.status("a").codec == "hevc")
                assert time.monotonic() - moved < 3.0
                assert cameras.reader.status("a").reconnects == 1
                assert "TEARDOWN" in front.asked


class TestTls:
    async def test_a_certificate_of_its_own_is_taken_and_said(self, clip: Clip, tmp_path: Path) -> None:
        async with SimulatorServer([clip("h264")], 1, username="u", password="p") as server, reading() as cameras:
            tls = server_tls(self_signed(tmp_path))
            async with listening(Front(server.port).talk, tls=tls) as port:
                cameras.add("a", f"rtsps://u:p@127.0.0.1:{port}/1")
                await until(lambda: len(cameras.keyframes["a"]) >= 2)
                status = cameras.reader.status("a")
                assert (status.state, status.encrypted, status.verified, status.transport) == (CameraState.LIVE, True, False, "tcp")
                assert (status.damaged, dict(status.drops)) == (0, {})

    async def test_pictures_of_an_encrypted_camera_never_come_in_the_open(self, clip: Clip, tmp_path: Path) -> None:
        tls = server_tls(self_signed(tmp_path))
        async with SimulatorServer([clip("h264")], 2) as server, listening(Front(server.port).talk, tls=tls) as port, reading() as cameras:
            cameras.add("a", f"rtsps://127.0.0.1:{port}/1", "udp")
            cameras.add("b", f"rtsps://127.0.0.1:{port}/2?fault=udp_only")
            await cameras.live("a")
            assert cameras.reader.status("a").transport == "tcp"
            await cameras.said("b", "does not send over TCP (461)")

    async def test_verifying_refuses_it_until_it_is_trusted(self, clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate = self_signed(tmp_path)
        async with SimulatorServer([clip("h264")], 1) as server, listening(Front(server.port).talk, tls=server_tls(certificate)) as port:
            async with reading() as cameras:
                cameras.add("a", f"rtsps://127.0.0.1:{port}/1", tls_verify=True)
                await cameras.said("a", f"the certificate of 127.0.0.1:{port} cannot be trusted (self-signed certificate)")
                assert cameras.state("a") is CameraState.REFUSED
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            async with reading() as cameras:
                cameras.add("a", f"rtsps://127.0.0.1:{port}/1", tls_verify=True)
                await cameras.live("a")
                assert cameras.reader.status("a").verified

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [(b"RTSP/1.0 400 Bad Request\r\n\r\n", "does not speak TLS; use rtsp://"), (None, "no encrypted connection to 127.0.0.1:"), (b"", "TLS handshake")],
        ids=["plain text", "silence", "closed"],
    )
    async def test_a_handshake_that_fails_is_a_line(self, answer: bytes | None, reason: str) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            if answer is None:
                await reader.read(-1)
            writer.write(answer or b"")

        async with listening(talk) as port, reading(ReaderSettings(connect_seconds=1.0)) as cameras:
            cameras.add("a", f"rtsps://127.0.0.1:{port}/1")
            await cameras.said("a", reason)
            assert "\n" not in cameras.reason("a")


class TestSessionsThatEnd:
    async def test_a_forgotten_session_is_begun_anew_at_once(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        """The camera stops sending; the silence makes the reader ask, and the 454 makes it begin anew, long before any deadline."""
        monkeypatch.setattr("streams.rtsp_source.SILENT_SECONDS", 0.5)
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(stale_seconds=30.0)) as cameras:
            cameras.add("a", server.url(1, "fault=expired&after=0.5"))
            await cameras.live("a")
            began = time.monotonic()
            await until(lambda: cameras.reader.status("a").reconnects == 1)
            assert time.monotonic() - began < 6.0
            seen = len(cameras.keyframes["a"])
            again = time.monotonic()
            await until(lambda: len(cameras.keyframes["a"]) > seen)
            assert time.monotonic() - again < 1.5
            await cameras.said("a", "forgotten the session (454)")

    async def test_goodbye_is_believed_at_once(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(stale_seconds=30.0)) as cameras:
            front = Front(server.port)
            async with listening(front.talk) as port:
                cameras.add("a", f"rtsp://127.0.0.1:{port}/1")
                await cameras.live("a")
                began, seen = time.monotonic(), len(cameras.keyframes["a"])
                front.inject(front.goodbye())
                await until(lambda: front.connects == 2)
                await until(lambda: len(cameras.keyframes["a"]) > seen)
                assert time.monotonic() - began < 2.5
                assert cameras.reader.status("a").reconnects == 1
                front.inject(front.goodbye())
                await cameras.said("a", "RTCP BYE")
                assert cameras.state("a") is CameraState.BACKING_OFF, "a camera that says it again and again is not asked without a pause"

    async def test_a_camera_that_takes_leave_is_heard(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            front = Front(server.port)
            async with listening(front.talk) as port:
                cameras.add("a", f"rtsp://127.0.0.1:{port}/1")
                await cameras.live("a")
                front.inject(b"TEARDOWN rtsp://127.0.0.1/1 RTSP/1.0\r\nCSeq: 9\r\n\r\n")
                await until(lambda: front.connects == 2)
                await cameras.live("a")


class TestUdp:
    async def test_it_is_read_over_udp(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264"), clip("hevc")], 2) as server, reading() as cameras:
            cameras.add("a", server.url(1), "udp")
            cameras.add("b", server.url(2), "udp")
            await until(lambda: min(len(cameras.keyframes["a"]), len(cameras.keyframes["b"])) >= 3)
            for camera in "ab":
                status = cameras.reader.status(camera)
                assert (status.state, status.transport, status.damaged, status.reconnects) == (CameraState.LIVE, "udp", 0, 0)
                assert status.bytes > 10_000

    async def test_a_camera_without_tcp_is_read_over_udp_and_that_is_remembered(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            front = Front(server.port)
            async with listening(front.talk) as port:
                cameras.add("a", f"rtsp://127.0.0.1:{port}/1?fault=udp_only")
                await cameras.live("a")
                assert cameras.reader.status("a").transport == "udp"
                assert front.asked.count("SETUP") == 2
                front.clients[-1].transport.abort()
                server.tell("1", Fault("stall", 0.0))
                await until(lambda: front.connects == 2)
                server.tell("1", None)
                await until(lambda: cameras.state("a") is CameraState.LIVE)
                assert front.asked.count("SETUP") == 3

    async def test_a_camera_without_udp_is_read_over_tcp(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading() as cameras:
            cameras.add("a", server.url(1, "fault=tcp_only"), "udp")
            await cameras.live("a")
            assert cameras.reader.status("a").transport == "tcp"

    async def test_udp_that_does_not_come_through_is_said(self, clip: Clip) -> None:
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(stale_seconds=1.0)) as cameras:
            cameras.add("a", server.url(1, "fault=stall&after=0"), "udp")
            await cameras.said("a", "nothing comes over UDP within 1 s")

    async def test_it_goes_on_when_the_connection_is_closed_and_ends_when_the_pictures_do(self, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("streams.rtsp_source.SILENT_SECONDS", 0.6)
        async with SimulatorServer([clip("h264")], 1) as server, reading(ReaderSettings(stale_seconds=20.0)) as cameras:
            front = Front(server.port)
            async with listening(front.talk) as port:
                cameras.add("a", f"rtsp://127.0.0.1:{port}/1", "udp")
                await cameras.live("a")
                front.clients[-1].close()
                seen = len(cameras.keyframes["a"])
                await until(lambda: len(cameras.keyframes["a"]) > seen + 2)
                assert cameras.reader.status("a").reconnects == 0
                server.tell("1", Fault("stall", 0.0))
                await cameras.said("a", "closed the connection, and its pictures over UDP have stopped")


async def test_keep_alives_go_on_over_udp(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1, session_timeout_seconds=2) as server, reading(SETTINGS) as cameras:
        cameras.add("a", server.url(1), "udp")
        await cameras.live("a")
        await asyncio.sleep(3.3)
        assert (cameras.state("a"), cameras.reader.status("a").reconnects) == (CameraState.LIVE, 0)


async def test_a_keep_alive_is_not_late_by_a_turn(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice within the session's time, also where that is no multiple of a turn."""
    sent: list[float] = []
    keep_alive = ClientSession.keep_alive
    monkeypatch.setattr(ClientSession, "keep_alive", lambda session: (sent.append(time.monotonic()), keep_alive(session))[1])
    async with SimulatorServer([clip("h264")], 1, session_timeout_seconds=5) as server, reading(replace(SETTINGS, stale_seconds=10.0)) as cameras:
        cameras.add("a", server.url(1))
        await cameras.live("a")
        began = time.monotonic()
        await asyncio.sleep(5.6)
    assert [round(later - earlier, 1) for earlier, later in pairwise([began, *sent[:2]])] == pytest.approx([2.5, 2.5], abs=0.7)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (None, r"\(is a firewall in between\?\)"),
        ("127.0.0.1", r"\(is a firewall in between\?\)"),
        ("192.0.2.7", "the camera says that it sends from 192.0.2.7;"),
    ],
    ids=["nowhere named", "from the host that is asked", "from another"],
)
async def test_why_nothing_may_come_over_udp(source: str | None, told: str) -> None:
    one = RtspSource("rtsp://h/1", lambda unit: None, transport="udp", tls_verify=False, settings=SETTINGS, neighbours=Neighbours(8))
    one.session = ClientSession("rtsp://h/1", None, lambda unit: None)
    one.session.source, one._peer = source, ("127.0.0.1", 554)
    with pytest.raises(CameraTimeout, match=told):
        one._check_udp(time.monotonic() + 1000)


async def test_a_camera_that_sends_too_much_over_udp_is_cut() -> None:
    one = RtspSource("rtsp://h/1", lambda unit: None, transport="udp", tls_verify=False, settings=SETTINGS, neighbours=Neighbours(8))
    most = MOST_UDP_BYTES_PER_SECOND
    for second in range(1, 20):
        one._udp_bytes += most
        one._check_udp(1000.0 + second)
    one._udp_bytes += 5 * most
    with pytest.raises(ProtocolViolation, match="more than 32 MiB a second"):
        one._check_udp(1020.0)
