from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detector.judgement.values import Thing
from detector.scene.seen import SeenGrid
from detector.scene.suggesting.evidence import MOST_A_CELL, PERSON_METRES, feet_of_grid, feet_of_things, scale_of, slope_under
from tests.detector.scene.suggesting.painted import PaintedStreet


@pytest.mark.parametrize("height", [3.5, 5.0, 8.0])
def test_people_tell_how_high_the_camera_hangs(height: float) -> None:
    street = PaintedStreet(height=height, down_degrees=20)
    scale = scale_of(street.feet(40, 0))
    horizon = street.project(1e6, -4.0)
    assert scale is not None
    assert horizon is not None
    assert scale.camera_metres == pytest.approx(height, rel=0.4)
    assert scale.horizon == pytest.approx(horizon[1], abs=0.2)
    assert slope_under(street.feet(40, 0), horizon[1]) == (pytest.approx(PERSON_METRES / height, rel=0.15), 40)


def test_false_people_do_not_bend_the_scale() -> None:
    street = PaintedStreet()
    true = street.feet(30, 0)
    false = [type(true[0])("people", 0.1 * n, 0.3 + 0.06 * n, 0.05, 0.02 + 0.05 * (n % 3)) for n in range(9)]
    scale = scale_of([*true, *false])
    assert scale is not None
    assert scale.camera_metres == pytest.approx(5.0, rel=0.25)


def test_few_people_tell_no_scale() -> None:
    street = PaintedStreet()
    assert scale_of(street.feet(4, 10)) is None
    one = street.feet(1, 0)
    assert scale_of(one * 20) is None, "all in one row"
    assert slope_under(one, 0.2) is None


def test_feet_of_one_picture() -> None:
    things = [
        Thing("person", (0.4, 0.4, 0.45, 0.6), 0.9),
        Thing("person", (0.4, 0.8, 0.45, 1.0), 0.9),
        Thing("car", (0.0, 0.5, 0.2, 0.7), 0.9),
        Thing("bench", (0.6, 0.5, 0.7, 0.6), 0.9),
        Thing("bottle", (0.6, 0.5, 0.7, 0.6), 0.9),
    ]
    feet = feet_of_things(things)
    assert [(foot.group, foot.whole) for foot in feet] == [("people", True), ("vehicles", False), ("pavement", True)]
    assert (feet[0].x, feet[0].y, feet[0].height) == pytest.approx((0.425, 0.6, 0.2))


def test_feet_of_a_grid_are_bounded() -> None:
    grid = SeenGrid()
    for number in range(50):
        shift = 0.011 * (number % 2)
        grid.add([Thing("person", (0.4 + shift, 0.4, 0.42 + shift, 0.6), 0.9)], 400.0 * number, datetime(2026, 7, 1, tzinfo=UTC), (0.0, 0.0, 1.0, 1.0))
    feet = feet_of_grid(grid)
    assert {foot.group for foot in feet} == {"people"}
    assert max(foot.weight for foot in feet) == MOST_A_CELL
