"""The check of the picture: what it doubts, what it must not doubt, and how much of flipped bits it finds."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from streams.decoding import DecoderPool
from streams.decoding.soundness import PORTRAIT_SHAPE, Portrait, Portraits, doubt, portrait_of
from streams.errors import DecodeError
from streams.recorded import read_access_units
from tests.streams.decoding.flips import WEATHERS, Tally, flipped, keyframes, measure, pictures

MEDIA = Path(__file__).resolve().parents[2] / "media"
RNG = np.random.default_rng(5)


def street(seed: int = 0) -> Portrait:
    """A portrait with structure: bright sky, walls, ground."""
    random_ = np.random.default_rng(seed)
    made = np.full(PORTRAIT_SHAPE, 128, np.uint8)
    made[0] = random_.integers(40, 200, PORTRAIT_SHAPE[1:])
    made[0, :10] = 250
    made[3] = 0
    return made


def with_cells(rows: slice, columns: slice, luma: object) -> Portrait:
    made = street()
    made[0, rows, columns] = luma
    return made


def noise(rows: int) -> NDArray[np.uint8]:
    return np.asarray(RNG.integers(0, 255, (rows, 64)), np.uint8)


NOISY = np.clip(street().astype(int) + RNG.integers(-6, 7, PORTRAIT_SHAPE), 0, 255).astype(np.uint8)
NOISY[3] = 0
DARK = street()
DARK[0] //= 2
LIGHT = street()
LIGHT[0, 10:] = LIGHT[0, 10:] * 0.6
TURNED = street(9)
TURNED[0, :10] = 90
IMPOSSIBLE = street()
IMPOSSIBLE[3, 10:12, :3] = 120
RED = street()
RED[0, 30:36, :12], RED[1, 30:36, :12], RED[2, 30:36, :12] = 76, 85, 255


@pytest.mark.parametrize(
    "now",
    [
        street(),
        NOISY,
        DARK,
        LIGHT,
        TURNED,
        with_cells(slice(20, 36), slice(10, 40), noise(16)[:, :30]),
        with_cells(slice(12, 24), slice(0, 64), noise(12)),
        RED,
    ],
    ids=["the same", "noise", "a lamp goes out", "a cloud under a white sky", "the camera turned", "a lorry before it", "a tram passes", "a red car"],
)
def test_what_streets_do_is_not_doubted(now: Portrait) -> None:
    assert doubt(now, street(), None) is None
    assert doubt(now, None, None) is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (street(9), "everything below a line"),
        (with_cells(slice(20, 36), slice(0, 64), noise(16)), "everything below a line"),
        (with_cells(slice(33, 36), slice(0, 64), noise(3)), "everything below a line"),
        (IMPOSSIBLE, "colours"),
    ],
    ids=["turned under a white sky (the price)", "the lower half", "the last rows", "impossible colours"],
)
def test_what_flipped_bits_paint_is_doubted_once(now: Portrait, reason: str) -> None:
    told = doubt(now, street(), None)
    assert told is not None
    assert reason in told
    assert doubt(now, street(), now) is None, "what comes again is what the camera shows"


def test_a_part_that_was_never_painted_is_known_without_a_picture_before() -> None:
    now = street()
    now[:, 30:, 40:] = 0
    assert doubt(now, None, None) == "a part was never painted"
    assert doubt(now, now, now) == "a part was never painted", "however often it comes"


@pytest.mark.parametrize(("width", "height"), [(64, 48), (322, 242), (1280, 720), (1920, 1080), (98, 34)])
def test_a_portrait_is_the_mean_of_its_cells(width: int, height: int) -> None:
    ys, xs = np.mgrid[0:height, 0:width]
    pixels = np.stack([xs * 200 // width, ys * 200 // height, (xs + ys) * 100 // (width + height)], axis=2).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    portrait = portrait_of(frame)
    assert (portrait.shape, portrait.dtype) == (PORTRAIT_SHAPE, np.uint8)
    small = frame.reformat(64, 36, "yuv444p", interpolation="AREA").to_ndarray()
    assert np.abs(portrait[:3].astype(int) - small).mean() < 3.0
    assert not portrait[3].any()


def test_colours_that_no_sensor_gives_are_counted_and_pure_ones_are_not() -> None:
    pure = np.zeros((360, 640, 3), np.uint8)
    pure[:120], pure[120:240], pure[240:, :320] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    frame = av.VideoFrame.from_ndarray(pure, format="rgb24").reformat(format="yuv420p")
    assert not portrait_of(frame)[3].any()
    chroma = np.frombuffer(memoryview(frame.planes[1]), np.uint8).reshape(-1, frame.planes[1].line_size)
    chroma[:20, :20] = 255
    assert portrait_of(frame)[3, :4, :4].all()
    assert not portrait_of(frame)[3, 5:].any()


def test_what_is_remembered_of_a_camera() -> None:
    book, one, other = Portraits(), street(1), street(2)
    assert book.remembered("c1") == (b"", b"")
    book.learn("c1", one, (), seen=False)
    book.learn("c1", other, ("a part",), seen=True)
    assert book.remembered("c1") == (one.tobytes(), other.tobytes())
    book.learn("c1", other, ("corrupt",), seen=False)
    assert book.remembered("c1")[0] == one.tobytes(), "a picture that the decoder complains of teaches nothing"
    book.learn("c1", other, (), seen=False)
    assert book.remembered("c1") == (other.tobytes(), b"")
    book.forget("c1")
    assert book.remembered("c1") == (b"", b"")


def test_flips_in_the_rendered_street_are_noticed() -> None:
    units = keyframes(pictures(MEDIA / "stall_extra.mp4", 4.0, 960, most=20))
    tally = measure(units, 12, random.Random(1))
    print(tally)
    assert tally.false_alarms == 0
    assert tally.by_decoder + tally.by_check > 0.7 * tally.flipped
    assert tally.by_check > 0.1 * tally.flipped


def test_a_pool_doubts_a_picture_once_and_goes_on() -> None:
    units = keyframes(pictures(MEDIA / "stall_extra.mp4", 4.0, 960, most=4))
    chance = random.Random(4)
    with DecoderPool(1) as pool:
        assert all(not pool.decode("c1", unit, ()).damage for unit in units[:2])
        told: set[str] = set()
        for _ in range(60):
            with suppress(DecodeError):
                told |= set(pool.decode("c1", flipped(units[2], 1, chance), ()).damage)
            pool.decode("c1", units[2], ())
        assert told & {"everything below a line is another picture", "a part was never painted", "colours that no camera can see"}
        assert not pool.decode("c1", units[2], ()).damage
        assert not pool.decode("c1", units[3], ()).damage
        assert pool.counts.doubted >= len(told)


SCENES = {"pedestrians_h264.mp4": 1.0, "car_park_h264.mp4": 1.0, "person_bicycle_car_h264.mp4": 1.0}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.timeout(900)
def test_the_share_of_flipped_bits_that_is_noticed_and_no_false_alarms(shared: Path) -> None:
    whole = Tally()
    for name, every in SCENES.items():
        shown = pictures(shared / "footage" / name, every, 768)
        for weather, change in WEATHERS.items():
            tally = measure(keyframes([change(one) for one in shown]), 12, random.Random(f"{name} {weather}"))
            print(f"{name} {weather}: {tally}")
            whole += tally
        large = [np.asarray(WEATHERS["day"](one), np.uint8) for one in pictures(shared / "footage" / name, 2.0, 1920, most=16)]
        tally = measure(keyframes(large), 6, random.Random(name))
        print(f"{name} 1080p: {tally}")
        whole += tally
    own = [unit for unit in read_access_units(shared / "footage" / "pedestrians_h265.mp4") if unit.keyframe]
    tally = measure(own, 12, random.Random(7))
    print(f"pedestrians_h265.mp4 as it is: {tally}")
    whole += tally
    print(f"all: {whole}")
    assert whole.false_alarms <= whole.sound_pairs / 1000
    assert whole.by_decoder + whole.by_check >= 0.8 * whole.flipped
    assert whole.unnoticed_visible <= 0.08 * whole.flipped
