"""What a verifier is shown of a picture: overlapping tiles, and each box with some surroundings; all as squares of one side.

Rectangles are left, top, right, bottom in pixels of the picture, as floats; a cut rounds them. Tiles are bent into the square, a box is cut with a square
about it, so that a thing keeps its shape wherever the picture leaves room. Boxes that lie together share a cut: eight proposals are often two things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rectangle = tuple[float, float, float, float]
SMALLEST_PX = 16
"""A cut is not smaller than this: there is nothing to see in fewer pixels."""
SAME_CUT_IOU = 0.7
"""Squares that overlap by this much show the same."""
MOST_CUTS = 6
"""So many squares of boxes are cut at most; what comes after is shown by the one that overlaps it most. It bounds the cost of a question."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A layout of overlapping tiles: `rows` x `columns` of `width` x `height` (shares of the picture), evenly spread from edge to edge.

    Tiles(2, 2, 0.5, 0.667)  # four of half the width and two thirds of the height
    """

    rows: int
    columns: int
    width: float
    height: float

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return self.rows * self.columns

    def rectangles(self, width_px: int, height_px: int) -> tuple[Rectangle, ...]:
        """The tiles of a picture of this size, row by row."""
        tile_width, tile_height = self.width * width_px, self.height * height_px
        lefts = _spread(self.columns, width_px - tile_width)
        tops = _spread(self.rows, height_px - tile_height)
        return tuple((left, top, left + tile_width, top + tile_height) for top in tops for left in lefts)


def _spread(count: int, room: float) -> tuple[float, ...]:
    return tuple(room * i / (count - 1) for i in range(count)) if count > 1 else (room / 2,)


def about(xyxy: Rectangle, context: float, width_px: int, height_px: int) -> Rectangle:
    """A square about a box with `context` times its longer side, moved into the picture; where it does not fit, cut to the picture."""
    x0, y0, x1, y1 = xyxy
    side = max(x1 - x0, y1 - y0, SMALLEST_PX / max(context, 1.0)) * context
    left, right = _within((x0 + x1) / 2, side, width_px)
    top, bottom = _within((y0 + y1) / 2, side, height_px)
    return left, top, right, bottom


def _within(centre: float, side: float, limit: int) -> tuple[float, float]:
    if side >= limit:
        return 0.0, float(limit)
    low = min(max(0.0, centre - side / 2), limit - side)
    return low, low + side


def gathered(squares: Sequence[Rectangle], most: int = MOST_CUTS) -> tuple[tuple[Rectangle, ...], tuple[int, ...]]:
    """The squares that are cut, and for each of `squares` the index of the one that shows it. The first come first."""
    kept: list[Rectangle] = []
    shown_by = []
    for square in squares:
        overlaps = [_iou(square, other) for other in kept]
        best = max(range(len(kept)), key=overlaps.__getitem__, default=-1)
        if best < 0 or (overlaps[best] < SAME_CUT_IOU and len(kept) < most):
            kept.append(square)
            best = len(kept) - 1
        shown_by.append(best)
    return tuple(kept), tuple(shown_by)


def _iou(a: Rectangle, b: Rectangle) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height)


def cut(picture: NDArray[np.uint8], rectangle: Rectangle, side_px: int) -> NDArray[np.uint8]:
    """The rectangle of a picture (h, w, 3) as a square (side_px, side_px, 3)."""
    height, width = picture.shape[:2]
    left, top = min(max(0, round(rectangle[0])), width - 1), min(max(0, round(rectangle[1])), height - 1)
    right, bottom = min(width, max(left + 1, round(rectangle[2]))), min(height, max(top + 1, round(rectangle[3])))
    part = picture[top:bottom, left:right]
    shrinks = (right - left) * (bottom - top) > side_px * side_px
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side_px, side_px), interpolation=interpolation), np.uint8)
