"""What else the detector sees in a picture, as numbers: where people, tables, fruit and umbrellas come together, something is sold.

For each COCO class of the street the best score and the sum of the scores of all its boxes, from LEAST_SCORE on, as logarithms. The COCO head is not trained
by this project, so what it says of a photograph is worth the same whether other heads have seen it or not. A logistic regression over these numbers alone
told held-back photographs apart with AUC 0.86 (three folds by origin), nearly as well as ImageNet features do, and it errs elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.classes import COCO_STREET_CLASSES
from models.detections import Detections

LEAST_SCORE = 0.01
LENGTH = 2 * len(COCO_STREET_CLASSES)


def things_of_picture(found: Detections) -> NDArray[np.float32]:
    """(44,) float32 of all detections of a picture: log(best + 0.01) of each class, then log(1 + sum). A class that the detector lacks is never there."""
    best, total = np.zeros(len(COCO_STREET_CLASSES)), np.zeros(len(COCO_STREET_CLASSES))
    place = {found.names.index(name): i for i, name in enumerate(COCO_STREET_CLASSES) if name in found.names}
    for class_id, i in place.items():
        scores = found.scores[(found.class_ids == class_id) & (found.scores >= LEAST_SCORE)]
        best[i], total[i] = scores.max(initial=0.0), scores.sum()
    return np.concatenate([np.log(best + LEAST_SCORE), np.log1p(total)]).astype(np.float32)
