"""Where things touch the ground: of one picture's detections, or of a day's grid, in one shape; and the scale that people's height gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.judgement.values import Thing
from detector.scene.seen import GROUP_OF, GROUPS, SeenGrid

PERSON_METRES = 1.65
"""Height of a person as a detector's box has it, children and bent heads among them. Our choice."""
EDGE = 0.01
PAVEMENT_CLASSES = frozenset({"bench", "potted plant", "stall", "goods_out", "dining table", "bikes_row"})
"""Beside people, what stands on pavements."""
MOST_A_CELL = 12.0
"""What one cell of a grid counts at most: a crossing where thousands pass says no more about the rest of the street than one where dozens do."""
LEAST_PEOPLE = 6
LEAST_SPREAD = 0.08
FITS = 0.25
"""How far a person's height may be from the line, as a share of it."""


@dataclass(frozen=True, slots=True)
class Foot:
    """Where something touched the ground, all in shares of the picture.

    Attributes:
        group: people, vehicles, cycles or pavement (what stands on pavements).
        weight: how much it counts; 1 for a thing of one picture.
        whole: whether its box shows all of it, so that its height tells a scale.
    """

    group: str
    x: float
    y: float
    width: float
    height: float
    weight: float = 1.0
    whole: bool = True


def feet_of_things(things: Iterable[Thing]) -> list[Foot]:
    """What one picture's detections say; who is cut off below has no feet there."""
    feet = []
    for thing in things:
        group = GROUP_OF.get(thing.label) or ("pavement" if thing.label in PAVEMENT_CLASSES else None)
        x1, y1, x2, y2 = thing.xyxy
        if group is None or (group == "people" and y2 > 1 - EDGE):
            continue
        whole = x1 > EDGE and x2 < 1 - EDGE and y1 > EDGE and y2 < 1 - EDGE
        feet.append(Foot(group, (x1 + x2) / 2, min(y2, 1.0), x2 - x1, y2 - y1, 1.0 if whole else 0.5, whole))
    return feet


def feet_of_grid(grid: SeenGrid) -> list[Foot]:
    """What a day's grid says, a foot a cell."""
    feet = []
    for group in GROUPS:
        for x, y, count, height, width in grid.columns(group).tolist():
            feet.append(Foot(group, x, y, width, height, min(count, MOST_A_CELL), group != "vehicles"))
    return feet


@dataclass(frozen=True, slots=True)
class Scale:
    """A person `height` tall at the row y has `slope * (y - horizon)` of the picture's height; y in shares of it.

    Attributes:
        people: how many agree.
    """

    horizon: float
    slope: float
    people: int

    @property
    def camera_metres(self) -> float:
        """How high the camera hangs over the ground, as far as a level horizon tells."""
        return PERSON_METRES / self.slope


def scale_of(feet: Iterable[Foot]) -> Scale | None:
    """Horizon and scale from people's heights alone: the line on which most of them lie (pairs tried, then least squares); None where people are few, stand
    in one row or do not agree.
    """
    rows = np.array([(foot.y, foot.height, foot.weight) for foot in feet if foot.group == "people" and foot.whole], np.float64).reshape(-1, 3)
    if len(rows) < LEAST_PEOPLE or np.ptp(rows[:, 0]) < LEAST_SPREAD:
        return None
    y, height, weight = rows.T
    first, second = np.triu_indices(len(rows), 1)
    apart = np.abs(y[first] - y[second]) > LEAST_SPREAD / 2
    first, second = first[apart][:4000], second[apart][:4000]
    slopes = (height[first] - height[second]) / (y[first] - y[second])
    horizons = y[first] - height[first] / np.where(np.abs(slopes) < 1e-9, 1e-9, slopes)
    sound = (slopes > 0.08) & (slopes < 1.2) & (horizons > -3.0) & (horizons < 0.7)
    if not sound.any():
        return None
    slopes, horizons = slopes[sound], horizons[sound]
    expected = slopes[:, None] * (y[None] - horizons[:, None])
    good = np.abs(height[None] - expected) < FITS * np.maximum(expected, 1e-3)
    best = int(np.argmax((good * weight).sum(1)))
    mine = good[best]
    if mine.sum() < max(LEAST_PEOPLE - 1, 0.5 * len(rows)):
        return None
    slope, offset = _line(y[mine], height[mine], weight[mine])
    if not 0.08 < slope < 1.2:
        return None
    return Scale(-offset / slope, slope, int(mine.sum()))


def slope_under(feet: Iterable[Foot], horizon: float) -> tuple[float, int] | None:
    """The scale's slope where the horizon is known: the median over people; None without at least two."""
    slopes = [foot.height / (foot.y - horizon) for foot in feet if foot.group == "people" and foot.whole and foot.y - horizon > 0.03]
    if len(slopes) < 2:
        return None
    return float(np.median(slopes)), len(slopes)


def _line(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset of the weighted least squares."""
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float((weight * (x - mean_x) ** 2).sum())
    slope = float((weight * (x - mean_x) * (y - mean_y)).sum()) / max(spread, 1e-12)
    return slope, float(mean_y - slope * mean_x)
