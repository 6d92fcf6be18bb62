"""The labels of the first street's pictures (`scenes`), by which the model of version 0.1 was trained; what is new uses `dataset` and `formats`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

MINIMUM_SIDE_PX = 8
MINIMUM_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture: boxes as (label, xyxy in 0..1, share that is visible, truncated)."""

    name: str
    seed: int
    weather: str
    boxes: tuple[tuple[str, tuple[float, float, float, float], float, bool], ...]


def boxes_of(street: Any, random: Random, width: int, height: int) -> Iterator[tuple[str, tuple[float, float, float, float], float, bool]]:
    """The visible extents of everything that was placed."""
    from models.street import shoot

    for label, thing in street.things:
        seen = shoot.visible(street.scene, thing, random)
        if seen is None or seen.share < MINIMUM_SHARE:
            continue
        x0, y0, x1, y1 = seen.xyxy
        if min((x1 - x0) * width, (y1 - y0) * height) >= MINIMUM_SIDE_PX:
            yield label, seen.xyxy, round(seen.share, 3), seen.truncated


def yolo_lines(picture: Picture) -> Iterator[str]:
    """The picture's boxes of the trained classes in YOLO text form: class, centre and size in 0..1."""
    from models.street.scenes import CLASSES

    for label, (x0, y0, x1, y1), _, _ in picture.boxes:
        if label in CLASSES:
            yield f"{CLASSES.index(label)} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n"
