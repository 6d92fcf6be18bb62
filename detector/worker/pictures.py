"""Derived pictures: what a person looks at, made of a held keyframe and never instead of it. Each comes with the recipe that made it.

The caption is Chinese and English where OpenCV brings a font for both, else its English part; ids at zones and lines are ASCII. Privacy masks of the view are
blacked out in every derived picture; the original keeps what the camera sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.values import Box
from detector.scene.lettering import letters_chinese, wrapped, write
from detector.worker.tools import Decode, decode_here
from evidence.model import Text
from evidence.views import ViewDocument, ZoneKind
from streams.decoding import WHOLE
from streams.media import AccessUnit

Pixels = NDArray[np.uint8]

QUALITY = 88
LOWER_QUALITIES = (80, 72, 64, 56, 48)
"""Tried in turn where a picture is too heavy; after them it is made smaller."""
MAX_BYTES = 400_000
MAX_WIDTH = 1920
"""Of a whole picture; a close-up keeps the camera's pixels."""
MARGIN = 0.15
"""Of the box's width and height, on each side of a close-up."""
SHRINK = 0.75
CAPTION_PX = (14, 32)
"""Least and largest size of a caption's letters."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
ZONE_COLOUR, LINE_COLOUR, BOX_COLOUR, INK = (255, 196, 0), (255, 64, 160), (230, 30, 30), (255, 255, 255)
"""RGB."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A derived picture and how it was made."""

    data: bytes
    recipe: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Marked:
    """A box to draw, with what the look said of it."""

    xyxy: Box
    label: str | None = None
    score: float | None = None


def pixels_of(unit: AccessUnit, view: ViewDocument, decode: Decode = decode_here) -> Pixels:
    """The keyframe's pixels, RGB (h, w, 3) at native resolution, privacy masks blacked out.

    Raises:
        DecodeError: it does not decode.
    """
    pixels = decode(view.camera_id, unit, [WHOLE]).crops[0].pixels
    for zone in view.zones:
        if zone.kind is ZoneKind.PRIVACY_MASK:
            cv2.fillPoly(pixels, [_points(zone.polygon, pixels)], (0, 0, 0))
    return pixels


def snapshot(pixels: Pixels, view: ViewDocument) -> Jpeg:
    """The whole picture."""
    small, scale = _fitted(pixels)
    return _encoded(small, {"made": "whole picture", "scale": scale, **_masks(view)})


def closeup(pixels: Pixels, view: ViewDocument, xyxy: Box) -> Jpeg:
    """The place at the camera's own resolution, with a margin."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = xyxy
    margin_x, margin_y = MARGIN * (right - left), MARGIN * (bottom - top)
    x0, y0 = min(max(0, int((left - margin_x) * width)), width - 2), min(max(0, int((top - margin_y) * height)), height - 2)
    x1, y1 = max(x0 + 2, min(width, round((right + margin_x) * width))), max(y0 + 2, min(height, round((bottom + margin_y) * height)))
    recipe = {"made": "close-up", "crop_px": [x0, y0, x1, y1], "margin": MARGIN, **_masks(view)}
    return _encoded(np.ascontiguousarray(pixels[y0:y1, x0:x1]), recipe)


def boxed(pixels: Pixels, view: ViewDocument, marked: Marked, caption: str) -> Jpeg:
    """The whole picture with the view's zones and lines, the act's box, and a caption in a strip of its own beneath."""
    small, scale = _fitted(pixels)
    drawn = small.copy()
    thick = max(1, round(drawn.shape[1] / 640))
    for zone in view.zones:
        if zone.kind not in (ZoneKind.PRIVACY_MASK, ZoneKind.WHOLE):
            cv2.polylines(drawn, [_points(zone.polygon, drawn)], True, ZONE_COLOUR, thick, cv2.LINE_AA)
            _write(drawn, zone.id, _points(zone.polygon, drawn)[0], thick, ZONE_COLOUR)
    for line in view.lines:
        cv2.polylines(drawn, [_points(line.points, drawn)], False, LINE_COLOUR, 2 * thick, cv2.LINE_AA)
        _write(drawn, line.id, _points(line.points, drawn)[0], thick, LINE_COLOUR)
    corners = _points((marked.xyxy[:2], marked.xyxy[2:]), drawn)
    cv2.rectangle(drawn, corners[0].tolist(), corners[1].tolist(), BOX_COLOUR, 2 * thick, cv2.LINE_AA)
    words = " ".join(part for part in (marked.label or "", "" if marked.score is None else f"{marked.score:.2f}") if part)
    _write(drawn, words, corners[0], thick, BOX_COLOUR)
    recipe = {
        "made": "whole picture with zones, lines, box and caption", "scale": scale, "xyxy": [round(float(value), 6) for value in marked.xyxy],
        "zones": [zone.id for zone in view.zones], "lines": [line.id for line in view.lines], "view_version": view.version,
        "caption": caption, **_masks(view),
    }  # fmt: skip
    if not letters_chinese():
        caption = " ".join(re.sub(r"[^\x20-\x7e]+", " ", caption).split())
        recipe |= {"caption": caption, "caption_note": "drawn in ASCII; the names in Chinese stand in the manifest"}
    return _encoded(_with_caption(drawn, caption), recipe)


def caption_of(camera: str, kind_id: str, kind_name: Text, at: datetime, time_zone: str) -> str:
    """Camera, kind in Chinese and English, and time in the view's time zone."""
    try:
        local = at.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        local, time_zone = at, "UTC" if at.utcoffset() is None else str(at.tzinfo)
    return f"{camera} | {kind_id} {kind_name.zh} {kind_name.en} | {local.isoformat(sep=' ', timespec='seconds')} {time_zone}"


def ascii_only(text: str) -> str:
    """The text with a question mark for each letter that cannot be drawn."""
    return text.encode("ascii", "replace").decode("ascii")


def _fitted(pixels: Pixels) -> tuple[Pixels, float]:
    height, width = pixels.shape[:2]
    if width <= MAX_WIDTH:
        return pixels, 1.0
    return _resized(pixels, MAX_WIDTH, round(height * MAX_WIDTH / width)), round(MAX_WIDTH / width, 6)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, (max(1, width), max(1, height)), interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(pixels: Pixels, recipe: dict[str, Any]) -> Jpeg:
    """As JPEG within the bound: first at the full quality, then at lower ones, then smaller."""
    shrunk = 1.0
    bgr = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
    while True:
        for quality in (QUALITY, *LOWER_QUALITIES):
            data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
            if len(data) <= MAX_BYTES or min(bgr.shape[:2]) < 64:
                size = {"width": bgr.shape[1], "height": bgr.shape[0], "jpeg_quality": quality}
                return Jpeg(data, {**recipe, **size, **({"shrunk": round(shrunk, 6)} if shrunk != 1.0 else {}), "opencv": cv2.__version__})
        shrunk *= SHRINK
        bgr = _resized(bgr, round(bgr.shape[1] * SHRINK), round(bgr.shape[0] * SHRINK))


def _points(points: Sequence[Sequence[float]], pixels: Pixels) -> NDArray[np.int32]:
    height, width = pixels.shape[:2]
    return np.asarray(np.rint(np.array(points, np.float64) * (width - 1, height - 1)), np.int32)


def _write(pixels: Pixels, text: str, at: NDArray[np.int32], thick: int, colour: tuple[int, int, int]) -> None:
    """Letters on a plate in the colour, inside the picture."""
    if not text:
        return
    scale = 0.35 + 0.15 * thick
    (width, height), base = cv2.getTextSize(ascii_only(text), FONT, scale, thick)
    x = min(max(0, int(at[0])), max(0, pixels.shape[1] - width - 4))
    y = min(max(height + base + 2, int(at[1])), pixels.shape[0] - 1)
    cv2.rectangle(pixels, (x, y - height - base - 2), (x + width + 4, y), colour, cv2.FILLED)
    ink = INK if sum(colour) < 400 else (0, 0, 0)
    cv2.putText(pixels, ascii_only(text), (x + 2, y - base), FONT, scale, ink, thick, cv2.LINE_AA)


def _with_caption(pixels: Pixels, caption: str) -> Pixels:
    """The picture over a dark strip with the caption, in as many lines as it needs."""
    width = pixels.shape[1]
    margin, size = round(0.02 * width), min(CAPTION_PX[1], max(CAPTION_PX[0], width // 55))
    lines = wrapped(caption, size, max(1, width - 2 * margin))
    step = round(1.4 * size)
    strip = np.full((step * len(lines) + size, width, 3), 24, np.uint8)
    for number, line in enumerate(lines):
        write(strip, line, margin, round(1.3 * size) + step * number, size, INK)
    return np.ascontiguousarray(np.vstack([pixels, strip]))


def _masks(view: ViewDocument) -> dict[str, Any]:
    masked = [zone.id for zone in view.zones if zone.kind is ZoneKind.PRIVACY_MASK]
    return {"blacked_out": masked} if masked else {}
