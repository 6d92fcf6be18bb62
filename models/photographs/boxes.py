"""Boxes that go along when a photograph is shrunk, cut and set into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.photographs.manifest import PhotoBox


def moved(
    boxes: Sequence[PhotoBox],
    size: tuple[int, int],
    cut: tuple[int, int, int, int],
    at: tuple[int, int],
    frame: tuple[int, int],
    least_visible: float = 0.4,
    least_side_px: float = 0.0,
) -> tuple[PhotoBox, ...]:
    """The boxes of a photograph in 0..1 of the frame that it was set into.

    Args:
        size: width and height of the shrunk photograph in pixels.
        cut: left, top, right, bottom of what was taken of it.
        at: where the cut's upper left corner lies in the frame.
        frame: width and height of the frame.
        least_visible: a box of which the cut left a smaller share is dropped.
        least_side_px: a box with a side shorter than this in the frame is dropped.
    """
    kept = []
    for box in boxes:
        x0, y0, x1, y1 = box.xyxy[0] * size[0], box.xyxy[1] * size[1], box.xyxy[2] * size[0], box.xyxy[3] * size[1]
        left, top, right, bottom = max(x0, cut[0]), max(y0, cut[1]), min(x1, cut[2]), min(y1, cut[3])
        if right <= left or bottom <= top or (right - left) * (bottom - top) < least_visible * (x1 - x0) * (y1 - y0):
            continue
        if min(right - left, bottom - top) < least_side_px:
            continue
        dx, dy = at[0] - cut[0], at[1] - cut[1]
        xyxy = ((left + dx) / frame[0], (top + dy) / frame[1], (right + dx) / frame[0], (bottom + dy) / frame[1])
        kept.append(replace(box, xyxy=xyxy))
    return tuple(kept)
