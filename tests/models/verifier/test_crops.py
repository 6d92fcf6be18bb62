from __future__ import annotations

import numpy as np
import pytest

from models.verifier.crops import Rectangle, Tiles, about, cut, gathered


@pytest.mark.parametrize(
    ("box", "context", "wanted"),
    [
        pytest.param((40, 40, 60, 50), 1.0, (40, 35, 60, 55), id="a square about the longer side"),
        pytest.param((40, 40, 60, 50), 2.0, (30, 25, 70, 65), id="with surroundings"),
        pytest.param((0, 0, 20, 20), 2.0, (0, 0, 40, 40), id="moved into the picture at a corner"),
        pytest.param((180, 80, 200, 100), 2.0, (160, 60, 200, 100), id="moved into the picture at the other"),
        pytest.param((10, 10, 150, 90), 1.0, (10, 0, 150, 100), id="cut where the picture is lower than the square"),
        pytest.param((100, 50, 102, 52), 1.0, (93, 43, 109, 59), id="a speck is not cut smaller than 16 px"),
    ],
)
def test_a_box_is_cut_with_a_square_about_it(box: Rectangle, context: float, wanted: Rectangle) -> None:
    assert about(box, context, 200, 100) == pytest.approx(wanted)


def test_tiles_reach_from_edge_to_edge_and_overlap() -> None:
    tiles = Tiles(2, 3, 0.5, 0.6).rectangles(200, 100)
    assert len(tiles) == Tiles(2, 3, 0.5, 0.6).count == 6
    assert tiles[0] == (0, 0, 100, 60)
    assert tiles[1] == (50, 0, 150, 60)
    assert tiles[-1] == (100, 40, 200, 100)
    assert Tiles(1, 1, 0.5, 1.0).rectangles(200, 100) == ((50, 0, 150, 100),)


def test_squares_that_show_the_same_are_cut_once() -> None:
    here, near, far, farther = (0, 0, 100, 100), (5, 0, 105, 100), (200, 0, 300, 100), (240, 0, 340, 100)
    assert gathered([here, far, near, here]) == ((here, far), (0, 1, 0, 0))
    assert gathered([here, far, farther], most=2) == ((here, far), (0, 1, 1)), "what comes late is shown by what overlaps it most"
    assert gathered([]) == ((), ())


@pytest.mark.parametrize("rectangle", [(0, 0, 40, 20), (-5, -5, 3, 3), (39.6, 19.6, 60, 60), (10, 5, 10, 5)])
def test_a_cut_has_its_side_wherever_it_lies(rectangle: Rectangle) -> None:
    picture = np.zeros((20, 40, 3), np.uint8)
    picture[:, 20:] = 200
    made = cut(picture, rectangle, 16)
    assert made.shape == (16, 16, 3)
    assert made.dtype == np.uint8
    if rectangle == (0, 0, 40, 20):
        assert made[:, :6].max() == 0
        assert made[:, 10:].min() == 200
