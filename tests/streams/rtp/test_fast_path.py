"""Reading by the run gives what reading packet by packet gives: on sound and mutated streams, cut at random places, over TCP and UDP."""

from __future__ import annotations

import random
import time
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import StreamsError
from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp import receiver as receiver_module
from streams.rtp.receiver import VideoReceiver
from streams.rtsp.interleaved import Framer

SETS = {
    Codec.H264: ParameterSets(Codec.H264, (), (bytes((0x67, 0x64, 0, 0x1E)),), (bytes((0x68, 0xEB, 0xEC)),)),
    Codec.H265: ParameterSets(Codec.H265, (bytes((0x40, 1, 12)),), (bytes((0x42, 1, 1, 1)),), (bytes((0x44, 1, 0xC1)),)),
}
MUTATIONS = (
    "lost",
    "doubled",
    "swapped",
    "flipped",
    "cut",
    "extension",
    "padding",
    "csrc",
    "other source",
    "other type",
    "far",
    "marker",
    "time",
    "garbage",
    "kind",
)


def nal(rng: random.Random, codec: Codec, kind: int, size: int) -> bytes:
    head = bytes((0x60 | kind,)) if codec is Codec.H264 else bytes((kind << 1, 1))
    return head + bytes((0x88,)) + rng.randbytes(size)


def payloads(rng: random.Random, codec: Codec, unit: bytes, mtu: int) -> list[bytes]:
    if len(unit) <= mtu:
        return [unit]
    head = 1 if codec is Codec.H264 else 2
    parts = [unit[at : at + mtu] for at in range(head, len(unit), mtu)]
    if rng.random() < 0.1:  # pieces of unlike lengths
        parts = [piece for part in parts for piece in (part[: len(part) // 3], part[len(part) // 3 :]) if piece]
    made = []
    for number, part in enumerate(parts):
        flags = (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
        if codec is Codec.H264:
            made.append(bytes((unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F)) + part)
        else:
            made.append(bytes((unit[0] & 0x81 | 49 << 1, unit[1], flags | unit[0] >> 1 & 0x3F)) + part)
    return made


def stream(rng: random.Random, codec: Codec, pictures: int) -> list[bytes]:
    """RTP packets of some pictures; the numbers wrap on the way."""
    sequence, ticks, mtu = rng.choice([100, 65_500]), rng.choice([5, 0xFFFFFFFF - 9000]), rng.choice([40, 300, 1380])
    h264, keeps_marker = codec is Codec.H264, rng.random() < 0.8
    made = []
    for number in range(pictures):
        units = []
        if number % 7 == 0:
            sets = SETS[codec]
            units += [*sets.vps, *sets.sps, *sets.pps]
            units.append(nal(rng, codec, 5 if h264 else 21, rng.randrange(1, 30_000)))
        else:
            units += [nal(rng, codec, 1, rng.choice([3, 30, 500, 5000])) for _ in range(rng.choice([1, 1, 1, 3]))]
        parts = [part for unit in units for part in payloads(rng, codec, unit, mtu)]
        if rng.random() < 0.2 and len(units) > 2 and sum(map(len, units[:3])) < 1300:
            joined = b"".join(len(unit).to_bytes(2, "big") + unit for unit in units[:3])
            parts = [(b"\x78" if h264 else bytes((48 << 1, 1))) + joined] + [part for unit in units[3:] for part in payloads(rng, codec, unit, mtu)]
        for index, part in enumerate(parts):
            marker = 0x80 if index == len(parts) - 1 and keeps_marker else 0
            made.append(pack("!BBHII", 0x80, 96 | marker, sequence & 0xFFFF, ticks & 0xFFFFFFFF, 7) + part)
            sequence += 1
        ticks += 3600
    return made


def mutate(rng: random.Random, packets: list[bytes], how: str) -> None:
    at = rng.randrange(len(packets))
    packet = bytearray(packets[at])
    if how == "lost":
        del packets[at]
        return
    if how == "doubled":
        packets.insert(at, packets[at])
        return
    if how == "swapped":
        other = min(len(packets) - 1, at + rng.randrange(1, 4))
        packets[at], packets[other] = packets[other], packets[at]
        return
    if len(packet) < 13:  # was cut before
        return
    if how == "flipped":
        packet[rng.randrange(min(len(packet), 20))] ^= 1 << rng.randrange(8)
    elif how == "cut":
        del packet[rng.randrange(8, len(packet)) :]
    elif how == "extension":
        packet[0] |= 0x10
        packet[12:12] = pack("!HH", 0xBEDE, 1) + b"abcd"
    elif how == "padding":
        packet[0] |= 0x20
        packet += b"\x00\x00\x03"
    elif how == "csrc":
        packet[0] |= 2
        packet[12:12] = b"csrc" * 2
    elif how == "other source":
        packet[11] ^= 1
    elif how == "other type":
        packet[1] ^= 1
    elif how == "far":
        packet[2] ^= 0x40
    elif how == "marker":
        packet[1] ^= 0x80
    elif how == "time":
        packet[7] ^= 0x10
    elif how == "garbage":
        packet = bytearray(rng.randbytes(rng.randrange(8, 80)))
    elif how == "kind":
        packet[12] = rng.randrange(256)
    packets[at] = bytes(packet)


def framed(packets: list[bytes], channel: int = 0) -> bytes:
    return b"".join(bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet for packet in packets)


class Taken:
    """What a receiver made of a stream, as plain values."""

    def __init__(self, codec: Codec) -> None:
        self.units: list[AccessUnit] = []
        self.receiver = VideoReceiver(codec, 96, SETS[codec], self.units.append)

    @property
    def state(self) -> tuple[Any, ...]:
        one = self.receiver
        fragment = None if one._fragment is None else bytes(one._fragment)
        return (
            self.units, one.drops, one.packets, one.highest, one.lost, one.ssrc, one._sequence, one._ticks, one._unwrapped, one._nals, one._bytes, fragment,
            one._damaged, one._broken_reference, one.reordered,
        )  # fmt: skip


def by_the_run(codec: Codec, data: bytes, cuts: list[int], *, fast: bool, channel: int = 0) -> Taken:
    """Through a framer and one receive buffer, read in these pieces; without `fast`, frame by frame."""
    taken = Taken(codec)
    framer = Framer(lambda at, payload: taken.receiver.packet(payload, 1.0) if at == channel else None, lambda message: None)
    if fast:
        framer.video, framer.video_channel = taken.receiver, channel
    buffer = memoryview(bytearray(256 * 1024))
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        for at in range(begin, end, 100_000):
            piece = data[at : min(end, at + 100_000)]
            kept = framer.put_back(buffer)
            buffer[kept : kept + len(piece)] = piece
            framer.take(buffer, kept + len(piece), 1.0)
            buffer[:] = bytes(len(buffer))  # what was not taken out of the buffer is gone
    return taken


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(list(Codec)), st.lists(st.sampled_from(MUTATIONS), max_size=6), st.integers(0, 9))
def test_by_the_run_is_packet_by_packet(seed: int, codec: Codec, mutations: list[str], pieces: int) -> None:
    rng = random.Random(seed)
    packets = stream(rng, codec, rng.randrange(2, 25))
    for how in mutations:
        mutate(rng, packets, how)
    data = framed(packets)
    cuts = sorted(rng.randrange(len(data)) for _ in range(pieces))
    alone = Taken(codec)
    for packet in packets:
        alone.receiver.packet(memoryview(packet), 1.0)
    assert by_the_run(codec, data, cuts, fast=True).state == alone.state
    assert by_the_run(codec, data, cuts, fast=False).state == alone.state


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(list(Codec)), st.integers(1, 40), st.integers(0, 9))
def test_it_is_with_damaged_bytes_and_other_channels_between(seed: int, codec: Codec, faults: int, pieces: int) -> None:
    rng = random.Random(seed)
    packets = stream(rng, codec, rng.randrange(5, 40))
    parts = [framed([packet], 2) for packet in packets]
    for _ in range(rng.randrange(4)):
        parts.insert(rng.randrange(len(parts)), framed([b"\x80\xc8" + bytes(26)], 3))
        parts.insert(rng.randrange(len(parts)), b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n")
    data = bytearray(b"".join(parts))
    for _ in range(faults):
        data[rng.randrange(len(data))] = rng.choice([0x24, 0, 0xFF, rng.randrange(256)])
    cuts = sorted(rng.randrange(len(data)) for _ in range(pieces))
    outcomes = []
    for fast in (True, False):
        try:
            outcomes.append(by_the_run(codec, bytes(data), cuts, fast=fast, channel=2).state)
        except StreamsError as error:
            outcomes.append((str(error),))
    assert outcomes[0] == outcomes[1]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(list(Codec)), st.lists(st.sampled_from(MUTATIONS), max_size=6))
def test_over_udp_a_read_of_many_is_one_by_one(seed: int, codec: Codec, mutations: list[str]) -> None:
    rng = random.Random(seed)
    packets = stream(rng, codec, rng.randrange(2, 25))
    for how in mutations:
        mutate(rng, packets, how)
    alone, many, joined = Taken(codec), Taken(codec), Taken(codec)
    at = 0
    while at < len(packets):
        taken = packets[at : at + rng.randrange(1, 30)]
        now = 1.0 + at / 1000
        for packet in taken:
            one = memoryview(framed([packet]))
            alone.receiver.datagrams(one, len(one), 0, now)
            joined.receiver.datagrams(memoryview(packet), len(packet), len(packet), now)
        batch = bytearray(framed(taken))
        many.receiver.datagrams(memoryview(batch), len(batch), 0, now)
        batch[:] = bytes(len(batch))
        at += len(taken)
    assert many.state == alone.state == joined.state


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(list(Codec)), st.lists(st.sampled_from(MUTATIONS), max_size=6), st.integers(1, 1500))
def test_what_the_kernel_joined_is_one_by_one(seed: int, codec: Codec, mutations: list[str], segment: int) -> None:
    rng = random.Random(seed)
    packets = stream(rng, codec, rng.randrange(2, 25))
    for how in mutations:
        mutate(rng, packets, how)
    alone, joined = Taken(codec), Taken(codec)
    at = 0
    while at < len(packets):
        length, end = len(packets[at]), at + 1
        while end < len(packets) and len(packets[end - 1]) == length >= len(packets[end]):
            end += 1
        data = bytearray(b"".join(packets[at:end]))
        if rng.random() < 0.1:
            length = segment  # the kernel never would
        for begin in range(0, len(data), length):
            part = memoryview(framed([data[begin : begin + length]]))
            alone.receiver.datagrams(part, len(part), 0, 1.0)
        joined.receiver.datagrams(memoryview(data), len(data), length, 1.0)
        data[:] = bytes(len(data))
        at = end
    assert joined.state == alone.state


@pytest.mark.parametrize("codec", list(Codec))
def test_near_the_bound_of_a_picture_both_give_up_at_the_same_packet(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (receiver_module, __import__("streams.rtp.depacketiser", fromlist=["MAX_PICTURE_BYTES"])):
        monkeypatch.setattr(module, "MAX_PICTURE_BYTES", 10_000)
        monkeypatch.setattr(module, "MAX_NALS", 20)
    rng = random.Random(3)
    for _ in range(60):
        packets = stream(rng, codec, 20)
        for _ in range(rng.randrange(3)):
            mutate(rng, packets, "marker")
        data = framed(packets)
        cuts = sorted(rng.randrange(len(data)) for _ in range(rng.randrange(6)))
        alone = Taken(codec)
        for packet in packets:
            alone.receiver.packet(memoryview(packet), 1.0)
        assert by_the_run(codec, data, cuts, fast=True).state == alone.state


def test_a_whole_read_costs_less_than_half_of_its_packets() -> None:
    """1 µs a packet against 2.5 were measured; twice as fast leaves room for a noisy machine."""
    packets = stream(random.Random(1), Codec.H264, 200)
    data = memoryview(bytearray(framed(packets)))
    took = []
    for fast in (True, False):
        best = 9.0
        for _ in range(5):
            one = VideoReceiver(Codec.H264, 96, SETS[Codec.H264], lambda unit: None)
            began = time.process_time()
            if fast:
                one.frames(data, 0, len(data), 0, 1.0)
            else:
                for packet in packets:
                    one.packet(memoryview(packet), 1.0)
            best = min(best, time.process_time() - began)
        took.append(best)
    assert took[0] < took[1]
