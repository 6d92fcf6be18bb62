"""Inputs as large as the real bounds let them be, made by hand: one receive of 256 KiB, one message with a body of 1 MiB, one picture of 8 MiB.

Fuzzing tries small inputs by the million; what is slow only when it is large shows here. Bounds: 100 ms of CPU for each, and a peak of memory. The dearest
takes 75 ms on an idle core of two; a core that another process shares is slower by up to a half, for which the bound gets a margin here.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from struct import pack

import pytest

from streams.errors import RtspError
from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp.receiver import MAX_PICTURE_BYTES, VideoReceiver
from streams.rtsp.auth import parse_challenges
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import MAX_BODY_BYTES, MAX_HEAD_BYTES, parse_message
from streams.rtsp.sdp import parse_description
from tests.fuzz.bounds import MOST_CPU_SECONDS, TRIES
from tests.fuzz.packets import PAYLOAD_TYPE
from tests.fuzz.stream import frame

MARGIN = 1.5
READ = 256 * 1024
HEAD = b"RTSP/1.0 200 OK\r\n"


def filled(part: bytes, size: int = READ) -> bytes:
    return (part * (size // len(part) + 1))[:size]


def within_bounds(run: Callable[[], object], most_peak_bytes: int | None = None) -> None:
    """Runs it for time (slow is what is slow three times: a large process's garbage collection is not its fault), and for memory."""
    spent: list[float] = []
    while not spent or (min(spent) > MARGIN * MOST_CPU_SECONDS and len(spent) < TRIES):
        began = time.process_time()
        run()
        spent.append(time.process_time() - began)
    assert min(spent) <= MARGIN * MOST_CPU_SECONDS, f"{min(spent) * 1e3:.0f} ms of CPU"
    if most_peak_bytes is None:
        return
    tracemalloc.start(1)
    try:
        run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= most_peak_bytes, f"a peak of {peak / 2**20:.1f} MiB"


STREAMS = {
    "dollar signs": filled(b"$"),
    "line ends": filled(b"\r\n"),
    "line feeds": filled(b"\n"),
    "beginnings of answers": filled(b"RTSP/1."),
    "dollar signs and letters": filled(b"$R"),
    "heads of frames that are none": filled(b"\x01$\x00\x00\x10\x80"),
    "frames too short": filled(b"$\x00\x00\x01"),
    "frames that overlap": filled(b"\x01$\x00\xff\xff\x80"),
    "shortest frames": filled(frame(b"\x80" + bytes(7))),
    "line ends and frames": filled(b"\r\n" * 20 + frame(b"\x80" + bytes(7))),
    "answers": filled(HEAD + b"\r\n"),
    "answers with bodies": filled(HEAD + b"Content-Length: 4\r\n\r\nbody"),
    "broken answers": filled(b"RTSP/1.0 99\r\n\r\n"),
    "a head without end": HEAD + filled(b"a: b\r\n"),
    "a message's beginning in each line": filled(b"OPTIONS \n"),
}


@pytest.mark.parametrize("data", STREAMS.values(), ids=STREAMS)
def test_one_receive_of_a_connection(data: bytes) -> None:
    def feed() -> None:
        with suppress(RtspError):
            Framer(lambda channel, payload: None, lambda message: None).feed(data)

    within_bounds(feed)


MESSAGES = {
    "folded lines": HEAD + b"a: b\r\n" + b" " * 600 + filled(b"\r\n " + b"c" * 600, MAX_HEAD_BYTES - 1000) + b"\r\n\r\n",
    "a hundred fields": HEAD + (b"a: " + b"b" * 600 + b"\r\n") * 100 + b"\r\n",
    "spaces": HEAD + b"a:" + b" " * 60_000 + b"\r\n\r\n",
    "a long first line": b"OPTIONS " + b"x" * 60_000 + b" RTSP/1.0\r\n\r\n",
    "a body": HEAD + b"Content-Length: %d\r\n\r\n" % MAX_BODY_BYTES + bytes(MAX_BODY_BYTES),
    "carriage returns": HEAD + b"a: " + b"\r" * 60_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("data", MESSAGES.values(), ids=MESSAGES)
def test_one_message(data: bytes) -> None:
    def parse() -> None:
        with suppress(RtspError):
            parse_message(data)

    within_bounds(parse, 8 * 1024 * 1024)


M, RTPMAP = b"m=video 0 RTP/AVP " + b" ".join(b"%d" % number for number in range(96, 128)) + b"\r\n", b"a=rtpmap:97 JPEG/90000\r\n"
DESCRIPTIONS = {
    "line feeds": b"\n" * MAX_BODY_BYTES,
    "short lines": filled(b"ab\n", MAX_BODY_BYTES),
    "separators of lines": filled("\u2028".encode(), MAX_BODY_BYTES),
    "no text": b"\xff" * MAX_BODY_BYTES,
    "one line": b"m=" + b"x" * MAX_BODY_BYTES,
    "media": filled(b"m=video 0 RTP/AVP 96\r\n", MAX_BODY_BYTES),
    "media of all types": M * 64 + RTPMAP * 1936,
    "media between attributes": (M + RTPMAP * 30) * 64,
    "words": b"m=video 0 RTP/AVP " + b"96 " * 300_000,
    "a format's parameters": b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 " + b"a=b;" * 250_000,
    "parameter sets": b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=" + b"aOvssiw=," * 100_000,
}


@pytest.mark.parametrize("data", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_one_description(data: bytes) -> None:
    def parse() -> None:
        with suppress(RtspError):
            parse_description(data.decode("utf-8", "replace"))

    within_bounds(parse, 64 * 1024 * 1024)


CHALLENGES = {
    "quotes": '"' * 600,
    "escapes": 'Digest realm="' + "\\" * 600,
    "commas": "," * 600,
    "spaces": "Digest " + " " * 600,
    "names": "Digest " + "a" * 600,
    "schemes": "Digest nonce=a," * 40,
    "equal signs": "a=" * 300,
}


@pytest.mark.parametrize("text", CHALLENGES.values(), ids=CHALLENGES)
def test_a_hundred_challenges(text: str) -> None:
    within_bounds(lambda: parse_challenges((text,) * 100), 8 * 1024 * 1024)


SETS = ParameterSets(Codec.H264, (), (bytes((0x67, 0x64, 0, 0x1E)),), (bytes((0x68, 0xEB, 0xEC)),))


@dataclass
class Packets:
    """Packets of one kind in one buffer of frames."""

    payload: bytes
    markers: bool = False
    more: int = 0

    def buffer(self, size: int) -> bytearray:
        out, sequence, step = bytearray(), 0, 0
        whole = len(self.payload) + 16
        while len(out) + whole <= size:
            out += pack("!BBHBBHII", 0x24, 0, whole - 4, 0x80, PAYLOAD_TYPE | (0x80 if self.markers else 0), sequence & 0xFFFF, step, 7) + self.payload
            sequence, step = sequence + 1 + self.more, step + (3600 if self.markers else 0)
        return out


PACKETS = {
    "no payload": Packets(b""),
    "pictures of one byte": Packets(b"\x65", markers=True),
    "tiny units": Packets(b"\x41\x9a"),
    "tiny fragments": Packets(b"\x7c\x05a"),
    "beginnings of fragments": Packets(b"\x7c\x85a"),
    "aggregates of tiny units": Packets(b"\x78" + b"\x00\x01\x41" * 400),
    "parameter sets": Packets(b"\x78" + b"\x00\x03\x68\xeb\xec\x00\x03\x68\xcb\xec" * 100, markers=True),
    "large parameter sets": Packets(b"\x67" + bytes(16_000), markers=True),
    "recovery points": Packets(b"\x06" + b"\xff" * 1000, markers=True),
    "gaps": Packets(b"\x41\x9a", markers=True, more=3),
    "restarts": Packets(b"\x41\x9a", markers=True, more=0x9000),
}


@pytest.mark.parametrize("packets", PACKETS.values(), ids=PACKETS)
def test_one_receive_of_packets(packets: Packets) -> None:
    buffer = packets.buffer(READ)

    def receive() -> None:
        units: list[AccessUnit] = []
        VideoReceiver(Codec.H264, PAYLOAD_TYPE, SETS, units.append).frames(memoryview(buffer), 0, len(buffer), 0, 1.0)

    within_bounds(receive)


def test_a_picture_of_a_thousand_messages() -> None:
    """Each may hold a recovery point, and is long."""
    receiver = VideoReceiver(Codec.H264, PAYLOAD_TYPE, SETS, lambda unit: None)
    for sequence in range(1000):
        receiver.packet(memoryview(pack("!BBHII", 0x80, PAYLOAD_TYPE, sequence, 0, 7) + b"\x06" + bytes(8000)), 1.0)
    began = time.process_time()
    receiver.packet(memoryview(pack("!BBHII", 0x80, PAYLOAD_TYPE | 0x80, 1000, 0, 7) + b"\x65\x88"), 1.0)
    assert time.process_time() - began <= MOST_CPU_SECONDS


def reads(packets: Packets, size: int) -> Iterator[memoryview]:
    buffer = memoryview(packets.buffer(size))
    yield from (buffer[at : at + READ] for at in range(0, len(buffer), READ))


@pytest.mark.parametrize(
    "payload", [b"\x7c\x05" + bytes(1400), b"\x41\x9a" + bytes(60_000), b"\x78" + b"\xff\x00" + b"\x41" * 0xFF00], ids=["fragments", "units", "aggregates"]
)
def test_a_picture_without_end(payload: bytes) -> None:
    """Held are at most 8 MiB, once more while they grow or are joined."""
    units: list[AccessUnit] = []
    framer = Framer(lambda channel, payload: None, lambda message: None)
    receiver = VideoReceiver(Codec.H264, PAYLOAD_TYPE, SETS, units.append)
    framer.video = receiver
    parts = list(reads(Packets(payload), 24 * 1024 * 1024))
    framer.feed(frame(pack("!BBHII", 0x80, PAYLOAD_TYPE, 0xFFFF, 0, 7) + b"\x7c\x85a"))
    tracemalloc.start(1)
    try:
        for part in parts:
            began = time.process_time()
            framer.feed(part, 1.0)
            assert time.process_time() - began <= 3 * MOST_CPU_SECONDS  # tracemalloc looks on
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 2.5 * MAX_PICTURE_BYTES, f"a peak of {peak / 2**20:.1f} MiB"
