from __future__ import annotations

import numpy as np
import pytest

from models.measuring.matching import IOUS, match


def boxes(*sides: tuple[float, float, float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(sides, np.float32).reshape(-1, 4)


def test_a_label_is_matched_once_and_by_the_best_box() -> None:
    hit = match(boxes((0, 0, 10, 9), (0, 0, 10, 10)), boxes((0, 0, 10, 10))).hit
    assert hit[0].tolist() == [True, False]  # IoU 0.9 and the better score takes it up to 0.90
    assert hit[8].tolist() == [True, False]
    assert hit[9].tolist() == [False, True]  # at 0.95 only the exact one will do


def test_a_box_takes_the_free_label_that_it_overlaps_most() -> None:
    hit = match(boxes((0, 0, 10, 10), (0, 0, 10, 10)), boxes((0, 0, 10, 8), (0, 0, 10, 10))).hit
    assert hit[0].tolist() == [True, True]
    assert hit[9].tolist() == [True, False]


@pytest.mark.parametrize(
    ("counts", "hit", "passed"),
    [
        pytest.param([True, True], [True, True], [False, False], id="both labels count"),
        pytest.param([True, False], [True, False], [False, True], id="the second box takes the one that does not"),
        pytest.param([False, True], [True, False], [False, True], id="the first box prefers the one that counts, though it overlaps it less"),
        pytest.param([False, False], [False, False], [True, True], id="neither counts"),
    ],
)
def test_labels_that_do_not_count_make_boxes_neither_right_nor_wrong(counts: list[bool], hit: list[bool], passed: list[bool]) -> None:
    matched = match(boxes((0, 0, 10, 10), (0, 0, 10, 9)), boxes((0, 0, 10, 10), (0, 1, 10, 10)), counts=np.array(counts))
    assert (matched.hit[0].tolist(), matched.passed[0].tolist()) == (hit, passed)


def test_nothing_meets_nothing() -> None:
    assert match(boxes(), boxes((0, 0, 1, 1))).hit.shape == (len(IOUS), 0)
    assert not match(boxes((0, 0, 1, 1)), boxes()).hit.any()
    assert match(boxes((0, 0, 10, 10)), boxes((0, 0, 10, 4)), ious=(0.3,)).hit.tolist() == [[True]]
