"""Boxes, areas and storefront lines in shares of the picture; y runs down. Where an `aspect` (width of the picture over its height, in pixels) is given,
lengths are in heights of the picture: a share of the width is longer than one of the height.

Called for every thing of every look, so it is plain Python on tuples: a box has four numbers and an area five corners, and numpy's cost a call is
higher than the whole sum. CPU time of one core: `share_in` of a footprint in two areas of six corners 15 µs, `share_beyond` of a two-point line 4 µs and
of a four-point line 100 µs, `near` 1 µs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

Box = tuple[float, float, float, float]
Points = Sequence[tuple[float, float]]

FOOTPRINT_SHARE = 0.20
"""The lower 15 to 20 % of a box touch the ground (DOMAIN.md 1.2, its anchor rule); the larger end, since boxes end a little high or low."""
AREA_ROWS = 4
"""Rows at which a box is measured against areas; along a row the measure is exact. Our choice: between two corners of an area a row's middle is exact
too, and a footprint is flat."""
GRID = (16, 4)
"""Points across and down at which a box is measured against a line with corners. Our choice; within 0.03 of a straight line's true share."""
NEAR_WIDTH_SHARE, NEAR_HEIGHT_SHARE = 0.5, 0.4
"""How far round a stay's box somebody stands at it, in shares of the box. Our choice: a seller stands beside or behind the goods (their feet higher in the
picture), a customer before them; half a stall's width is about a metre."""

USUAL_ASPECT = 16 / 9
"""Of a street camera's picture, where nobody says."""
PRESSED_SHARE = 0.2
"""From this share of the footprint on a thing presses on tactile paving (占压盲道). A strip is 0.3 to 0.6 m wide and a stall's footprint 1 to 1.5 m deep, so a
stall that covers the strip has a quarter of its footprint on it, and a bicycle of 1.8 m across one of 0.4 m a bit more than a fifth; a box that is drawn a few
pixels low has less. Our choice."""

BESIDE_WIDTHS, BESIDE_DEPTH = 1.0, 0.75
"""What stands beside a footprint: up to its own width to the left and right, and in the picture three quarters of that up and down (a metre of ground in depth
is 16/9 times sin 25° of a metre across, for a 16:9 camera that looks down by 25°, the middle of 10 to 40°). Our choice: a stall's width is 1.5 to 2 m."""


def footprint(box: Box) -> Box:
    """The part of a box that touches the ground: its lower 20 %."""
    left, top, right, bottom = box
    return left, bottom - FOOTPRINT_SHARE * (bottom - top), right, bottom


def foot_point(box: Box) -> tuple[float, float]:
    """Middle of a box's lower edge: where a person stands."""
    return (box[0] + box[2]) / 2, box[3]


def surroundings(foot: Box) -> Box:
    """A footprint grown by what stands beside it."""
    reach = BESIDE_WIDTHS * (foot[2] - foot[0])
    return foot[0] - reach, foot[1] - BESIDE_DEPTH * reach, foot[2] + reach, foot[3] + BESIDE_DEPTH * reach


def meet(a: Box, b: Box) -> bool:
    """Whether two boxes touch or overlap."""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def area(box: Box) -> float:
    """Area; nothing for a box that is turned inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def common_area(a: Box, b: Box) -> float:
    """Area that both boxes cover."""
    left, top, right, bottom = a
    x0, y0, x1, y1 = b
    width = (right if right < x1 else x1) - (left if left > x0 else x0)
    if width <= 0:
        return 0.0
    height = (bottom if bottom < y1 else y1) - (top if top > y0 else y0)
    return width * height if height > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Common area over united area (0..1)."""
    common = common_area(a, b)
    return common / (area(a) + area(b) - common) if common > 0 else 0.0


def covered_share(a: Box, b: Box) -> float:
    """Share of `a` that lies inside `b` (0..1)."""
    common = common_area(a, b)
    return common / area(a) if common > 0 else 0.0


def bounding_box(polygons: Iterable[Points]) -> Box:
    """The smallest box round all polygons.

    Raises:
        ValueError: there is no polygon.
    """
    corners = [point for polygon in polygons for point in polygon]
    if not corners:
        raise ValueError("no polygon, no box round it")
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def contains(polygon: Points, x: float, y: float) -> bool:
    """Whether a point lies in a polygon (even-odd rule)."""
    inside = False
    x1, y1 = polygon[-1]
    for x2, y2 in polygon:
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
        x1, y1 = x2, y2
    return inside


def share_in(box: Box, polygons: Sequence[Points]) -> float:
    """Share of a box (0..1) that lies in the union of polygons: exact along each of 4 rows.

    A box without width is measured at its points, one without height along its line.
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if width <= 0:
        rows = [top + height * (row + 0.5) / AREA_ROWS for row in range(AREA_ROWS)]
        return sum(any(contains(polygon, left, y) for polygon in polygons) for y in rows) / AREA_ROWS
    crossing = [polygon for polygon in polygons if _edge_meets(polygon, left, top, right, bottom)]
    if len(crossing) < len(polygons):  # what no edge meets lies in the polygon, or outside of it, as a whole
        middle = ((left + right) / 2, (top + bottom) / 2)
        if any(contains(polygon, *middle) for polygon in polygons if not any(polygon is one for one in crossing)):
            return 1.0
        if not crossing:
            return 0.0
        polygons = crossing
    total = 0.0
    for row in range(AREA_ROWS):
        y = top + height * (row + 0.5) / AREA_ROWS
        spans = [span for polygon in polygons for span in _spans(polygon, y, left, right)]
        if len(spans) > 1:
            spans.sort()
        reached = left
        for begins, ends in spans:
            if ends > reached:
                total += ends - max(begins, reached)
                reached = ends
    return min(1.0, total / (width * AREA_ROWS))


def _edge_meets(polygon: Points, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether the box round any edge of a polygon meets a box."""
    x1, y1 = polygon[-1]
    for x2, y2 in polygon:
        if (x1 < right or x2 < right) and (x1 > left or x2 > left) and (y1 < bottom or y2 < bottom) and (y1 > top or y2 > top):
            return True
        x1, y1 = x2, y2
    return False


def _spans(polygon: Points, y: float, left: float, right: float) -> Iterator[tuple[float, float]]:
    """The stretches of the row `y` between `left` and `right` that lie in a polygon."""
    crossings = []
    x1, y1 = polygon[-1]
    for x2, y2 in polygon:
        if (y1 > y) != (y2 > y):
            crossings.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        x1, y1 = x2, y2
    crossings.sort()
    for begins, ends in zip(crossings[::2], crossings[1::2], strict=True):
        if ends > left and begins < right:
            yield max(begins, left), min(ends, right)


def share_beyond(box: Box, points: Points, outside: Literal["left", "right"], aspect: float = 1.0) -> float:
    """Share of a box (0..1) beyond a directed line, on its `outside`.

    Left and right are those of somebody who walks from the first point to the last, seen in the picture (y down). The nearest segment decides for each
    spot; the line's two ends go on for ever. Exact for a line of two points, sampled at 16x4 spots for one with corners.
    """
    sign = 1.0 if outside == "right" else -1.0
    left, top, right, bottom = box
    if len(points) == 2 and right > left and bottom > top:
        (x1, y1), (x2, y2) = points
        return _half_plane_share(box, sign * (x2 - x1), sign * (y2 - y1), x1, y1)
    across, down = GRID
    beyond = 0
    for row in range(down):
        y = top + (bottom - top) * (row + 0.5) / down
        for column in range(across):
            x = left + (right - left) * (column + 0.5) / across
            beyond += sign * _side(points, x, y, aspect) > 0
    return beyond / (across * down)


def _half_plane_share(box: Box, dx: float, dy: float, x1: float, y1: float) -> float:
    """Share of a box to the right of the line through (x1, y1) in the direction (dx, dy): the box cut by it, area by the shoelace formula."""
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    sides = [dx * (y - y1) - dy * (x - x1) for x, y in corners]
    if min(sides) >= 0:
        return 1.0 if max(sides) > 0 else 0.0
    if max(sides) <= 0:
        return 0.0
    kept = []
    for i in range(4):
        (ax, ay), (bx, by), a, b = corners[i - 1], corners[i], sides[i - 1], sides[i]
        if (a > 0) != (b > 0):
            along = a / (a - b)
            kept.append((ax + along * (bx - ax), ay + along * (by - ay)))
        if b > 0:
            kept.append((bx, by))
    doubled = sum(kept[i - 1][0] * kept[i][1] - kept[i][0] * kept[i - 1][1] for i in range(len(kept)))
    return min(1.0, abs(doubled) / 2 / area(box))


def _side(points: Points, x: float, y: float, aspect: float = 1.0) -> float:
    """Above 0 right of the line, below 0 left of it.

    Where two segments are equally near (their common corner is the nearest point), the one whose straight continuation is farther away decides; the
    other would call the outside of a corner its inside.
    """
    nearest, side, height = float("inf"), 0.0, -1.0
    last = len(points) - 2
    for i in range(last + 1):
        x1, y1 = points[i]
        dx, dy = aspect * (points[i + 1][0] - x1), points[i + 1][1] - y1
        length = dx * dx + dy * dy
        if length == 0:
            continue
        px, py = aspect * (x - x1), y - y1
        along = (px * dx + py * dy) / length
        if along < 0 and i > 0:
            along = 0.0
        elif along > 1 and i < last:
            along = 1.0
        away_x, away_y = px - along * dx, py - along * dy
        distance = away_x * away_x + away_y * away_y
        cross = dx * py - dy * px
        perpendicular = cross * cross / length
        if distance < nearest - 1e-12 or (distance <= nearest + 1e-12 and perpendicular > height):
            nearest, side, height = distance, cross, perpendicular
    return side


def distance_to_line(point: tuple[float, float], points: Points, aspect: float = 1.0) -> float:
    """How far a point lies from a line of segments (its ends not extended), in shares of the picture."""
    return nearest_on(point, points, aspect)[0]


def nearest_on(point: tuple[float, float], points: Points, aspect: float = 1.0) -> tuple[float, float]:
    """How far a point lies from a line of segments (its ends not extended), and how far along the line the nearest spot is, in shares of the picture."""
    x, y = point
    best, at, walked = float("inf"), 0.0, 0.0
    for (x1, y1), (x2, y2) in pairwise(points):
        dx, dy, px = aspect * (x2 - x1), y2 - y1, aspect * (x - x1)
        squared = dx * dx + dy * dy
        length = squared**0.5
        along = 0.0 if squared == 0 else min(1.0, max(0.0, (px * dx + (y - y1) * dy) / squared))
        away = (px - along * dx) ** 2 + (y - y1 - along * dy) ** 2
        if away < best:
            best, at = away, walked + along * length
        walked += length
    return float(best**0.5), at


def length_of(points: Points, aspect: float = 1.0) -> float:
    """Length of a line of segments, in shares of the picture."""
    return sum(float(((aspect * (x2 - x1)) ** 2 + (y2 - y1) ** 2) ** 0.5) for (x1, y1), (x2, y2) in pairwise(points))


def near(person: Box, stay: Box) -> bool:
    """Whether a person stands at a stay: their boxes overlap, or the person's feet are close round the stay's box."""
    if common_area(person, stay) > 0:
        return True
    x, y = foot_point(person)
    beside, above = NEAR_WIDTH_SHARE * (stay[2] - stay[0]), NEAR_HEIGHT_SHARE * (stay[3] - stay[1])
    return stay[0] - beside <= x <= stay[2] + beside and stay[1] - above <= y <= stay[3] + above
