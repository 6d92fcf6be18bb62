from __future__ import annotations

import pytest

from models.photographs import PhotoBox
from models.photographs.boxes import moved

BOX = PhotoBox((0.2, 0.5, 0.6, 1.0), "stall", group=True)


def test_a_box_goes_along_to_where_the_photograph_was_set() -> None:
    (box,) = moved([BOX], (100, 40), (0, 0, 100, 40), (300, 60), (1000, 200))
    assert box.xyxy == pytest.approx((0.32, 0.4, 0.36, 0.5))
    assert (box.name, box.group) == ("stall", True)


def test_a_cut_shortens_a_box_to_what_is_left() -> None:
    (box,) = moved([BOX], (100, 40), (30, 0, 80, 36), (0, 0), (100, 100))
    assert box.xyxy == pytest.approx((0.0, 0.2, 0.3, 0.36))


@pytest.mark.parametrize(
    ("cut", "least_side_px"),
    [
        pytest.param((0, 0, 100, 19), 0, id="cut away"),
        pytest.param((50, 0, 100, 40), 0, id="a quarter is left"),
        pytest.param((0, 0, 100, 40), 21, id="lower than the least side"),
    ],
)
def test_a_box_of_which_little_is_left_is_dropped(cut: tuple[int, int, int, int], least_side_px: float) -> None:
    assert moved([BOX], (100, 40), cut, (0, 0), (200, 200), least_side_px=least_side_px) == ()
