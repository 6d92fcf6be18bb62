"""Contact sheets: pictures side by side with what was labelled and what was found, for people's eyes.

They show the pictures themselves, so they go where the caller says and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import EvaluationError
from models.pictures import letterbox, read_picture

LABELLED, HARD, FOUND, WEAK = (46, 160, 67), (150, 200, 150), (250, 130, 30), (250, 200, 140)
"""Colours (RGB) of a label, a label that does not count, a box that reaches the threshold, and one that does not."""
CAPTION_PX, RIM_GREY = 20, 242
JPEG_QUALITY = 82
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box on a picture: sides in pixels of the picture, colour as RGB, a few words (ASCII)."""

    xyxy: Box
    colour: tuple[int, int, int]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sheet with boxes and a caption (ASCII); `crop`, in pixels, shows only that part."""

    path: Path
    caption: str
    boxes: tuple[Drawn, ...] = ()
    crop: Box | None = None


def write_sheets(cells: Sequence[Cell], folder: Path, name: str, *, columns: int = 5, rows: int = 6, cell_px: tuple[int, int] = (320, 220)) -> Iterator[Path]:
    """Writes `<name>_1.jpg`, `<name>_2.jpg` … of `columns` x `rows` pictures each and yields each path as it is written.

    Raises:
        EvaluationError: a sheet cannot be written.
        PictureError: a picture cannot be read.
    """
    for number, start in enumerate(range(0, len(cells), columns * rows), start=1):
        part = cells[start : start + columns * rows]
        tiles = [draw_cell(cell, *cell_px) for cell in part]
        height, width = tiles[0].shape[:2]
        sheet = np.full((height * -(-len(tiles) // columns), width * min(columns, len(tiles)), 3), 255, np.uint8)
        for index, tile in enumerate(tiles):
            y, x = index // columns * height, index % columns * width
            sheet[y : y + height, x : x + width] = tile
        path = folder / f"{name}_{number}.jpg"
        write_jpeg(path, sheet)
        yield path


def draw_cell(cell: Cell, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The picture fitted into `width_px` x `height_px` with its boxes, over a line with the caption; a white rim of 4 px."""
    picture = read_picture(cell.path)
    left, top = 0, 0
    if cell.crop is not None:
        h, w = picture.shape[:2]
        left, top = max(0, min(w - 1, round(cell.crop[0]))), max(0, min(h - 1, round(cell.crop[1])))
        picture = np.ascontiguousarray(picture[top : max(top + 1, round(cell.crop[3])), left : max(left + 1, round(cell.crop[2]))])
    fitted, scale, dx, dy = letterbox(picture, width_px, height_px)
    rim = np.ones(fitted.shape[:2], bool)
    rim[round(dy) : round(dy) + round(picture.shape[0] * scale), round(dx) : round(dx) + round(picture.shape[1] * scale)] = False
    fitted[rim] = RIM_GREY
    for box in cell.boxes:
        x0, y0, x1, y1 = (round((side - shift) * scale + pad) for side, shift, pad in zip(box.xyxy, (left, top, left, top), (dx, dy, dx, dy), strict=True))
        cv2.rectangle(fitted, (x0, y0), (x1, y1), box.colour, 2)
        if box.text:
            _write(fitted, box.text, (max(2, x0 + 3), min(height_px - 4, max(12, y0 + 13))), box.colour, outlined=True)
    tile = np.full((height_px + CAPTION_PX + 8, width_px + 8, 3), 255, np.uint8)
    tile[4 : 4 + height_px, 4 : 4 + width_px] = fitted
    _write(tile, cell.caption[: width_px // 7], (5, height_px + CAPTION_PX), (40, 40, 40))
    return tile


def write_jpeg(path: Path, picture: NDArray[np.uint8]) -> None:
    """Writes an RGB picture (h, w, 3) as JPEG.

    Raises:
        EvaluationError: there is no such folder, or it cannot be written to.
    """
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise EvaluationError(f"{path}: a sheet of {picture.shape[1]}x{picture.shape[0]} cannot be made a JPEG: use fewer pictures")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}") from None


def _write(picture: NDArray[np.uint8], text: str, at: tuple[int, int], colour: tuple[int, int, int], *, outlined: bool = False) -> None:
    plain = text.encode("ascii", "replace").decode()
    if outlined:
        cv2.putText(picture, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
