"""What is wrong with a polygon or line, said so that a person finds it in the picture: which corner, which edges, where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Corners = Sequence[tuple[float, float]]

PIXELS = 1.5
"""A coordinate above this was hardly meant as a share of the picture."""
SHOWN_DIGITS = 3


def crossing(points: Corners, *, closed: bool = True) -> tuple[int, int, tuple[float, float]] | None:
    """The first two edges, by the number of the corner at which they begin (from 1), that meet though they are no neighbours, and where; None without."""
    edges = list(pairwise([*points, points[0]] if closed else points))
    for i, (a, b) in enumerate(edges):
        for j in range(i + 2, len(edges)):
            if closed and i == 0 and j == len(edges) - 1:
                continue
            spot = meeting(a, b, *edges[j])
            if spot is not None:
                return i + 1, j + 1, spot
    return None


def meeting(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> tuple[float, float] | None:
    """Where the segments a–b and c–d cross; None where they do not, or only touch."""
    rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-15:
        return None
    along = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross
    other = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross
    if not (0 < along < 1 and 0 < other < 1):
        return None
    return a[0] + along * rx, a[1] + along * ry


def told_crossing(name: str, points: Corners) -> str:
    """A polygon that crosses itself, in words."""
    found = crossing(points)
    if found is None:
        return f"{name} crosses itself; list its corners in order round the area"
    first, second, spot = found
    return (
        f"{name} crosses itself at {told_point(spot)}: its edge from corner {first} to {first % len(points) + 1} meets the one from corner {second} to "
        f"{second % len(points) + 1}; list its corners in order round the area"
    )


def told_outside(name: str, number: int, point: Any) -> str:
    """A corner outside of the picture, in words; `number` from 0."""
    what = f"corner {number + 1} of {name} lies outside the picture at {told_point(point)}: a point is [x, y] in shares of the picture, 0 to 1"
    numbers = [value for value in point if isinstance(value, int | float)] if isinstance(point, list | tuple) else []
    if any(abs(value) > PIXELS for value in numbers):
        what += "; these look like pixels: divide them by the picture's width and height"
    return what


def told_point(point: Any) -> str:
    """A point as people write it."""
    if isinstance(point, list | tuple) and len(point) == 2 and all(isinstance(value, int | float) for value in point):
        return f"[{point[0]:.{SHOWN_DIGITS}g}, {point[1]:.{SHOWN_DIGITS}g}]"
    return str(point)


DRAWN = {"zones": "the zone", "lines": "the line", "permits": "the permit"}


def told_shape(path: Sequence[str | int], data: Any, message: str) -> tuple[list[str | int], str] | None:
    """A fault of a polygon's or line's points with the name of what was drawn: its field and the words; None for any other fault.

    Args:
        path: of the fault, from the document's root.
        data: the document.
    """
    place = next((i for i, part in enumerate(path) if part in ("polygon", "points")), None)
    if place is None or place < 2 or path[place - 2] not in DRAWN:
        return None
    try:
        item = data
        for part in path[:place]:
            item = item[part]
        points = item[path[place]]
    except (KeyError, IndexError, TypeError):
        return None
    named = item.get("id") if isinstance(item, dict) else None
    name = f"{DRAWN[str(path[place - 2])]} {named}" if isinstance(named, str) else DRAWN[str(path[place - 2])]
    field = list(path[: place + 1])
    number = path[place + 1] if len(path) > place + 1 else None
    if isinstance(number, int) and "outside the picture" in message:
        return [*field, number], told_outside(name, number, points[number])
    if number is None and "crosses itself" in message:
        return field, told_crossing(name, [(float(x), float(y)) for x, y in points])
    return (field, f"{name}: {message}") if number is None else None
