"""A recording looked through for those who draw zones: a picture of it without what moves, and where things were seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.judgement.values import Thing
from detector.scene.errors import DrawingError
from detector.scene.judged import WHOLE_PICTURE
from detector.scene.seen import SeenGrid
from models.detections import Detections
from models.looking import above_thresholds, look_at
from models.session import YoloSession
from streams.decoding import Crop, decode_keyframe
from streams.errors import DecodeError
from streams.media import AccessUnit
from streams.recorded import read_access_units

MOST_PICTURES = 15
"""Pictures of which the middle value is taken: what stands in fewer than half of them is gone."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""A still picture's looks have an order and no time of day."""


@dataclass(frozen=True, slots=True)
class Still:
    """A recording's street.

    Attributes:
        picture: (h, w, 3) RGB, at each spot the middle value of the pictures taken.
        things: what stood in the one taken midway.
        taken: how many pictures.
    """

    picture: NDArray[np.uint8]
    things: tuple[Thing, ...]
    taken: int


def things_in(session: YoloSession, picture: NDArray[np.uint8]) -> tuple[Thing, ...]:
    """What a detector sees in a whole picture (h, w, 3) RGB, from the thresholds of its card on, in shares of the picture."""
    found: Detections = above_thresholds(look_at(session, picture, fitted=True), session.card)
    height, width = picture.shape[:2]
    boxes = found.xyxy / np.array([width, height, width, height], np.float32)
    named = zip(found.classes(), boxes.tolist(), found.scores.tolist(), strict=True)
    return tuple(Thing(label, (x1, y1, x2, y2), score) for label, (x1, y1, x2, y2), score in named if x2 > x1 and y2 > y1)


def first_picture(video: Path) -> NDArray[np.uint8]:
    """A recording's first keyframe, RGB (h, w, 3).

    Raises:
        RecordedFileError: the video cannot be read. DecodeError: it does not decode. DrawingError: it holds no keyframe.
    """
    unit = next((unit for unit in read_access_units(video) if unit.keyframe), None)
    if unit is None:
        raise DrawingError(f"{video}: holds no keyframe")
    return _decoded(unit)


def still_of(video: Path, session: YoloSession | None, grid: SeenGrid | None = None) -> Still:
    """The street of a recording, by at most 15 of its keyframes from beginning to end; what they show goes into `grid`.

    Raises:
        RecordedFileError: the video cannot be read. DrawingError: none of its keyframes decodes.
    """
    units: list[AccessUnit] = []
    stride, number = 1, 0
    for unit in read_access_units(video):
        if not unit.keyframe:
            continue
        if number % stride == 0:
            units.append(unit)
            if len(units) >= 2 * MOST_PICTURES:  # longer than thought: every other one is enough
                units, stride = units[::2], stride * 2
        number += 1
    chosen = [units[i] for i in sorted({round(i) for i in np.linspace(0, len(units) - 1, min(MOST_PICTURES, len(units)))})] if units else []
    pictures = []
    for unit in chosen:
        try:
            pictures.append((unit, _decoded(unit)))
        except DecodeError:
            continue
    pictures = [(unit, one) for unit, one in pictures if one.shape == pictures[0][1].shape]
    if not pictures:
        raise DrawingError(f"{video}: none of its keyframes decodes")
    things: list[tuple[Thing, ...]] = []
    if session is not None:
        for unit, one in pictures:
            things.append(things_in(session, one))
            if grid is not None:
                grid.add(things[-1], unit.arrival_seconds, EPOCH + timedelta(seconds=unit.arrival_seconds), WHOLE_PICTURE)
    middle = np.asarray(np.median(np.stack([one for _, one in pictures]), axis=0), np.uint8)
    return Still(middle, things[len(things) // 2] if things else (), len(pictures))


def seen_in(
    video: Path, session: YoloSession, look_seconds: float, began: datetime, progress: Callable[[float], None] = lambda _: None
) -> tuple[SeenGrid, int]:
    """Where things are seen in a recording, a look every `look_seconds`, and how many keyframes did not decode.

    Raises:
        RecordedFileError: the video cannot be read.
    """
    grid, broken = SeenGrid(), 0
    for unit in _due(video, look_seconds):
        try:
            picture = _decoded(unit)
        except DecodeError:
            broken += 1
            continue
        grid.add(things_in(session, picture), unit.arrival_seconds, began + timedelta(seconds=unit.arrival_seconds), WHOLE_PICTURE)
        progress(unit.arrival_seconds)
    return grid, broken


def _due(video: Path, look_seconds: float) -> Iterator[AccessUnit]:
    due = 0.0
    for unit in read_access_units(video):
        if unit.keyframe and unit.arrival_seconds >= due:
            due = unit.arrival_seconds + look_seconds - 0.001
            yield unit


def _decoded(unit: AccessUnit) -> NDArray[np.uint8]:
    return decode_keyframe(unit, (Crop(*WHOLE_PICTURE),)).crops[0].pixels
