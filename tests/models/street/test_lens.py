"""A lens bends a picture and its labels alike."""

from __future__ import annotations

import numpy as np
import pytest

from models.street.lens import Lens

ASPECT = 16 / 9
BARRELS = [pytest.param(0.0, id="straight"), pytest.param(0.05, id="a little"), pytest.param(0.32, id="wide")]


@pytest.mark.parametrize("k", BARRELS)
def test_the_middle_and_the_corners_stay(k: float) -> None:
    points = np.array([[0.5, 0.5], [0.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    assert Lens(k).bend(points, ASPECT) == pytest.approx(points, abs=1e-9)


@pytest.mark.parametrize("k", BARRELS[1:])
def test_a_barrel_pushes_what_is_between_outwards_and_keeps_the_order(k: float) -> None:
    x = np.linspace(0.5, 1.0, 40)
    bent = Lens(k).bend(np.stack([x, np.full_like(x, 0.5)], 1), ASPECT)[:, 0]
    assert (np.diff(bent) > 0).all()
    assert (bent[1:] > x[1:]).all()


@pytest.mark.parametrize("k", BARRELS)
def test_a_mark_in_the_picture_lands_where_its_label_does(k: float) -> None:
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[40:44, 60:64] = 255
    bent = Lens(k).picture(picture)
    rows, columns = np.nonzero(bent[..., 0] > 100)
    told = Lens(k).bend(np.array([[62 / 320, 42 / 180]]), ASPECT)[0] * (320, 180)
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx(tuple(told), abs=0.7)


def test_what_is_outside_stays_outside() -> None:
    bent = Lens(0.2).bend(np.array([[1.4, 0.5], [0.5, -0.3]]), ASPECT)
    assert bent[0, 0] > 1
    assert bent[1, 1] < 0
