"""Figures of whole pictures: does the best score of a picture tell those with something to find from those without?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.measuring.looked import Looked


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


def roc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Points (k, 2) of the ROC curve from (0, 0) to (1, 1): share of negatives flagged, share of positives found; equal scores are one point.

    Raises:
        ValueError: only positives, or only negatives.
    """
    if positive.all() or not positive.any():
        raise ValueError("a ROC curve needs pictures of both kinds")
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    true, false = np.cumsum(positive[order])[last] / positive.sum(), np.cumsum(~positive[order])[last] / (~positive).sum()
    return np.column_stack([np.append(0.0, false), np.append(0.0, true)])


def picture_scores(pictures: Iterable[Looked], class_ids: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The best score of any of these classes in each picture (n,), and whether it holds a label of any of them (n,)."""
    scores, positive = [], []
    for one in pictures:
        scores.append(max(one.found.scores[np.isin(one.found.class_ids, class_ids)].tolist(), default=0.0))
        positive.append(bool(np.isin(one.labels.class_ids, class_ids).any()))
    return np.array(scores, np.float64), np.array(positive, np.bool_)


def rank_pictures(pictures: Iterable[Looked], class_ids: Sequence[int], *, flagged: float = 0.05) -> Ranking:
    """Ranks pictures by the best score of any of these classes; a picture with a label of any of them is a positive.

    Raises:
        ValueError: only positives, or only negatives.
    """
    return rank(*picture_scores(pictures, class_ids), flagged=flagged)
