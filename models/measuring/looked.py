"""A picture that was looked at: what the model found in it beside what is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What really is in a picture: boxes (n, 4) float32 in pixels and class ids (n,) int64 of the model."""

    xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]

    def of(self, class_id: int) -> NDArray[np.float32]:
        """The boxes (m, 4) of one class."""
        return np.asarray(self.xyxy[self.class_ids == class_id], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """One picture of a labelled set after the look.

    Attributes:
        path: of the picture.
        origin: data set, author or video that it comes from; intervals resample origins.
        width, height: in pixels.
        found: boxes in pixels of the picture, best first.
        labels: what is there, class ids of the same model.
    """

    path: Path
    origin: str
    width: int
    height: int
    found: Detections
    labels: Labels
