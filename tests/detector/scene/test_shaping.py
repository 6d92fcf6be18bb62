from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.scene.shaping import crossing, meeting, told_crossing, told_outside
from evidence.views import crosses_itself

SHARES = st.floats(0, 1).map(lambda value: round(value, 3))


@pytest.mark.parametrize(
    ("points", "found"),
    [
        pytest.param([(0, 0), (1, 1), (1, 0), (0, 1)], (1, 3, (0.5, 0.5)), id="a bow tie"),
        pytest.param([(0, 0), (1, 0), (1, 1), (0, 1)], None, id="a square"),
        pytest.param([(0, 0), (1, 0), (0.2, 0.2), (0, 1)], None, id="a star's arm"),
        pytest.param([(0, 0), (0.5, 0), (1, 0), (0.5, 0.5)], None, id="a corner on a straight edge"),
    ],
)
def test_the_edges_that_cross_are_numbered_as_their_corners(points: list[tuple[float, float]], found: tuple[int, int, tuple[float, float]] | None) -> None:
    assert crossing(points) == found


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=8))
def test_what_is_refused_is_told_with_its_spot(points: list[tuple[float, float]]) -> None:
    found = crossing(points)
    if crosses_itself(tuple(points)) and found is not None:
        first, second, (x, y) = found
        assert 1 <= first < second <= len(points)
        assert min(point[0] for point in points) - 1e-9 <= x <= max(point[0] for point in points) + 1e-9
        assert min(point[1] for point in points) - 1e-9 <= y <= max(point[1] for point in points) + 1e-9
    if not crosses_itself(tuple(points)):
        assert found is None or meeting(*[points[i % len(points)] for i in (found[0] - 1, found[0], found[1] - 1, found[1])]) is not None


def test_the_words_name_corners_and_spot() -> None:
    what = told_crossing("the zone road", [(0, 0), (1, 1), (1, 0), (0, 1)])
    assert what == (
        "the zone road crosses itself at [0.5, 0.5]: its edge from corner 1 to 2 meets the one from corner 3 to 4; list its corners in order round the area"
    )


@pytest.mark.parametrize(
    ("point", "pixels"),
    [
        pytest.param([1.02, 0.5], False, id="a slip"),
        pytest.param([640, 360], True, id="pixels"),
        pytest.param(["a", 2], True, id="not even numbers"),
    ],
)
def test_a_corner_outside_is_numbered_and_pixels_are_recognised(point: list[object], pixels: bool) -> None:
    what = told_outside("the zone road", 1, point)
    assert what.startswith("corner 2 of the zone road lies outside the picture at ")
    assert ("pixels" in what) == pixels
