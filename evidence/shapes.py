"""Polygons on a camera's picture and what stands for an id; shared by all that is drawn on a view."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from evidence.model import Point

MINIMUM_AREA = 1e-5
"""A polygon smaller than 0.001 % of the picture is a slip of the hand."""
MOST_CORNERS = 256
"""Corners of a polygon or points of a line; the check that no edges cross is quadratic in them."""


def polygon_area(points: tuple[tuple[float, float], ...]) -> float:
    """Signed area by the shoelace formula."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True)) / 2


def crosses_itself(points: tuple[tuple[float, float], ...]) -> bool:
    """Whether two edges that are not neighbours meet."""
    count = len(points)
    edges = [(points[i], points[(i + 1) % count]) for i in range(count)]
    for i in range(count):
        for j in range(i + 2, count):
            if not (i == 0 and j == count - 1) and _meet(*edges[i], *edges[j]):
                return True
    return False


def _meet(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def check_polygon(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """The polygon itself.

    Raises:
        ValueError: it has fewer than three corners, crosses itself or has no area.
    """
    if len(points) < 3:
        raise ValueError(f"a polygon needs at least 3 points, this one has {len(points)}")
    if crosses_itself(points):
        raise ValueError("the polygon crosses itself; list its corners in order round the area")
    if abs(polygon_area(points)) < MINIMUM_AREA:
        raise ValueError("the polygon has no area")
    return points


Polygon = Annotated[tuple[Point, ...], Field(strict=False, max_length=MOST_CORNERS), AfterValidator(check_polygon)]
"""An area of the picture: its corners in order, in shares of the picture, not crossing itself."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

LARGEST_MAP_DEGREES = 0.01
"""No zone reaches further on the map, about a kilometre; what does is a slip, such as two corners of which one has its numbers the other way round."""
SMALLEST_MAP_AREA = 1e-11
"""In square degrees: about a tenth of a square metre."""


def map_area(points: tuple[tuple[float, float], ...]) -> float:
    """Signed area in square degrees; reckoned from the first corner, since degrees of the whole globe have too few digits for a square metre."""
    west, south = points[0]
    return polygon_area(tuple((longitude - west, latitude - south) for longitude, latitude in points))


def check_map_polygon(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """The polygon itself.

    Raises:
        ValueError: it is no area on the map, or none that a camera sees.
    """
    if any(not (-180.0 <= longitude <= 180.0 and -85.0 <= latitude <= 85.0) for longitude, latitude in points):
        raise ValueError("a corner on the map is longitude, then latitude, in degrees (CGCS2000 or WGS-84)")
    if len(points) < 3:
        raise ValueError(f"a polygon needs at least 3 points, this one has {len(points)}")
    widest = max(max(one[axis] for one in points) - min(one[axis] for one in points) for axis in (0, 1))
    if widest > LARGEST_MAP_DEGREES:
        raise ValueError(f"reaches over {widest:.3g} degrees of the map, which no camera sees (at most {LARGEST_MAP_DEGREES:g}, about a kilometre)")
    if crosses_itself(points):
        raise ValueError("the polygon crosses itself; list its corners in order round the area")
    if abs(map_area(points)) < SMALLEST_MAP_AREA:
        raise ValueError("the polygon has no area")
    return points


MapPoint = Annotated[tuple[float, float], Field(strict=False)]
"""Longitude and latitude in degrees, of CGCS2000 or WGS-84, which lie less than a metre apart; never GCJ-02, which is 300 to 600 m off."""
MapPolygon = Annotated[tuple[MapPoint, ...], Field(strict=False, max_length=MOST_CORNERS), AfterValidator(check_map_polygon)]
"""An area of the map: its corners in order."""
