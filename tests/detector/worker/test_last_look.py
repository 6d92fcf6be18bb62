"""The picture that somebody on a camera's page waits for."""

from __future__ import annotations

import numpy as np
import pytest

from detector.judgement.values import Thing
from detector.worker.last_look import MAX_BYTES, last_look_jpeg, shown_crop


@pytest.mark.parametrize(
    ("size", "shown"), [((1920, 1080), (960, 540)), ((640, 360), (640, 360)), ((768, 576), (768, 576)), ((3840, 1080), (960, 270))], ids=str
)
def test_the_whole_picture_keeps_its_shape(size: tuple[int, int], shown: tuple[int, int]) -> None:
    crop = shown_crop(size)
    assert (crop.width_px, crop.height_px) == shown


def test_even_noise_fits_a_hundred_kilobytes_and_shows_its_boxes() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (540, 960, 3), np.uint8)
    jpeg = last_look_jpeg(noise, [Thing("stall", (0.2, 0.2, 0.5, 0.6), 0.8)])
    assert jpeg is None or len(jpeg) <= MAX_BYTES
    grey = last_look_jpeg(np.full((540, 960, 3), 90, np.uint8), [Thing("stall", (0.2, 0.2, 0.5, 0.6), 0.8)])
    bare = last_look_jpeg(np.full((540, 960, 3), 90, np.uint8), [])
    assert grey is not None
    assert bare is not None
    assert grey.startswith(b"\xff\xd8")
    assert len(grey) > len(bare)
