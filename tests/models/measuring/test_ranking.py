from __future__ import annotations

import numpy as np
import pytest

from models.detections import Detections
from models.measuring.precision import Labels
from models.measuring.ranking import rank, rank_pictures


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


def test_pictures_are_ranked_by_their_best_box_of_the_asked_classes() -> None:
    names = ("stall", "parasol")

    def found(*boxes: tuple[int, float]) -> Detections:
        ids, scores = np.array([i for i, _ in boxes], np.int64), np.array([score for _, score in boxes], np.float32)
        return Detections(np.zeros((len(boxes), 4), np.float32), scores, ids, names)

    def labels(*ids: int) -> Labels:
        return Labels(np.zeros((len(ids), 4), np.float32), np.array(ids, np.int64))

    pairs = [(found((1, 0.9), (0, 0.6)), labels(0)), (found((0, 0.2)), labels(0, 1)), (found((1, 0.9), (0, 0.1)), labels(1)), (found(), labels())]
    assert rank_pictures(pairs, [0]).auc == 1.0
    assert rank_pictures(pairs, [0, 1]).positives == 3
