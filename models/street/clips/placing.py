"""Whether a thing stands where its truth says, measured as the judge will: by the lower fifth of its box, or by the whole box of what hangs. Pure.

A camera from which a violation's footprint lies half outside its zone would make the truth false, so none is hung there.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence.kinds import Kind, load_catalogue
from models.street.clips.script import Event

FOOTPRINT_SHARE = 0.2
"""The lower part of a box that touches the ground (DOMAIN.md 1.2: 15 to 20 %)."""
CLEAR_SHARE = 0.62
"""A place is clear where so much of what is judged lies on the side that the truth tells; rules ask for half, and boxes end a little here or there."""
PART_SHARE = 0.25
GRID = (16, 6)

Box = tuple[float, float, float, float]
Polygon = Sequence[Sequence[float]]
Drawn = Mapping[str, Any]


@functools.cache
def kind_of(name: str) -> Kind:
    """A kind of the shipped catalogue."""
    kind = load_catalogue().kind(name)
    assert kind is not None, f"the catalogue has no kind {name}"
    return kind


def judged_part(event: Event, box: Box) -> Box:
    """What of a box is judged by its place."""
    x0, y0, x1, y1 = box
    return box if kind_of(event.of).anchor == "box" else (x0, y1 - FOOTPRINT_SHARE * (y1 - y0), x1, y1)


def clearness(event: Event, box: Box, zones: Sequence[Drawn], lines: Sequence[Drawn], permits: Sequence[Drawn]) -> float:
    """How clearly a thing's place is what its truth says: 1 and more is clear.

    Args:
        box: its visible extent, 0..1.
        zones, lines, permits: of the view, as the truth has them.
    """
    kind, points = kind_of(event.of), _points(judged_part(event, box))
    named = [str(zone) for zone in kind.zones]
    street = share_in(points, [zone["polygon"] for zone in zones if zone["kind"] in named])
    match event.reason:
        case "look_alike":
            return 1.3
        case "permit":
            return share_in(points, [permit["polygon"] for permit in permits if permit["valid"]]) / CLEAR_SHARE
        case "inside_zone" | "own_land":
            return share_in(points, [zone["polygon"] for zone in zones if zone["kind"] == event.zone]) / CLEAR_SHARE
        case "inside_line":
            return (1 - share_beyond(points, lines)) / CLEAR_SHARE
        case "off_the_street":
            return (1 - street) / CLEAR_SHARE
    excepted = share_in(points, [zone["polygon"] for zone in zones if zone["kind"] in {str(one) for one in kind.except_zones} | {"shop_apron"}])
    allowed = share_in(points, [permit["polygon"] for permit in permits if permit["valid"]])
    shares = [street, 1 - excepted, 1 - allowed]
    if kind.line == "beyond":
        shares.append(share_beyond(points, lines))
    return min(shares) / CLEAR_SHARE


def zones_of(event: Event, box: Box, zones: Sequence[Drawn]) -> list[str]:
    """The ids of the zones in which a good part of what is judged lies; at a kerb it lies in two."""
    points = _points(judged_part(event, box))
    return [zone["id"] for zone in zones if share_in(points, [zone["polygon"]]) >= PART_SHARE]


def _points(box: Box) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    across, down = GRID
    xs = x0 + (np.arange(across) + 0.5) / across * (x1 - x0)
    ys = y0 + (np.arange(down) + 0.5) / down * (y1 - y0)
    return np.stack([np.repeat(xs, down), np.tile(ys, across)], 1)


def share_in(points: NDArray[np.float64], polygons: Sequence[Polygon]) -> float:
    """Share of points (n, 2) in the union of polygons, by the even-odd rule."""
    inside = np.zeros(len(points), np.bool_)
    for polygon in polygons:
        corners = np.asarray(polygon, np.float64)
        crossed = np.zeros(len(points), np.int64)
        for (x1, y1), (x2, y2) in zip(np.roll(corners, 1, axis=0), corners, strict=True):
            over = (y1 > points[:, 1]) != (y2 > points[:, 1])
            at = x1 + (points[:, 1] - y1) * (x2 - x1) / (y2 - y1 if y2 != y1 else 1e-12)
            crossed += over & (points[:, 0] < at)
        inside |= crossed % 2 == 1
    return float(inside.mean())


def share_beyond(points: NDArray[np.float64], lines: Sequence[Drawn]) -> float:
    """Share of points (n, 2) on the outer side of the line that is nearest to their middle; all of them where none is drawn."""
    best: tuple[float, NDArray[np.float64], str] | None = None
    middle = points.mean(axis=0, keepdims=True)
    for line in lines:
        corners = np.asarray(line["points"], np.float64)
        far = float(sides(middle, corners)[0][0])
        if best is None or far < best[0]:
            best = (far, corners, line["outside"])
    if best is None:
        return 1.0
    _, side = sides(points, best[1])
    return float((side > 0 if best[2] == "right" else side < 0).mean())


def sides(points: NDArray[np.float64], corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far points lie from a line, and on which side of its nearest piece: above 0 to the right, walking from its first point with y down."""
    far, side = np.full(len(points), np.inf), np.zeros(len(points))
    for first, last in itertools.pairwise(corners):
        way = last - first
        along = np.clip((points - first) @ way / max(float(way @ way), 1e-12), 0, 1)
        apart = np.linalg.norm(points - first - along[:, None] * way, axis=1)
        cross = way[0] * (points[:, 1] - first[1]) - way[1] * (points[:, 0] - first[0])
        nearer = apart < far
        far[nearer], side[nearer] = apart[nearer], cross[nearer]
    return far, side
