"""What was drawn on a view's reference picture, where it lies in the picture of a camera that has moved a little. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from detector.judgement.drift.homography import Homography, moved_point, moved_points
from detector.judgement.values import Box, Bystander, Stay, ViewState
from evidence.views import MINIMUM_AREA, ViewDocument, polygon_area

Points = tuple[tuple[float, float], ...]
DIGITS = 5
"""Of a share: a fiftieth of a pixel at 1080p."""


def moved_view(view: ViewDocument, homography: Homography) -> ViewDocument:
    """The view with its zones, lines and permits where they lie now, cut to the picture; what has left the picture is not in it."""
    return view.model_copy(
        update={
            "zones": tuple(moved for zone in view.zones if (moved := _with_polygon(zone, homography)) is not None),
            "permits": tuple(moved for permit in view.permits if (moved := _with_polygon(permit, homography)) is not None),
            "lines": tuple(
                line.model_copy(update={"points": points}) for line in view.lines if len(points := moved_line(line.points, homography)) >= 2
            ),
        }
    )  # fmt: skip


def _with_polygon(drawn: Any, homography: Homography) -> Any:
    """A zone or permit with its polygon moved; None where nothing of it is left in the picture.

    A zone that was cut has other corners than its polygon on the map: one more is put there, so that nobody takes them for pairs.
    """
    moved = moved_points(homography, drawn.polygon)
    inside = _in_picture(moved)
    if inside is None:
        return None
    changes: dict[str, Any] = {"polygon": inside}
    on_map = getattr(drawn, "map_polygon", None)
    if on_map is not None and len(on_map) == len(inside) and any(not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0) for x, y in moved):
        (x0, y0), (x1, y1) = on_map[0], on_map[1]
        changes["map_polygon"] = (on_map[0], ((x0 + x1) / 2, (y0 + y1) / 2), *on_map[1:])
    return drawn.model_copy(update=changes)


def _in_picture(points: Points) -> Points | None:
    """A polygon cut to the picture (Sutherland and Hodgman 1974); None where no area is left."""
    for axis, bound, keeps_below in ((0, 0.0, False), (0, 1.0, True), (1, 0.0, False), (1, 1.0, True)):
        points = _cut(points, axis, bound, keeps_below=keeps_below)
        if len(points) < 3:
            return None
    rounded = tuple((round(x, DIGITS), round(y, DIGITS)) for x, y in points)
    kept = tuple(point for i, point in enumerate(rounded) if point != rounded[i - 1])
    return kept if len(kept) >= 3 and abs(polygon_area(kept)) >= MINIMUM_AREA else None


def _cut(points: Points, axis: int, bound: float, *, keeps_below: bool) -> Points:
    cut: list[tuple[float, float]] = []
    for i, here in enumerate(points):
        before = points[i - 1]
        inside, was_inside = ((one[axis] <= bound) if keeps_below else (one[axis] >= bound) for one in (here, before))
        if inside != was_inside:
            cut.append(_crossing(before, here, axis, bound))
        if inside:
            cut.append(here)
    return tuple(cut)


def _crossing(a: tuple[float, float], b: tuple[float, float], axis: int, bound: float) -> tuple[float, float]:
    along = (bound - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + along * (b[1 - axis] - a[1 - axis])
    return (bound, other) if axis == 0 else (other, bound)


def moved_line(points: Sequence[tuple[float, float]], homography: Homography) -> Points:
    """A line where it lies now, its ends cut to the picture; fewer than two points where it has left it. A corner outside is cut off with what is beyond."""
    moved = moved_points(homography, points)
    kept: list[tuple[float, float]] = []
    for a, b in pairwise(moved):
        part = _within(a, b)
        if part is not None:
            kept += [point for point in part if not kept or point != kept[-1]]
    return tuple((round(x, DIGITS), round(y, DIGITS)) for x, y in kept)


def _within(a: tuple[float, float], b: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a segment that lies in the picture (Liang and Barsky 1984)."""
    begins, ends = 0.0, 1.0
    for axis in (0, 1):
        delta = b[axis] - a[axis]
        for slope, room in ((-delta, a[axis]), (delta, 1.0 - a[axis])):
            if slope == 0:
                if room < 0:
                    return None
            elif slope < 0:
                begins = max(begins, room / slope)
            else:
                ends = min(ends, room / slope)
    if begins >= ends:
        return None
    at = [(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for share in (begins, ends)]
    return at[0], at[1]


def moved_box(box: Box, homography: Homography) -> Box:
    """Where a box lies now: its middle moves, its sides are those of its edges' middles, so that a turn does not let it grow."""
    left, top, right, bottom = box
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    x0, _ = moved_point(homography, left, middle_y)
    x1, _ = moved_point(homography, right, middle_y)
    _, y0 = moved_point(homography, middle_x, top)
    _, y1 = moved_point(homography, middle_x, bottom)
    return x0, y0, x1, y1


def moved_memory(state: ViewState, homography: Homography) -> ViewState:
    """What judging remembers, with the places of stays and people where they lie in the picture now. Samples stay as their own pictures show them."""
    if not state.stays and not state.bystanders:
        return state
    stays: tuple[Stay, ...] = tuple(
        replace(
            stay, xyxy=moved_box(stay.xyxy, homography),
            members=tuple(replace(member, xyxy=moved_box(member.xyxy, homography)) for member in stay.members),
        )
        for stay in state.stays
    )  # fmt: skip
    people: tuple[Bystander, ...] = tuple(replace(one, xyxy=moved_box(one.xyxy, homography)) for one in state.bystanders)
    return replace(state, stays=stays, bystanders=people)
