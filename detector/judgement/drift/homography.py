"""Homographies in shares of the picture: how a point of the reference picture lies in the picture of now. Nine numbers by rows; the last is 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Homography = tuple[float, ...]
"""Nine numbers, row by row."""
IDENTITY: Homography = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
Points = Sequence[tuple[float, float]]


def of_matrix(matrix: NDArray[np.float64], width: float, height: float) -> Homography:
    """From a matrix (3, 3) in pixels of a picture of that size."""
    scale = np.diag([width, height, 1.0])
    shares = np.linalg.inv(scale) @ matrix @ scale
    return tuple(float(value) for value in (shares / shares[2, 2]).ravel())


def to_matrix(homography: Homography, width: float = 1.0, height: float = 1.0) -> NDArray[np.float64]:
    """As a matrix (3, 3) in pixels of a picture of that size."""
    scale = np.diag([width, height, 1.0])
    return np.asarray(scale @ np.array(homography, np.float64).reshape(3, 3) @ np.linalg.inv(scale))


def after(second: Homography, first: Homography) -> Homography:
    """`first`, then `second`."""
    product = np.array(second).reshape(3, 3) @ np.array(first).reshape(3, 3)
    return tuple(float(value) for value in (product / product[2, 2]).ravel())


def inverse(homography: Homography) -> Homography:
    """The way back."""
    back = np.linalg.inv(np.array(homography).reshape(3, 3))
    return tuple(float(value) for value in (back / back[2, 2]).ravel())


def moved_point(homography: Homography, x: float, y: float) -> tuple[float, float]:
    """Where a point goes."""
    a, b, c, d, e, f, g, h, i = homography
    below = g * x + h * y + i
    return (a * x + b * y + c) / below, (d * x + e * y + f) / below


def moved_points(homography: Homography, points: Points) -> tuple[tuple[float, float], ...]:
    """Where points go."""
    return tuple(moved_point(homography, x, y) for x, y in points)


def largest_shift(homography: Homography, aspect: float, points: Points = CORNERS) -> float:
    """How far the point that goes farthest goes, in shares of the picture's width.

    Args:
        aspect: width over height of the picture.
    """
    return max((math.hypot(u - x, (v - y) / aspect) for (x, y), (u, v) in zip(points, moved_points(homography, points), strict=True)), default=0.0)


def difference(one: Homography, other: Homography, aspect: float, points: Points = CORNERS) -> float:
    """How far apart two homographies lay the points, at most, in shares of the width."""
    pairs = zip(moved_points(one, points), moved_points(other, points), strict=True)
    return max((math.hypot(u - x, (v - y) / aspect) for (x, y), (u, v) in pairs), default=0.0)


def roll_degrees(homography: Homography, aspect: float) -> float:
    """By how many degrees the picture's middle is turned, clockwise as seen."""
    (x0, y0), (x1, y1) = moved_points(homography, ((0.4, 0.5), (0.6, 0.5)))
    return math.degrees(math.atan2((y1 - y0) / aspect, x1 - x0))


def zoom_of(homography: Homography, aspect: float) -> float:
    """By how much the picture's middle is enlarged."""
    (x0, y0), (x1, y1) = moved_points(homography, ((0.4, 0.5), (0.6, 0.5)))
    return math.hypot(x1 - x0, (y1 - y0) / aspect) / 0.2
