"""What a camera makes of a picture is a function of its seed, and keeps the picture's size and sense."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.street.encoding import through_encoder
from models.street.lens import Lens
from models.street.light import DRY, WET, light_of
from models.street.seeing import eye_of
from models.street.sensor import Streak, draw_imager, expose
from models.street.weather import Beam, ground_distance

EYE = eye_of((0.0, -10.0, 5.0), (0.0, 0.0, 0.5), 0.0, 60.0, 16 / 9, Lens(0.1))
BEAMS = (Beam((50.0, 90.0), 0.9, 14.0, False), Beam((250.0, 90.0), 0.8, 20.0, True))
KINDS = sorted({kind for kind, _ in (*DRY, *WET)})


def street() -> np.ndarray:
    picture = np.full((180, 320, 3), 110, np.uint8)
    picture[60:120, 100:200] = (160, 60, 50)
    return picture


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind) for kind in KINDS])
def test_the_same_seed_gives_the_same_picture(kind: str) -> None:
    light, imager = light_of(kind, Random(2)), draw_imager(Random(3))
    streaks = [Streak(np.array([[100.0, 60.0], [140.0, 60.0], [140.0, 110.0], [100.0, 110.0]]), (8.0, 1.0))]
    first, again = (expose(street(), EYE, light, imager, 5, streaks=streaks, beams=BEAMS) for _ in range(2))
    assert first.shape == (180, 320, 3)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert first.std() > 3


def test_infrared_has_no_colour() -> None:
    imager = draw_imager(Random(1))
    grey = expose(street(), EYE, light_of("infrared", Random(1)), imager, 1).astype(int)
    assert np.abs(grey[..., 0] - grey[..., 2]).mean() < 12 * abs(imager.cast[0] - imager.cast[1]) + 4


def test_an_encoder_spoils_a_little_and_more_at_a_higher_factor() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(street().astype(int) + rng.integers(-25, 25, (180, 320, 1)), 0, 255).astype(np.uint8)
    fine, coarse = (np.abs(through_encoder(picture, crf).astype(int) - picture).mean() for crf in (18, 40))
    assert 0 < fine < coarse < 25


def test_the_ground_is_farther_in_higher_rows() -> None:
    reach = ground_distance(EYE, 90)
    assert (np.diff(reach) <= 1e-9).all()
    assert 5.0 < reach[-1] < 8.5
