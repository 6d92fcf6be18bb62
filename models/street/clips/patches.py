"""Rectangles of a picture that are rendered anew: which go together, and how they are laid over what was there. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Rect = tuple[int, int, int, int]

CHANGED = (3.0, 9.0)
"""Difference in grey levels below which a pixel stays as it was, and above which it is the new one."""
FEATHER_PX = 6
OVERHEAD_PX = 4_000
"""What a rendering costs beside its pixels, in pixels: two rectangles are rendered as one where that is cheaper."""


def joined(rects: list[Rect]) -> list[Rect]:
    """Rectangles that are cheaper to render as one are made one."""
    out = list(rects)
    merged = True
    while merged:
        merged = False
        for i in range(len(out)):
            for j in range(i + 1, len(out)):
                both = (min(out[i][0], out[j][0]), min(out[i][1], out[j][1]), max(out[i][2], out[j][2]), max(out[i][3], out[j][3]))
                if _area(both) < _area(out[i]) + _area(out[j]) + OVERHEAD_PX:
                    out[i] = both
                    del out[j]
                    merged = True
                    break
            if merged:
                break
    return out


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def lay(picture: Pixels, part: Pixels, rect: Rect) -> None:
    """Puts a newly rendered rectangle (RGB) into the picture where it really changed something."""
    import cv2

    x0, y0, x1, y1 = rect
    part = part[: y1 - y0, : x1 - x0]
    h, w = part.shape[:2]
    old = picture[y0 : y0 + h, x0 : x0 + w]
    apart = np.abs(part.astype(np.float32) - old.astype(np.float32)).max(axis=2)
    apart = np.asarray(cv2.GaussianBlur(apart, (0, 0), 1.2), np.float32)
    weight = np.clip((apart - CHANGED[0]) / (CHANGED[1] - CHANGED[0]), 0, 1)
    weight = np.asarray(cv2.GaussianBlur(cv2.dilate(weight, np.ones((3, 3), np.uint8)), (0, 0), 0.8), np.float32)
    ramp_x = np.minimum(np.arange(w) if x0 > 0 else FEATHER_PX, np.arange(w)[::-1] if x0 + w < picture.shape[1] else FEATHER_PX)
    ramp_y = np.minimum(np.arange(h) if y0 > 0 else FEATHER_PX, np.arange(h)[::-1] if y0 + h < picture.shape[0] else FEATHER_PX)
    edge = np.minimum(1.0, np.minimum(np.broadcast_to(ramp_x, (h, w)), np.broadcast_to(ramp_y, (w, h)).T) / FEATHER_PX)
    weight = (np.clip(weight, 0, 1) * edge)[:, :, None].astype(np.float32)
    old[:] = np.asarray(np.clip(old * (1 - weight) + part * weight + 0.5, 0, 255), np.uint8)
