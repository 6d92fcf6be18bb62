"""What libavformat is allowed, by scheme."""

from __future__ import annotations

import asyncio
import re

import av.logging
import pytest

from streams.libav.child import _open, _Over
from streams.libav.framing import Ending
from streams.libav.options import options_for
from tests.streams.peers import listening


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "concat:a", "ftp://h/a", "udp://h:1", "data:a", "srt://h", "HTTPX://h", ""])
def test_another_scheme_is_not_asked(url: str) -> None:
    assert options_for(url, "tcp", 5.0) == []


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "rtmp", "rtmps", "http", "https"])
def test_nothing_leads_to_a_file(scheme: str) -> None:
    for options in options_for(f"{scheme}://h/a", "tcp", 5.0):
        protocols, formats = options["protocol_whitelist"].split(","), options["format_whitelist"].split(",")
        assert not {"file", "concat", "subfile", "data", "pipe", "fd", "unix", "cache", "async", "ftp", "gopher"} & set(protocols)
        assert not {"concat", "image2", "lavfi", "tee", "dash"} & set(formats)


def test_a_time_limit_is_no_invitation_to_listen() -> None:
    """Of RTMP `timeout` is how long to wait for a caller, and makes a server of the client."""
    (rtmp,) = options_for("rtmp://h/a", "tcp", 5.0)
    assert ("timeout" in rtmp, rtmp["rw_timeout"]) == (False, "5000000")
    (rtsp,) = options_for("rtsp://h/a", "tcp", 5.0)
    assert rtsp["timeout"] == "5000000"


@pytest.mark.parametrize(
    ("url", "transport", "ways"),
    [
        ("rtsp://h/a", "tcp", ["tcp+udp+udp_multicast"]),
        ("rtsp://h/a", "udp", ["udp"]),
        ("rtsp://h/a", "multicast", ["udp_multicast"]),
        ("rtsp://h/a", "http", ["http"]),
        ("rtsp://h:80/a", "tcp", ["http", "tcp+udp+udp_multicast"]),
        ("rtsp://h/a", "pigeon", []),
    ],
)
def test_the_ways_of_rtsp(url: str, transport: str, ways: list[str]) -> None:
    assert [options["rtsp_transport"] for options in options_for(url, transport, 5.0)] == ways


def test_what_begins_with_a_certificate_goes_on_with_one() -> None:
    (options,) = options_for("https://h/a", "tcp", 5.0, True, "/etc/authorities.pem")
    assert "http" not in options["protocol_whitelist"].split(",")
    assert (options["tls_verify"], options["ca_file"]) == ("1", "/etc/authorities.pem")
    (options,) = options_for("https://h/a", "tcp", 5.0)
    assert (options["tls_verify"], "ca_file" in options) == ("0", False)


async def test_a_refused_password_is_not_sent_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            heard.append(head)
            protocol = re.search(r"(HTTP|RTSP)/1\.\d", head)
            sequence = re.search(r"CSeq: \d+\r\n", head)
            answer = f"{protocol[0] if protocol else 'RTSP/1.0'} 401 Unauthorized\r\n{sequence[0] if sequence else ''}"
            writer.write(f'{answer}WWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'.encode())

    async with listening(refuse) as port:
        monkeypatch.setattr("streams.libav.options.TUNNEL_PORTS", (port,))
        level = av.logging.get_level()
        av.logging.set_level(av.logging.WARNING)
        with av.logging.Capture(local=False) as logs, pytest.raises(_Over) as over:
            await asyncio.to_thread(_open, f"rtsp://u:wrong@127.0.0.1:{port}/1", "tcp", 3.0, 3.0, False, logs)
    av.logging.set_level(level)
    assert over.value.ending is Ending.UNAUTHORIZED
    assert sum("authorization: basic" in head.lower() for head in heard) == 1
    assert not any("RTSP/1.0" in head for head in heard)
