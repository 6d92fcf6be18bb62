from __future__ import annotations

import numpy as np
import pytest

from models.detections import Detections
from models.measuring.precision import Labels, average_precision, evaluate, match

NAMES = ("stall", "parasol")


def found(*boxes: tuple[float, float, float, float, float, int]) -> Detections:
    table = np.array(boxes, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int64), NAMES)


def labels(*boxes: tuple[float, float, float, float, int]) -> Labels:
    table = np.array(boxes, np.float32).reshape(-1, 5)
    return Labels(table[:, :4], table[:, 4].astype(np.int64))


@pytest.mark.parametrize(
    ("hits", "labels", "ap"),
    [
        pytest.param([True], 1, 1.0, id="all found"),
        pytest.param([True], 2, 51 / 101, id="one of two found: the recalls 0.00 to 0.50"),
        pytest.param([False, True], 1, 0.5, id="a false alarm before it"),
        pytest.param([True, False, True], 2, (51 + 50 * 2 / 3) / 101, id="precision 1 up to half, then 2/3"),
        pytest.param([False, False], 3, 0.0, id="nothing found"),
        pytest.param([], 3, 0.0, id="nothing said"),
    ],
)
def test_average_precision_by_hand(hits: list[bool], labels: int, ap: float) -> None:
    assert average_precision(np.array(hits, bool), labels) == pytest.approx(ap)


def test_a_label_is_matched_once_and_by_the_best_box() -> None:
    true = np.array([[0, 0, 10, 10]], np.float32)
    boxes = np.array([[0, 0, 10, 9], [0, 0, 10, 10]], np.float32)
    hit = match(boxes, true)
    assert hit[0].tolist() == [True, False]  # IoU 0.9 and the better score takes it up to 0.90
    assert hit[8].tolist() == [True, False]
    assert hit[9].tolist() == [False, True]  # at 0.95 only the exact one will do


def test_ap_over_ious_by_hand() -> None:
    # IoU 0.8 exactly (100x80 in 100x100): a hit at 0.50 … 0.80, seven of ten thresholds.
    (figures,) = evaluate([(found((0, 0, 100, 80, 0.9, 0)), labels((0, 0, 100, 100, 0)))], NAMES)
    assert (figures.name, figures.labels, figures.ap50, figures.recall50) == ("stall", 1, 1.0, 1.0)
    assert figures.ap == pytest.approx(0.7)


def test_scores_are_ranked_over_all_pictures_and_classes_apart() -> None:
    pictures = [
        (found((0, 0, 10, 10, 0.6, 0), (50, 50, 60, 60, 0.99, 1)), labels((0, 0, 10, 10, 0))),
        (found((70, 70, 90, 90, 0.9, 0)), labels()),
        (found(), labels((0, 0, 10, 10, 1))),
    ]
    stall, parasol = evaluate(pictures, NAMES)
    assert stall.ap50 == pytest.approx(0.5)  # the false alarm of the second picture ranks first
    assert (parasol.labels, parasol.ap50, parasol.recall50) == (1, 0.0, 0.0)


def test_a_class_without_labels_has_no_figure() -> None:
    assert evaluate([(found((0, 0, 10, 10, 0.9, 1)), labels((0, 0, 10, 10, 0)))], NAMES)[0].name == "stall"
    assert len(evaluate([(found((0, 0, 10, 10, 0.9, 1)), labels())], NAMES)) == 0
