"""Masks for what leaves the case: over the head of every person (the upper quarter of its box) and the plate of every vehicle outside of the act (the lower
half). Whom they cover is looked for again in the whole picture, tile by tile: a look of judging sees the zones only, small, and by scores that are meant to
be right; here a person who is overlooked costs more than a wall that is covered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import covered_share, iou
from detector.judgement.values import Box
from models.cards import sha256_of
from models.detections import Detections
from models.errors import ModelFileError
from models.looking import look_at
from models.overlap import suppress
from models.pictures import GREY
from models.session import YoloSession, open_model
from models.shelf import find_model

Pixels = NDArray[np.uint8]

PEOPLE = ("person",)
VEHICLES = ("car", "motorcycle", "bus", "truck", "vendor_vehicle")
PERSON_SCORE, VEHICLE_SCORE = 0.05, 0.02
"""Far below what counts as seen. Vehicles are seldom shown from straight above in training, and score low there (figures in docs/evidence.md)."""
SURE_SCORE = 0.25
"""A vehicle of a lower score is covered wherever it does not lie over the act."""
HEAD_SHARE, PLATE_SHARE = 0.25, 0.6
"""The upper quarter, and a little more than the lower half: the plate of a vehicle that turns away lies above the middle of its box at times."""
SMALLER = 3
"""A thing that fills the picture is larger than training showed it: the whole is looked at once more at this part of its size, and mirrored."""
WHOLE_TILE = 0.8
"""A box of a vehicle that fills so much of what was looked at is no vehicle."""
MARGIN = 0.1
"""Of the box's width, on both sides, and for heads of a quarter's height above: boxes are good to about that."""
TILE_OVERLAP = 0.25
MOST_TILES = 40
"""Of one layer. A picture for which the detector's own size would make more is looked at coarser."""
EDGE_PX = 2.0
SAME_BOX_IOU = 0.8
OF_THE_ACT = 0.5
"""A vehicle that lies in the act's box by this share, or overlaps it so far, is the act's own."""
COVER = (96, 96, 96)
"""RGB; one colour, so that nothing can be got back."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle that is covered (shares of the picture) and why: whose it is, and the score it was seen with."""

    xyxy: Box
    label: str
    score: float


class Masker:
    """Finds what must be covered, with a session of its own that gives low scores too; it is opened when the first picture comes. For one thread at a time."""

    def __init__(self, model: str | Path, provider: str = "auto") -> None:
        self._model, self._provider = model, provider
        self._opened: YoloSession | None = None
        self._sha256: str | None = None

    @property
    def _session(self) -> YoloSession:
        if self._opened is None:
            opened = open_model(self._model, provider=self._provider, min_score=VEHICLE_SCORE)  # type: ignore[arg-type]
            for words in (PEOPLE, VEHICLES):
                if not set(words) & set(opened.names):  # else a copy would pass as masked in which nothing is covered
                    raise ModelFileError(f"{opened.name} knows none of {', '.join(words)}: what leaves a case cannot be masked by it; name another --model")
            self._opened = opened
        return self._opened

    @property
    def recipe(self) -> dict[str, Any]:
        """How it works, for the manifest."""
        session = self._session
        return {"detector": {"name": session.name, "version": session.version, "sha256": session.sha256}, **self._rules}

    @property
    def identity(self) -> dict[str, Any]:
        """What decides what it finds, told without opening the detector.

        Raises:
            ModelError: there is no detector.
        """
        if self._sha256 is None:
            self._sha256 = sha256_of(find_model(self._model))
        return {"sha256": self._sha256, **self._rules}

    @property
    def _rules(self) -> dict[str, Any]:
        return {
            "people": list(PEOPLE), "people_score": PERSON_SCORE, "people_upper_share": HEAD_SHARE,
            "vehicles": list(VEHICLES), "vehicles_score": VEHICLE_SCORE, "over_the_act_from_score": SURE_SCORE,
            "vehicles_lower_share": PLATE_SHARE, "margin": MARGIN,
        }  # fmt: skip

    def masks(self, pixels: Pixels, act: Box) -> tuple[Mask, ...]:
        """What must be covered in a picture (h, w, 3) RGB.

        Args:
            act: the box of the act's own thing, in shares: a vehicle in it keeps its plate.

        Raises:
            ModelError: there is no detector.
        """
        height, width = pixels.shape[:2]
        found = self._found(pixels)
        masks = []
        for xyxy, score, label in zip(found.xyxy / np.array([width, height] * 2, np.float32), found.scores, found.classes(), strict=True):
            box = (float(xyxy[0]), float(xyxy[1]), float(xyxy[2]), float(xyxy[3]))
            if label in PEOPLE:
                masks.append(Mask(_head(box), label, round(float(score), 4)))
            elif not is_of_the_act(box, act):
                masks.append(Mask(_plate(box), label, round(float(score), 4)))
        return tuple(masks)

    def _found(self, pixels: Pixels) -> Detections:
        """People and vehicles of all tiles, each once where boxes agree."""
        session, names = self._session, self._session.names
        boxes: list[NDArray[np.float32]] = []
        scores: list[NDArray[np.float32]] = []
        ids: list[NDArray[np.int64]] = []
        height, width = pixels.shape[:2]
        looks = [(rectangle, _in(session, pixels, rectangle)) for rectangle in tiles(width, height, session.input_width_px, session.input_height_px)]
        looks += [((0, 0, width, height), look(session, pixels)) for look in (_smaller, _mirrored)]
        for rectangle, seen in looks:
            people = np.isin(seen.class_ids, [names.index(name) for name in PEOPLE if name in names])
            area = np.prod(seen.xyxy[:, 2:] - seen.xyxy[:, :2], axis=1)
            whole = ~people & (area >= WHOLE_TILE * (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1]))
            seen = seen[(seen.scores >= np.where(people, PERSON_SCORE, VEHICLE_SCORE)) & ~whole & ~_cut_off(seen, people, rectangle, height)]
            boxes.append(seen.xyxy + np.array([rectangle[0], rectangle[1]] * 2, np.float32))
            scores.append(seen.scores)
            ids.append(seen.class_ids)
        found = Detections(np.concatenate(boxes), np.concatenate(scores), np.concatenate(ids), names)
        return found[suppress(found.xyxy, found.scores, found.class_ids, SAME_BOX_IOU)]


def tiles(width: int, height: int, tile_width: int, tile_height: int) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles (left, top, right, bottom; pixels) that a picture is looked at in: the whole of it, then layers of tiles that overlap, each twice as fine,
    down to the detector's own pixels and for small pictures to half of them.
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


def _in(session: YoloSession, pixels: Pixels, tile: tuple[int, int, int, int]) -> Detections:
    """People and vehicles in a tile, in its pixels."""
    left, top, right, bottom = tile
    return look_at(session, np.ascontiguousarray(pixels[top:bottom, left:right])).of(*PEOPLE, *VEHICLES)


def _smaller(session: YoloSession, pixels: Pixels) -> Detections:
    """What is seen of the picture in the middle of a grey one that is larger."""
    height, width = pixels.shape[:2]
    grey = np.full((SMALLER * height, SMALLER * width, 3), GREY, np.uint8)
    top, left = (SMALLER - 1) * height // 2, (SMALLER - 1) * width // 2
    grey[top : top + height, left : left + width] = pixels
    seen = look_at(session, grey).of(*PEOPLE, *VEHICLES)
    xyxy = np.clip(seen.xyxy - np.array([left, top] * 2, np.float32), 0, np.array([width, height] * 2, np.float32)).astype(np.float32)
    return Detections(xyxy, seen.scores, seen.class_ids, seen.names)


def _mirrored(session: YoloSession, pixels: Pixels) -> Detections:
    """What is seen of the picture turned left for right."""
    seen = look_at(session, np.ascontiguousarray(pixels[:, ::-1])).of(*PEOPLE, *VEHICLES)
    xyxy = seen.xyxy.copy()
    xyxy[:, [0, 2]] = pixels.shape[1] - seen.xyxy[:, [2, 0]]
    return Detections(xyxy, seen.scores, seen.class_ids, seen.names)


def _cut_off(seen: Detections, people: NDArray[np.bool_], tile: tuple[int, int, int, int], height: int) -> NDArray[np.bool_]:
    """Which boxes a tile's edge cut off where the mask would lie: of people the top, of vehicles the bottom. Another tile shows them whole."""
    _, top, _, bottom = tile
    no_head = people & (seen.xyxy[:, 1] <= EDGE_PX) & (top > 0)
    no_plate = ~people & (seen.xyxy[:, 3] >= bottom - top - EDGE_PX) & (bottom < height)
    return np.asarray(no_head | no_plate, np.bool_)


def is_of_the_act(box: Box, act: Box) -> bool:
    """Whether a vehicle is the act's own, or a part of it."""
    return iou(box, act) >= OF_THE_ACT or covered_share(box, act) >= OF_THE_ACT


def _head(box: Box) -> Box:
    x0, y0, x1, y1 = box
    beside, quarter = MARGIN * (x1 - x0), HEAD_SHARE * (y1 - y0)
    return _within((x0 - beside, y0 - MARGIN * quarter, x1 + beside, y0 + quarter))


def _plate(box: Box) -> Box:
    x0, y0, x1, y1 = box
    beside = MARGIN * (x1 - x0)
    return _within((x0 - beside, y1 - PLATE_SHARE * (y1 - y0), x1 + beside, y1 + MARGIN * (y1 - y0) / 2))


def _within(box: Sequence[float]) -> Box:
    x0, y0, x1, y1 = (round(min(1.0, max(0.0, one)), 5) for one in box)
    return x0, y0, x1, y1


def covered(pixels: Pixels, masks: Sequence[Mask], act: Box) -> Pixels:
    """A copy of the picture (h, w, 3) RGB with the masks painted over; every pixel that a mask touches is covered. What is hardly a vehicle hides nothing
    of the act.
    """
    out = pixels.copy()
    doubtful = [mask for mask in masks if mask.label not in PEOPLE and mask.score < SURE_SCORE]
    for mask in doubtful:
        out[_area(mask.xyxy, out)] = COVER
    if doubtful:
        out[_area(act, out)] = pixels[_area(act, out)]
    for mask in masks:
        if mask not in doubtful:
            out[_area(mask.xyxy, out)] = COVER
    return out


def _area(box: Box, pixels: Pixels) -> tuple[slice, slice]:
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = box
    return slice(math.floor(y0 * height), math.ceil(y1 * height)), slice(math.floor(x0 * width), math.ceil(x1 * width))
