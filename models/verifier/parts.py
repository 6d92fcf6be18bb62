"""The parts rule: somebody, something that gives shade, and a table or goods, close together. That they stay is told by the worker's stays.

It asks the COCO classes of the same look, which no photograph of stalls has trained, so it fails in other ways than the detector does. Within a box
and its surroundings the best score of each group is taken; a table and goods are one group, since either makes a stall. Two groups of three
make half of the voice, all three the whole: a lone person or a lone umbrella is a street.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections

PEOPLE = ("person",)
SHADE = ("umbrella", "parasol")
WARES = (
    "dining table", "bench", "chair", "bottle", "cup", "bowl", "banana", "apple", "orange", "broccoli", "carrot",
    "handbag", "backpack", "suitcase", "potted plant",
)  # fmt: skip
GROUPS = (PEOPLE, SHADE, WARES)
REACH = 0.5
"""Of a box's sides that its surroundings reach beyond it, on each side."""


def parts_share(boxes: NDArray[np.float32], found: Detections, reach: float = REACH) -> NDArray[np.float32]:
    """How much of a stall's parts lie in and about each box (n, 4): (n,) float32 in 0..1.

    Args:
        found: all detections of the same picture, in the same pixels.
    """
    groups = group_scores(boxes, found, reach)
    pairs = groups[:, 0] * groups[:, 1] + groups[:, 0] * groups[:, 2] + groups[:, 1] * groups[:, 2]
    return np.asarray((pairs + 3 * groups.prod(1)) / 6, np.float32)


def group_scores(boxes: NDArray[np.float32], found: Detections, reach: float = REACH) -> NDArray[np.float32]:
    """The best score of each group of GROUPS in and about each box (n, 4): (n, 3) float32. A part counts where its centre lies there."""
    scores = np.zeros((len(boxes), len(GROUPS)), np.float32)
    if not len(boxes):
        return scores
    margin = (boxes[:, 2:] - boxes[:, :2]) * np.float32(reach)
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    for group, names in enumerate(GROUPS):
        parts = found.of(*names)
        if len(parts):
            centres = (parts.xyxy[:, :2] + parts.xyxy[:, 2:]) / 2
            inside = ((centres[None] >= low[:, None]) & (centres[None] <= high[:, None])).all(2)
            scores[:, group] = (inside * parts.scores[None]).max(1)
    return scores
