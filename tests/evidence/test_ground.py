"""Places on the map, held against cameras of which the truth is known."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from evidence.ground import Ground, across_metres, ground_of, is_same_ground, lies_at, shared_ground
from evidence.views import Zone, ZoneKind
from tests.evidence.pinhole import JINAN, Pinhole, square

PLAZA = square(4.0)
EAST, NORTH, SOUTH_WEST, FAR = Pinhole(14.0, 0.0), Pinhole(1.0, 13.0), Pinhole(-11.0, -9.0, 6.0), Pinhole(-2.0, -18.0, 4.0)
CAMERAS = {"from the east": EAST, "from the north": NORTH, "from the south-west": SOUTH_WEST, "from afar": FAR}
SPOTS = [(0.0, 0.0), (-2.5, 1.5), (2.0, -2.0), (1.0, 3.0)]


def ground(camera: Pinhole, spot: tuple[float, float], zone: Zone | None = None) -> Ground:
    found = ground_of([zone or camera.zone("plaza", PLAZA)], ["plaza"], camera.box(*spot))
    assert found is not None
    return found


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
@pytest.mark.parametrize("spot", SPOTS)
def test_a_stall_is_placed_within_a_metre(camera: Pinhole, spot: tuple[float, float]) -> None:
    place = ground(camera, spot)
    assert (place.how, place.zone_id) == ("corners", "plaza")
    assert math.dist(JINAN.to_metres(place.middle), spot) < 1.0


@pytest.mark.parametrize("spot", SPOTS)
def test_any_two_cameras_see_one_stall_on_one_ground(spot: tuple[float, float]) -> None:
    places = [ground(camera, spot) for camera in CAMERAS.values()]
    assert all(is_same_ground(a, b) for a, b in itertools.combinations(places, 2))


@pytest.mark.parametrize("aside", [(3.0, 0.0), (0.0, 3.0), (-3.0, 0.0)], ids=["to the east", "to the north", "to the west"])
def test_a_stall_beside_it_is_on_other_ground(aside: tuple[float, float]) -> None:
    for one, other in itertools.permutations(CAMERAS.values(), 2):
        assert not is_same_ground(ground(one, (-1.0, -1.0)), ground(other, (-1.0 + aside[0], -1.0 + aside[1])))


def test_more_corners_than_four_say_the_same() -> None:
    ring = (*PLAZA[:2], (4.0, 0.0), *PLAZA[2:], (-4.0, 1.0))
    assert shared_ground(ground(EAST, (0.0, 0.0)), ground(EAST, (0.0, 0.0), EAST.zone("plaza", ring))) > 0.95


def test_without_its_corners_all_of_the_zone_is_the_place() -> None:
    zone = EAST.zone("plaza", PLAZA, mapped=8)
    place = ground(EAST, (0.0, 0.0), zone)
    assert (place.how, place.polygon) == ("zone", zone.map_polygon)
    assert across_metres(place) == pytest.approx(8 * math.sqrt(2), rel=1e-3)
    assert is_same_ground(place, ground(NORTH, (2.0, 2.0)))
    long = Pinhole(40.0, 0.0).zone("plaza", square(10.0), mapped=8)
    assert not is_same_ground(ground(Pinhole(40.0, 0.0), (0.0, 0.0), long), ground(NORTH, (0.0, 0.0)))


@pytest.mark.parametrize(
    ("zone_ids", "box", "how"),
    [
        pytest.param(["plaza"], (0.4, 0.1, 0.6, 0.12), "zone", id="a box above the horizon"),
        pytest.param(["lane", "plaza"], None, "corners", id="the first of its zones that is on a map"),
        pytest.param(["lane"], None, None, id="none of its zones is"),
        pytest.param([], None, None, id="it lies in none"),
    ],
)
def test_what_places_it(zone_ids: list[str], box: tuple[float, float, float, float] | None, how: str | None) -> None:
    lane = Zone(id="lane", kind=ZoneKind.CARRIAGEWAY, polygon=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    place = ground_of([lane, EAST.zone("plaza", PLAZA)], zone_ids, box or EAST.box(0.0, 0.0))
    assert (None if place is None else place.how) == how


def test_a_place_lies_at_its_own_zone_and_nowhere_else() -> None:
    zone, elsewhere = EAST.zone("plaza", PLAZA), Pinhole(314.0, 0.0, at=(300.0, 0.0)).zone("other", square(4.0, 300.0))
    assert zone.map_polygon is not None
    assert elsewhere.map_polygon is not None
    assert lies_at(ground(EAST, (3.0, 3.0)), zone.map_polygon)
    assert not lies_at(ground(EAST, (3.0, 3.0)), elsewhere.map_polygon)


def test_the_example_of_the_documentation_places_a_thing() -> None:
    text = (Path(__file__).parents[2] / "docs" / "acts.md").read_text(encoding="utf-8")
    (told,) = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])["zones"]
    place = ground_of([Zone.model_validate(told)], ["plaza"], (0.45, 0.4, 0.6, 0.65))
    assert place is not None
    assert (place.how, across_metres(place) < 8.0) == ("corners", True)


CORNERS = tuple(JINAN.to_degrees(corner) for corner in PLAZA)


@pytest.mark.parametrize(
    ("on_map", "fault"),
    [
        pytest.param(((36.66, 117.02), *CORNERS[1:]), "longitude, then latitude", id="latitude first"),
        pytest.param(((116.02, 36.66), *CORNERS[1:]), "which no camera sees", id="a slip of a degree"),
        pytest.param(CORNERS[::-1], "the other way", id="the other way round"),
        pytest.param((CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]), "crosses itself", id="crosses itself"),
        pytest.param(CORNERS[:2], "at least 3 points", id="a line"),
        pytest.param((CORNERS[0],) * 4, "no area", id="a point"),
        pytest.param(((float("nan"), 36.66), *CORNERS[1:]), "longitude, then latitude", id="no number"),
    ],
)
def test_what_is_no_area_of_the_map_is_refused(on_map: tuple[tuple[float, float], ...], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Zone(id="z", kind=ZoneKind.SIDEWALK, polygon=tuple(EAST.seen(*corner) for corner in PLAZA), map_polygon=on_map)
