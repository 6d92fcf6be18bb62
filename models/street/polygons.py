"""Polygons cut to the picture, for zones and permits."""

from __future__ import annotations

STRAIGHT = 4e-5
"""Twice the area of the triangle of three corners below which the middle one bends nothing."""


def cut_to_picture(points: list[tuple[float, float]]) -> list[list[float]]:
    """A polygon in 0..1 cut to the picture (Sutherland and Hodgman 1974), corners that bend nothing left out."""
    for axis, limit, keep_low in ((0, 0.0, False), (0, 1.0, True), (1, 0.0, False), (1, 1.0, True)):
        out: list[tuple[float, float]] = []
        for i, here in enumerate(points):
            there = points[i - 1]
            inside = here[axis] <= limit if keep_low else here[axis] >= limit
            was_inside = there[axis] <= limit if keep_low else there[axis] >= limit
            if inside != was_inside:
                t = (limit - there[axis]) / (here[axis] - there[axis])
                out.append((there[0] + t * (here[0] - there[0]), there[1] + t * (here[1] - there[1])))
            if inside:
                out.append(here)
        points = out
    corners: list[list[float]] = []
    for i, (x, y) in enumerate(points):
        px, py = corners[-1] if corners else points[i - 1]
        nx, ny = points[(i + 1) % len(points)]
        bend = abs((x - px) * (ny - py) - (y - py) * (nx - px))
        if bend > STRAIGHT or not corners:
            corners.append([abs(round(x, 4)), abs(round(y, 4))])
    return corners
