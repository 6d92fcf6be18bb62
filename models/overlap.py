"""Overlap of boxes and greedy suppression, in numpy: a raw head leaves some dozens of candidates, and a compiled routine would gain nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def areas(xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Areas (n,) of boxes (n, 4); a box turned inside out has none."""
    sides = np.clip(xyxy[:, 2:] - xyxy[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)


def pairwise_iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union (n, m) of boxes `a` (n, 4) with boxes `b` (m, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    shared = sides[..., 0] * sides[..., 1]
    union = areas(a)[:, None] + areas(b)[None] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), np.float32)


def suppress(xyxy: NDArray[np.float32], scores: NDArray[np.float32], class_ids: NDArray[np.int64], iou: float) -> NDArray[np.int64]:
    """Indices of the boxes that survive greedy suppression within each class, best score first."""
    order = np.argsort(-scores, kind="stable")
    overlap = pairwise_iou(xyxy[order], xyxy[order]) > iou
    overlap &= class_ids[order][:, None] == class_ids[order][None]
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1 :] &= ~overlap[i, i + 1 :]
    return np.asarray(order[alive], np.int64)
