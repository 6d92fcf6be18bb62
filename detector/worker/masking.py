"""Masks for what leaves the case: over the head of every person (the upper quarter of its box) and the plate of every vehicle outside of the act (a little more
than the lower half). Whom they cover is looked for again in the whole picture (`mask_looks`): a look of judging sees the zones only, small, and by scores that
are meant to be right; here a person who is overlooked costs more than a wall that is covered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import covered_share, iou
from detector.judgement.values import Box
from detector.worker.mask_looks import PEOPLE, RULES, VEHICLE_SCORE, VEHICLES, find
from models.cards import sha256_of
from models.errors import ModelFileError
from models.session import YoloSession, open_model
from models.shelf import find_model

Pixels = NDArray[np.uint8]

RULES_VERSION = 2
"""Goes up with whatever changes what is found or covered. 1: no turned looks, each look's score alone, the lower 0.6 of a vehicle."""
SURE_SCORE = 0.25
"""A vehicle of a lower score is covered wherever it does not lie over the act."""
HEAD_SHARE, PLATE_SHARE = 0.25, 0.7
"""The upper quarter, and more than the lower half: the plate of a vehicle that turns away lies above the middle of its box at times."""
MARGIN = 0.1
"""Of the box's width, on both sides, and for heads of a quarter's height above: boxes are good to about that."""
OF_THE_ACT = 0.5
"""A vehicle that lies in the act's box by this share, or overlaps it so far, is the act's own."""
COVER = (96, 96, 96)
"""RGB; one colour, so that nothing can be got back."""

MASK_RULES: dict[str, Any] = {
    "version": RULES_VERSION, **RULES, "people_upper_share": HEAD_SHARE, "vehicles_lower_share": PLATE_SHARE, "margin": MARGIN,
    "over_the_act_from_score": SURE_SCORE,
}  # fmt: skip
"""For the manifest: what is found and what of it is covered."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle that is covered (shares of the picture) and why: whose it is, and the score of the look that saw it best."""

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
        return {"detector": {"name": session.name, "version": session.version, "sha256": session.sha256}, **MASK_RULES}

    @property
    def identity(self) -> dict[str, Any]:
        """What decides what it finds, told without opening the detector.

        Raises:
            ModelError: there is no detector.
        """
        if self._sha256 is None:
            self._sha256 = sha256_of(find_model(self._model))
        return {"sha256": self._sha256, **MASK_RULES}

    def masks(self, pixels: Pixels, act: Box) -> tuple[Mask, ...]:
        """What must be covered in a picture (h, w, 3) RGB.

        Args:
            act: the box of the act's own thing, in shares: a vehicle in it keeps its plate.

        Raises:
            ModelError: there is no detector.
        """
        height, width = pixels.shape[:2]
        found = find(self._session, pixels)
        masks = []
        for xyxy, score, label in zip(found.xyxy / np.array([width, height] * 2, np.float32), found.scores, found.classes(), strict=True):
            box = (float(xyxy[0]), float(xyxy[1]), float(xyxy[2]), float(xyxy[3]))
            if label in PEOPLE:
                masks.append(Mask(_head(box), label, round(float(score), 4)))
            elif not is_of_the_act(box, act):
                masks.append(Mask(_plate(box), label, round(float(score), 4)))
        return tuple(masks)


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
