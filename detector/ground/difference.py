"""How a picture differs from another one of the same place beyond what light does: by structure, by colour, and by brightness alone.

Light is a gain that changes slowly across the picture (exposure, a cloud, dusk), found on the cells that agree. What is left is a difference

- of structure, where an edge is new or gone: the gradient of what is left, less what a sway of the picture by three quarters of a cell would explain;
- of colour, beyond a common shift of the white balance, or a brightness that no shadow makes (below a third or above twice);
- of brightness: anything else, a shadow for instance. It counts as a difference and is no evidence of a thing.

A cell's own unrest (leaves, noise of the night) raises its thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.ground.settings import GroundSettings
from detector.ground.values import NOISE

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

LIGHT_CELLS = (21, 21)
"""Across which light is taken to be the same: an eighth of the picture's width."""
LIGHT_HELD = 2.0
"""Weight of the whole picture's gain, in levels of its mean, where few cells about one agree."""
LIGHT_LEVELS, LIGHT_SHARE = 12.0, 0.15
"""A cell agrees with the gain about it within so many levels or this share of its brightness."""
FEWEST_AGREEING = 40
GAINS = (0.25, 4.0)
COLOURED, GREY = 4.0, 0.25
"""A picture has colours from so many levels on; one that keeps less than a quarter of them is of another kind."""
SWAY = 0.75
"""Of a cell: an edge that moves by so much is no new edge."""
DARKER, BRIGHTER, FLOOR = 0.35, 2.2, 12.0
"""Shadows keep more than a third of the light; FLOOR levels aside."""
DIM_FLOOR, DIM_LEVELS, DIMMEST = 16.0, 80.0, 0.5
"""Below 64 levels of brightness things differ by less: down to half the levels that are asked for by day."""
BOXES = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Of two pictures of one place, (rows, columns) each.

    Attributes:
        differs: in any way.
        evidence: by structure, or by colour and brightness as light does not change them.
        chroma: levels of the two colour differences together.
        edges_now, edges_old: greatest difference of brightness about each cell, uint8 levels.
    """

    differs: Mask
    evidence: Mask
    chroma: Plane
    edges_now: NDArray[np.uint8]
    edges_old: NDArray[np.uint8]


def light(now: Plane, old: Plane, usable: Mask) -> tuple[Plane, Mask, float]:
    """How much brighter each cell is lit than it was, the cells that agree with it, and the same of the whole picture.

    Args:
        now, old: luma.
        usable: cells that show the ground and whose ground is known.
    """
    if int(np.count_nonzero(usable)) < FEWEST_AGREEING:
        return np.ones_like(now), usable, 1.0
    whole = common_gain(now, old, usable)
    gain = _about(now, old, usable.astype(np.float32), whole)
    lit = old * gain
    agreeing = usable & (np.abs(now - lit) <= np.maximum(LIGHT_LEVELS, LIGHT_SHARE * lit))
    return _about(now, old, agreeing.astype(np.float32), whole), agreeing, whole


def common_gain(now: Plane, old: Plane, cells: Mask) -> float:
    """How much brighter most of these cells are (the median of every third across and down), whatever a shadow does to the others; 1 where there are none."""
    sample = cells[::3, ::3]
    if not sample.any():
        return 1.0
    ratio = (now[::3, ::3][sample] + 1) / (old[::3, ::3][sample] + 1)
    return float(min(GAINS[1], max(GAINS[0], np.median(ratio))))


def _about(now: Plane, old: Plane, weights: Plane, whole: float) -> Plane:
    """The gain about each cell, by the cells that count."""
    above = cv2.blur(now * weights, LIGHT_CELLS) + np.float32(LIGHT_HELD * whole)
    below = cv2.blur(old * weights, LIGHT_CELLS) + np.float32(LIGHT_HELD)
    return np.clip(above / below, *GAINS).astype(np.float32, copy=False)


def changed_colours(now: Plane, old: Plane, usable: Mask) -> bool:
    """Whether one of two pictures (3, rows, columns) has colours and the other has none: a camera that went to infrared, or came back."""
    sample = usable[::4, ::4]
    if not sample.any():
        return False
    was, shows = (float((np.abs(one[1, ::4, ::4] - 128) + np.abs(one[2, ::4, ::4] - 128))[sample].mean()) for one in (old, now))
    return max(was, shows) >= COLOURED and min(was, shows) < GREY * max(was, shows)


def differences(now: Plane, old: Plane, noise: NDArray[np.int16], agreeing: Mask, settings: GroundSettings) -> Differences:
    """What differs between two pictures.

    Args:
        now, old: planes Y, Cr, Cb (3, rows, columns), `old` under the light of `now`.
        noise: the cells' unrest in 1/NOISE levels.
        agreeing: cells that show the same thing, for the white balance.
    """
    left = now - old
    unrest = noise.astype(np.float32) * np.float32(settings.noise_factor / NOISE)
    shift = cv2.mean(np.dstack([left[1], left[2]]), agreeing.astype(np.uint8))
    chroma = np.abs(left[1] - np.float32(shift[0])) + np.abs(left[2] - np.float32(shift[1]))
    edges_now, edges_old = _edges(now[0]), _edges(old[0])
    across = cv2.Sobel(left[0], cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    down = cv2.Sobel(left[0], cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    structure = np.maximum(np.abs(across), np.abs(down)) - np.float32(SWAY) * np.minimum(edges_now, edges_old)
    dim = np.clip((old[0] + np.float32(DIM_FLOOR)) * np.float32(1 / DIM_LEVELS), np.float32(DIMMEST), np.float32(1))
    evidence = structure > settings.edge_levels * dim + unrest
    evidence |= chroma > settings.chroma_levels * dim + unrest
    evidence |= now[0] > BRIGHTER * old[0] + (FLOOR + unrest)
    evidence |= now[0] < DARKER * old[0] - (FLOOR + unrest)
    differs = evidence | (np.abs(left[0]) > settings.luma_levels * dim + unrest)
    return Differences(differs, evidence, np.asarray(chroma, np.float32), edges_now, edges_old)


def _edges(luma: Plane) -> NDArray[np.uint8]:
    levels = cv2.convertScaleAbs(luma)
    return np.asarray(cv2.morphologyEx(levels, cv2.MORPH_GRADIENT, BOXES), np.uint8)
