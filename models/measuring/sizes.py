"""Ranges of size by which figures are told apart: COCO's areas, and shares of the picture's height as a pole camera's things are spoken of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.overlap import areas


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Boxes of `low` up to `high`, both included as in pycocotools; areas in square pixels, heights as shares of the picture's."""

    name: str
    by: Literal["area", "height"]
    low: float
    high: float

    def holds(self, xyxy: NDArray[np.float32], picture_height: float) -> NDArray[np.bool_]:
        """Which boxes (n, 4) of a picture of this height, in the same unit, are in the range."""
        size = areas(xyxy) if self.by == "area" else np.clip(xyxy[:, 3] - xyxy[:, 1], 0, None) / picture_height
        return np.asarray((size >= self.low) & (size <= self.high), np.bool_)


ANY = SizeRange("all", "area", 0, math.inf)
AREAS = (SizeRange("small", "area", 0, 32**2), SizeRange("medium", "area", 32**2, 96**2), SizeRange("large", "area", 96**2, math.inf))
"""COCO's: below 32x32 pixels, up to 96x96, above."""
HEIGHTS = (
    SizeRange("height under 8 %", "height", 0, 0.08),
    SizeRange("height 8-15 %", "height", 0.08, 0.15),
    SizeRange("height 15-30 %", "height", 0.15, 0.30),
    SizeRange("height above 30 %", "height", 0.30, math.inf),
)
"""A pole camera's stall is 5 to 20 % of the picture's height."""
