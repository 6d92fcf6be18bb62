"""A lens's distortion, done in 2D after rendering: the picture is bent and the points of the labels are bent with it.

The model is the division-free first radial term of Brown (1966), scaled so that the corners stay where they are: with r the distance from
the middle in half diagonals, a point of the bent picture at r shows what the straight picture has at `r (1 + k r²) / (1 + k)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEWTON_STEPS = 8


@dataclass(frozen=True, slots=True)
class Lens:
    """A lens by its radial term: 0 draws straight lines straight, 0.3 is a wide lens that bends them like a barrel."""

    k: float = 0.0

    def bend(self, points: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
        """Where points (n, 2) of the straight picture lie in the bent one; both in 0..1 from the top left, `aspect` is width by height.

        Points outside the picture stay outside.
        """
        if not self.k or not len(points):
            return np.asarray(points, np.float64).reshape(-1, 2).copy()
        scale = np.array([aspect, 1.0]) / (0.5 * np.hypot(aspect, 1.0))
        straight = (np.asarray(points, np.float64) - 0.5) * scale
        want = np.hypot(straight[:, 0], straight[:, 1]) * (1 + self.k)
        r = want / (1 + self.k)
        for _ in range(NEWTON_STEPS):
            r = r - (r + self.k * r**3 - want) / (1 + 3 * self.k * r**2)
        grown = np.divide(r * (1 + self.k), want, out=np.ones_like(r), where=want > 0)
        return np.asarray(straight * grown[:, None] / scale + 0.5)

    def picture(self, straight: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The bent picture (h, w, 3) of a straight one, of the same size."""
        import cv2

        if not self.k:
            return straight
        h, w = straight.shape[:2]
        half = 0.5 * float(np.hypot(w, h))
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        dx, dy = x + 0.5 - w / 2, y + 0.5 - h / 2
        grown = (1 + self.k * (dx * dx + dy * dy) / half**2) / (1 + self.k)
        map_x, map_y = (dx * grown + w / 2 - 0.5).astype(np.float32), (dy * grown + h / 2 - 0.5).astype(np.float32)
        return np.asarray(cv2.remap(straight, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)
