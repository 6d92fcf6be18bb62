"""Homographies: there and back, how far, by how much turned."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detector.judgement.drift.homography import (
    CORNERS,
    IDENTITY,
    after,
    difference,
    inverse,
    largest_shift,
    moved_point,
    moved_points,
    of_matrix,
    roll_degrees,
    to_matrix,
    zoom_of,
)

ASPECT = 16 / 9


def turned(degrees: float, zoom: float = 1.0, right: float = 0.0, down: float = 0.0) -> tuple[float, ...]:
    """About the middle of a picture of 1600x900, in shares."""
    a, b = zoom * math.cos(math.radians(degrees)), zoom * math.sin(math.radians(degrees))
    matrix = np.array([[a, -b, 800 * (1 - a) + 450 * b + right * 1600], [b, a, 450 * (1 - a) - 800 * b + down * 1600], [0, 0, 1]])
    return of_matrix(matrix, 1600, 900)


@pytest.mark.parametrize("homography", [IDENTITY, turned(3), turned(-8, 1.2, 0.1, 0.05), (1.0, 0.02, 0.01, -0.03, 0.98, 0.0, 0.05, -0.02, 1.0)])
def test_there_and_back_is_nowhere(homography: tuple[float, ...]) -> None:
    assert difference(after(inverse(homography), homography), IDENTITY, ASPECT) < 1e-9
    assert of_matrix(to_matrix(homography, 320, 180), 320, 180) == pytest.approx(homography)


def test_shares_and_pixels_say_the_same() -> None:
    shift = of_matrix(np.array([[1, 0, 16.0], [0, 1, -9.0], [0, 0, 1]]), 1600, 900)
    assert moved_point(shift, 0.5, 0.5) == pytest.approx((0.51, 0.49))
    assert largest_shift(shift, ASPECT) == pytest.approx(math.hypot(0.01, 9 / 1600))


@pytest.mark.parametrize("degrees", [-12.0, -1.0, 0.0, 5.0])
@pytest.mark.parametrize("zoom", [0.9, 1.0, 1.3])
def test_turn_and_zoom_are_read_off(degrees: float, zoom: float) -> None:
    homography = turned(degrees, zoom, 0.03, -0.02)
    assert roll_degrees(homography, ASPECT) == pytest.approx(degrees, abs=1e-6)
    assert zoom_of(homography, ASPECT) == pytest.approx(zoom)


def test_what_counts_is_how_far_the_drawn_points_go() -> None:
    homography = turned(2)
    middle = ((0.45, 0.5), (0.55, 0.5), (0.5, 0.55))
    assert largest_shift(homography, ASPECT, middle) < 0.2 * largest_shift(homography, ASPECT, CORNERS)
    assert largest_shift(homography, ASPECT, ()) == 0.0
    assert len(moved_points(homography, middle)) == 3
