"""The picture that somebody on a camera's page is waiting for: the whole keyframe, small, with the boxes of its look."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.values import Thing
from detector.scene.lettering import write_label
from streams.decoding import Crop, Decoded, DecodedCrop

WIDTH_PX = 960
MAX_BYTES = 100_000
LABEL_PX = 13
QUALITIES = (80, 65, 50, 35, 20)
COLOURS = {"stall": (250, 90, 70), "goods_out": (250, 160, 40), "vendor_vehicle": (250, 90, 70), "parasol": (225, 130, 230), "person": (80, 215, 230)}
"""RGB; other classes are light."""
OTHER_COLOUR = (235, 235, 235)


def shown_crop(picture_size: tuple[int, int]) -> Crop:
    """The whole picture (width and height in pixels given) at the size that is sent."""
    width = min(WIDTH_PX, picture_size[0])
    return Crop(0.0, 0.0, 1.0, 1.0, width, max(2, round(picture_size[1] * width / picture_size[0])))


def shown_in(decoded: Decoded) -> DecodedCrop | None:
    """The crop among a picture's that `shown_crop` asked for; None where it was not."""
    wanted = shown_crop((decoded.width, decoded.height))
    return next((crop for crop in decoded.crops[1:] if crop.pixels.shape[:2] == (wanted.height_px, wanted.width_px)), None)


def last_look_jpeg(pixels: NDArray[np.uint8], things: Sequence[Thing]) -> bytes | None:
    """An RGB picture (h, w, 3) with boxes as a JPEG of at most 100 KB; None where even the coarsest is larger."""
    picture = np.ascontiguousarray(pixels).copy()
    height, width = picture.shape[:2]
    for thing in sorted(things, key=lambda one: one.score):
        colour = COLOURS.get(thing.label, OTHER_COLOUR)
        x0, y0, x1, y1 = (round(v * side) for v, side in zip(thing.xyxy, (width, height, width, height), strict=True))
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2)
        write_label(picture, f"{thing.label} {thing.score:.2f}", (x0 + x1) // 2, y0 - LABEL_PX, LABEL_PX, colour)
    picture = np.ascontiguousarray(picture[:, :, ::-1])
    for quality in QUALITIES:
        written, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if written and data.size <= MAX_BYTES:
            return data.tobytes()
    return None
