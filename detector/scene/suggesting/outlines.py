"""From rays to what a scene file holds: polygons and lines within the picture, with few corners."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from detector.scene.suggesting.fan import Fan
from evidence.views import crosses_itself, polygon_area
from models.street.polygons import cut_to_picture

Polygon = tuple[tuple[float, float], ...]

TOLERANCE = 0.004
"""How far an outline may be moved to have fewer corners, in shares of the picture."""
DIGITS = 3
SHORTEST_LINE = 0.05


def tidy(outline: Sequence[tuple[float, float]], smallest: float) -> Polygon | None:
    """An outline cut to the picture with as few corners as say the same; None where less than `smallest` of the picture is left, or it crosses itself."""
    cut = cut_to_picture([(float(x), float(y)) for x, y in outline])
    if len(cut) < 3:
        return None
    fine = np.array(cut, np.float32).reshape(-1, 1, 2)
    for tolerance in (TOLERANCE, TOLERANCE / 4, 0.0):
        few = cv2.approxPolyDP(fine, tolerance, True).reshape(-1, 2)
        points = tuple((round(min(1.0, max(0.0, float(x))), DIGITS), round(min(1.0, max(0.0, float(y))), DIGITS)) for x, y in few)
        points = tuple(point for i, point in enumerate(points) if point != points[i - 1])
        if len(points) >= 3 and not crosses_itself(points):
            return points if abs(polygon_area(points)) >= smallest else None
    return None


def line_of(fan: Fan, angle: float) -> Polygon | None:
    """A ray within the picture as a line of few points, from far to near; None where it hardly shows."""
    points = [(float(x), float(y)) for x, y in fan.ray(angle) if -1e-6 <= x <= 1 + 1e-6 and -1e-6 <= y <= 1 + 1e-6]
    if len(points) < 2 or np.hypot(points[-1][0] - points[0][0], points[-1][1] - points[0][1]) < SHORTEST_LINE:
        return None
    few = cv2.approxPolyDP(np.array(points, np.float32).reshape(-1, 1, 2), TOLERANCE / 2, False).reshape(-1, 2)
    line = tuple((round(min(1.0, max(0.0, float(x))), DIGITS), round(min(1.0, max(0.0, float(y))), DIGITS)) for x, y in few)
    return line if len(line) >= 2 else None
