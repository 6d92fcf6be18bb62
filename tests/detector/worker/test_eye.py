"""What a worker makes of a detection: its place in the whole picture, and its signature."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.judgement.appearance import SAME_LOOK, similarity
from detector.worker.eye import signature_of, things_of
from models.detections import Detections
from streams.decoding import DecodedCrop, Letterbox

NAMES = ("person", "stall")


def picture(colour: tuple[int, int, int], *, noise: float = 0.0, gain: float = 1.0) -> NDArray[np.uint8]:
    """A patterned thing of a colour on grey ground, (120, 160, 3) RGB."""
    random = np.random.default_rng(1)
    canvas = np.full((120, 160, 3), 120.0)
    canvas[30:100, 40:120] = colour
    canvas[50:60, 40:120] = (230, 230, 230)
    return np.asarray(np.clip(canvas * gain + random.normal(0, noise, canvas.shape), 0, 255), np.uint8)


BOX = np.array([40, 30, 120, 100], np.float32)
NOBODY = np.empty((0, 4), np.float32)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (picture((200, 40, 40)), True),
        (picture((200, 40, 40), noise=12), True),
        (picture((200, 40, 40), gain=0.92), True),
        (picture((40, 60, 200)), False),
        (picture((30, 30, 30)), False),
    ],
    ids=["the same", "noisier", "a cloud before the sun", "a blue one", "a black one"],
)
def test_a_signature_tells_things_apart_and_bears_noise_and_light(other: NDArray[np.uint8], same: bool) -> None:
    here = signature_of(picture((200, 40, 40)), BOX, NOBODY)
    assert sum(here) == pytest.approx(1, abs=0.01)
    assert (similarity(here, signature_of(other, BOX, NOBODY)) >= SAME_LOOK) is same


def test_people_in_front_do_not_change_the_signature() -> None:
    alone = signature_of(picture((200, 40, 40)), BOX, NOBODY)
    crowded = picture((200, 40, 40))
    crowded[20:110, 60:100] = (20, 90, 20)
    people = np.array([[60, 20, 100, 110]], np.float32)
    assert similarity(alone, signature_of(crowded, BOX, people)) > 0.9
    assert similarity(alone, signature_of(crowded, BOX, NOBODY)) < 0.7


def test_a_thing_wholly_hidden_has_no_signature_and_agrees_with_anything() -> None:
    hidden = signature_of(picture((200, 40, 40)), BOX, np.array([[0, 0, 160, 120]], np.float32))
    assert hidden == ()
    assert similarity(hidden, (1.0, 0.0)) == 1.0


def test_boxes_of_a_crop_lie_rightly_in_the_whole_picture() -> None:
    # The crop began at (200, 100) of a 1000x500 picture, was scaled by 0.5 and padded by 10 px at the top.
    crop = DecodedCrop(np.zeros((120, 160, 3), np.uint8), Letterbox(0.5, 0.0, 10.0, 200.0, 100.0))
    found = Detections(np.array([[20, 30, 70, 60]], np.float32), np.array([0.7], np.float32), np.array([1]), NAMES)
    (thing,) = things_of(found, crop, 1000, 500)
    assert thing.label == "stall"
    assert thing.xyxy == pytest.approx((0.24, 0.28, 0.34, 0.4))
