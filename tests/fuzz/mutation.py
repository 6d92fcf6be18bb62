"""Mutators for bytes and for texts made of lines; `packets.py` has those for RTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

INTERESTING = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\x00\x00", b"\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\xff")
NUMBERS = (
    b"",
    b"0",
    b"-1",
    b"1",
    b"00",
    b"96",
    b"127",
    b"128",
    b"255",
    b"256",
    b"65535",
    b"65536",
    b"99999",
    b"999999999",
    b"4294967296",
    b"1" * 40,
    b"\xc2\xb2",
)


def bytewise(data: bytes, rng: Random, tokens: Sequence[bytes] = ()) -> bytes:
    """One to four small changes anywhere: bits, bytes, ranges cut, doubled or moved, tokens put in."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        size = len(out)
        at = rng.randrange(size + 1)
        kind = rng.randrange(9)
        if kind == 0 and size:
            out[at % size] ^= 1 << rng.randrange(8)
        elif kind == 1 and size:
            out[at % size] = rng.randrange(256)
        elif kind == 2:
            out[at : at + rng.randint(1, 16)] = b""
        elif kind == 3:
            out[at:at] = out[at : at + rng.randint(1, 64)]
        elif kind == 4:
            out[at:at] = rng.choice(INTERESTING) * rng.choice((1, 1, 1, 2, 100))
        elif kind == 5:
            other = rng.randrange(size + 1)
            out[at:at] = out[other : other + rng.randint(1, 64)]
        elif kind == 6 and tokens:
            out[at:at] = rng.choice(tokens)
        elif kind == 7 and tokens:
            token = rng.choice(tokens)
            out[at : at + len(token)] = token
        else:
            out[at:] = out[at : at + rng.choice((0, size // 2, size))]
    return bytes(out)


def number_changed(data: bytes, rng: Random) -> bytes:
    """Another number in place of one of the text's."""
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(NUMBERS) + data[one.end() :]


def linewise(data: bytes, rng: Random, tokens: Sequence[bytes], gap: bytes = b"\r\n") -> bytes:
    """A line doubled, left out, moved, joined, repeated often, with another value, or of another text's."""
    lines = data.split(gap)
    at = rng.randrange(len(lines))
    kind = rng.randrange(8)
    if kind == 0:
        lines.insert(at, rng.choice(lines))
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    elif kind == 3:
        lines[at:at] = [lines[at]] * rng.choice((2, 10, 101, 300))
    elif kind == 4 and tokens:
        lines.insert(at, rng.choice(tokens))
    elif kind == 5 and tokens:
        lines[at] += rng.choice(tokens) * rng.choice((1, 1, 2, 50))
    elif kind == 6:
        mark = re.search(rb"[:=]\s*", lines[at])
        head, value = (lines[at][: mark.end()], lines[at][mark.end() :]) if mark else (b"", lines[at])
        lines[at] = head + (rng.choice(tokens) if tokens and rng.random() < 0.7 else value * 2)
    else:
        gap = rng.choice((b"\n", b"\r", b"\r\n", b"\r\n ", b"\n\n", b"\x0b", b"\xe2\x80\xa8"))
    return gap.join(lines)


def textual(data: bytes, rng: Random, tokens: Sequence[bytes], gap: bytes = b"\r\n") -> bytes:
    """A mutated text of lines: mostly whole lines and numbers, else bytes."""
    kind = rng.randrange(4)
    if kind == 0:
        return bytewise(data, rng, tokens)
    return number_changed(data, rng) if kind == 1 else linewise(data, rng, tokens, gap)
