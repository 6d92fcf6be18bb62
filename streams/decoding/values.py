"""What is asked of a picture and what comes back: plain data, nothing of a decoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_PIXELS = 36_000_000
"""8K (7680x4320) is the most that street cameras send; a picture that claims more is broken or hostile."""
LUMA_SHAPE = (36, 64)
COARSE = 0.5
COARSE_BITS = 0.25
"""A pixel: a keyframe with fewer was compressed hard (3 Mb/s at 1080p give 0.6 and more), and is cheap to decode."""
GREY = 114
"""The letterbox's grey, as YOLO models were trained with."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the picture (0..1) and the size it is wanted in; without a size, native resolution."""

    x0: float
    y0: float
    x1: float
    y1: float
    width_px: int | None = None
    height_px: int | None = None

    def coarse(self, width: int, height: int) -> bool:
        """Whether a picture of this size is shrunk to less than half: then the edges of its blocks, which a decoder smooths at last, are not seen any more."""
        if self.width_px is None or self.height_px is None:
            return False
        return max(self.width_px / max(1.0, (self.x1 - self.x0) * width), self.height_px / max(1.0, (self.y1 - self.y0) * height)) < COARSE


WHOLE = Crop(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How pixels of a crop lie in the picture: picture = (crop - pad) / scale + origin."""

    scale: float
    pad_x: float
    pad_y: float
    origin_x: float
    origin_y: float

    def to_picture(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n, 4) of the crop as boxes of the picture, in pixels."""
        pad = np.array([self.pad_x, self.pad_y] * 2, np.float32)
        origin = np.array([self.origin_x, self.origin_y] * 2, np.float32)
        return np.asarray((xyxy - pad) / np.float32(self.scale) + origin, np.float32)


@dataclass(frozen=True, slots=True)
class DecodedCrop:
    """A crop's pixels, RGB (h, w, 3) uint8, and how they lie in the picture."""

    pixels: NDArray[np.uint8]
    letterbox: Letterbox


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was asked of a keyframe.

    Attributes:
        width, height: of the whole picture, in pixels.
        crops: in the order they were asked for.
        luma: (36, 64) uint8 of the first crop's rectangle (the whole picture without crops), for the change gate.
        damage: what speaks against the picture: gaps, the decoder's complaints, the look of it; empty when sound.
        whole: (36, 64) uint8, luma of the whole picture; None where nobody made one.
    """

    width: int
    height: int
    crops: tuple[DecodedCrop, ...]
    luma: NDArray[np.uint8]
    damage: tuple[str, ...]
    whole: NDArray[np.uint8] | None = None
