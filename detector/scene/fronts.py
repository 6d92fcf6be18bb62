"""Storefront lines against the ground before them and against each other: how much of it lies beyond a line, and whether two lines agree where outside is.

Left and right are those of somebody who walks a line from its first point to its last, as everywhere; distances are in shares of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from detector.judgement.geometry import Points, bounding_box, contains, distance_to_line, length_of, nearest_on, share_beyond
from evidence.views import StorefrontLine

GRID_STEPS = 48
"""Points across and down at which the ground round a line is asked."""
ROUND = 0.15
"""How far round a line the ground is asked, in shares of the picture; for a longer line as far as it is long."""
LEAST_POINTS = 24
"""Of fewer points no share is told: a stretch between two other lines, a zone that a line's end only touches."""
SPOTS = 60
"""Spots of a line that are held against another line."""
TOGETHER, TOGETHER_SHARE = 0.01, 0.04
"""Two lines run along each other where they are no farther apart than a hand clicks (1 % of the picture), and than this share of the shorter one: the
fronts of the two sides of a street, seen far away, are close together and short. Our choice."""
ALIKE = 0.98
"""Cosine from which on two directions are one: 11°. The two sides of a street that narrows into the distance are none."""
ENDS_MEET, ENDS_MEET_SHARE = 0.02, 0.25
"""Two lines adjoin where ends of theirs are no farther apart than this, and than this share of the shorter one. Our choice."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Where two lines adjoin.

    Attributes:
        spot: the middle between their ends.
        agree: whether somebody who walks along one and on along the other has the outside on the same hand.
    """

    spot: tuple[float, float]
    agree: bool


def share_before(line: StorefrontLine, lines: Sequence[StorefrontLine], area: Points) -> float | None:
    """Share of an area's ground opposite to a line, on either hand, that lies beyond it; None where there is hardly any.

    Ground is a line's where it is the nearest of `lines`. What lies past the line's ends is not opposite to it, though an end that goes on straight has an
    outside there too.
    """
    length, beyond, found = length_of(line.points), 0, 0
    others = [one.points for one in lines if one is not line]
    (left, top, right, bottom), (x0, y0, x1, y1), grow = bounding_box([area]), bounding_box([line.points]), max(ROUND, length)
    left, top, right, bottom = max(left, x0 - grow), max(top, y0 - grow), min(right, x1 + grow), min(bottom, y1 + grow)
    for i in range(GRID_STEPS * GRID_STEPS):
        x, y = left + (right - left) * (i % GRID_STEPS + 0.5) / GRID_STEPS, top + (bottom - top) * (i // GRID_STEPS + 0.5) / GRID_STEPS
        if contains(area, x, y):
            distance, along = nearest_on((x, y), line.points)
            if 0 < along < length and all(distance <= distance_to_line((x, y), points) for points in others):
                found += 1
                beyond += share_beyond((x, y, x, y), line.points, line.outside) > 0
    return beyond / found if found >= LEAST_POINTS else None


def opposed(one: StorefrontLine, other: StorefrontLine) -> tuple[float, tuple[float, float]]:
    """Share of the shorter line along which the other runs beside it (all but) and has its outside on the other hand, and the middle of that stretch."""
    return _together(one, other, -1.0)


def doubled(one: StorefrontLine, other: StorefrontLine) -> tuple[float, tuple[float, float]]:
    """The same of two lines that have their outside on the same hand: one wall, drawn twice."""
    return _together(one, other, 1.0)


def _together(one: StorefrontLine, other: StorefrontLine, sign: float) -> tuple[float, tuple[float, float]]:
    """Share of the shorter line along which the other runs beside it, with the same outside (`sign` 1) or the opposite one (-1), and that stretch's middle."""
    shorter, longer = sorted((one, other), key=lambda line: length_of(line.points))
    short, long = length_of(shorter.points), length_of(longer.points)
    reach = min(TOGETHER, TOGETHER_SHARE * short)
    found = []
    for (x, y), (dx, dy) in _spots(shorter):
        distance, along = nearest_on((x, y), longer.points)
        if distance <= reach and 0 < along < long:
            ux, uy = _outwards(longer, along)
            if sign * (dx * ux + dy * uy) >= ALIKE:
                found.append((x, y))
    if not found:
        return 0.0, (0.0, 0.0)
    return len(found) / SPOTS, found[len(found) // 2]


def joint(one: StorefrontLine, other: StorefrontLine) -> Joint | None:
    """Where an end of one line meets an end of the other, the nearest ends; None where none do."""
    reach = min(ENDS_MEET, ENDS_MEET_SHARE * min(length_of(one.points), length_of(other.points)))
    ends = [(_apart(one.points[i], other.points[j]), i, j) for i in (-1, 0) for j in (0, -1)]
    apart, i, j = min(ends)
    if apart > reach:
        return None
    (ax, ay), (bx, by) = one.points[i], other.points[j]
    walked_on = i != j  # from the last point of one to the first of the other; else one of them is walked backwards, with the outside on the other hand
    return Joint(((ax + bx) / 2, (ay + by) / 2), (one.outside == other.outside) is walked_on)


def _spots(line: StorefrontLine) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Spots at equal distances along a line, and which way its outside is there."""
    length = length_of(line.points)
    for step in range(SPOTS):
        at = length * (step + 0.5) / SPOTS
        yield _at(line.points, at), _outwards(line, at)


def _at(points: Points, at: float) -> tuple[float, float]:
    for (x1, y1), (x2, y2) in pairwise(points):
        length = _apart((x1, y1), (x2, y2))
        if at <= length and length > 0:
            return x1 + (x2 - x1) * at / length, y1 + (y2 - y1) * at / length
        at -= length
    return points[-1]


def _outwards(line: StorefrontLine, at: float) -> tuple[float, float]:
    """The direction of a line's outside so far along it, of length 1."""
    sign, found = (1.0 if line.outside == "right" else -1.0), (0.0, 0.0)
    for a, b in pairwise(line.points):
        length = _apart(a, b)
        if length > 0:
            found = (-sign * (b[1] - a[1]) / length, sign * (b[0] - a[0]) / length)
            if at <= length:
                break
        at -= length
    return found


def _apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)
