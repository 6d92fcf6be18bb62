"""Where a thing stands on the map, told by its box in the picture and the map polygon of the zone that it stands in; and whether two such places are one.

A zone whose polygon has its corners on the map in the same order gives a homography from picture to ground: by it the lower edge of a box, where the thing
meets the ground, becomes a rectangle on the map, half a metre of doubt about it included. A zone without such corners says only that the thing is somewhere in
it. Both hold for things on the ground; what hangs on a wall has no place there. Plain Python: it is reckoned once a packet, and the case API has no numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from evidence.homography import LEAST_CORNERS, Homography
from evidence.model import Strict
from evidence.shapes import MOST_CORNERS, MapPoint
from evidence.zones import Zone

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371.0 km; within a zone the ellipsoid differs from it by millimetres."""
MOST_ERROR_METRES = 2.0
"""By which corners beyond the fourth may disagree (root mean square); more, and they are not each other's corners."""
REACH_METRES = 30.0
"""How far outside of its zone a thing may come to stand; what comes further was beyond the zone's horizon."""
DOUBT_METRES = 0.5
"""About a footprint: a detector's lower edge, and a corner that a person set on a map, are about as good."""
DEPTH_SHARE, LEAST_DEPTH_METRES, MOST_DEPTH_METRES = 0.6, 0.5, 2.0
"""A box shows how wide a thing is and not how deep: a stall, a car seen from its side are about so much of it, within bounds."""
SAME_GROUND_SHARE = 0.5
"""Of the smaller of two places that lies in the other from which they are one. By four simulated cameras on a plaza of 8 m, a stall of 2 m and corners that are
good to 0.2 m on the map: 95 % of the pairs of sights of one stall share so much, 2 % of those of a stall 2.5 m beside it, 9 % at 2.2 m; with corners good to
0.4 m 83 %, 8 % and 12 %. Which of several cases is joined goes by the share, so that two stalls that both cameras see do not change places."""
WIDEST_ZONE_METRES = 25.0
"""Of a zone that stands for whatever is in it; in a longer one two things side by side are told apart by nothing (a neighbouring camera's sight of a place is
commonly taken for the same within 15 to 25 m, DOMAIN.md 3)."""
GRID = 24
"""Points across and along at which two places are compared; a share is good to 0.02 by it."""
DIGITS = 8
"""Of a degree: a millimetre."""

Flat = tuple[float, float]
Box = tuple[float, float, float, float]


class Ground(Strict):
    """Where a thing stands on the map: in degrees, longitude first, of CGCS2000 or WGS-84.

    Attributes:
        zone_id: the zone whose map polygon told it.
        how: `corners` for the thing's own footprint by the zone's corners, `zone` for all of the zone.
    """

    zone_id: str
    how: Literal["corners", "zone"]
    polygon: Annotated[tuple[MapPoint, ...], Field(strict=False, min_length=3, max_length=MOST_CORNERS)]

    @property
    def bounds(self) -> Box:
        """West, south, east, north."""
        return bounds_of(self.polygon)

    @property
    def middle(self) -> Flat:
        """Longitude and latitude of the middle of its bounds."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2


def bounds_of(points: Sequence[Flat]) -> Box:
    """West, south, east and north of some points."""
    return min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)


def ground_of(zones: Sequence[Zone], zone_ids: Sequence[str], xyxy: Box) -> Ground | None:
    """Where a box that stands in these zones lies on the map; None where none of them is on a map.

    Args:
        zone_ids: of the zones that its footprint lies in; the first that places it wins, then the first that is on the map at all.
        xyxy: left, top, right, bottom, shares of the picture.
    """
    mapped = [zone for zone in zones if zone.id in zone_ids and zone.map_polygon is not None]
    for zone in mapped:
        footprint = _footprint(zone, xyxy)
        if footprint is not None:
            return Ground(zone_id=zone.id, how="corners", polygon=footprint)
    first = next(iter(mapped), None)
    return None if first is None or first.map_polygon is None else Ground(zone_id=first.id, how="zone", polygon=first.map_polygon)


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point of the map."""

    west: float
    south: float

    def to_metres(self, point: Flat) -> Flat:
        """A point of the map in metres."""
        return (point[0] - self.west) * METRES_PER_DEGREE * math.cos(math.radians(self.south)), (point[1] - self.south) * METRES_PER_DEGREE

    def to_degrees(self, point: Flat) -> Flat:
        """A point in metres on the map."""
        east = point[0] / (METRES_PER_DEGREE * math.cos(math.radians(self.south)))
        return round(self.west + east, DIGITS), round(self.south + point[1] / METRES_PER_DEGREE, DIGITS)


def _footprint(zone: Zone, xyxy: Box) -> tuple[Flat, ...] | None:
    """The rectangle on the map that a box stands on; None where the zone's corners do not tell."""
    on_map = zone.map_polygon
    if on_map is None or len(on_map) != len(zone.polygon) or len(on_map) < LEAST_CORNERS:
        return None
    plane = Plane(*bounds_of(on_map)[:2])
    corners = [plane.to_metres(point) for point in on_map]
    homography = Homography.of(zone.polygon, corners)
    if homography is None or homography.error > MOST_ERROR_METRES:
        return None
    left, top, right, bottom = xyxy
    middle, higher = (left + right) / 2, bottom - (bottom - top) / 50
    a, b, near, behind = (homography.applied(point) for point in ((left, bottom), (right, bottom), (middle, bottom), (middle, higher)))
    if a is None or b is None or near is None or behind is None:
        return None
    width, away = math.dist(a, b), math.dist(near, behind)
    if width <= 0 or away <= 0:
        return None
    along, depth = _unit(a, b), min(MOST_DEPTH_METRES, max(LEAST_DEPTH_METRES, DEPTH_SHARE * width))
    back = _square_to(along, _unit(near, behind))
    rectangle = (
        _moved(a, along, -DOUBT_METRES, back, -DOUBT_METRES), _moved(b, along, DOUBT_METRES, back, -DOUBT_METRES),
        _moved(b, along, DOUBT_METRES, back, depth + DOUBT_METRES), _moved(a, along, -DOUBT_METRES, back, depth + DOUBT_METRES),
    )  # fmt: skip
    if not _near(rectangle, corners, REACH_METRES):
        return None
    return tuple(plane.to_degrees(point) for point in rectangle)


def _near(points: Sequence[Flat], zone: Sequence[Flat], reach: float) -> bool:
    """Whether no point is further outside of the bounds of a zone than `reach`, all in metres."""
    west, south, east, north = bounds_of(zone)
    return all(west - reach <= x <= east + reach and south - reach <= y <= north + reach for x, y in points)


def lies_at(ground: Ground, zone: Sequence[Flat]) -> bool:
    """Whether a place on the map lies where a zone on the map may place a thing."""
    plane = Plane(*bounds_of(zone)[:2])
    return _near([plane.to_metres(point) for point in ground.polygon], [plane.to_metres(point) for point in zone], REACH_METRES + DOUBT_METRES)


def _unit(a: Flat, b: Flat) -> Flat:
    length = math.dist(a, b)
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def _square_to(along: Flat, towards: Flat) -> Flat:
    """The direction at right angles to `along` on the side of `towards`."""
    left = -along[1], along[0]
    return left if left[0] * towards[0] + left[1] * towards[1] >= 0 else (along[1], -along[0])


def _moved(point: Flat, along: Flat, by: float, back: Flat, further: float) -> Flat:
    return point[0] + by * along[0] + further * back[0], point[1] + by * along[1] + further * back[1]


def shared_ground(a: Ground, b: Ground) -> float:
    """Share of the smaller of two places (0..1) that lies in the other."""
    (w1, s1, e1, n1), (w2, s2, e2, n2) = a.bounds, b.bounds
    if e1 < w2 or e2 < w1 or n1 < s2 or n2 < s1:
        return 0.0
    plane = Plane(w1, s1)
    one, other = ([plane.to_metres(point) for point in ground.polygon] for ground in (a, b))
    if _area(one) > _area(other):
        one, other = other, one
    inside = shared = 0
    for point in _grid(one):
        if _contains(one, point):
            inside += 1
            shared += _contains(other, point)
    return shared / inside if inside else 0.0


def is_same_ground(a: Ground, b: Ground) -> bool:
    """Whether what stands at one place may be what stands at the other: enough of the smaller lies in it, and neither is a zone too long to say anything."""
    if any(one.how == "zone" and across_metres(one) > WIDEST_ZONE_METRES for one in (a, b)):
        return False
    return shared_ground(a, b) >= SAME_GROUND_SHARE


def across_metres(ground: Ground) -> float:
    """From corner to corner of its bounds."""
    west, south, east, north = ground.bounds
    return math.hypot(*Plane(west, south).to_metres((east, north)))


def _area(points: Sequence[Flat]) -> float:
    return abs(sum(points[i - 1][0] * points[i][1] - points[i][0] * points[i - 1][1] for i in range(len(points)))) / 2


def _grid(points: Sequence[Flat]) -> Iterator[Flat]:
    west, south, east, north = bounds_of(points)
    for row in range(GRID):
        for column in range(GRID):
            yield west + (east - west) * (column + 0.5) / GRID, south + (north - south) * (row + 0.5) / GRID


def _contains(points: Sequence[Flat], point: Flat) -> bool:
    """Whether a point lies in a polygon (even-odd rule)."""
    x, y = point
    inside = False
    x1, y1 = points[-1]
    for x2, y2 in points:
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
        x1, y1 = x2, y2
    return inside
