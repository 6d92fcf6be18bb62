"""What libavformat is allowed, by scheme."""

from __future__ import annotations

import pytest

from streams.libav.options import options_for


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
