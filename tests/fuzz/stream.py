"""A connection's bytes for fuzzing: cut into frames and messages, changed as such, with lengths that fit again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from struct import pack
from zlib import crc32

from tests.fuzz.mutation import bytewise, textual
from tests.fuzz.packets import mutate_packet, rtp

MOST_PIECES = 16
SENDER_REPORT = bytes.fromhex("80c8000600000007e8a1b2c30000000000015f90000000010000002a")
TOKENS = (
    b"CSeq: 1", b"CSeq: 2", b"CSeq: 3", b"CSeq: 4", b"Session: 7;timeout=1", b"Session: ;", b"Session: a;timeout=99999999", b"Content-Base: rtsp://h/2/",
    b"Content-Base: http://h/", b"Content-Base: rtsp://h/a b\x01/", b"Transport: RTP/AVP/TCP;unicast;interleaved=4-5",
    b"Transport: RTP/AVP/TCP;interleaved=255-256", b"Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;source=127.0.0.1",
    b"Transport: RTP/AVP;unicast;server_port=99999", b"Public: OPTIONS, GET_PARAMETER", b"Location: rtsp://h/3", b"Location: //", b"Server: \xff\x1b[2J",
    b'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"', b"WWW-Authenticate: Basic realm=x",
    b'WWW-Authenticate: Digest realm="r", nonce="m", stale=true', b"WWW-Authenticate: Negotiate", b"RTP-Info: url=rtsp://h/1;seq=1;rtptime=2",
    b"RTSP/1.0 200 OK", b"RTSP/1.0 401 Unauthorized", b"RTSP/1.0 302 Moved", b"RTSP/1.0 454 Session Not Found", b"RTSP/1.0 461 Unsupported Transport",
    b"RTSP/1.0 999 ", b"OPTIONS * RTSP/1.0", b"REDIRECT rtsp://h/1 RTSP/1.0", b"a=rtpmap:96 H265/90000", b"m=video 0 RTP/AVP 96", b"a=control:*",
)  # fmt: skip
GARBAGE = (
    b"$",
    b"$$$$",
    b"$\x00",
    b"$\x00\xff\xff",
    b"$\x00\x00\x08\x80",
    b"\r\n",
    b"\n",
    b"RTSP/1.",
    b"RTSP/1.0 200 OK\r\n",
    b"R",
    b"\x00",
    b"\xff" * 30,
    b"\r\n" * 50,
)


def pieces(data: bytes, how: int) -> Iterator[bytes]:
    """The bytes whole (`how` 0), in halves, or in up to `MOST_PIECES` pieces at places that the bytes themselves decide."""
    if how == 0 or len(data) < 2:
        yield data
        return
    rng = Random(crc32(data))
    count = 1 if how == 1 else min(MOST_PIECES - 1, len(data) - 1)
    places = sorted(rng.sample(range(1, len(data)), count))
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        yield data[start:end]


def frame(payload: bytes, channel: int = 0) -> bytes:
    """An interleaved frame (RFC 2326 10.12)."""
    return pack("!BBH", 0x24, channel, len(payload) & 0xFFFF) + payload


def segments(data: bytes) -> list[bytes]:
    """Frames and messages of a stream, as well as they can be told; what is neither stands by itself."""
    out, at = [], 0
    while at < len(data):
        end = at + 1
        if data[at] == 0x24 and at + 4 <= len(data):
            end = at + 4 + (data[at + 2] << 8 | data[at + 3])
        else:
            gap = data.find(b"\r\n\r\n", at)
            dollar = data.find(b"$", at)
            if gap >= 0 and data[at : at + 1].isalpha():
                length = re.search(rb"Content-Length: (\d{1,6})", data[at:gap])
                end = gap + 4 + (int(length[1]) if length else 0)
            elif dollar > at:
                end = dollar
            else:
                end = len(data)
        out.append(data[at:end])
        at = end
    return out


def mutate_segment(one: bytes, rng: Random, *, h264: bool) -> bytes:
    """Another frame or message; its length mostly fits."""
    if one[:1] == b"$" and len(one) >= 4:
        if rng.random() < 0.15:
            return bytewise(one[:4], rng) + one[4:]
        channel = rng.choice((0, 1, 2, 4, 5, 16, 255)) if rng.random() < 0.1 else one[1]
        return frame(bytes(mutate_packet(bytearray(one[4:]), rng, h264=h264))[:65535], channel)
    out = textual(one, rng, TOKENS)
    head, gap, body = out.partition(b"\r\n\r\n")
    if gap and body and rng.random() < 0.8:
        head = re.sub(rb"\r\nContent-Length: \d+", b"", head) + b"\r\nContent-Length: %d" % len(body)
    return head + gap + body


def mutate_stream(data: bytes, rng: Random) -> bytes:
    """Another stream: its first byte says how it is fed, the rest is the peer's bytes."""
    mode, parts = data[:1] or b"\x00", segments(data[1:])
    if rng.random() < 0.1:
        mode = bytes((rng.randrange(256),))
    h264 = b"H265" not in data
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(parts) + 1)
        here = parts[at % len(parts)] if parts else b""
        kind = rng.randrange(12)
        if kind == 0:
            parts.insert(at, here)
        elif kind == 1 and parts:
            del parts[at % len(parts)]
        elif kind == 2 and parts:
            parts.insert(at, parts.pop(rng.randrange(len(parts))))
        elif kind == 3:
            parts.insert(at, rng.choice(GARBAGE) * rng.choice((1, 1, 1, 3, 200)))
        elif kind == 4:
            unit = rng.choice((0x65, 0x41, 0x7C, 0x78, 42, 2, 98))
            parts.insert(at, frame(rtp(bytes((unit, 0x88 if h264 else 1, 0x80)) + bytes(8), rng.choice((0, 1, 2, 65_535)), 3600, marker=rng.random() < 0.7)))
        elif kind == 5:
            parts.insert(at, frame(SENDER_REPORT, 1))
        elif kind == 6:
            parts[at:at] = parts[at : at + rng.randint(1, 8)]
        elif parts:
            parts[at % len(parts)] = mutate_segment(here, rng, h264=h264)
    return mode + b"".join(parts)
