from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ProtocolViolation, StreamsError
from streams.rtsp.interleaved import MAX_GARBAGE_BYTES, Framer
from streams.rtsp.messages import Request, Response

RTP = bytes((0x80, 96)) + bytes(range(40))
ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nbody"


def frame(payload: bytes = RTP, channel: int = 0) -> bytes:
    return bytes((0x24, channel)) + len(payload).to_bytes(2, "big") + payload


class Heard:
    """A framer and what came out of it."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.messages: list[Request | Response] = []
        self.framer = Framer(lambda channel, payload: self.frames.append((channel, bytes(payload))), self.messages.append)

    def feed(self, data: bytes, piece: int | None = None) -> Heard:
        for at in range(0, len(data), piece or len(data) or 1):
            self.framer.feed(data[at : at + (piece or len(data))])
        return self


@pytest.mark.parametrize("piece", [None, 1, 2, 3, 7, 50])
def test_frames_and_messages_come_in_order_however_they_are_cut(piece: int | None) -> None:
    heard = Heard().feed(frame() + ANSWER + frame(channel=1) + b"\r\n" + ANSWER + frame() + b"OPTIONS rtsp://h RTSP/1.0\r\nCSeq: 1\r\n\r\n", piece)
    assert heard.frames == [(0, RTP), (1, RTP), (0, RTP)]
    assert [type(message) for message in heard.messages] == [Response, Response, Request]
    assert heard.framer.garbage_bytes == 0


@pytest.mark.parametrize("piece", [None, 1, 5])
@pytest.mark.parametrize(
    "garbage",
    [
        b"abc",
        b"$",
        b"$$$$$",
        b"$\x00\xff\xff" + bytes(30),
        b"$\x00\x00\x20" + b"\x80" * 10,
        b"RTSP/1.0 200 OK\r\nbroken\r\n\r\n",
        b"RTSP/1.0 999999\r\n\r\n",
        b"$\x20\x00\x10" + bytes(16),
        b"$\x00\x00\x00",
    ],
    ids=["letters", "a dollar", "dollars", "a long frame that is none", "a short frame that is none", "a broken answer", "an answer without a status",
         "a foreign channel", "an empty frame"],
)  # fmt: skip
def test_after_garbage_the_next_frames_are_found(garbage: bytes, piece: int | None) -> None:
    """The garbage follows one stray byte, so that the framer knows that it is out of step."""
    heard = Heard().feed(frame() + b"\x01" + garbage + b"".join(frame() for _ in range(20)) + ANSWER, piece)
    assert len(heard.frames) >= 20
    assert [message.body for message in heard.messages] == [b"body"]
    assert heard.framer.garbage_bytes > 0


def test_random_bytes_between_frames_swallow_few_of_them() -> None:
    rng = random.Random(5)
    data = b"".join(frame() + (rng.randbytes(rng.randrange(1, 600)) if number % 10 == 0 else b"") for number in range(3000))
    heard = Heard().feed(data, 1400)
    assert 2700 < len([one for one in heard.frames if one == (0, RTP)]) <= 3000


def test_an_answer_cut_by_garbage_and_by_the_network_is_found() -> None:
    for cut in range(1, len(ANSWER)):
        heard = Heard()
        heard.framer.feed(b"\x01\x02" + ANSWER[:cut])
        heard.framer.feed(ANSWER[cut:])
        assert len(heard.messages) == 1, cut


@pytest.mark.parametrize(
    "garbage",
    [b"\x01" * 4096, b"$" * 4096, b"$R" * 2048, b"RTSP/1." * 600, b"RTSP/1.$" * 512, b"RTSP/1.0 200 OK\r\na: b\r\n" * 200, b"$\x00\x00\x01" * 1024],
    ids=["nothing", "dollars", "near answers", "answers without end", "both", "heads without end", "frames too short"],
)
def test_endless_garbage_is_given_up_in_bounded_time_and_memory(garbage: bytes) -> None:
    heard = Heard()

    def feed() -> None:
        for _ in range(4 * MAX_GARBAGE_BYTES // len(garbage)):
            heard.framer.feed(garbage)
            assert len(heard.framer._left) < 2 * 1024 * 1024

    began = time.process_time()
    with pytest.raises(ProtocolViolation):
        feed()
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("garbage", [b"$" * 262_144, b"RTSP/1." * 37_000, b"$R" * 131_072], ids=["dollars", "answers", "both"])
def test_one_large_read_of_garbage_costs_no_quadratic_time(garbage: bytes) -> None:
    began = time.process_time()
    with suppress(ProtocolViolation):
        Heard().feed(garbage)
    assert time.process_time() - began < 1.0


def test_an_error_of_a_listener_leaves_the_framer_usable() -> None:
    def stumble(channel: int, payload: memoryview) -> None:
        raise ZeroDivisionError

    framer = Framer(stumble, lambda message: None)
    with pytest.raises(ZeroDivisionError):
        framer.feed(frame() + frame())


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(frame()), st.just(ANSWER), st.just(b"$"), st.just(b"RTSP/1.0 ")), max_size=20))
def test_any_bytes_give_frames_and_messages_or_a_refusal(parts: list[bytes]) -> None:
    heard = Heard()
    with suppress(StreamsError):
        for part in parts:
            heard.framer.feed(part)
