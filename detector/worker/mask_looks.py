"""Where people and vehicles may be in a picture that leaves its case: many looks at it, whole, in tiles, mirrored, small, turned, and their common word.

A vehicle from above scores low in each single look, and which of them see it changes from frame to frame; what is nothing is seldom seen at the same place by
several. So boxes of vehicles that agree across looks count by the sum of their scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.looking import look_at
from models.overlap import pairwise_iou, suppress
from models.pictures import GREY, letterbox
from models.session import YoloSession

Pixels = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom; pixels."""

PEOPLE = ("person",)
VEHICLES = ("car", "motorcycle", "bus", "truck", "vendor_vehicle")
PERSON_SCORE = 0.05
VEHICLE_SUM, VEHICLE_SCORE = 0.02, 0.004
"""Of all looks together, and of a single box so that it counts at all. Far below what counts as seen (figures in docs/evidence.md)."""
AGREE_IOU = 0.8
MOST_OF_A_LOOK = 100
"""Vehicles, best first: a bound on the work."""
SMALLER = 3
"""A thing that fills the picture is larger than training showed it: the whole is looked at once more at this part of its size, and mirrored."""
TURNED_SMALLER = 2
"""And, for vehicles alone, at this part, in all four quarter turns: from above, a vehicle has no upright."""
WHOLE_TILE = 0.8
"""A box of a vehicle that fills so much of what was looked at is no vehicle."""
TILE_OVERLAP = 0.25
MOST_TILES = 40
"""Of one layer. A picture for which the detector's own size would make more is looked at coarser."""
EDGE_PX = 2.0
SAME_BOX_IOU = 0.8

RULES: dict[str, Any] = {
    "people": list(PEOPLE), "people_score": PERSON_SCORE, "vehicles": list(VEHICLES), "vehicles_score": VEHICLE_SCORE, "vehicles_score_summed": VEHICLE_SUM,
    "vehicles_agree_from_iou": AGREE_IOU, "vehicles_of_a_look_at_most": MOST_OF_A_LOOK,
    "looks": ["whole", "tiles", "mirrored", f"1/{SMALLER} size", *(f"1/{TURNED_SMALLER} size turned {90 * turns}, vehicles only" for turns in range(4))],
}  # fmt: skip
"""For the manifest; quarter turns are against the clock."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What was seen of a part of the picture, in the picture's pixels."""

    rectangle: Rectangle
    seen: Detections


def find(session: YoloSession, pixels: Pixels) -> Detections:
    """People and vehicles in a picture (h, w, 3) RGB, each once where boxes agree, with the score of the look that saw it best.

    Args:
        session: gives boxes from `VEHICLE_SCORE` on.
    """
    looks = [_sifted(look, pixels.shape[0]) for look in _looks(session, pixels)]
    people = [seen.of(*PEOPLE).above(PERSON_SCORE) for seen in looks]
    vehicles = [_best(seen.of(*VEHICLES)) for seen in looks]
    sums = summed_scores([seen.xyxy for seen in vehicles], [seen.scores for seen in vehicles])
    agreed = [seen[total >= VEHICLE_SUM] for seen, total in zip(vehicles, sums, strict=True)]
    found = [*people, *agreed]
    xyxy, scores, ids = (np.concatenate(parts) for parts in zip(*((seen.xyxy, seen.scores, seen.class_ids) for seen in found), strict=True))
    together = Detections(xyxy, scores, ids, session.names)
    return together[suppress(together.xyxy, together.scores, together.class_ids, SAME_BOX_IOU)]


def summed_scores(boxes: Sequence[NDArray[np.float32]], scores: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """For each box (n, 4) of each look the sum over looks of the best score (n,) that agrees with it, its own look's among them."""
    every = np.concatenate(boxes)
    total = np.zeros(len(every), np.float32)
    for one, its in zip(boxes, scores, strict=True):
        if len(one):
            total += np.where(pairwise_iou(every, one) >= AGREE_IOU, its[None], 0).max(axis=1)
    return np.split(total, np.cumsum([len(one) for one in boxes])[:-1])


def _looks(session: YoloSession, pixels: Pixels) -> Iterator[Look]:
    height, width = pixels.shape[:2]
    whole = (0, 0, width, height)
    for left, top, right, bottom in tiles(width, height, session.input_width_px, session.input_height_px):
        seen = look_at(session, np.ascontiguousarray(pixels[top:bottom, left:right]))
        yield Look((left, top, right, bottom), _moved(seen, seen.xyxy + np.array([left, top] * 2, np.float32)))
    seen = look_at(session, np.ascontiguousarray(pixels[:, ::-1]))
    mirrored = seen.xyxy.copy()
    mirrored[:, [0, 2]] = width - seen.xyxy[:, [2, 0]]
    yield Look(whole, _moved(seen, mirrored))
    yield Look(whole, _small(session, pixels, SMALLER))
    for turns in range(4):
        seen = _small(session, np.ascontiguousarray(np.rot90(pixels, turns)), TURNED_SMALLER).of(*VEHICLES)
        yield Look(whole, _moved(seen, turned_back(seen.xyxy, turns, width, height)))


def tiles(width: int, height: int, tile_width: int, tile_height: int) -> Iterator[Rectangle]:
    """Rectangles that a picture is looked at in: the whole of it, then layers of tiles that overlap, each twice as fine, down to the detector's own pixels and
    for small pictures to half of them.
    """
    yield 0, 0, width, height
    scale = max(width / tile_width, height / tile_height)
    while scale > 0.5:
        scale = max(scale / 2, 0.5)
        columns, rows = (_starts(side, min(side, math.ceil(tile * scale))) for side, tile in ((width, tile_width), (height, tile_height)))
        if len(columns) * len(rows) > MOST_TILES:
            return
        if len(columns) * len(rows) > 1:
            for top in rows:
                for left in columns:
                    yield left, top, min(width, left + math.ceil(tile_width * scale)), min(height, top + math.ceil(tile_height * scale))
        if scale <= 1.0:
            return


def _starts(side: int, tile: int) -> list[int]:
    """Where tiles of one row begin: evenly, with at least the overlap."""
    count = 1 if tile >= side else math.ceil((side - tile) / (tile * (1 - TILE_OVERLAP))) + 1
    return [round(index * (side - tile) / max(1, count - 1)) for index in range(count)]


def _small(session: YoloSession, pixels: Pixels, part: int) -> Detections:
    """What is seen of the picture at one part of the size that it is looked at whole, in the middle of grey."""
    width, height = session.input_width_px, session.input_height_px
    fitted, scale, left, top = letterbox(pixels, width // part, height // part)
    beside, above = (width - width // part) // 2, (height - height // part) // 2
    grey = np.full((height, width, 3), GREY, np.uint8)
    grey[above : above + height // part, beside : beside + width // part] = fitted
    seen = session.detect(grey[None])[0]
    xyxy = (seen.xyxy - np.array([beside + left, above + top] * 2, np.float32)) / np.float32(scale)
    return _moved(seen, np.clip(xyxy, 0, np.array([pixels.shape[1], pixels.shape[0]] * 2, np.float32)))


def turned_back(xyxy: NDArray[np.float32], turns: int, width: int, height: int) -> NDArray[np.float32]:
    """Boxes (n, 4) of a picture that was turned by so many quarters against the clock (`numpy.rot90`), in the picture as it was (`width` x `height`)."""
    x0, y0, x1, y1 = xyxy.T
    columns = ((x0, y0, x1, y1), (width - y1, x0, width - y0, x1), (width - x1, height - y1, width - x0, height - y0), (y0, height - x1, y1, height - x0))
    return np.stack(columns[turns], axis=1)


def _moved(seen: Detections, xyxy: NDArray[Any]) -> Detections:
    return Detections(xyxy.astype(np.float32), seen.scores, seen.class_ids, seen.names)


def _best(seen: Detections) -> Detections:
    """The best of a look, as many as count."""
    return seen[np.argsort(-seen.scores, kind="stable")[:MOST_OF_A_LOOK]]


def _sifted(look: Look, height: int) -> Detections:
    """Without what is no vehicle, and without boxes that a tile's edge cut off where the mask would lie: of people the top, of vehicles the bottom. Another
    tile shows those whole.
    """
    seen, (left, top, right, bottom) = look.seen, look.rectangle
    people = np.isin(seen.class_ids, [seen.names.index(name) for name in PEOPLE if name in seen.names])
    area = np.prod(seen.xyxy[:, 2:] - seen.xyxy[:, :2], axis=1)
    whole = ~people & (area >= WHOLE_TILE * (right - left) * (bottom - top))
    no_head = people & (seen.xyxy[:, 1] <= top + EDGE_PX) & (top > 0)
    no_plate = ~people & (seen.xyxy[:, 3] >= bottom - EDGE_PX) & (bottom < height)
    return seen[~(whole | no_head | no_plate)]
