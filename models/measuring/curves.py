"""The curves behind the figures: precision over recall by class, and how often a score comes true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.measuring.looked import Looked
from models.measuring.matching import match
from models.measuring.precision import Tally

Points = NDArray[np.float64]
MOST_POINTS = 300
"""Of a drawn curve; the eye sees no more."""


def precision_recall(one: Tally, row: int = 0) -> Points:
    """Recall and precision (k, 2) after each box in order of falling score, at the IoU `IOUS[row]`; precision as it is, not made monotone."""
    labels = int(one.labels.sum())
    hit = one.hit[row][~one.passed[row]]
    if not labels or not len(hit):
        return np.empty((0, 2))
    true = np.cumsum(hit)
    return thinned(np.column_stack([true / labels, true / np.arange(1, len(hit) + 1)]))


def thinned(points: Points, most: int = MOST_POINTS) -> Points:
    """At most so many points, first and last among them."""
    if len(points) <= most:
        return points
    return points[np.unique(np.linspace(0, len(points) - 1, most).round().astype(np.int64))]


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `low` to below `high`: how many, their mean, and the share that came true."""

    low: float
    high: float
    count: int
    score: float
    share: float


def reliability(scores: NDArray[np.float64], true: NDArray[np.bool_], bins: int = 10) -> tuple[Bin, ...]:
    """How often scores (n,) in each tenth of 0..1 came true (n,); empty bins are left out."""
    at = np.clip((scores * bins).astype(np.int64), 0, bins - 1)
    found = []
    for number in range(bins):
        inside = at == number
        if inside.any():
            found.append(Bin(number / bins, (number + 1) / bins, int(inside.sum()), float(scores[inside].mean()), float(true[inside].mean())))
    return tuple(found)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: mean distance of score and share, weighted by count (C. Guo et al., *On Calibration of Modern Neural Networks*, 2017)."""
    count = sum(one.count for one in bins)
    return sum(one.count * abs(one.score - one.share) for one in bins) / count if count else 0.0


def box_outcomes(pictures: Sequence[Looked], low: float = 0.05) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores (n,) of all boxes from `low` on, and whether each hits a label of its class at IoU 0.5 (n,)."""
    scores, true = [np.empty(0)], [np.empty(0, np.bool_)]
    for one in pictures:
        for class_id in set(one.found.class_ids.tolist()):
            own = one.found[(one.found.class_ids == class_id) & (one.found.scores >= low)]
            own = own[np.argsort(-own.scores, kind="stable")]
            scores.append(own.scores.astype(np.float64))
            true.append(match(own.xyxy, one.labels.of(class_id), ious=(0.5,)).hit[0])
    return np.concatenate(scores), np.concatenate(true)
