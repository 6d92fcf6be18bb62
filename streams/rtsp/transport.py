"""The Transport field of SETUP (RFC 2326 12.39): what is asked for, and what the camera grants. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from streams.errors import ProtocolViolation

Way = Literal["tcp", "udp"]
INTERLEAVED = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.IGNORECASE)
SERVER_PORT = re.compile(r"server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.IGNORECASE)
SOURCE = re.compile(r"source\s*=\s*\"?([0-9A-Za-z.:\[\]_-]{1,255})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a camera says in its Transport field.

    Attributes:
        way: TCP, UDP, or None where it does not tell.
        channels: of the interleaved frames (RTP, RTCP), where it names them.
        server_ports: that it sends from over UDP, where it names them.
        source: the host that it sends from, where it names one.
        multicast: it sends to a group; nobody asked for that.
    """

    way: Way | None
    channels: tuple[int, int] | None
    server_ports: tuple[int, int] | None
    source: str | None
    multicast: bool


def over_tcp() -> str:
    """The field that asks for interleaved frames on channels 0 and 1."""
    return "RTP/AVP/TCP;unicast;interleaved=0-1"


def over_udp(ports: tuple[int, int]) -> str:
    """The field that asks for datagrams to these ports (RTP, RTCP)."""
    return f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]}"


def parse_transport(text: str) -> Granted:
    """Reads the answer's field.

    Raises:
        ProtocolViolation: a channel beyond 255 or a port that is none.
    """
    first = text.split(",")[0]
    channels = _pair(INTERLEAVED, first)
    if channels is not None and max(channels) > 255:
        raise ProtocolViolation("the camera interleaves on a channel beyond 255")
    ports = _pair(SERVER_PORT, first)
    if ports is not None and not (min(ports) > 0 and max(ports) < 65536):
        ports = None  # some cameras name port 0 and mean any
    source = SOURCE.search(first)
    words = [word.strip().lower() for word in first.split(";")]
    way: Way | None = None
    if channels is not None or words[0].endswith("/tcp"):
        way = "tcp"
    elif ports is not None or "_port" in first or words[0] in ("rtp/avp", "rtp/avp/udp"):
        way = "udp"
    return Granted(way, channels, ports, source[1].strip("[]") if source else None, "multicast" in words)


def _pair(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    match = pattern.search(text)
    if match is None:
        return None
    return int(match[1]), int(match[2]) if match[2] else int(match[1]) + 1
