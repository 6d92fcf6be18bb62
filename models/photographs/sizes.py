"""The size set: every held-back photograph set into a 1080p street that is another origin's, so small that its largest box has a wanted short side.

A plan holds all choices and no pixel; it is a function of the fold and the seed. Positives are shrunk until the short side of the largest counted
box is the wanted size; one that is smaller than that by itself is left out at this size (`too_small`). Negatives take factors of the positives
of the same fold and size at random. What is larger than a zone after that is cut to the zone's size around a point that must stay (of the largest box, or
anywhere). Place and zone are drawn by the same code for both: the paste anywhere in the frame, then a zone half as wide and high that contains it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError
from models.photographs.boxes import moved
from models.photographs.folds import Fold
from models.photographs.manifest import PhotoBox, Photograph
from models.photographs.pasting import cover, paste, shrunk
from models.pictures import read_picture

SIZES_PX = (32, 64, 96, 160)
WIDTH_PX, HEIGHT_PX = 1920, 1080
ZONE_PX = (WIDTH_PX // 2, HEIGHT_PX // 2)
HOST_WIDTH_PX = 600
"""Narrower photographs are no host: blown up to 1080p they would be blur."""
JPEG_QUALITY = 85
LEAST_SIDE_PX = 8
"""A negative whose drawn factor would leave less of it is shrunk to this."""
FEATHER = 0.08
"""The blended rim as a share of the paste's short side, within the limits below."""
FEATHER_PX = (2.0, 24.0)
LEAST_VISIBLE = 0.4
"""A box that was cut to a smaller share of itself is dropped."""

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Pasted:
    """One picture of the set. Rectangles are left, top, right, bottom in pixels: `cut` of the shrunk photograph, `paste` and `zone` of the frame.

    `boxes` are in 0..1 of the frame; `positive` is the label.
    """

    name: str
    photograph: Photograph
    host: Photograph
    positive: bool
    size_px: int
    factor: float
    cut: Rectangle
    paste: Rectangle
    zone: Rectangle
    boxes: tuple[PhotoBox, ...]


def largest_side_px(photograph: Photograph) -> float:
    """Short side in pixels of the largest counted box.

    Raises:
        ValueError: it has none.
    """
    return _short_side(photograph, _largest(photograph))


def too_small(photographs: Sequence[Photograph], size_px: int) -> tuple[Photograph, ...]:
    """The positives that would have to be blown up for this size, and are left out of it."""
    return tuple(p for p in photographs if p.selling and largest_side_px(p) < size_px)


def plan(fold: Fold, sizes_px: Sequence[int] = SIZES_PX, *, seed: int = 0) -> tuple[Pasted, ...]:
    """Every held-back positive and negative of the fold at every size. Photographs with only parasols or `difficult` boxes are neither and stay out.

    Raises:
        TrainingError: the fold holds back no positives, or no negatives of two origins that are wide enough to be hosts.
    """
    hosts = [p for p in fold.held_back if p.empty and p.width >= HOST_WIDTH_PX]
    planned = []
    for size_px in sizes_px:
        left_out = set(too_small(fold.held_back, size_px))
        positives = [p for p in fold.held_back if p.selling and p not in left_out]
        factors = [size_px / largest_side_px(p) for p in positives]
        if not factors:
            raise TrainingError(f"fold {fold.number} holds back no photograph whose largest box is {size_px} px or more: it cannot be measured at that size")
        for photograph, factor in zip(positives, factors, strict=True):
            planned.append(_plan(fold, photograph, hosts, size_px, factor, Random(f"{seed} {size_px} {photograph.id}")))
        for photograph in (p for p in fold.held_back if p.empty):
            random = Random(f"{seed} {size_px} {photograph.id}")
            planned.append(_plan(fold, photograph, hosts, size_px, random.choice(factors), random))
    return tuple(planned)


def compose(pasted: Pasted) -> NDArray[np.uint8]:
    """The picture as it is before it is compressed, RGB (1080, 1920, 3).

    Raises:
        PictureError: a photograph cannot be read.
    """
    frame = cover(read_picture(pasted.host.path), WIDTH_PX, HEIGHT_PX)
    width, height = _shrunk_size(pasted.photograph, pasted.factor)
    x0, y0, x1, y1 = pasted.cut
    small = shrunk(read_picture(pasted.photograph.path), width, height)[y0:y1, x0:x1]
    feather_px = min(max(FEATHER * min(small.shape[:2]), FEATHER_PX[0]), FEATHER_PX[1])
    paste(frame, small, pasted.paste[0], pasted.paste[1], feather_px=feather_px)
    return frame


def write(planned: Sequence[Pasted], folder: Path) -> Iterator[tuple[Pasted, Path]]:
    """Writes each picture as JPEG, passes over those that are there, and yields plan and path; `sizes.jsonl` beside them tells zones, labels and boxes.

    Raises:
        PictureError: a photograph cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sizes.jsonl").open("w", encoding="utf-8") as index:
        for pasted in planned:
            path = folder / f"{pasted.name}.jpg"
            if not path.exists():
                unfinished = path.with_suffix(".part")
                done, data = cv2.imencode(".jpg", compose(pasted)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
                assert done
                unfinished.write_bytes(data.tobytes())
                unfinished.replace(path)
            index.write(json.dumps(row(pasted)) + "\n")
            yield pasted, path


def row(pasted: Pasted) -> dict[str, object]:
    """What the index says of a picture."""
    boxes = [{"class": box.name, "xyxy": [round(v, 5) for v in box.xyxy], "difficult": box.difficult, "group": box.group} for box in pasted.boxes]
    return {"image": f"{pasted.name}.jpg", "positive": pasted.positive, "size_px": pasted.size_px, "zone": pasted.zone, "paste": pasted.paste,
            "photograph": pasted.photograph.id, "origin": pasted.photograph.origin, "host": pasted.host.id, "factor": round(pasted.factor, 5),
            "boxes": boxes}  # fmt: skip


def _plan(fold: Fold, photograph: Photograph, hosts: Sequence[Photograph], size_px: int, factor: float, random: Random) -> Pasted:
    fitting = [h for h in hosts if h.origin != photograph.origin and (not h.repository or h.repository != photograph.repository)]
    if not fitting:
        raise TrainingError(f"fold {fold.number} holds back no negative of {HOST_WIDTH_PX} px or more that is of another origin than {photograph.id}")
    host = random.choice(fitting)
    width, height = _shrunk_size(photograph, factor)
    x, y = random.random(), random.random()
    if photograph.selling:
        x0, y0, x1, y1 = _largest(photograph).xyxy
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
    (left, right), (top, bottom) = _window(random, width, ZONE_PX[0], x), _window(random, height, ZONE_PX[1], y)
    at_x, at_y = random.randint(0, WIDTH_PX - (right - left)), random.randint(0, HEIGHT_PX - (bottom - top))
    here = (at_x, at_y, at_x + right - left, at_y + bottom - top)
    zone_x, zone_y = _zone_start(random, here[0], here[2], ZONE_PX[0], WIDTH_PX), _zone_start(random, here[1], here[3], ZONE_PX[1], HEIGHT_PX)
    zone = (zone_x, zone_y, zone_x + ZONE_PX[0], zone_y + ZONE_PX[1])
    boxes = moved(photograph.boxes, (width, height), (left, top, right, bottom), (at_x, at_y), (WIDTH_PX, HEIGHT_PX), LEAST_VISIBLE)
    name = f"fold{fold.number}_{size_px:03d}_{photograph.id}"
    return Pasted(name, photograph, host, photograph.selling, size_px, factor, (left, top, right, bottom), here, zone, boxes)


def _largest(photograph: Photograph) -> PhotoBox:
    if not photograph.counted:
        raise ValueError(f"{photograph.id} has no counted box")
    return max(photograph.counted, key=lambda box: (box.xyxy[2] - box.xyxy[0]) * (box.xyxy[3] - box.xyxy[1]))


def _short_side(photograph: Photograph, box: PhotoBox) -> float:
    x0, y0, x1, y1 = box.xyxy
    return min((x1 - x0) * photograph.width, (y1 - y0) * photograph.height)


def _shrunk_size(photograph: Photograph, factor: float) -> tuple[int, int]:
    return max(LEAST_SIDE_PX, round(photograph.width * factor)), max(LEAST_SIDE_PX, round(photograph.height * factor))


def _window(random: Random, length: int, limit: int, centre: float) -> tuple[int, int]:
    """A stretch of at most `limit` px out of `length`; `centre` (0..1) lies in its middle half where the ends leave room."""
    if length <= limit:
        return 0, length
    start = round(centre * length - limit * random.uniform(0.35, 0.65))
    start = min(max(start, 0), length - limit)
    return start, start + limit


def _zone_start(random: Random, low: int, high: int, zone: int, whole: int) -> int:
    """Where a zone may begin that lies in the frame and contains low..high."""
    return random.randint(max(0, high - zone), min(low, whole - zone))
