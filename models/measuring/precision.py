"""COCO-style average precision of a detector on labelled pictures, by class and by size.

Definition: per class, boxes of all pictures in order of score, each matched to the best free label of its picture at an IoU of at least t (greedy,
as pycocotools does); precision made monotone from the right and read at 101 recalls from 0 to 1; AP is the mean over t = 0.50, 0.55 … 0.95. By size,
labels outside the range do not count, nor do boxes that take one of them or, taking none, are outside the range themselves.

The 101 values are integrated as Ultralytics does (trapezoids, nothing at the last recall itself), so that figures can be laid beside `ultralytics val`:
a class that is found whole has 0.995. pycocotools takes their plain mean, which is up to half a point higher where labels are few; it is given beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.measuring.looked import Looked
from models.measuring.matching import IOUS, match
from models.measuring.origins import Interval, intervals
from models.measuring.sizes import ANY, AREAS, HEIGHTS, SizeRange

RECALLS = np.linspace(0, 1, 101)
MAX_BOXES = 100
"""Boxes counted a picture and class, best first; pycocotools' largest `maxDets`."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """All boxes of one class over the pictures, best score first.

    Attributes:
        scores: (n,) float32.
        hit, passed: (10, n) bool, as `Matched`.
        picture: (n,) int64, which picture each box is of.
        labels: (p,) int64, how many labels count in each picture.
    """

    scores: NDArray[np.float32]
    hit: NDArray[np.bool_]
    passed: NDArray[np.bool_]
    picture: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """Labels of one size: how many, AP over all IoUs, AP at IoU 0.5, and the share found at all at IoU 0.5."""

    labels: int
    ap: float
    ap50: float
    recall50: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: labels counted, AP over all IoUs, AP at IoU 0.5, the share of labels found at all at IoU 0.5; and the same by size, where there are any."""

    name: str
    labels: int
    ap: float
    ap50: float
    recall50: float
    by_size: Mapping[str, SizeFigures]


@dataclass(frozen=True, slots=True)
class Precision:
    """Figures of a set: each class that has labels, and the means over classes, also as pycocotools integrates, and by size."""

    classes: tuple[ClassFigures, ...]
    ap: float
    ap50: float
    pycocotools_ap: float
    pycocotools_ap50: float
    by_size: Mapping[str, SizeFigures]


def evaluate(pictures: Sequence[Looked], names: Sequence[str]) -> Precision:
    """Figures of every class that has labels, in the order of `names`."""
    ids = sorted({class_id for one in pictures for class_id in one.labels.class_ids.tolist()})
    found, plain = [], []
    for class_id in ids:
        one = tally(pictures, class_id)
        whole = _figures(one)
        by_size = {size.name: _figures(tally(pictures, class_id, size)) for size in (*AREAS, *HEIGHTS)}
        sized = {name: figures for name, figures in by_size.items() if figures.labels}
        found.append(ClassFigures(names[class_id], whole.labels, whole.ap, whole.ap50, whole.recall50, sized))
        plain.append([plain_mean(hit, whole.labels) for hit in one.hit])
    means = {size.name: _mean([one.by_size[size.name] for one in found if size.name in one.by_size]) for size in (*AREAS, *HEIGHTS)}
    return Precision(
        tuple(found), _share([one.ap for one in found]), _share([one.ap50 for one in found]), _share([float(np.mean(row)) for row in plain]),
        _share([row[0] for row in plain]), {name: one for name, one in means.items() if one.labels},
    )  # fmt: skip


def mean_intervals(pictures: Sequence[Looked], progress: Callable[[], None] = lambda: None) -> Mapping[str, Interval]:
    """95 % intervals of `ap` and `ap50`, the means over the classes that a draw has labels of, by resampling origins.

    Rare classes are missing in many draws, so with few labels the interval may lie a little beside the figure.
    """
    ids = sorted({class_id for one in pictures for class_id in one.labels.class_ids.tolist()})
    tallies = [tally(pictures, class_id) for class_id in ids]

    def means(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        progress()
        weights = np.bincount(chosen, minlength=len(pictures))
        rows = [aps(one, weights) for one in tallies if one.labels @ weights]
        if not rows:
            raise ValueError("no label was drawn")
        return {"ap": float(np.mean(rows)), "ap50": float(np.mean([row[0] for row in rows]))}

    return intervals([one.origin for one in pictures], means, times=200)


def tally(pictures: Sequence[Looked], class_id: int, size: SizeRange = ANY) -> Tally:
    """The boxes of one class, matched to the labels of that size."""
    scores, hits, passes, picture = [np.empty(0, np.float32)], [np.zeros((len(IOUS), 0), bool)], [np.zeros((len(IOUS), 0), bool)], [np.empty(0, np.int64)]
    labels = np.zeros(len(pictures), np.int64)
    for index, one in enumerate(pictures):
        true = one.labels.of(class_id)
        own = one.found[one.found.class_ids == class_id]
        if not len(true) and not len(own):
            continue
        own = own[np.argsort(-own.scores, kind="stable")[:MAX_BOXES]]
        counts = size.holds(true, one.height)
        matched = match(own.xyxy, true, counts=counts)
        outside = ~size.holds(own.xyxy, one.height)
        labels[index] = counts.sum()
        scores.append(own.scores)
        hits.append(matched.hit)
        passes.append(matched.passed | (~matched.hit & outside))
        picture.append(np.full(len(own), index, np.int64))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return Tally(np.concatenate(scores)[order], np.concatenate(hits, 1)[:, order], np.concatenate(passes, 1)[:, order], np.concatenate(picture)[order], labels)


def aps(one: Tally, weights: NDArray[np.int64] | None = None) -> list[float]:
    """Average precision at each IoU of `IOUS`; `weights` (p,) says how often each picture counts."""
    if weights is None:
        return [average_precision(hit[~passed], int(one.labels.sum())) for hit, passed in zip(one.hit, one.passed, strict=True)]
    times, labels = weights[one.picture], int(one.labels @ weights)
    return [average_precision(hit[~passed], labels, times[~passed]) for hit, passed in zip(one.hit, one.passed, strict=True)]


def average_precision(hit: NDArray[np.bool_], labels: int, times: NDArray[np.int64] | None = None) -> float:
    """Area under the precision-recall curve over 101 recalls; `hit` (n,) in order of falling score, each box counted `times` (n,) times."""
    return float(np.trapezoid(_precisions(hit, labels, times, "right", 0.0), RECALLS))


def plain_mean(hit: NDArray[np.bool_], labels: int) -> float:
    """The same as pycocotools takes it: the mean precision at 101 recalls; `hit` (n,) in order of falling score."""
    return float(np.mean(_precisions(hit, labels, None, "left", 1e-9)))


def _precisions(hit: NDArray[np.bool_], labels: int, times: NDArray[np.int64] | None, side: Literal["left", "right"], slack: float) -> NDArray[np.float64]:
    """Best precision from each recall of `RECALLS` on (101,); whether at a recall that is reached exactly the value before or after counts is the side."""
    count = np.ones(len(hit), np.int64) if times is None else times
    hit, count = hit[count > 0], count[count > 0]
    if not labels or not len(hit):
        return np.zeros(len(RECALLS))
    true = np.cumsum(hit * count)
    precision, recall = true / np.cumsum(count), true / labels
    best = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS - slack, side=side)
    return np.where(at < len(best), best[np.minimum(at, len(best) - 1)], 0.0)


def _figures(one: Tally) -> SizeFigures:
    labels = int(one.labels.sum())
    if not labels:
        return SizeFigures(0, 0.0, 0.0, 0.0)
    by_iou = aps(one)
    return SizeFigures(labels, float(np.mean(by_iou)), by_iou[0], float(one.hit[0].sum() / labels))


def _mean(figures: Sequence[SizeFigures]) -> SizeFigures:
    return SizeFigures(
        sum(one.labels for one in figures),
        _share([one.ap for one in figures]),
        _share([one.ap50 for one in figures]),
        _share([one.recall50 for one in figures]),
    )


def _share(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
