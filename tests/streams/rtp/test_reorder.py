from __future__ import annotations

import random

import pytest

from streams.rtp.reorder import Reorder


def test_held_packets_come_in_their_turn() -> None:
    reorder = Reorder()
    for sequence in (3, 5, 4):
        assert reorder.put(sequence, b"%d" % sequence, 0.0)
    assert not reorder.put(4, b"again", 0.0)
    assert (len(reorder), reorder.held_bytes) == (3, 3)
    assert reorder.take(2, 0.01) is None
    assert [reorder.take(number, 0.01) for number in (3, 4, 5, 6)] == [b"3", b"4", b"5", None]
    assert (len(reorder), reorder.held_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("packets", "size", "now"),
    [(5, 1, 0.0), (2, 60, 0.0), (1, 1, 0.2)],
    ids=["too many", "too many bytes", "too long"],
)
def test_what_is_missing_is_waited_for_within_bounds(packets: int, size: int, now: float) -> None:
    reorder = Reorder(packets=4, most_bytes=100, seconds=0.15)
    for number in range(packets - 1):
        reorder.put(10 + number, bytes(size), 0.0)
        assert reorder.take(9, 0.0) is None
    reorder.put(9 + packets, bytes(size), 0.0)
    assert reorder.take(9, now) == bytes(size)


def test_the_next_behind_a_wrap_is_the_nearest() -> None:
    reorder = Reorder()
    for sequence in (3, 65_535, 0):
        reorder.put(sequence, str(sequence).encode(), 0.0)
    assert reorder.take_any(65_530) == b"65535"
    assert reorder.take(0, 0.0) == b"0"
    assert reorder.take_any(1) == b"3"
    assert reorder.take_any(1) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_shuffled_stream_comes_out_in_order(seed: int) -> None:
    rng = random.Random(seed)
    numbers = list(range(65_400, 65_400 + 400))
    for at in range(0, 400, 10):
        part = numbers[at : at + 10]
        rng.shuffle(part)
        numbers[at : at + 10] = part
    reorder, expected, out = Reorder(), 65_400, []
    for number in numbers:
        reorder.put(number & 0xFFFF, number.to_bytes(4, "big"), 0.0)
        while (packet := reorder.take(expected & 0xFFFF, 0.0)) is not None:
            out.append(int.from_bytes(packet, "big"))
            expected += 1
    assert out == sorted(numbers)


def test_cleared_it_holds_nothing() -> None:
    reorder = Reorder()
    reorder.put(1, b"x", 0.0)
    reorder.clear()
    assert (len(reorder), reorder.held_bytes, reorder.take(1, 0.0)) == (0, 0, None)
