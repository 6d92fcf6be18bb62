from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ProtocolViolation
from streams.libav.framing import HEAD, MARK, MAX_BODY_BYTES, Flag, Head, Kind, message, pack_nals, read_head, unpack_nals


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=40), st.integers(-(2**63), 2**63 - 1))
def test_what_is_packed_is_unpacked(nals: list[bytes], ticks: int) -> None:
    whole = memoryview(message(Kind.PICTURE, Flag.DAMAGED, ticks, pack_nals(nals)))
    head = read_head(whole)
    assert head == Head(Kind.PICTURE, Flag.DAMAGED, len(whole) - HEAD.size, ticks)
    assert unpack_nals(whole[HEAD.size :]) == tuple(nals)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HEAD.pack(b"xx", 3, 0, 5, 0), id="another mark"),
        pytest.param(HEAD.pack(MARK, 0, 0, 5, 0), id="no kind"),
        pytest.param(HEAD.pack(MARK, 9, 0, 5, 0), id="an unknown kind"),
        pytest.param(HEAD.pack(MARK, 3, 0, MAX_BODY_BYTES + 1, 0), id="a body without end"),
        pytest.param(HEAD.pack(MARK, 3, 0, 0xFFFFFFFF, 0), id="four gigabytes"),
        pytest.param(HEAD.pack(MARK, 4, 1, 401, 0), id="a speech at the end"),
    ],
)
def test_a_head_that_is_none(head: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        read_head(memoryview(head))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00", id="half a count"),
        pytest.param(b"\x00\x02\x00\x00\x00\x01", id="fewer lengths than counted"),
        pytest.param(struct.pack(">HI", 1, 5) + b"abcd", id="a byte short"),
        pytest.param(struct.pack(">HI", 1, 5) + b"abcdef", id="a byte over"),
        pytest.param(struct.pack(">HII", 2, 4, 0) + b"abcd", id="an empty unit"),
        pytest.param(struct.pack(">HI", 1, 0xFFFFFFFF) + b"abcd", id="a length beyond everything"),
        pytest.param(struct.pack(">H", 0xFFFF) + bytes(4 * 0xFFFF), id="too many units"),
    ],
)
def test_a_picture_whose_parts_do_not_fit(body: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        unpack_nals(memoryview(body))


def test_random_bodies_are_taken_or_refused() -> None:
    chance = random.Random(5)
    for _ in range(20_000):
        body = chance.randbytes(chance.randrange(40))
        try:
            nals = unpack_nals(memoryview(body))
        except ProtocolViolation:
            continue
        assert pack_nals(nals) == body
