"""The picture that somebody on a camera's page is waiting for: the whole keyframe, small, with the boxes of its look."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.values import Thing
from streams.decoding import Crop

WIDTH_PX = 960
MAX_BYTES = 100_000
QUALITIES = (80, 65, 50, 35, 20)
COLOURS = {"stall": (40, 60, 230), "goods_out": (30, 140, 250), "vendor_vehicle": (40, 60, 230), "parasol": (200, 60, 160), "person": (220, 200, 60)}
"""BGR; other classes are light."""
OTHER_COLOUR = (235, 235, 235)


def shown_crop(picture_size: tuple[int, int]) -> Crop:
    """The whole picture (width and height in pixels given) at the size that is sent."""
    width = min(WIDTH_PX, picture_size[0])
    return Crop(0.0, 0.0, 1.0, 1.0, width, max(2, round(picture_size[1] * width / picture_size[0])))


def last_look_jpeg(pixels: NDArray[np.uint8], things: Sequence[Thing]) -> bytes | None:
    """An RGB picture (h, w, 3) with boxes as a JPEG of at most 100 KB; None where even the coarsest is larger."""
    picture = np.ascontiguousarray(pixels[:, :, ::-1])
    height, width = picture.shape[:2]
    for thing in sorted(things, key=lambda one: one.score):
        colour = COLOURS.get(thing.label, OTHER_COLOUR)
        x0, y0, x1, y1 = (round(v * side) for v, side in zip(thing.xyxy, (width, height, width, height), strict=True))
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2)
        label, at = f"{thing.label} {thing.score:.2f}", (x0 + 2, max(12, y0 - 4))
        for ink, thickness in (((0, 0, 0), 3), (colour, 1)):  # dark under light reads on any ground
            cv2.putText(picture, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, thickness, cv2.LINE_AA)
    for quality in QUALITIES:
        written, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if written and data.size <= MAX_BYTES:
            return data.tobytes()
    return None
