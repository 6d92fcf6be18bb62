from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.judgement.geometry import (
    Box,
    bounding_box,
    contains,
    covered_share,
    distance_to_line,
    footprint,
    iou,
    length_of,
    meet,
    near,
    nearest_on,
    share_beyond,
    share_in,
    surroundings,
)

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
NEIGHBOUR = ((0.6, 0.2), (0.9, 0.2), (0.9, 0.6), (0.6, 0.6))
TRIANGLE = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
L_SHAPE = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0))
COMB = ((0.0, 0.0), (0.2, 0.0), (0.2, 0.8), (0.4, 0.8), (0.4, 0.0), (0.6, 0.0), (0.6, 1.0), (0.0, 1.0))


def test_a_footprint_is_the_lower_fifth() -> None:
    assert footprint((0.1, 0.2, 0.3, 0.7)) == pytest.approx((0.1, 0.6, 0.3, 0.7))


@pytest.mark.parametrize(
    ("box", "polygons", "share"),
    [
        pytest.param((0.3, 0.3, 0.5, 0.5), [SQUARE], 1.0, id="inside"),
        pytest.param((0.0, 0.0, 0.1, 0.1), [SQUARE], 0.0, id="outside"),
        pytest.param((0.1, 0.3, 0.3, 0.4), [SQUARE], 0.5, id="half over the left edge"),
        pytest.param((0.5, 0.3, 0.7, 0.4), [SQUARE, NEIGHBOUR], 1.0, id="across two areas side by side"),
        pytest.param((0.3, 0.3, 0.5, 0.5), [SQUARE, SQUARE], 1.0, id="the same area twice counts once"),
        pytest.param((0.0, 0.0, 1.0, 1.0), [TRIANGLE], 0.5, id="a slanted edge"),
        pytest.param((0.0, 0.0, 1.0, 1.0), [L_SHAPE], 0.75, id="a corner bent inwards"),
        pytest.param((0.0, 0.2, 0.6, 0.4), [COMB], 2 / 3, id="two stretches in one row"),
        pytest.param((0.3, 0.3, 0.5, 0.5), [], 0.0, id="no area"),
        pytest.param((0.3, 0.1, 0.3, 0.3), [SQUARE], 0.5, id="a box without width"),
        pytest.param((0.1, 0.3, 0.3, 0.3), [SQUARE], 0.5, id="a box without height"),
        pytest.param((0.3, 0.3, 0.3, 0.3), [SQUARE], 1.0, id="a point"),
    ],
)
def test_share_in_areas(box: Box, polygons: list[tuple[tuple[float, float], ...]], share: float) -> None:
    assert share_in(box, polygons) == pytest.approx(share, abs=1e-9)


boxes = st.tuples(*[st.floats(0, 1)] * 4).map(lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 0.01, max(v[1], v[3]) + 0.01))


@given(boxes)
def test_share_in_agrees_with_a_fine_grid(box: Box) -> None:
    steps = 40
    spots = [(box[0] + (box[2] - box[0]) * (i + 0.5) / steps, box[1] + (box[3] - box[1]) * (j + 0.5) / steps) for i in range(steps) for j in range(steps)]
    sampled = sum(contains(L_SHAPE, *spot) or contains(TRIANGLE, *spot) for spot in spots) / steps**2
    assert share_in(box, (L_SHAPE, TRIANGLE)) == pytest.approx(sampled, abs=0.15)  # a whole box has four rows, a footprint hardly more than one slope


@given(boxes)
def test_shares_add_up(box: Box) -> None:
    line = ((0.1, 0.3), (0.9, 0.7))
    assert share_beyond(box, line, "left") + share_beyond(box, line, "right") == pytest.approx(1.0, abs=1e-6)
    assert 0.0 <= share_in(box, (SQUARE,)) <= 1.0


WALK_RIGHT = ((0.0, 0.5), (1.0, 0.5))
CORNER = ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0))  # along, then down: the shop is lower left
ROOF = ((0.2, 0.8), (0.5, 0.5), (0.8, 0.8))


@pytest.mark.parametrize(
    ("box", "line", "outside", "share"),
    [
        pytest.param((0.4, 0.6, 0.5, 0.7), WALK_RIGHT, "right", 1.0, id="walking to the right, below is right"),
        pytest.param((0.4, 0.6, 0.5, 0.7), WALK_RIGHT, "left", 0.0, id="and not left"),
        pytest.param((0.4, 0.45, 0.5, 0.55), WALK_RIGHT, "right", 0.5, id="astride"),
        pytest.param((0.4, 0.6, 0.5, 0.7), WALK_RIGHT[::-1], "left", 1.0, id="the same line walked back"),
        pytest.param((0.9, 0.55, 0.99, 0.6), ((0.0, 0.5), (0.3, 0.5)), "right", 1.0, id="beyond its last point it goes on"),
        pytest.param((0.01, 0.55, 0.05, 0.6), ((0.3, 0.5), (0.6, 0.5)), "right", 1.0, id="and before its first"),
        pytest.param((0.0, 0.0, 1.0, 1.0), ((0.0, 0.0), (1.0, 1.0)), "left", 0.5, id="a diagonal"),
        pytest.param((0.2, 0.7, 0.3, 0.8), CORNER, "right", 1.0, id="inside a corner"),
        pytest.param((0.7, 0.2, 0.8, 0.3), CORNER, "right", 0.0, id="past the corner, nearest to the corner's point"),
        pytest.param((0.6, 0.8, 0.7, 0.9), CORNER, "left", 1.0, id="beside the second segment"),
        pytest.param((0.45, 0.2, 0.55, 0.3), ROOF, "left", 1.0, id="above a peak, equally near to both slopes"),
        pytest.param((0.45, 0.7, 0.55, 0.78), ROOF, "right", 1.0, id="below a peak"),
        pytest.param((0.4, 0.6, 0.4, 0.6), WALK_RIGHT, "right", 1.0, id="a point"),
        pytest.param((0.4, 0.6, 0.5, 0.7), ((0.0, 0.5), (0.5, 0.5), (0.5, 0.5), (1.0, 0.5)), "right", 1.0, id="a point twice in the line"),
    ],
)
def test_share_beyond_a_line(box: Box, line: tuple[tuple[float, float], ...], outside: Literal["left", "right"], share: float) -> None:
    assert share_beyond(box, line, outside) == pytest.approx(share, abs=1e-9)


def test_a_line_with_a_needless_corner_judges_like_the_straight_one() -> None:
    box = (0.3, 0.3, 0.6, 0.75)
    straight = share_beyond(box, ((0.1, 0.2), (0.9, 0.8)), "left")
    assert share_beyond(box, ((0.1, 0.2), (0.5, 0.5), (0.9, 0.8)), "left") == pytest.approx(straight, abs=0.03)


def test_distance_to_a_line_stops_at_its_ends() -> None:
    assert distance_to_line((0.5, 0.7), WALK_RIGHT) == pytest.approx(0.2)
    assert distance_to_line((0.6, 0.9), ((0.0, 0.5), (0.3, 0.5))) == pytest.approx(math.hypot(0.3, 0.4))


BENT = ((0.1, 0.5), (0.5, 0.5), (0.5, 0.9))


@pytest.mark.parametrize(
    ("point", "distance", "along"),
    [
        pytest.param((0.3, 0.6), 0.1, 0.2, id="beside the first segment"),
        pytest.param((0.6, 0.7), 0.1, 0.6, id="beside the second: after the whole first"),
        pytest.param((0.0, 0.5), 0.1, 0.0, id="before its beginning"),
        pytest.param((0.5, 1.0), 0.1, 0.8, id="past its end"),
        pytest.param((0.6, 0.4), math.hypot(0.1, 0.1), 0.4, id="round the corner"),
    ],
)
def test_the_nearest_spot_of_a_line(point: tuple[float, float], distance: float, along: float) -> None:
    assert nearest_on(point, BENT) == (pytest.approx(distance), pytest.approx(along))
    assert length_of(BENT) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("other", "touches"),
    [
        pytest.param((0.55, 0.62, 0.6, 0.65), True, id="to its right, within its own width"),
        pytest.param((0.61, 0.62, 0.7, 0.65), False, id="farther to the right"),
        pytest.param((0.42, 0.72, 0.46, 0.75), True, id="before it"),
        pytest.param((0.42, 0.74, 0.46, 0.76), False, id="farther before it"),
    ],
)
def test_what_stands_beside_a_footprint(other: Box, touches: bool) -> None:
    assert meet(surroundings((0.4, 0.62, 0.5, 0.65)), other) is touches


@pytest.mark.parametrize(
    ("a", "b", "overlap", "covered"),
    [
        pytest.param((0.0, 0.0, 0.4, 0.4), (0.0, 0.0, 0.4, 0.4), 1.0, 1.0, id="the same"),
        pytest.param((0.0, 0.0, 0.2, 0.4), (0.0, 0.0, 0.4, 0.4), 0.5, 1.0, id="half, within"),
        pytest.param((0.0, 0.0, 0.4, 0.4), (0.0, 0.0, 0.2, 0.4), 0.5, 0.5, id="half, around"),
        pytest.param((0.0, 0.0, 0.2, 0.2), (0.2, 0.0, 0.4, 0.2), 0.0, 0.0, id="touching"),
        pytest.param((0.3, 0.3, 0.3, 0.3), (0.0, 0.0, 0.4, 0.4), 0.0, 0.0, id="a point has no share"),
    ],
)
def test_overlap(a: Box, b: Box, overlap: float, covered: float) -> None:
    assert iou(a, b) == pytest.approx(overlap)
    assert iou(b, a) == pytest.approx(overlap)
    assert covered_share(a, b) == pytest.approx(covered)


STAY = (0.4, 0.5, 0.6, 0.8)


@pytest.mark.parametrize(
    ("person", "stands_there"),
    [
        pytest.param((0.5, 0.3, 0.55, 0.6), True, id="behind the goods, overlapping"),
        pytest.param((0.66, 0.4, 0.70, 0.75), True, id="beside, within half a width"),
        pytest.param((0.72, 0.4, 0.76, 0.75), False, id="farther beside"),
        pytest.param((0.48, 0.1, 0.52, 0.45), True, id="behind, feet a little higher in the picture"),
        pytest.param((0.48, 0.05, 0.52, 0.35), False, id="across the street"),
        pytest.param((0.48, 0.82, 0.52, 0.91), True, id="a customer before it"),
        pytest.param((0.48, 0.82, 0.52, 0.99), False, id="far before it"),
    ],
)
def test_who_stands_at_a_stay(person: Box, stands_there: bool) -> None:
    assert near(person, STAY) is stands_there


def test_bounding_box() -> None:
    assert bounding_box([SQUARE, NEIGHBOUR]) == (0.2, 0.2, 0.9, 0.6)
    with pytest.raises(ValueError, match="no polygon"):
        bounding_box([])


def test_where_a_line_is_measured_in_heights_of_the_picture_what_lies_across_counts_as_wide_as_it_is() -> None:
    assert nearest_on((0.5, 0.5), ((0.25, 0.0), (0.25, 1.0)), 2.0) == (pytest.approx(0.5), pytest.approx(0.5))
    assert distance_to_line((0.5, 0.7), ((0.0, 0.5), (1.0, 0.5)), 2.0) == pytest.approx(0.2), "up and down it stays what it is"
    assert length_of(((0.0, 0.0), (0.3, 0.8)), 2.0) == pytest.approx(1.0)
