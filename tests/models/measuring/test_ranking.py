from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.measuring.looked import Looked
from models.measuring.ranking import rank, rank_pictures, roc


@pytest.mark.parametrize(
    ("positives", "negatives", "auc", "recall", "flagged"),
    [
        pytest.param([0.9, 0.8], [0.1] * 20, 1.0, 1.0, 0.0, id="told apart"),
        pytest.param([0.1, 0.1], [0.9] * 20, 0.0, 0.0, 0.05, id="the wrong way round"),
        pytest.param([0.5] * 3, [0.5] * 20, 0.5, 0.0, 0.0, id="all the same"),
        pytest.param([0.9, 0.3], [0.2] * 19 + [0.95], 0.95, 1.0, 0.05, id="one negative in twenty may be flagged"),
        pytest.param([0.9, 0.3], [0.2] * 8 + [0.95], 8 / 9, 0.0, 0.0, id="none of nine may"),
    ],
)
def test_ranking(positives: list[float], negatives: list[float], auc: float, recall: float, flagged: float) -> None:
    scores = np.array(positives + negatives)
    ranking = rank(scores, np.arange(len(scores)) < len(positives))
    assert ranking.auc == pytest.approx(auc)
    assert (ranking.positives, ranking.negatives) == (len(positives), len(negatives))
    if recall or positives[0] == 0.1:
        assert ranking.recall == pytest.approx(recall)
    assert ranking.flagged <= flagged + 1e-9


def test_both_kinds_are_needed() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        rank(np.array([0.5, 0.6]), np.array([True, True]))
    with pytest.raises(ValueError, match="both kinds"):
        roc(np.array([0.5, 0.6]), np.array([False, False]))


def test_the_area_under_the_curve_is_the_auc() -> None:
    random = np.random.default_rng(5)
    positive = random.random(300) < 0.4
    scores = (random.normal(size=300) + positive).round(1)  # many ties
    curve = roc(scores, positive)
    assert curve[0].tolist() == [0.0, 0.0]
    assert curve[-1].tolist() == [1.0, 1.0]
    assert np.trapezoid(curve[:, 1], curve[:, 0]) == pytest.approx(rank(scores, positive).auc)


def test_pictures_are_ranked_by_their_best_box_of_the_asked_classes(looked: Callable[..., Looked]) -> None:
    pictures = [
        looked([(0, 0, 1, 1, 0.9, 1), (0, 0, 1, 1, 0.6, 0)], [(0, 0, 1, 1, 0)]),
        looked([(0, 0, 1, 1, 0.2, 0)], [(0, 0, 1, 1, 0), (0, 0, 1, 1, 1)]),
        looked([(0, 0, 1, 1, 0.9, 1), (0, 0, 1, 1, 0.1, 0)], [(0, 0, 1, 1, 1)]),
        looked(),
    ]
    assert rank_pictures(pictures, [0]).auc == 1.0
    assert rank_pictures(pictures, [0, 1]).positives == 3
