"""Text on pictures, Chinese and English, without a font file: OpenCV 5 brings one that has both; an older OpenCV writes what of it is ASCII."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]


@cache
def _font() -> Any:
    return cv2.FontFace("uni") if hasattr(cv2, "FontFace") else None


def letters_chinese() -> bool:
    """Whether Chinese can be written."""
    return _font() is not None


def text_width(text: str, size_px: int) -> int:
    """Width of a line of text in pixels."""
    if _font() is None:
        (width, _), _ = cv2.getTextSize(_plain(text), cv2.FONT_HERSHEY_SIMPLEX, size_px / 30, 1)
        return int(width)
    return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px)[2])


def write(picture: NDArray[np.uint8], text: str, x: int, baseline: int, size_px: int, colour: Colour) -> None:
    """Writes a line of text into an RGB picture, in place."""
    if _font() is None:
        cv2.putText(picture, _plain(text), (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, size_px / 30, colour, 1, cv2.LINE_AA)
    else:
        cv2.putText(picture, text, (x, baseline), colour, _font(), size_px)


def write_label(picture: NDArray[np.uint8], text: str, x: int, y: int, size_px: int, colour: Colour) -> None:
    """Writes a line of text centred on (x, y) on a dark plate of its own, kept within the picture."""
    width, pad = text_width(text, size_px), size_px // 3
    height = size_px + pad
    left = max(0, min(x - width // 2 - pad, picture.shape[1] - width - 2 * pad))
    top = max(0, min(y - height // 2, picture.shape[0] - height))
    plate = picture[top : top + height, left : left + width + 2 * pad]
    plate[:] = (plate * 0.25).astype(np.uint8)
    write(picture, text, left + pad, top + size_px, size_px, colour)


def wrapped(text: str, size_px: int, width_px: int) -> list[str]:
    """The text in lines of at most `width_px`, broken at spaces where there are some; Chinese may break anywhere."""
    lines, rest = [], text
    while rest and text_width(rest, size_px) > width_px:
        room = next(count for count in range(len(rest) - 1, 0, -1) if count == 1 or text_width(rest[:count], size_px) <= width_px)
        space = rest.rfind(" ", room // 2, room + 1)
        cut = space if space > 0 else room
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, rest] if rest else lines


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()
