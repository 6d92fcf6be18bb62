"""What goes from the child to the reader: messages of a fixed head and a body, nothing pickled, every size checked before it is believed.

The child eats a stranger's bytes, so what it sends is as little trusted as the camera: a wrong mark, kind, length or count ends the connection.

Head, big-endian: mark (2 bytes), kind (1), flags (1), length of the body (4), time in ticks of 90 kHz (8, signed). The body of pictures and of
parameter sets: number of NAL units (2), the length of each (4), then their bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from streams.errors import ProtocolViolation

HEAD = struct.Struct(">2sBBIq")
MARK = b"cw"
MAX_BODY_BYTES = 16 * 1024 * 1024
"""Ten times the largest keyframe of a 4K camera."""
MAX_NALS = 4096
MAX_TEXT_BYTES = 400


class Kind(IntEnum):
    """What a message tells."""

    READY = 1
    """The child is up and takes the address."""
    STREAM = 2
    """The camera plays: `flags` is 1 for H.264 and 2 for H.265, the body its parameter sets."""
    PICTURE = 3
    END = 4
    """Why it ends: `flags` is an `Ending`, the body a short word more."""


class Flag(IntFlag):
    """What is told of a picture."""

    NONE = 0
    DAMAGED = 1


class Ending(IntEnum):
    """Why a child ends."""

    OVER = 1
    TIMEOUT = 2
    UNAUTHORIZED = 3
    FORBIDDEN = 4
    NOT_FOUND = 5
    UNSUPPORTED_CODEC = 6
    UNSUPPORTED_SCHEME = 7
    NO_VIDEO = 8
    REFUSED = 9
    UNREADABLE = 10
    NO_CONNECTION = 11
    FAILED = 12


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a message."""

    kind: Kind
    flags: int
    length: int
    ticks: int


def message(kind: Kind, flags: int = 0, ticks: int = 0, body: bytes = b"") -> bytes:
    """A whole message."""
    return HEAD.pack(MARK, kind, flags, len(body), ticks) + body


def pack_nals(nals: Sequence[bytes]) -> bytes:
    """NAL units as a body."""
    return struct.pack(f">H{len(nals)}I", len(nals), *map(len, nals)) + b"".join(nals)


def read_head(data: memoryview, at: int = 0) -> Head:
    """The head of the message that begins there.

    Raises:
        ProtocolViolation: it is none.
    """
    mark, kind, flags, length, ticks = HEAD.unpack_from(data, at)
    if mark != MARK or not Kind.READY <= kind <= Kind.END:
        raise ProtocolViolation("the process that reads through libav sent something that is no message")
    if length > (MAX_TEXT_BYTES if kind == Kind.END else MAX_BODY_BYTES):
        raise ProtocolViolation(f"the process that reads through libav announced a message of {length} bytes")
    return Head(Kind(kind), flags, length, ticks)


def unpack_nals(body: memoryview) -> tuple[bytes, ...]:
    """The NAL units of a body.

    Raises:
        ProtocolViolation: its counts do not fit.
    """
    count = int.from_bytes(body[:2], "big")
    begin = 2 + 4 * count
    if len(body) < max(2, begin) or count > MAX_NALS:
        raise ProtocolViolation("the process that reads through libav sent a picture whose parts do not fit")
    sizes = struct.unpack_from(f">{count}I", body, 2)
    if begin + sum(sizes) != len(body) or 0 in sizes:
        raise ProtocolViolation("the process that reads through libav sent a picture whose parts do not fit")
    nals = []
    for size in sizes:
        nals.append(bytes(body[begin : begin + size]))
        begin += size
    return tuple(nals)
