"""COCO-style average precision of a detector on labelled pictures, through the very session that serves.

Definition: per class, boxes of all pictures in order of score, each matched to the best free label of its picture at an IoU of at least t (greedy,
as pycocotools does); precision made monotone from the right and averaged at 101 recalls from 0 to 1; AP is the mean over t = 0.50, 0.55 … 0.95.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.overlap import pairwise_iou

IOUS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
RECALLS = np.linspace(0, 1, 101)
MAX_BOXES = 100
"""Boxes counted a picture, best first; pycocotools' largest `maxDets`."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What really is in a picture: boxes (n, 4) in pixels and class ids (n,) of the model."""

    xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: labels counted, AP over all IoUs, AP at IoU 0.5, and the share of labels found at all at IoU 0.5."""

    name: str
    labels: int
    ap: float
    ap50: float
    recall50: float


def evaluate(pictures: Iterable[tuple[Detections, Labels]], names: Sequence[str]) -> list[ClassFigures]:
    """Figures of every class that has labels, in the order of `names`."""
    scores: dict[int, list[NDArray[np.float32]]] = {}
    hits: dict[int, list[NDArray[np.bool_]]] = {}
    counts: dict[int, int] = {}
    for found, labels in pictures:
        found = found[np.argsort(-found.scores, kind="stable")[:MAX_BOXES]]
        for class_id in sorted(set(found.class_ids.tolist()) | set(labels.class_ids.tolist())):
            own = found[found.class_ids == class_id]
            true = labels.xyxy[labels.class_ids == class_id]
            counts[class_id] = counts.get(class_id, 0) + len(true)
            scores.setdefault(class_id, []).append(own.scores)
            hits.setdefault(class_id, []).append(match(own.xyxy, true))
    figures = []
    for class_id in sorted(class_id for class_id, count in counts.items() if count):
        order = np.argsort(-np.concatenate(scores[class_id]), kind="stable")
        hit = np.concatenate(hits[class_id], axis=1)[:, order]
        aps = [average_precision(row, counts[class_id]) for row in hit]
        recall = float(hit[0].sum() / counts[class_id])
        figures.append(ClassFigures(names[class_id], counts[class_id], float(np.mean(aps)), aps[0], recall))
    return figures


def match(found: NDArray[np.float32], true: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which boxes (n, 4), best score first, hit a label (m, 4) that no better box took: (10, n), a row for each IoU of `IOUS`."""
    hit = np.zeros((len(IOUS), len(found)), bool)
    if not len(found) or not len(true):
        return hit
    overlap = pairwise_iou(found, true)
    for row, iou in enumerate(IOUS):
        free = np.ones(len(true), bool)
        for i in range(len(found)):
            candidates = np.where(free, overlap[i], -1.0)
            best = int(candidates.argmax())
            if candidates[best] >= iou - 1e-9:
                free[best] = False
                hit[row, i] = True
    return hit


def average_precision(hit: NDArray[np.bool_], labels: int) -> float:
    """Area under the precision-recall curve at 101 recalls; `hit` (n,) in order of falling score."""
    if not labels or not len(hit):
        return 0.0
    true = np.cumsum(hit)
    precision = true / np.arange(1, len(hit) + 1)
    recall = true / labels
    best = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS - 1e-9, side="left")
    return float(np.mean(np.where(at < len(best), best[np.minimum(at, len(best) - 1)], 0.0)))
