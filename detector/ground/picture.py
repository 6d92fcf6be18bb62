"""A look's picture as the ground knows it: cells of about four pixels of the detector's crop, their brightness and colour.

160 cells across the crop: at 1080p, uncut, a cell is 12 pixels, a crate five cells. The crop is shrunk by a whole number, which costs 0.1 ms and not 0.5, and
letterboxes and what is left over at the right and below are cut off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import Box
from streams.decoding import DecodedCrop

CELLS_ACROSS, MOST_CELLS = 160, 128 * 128
Cells = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class GroundPicture:
    """What a look shows.

    Attributes:
        cells: luma and two colour differences (3, rows, columns) uint8, planes of Y, Cr, Cb.
        rectangle: what of the whole picture they show, in shares.
    """

    cells: Cells
    rectangle: Box

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.cells.shape[1], self.cells.shape[2]


def picture_of(crop: DecodedCrop, rectangle: Box, width_px: int, height_px: int) -> GroundPicture:
    """The cells of a look's crop, without the letterbox about it.

    Args:
        crop: RGB pixels (h, w, 3) of the crop and how they lie in the picture.
        rectangle: the crop as it was asked for, in shares of the picture.
        width_px, height_px: of the whole picture.
    """
    box = crop.letterbox
    high, wide = crop.pixels.shape[:2]
    top, left = int(box.pad_y), int(box.pad_x)
    across = min(wide - left, max(1, round((rectangle[2] - rectangle[0]) * width_px * box.scale)))
    down = min(high - top, max(1, round((rectangle[3] - rectangle[1]) * height_px * box.scale)))
    step = max(1, round(across / CELLS_ACROSS), math.ceil(math.sqrt(across * down / MOST_CELLS)))
    columns, rows = max(1, across // step), max(1, down // step)
    part = np.ascontiguousarray(crop.pixels[top : top + rows * step, left : left + columns * step])
    cells = np.stack(cv2.split(cv2.cvtColor(_shrunk(part, step), cv2.COLOR_RGB2YCrCb)))
    x0, y0 = box.origin_x / width_px, box.origin_y / height_px
    shown = (x0, y0, x0 + columns * step / box.scale / width_px, y0 + rows * step / box.scale / height_px)
    return GroundPicture(np.asarray(cells, np.uint8), shown)


def _shrunk(pixels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """The means over `step` by `step` pixels: by halves as long as that goes, which takes a third of the time."""
    while step > 1:
        by = 2 if step % 2 == 0 else step
        pixels = np.asarray(cv2.resize(pixels, (pixels.shape[1] // by, pixels.shape[0] // by), interpolation=cv2.INTER_AREA), np.uint8)
        step //= by
    return pixels


def spans(box: Box, rectangle: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of the cells that a box of the whole picture touches; empty slices where it lies outside."""
    rows, columns = shape
    return _span(box[1], box[3], rectangle[1], rectangle[3], rows), _span(box[0], box[2], rectangle[0], rectangle[2], columns)


def _span(begins: float, ends: float, first: float, last: float, count: int) -> slice:
    start = min(count, max(0, math.floor((begins - first) / (last - first) * count)))
    return slice(start, max(start, min(count, math.ceil((ends - first) / (last - first) * count))))


def covered(boxes: Iterable[Box], rectangle: Box, shape: tuple[int, int]) -> Mask:
    """The cells (rows, columns) that boxes of the whole picture touch."""
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[spans(box, rectangle, shape)] = True
    return mask


def polygons_covered(polygons: Iterable[Sequence[tuple[float, float]]], rectangle: Box, shape: tuple[int, int]) -> Mask:
    """The cells (rows, columns) that polygons of the whole picture touch, their borders included."""
    rows, columns = shape
    drawn = np.zeros(shape, np.uint8)
    wide, high = rectangle[2] - rectangle[0], rectangle[3] - rectangle[1]
    for polygon in polygons:
        corners = [((x - rectangle[0]) / wide * columns - 0.5, (y - rectangle[1]) / high * rows - 0.5) for x, y in polygon]
        cv2.fillPoly(drawn, [np.round(np.array(corners)).astype(np.int32)], 1)
    return np.asarray(drawn > 0)


def box_of(mask: Mask, rectangle: Box) -> Box:
    """The box of the whole picture round the cells of a mask that is not empty."""
    rows, columns = mask.shape
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    wide, high = rectangle[2] - rectangle[0], rectangle[3] - rectangle[1]
    return (
        round(rectangle[0] + float(xs[0]) / columns * wide, 5), round(rectangle[1] + float(ys[0]) / rows * high, 5),
        round(min(1.0, rectangle[0] + float(xs[-1] + 1) / columns * wide), 5), round(min(1.0, rectangle[1] + float(ys[-1] + 1) / rows * high), 5),
    )  # fmt: skip


def inner_box(mask: Mask, rectangle: Box) -> Box:
    """The same without the rim of a cell that edges add, where anything is left then."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return box_of(np.asarray(inner) if inner.any() else mask, rectangle)
