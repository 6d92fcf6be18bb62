"""The depacketisers: any row of packets, fed one by one and by the loops that take many at once; all ways give the same.

The buffer that a packet came in is overwritten after each call, as the reader's shared buffer is: a picture that still looks into it shows.
"""

from __future__ import annotations

from random import Random
from struct import pack
from zlib import crc32

from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp.receiver import VideoReceiver
from streams.rtp.reorder import Reorder
from tests.fuzz.bounds import Target
from tests.fuzz.lowered import MAX_NALS, MAX_PICTURE_BYTES, lowered
from tests.fuzz.packets import PAYLOAD_TYPE, mutate_records, packets_of

SETS = {
    Codec.H264: ParameterSets(Codec.H264, (), (bytes((0x67, 0x64, 0, 0x1E)),), (bytes((0x68, 0xEB, 0xEC)),)),
    Codec.H265: ParameterSets(Codec.H265, (bytes((0x40, 1, 12)),), (bytes((0x42, 1, 1, 1)),), (bytes((0x44, 1, 0xC1)),)),
}
CHANNEL = 2
MOST_HELD, MOST_HELD_BYTES = 6, 4096
"""Of packets out of order, lower than the real bounds."""
FEW_PACKETS = 8
"""So many go all the ways; more go one by one, and one of the others, which takes half the time."""


class Received:
    """A receiver and what came out of it."""

    def __init__(self, codec: Codec, *, over_udp: bool = False) -> None:
        self.units: list[AccessUnit] = []
        self.receiver = VideoReceiver(codec, PAYLOAD_TYPE, SETS[codec], self.units.append)
        if over_udp:
            self.receiver.reorder = Reorder(packets=MOST_HELD, most_bytes=MOST_HELD_BYTES)

    @property
    def told(self) -> tuple[object, ...]:
        """All that others read of a receiver."""
        one = self.receiver
        return self.units, one.drops, one.packets, one.highest, one.lost, one.ssrc, one.parameter_sets, one.reordered, one.holding

    def one_by_one(self, packets: list[bytes]) -> Received:
        """Packet by packet, each in a buffer of its own that is spoilt at once."""
        for packet in packets:
            buffer = bytearray(packet)
            self.receiver.packet(memoryview(buffer), 1.0)
            buffer[:] = b"\xaa" * len(buffer)
        return self

    def as_frames(self, packets: list[bytes]) -> Received:
        """As interleaved frames in one buffer. Where the loop stops before the end, it is called again behind one packet that goes its slow way."""
        buffer = bytearray(b"".join(pack("!BBH", 0x24, CHANNEL, len(packet)) + packet for packet in packets))
        view = memoryview(buffer)
        at, size = 0, len(buffer)
        while at < size:
            to = self.receiver.frames(view, at, size, CHANNEL, 1.0)
            assert at <= to <= size, "a place outside of the buffer"
            if to == at:  # what frames() leaves to its caller
                to = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
                self.receiver.packet(view[at + 4 : to], 1.0)
            at = to
        buffer[:] = b"\xaa" * size
        return self

    def as_datagrams(self, packets: list[bytes]) -> Received:
        """As receives of UDP: packets of one length together, the last of which may be shorter."""
        row: list[bytes] = []
        for packet in packets:
            if row and (len(packet) > len(row[0]) or len(row[-1]) < len(row[0])):
                self._datagrams(b"".join(row), len(row[0]))
                row = []
            row.append(packet)
        if row:
            self._datagrams(b"".join(row), len(row[0]))
        return self

    def as_framed_datagrams(self, packets: list[bytes]) -> Received:
        """As many receives of UDP, framed as over TCP."""
        self._datagrams(b"".join(pack("!BBH", 0x24, 0, len(packet)) + packet for packet in packets), 0)
        return self

    def _datagrams(self, data: bytes, segment: int) -> None:
        buffer = bytearray(data)
        self.receiver.datagrams(memoryview(buffer), len(buffer), segment, 1.0)
        buffer[:] = b"\xaa" * len(buffer)


def run(codec: Codec, data: bytes) -> None:
    """Feeds the packets of an input one by one and in the other ways."""
    with lowered():
        _run(codec, packets_of(data))


def _run(codec: Codec, packets: list[bytes]) -> None:
    received = Received(codec).one_by_one(packets)
    for unit in received.units:
        assert unit.nals, "a picture of nothing"
        assert all(unit.nals), "an empty unit"
        assert len(unit.nals) <= MAX_NALS, "too many units"
        assert unit.size_bytes <= MAX_PICTURE_BYTES, "too large a picture"
        assert unit.damaged or not unit.keyframe or unit.parameter_sets.complete, "a sound keyframe without parameter sets"
    one = received.receiver
    assert one.packets <= len(packets), "more packets than there were"
    assert one.lost >= 0
    assert all(count > 0 for count in one.drops.values()), "a drop that is none"
    whole = [packet for packet in packets if packet]  # UDP has no empty ones
    ordered = Received(codec, over_udp=True).one_by_one(whole)
    held = ordered.receiver.reorder
    assert held is not None
    assert len(held) <= MOST_HELD, "too many packets wait for their turn"
    assert held.held_bytes <= MOST_HELD_BYTES, "too many bytes wait for their turn"
    ways = range(3) if len(packets) <= FEW_PACKETS else [crc32(b"".join(packets[:4])) % 3]
    if 0 in ways:
        assert Received(codec).as_frames(packets).told == received.told, "frames() and packet() differ"
    if 1 in ways:
        assert Received(codec, over_udp=True).as_datagrams(whole).told == ordered.told, "datagrams() and packet() differ"
    if 2 in ways:
        assert Received(codec, over_udp=True).as_framed_datagrams(whole).told == ordered.told, "framed datagrams and packet() differ"


def mutate(data: bytes, rng: Random, *, h264: bool) -> bytes:
    """Another row of packets."""
    return mutate_records(data, rng, h264=h264)


MOST_PEAK_BYTES = 4 * 1024 * 1024
"""128 KiB of packets, the same in one buffer, and a picture of 64 KiB in each of the ways."""
CODE = ("streams/rtp/*.py", "streams/media.py")
H264 = Target("h264", lambda data: run(Codec.H264, data), lambda data, rng: mutate(data, rng, h264=True), 3072, MOST_PEAK_BYTES, CODE)
H265 = Target("h265", lambda data: run(Codec.H265, data), lambda data, rng: mutate(data, rng, h264=False), 3072, MOST_PEAK_BYTES, CODE)
