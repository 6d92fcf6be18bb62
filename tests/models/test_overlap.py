from __future__ import annotations

import numpy as np
import pytest

from models.overlap import areas, pairwise_iou, suppress


def test_areas_of_a_box_turned_inside_out_is_none() -> None:
    assert areas(np.array([[0, 0, 4, 5], [4, 0, 0, 5]], np.float32)).tolist() == [20.0, 0.0]


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        pytest.param([0, 0, 10, 10], [0, 0, 10, 10], 1.0, id="the same box"),
        pytest.param([0, 0, 10, 10], [5, 0, 15, 10], 50 / 150, id="half beside"),
        pytest.param([0, 0, 10, 10], [10, 0, 20, 10], 0.0, id="touching"),
        pytest.param([0, 0, 10, 10], [2, 2, 4, 4], 4 / 100, id="one within the other"),
        pytest.param([0, 0, 0, 0], [0, 0, 0, 0], 0.0, id="two points"),
    ],
)
def test_iou(a: list[float], b: list[float], iou: float) -> None:
    assert pairwise_iou(np.array([a], np.float32), np.array([b], np.float32))[0, 0] == pytest.approx(iou)


def test_suppression_drops_the_weaker_of_two_and_spares_other_classes() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [50, 50, 60, 60]], np.float32)
    scores = np.array([0.5, 0.9, 0.4, 0.1], np.float32)
    assert suppress(boxes, scores, np.array([0, 0, 1, 0]), 0.5).tolist() == [1, 2, 3]


def test_a_suppressed_box_suppresses_nothing() -> None:
    chain = np.array([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], np.float32)
    assert suppress(chain, np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int64), 0.3).tolist() == [0, 2]


def test_nothing_in_nothing_out() -> None:
    assert suppress(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64), 0.5).tolist() == []
