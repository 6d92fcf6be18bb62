"""What a faulty camera does to its answers: the bytes of a message, the description, and the Transport field. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable

OnAnswer = Callable[[bytes], bytes]
OnDescription = Callable[[str, str, str], str]
"""`(session, video, address) -> description`."""
OnTransport = Callable[[str], str]

AUDIO = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track0\r\n"


def bare_line_feeds(answer: bytes) -> bytes:
    """Ends every line of the head by LF alone."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    return (head + gap).replace(b"\r\n", b"\n") + body


def empty_lines(answer: bytes) -> bytes:
    """Puts empty lines before and behind the message."""
    return b"\r\n\r\n" + answer + b"\r\n\r\n"


def without_sequence(answer: bytes) -> bytes:
    """Leaves the CSeq out."""
    return re.sub(rb"CSeq: [^\r]*\r\n", b"", answer, count=1)


def folded(answer: bytes) -> bytes:
    """Breaks each field behind its name (RFC 2068's folding), and writes names in small letters."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    first, end, fields = head.partition(b"\r\n")
    return first + end + re.sub(rb"(?m)^([A-Za-z-]+): ", lambda found: found[1].lower() + b":\r\n ", fields) + gap + body


def body_length(claim: Callable[[int], str]) -> OnAnswer:
    """An answer fault: claims another Content-Length than the body has."""

    def change(answer: bytes) -> bytes:
        return re.sub(rb"Content-Length: (\d+)", lambda found: b"Content-Length: " + claim(int(found[1])).encode(), answer, count=1)

    return change


def no_video(session: str, video: str, address: str) -> str:
    """Audio only."""
    return session + AUDIO


def audio_first(session: str, video: str, address: str) -> str:
    """An audio track before the video track."""
    return session + AUDIO + video


def absolute_control(session: str, video: str, address: str) -> str:
    """Control addresses in full."""
    return session.replace("a=control:*", f"a=control:{address}") + video.replace("a=control:", f"a=control:{address}/")


def no_control(session: str, video: str, address: str) -> str:
    """No control address but the track's."""
    return session.replace("a=control:*\r\n", "") + video


def without_sets(session: str, video: str, address: str) -> str:
    """No parameter sets."""
    return session + re.sub(r";?sprop-[a-z-]+=[^;\r]*", "", video)


def web_page(session: str, video: str, address: str) -> str:
    """A web page instead of a description."""
    return "<!DOCTYPE html><html><body><h1>404</h1></body></html>\r\n"


def nothing(session: str, video: str, address: str) -> str:
    """An empty description."""
    return ""


def without_server_ports(transport: str) -> str:
    """Does not name the ports that it sends from."""
    return re.sub(r";server_port=[\d-]+", "", transport)


def wrong_server_ports(transport: str) -> str:
    """Names ports that it does not send from."""
    return re.sub(r"server_port=[\d-]+", "server_port=9-10", transport)


def no_transport(transport: str) -> str:
    """Leaves the field out."""
    return ""


def other_transport(transport: str) -> str:
    """Says UDP where TCP was asked."""
    return transport if "client_port" in transport else "RTP/AVP;unicast;client_port=40000-40001;server_port=40002-40003"


def impossible_channel(transport: str) -> str:
    """Interleaves on a channel that is no byte."""
    return re.sub(r"interleaved=\d+-\d+", "interleaved=999-1000", transport)
