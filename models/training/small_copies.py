"""Small-and-far copies: photographs shrunk to a half and a third and set into other real streets of the same side.

A pole camera's stall is 5 to 20 % of the picture's height, and photographs show it larger. Pictures without anything boxed are shrunk and set in just as
those with, so that a pasted patch tells nothing; a part of them is cut to the boxes and some surroundings first, and rim, brightness, place and
compression vary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2

from models.photographs.boxes import moved
from models.photographs.manifest import PhotoBox, Photograph
from models.photographs.pasting import paste, shrunk
from models.pictures import read_picture

SCALES = {"half": 1 / 2, "third": 1 / 3}
"""Share of the host's width and height that the whole photograph is shrunk into."""
LONG_SIDE_PX = 960
"""Hosts are brought to this long side."""
LEAST_SIDE_PX = 9
"""Boxes with a shorter side are dropped: 6 px where the picture is looked at 640 px wide."""
CUT_SHARE = 0.4
"""Share of the copies for which the photograph is cut first."""
VERSION = 1
"""Part of each file's name: raise it when copies made before are not to be used again."""


@dataclass(frozen=True, slots=True)
class SmallCopy:
    """A copy that is to be made: all choices, no pixel. Rectangles are left, top, right, bottom in pixels; `boxes` in 0..1 of the host."""

    name: str
    photograph: Photograph
    host: Photograph
    host_size: tuple[int, int]
    size: tuple[int, int]
    cut: tuple[int, int, int, int]
    at: tuple[int, int]
    feather_px: float
    match: float
    quality: int
    boxes: tuple[PhotoBox, ...]


def plan_copies(photographs: Sequence[Photograph], share: float = 1.0) -> tuple[SmallCopy, ...]:
    """Copies at a half and at a third of a share of the photographs of one side; those for which the side has no host of the same folder are passed over.

    Hosts are pictures without boxes, of another origin and the same collection, so that what is boxed completely in one is so in the other.
    """
    hosts = [p for p in photographs if p.empty]
    copies = []
    for photograph in photographs:
        fitting = [h for h in hosts if h.collection == photograph.collection and h.origin != photograph.origin]
        for name, scale in SCALES.items():
            random = Random(f"{VERSION} {name} {photograph.collection} {photograph.id}")
            if random.random() < share and fitting:
                copies.append(_plan(photograph, random.choice(fitting), name, scale, random))
    return tuple(copies)


def make_copy(copy: SmallCopy, path: Path) -> None:
    """Writes the copy as JPEG; the file is there whole or not at all.

    Raises:
        PictureError: a photograph cannot be read.
    """
    frame = shrunk(read_picture(copy.host.path), *copy.host_size)
    left, top, right, bottom = copy.cut
    small = shrunk(read_picture(copy.photograph.path), *copy.size)[top:bottom, left:right]
    paste(frame, small, *copy.at, feather_px=copy.feather_px, match=copy.match)
    done, data = cv2.imencode(".jpg", frame[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, copy.quality])
    assert done
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(data.tobytes())
    unfinished.replace(path)


def _plan(photograph: Photograph, host: Photograph, name: str, scale: float, random: Random) -> SmallCopy:
    grown = LONG_SIDE_PX / max(host.width, host.height)
    frame = (round(host.width * grown), round(host.height * grown))
    factor = min(frame[0] * scale / photograph.width, frame[1] * scale / photograph.height)
    size = (max(8, round(photograph.width * factor)), max(8, round(photograph.height * factor)))
    cut = _cut(photograph, size, random) if random.random() < CUT_SHARE else (0, 0, *size)
    width, height = cut[2] - cut[0], cut[3] - cut[1]
    at = (random.randint(0, frame[0] - width), random.randint(0, frame[1] - height))
    boxes = moved(photograph.boxes, size, cut, at, frame, least_side_px=LEAST_SIDE_PX)
    digest = hashlib.sha256(f"{VERSION} {host.id} {photograph.boxes}".encode()).hexdigest()[:8]
    feather_px = random.uniform(0.02, 0.14) * min(width, height)
    file = f"{name}_{photograph.id}_{digest}"
    return SmallCopy(file, photograph, host, frame, size, cut, at, feather_px, random.uniform(0, 0.8), random.randint(60, 92), boxes)


def _cut(photograph: Photograph, size: tuple[int, int], random: Random) -> tuple[int, int, int, int]:
    """A part of the shrunk photograph: all its boxes with some of what surrounds them, or a piece of like extent where nothing is boxed."""
    if photograph.boxes:
        x0, y0 = min(box.xyxy[0] for box in photograph.boxes), min(box.xyxy[1] for box in photograph.boxes)
        x1, y1 = max(box.xyxy[2] for box in photograph.boxes), max(box.xyxy[3] for box in photograph.boxes)
    else:
        width, height = random.uniform(0.3, 0.8), random.uniform(0.3, 0.8)
        x0, y0 = random.uniform(0, 1 - width), random.uniform(0, 1 - height)
        x1, y1 = x0 + width, y0 + height
    margin = [random.uniform(0.1, 0.5) * extent for extent in (x1 - x0, y1 - y0, x1 - x0, y1 - y0)]
    left, top = int(max(0.0, x0 - margin[0]) * size[0]), int(max(0.0, y0 - margin[1]) * size[1])
    right, bottom = round(min(1.0, x1 + margin[2]) * size[0]), round(min(1.0, y1 + margin[3]) * size[1])
    return left, top, max(right, left + 8), max(bottom, top + 8)
