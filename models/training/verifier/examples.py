"""Crops with what they show: what sells, what only looks like it, and the street; from photographs by manifest and from rendered pictures.

Photographs have boxes of what sells, and a reason where they only look so; the reason names a look-alike by a word, and what the detector proposes in such a
picture is taken for it. Rendered pictures have boxes of look-alikes too (`meta/*.json`). What is told apart is what the detector proposes, so its own
false proposals are the negatives that count; some places at random are added, since a detector that saw a picture proposes little in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.classes import SELLING, STREET_CLASSES
from models.detections import Detections
from models.errors import TrainingError
from models.overlap import pairwise_iou
from models.photographs import Photograph
from models.pictures import claimed_size
from models.verifier.crops import Rectangle
from models.verifier.network import LOOK_ALIKES, OTHER
from models.verifier.verifier import askable

REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("unloading", ("delivery", "unload", "lorry", "removal")),
    ("bus_shelter", ("bus shelter", "bus-shelter", "bus stop", "bus-stop")),
    ("construction", ("construction", "scaffold", "road works", "roadworks", "barrier", "work van")),
    ("cleaning_cart", ("rubbish cart", "cleaning", "sweeper", "wheelie")),
    ("parked_tricycle", ("rickshaw", "tricycle", "cyclo", "auto at", "auto roof", "tuk-tuk", "jeepney")),
    ("courier", ("carrying a crate", "courier", "loaded bicycle")),
    ("rider", ("scooter", "motorbike", "cyclist", "rider", "bicycles")),
    ("umbrella_queue", ("umbrella", "queue")),
    ("planter", ("plant", "flower", "shrub")),
    ("flag", ("flag", "lantern", "bunting")),
)
"""Look-alike → words of a reason that mean it; the first that fits decides."""
PROPOSALS_OF_NEGATIVE = 6
RANDOM_OF_NEGATIVE = 3
JITTERED = 2
LEAST_VISIBLE = 0.25
LEAST_SIDE_PX = 20
RIGHT_IOU, WRONG_IOU = 0.5, 0.2
"""A proposal that overlaps something selling by so much shows it; by so little, it shows the street; between them it is left out."""


@dataclass(frozen=True, slots=True)
class Example:
    """A crop to learn from: the picture, the box in shares of it (0..1), and what it shows."""

    path: Path
    box: Rectangle
    size: tuple[int, int]
    look: str
    covered: bool = False


Proposals = Callable[[Path], Detections]
"""The detector's boxes of a picture, in pixels, best first."""


def look_alike_of(reason: str | None) -> str:
    """The look-alike that a negative's reason names, `other` where it names none."""
    text = (reason or "").lower()
    return next((name for name, words in REASONS if any(word in text for word in words)), OTHER)


def examples_of(photographs: Sequence[Photograph], proposals: Proposals, *, seed: int = 0) -> Iterator[Example]:
    """The crops of photographs: boxes of what sells (also jittered, and what the detector proposes for them), and what does not sell."""
    for photograph in photographs:
        random = Random(f"{seed} {photograph.id}")
        found = proposals(photograph.path)
        size = (photograph.width, photograph.height)
        chosen = np.asarray(found[askable(found, most=PROPOSALS_OF_NEGATIVE)].xyxy / np.array([*size, *size], np.float32), np.float32)
        selling = [box for box in photograph.boxes if box.name in SELLING]
        for box in selling:
            yield Example(photograph.path, box.xyxy, size, box.name, box.covered)
            for _ in range(JITTERED):
                yield Example(photograph.path, jittered(box.xyxy, random), size, box.name, box.covered)
        for box in photograph.boxes:
            if box.name not in SELLING and box.name != "parasol":
                yield Example(photograph.path, box.xyxy, size, OTHER)
        if selling:
            truth = np.array([box.xyxy for box in selling], np.float32)
            overlap = pairwise_iou(chosen, truth)
            for row, one in zip(overlap, chosen, strict=True):
                best = int(row.argmax())
                if row[best] >= RIGHT_IOU:
                    yield Example(photograph.path, _rectangle(one), size, selling[best].name, selling[best].covered)
                elif row[best] < WRONG_IOU and photograph.collection != "street_kinds" and not _holds(one, truth):
                    yield Example(photograph.path, _rectangle(one), size, OTHER)
        elif photograph.empty:
            look = look_alike_of(photograph.hard_negative)
            for i, one in enumerate(chosen):
                yield Example(photograph.path, _rectangle(one), size, look if i < 2 else OTHER)
            for _ in range(RANDOM_OF_NEGATIVE):
                yield Example(photograph.path, anywhere(random), size, OTHER)


def rendered_examples(folder: Path) -> Iterator[Example]:
    """The crops of a rendered folder (images/, meta/): boxes of what sells and of look-alikes; the detector's other classes
    show the street. What is hardly visible or smaller than 20 px teaches nothing.

    Raises:
        TrainingError: a picture without its meta file's form.
    """
    for path in sorted((folder / "images").glob("*.jpg")):
        meta = folder / "meta" / f"{path.stem}.json"
        if not meta.exists():
            continue
        with path.open("rb") as file:
            size = claimed_size(file.read(65536))
        try:
            entries = json.loads(meta.read_text(encoding="utf-8"))["boxes"]
            boxes = [_rendered_box(entry) for entry in entries]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise TrainingError(f"{meta} is not what `curbwatch street dataset` writes: {type(error).__name__} {error}") from None
        if size is None:
            raise TrainingError(f"{path} is no JPEG whose size can be read: render it anew")
        for label, box, covered, visible in boxes:
            if visible < LEAST_VISIBLE or min((box[2] - box[0]) * size[0], (box[3] - box[1]) * size[1]) < LEAST_SIDE_PX:
                continue
            if label in SELLING or label in LOOK_ALIKES:
                yield Example(path, box, size, label, covered)
            elif label in STREET_CLASSES and label != "parasol":  # COCO's classes and parasols are parts of stalls too
                yield Example(path, box, size, OTHER)


def _rendered_box(entry: object) -> tuple[str, Rectangle, bool, float]:
    if isinstance(entry, dict):
        x0, y0, x1, y1 = (float(v) for v in entry["xyxy"])
        return str(entry["label"]), (x0, y0, x1, y1), bool(entry.get("covered", False)), float(entry.get("visible", 1.0))
    if not isinstance(entry, list) or len(entry) < 2:
        raise TypeError(f"{entry!r} is no label and box")
    x0, y0, x1, y1 = (float(v) for v in entry[1])
    return str(entry[0]), (x0, y0, x1, y1), False, float(entry[2]) if len(entry) > 2 else 1.0


def jittered(xyxy: Rectangle, random: Random) -> Rectangle:
    """A box as a detector might have drawn it: moved by up to 12 % of its sides, 0.8 to 1.25 times as large."""
    x0, y0, x1, y1 = xyxy
    width, height = x1 - x0, y1 - y0
    cx = (x0 + x1) / 2 + width * random.uniform(-0.12, 0.12)
    cy = (y0 + y1) / 2 + height * random.uniform(-0.12, 0.12)
    half_width, half_height = width * random.uniform(0.8, 1.25) / 2, height * random.uniform(0.8, 1.25) / 2
    return max(0.0, cx - half_width), max(0.0, cy - half_height), min(1.0, cx + half_width), min(1.0, cy + half_height)


def anywhere(random: Random) -> Rectangle:
    """A box at random, of a size that stalls have in photographs: 8 to 60 % of the picture's height."""
    height = random.uniform(0.08, 0.6)
    width = min(0.9, height * random.uniform(0.5, 1.8))
    left, top = random.uniform(0, 1 - width), random.uniform(0.2 * (1 - height), 1 - height)
    return left, top, left + width, top + height


def _holds(box: NDArray[np.float32], truth: NDArray[np.float32]) -> bool:
    """Whether most of the box lies in something selling, or most of that in the box: then it is no street."""
    low, high = np.maximum(box[:2], truth[:, :2]), np.minimum(box[2:], truth[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    own, others = (box[2:] - box[:2]).prod(), (truth[:, 2:] - truth[:, :2]).prod(1)
    return bool((shared > 0.5 * np.minimum(own, others)).any())


def _rectangle(xyxy: NDArray[np.float32]) -> Rectangle:
    x0, y0, x1, y1 = (float(v) for v in xyxy)
    return x0, y0, x1, y1
