"""What is covered in copies that leave the case."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from detector.judgement.values import Box
from detector.worker.masking import COVER, Mask, Masker, covered, is_of_the_act
from models.session import DEFAULT_MODEL
from tests.detector.worker.masks_fresh import FRESH_HEADS, FRESH_PLATES
from tests.detector.worker.masks_seen import HEADS, PLATES, Frames

NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)


def test_what_is_covered_is_one_colour_and_a_doubtful_vehicle_hides_nothing_of_the_act() -> None:
    pixels = np.random.default_rng(1).integers(0, 90, (100, 200, 3), np.uint8)
    act = (0.4, 0.4, 0.6, 0.6)
    person, car, doubtful = Mask((0.5, 0.5, 0.55, 0.55), "person", 0.1), Mask((0.0, 0.0, 0.1, 0.1), "car", 0.9), Mask((0.3, 0.3, 1.0, 1.0), "bus", 0.1)
    out = covered(pixels, [person, car, doubtful], act)
    assert (out[0:10, 0:20] == COVER).all()
    assert (out[50:55, 100:110] == COVER).all(), "a person is covered wherever it stands"
    assert (out[41:49, 81:119] == pixels[41:49, 81:119]).all()
    assert (out[61:, 60:] == COVER).all()
    assert (out[:29, 20:] == pixels[:29, 20:]).all()


@pytest.mark.parametrize(
    ("box", "own"),
    [((0.1, 0.1, 0.5, 0.5), True), ((0.2, 0.2, 0.3, 0.3), True), ((0.4, 0.4, 0.8, 0.8), False), ((0.6, 0.6, 0.8, 0.8), False)],
    ids=["the act's", "a part of it", "parked before it", "elsewhere"],
)
def test_the_acts_own_vehicle_keeps_its_plate(box: Box, own: bool) -> None:
    assert is_of_the_act(box, (0.1, 0.1, 0.5, 0.5)) == own


def every_third(wanted: dict[str, Frames]) -> dict[str, Frames]:
    """A third of the frames of each clip."""
    return {name: dict(list(frames.items())[::3]) for name, frames in wanted.items()}


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("wanted", "at_least"),
    [
        ({"pedestrians_h264.mp4": HEADS}, 100),
        (PLATES, 50),
        (FRESH_HEADS, 100),
        (FRESH_PLATES, 50),
        (every_third(FRESH_HEADS), 30),
        (every_third(FRESH_PLATES), 15),
    ],
    ids=["heads", "plates", "fresh heads", "fresh plates", "a third of the fresh heads", "a third of the fresh plates"],
)
def test_of_what_a_person_counted_in_real_footage_ninety_five_of_a_hundred_are_covered(wanted: dict[str, Frames], at_least: int, shared: Path) -> None:
    masker = Masker(DEFAULT_MODEL)
    shares = [share for name, frames in wanted.items() for share in shares_covered(masker, shared / "footage" / name, frames)]
    assert len(shares) >= at_least
    hidden = sum(share >= 0.95 for share in shares) / len(shares)
    assert hidden >= 0.95, f"{hidden:.3f} of {len(shares)} are covered"


def shares_covered(masker: Masker, path: Path, frames: Frames) -> list[float]:
    """Of each box in these frames of a clip, the share that is painted over."""
    shares = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number not in frames:
                continue
            pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            painted = (covered(np.full_like(pixels, 255), masker.masks(pixels, NOWHERE), NOWHERE) == COVER).all(axis=2)
            for left, top, right, bottom, *_ in frames[number]:
                shares.append(float(painted[round(top) : round(bottom), round(left) : round(right)].mean()))
    return shares
