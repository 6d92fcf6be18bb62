from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.measuring.curves import box_outcomes, calibration_error, precision_recall, reliability, thinned
from models.measuring.looked import Looked
from models.measuring.precision import tally


def test_precision_over_recall_box_by_box(looked: Callable[..., Looked]) -> None:
    picture = looked([(0, 0, 10, 10, 0.9, 0), (50, 50, 60, 60, 0.8, 0), (20, 0, 30, 10, 0.7, 0)], [(0, 0, 10, 10, 0), (20, 0, 30, 10, 0)])
    assert precision_recall(tally([picture], 0)).tolist() == [[0.5, 1.0], [0.5, 0.5], [1.0, pytest.approx(2 / 3)]]
    assert len(precision_recall(tally([picture], 1))) == 0


def test_thinning_keeps_both_ends() -> None:
    points = np.column_stack([np.linspace(0, 1, 5000), np.linspace(1, 0, 5000)])
    few = thinned(points, 100)
    assert len(few) <= 100
    assert few[0].tolist() == points[0].tolist()
    assert few[-1].tolist() == points[-1].tolist()


def test_reliability_of_scores_that_come_true() -> None:
    scores = np.array([0.05] * 20 + [0.95] * 20)
    true = np.array([True] + [False] * 19 + [True] * 19 + [False])
    low, high = reliability(scores, true)
    assert (low.count, low.share, high.share) == (20, 0.05, 0.95)
    assert calibration_error((low, high)) == pytest.approx(0.0)
    assert calibration_error(reliability(np.ones(4), np.zeros(4, bool))) == pytest.approx(1.0)
    assert calibration_error(()) == 0.0


def test_outcomes_of_boxes_by_class(looked: Callable[..., Looked]) -> None:
    scores, true = box_outcomes([looked([(0, 0, 10, 10, 0.9, 0), (0, 0, 10, 10, 0.5, 1), (0, 0, 10, 10, 0.01, 0)], [(0, 0, 10, 10, 0)])])
    assert sorted(zip(scores.round(2).tolist(), true.tolist(), strict=True)) == [(0.5, False), (0.9, True)]
