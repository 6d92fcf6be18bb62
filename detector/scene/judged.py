"""A view made ready for looking: which part of the picture is cut out, and which part of it must move before anything is looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import Box, bounding_box
from evidence.kinds import Kind
from evidence.views import StorefrontLine, ViewDocument, Zone, ZoneKind
from streams.decoding import LUMA_SHAPE

WHOLE_PICTURE: Box = (0.0, 0.0, 1.0, 1.0)
UNJUDGED = frozenset({ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK})
"""Zones that take away; they never widen what is looked at."""
GROW_UP, GROW_SIDEWAYS, GROW_DOWN = 0.25, 0.04, 0.04
"""By how much of the picture the zones' rectangle grows: what stands in a zone is taller than its footprint (a parasol at a pole camera's middle distance
has a quarter of the picture's height), and stands a little over the edge. Our choice."""
SMALLEST_WIDTH = 0.35
"""A smaller cut-out is enlarged beyond what the camera resolved (at 1080p and a model of 640 px), and loses what surrounds a thing. Our choice."""
SPOTS = np.array((1 / 6, 3 / 6, 5 / 6))
"""Where in a cell of the change gate is asked whether it lies in a zone, across and down."""


@dataclass(frozen=True)
class JudgedView:
    """A view document with what is reckoned from it once.

    Attributes:
        kinds: the kinds that are judged; zones of no kind's concern then do not widen the look. Empty: every zone counts.
    """

    document: ViewDocument
    kinds: tuple[Kind, ...] = ()
    _crops: dict[float, Box] = field(default_factory=dict, init=False, repr=False, compare=False)
    _cells: dict[Box, NDArray[np.bool_] | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """The zones in which something is judged."""
        wanted: Collection[ZoneKind] = {name for kind in self.kinds if kind.enabled for name in kind.zones} if self.kinds else set(ZoneKind) - UNJUDGED
        return tuple(zone for zone in self.document.zones if zone.kind in wanted)

    @cached_property
    def ignored(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Polygons in which nothing counts."""
        return tuple(zone.polygon for zone in self.document.zones if zone.kind in UNJUDGED)

    def polygons(self, kind: Kind) -> tuple[tuple[tuple[float, float], ...], ...]:
        """The polygons in which a kind is judged."""
        return tuple(zone.polygon for zone in self.document.zones if zone.kind in kind.zones)

    @property
    def lines(self) -> tuple[StorefrontLine, ...]:
        """The storefront lines."""
        return self.document.lines

    @property
    def is_whole(self) -> bool:
        """Whether the whole picture is looked at: nothing was drawn, or a zone says so."""
        return not self.zones or any(zone.kind is ZoneKind.WHOLE for zone in self.zones)

    def look_crop(self, aspect: float) -> Box:
        """The rectangle of the picture that a look is cut to: round the zones and what stands in them.

        Args:
            aspect: width over height that the rectangle is grown to, in shares of the picture: the model's input (640/384) over the picture's (1920/1080).
                Where the picture has no room for it, the rectangle keeps all of the zones and is of another shape.
        """
        crop = self._crops.get(aspect)
        if crop is None:
            crop = WHOLE_PICTURE if self.is_whole else fitted(self._grown, aspect)
            self._crops[aspect] = crop
        return crop

    @cached_property
    def _grown(self) -> Box:
        left, top, right, bottom = bounding_box(zone.polygon for zone in self.zones)
        return max(0.0, left - GROW_SIDEWAYS), max(0.0, top - GROW_UP), min(1.0, right + GROW_SIDEWAYS), min(1.0, bottom + GROW_DOWN)

    def watched_cells(self, crop: Box) -> NDArray[np.bool_] | None:
        """The cells (36, 64) of a crop's luma picture in which motion matters to the change gate; None where all do.

        Whatever comes into a zone or leaves it changes the zone's own cells: its footprint lies there. Traffic beside the zones and what is drawn as
        `ignore` (a tree, a clock burned into the picture) moves without a look.
        """
        if crop not in self._cells:
            self._cells[crop] = None if self.is_whole and not self.ignored else self._reckoned_cells(crop)
        return self._cells[crop]

    def _reckoned_cells(self, crop: Box) -> NDArray[np.bool_]:
        rows, columns = LUMA_SHAPE
        x0, y0, x1, y1 = crop
        ys = y0 + (np.arange(rows)[:, None] + SPOTS).ravel() / rows * (y1 - y0)
        xs = x0 + (np.arange(columns)[:, None] + SPOTS).ravel() / columns * (x1 - x0)
        spots = np.full((ys.size, xs.size), self.is_whole)
        for polygon in () if self.is_whole else [zone.polygon for zone in self.zones]:
            spots |= _inside(polygon, xs, ys)
        for polygon in self.ignored:
            spots &= ~_inside(polygon, xs, ys)
        return np.asarray(spots.reshape(rows, SPOTS.size, columns, SPOTS.size).any(axis=(1, 3)))


def _inside(polygon: Sequence[tuple[float, float]], xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points of a grid (ys, xs) lie in a polygon (even-odd rule)."""
    inside = np.zeros((ys.size, xs.size), bool)
    x1, y1 = polygon[-1]
    for x2, y2 in polygon:
        if y1 != y2:
            crossed = (y1 > ys) != (y2 > ys)
            inside ^= crossed[:, None] & (xs[None, :] < (x1 + (ys - y1) * (x2 - x1) / (y2 - y1))[:, None])
        x1, y1 = x2, y2
    return inside


def fitted(box: Box, aspect: float) -> Box:
    """A box grown to the aspect (width over height) and to the smallest width, and moved to lie within the picture."""
    left, top, right, bottom = box
    width, height = max(right - left, SMALLEST_WIDTH), bottom - top
    width, height = (min(1.0, height * aspect), height) if width < height * aspect else (width, min(1.0, width / aspect))
    x0 = min(max(0.0, (left + right - width) / 2), 1.0 - width)
    y0 = min(max(0.0, (top + bottom - height) / 2), 1.0 - height)
    return x0, y0, x0 + width, y0 + height
