"""A contact sheet of labelled pictures, with or without their boxes: what one looks at before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.classes import STREET_CLASSES
from models.errors import StreetError
from models.street.assets.asset import LOOK_ALIKES
from models.street.formats import Picture

MARGIN_PX = 6
LINE_PX = 15
DETECTOR_RGB, LOOK_ALIKE_RGB = (60, 230, 80), (255, 150, 40)


def contact_sheet(folder: Path, pictures: Sequence[Picture], path: Path, *, columns: int = 4, width: int = 480, boxes: bool = True) -> None:
    """Writes a sheet of pictures from `folder`/images, `columns` wide, each `width` pixels across; the detector's boxes green, look-alikes orange.

    Raises:
        StreetError: there is no picture, or the sheet cannot be written.
    """
    import cv2

    if not pictures:
        raise StreetError(f"{folder} holds no pictures for a contact sheet: render some first")
    tiles = [_tile(folder, picture, width, boxes) for picture in pictures]
    high = max(len(tile) for tile in tiles)
    rows = math.ceil(len(tiles) / columns)
    sheet = np.full((rows * (high + MARGIN_PX) + MARGIN_PX, columns * (width + MARGIN_PX) + MARGIN_PX, 3), 24, np.uint8)
    for i, tile in enumerate(tiles):
        y, x = MARGIN_PX + (i // columns) * (high + MARGIN_PX), MARGIN_PX + (i % columns) * (width + MARGIN_PX)
        sheet[y : y + len(tile), x : x + width] = tile
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = cv2.imwrite(str(path), sheet[:, :, ::-1])
    except cv2.error:
        done = False
    if not done:
        raise StreetError(f"{path} cannot be written: its name must end in .jpg or .png, in a folder that can be written to")


def _tile(folder: Path, picture: Picture, width: int, boxes: bool) -> NDArray[np.uint8]:
    """One picture with its line of text below."""
    import cv2

    read = cv2.imread(str(folder / "images" / f"{picture.name}.jpg"), cv2.IMREAD_COLOR)
    if read is None:
        raise StreetError(f"{folder / 'images' / picture.name}.jpg is missing or broken: delete meta/{picture.name}.json and render again")
    height = round(width * picture.height / picture.width)
    shown = np.asarray(cv2.resize(read, (width, height), interpolation=cv2.INTER_AREA)[:, :, ::-1], np.uint8).copy()
    for box in picture.counted() if boxes else ():
        if box.label not in (*STREET_CLASSES, *LOOK_ALIKES):
            continue
        x0, y0, x1, y1 = (round(v * side) for v, side in zip(box.xyxy, (width, height) * 2, strict=True))
        paint = DETECTOR_RGB if box.label in STREET_CLASSES else LOOK_ALIKE_RGB
        cv2.rectangle(shown, (x0, y0), (x1, y1), paint, 1)
        text = box.label + (" covered" if box.covered else "") + (f" ({box.twin})" if box.twin else "")
        cv2.putText(shown, text, (x0 + 1, max(8, y0 - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.3, paint, 1, cv2.LINE_AA)
    line = np.full((LINE_PX, width, 3), 24, np.uint8)
    cv2.putText(line, f"{picture.name} {picture.weather} {picture.view}", (2, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (220, 220, 220), 1, cv2.LINE_AA)
    return np.concatenate([shown, line])
