"""A still picture as a keyframe that was decoded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.decoding.values import LUMA_SHAPE, Crop, Decoded, DecodedCrop, Letterbox


def cut_still(picture: NDArray[np.uint8], crops: Sequence[Crop]) -> Decoded:
    """Rectangles of a picture (h, w, 3), at its own resolution, as a decoder gives them of a keyframe; without its luma, which is for what moves."""
    height, width = picture.shape[:2]
    made = []
    for one in crops:
        x0, y0, x1, y1 = round(one.x0 * width), round(one.y0 * height), round(one.x1 * width), round(one.y1 * height)
        made.append(DecodedCrop(np.ascontiguousarray(picture[y0:y1, x0:x1]), Letterbox(1.0, 0.0, 0.0, float(x0), float(y0))))
    return Decoded(width, height, tuple(made), np.zeros(LUMA_SHAPE, np.uint8), ())
