"""Setting one photograph into another: its edges blended over a rim, its brightness moved towards its surroundings where that is asked."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GAIN_LIMITS = (0.6, 1.6)
"""How far a colour channel is turned down or up at most."""


def shrunk(picture: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The picture (h, w, 3) at another size; by areas where it gets smaller."""
    smaller = width_px < picture.shape[1]
    return np.asarray(cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.uint8)


def cover(picture: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The middle of the picture, scaled so that it fills the frame (height_px, width_px, 3)."""
    height, width = picture.shape[:2]
    scale = max(width_px / width, height_px / height)
    scaled = shrunk(picture, max(width_px, round(width * scale)), max(height_px, round(height * scale)))
    top, left = (scaled.shape[0] - height_px) // 2, (scaled.shape[1] - width_px) // 2
    return np.ascontiguousarray(scaled[top : top + height_px, left : left + width_px])


def rim(width_px: int, height_px: int, feather_px: float) -> NDArray[np.float32]:
    """Weights (h, w, 1): 0 outside, 1 at `feather_px` from the edges inwards, a smooth step (3 t² - 2 t³) between."""
    across = np.minimum(np.arange(width_px) + 0.5, width_px - np.arange(width_px) - 0.5)
    down = np.minimum(np.arange(height_px) + 0.5, height_px - np.arange(height_px) - 0.5)
    steps = [np.clip(distance / max(feather_px, 0.5), 0, 1) for distance in (down, across)]
    smooth = [t * t * (3 - 2 * t) for t in steps]
    return np.asarray(smooth[0][:, None, None] * smooth[1][None, :, None], np.float32)


def paste(host: NDArray[np.uint8], picture: NDArray[np.uint8], left: int, top: int, *, feather_px: float, match: float = 0.0) -> None:
    """Sets `picture` into `host` (both (h, w, 3) uint8) in place, its upper left corner at (left, top), wholly inside.

    Args:
        feather_px: width of the blended rim.
        match: how far the means of its colours are moved towards those of what it covers, 0 to 1.
    """
    height, width = picture.shape[:2]
    under = host[top : top + height, left : left + width].astype(np.float32)
    over = picture.astype(np.float32)
    if match:
        gain = (under.mean(axis=(0, 1)) + 1) / (over.mean(axis=(0, 1)) + 1)
        over = np.clip(over * np.clip(gain, *GAIN_LIMITS) ** match, 0, 255)
    weight = rim(width, height, feather_px)
    host[top : top + height, left : left + width] = np.round(under + (over - under) * weight).astype(np.uint8)
