"""A homography from one plane to another, such as from a camera's picture to the ground that it shows. Plain Python, for a handful of corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

Flat = tuple[float, float]

LEAST_CORNERS = 4
"""That fix a homography (Hartley and Zisserman, Multiple View Geometry, chapter 4)."""
SURE = 1e-10
"""A smaller pivot of the scaled equations means that the corners fix nothing: three of four lie on a line."""


@dataclass(frozen=True, slots=True)
class Homography:
    """From points of one plane to points of another, by the direct linear transformation with both sides centred and scaled.

    Attributes:
        rows: nine numbers, the last 1.
        source, target: middle (x, y) and scale of either side.
        least: a hundredth of the least depth among the corners: what has less is at or beyond the horizon.
        error: by how much the corners miss each other, root mean square, in the target's unit; 0 for four.
    """

    rows: tuple[float, ...]
    source: tuple[float, float, float]
    target: tuple[float, float, float]
    least: float = 0.0
    error: float = 0.0

    @classmethod
    def of(cls, source: Sequence[Flat], target: Sequence[Flat]) -> Homography | None:
        """That which takes each corner to its own on the other side, of more than four by least squares; None where they fix none."""
        if len(source) < LEAST_CORNERS:
            return None
        here, there = _centred(source), _centred(target)
        lines: list[tuple[list[float], float]] = []
        for one, other in zip(source, target, strict=True):
            (u, v), (x, y) = _scaled(one, here), _scaled(other, there)
            lines += [([u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x], x), ([0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y], y)]
        solved = _least_squares(lines)
        if solved is None:
            return None
        found = cls((*solved, 1.0), here, there)
        depths = [found._depth(_scaled(point, here)) for point in source]
        if min(depths) <= 0:  # the horizon runs between the corners
            return None
        errors = [math.inf if placed is None else math.dist(placed, other) for placed, other in zip(map(found.applied, source), target, strict=True)]
        return replace(found, least=min(depths) / 100, error=math.sqrt(sum(error * error for error in errors) / len(errors)))

    def applied(self, point: Flat) -> Flat | None:
        """Where a point comes to lie; None of one at or beyond the horizon."""
        u, v = _scaled(point, self.source)
        depth = self._depth((u, v))
        if depth <= self.least:
            return None
        a = self.rows
        middle_x, middle_y, scale = self.target
        return (a[0] * u + a[1] * v + a[2]) / depth * scale + middle_x, (a[3] * u + a[4] * v + a[5]) / depth * scale + middle_y

    def _depth(self, point: Flat) -> float:
        return self.rows[6] * point[0] + self.rows[7] * point[1] + self.rows[8]


def _centred(points: Sequence[Flat]) -> tuple[float, float, float]:
    """Middle and scale of points, so that they lie within -1..1."""
    x, y = sum(one[0] for one in points) / len(points), sum(one[1] for one in points) / len(points)
    return x, y, max(max(abs(one[0] - x), abs(one[1] - y)) for one in points) or 1.0


def _scaled(point: Flat, centre: tuple[float, float, float]) -> Flat:
    return (point[0] - centre[0]) / centre[2], (point[1] - centre[1]) / centre[2]


def _least_squares(lines: Sequence[tuple[list[float], float]]) -> tuple[float, ...] | None:
    """The solution of an overdetermined system by its normal equations, eliminated with pivots; None where it has none that is sure."""
    count = len(lines[0][0])
    table = [[sum(row[i] * row[j] for row, _ in lines) for j in range(count)] + [sum(row[i] * value for row, value in lines)] for i in range(count)]
    for column in range(count):
        pivot = max(range(column, count), key=lambda row: abs(table[row][column]))
        if abs(table[pivot][column]) < SURE:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        for row in range(count):
            if row != column:
                factor = table[row][column] / table[column][column]
                table[row] = [one - factor * other for one, other in zip(table[row], table[column], strict=True)]
    return tuple(table[row][count] / table[row][row] for row in range(count))
