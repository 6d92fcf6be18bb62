"""The glance at every look: is all where it was a moment ago? On 36x64 cells of the whole picture, which a decoded picture brings along.

It compares with pictures of which a measure, or a glance, has said that they are in place; so it follows the light, and what it could follow with it (a
mast that bends by a hundredth of a cell a minute) the measures against the reference picture find. CPU time of one core: 0.2 ms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.drift.landmarks import Field, edges_of

REACH_CELLS = 3
"""Cells by which the picture may have moved to be seen to have; farther off it is simply not alike."""
ALIKE = 0.55
"""Correlation of the fields, in place, from which all is where it was: what has moved or come is a part of it."""
STILL_CELLS = 0.35
"""A shift of the peak below this (0.5 % of the width) is none."""
SMOOTHING, SURROUNDINGS = 0.6, 9
KEPT = 3
"""Pictures that a glance is held against, the newest first: one with a lorry in front, one without."""


@dataclass(frozen=True)
class Glance:
    """A picture at a glance: (36, 64, 2)."""

    edges: Field

    @classmethod
    def of(cls, luma: NDArray[np.uint8]) -> Glance:
        """Of the whole picture's luma, (36, 64) uint8."""
        return cls(edges_of(luma, smoothing=SMOOTHING, surroundings=SURROUNDINGS)[0])

    def is_as(self, before: Glance) -> bool:
        """Whether all is where it was in another picture."""
        if self.edges.shape != before.edges.shape:
            return False
        reach = REACH_CELLS
        inner = np.ascontiguousarray(self.edges[reach:-reach, reach:-reach])
        alike = np.asarray(cv2.matchTemplate(before.edges, inner, cv2.TM_CCORR_NORMED), np.float32)
        here = float(alike[reach, reach])
        _, best, _, (x, y) = cv2.minMaxLoc(alike)
        if here < ALIKE or max(abs(x - reach), abs(y - reach)) > 1:
            return False
        return max(abs(_off(alike[reach, :], reach)), abs(_off(alike[:, reach], reach))) <= STILL_CELLS or best - here < 0.01


def _off(line: NDArray[np.float32], at: int) -> float:
    """By how much of a cell the peak of a parabola lies beside the middle."""
    before, peak, behind = float(line[at - 1]), float(line[at]), float(line[at + 1])
    bend = before - 2 * peak + behind
    return (before - behind) / (2 * bend) if bend < 0 else 1.0


@dataclass(frozen=True)
class Glances:
    """The last pictures that were in place."""

    kept: tuple[Glance, ...] = ()

    def know(self, now: Glance) -> bool:
        """Whether all is where it was."""
        return any(now.is_as(one) for one in self.kept)

    def followed(self, now: Glance) -> Glances:
        """With a picture that is in place by a glance: the newest follows it."""
        return replace(self, kept=(now, *self.kept[1:]))

    def confirmed(self, now: Glance) -> Glances:
        """With a picture that is in place by a measure: another one to be held against."""
        return replace(self, kept=(now, *self.kept)[:KEPT])
