"""What is taken for what: a confusion matrix with background, and the single mistakes, worst first.

A box and a label are paired where they overlap by at least a half, closest pair first, whatever their classes; a label without a box was taken for
background, a box without a label is background taken for something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.looking import UNKNOWN_THRESHOLD
from models.measuring.looked import Looked
from models.overlap import areas, pairwise_iou

PAIRED_IOU = 0.5
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts (k + 1, k + 1): rows what is there, columns what was said, the last of both background.

    Attributes:
        names: of the k classes that have labels or boxes.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label that was missed, or a box where nothing is.

    Attributes:
        path: of the picture.
        name: class of the label or box.
        xyxy: in pixels.
        score: of the false box; of a miss, the best score of any box of its class that overlaps it by a half, 0 where none does.
        share: of the picture's area.
    """

    path: Path
    name: str
    xyxy: Box
    score: float
    share: float


def confusion(pictures: Sequence[Looked], names: Sequence[str], thresholds: Mapping[str, float]) -> Confusion:
    """The matrix of boxes that reach their class's threshold; `names` are the model's classes."""
    full = np.zeros((len(names) + 1, len(names) + 1), np.int64)
    for one in pictures:
        found = reaching(one.found, thresholds)
        pairs = paired(found.xyxy, one.labels.xyxy)
        there, said = np.array([j for _, j in pairs], np.int64), np.array([i for i, _ in pairs], np.int64)
        np.add.at(full, (one.labels.class_ids[there], found.class_ids[said]), 1)
        full[:-1, -1] += np.bincount(np.delete(one.labels.class_ids, there), minlength=len(names))
        full[-1, :-1] += np.bincount(np.delete(found.class_ids, said), minlength=len(names))
    kept = np.append(np.flatnonzero(full.sum(0)[:-1] + full.sum(1)[:-1]), len(names))
    return Confusion(tuple(names[i] for i in kept[:-1]), full[np.ix_(kept, kept)])


def reaching(found: Detections, thresholds: Mapping[str, float]) -> Detections:
    """The boxes that reach their class's threshold."""
    needed = np.array([thresholds.get(name, UNKNOWN_THRESHOLD) for name in found.names], np.float32)
    return found[found.scores >= needed[found.class_ids]] if len(found) else found


def paired(found: NDArray[np.float32], true: NDArray[np.float32], iou: float = PAIRED_IOU) -> list[tuple[int, int]]:
    """Pairs (box, label) that overlap by at least `iou`, closest first, each used once."""
    if not len(found) or not len(true):
        return []
    overlap = pairwise_iou(found, true)
    pairs: list[tuple[int, int]] = []
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        i, j = divmod(int(flat), len(true))
        if overlap[i, j] < iou:
            break
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


def mistakes(pictures: Sequence[Looked], names: Sequence[str], thresholds: Mapping[str, float]) -> tuple[list[Mistake], list[Mistake]]:
    """Misses, the largest in their pictures first, and false alarms, the surest first; a box of another class makes a label missed."""
    misses: list[Mistake] = []
    alarms: list[Mistake] = []
    for one in pictures:
        found = reaching(one.found, thresholds)
        size = float(one.width * one.height)
        for class_id in sorted(set(one.labels.class_ids.tolist()) | set(found.class_ids.tolist())):
            own, true = found[found.class_ids == class_id], one.labels.of(class_id)
            pairs = paired(own.xyxy, true)
            lost = sorted(set(range(len(true))) - {j for _, j in pairs})
            extra = sorted(set(range(len(own))) - {i for i, _ in pairs})
            weak = one.found[one.found.class_ids == class_id]
            near = pairwise_iou(weak.xyxy, true) >= PAIRED_IOU
            misses += [
                Mistake(one.path, names[class_id], _box(true[j]), float(max(weak.scores[near[:, j]], default=0.0)), float(areas(true[j : j + 1])[0]) / size)
                for j in lost
            ]
            alarms += [Mistake(one.path, names[class_id], _box(own.xyxy[i]), float(own.scores[i]), float(areas(own.xyxy[i : i + 1])[0]) / size) for i in extra]
    return sorted(misses, key=lambda miss: -miss.share), sorted(alarms, key=lambda alarm: -alarm.score)


def _box(sides: NDArray[np.float32]) -> Box:
    x0, y0, x1, y1 = (float(side) for side in sides)
    return x0, y0, x1, y1
