from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.measuring.confusion import confusion, mistakes, paired
from models.measuring.looked import Looked

NAMES = ("stall", "parasol")
THRESHOLDS = {"stall": 0.3, "parasol": 0.3}


@pytest.mark.parametrize(
    ("found", "labels", "counts"),
    [
        pytest.param([(0, 0, 10, 10, 0.9, 0)], [(0, 0, 10, 10, 0)], [[1, 0], [0, 0]], id="rightly named"),
        pytest.param([(0, 0, 10, 10, 0.9, 1)], [(0, 0, 10, 10, 0)], [[0, 1, 0], [0, 0, 0], [0, 0, 0]], id="a stall taken for a parasol"),
        pytest.param([], [(0, 0, 10, 10, 0)], [[0, 1], [0, 0]], id="a stall taken for background"),
        pytest.param([(0, 0, 10, 10, 0.9, 0)], [], [[0, 0], [1, 0]], id="background taken for a stall"),
        pytest.param([(0, 0, 10, 10, 0.2, 0)], [(0, 0, 10, 10, 0)], [[0, 1], [0, 0]], id="below its threshold"),
        pytest.param([(0, 0, 10, 4, 0.9, 0)], [(0, 0, 10, 10, 0)], [[0, 1], [1, 0]], id="too far off"),
    ],
)
def test_what_is_taken_for_what(
    looked: Callable[..., Looked], found: list[tuple[float, ...]], labels: list[tuple[float, ...]], counts: list[list[int]]
) -> None:
    matrix = confusion([looked(found, labels)], NAMES, THRESHOLDS)
    assert matrix.counts.tolist() == counts


def test_the_closest_pair_comes_first() -> None:
    found = np.array([[0, 0, 10, 8], [0, 0, 10, 10]], np.float32)
    assert paired(found, np.array([[0, 0, 10, 10]], np.float32)) == [(1, 0)]
    assert paired(found[:0], found) == []


def test_mistakes_come_worst_first(looked: Callable[..., Looked]) -> None:
    pictures = [
        looked([(0, 0, 10, 10, 0.2, 0)], [(0, 0, 10, 10, 0), (100, 0, 160, 60, 0)], path=Path("a.jpg")),
        looked([(0, 0, 10, 10, 0.5, 0), (20, 0, 30, 10, 0.8, 1)], path=Path("b.jpg")),
    ]
    misses, alarms = mistakes(pictures, NAMES, THRESHOLDS)
    assert [(one.xyxy[0], round(one.score, 2)) for one in misses] == [(100.0, 0.0), (0.0, 0.2)]
    assert [(one.name, round(one.score, 2), one.path.name) for one in alarms] == [("parasol", 0.8, "b.jpg"), ("stall", 0.5, "b.jpg")]
