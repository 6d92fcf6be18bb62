"""The parent's side of the pipes against whatever a child may send."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.decoding import wire
from streams.decoding.soundness import PORTRAIT_SHAPE
from streams.decoding.values import LUMA_SHAPE, Crop, Decoded, DecodedCrop, Letterbox

CROPS = (Crop(0, 0, 1, 1, 8, 6), Crop(0, 0, 1, 1))
PORTRAIT = np.arange(math.prod(PORTRAIT_SHAPE), dtype=np.uint32).astype(np.uint8).reshape(PORTRAIT_SHAPE)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Where the parent hears, and where a child would answer."""
    hears, answers = os.pipe()
    os.set_blocking(hears, False)
    yield hears, answers
    for end in (hears, answers):
        os.close(end)


def soon() -> float:
    return time.monotonic() + 0.2


def picture(**changes: object) -> Decoded:
    crops = (DecodedCrop(np.full((6, 8, 3), 7, np.uint8), Letterbox(0.5, 0, 1, 2, 3)), DecodedCrop(np.full((12, 16, 3), 9, np.uint8), Letterbox(1, 0, 0, 0, 0)))
    values = {"width": 16, "height": 12, "crops": crops, "luma": np.ones(LUMA_SHAPE, np.uint8), "damage": ("gap", "corrupt")} | changes
    return Decoded(**values)  # type: ignore[arg-type]


def test_a_picture_goes_through(pipe: tuple[int, int]) -> None:
    hears, answers = pipe
    wire.answer_picture(answers, picture(), PORTRAIT, doubted=True)
    heard = wire.hear(hears, soon())
    assert heard.what == wire.DOUBTED
    decoded, portrait = wire.hear_picture(hears, heard, CROPS, soon())
    assert (decoded.width, decoded.height, decoded.damage) == (16, 12, ("gap", "corrupt"))
    assert [crop.pixels.shape for crop in decoded.crops] == [(6, 8, 3), (12, 16, 3)]
    assert decoded.crops[0].letterbox == Letterbox(0.5, 0, 1, 2, 3)
    assert (portrait == PORTRAIT).all()


@pytest.mark.parametrize(
    "lie",
    [
        picture(width=0),
        picture(width=70_000),
        picture(width=60_000, height=60_000),
        picture(crops=()),
        picture(crops=(picture().crops[1], picture().crops[0])),
        picture(width=15),
        picture(crops=(DecodedCrop(picture().crops[0].pixels, Letterbox(math.nan, 0, 0, 0, 0)), picture().crops[1])),
        picture(crops=(DecodedCrop(picture().crops[0].pixels, Letterbox(0.0, 0, 0, 0, 0)), picture().crops[1])),
        picture(crops=(DecodedCrop(picture().crops[0].pixels, Letterbox(1.0, 0, 0, 1e300, 0)), picture().crops[1])),
    ],
    ids=["no width", "a wide one", "a gigantic one", "no crops", "other crops", "a crop beyond it", "a scale of NaN", "a scale of 0", "far away"],
)
def test_a_picture_that_was_not_asked_for_is_nonsense(pipe: tuple[int, int], lie: Decoded) -> None:
    hears, answers = pipe
    wire.answer_picture(answers, lie, PORTRAIT, doubted=False)
    heard = wire.hear(hears, soon())
    with pytest.raises(wire.Nonsense):
        wire.hear_picture(hears, heard, CROPS, soon())


def test_words_of_a_child_are_printable_and_few(pipe: tuple[int, int]) -> None:
    hears, answers = pipe
    wire.answer_picture(answers, picture(damage=("\x1b[2Jcleared", "a\u202eb", "x" * 2000)), PORTRAIT, doubted=False)
    decoded, _ = wire.hear_picture(hears, wire.hear(hears, soon()), CROPS, soon())
    assert decoded.damage[:2] == ("[2Jcleared", "a b")
    assert all(words.isprintable() for words in decoded.damage)
    assert sum(map(len, decoded.damage)) <= wire.MAX_TEXT_BYTES


@pytest.mark.parametrize("sent", [b"", b"1kli", wire.ANSWER.pack(wire.MAGIC, wire.PICTURE, 40, 0) + b"x"], ids=["nothing", "a little", "no facts"])
def test_silence_has_a_deadline(pipe: tuple[int, int], sent: bytes) -> None:
    hears, answers = pipe
    os.write(answers, sent)
    began = time.monotonic()
    with pytest.raises(wire.Late):
        wire.hear(hears, soon())
    assert time.monotonic() - began < 1.0


def test_a_child_that_takes_nothing_has_a_deadline() -> None:
    takes, asks = os.pipe()
    try:
        os.set_blocking(asks, False)
        with pytest.raises(wire.Late):
            wire.ask(asks, {}, [bytes(4 << 20)], soon())
        os.close(takes)
        with pytest.raises(wire.Gone):
            wire.ask(asks, {}, [b"x"], soon())
    finally:
        os.close(asks)


@given(st.binary(max_size=400), st.sampled_from([wire.PICTURE, wire.DOUBTED, wire.REFUSED, wire.FAILED, 99]), st.booleans())
def test_whatever_comes_is_heard_or_a_fault_of_the_wire(noise: bytes, what: int, framed: bool) -> None:
    hears, answers = os.pipe()
    try:
        os.set_blocking(hears, False)
        os.write(answers, wire.ANSWER.pack(wire.MAGIC, what, len(noise), 0) + noise if framed else noise)
        os.close(answers)
        try:
            heard = wire.hear(hears, soon())
            assert heard.text.isprintable()
            wire.hear_picture(hears, heard, CROPS, soon())
        except wire.WireFault:
            pass
    finally:
        os.close(hears)


def test_requests_come_as_they_were_sent() -> None:
    takes, asks = os.pipe()
    try:
        os.set_blocking(asks, False)
        parts = [bytes([n % 256]) * (n % 7) for n in range(2000)]
        wire.ask(asks, {"do": "key", "x": [1, None, 0.5]}, parts, soon())
        request = wire.next_request(takes)
        assert request is not None
        assert (request[0], bytes(request[1])) == ({"do": "key", "x": [1, None, 0.5]}, b"".join(parts))
        os.close(asks)
        asks = -1
        assert wire.next_request(takes) is None
    finally:
        for end in (takes, asks):
            if end >= 0:
                os.close(end)
