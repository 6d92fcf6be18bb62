from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.measuring.looked import Looked
from models.measuring.precision import average_precision, evaluate, mean_intervals, plain_mean

NAMES = ("stall", "parasol")


@pytest.mark.parametrize(
    ("hits", "labels", "ap", "plain"),
    [
        pytest.param([True], 1, 0.995, 1.0, id="all found"),
        pytest.param([True], 2, 0.495, 51 / 101, id="one of two found: the recalls 0.00 to 0.49, or to 0.50"),
        pytest.param([False, True], 1, 0.4975, 0.5, id="a false alarm before it"),
        pytest.param([True, False, True], 2, 0.495 + 0.5 * 2 / 3, (51 + 50 * 2 / 3) / 101, id="precision 1 up to half, then 2/3"),
        pytest.param([False, False], 3, 0.0, 0.0, id="nothing found"),
        pytest.param([], 3, 0.0, 0.0, id="nothing said"),
    ],
)
def test_average_precision_by_hand(hits: list[bool], labels: int, ap: float, plain: float) -> None:
    """As Ultralytics integrates, and as pycocotools does."""
    assert average_precision(np.array(hits, bool), labels) == pytest.approx(ap)
    assert plain_mean(np.array(hits, bool), labels) == pytest.approx(plain)


def test_a_picture_that_is_drawn_twice_counts_twice() -> None:
    hit = np.array([True, False, True])
    doubled = average_precision(np.array([True, True, False, True, True]), 4)
    assert average_precision(hit, 4, np.array([2, 1, 2])) == pytest.approx(doubled)
    assert average_precision(hit, 1, np.array([0, 0, 1])) == pytest.approx(0.995)


def test_ap_over_ious_by_hand(looked: Callable[..., Looked]) -> None:
    # IoU 0.8 exactly (100x80 in 100x100): a hit at 0.50 … 0.80, seven of ten thresholds.
    (figures,) = evaluate([looked([(0, 0, 100, 80, 0.9, 0)], [(0, 0, 100, 100, 0)])], NAMES).classes
    assert (figures.name, figures.labels, figures.ap50, figures.recall50) == ("stall", 1, pytest.approx(0.995), 1.0)
    assert figures.ap == pytest.approx(0.7 * 0.995)


def test_scores_are_ranked_over_all_pictures_and_classes_apart(looked: Callable[..., Looked]) -> None:
    pictures = [
        looked([(0, 0, 10, 10, 0.6, 0), (50, 50, 60, 60, 0.99, 1)], [(0, 0, 10, 10, 0)]),
        looked([(70, 70, 90, 90, 0.9, 0)]),
        looked([], [(0, 0, 10, 10, 1)]),
    ]
    found = evaluate(pictures, NAMES)
    stall, parasol = found.classes
    assert stall.ap50 == pytest.approx(0.4975)  # the false alarm of the second picture ranks first
    assert (parasol.labels, parasol.ap50, parasol.recall50) == (1, 0.0, 0.0)
    assert found.ap50 == pytest.approx(0.4975 / 2)
    assert found.pycocotools_ap50 == pytest.approx(0.25)


def test_a_class_without_labels_has_no_figure(looked: Callable[..., Looked]) -> None:
    assert evaluate([looked([(0, 0, 10, 10, 0.9, 1)], [(0, 0, 10, 10, 0)])], NAMES).classes[0].name == "stall"
    assert evaluate([looked([(0, 0, 10, 10, 0.9, 1)])], NAMES).classes == ()


def test_a_size_counts_its_own_labels_and_no_box_of_another_size(looked: Callable[..., Looked]) -> None:
    picture = looked(
        [(0, 0, 100, 100, 0.9, 0), (150, 0, 160, 10, 0.8, 0), (150, 50, 160, 60, 0.95, 0)],  # the large one, the small one, a small false alarm
        [(0, 0, 100, 100, 0), (150, 0, 160, 10, 0)],
    )
    (stall,) = evaluate([picture], NAMES).classes
    assert set(stall.by_size) == {"small", "large", "height 8-15 %", "height above 30 %"}
    assert stall.by_size["large"].ap50 == pytest.approx(0.995)
    assert stall.by_size["small"].ap50 == pytest.approx(0.4975)
    assert stall.by_size["height 8-15 %"].labels == 1
    assert stall.ap50 == pytest.approx(2 / 3, abs=0.005)


def test_intervals_hold_the_figure_and_need_three_origins(looked: Callable[..., Looked]) -> None:
    good = [looked([(0, 0, 10, 10, 0.9, 0)], [(0, 0, 10, 10, 0)], origin=f"good {i}") for i in range(4)]
    bad = [looked([], [(0, 0, 10, 10, 0)], origin=f"bad {i}") for i in range(4)]
    spread = mean_intervals(good + bad)["ap50"]
    assert 0.0 <= spread.low < evaluate(good + bad, NAMES).ap50 < spread.high <= 1.0
    assert mean_intervals(good[:2]) == {}
