"""What only a hostile camera sends: a sequence parameter set that claims a picture of 16000x16000, and a picture without measure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from struct import pack

from streams.media import Codec
from streams.simulator.packets import MAX_PAYLOAD, PAYLOAD_TYPE

CLAIMED_PIXELS = 16_000
"""Wide and high; decoded, such a picture takes 384 MB."""


class Bits:
    """Bits in writing, for parameter sets."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def u(self, width: int, value: int) -> Bits:
        """An unsigned number of a width."""
        self._text.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> Bits:
        """Exp-Golomb numbers (H.264 9.1)."""
        for value in values:
            bits = f"{value + 1:b}"
            self._text.append("0" * (len(bits) - 1) + bits)
        return self

    def nal(self, head: bytes) -> bytes:
        """The NAL unit: trailing bits, and emulation prevention (H.264 7.4.1)."""
        bits = "".join(self._text) + "1"
        bits += "0" * (-len(bits) % 8)
        out = bytearray(head)
        for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
            if byte <= 3 and out[-2:] == b"\x00\x00":
                out.append(3)
            out.append(byte)
        return bytes(out)


@cache
def forged_sps(codec: Codec) -> bytes:
    """A valid sequence parameter set with id 0 that claims 16000x16000 pixels (H.264 7.3.2.1.1, H.265 7.3.2.2)."""
    if codec is Codec.H264:
        blocks = CLAIMED_PIXELS // 16
        bits = Bits().u(24, 0x42C033).ue(0, 0, 2, 1).u(1, 0)  # constrained baseline, level 5.1; id, frame number bits, order type, references
        return bits.ue(blocks - 1, blocks - 1).u(4, 0b1100).nal(b"\x67")
    bits = Bits().u(8, 0x01).u(8, 0x01).u(32, 0x60000000).u(48, 0x900000000000).u(8, 186)  # main profile, level 6.2
    bits.ue(0, 1, CLAIMED_PIXELS, CLAIMED_PIXELS).u(1, 0).ue(0, 0, 4).u(1, 1).ue(4, 0, 0)  # id, 4:2:0, size; 8 bits; picture buffering
    return bits.ue(0, 3, 0, 3, 0, 0).u(4, 0).ue(0).u(5, 0).nal(b"\x42\x01")  # block sizes; tools off; no reference sets, no VUI


def monstrous(codec: Codec, size_bytes: int) -> Iterator[bytes]:
    """The RTP packets (sequence, time and source zero) of one keyframe slice of so many bytes, in fragments (FU-A, FU)."""
    head, kind = (b"\x7c", 5) if codec is Codec.H264 else (b"\x62\x01", 19)
    step = MAX_PAYLOAD - len(head) - 1
    count = max(2, -(-size_bytes // step))
    for number in range(count):
        last = number == count - 1
        flags = kind | (0x80 if number == 0 else 0) | (0x40 if last else 0)
        yield pack("!BBHII", 0x80, PAYLOAD_TYPE | (0x80 if last else 0), 0, 0, 0) + head + bytes((flags,)) + b"\xaa" * step
