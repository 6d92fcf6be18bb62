"""Which boxes hit which labels, as pycocotools pairs them.

Boxes come best score first; each takes the free label that it overlaps most, if by at least t. A label that does not count (of another size, too hard
to judge) is only taken where none that counts is left, and the box is then neither a hit nor a false alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.overlap import pairwise_iou

IOUS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
"""The overlaps over which COCO averages."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What became of n boxes at each of t overlaps.

    Attributes:
        hit: (t, n) bool, the box took a label that counts.
        passed: (t, n) bool, the box took one that does not count.
    """

    hit: NDArray[np.bool_]
    passed: NDArray[np.bool_]


def match(found: NDArray[np.float32], true: NDArray[np.float32], *, counts: NDArray[np.bool_] | None = None, ious: Sequence[float] = IOUS) -> Matched:
    """Pairs boxes `found` (n, 4), best score first, with labels `true` (m, 4); `counts` (m,) says which labels count, by default all."""
    hit, passed = np.zeros((len(ious), len(found)), bool), np.zeros((len(ious), len(found)), bool)
    if not len(found) or not len(true):
        return Matched(hit, passed)
    counted = np.ones(len(true), bool) if counts is None else counts
    needed = np.asarray(ious) - 1e-6  # boxes are float32
    overlap = pairwise_iou(found, true)
    taken = np.zeros((len(ious), len(true)), bool)
    rows = np.arange(len(ious))
    for i in np.flatnonzero(overlap.max(1) >= needed.min()):
        free = np.where(taken, -1.0, overlap[i])
        first, second = np.where(counted, free, -1.0), np.where(counted, -1.0, free)
        best, other = first.argmax(1), second.argmax(1)
        hit[:, i] = first[rows, best] >= needed
        passed[:, i] = ~hit[:, i] & (second[rows, other] >= needed)
        chosen = np.where(hit[:, i], best, other)
        taken[rows, chosen] |= hit[:, i] | passed[:, i]
    return Matched(hit, passed)
