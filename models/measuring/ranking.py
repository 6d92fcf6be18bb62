"""Figures of whole pictures: does the best score of a picture tell those with something to find from those without?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.measuring.precision import Labels


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well scores tell pictures apart.

    Attributes:
        positives, negatives: how many pictures of each.
        auc: chance that a positive scores above a negative, ties half.
        threshold: the lowest score at which at most `flagged` of the negatives are flagged (a picture is flagged at or above it).
        recall: share of the positives that reach the threshold.
        flagged: share of the negatives that reach it.
    """

    positives: int
    negatives: int
    auc: float
    threshold: float
    recall: float
    flagged: float


def rank(scores: NDArray[np.float64], positive: NDArray[np.bool_], *, flagged: float = 0.05) -> Ranking:
    """Ranks pictures by score (n,) against the truth (n,).

    Raises:
        ValueError: only positives, or only negatives.
    """
    hits, misses = scores[positive], scores[~positive]
    if not len(hits) or not len(misses):
        raise ValueError("ranking needs pictures of both kinds")
    order = np.sort(misses)
    below = np.searchsorted(order, hits, "left")
    equal = np.searchsorted(order, hits, "right") - below
    auc = float((below + equal / 2).sum() / (len(hits) * len(misses)))
    allowed = int(flagged * len(misses))
    # The score of the first negative that must not be flagged any more; everything above it is.
    threshold = float(np.nextafter(order[len(misses) - allowed - 1], np.inf))
    return Ranking(len(hits), len(misses), auc, threshold, float((hits >= threshold).mean()), float((misses >= threshold).mean()))


def rank_pictures(pairs: Iterable[tuple[Detections, Labels]], class_ids: Sequence[int], *, flagged: float = 0.05) -> Ranking:
    """Ranks pictures by the best score of any of these classes; a picture with a label of any of them is a positive.

    Raises:
        ValueError: only positives, or only negatives.
    """
    scores, positive = [], []
    for found, labels in pairs:
        scores.append(max(found.scores[np.isin(found.class_ids, class_ids)].tolist(), default=0.0))
        positive.append(bool(np.isin(labels.class_ids, class_ids).any()))
    return rank(np.array(scores, np.float64), np.array(positive, np.bool_), flagged=flagged)
