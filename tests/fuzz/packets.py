"""RTP for fuzzing: pictures cut into packets, the form in which an input holds packets, and mutators that know the headers.

An input of the depacketisers is a row of records: two bytes of size, one of `more` (how often the packet is sent again, with the next sequence
number each time), one of `stretch` (256 zero bytes each behind the packet), then the packet. So a small input can be a large picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from struct import pack, unpack_from

from tests.fuzz.mutation import bytewise

PAYLOAD_TYPE = 96
MOST_PACKETS = 32
MOST_BYTES = 128 * 1024
"""Of what one input sends."""
H264_UNITS = (1, 5, 6, 7, 8, 9, 24, 25, 28, 29, 0, 31)
H265_UNITS = (0, 1, 16, 19, 21, 32, 33, 34, 35, 39, 48, 49, 50, 63)


@dataclass(slots=True)
class Record:
    """A packet of an input."""

    packet: bytearray
    more: int = 0
    stretch: int = 0

    @property
    def sequence(self) -> int:
        """Of a packet long enough to have one; else 0."""
        return unpack_from("!H", self.packet, 2)[0] if len(self.packet) >= 4 else 0


def read_records(data: bytes) -> list[Record]:
    """The records of an input; the last one may be cut."""
    records, at = [], 0
    while at + 4 <= len(data):
        size, more, stretch = unpack_from("!HBB", data, at)
        records.append(Record(bytearray(data[at + 4 : at + 4 + size]), more, stretch))
        at += 4 + size
    return records


def write_records(records: Iterable[Record]) -> bytes:
    """An input of these records."""
    return b"".join(pack("!HBB", min(len(one.packet), 65535), one.more, one.stretch) + one.packet[:65535] for one in records)


def packets_of(data: bytes) -> list[bytes]:
    """The packets that an input sends, at most `MOST_PACKETS` and `MOST_BYTES`, none larger than an interleaved frame."""
    packets: list[bytes] = []
    total = 0
    for record in read_records(data):
        whole = bytes(record.packet + bytes(256 * record.stretch))[:65535]
        for index in range(1 + record.more):
            if len(packets) == MOST_PACKETS or total + len(whole) > MOST_BYTES:
                return packets
            total += len(whole)
            packets.append(whole if not index or len(whole) < 4 else whole[:2] + pack("!H", (record.sequence + index) & 0xFFFF) + whole[4:])
    return packets


def rtp(payload: bytes, sequence: int, ticks: int, *, marker: bool, ssrc: int = 7, payload_type: int = PAYLOAD_TYPE) -> bytes:
    """One plain RTP packet (RFC 3550 5.1)."""
    return pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0), sequence & 0xFFFF, ticks & 0xFFFFFFFF, ssrc) + payload


def payloads_of(nals: Sequence[bytes], *, h264: bool, most: int, aggregate: bool) -> list[bytes]:
    """A picture's NAL units as payloads of at most `most` bytes (at least 4): single, joined where neighbours fit (`aggregate`), or in fragments."""
    out: list[bytes] = []
    row: list[bytes] = []
    header = 1 if h264 else 2

    def end_row() -> None:
        if len(row) > 1:
            head = bytes((24 | max(nal[0] & 0x60 for nal in row),)) if h264 else bytes((48 << 1, 1))
            out.append(head + b"".join(len(nal).to_bytes(2, "big") + nal for nal in row))
        else:
            out.extend(row)
        row.clear()

    for nal in nals:
        if len(nal) > most:
            end_row()
            out += fragments(nal, h264=h264, most=most)
            continue
        if not aggregate or header + sum(len(one) + 2 for one in (*row, nal)) > most:
            end_row()
        row.append(nal)
    end_row()
    return out


def fragments(nal: bytes, *, h264: bool, most: int) -> list[bytes]:
    """One NAL unit in FU-A (RFC 6184 5.8) or FU (RFC 7798 4.4.3) of at most `most` bytes, at least two of them."""
    skip = 1 if h264 else 2
    head, kind = (bytes((nal[0] & 0xE0 | 28,)), nal[0] & 0x1F) if h264 else (bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[0] >> 1 & 0x3F)
    body = nal[skip:]
    step = max(1, min(most - skip - 1, (len(body) + 1) // 2))
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    return [head + bytes((kind | (0x80 if not i else 0) | (0x40 if i == len(parts) - 1 else 0),)) + part for i, part in enumerate(parts)]


def mutate_packet(packet: bytearray, rng: Random, *, h264: bool) -> bytearray:
    """Another packet: a field of its header, of its payload's headers, its length, or any byte."""
    if len(packet) < 16:
        return bytearray(bytewise(bytes(packet), rng))
    out = bytearray(packet)
    kind = rng.randrange(14)
    start = 12 + 4 * (out[0] & 0x0F)
    units = H264_UNITS if h264 else H265_UNITS
    if kind == 0:
        out[2:4] = pack("!H", (unpack_from("!H", out, 2)[0] + rng.choice((-700, -513, -512, -2, -1, 1, 2, 100, 0x7FFF, 0x8000))) & 0xFFFF)
    elif kind == 1:
        step = rng.choice((1, -1, 3600, -3600, 90_000, 0x7FFFFFFF, 0x80000000, rng.getrandbits(32)))
        out[4:8] = pack("!I", (unpack_from("!I", out, 4)[0] + step) & 0xFFFFFFFF)
    elif kind == 2:
        out[1] ^= 0x80
    elif kind == 3:
        out[8:12] = pack("!I", rng.choice((7, 8, 0, 0xFFFFFFFF)))
    elif kind == 4:
        out[1] = out[1] & 0x80 | rng.choice((PAYLOAD_TYPE, 97, 0, 72, 127))
    elif kind == 5:  # a sound extension, or one that claims anything
        words = rng.randrange(4)
        claimed = words if rng.random() < 0.7 else rng.choice((0xFFFF, words + 1, 300))
        out[0] |= 0x10
        out[start:start] = pack("!HH", 0xBEDE, claimed) + bytes(4 * words)
    elif kind == 6:
        padding = rng.randint(1, 8)
        out[0] |= 0x20
        out += bytes(padding - 1) + bytes((padding if rng.random() < 0.7 else rng.randrange(256),))
    elif kind == 7:
        count = rng.randrange(16)
        out[0] = out[0] & 0xF0 | count
        if rng.random() < 0.7:
            out[12:start] = bytes(4 * count)
    elif kind == 8 and len(out) > start:  # another kind of unit
        unit = rng.choice(units)
        out[start] = out[start] & 0xE0 | unit if h264 else out[start] & 0x81 | unit << 1
    elif kind == 9 and len(out) > start + 2:  # the fragment's own header
        out[start + (1 if h264 else 2)] ^= rng.choice((0x80, 0x40, 0xC0, 1 << rng.randrange(6)))
    elif kind == 10 and len(out) > start + 4:  # a length within an aggregate, or what stands there
        at = start + (1 if h264 else 2)
        out[at : at + 2] = pack("!H", rng.choice((0, 1, 2, len(out) - at - 2, len(out), 0xFFFF)))
    elif kind == 11:
        del out[rng.randrange(len(out)) :]
    elif kind == 12:
        out += out[start : start + rng.randrange(64)]
    else:
        out[start:] = bytewise(bytes(out[start:]), rng)
    return out


def mutate_records(data: bytes, rng: Random, *, h264: bool) -> bytes:
    """Another row of packets: one changed, or doubled, lost, moved, repeated, stretched; mostly with sequence numbers that follow again."""
    records = read_records(data)
    if not records:
        return write_records([Record(bytearray(rtp(bytes((0x65, 0x88, 1)) if h264 else bytes((21 << 1, 1, 0x80)), 1, 1, marker=True)))])
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(records))
        kind = rng.randrange(12)
        if kind == 0:
            records.insert(at, Record(bytearray(records[at].packet), records[at].more, records[at].stretch))
        elif kind == 1 and len(records) > 1:
            del records[at]
        elif kind == 2:
            records.insert(rng.randrange(len(records)), records.pop(at))
        elif kind == 3:
            records[at].more = rng.choice((0, 0, 1, 3, 20, 40))
        elif kind == 4:
            records[at].stretch = rng.choice((0, 0, 0, 1, 4, 100))
        elif kind == 5:
            other = rng.randrange(len(records))
            records[other:other] = [Record(bytearray(one.packet), one.more, one.stretch) for one in records[at : at + rng.randint(1, 8)]]
        elif kind == 6:
            del records[at + rng.randint(1, 8) :]
        else:
            records[at].packet = mutate_packet(records[at].packet, rng, h264=h264)
    if rng.random() < 0.4:
        renumber(records, rng.choice((0, 1, 65_530)))
    return write_records(records)


def renumber(records: Sequence[Record], sequence: int) -> None:
    """Sequence numbers in a row, so that a change elsewhere is not hidden behind a gap."""
    for record in records:
        if len(record.packet) >= 4:
            record.packet[2:4] = pack("!H", sequence & 0xFFFF)
        sequence += 1 + record.more
