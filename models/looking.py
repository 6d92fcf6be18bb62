"""Looking at one whole still picture: fitted into the model's input, the boxes brought back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.cards import ModelCard
from models.detections import Detections
from models.pictures import letterbox
from models.session import Detector

UNKNOWN_THRESHOLD = 0.25
"""Ultralytics' default, for classes that no card knows."""


def look_at(detector: Detector, picture: NDArray[np.uint8], *, fitted: bool = False) -> Detections:
    """Boxes of one whole picture (h, w, 3) RGB, in pixels of the picture.

    Args:
        fitted: the input takes the picture's shape, with no more pixels than the detector's own. An upright photograph is twice as large in it.
    """
    height, width = picture.shape[:2]
    input_width, input_height = detector.fitted_size(width, height) if fitted else (detector.input_width_px, detector.input_height_px)
    inner, scale, left, top = letterbox(picture, input_width, input_height)
    found = detector.detect(inner[None])[0]
    xyxy = (found.xyxy - np.array([left, top, left, top], np.float32)) / np.float32(scale)
    xyxy = np.clip(xyxy, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)
    return Detections(xyxy, found.scores, found.class_ids, found.names)


def above_thresholds(found: Detections, card: ModelCard | None) -> Detections:
    """The boxes that reach their class's threshold in the model's card."""
    thresholds = card.score_thresholds if card else {}
    needed = np.array([thresholds.get(name, UNKNOWN_THRESHOLD) for name in found.classes()], np.float32)
    return found[found.scores >= needed]
