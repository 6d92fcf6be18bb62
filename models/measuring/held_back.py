"""Figures on held-back photographs: whole pictures by their best box, and the boxes themselves.

A positive holds a box of selling that counts, a negative holds no box at all; pictures with parasols or boxes too hard to judge only are neither. A
picture's score is the highest of its boxes of selling, at most eight. Whether goods before a shop or a stall were said is not asked: place and attendance tell
them apart. A box of `group` wants IoU 0.3, others 0.5; a box that hits nothing but a `difficult` label is neither right nor wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classes import SELLING
from models.errors import EvaluationError
from models.measuring.origins import Interval, intervals
from models.measuring.ranking import Ranking, rank
from models.measuring.scores import ScoredPicture
from models.measuring.sizes import HEIGHTS
from models.overlap import pairwise_iou
from models.photographs import PhotoBox, Photograph

MOST_BOXES = 8
FLAGGED = 0.05
NEEDED_IOU, GROUP_IOU = 0.5, 0.3
TOLD_COVERED = 0.5
STREET_LEVEL = "street_level"
By = Callable[[ScoredPicture], NDArray[np.float32]]


def by_verified(one: ScoredPicture) -> NDArray[np.float32]:
    """The fused score of each box (n,).

    Raises:
        EvaluationError: no verifier was asked.
    """
    if not one.has_verified:
        raise EvaluationError(f"{one.image} was looked at without a verifier: use `curbwatch detect --json --verify`, or measure the detector alone")
    return one.verified


def by_detector(one: ScoredPicture) -> NDArray[np.float32]:
    """The detector's own score of each box (n,)."""
    return one.scores


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One photograph after the look, boxes best first.

    Attributes:
        score: the highest of its boxes, 0 where there is none.
        xyxy: (k, 4) in 0..1, at most eight boxes of selling.
        scores: (k,) float64 of the boxes.
        label: (k,) int64, index among the photograph's counted labels of the one that the box found, -1 where none.
        passed: (k,) bool, the box hit a `difficult` label only.
        covered: (k,) float32, probability that it is a closed or covered stall; NaN where nobody was asked.
    """

    photograph: Photograph
    score: float
    xyxy: NDArray[np.float32]
    scores: NDArray[np.float64]
    label: NDArray[np.int64]
    passed: NDArray[np.bool_]
    covered: NDArray[np.float32]

    def boxes(self, threshold: float) -> tuple[int, int, int]:
        """At a threshold: labels found, labels that count, boxes that count."""
        said = self.scores >= threshold
        return int((said & (self.label >= 0)).sum()), len(self.photograph.counted), int((said & ~self.passed).sum())


@dataclass(frozen=True, slots=True)
class HeightFigures:
    """Labels of one height: how many, and the share found."""

    labels: int
    recall: float


@dataclass(frozen=True, slots=True)
class CoveredFigures:
    """Closed and covered stalls: how many are labelled, how many were found, how many of these were told to be covered; and of the other stalls that were
    found, how many there are and how many were told to be covered wrongly.
    """

    labels: int
    found: int
    told: int
    others: int
    wrongly: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a set of photographs.

    Attributes:
        ranking: of whole pictures; its threshold is where at most 5 % of the negatives are flagged.
        left_out: pictures that are neither positive nor negative.
        box_recall: share of the labels that count that a box at or above the threshold found.
        box_precision: share of the boxes at or above the threshold, in positives, that found a label.
        by_height: box recall by the label's share of the picture's height.
        intervals: 95 %, by resampling origins: `auc`, `recall`, `box_recall`, `box_precision`.
    """

    ranking: Ranking
    left_out: int
    box_recall: float
    box_precision: float
    by_height: Mapping[str, HeightFigures]
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What a fixed threshold gives: pictures flagged rightly and wrongly, and the boxes."""

    threshold: float
    precision: float
    recall: float
    flagged: float
    box_recall: float
    box_precision: float


def judge(photographs: Sequence[Photograph], scored: Mapping[str, ScoredPicture], by: By = by_verified) -> list[Judged]:
    """Pairs each photograph with its line.

    Raises:
        EvaluationError: a photograph was not scored; the message names the first.
    """
    missing = [one.id for one in photographs if one.path.stem not in scored]
    if missing:
        raise EvaluationError(
            f"{len(missing)} of {len(photographs)} photographs were not scored, {missing[0]} first: run `curbwatch detect` on all of the fold"
        )
    return [_judge(one, scored[one.path.stem], by) for one in photographs]


def _judge(photograph: Photograph, scored: ScoredPicture, by: By) -> Judged:
    own = np.flatnonzero(np.isin(np.array(scored.classes, object), SELLING)) if scored.classes else np.empty(0, np.int64)
    own = own[np.argsort(-scored.scores[own], kind="stable")][:MOST_BOXES]
    scores = by(scored)[own].astype(np.float64)
    order = np.argsort(-scores, kind="stable")
    xyxy, scores = scored.xyxy[own][order], scores[order]
    hard = [box for box in photograph.boxes if box.difficult and box.name in SELLING]
    label, passed = pair(xyxy, photograph.counted, hard)
    covered = scored.covered[own][order] if len(scored.covered) else np.full(len(own), np.nan, np.float32)
    return Judged(photograph, float(scores[0]) if len(scores) else 0.0, xyxy, scores, label, passed, covered)


def pair(xyxy: NDArray[np.float32], counted: Sequence[PhotoBox], difficult: Sequence[PhotoBox]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For boxes (k, 4) best first: the label that each found (k,), -1 where none, and whether it hit a difficult one only (k,)."""
    label, passed = np.full(len(xyxy), -1, np.int64), np.zeros(len(xyxy), np.bool_)
    reached, hard = _reached(xyxy, counted), _reached(xyxy, difficult)
    free = np.ones(len(counted), bool)
    for i in range(len(xyxy)):
        candidates = np.where(free, reached[i], 0.0)
        if len(counted) and candidates.max() > 0:
            label[i] = int(candidates.argmax())
            free[label[i]] = False
        else:
            passed[i] = bool((hard[i] > 0).any())
    return label, passed


def _reached(xyxy: NDArray[np.float32], labels: Sequence[PhotoBox]) -> NDArray[np.float32]:
    """Overlap (k, m) of boxes and labels where it is enough, else 0."""
    overlap = pairwise_iou(xyxy, np.array([box.xyxy for box in labels], np.float32).reshape(-1, 4))
    needed = np.array([GROUP_IOU if box.group else NEEDED_IOU for box in labels], np.float32) - np.float32(1e-6)
    return np.where(overlap >= needed, overlap, np.float32(0))


def figures(judged: Sequence[Judged], *, flagged: float = FLAGGED, times: int = 1000) -> Figures:
    """Figures of these photographs; the threshold is theirs.

    Raises:
        EvaluationError: only positives, or only negatives.
    """
    told = [one for one in judged if one.photograph.selling or one.photograph.empty]
    scores = np.array([one.score for one in told])
    positive = np.array([one.photograph.selling for one in told], np.bool_)
    try:
        ranking = rank(scores, positive, flagged=flagged)
    except ValueError:
        raise EvaluationError(f"{int(positive.sum())} positives and {int((~positive).sum())} negatives: ranking needs both") from None

    def drawn(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        ranked = rank(scores[chosen], positive[chosen], flagged=flagged)
        recall, precision = box_figures([told[i] for i in chosen.tolist()], ranked.threshold)
        return {"auc": ranked.auc, "recall": ranked.recall, "box_recall": recall, "box_precision": precision}

    recall, precision = box_figures(told, ranking.threshold)
    found = intervals([one.photograph.origin for one in told], drawn, times=times)
    return Figures(ranking, len(judged) - len(told), recall, precision, by_height(told, ranking.threshold), found)


def box_figures(judged: Sequence[Judged], threshold: float) -> tuple[float, float]:
    """Recall and precision of boxes at or above a threshold, in positives."""
    rows = [one.boxes(threshold) for one in judged if one.photograph.selling]
    found, labels, said = (sum(column) for column in zip(*rows, strict=True)) if rows else (0, 0, 0)
    return found / labels if labels else 0.0, found / said if said else 0.0


def by_height(judged: Sequence[Judged], threshold: float) -> dict[str, HeightFigures]:
    """Share of the labels found by their share of the picture's height."""
    labels, found = {size.name: 0 for size in HEIGHTS}, {size.name: 0 for size in HEIGHTS}
    for one in judged:
        hit = set(one.label[(one.scores >= threshold) & (one.label >= 0)].tolist())
        for index, box in enumerate(one.photograph.counted):
            name = next(size.name for size in reversed(HEIGHTS) if box.height >= size.low)
            labels[name] += 1
            found[name] += index in hit
    return {name: HeightFigures(count, found[name] / count) for name, count in labels.items() if count}


def at_threshold(judged: Sequence[Judged], threshold: float) -> AtThreshold:
    """Figures at a threshold that was fixed before, as a shipped one."""
    positives = [one.score >= threshold for one in judged if one.photograph.selling]
    negatives = [one.score >= threshold for one in judged if one.photograph.empty]
    recall, precision = box_figures(judged, threshold)
    said = sum(positives) + sum(negatives)
    return AtThreshold(
        threshold, sum(positives) / said if said else 0.0, _share(positives), _share(negatives), recall, precision,
    )  # fmt: skip


def elevated(judged: Sequence[Judged]) -> list[Judged]:
    """Those seen from above head height."""
    return [one for one in judged if one.photograph.view != STREET_LEVEL]


def covered_figures(judged: Sequence[Judged], threshold: float) -> CoveredFigures | None:
    """What became of closed and covered stalls at a threshold; None where none is labelled."""
    labels = sum(box.covered for one in judged for box in one.photograph.counted)
    told: dict[bool, list[bool]] = {True: [], False: []}
    for one in judged:
        for i in np.flatnonzero((one.scores >= threshold) & (one.label >= 0)).tolist():
            told[one.photograph.counted[one.label[i]].covered].append(bool(one.covered[i] >= TOLD_COVERED))
    return CoveredFigures(labels, len(told[True]), sum(told[True]), len(told[False]), sum(told[False])) if labels else None


def misses(judged: Sequence[Judged], threshold: float) -> list[Judged]:
    """Positives below the threshold, the lowest first."""
    return sorted((one for one in judged if one.photograph.selling and one.score < threshold), key=lambda one: one.score)


def false_alarms(judged: Sequence[Judged], threshold: float) -> list[Judged]:
    """Negatives at or above the threshold, the highest first."""
    return sorted((one for one in judged if one.photograph.empty and one.score >= threshold), key=lambda one: -one.score)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
