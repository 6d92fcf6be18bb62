from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from detector.ground.telling import closer_look, is_unrecognised, known_seconds, new_share, supported, thing_of
from detector.judgement.values import Stay, Thing, ViewState, Zoom
from evidence.kinds import Kind, load_catalogue
from tests.detector.ground.street import EMPTY, PLACE, Camera, Crates, Shown, settled
from tests.detector.judgement.street import NOON

CRATES = Shown((Crates(),))
STALL = Thing("stall", PLACE, 0.7)


def kind(kind_id: str) -> Kind:
    found = load_catalogue().kind(kind_id)
    assert found is not None
    return found


def stay(first: float, last: float, **votes: float) -> Stay:
    walls = [NOON + timedelta(seconds=at) for at in (first, last)]
    return Stay("s", first, walls[0], last, walls[1], last, PLACE, (), votes or {"stall": 1.0})


def share(camera: Camera, first: float) -> float | None:
    assert camera.state is not None
    return new_share(camera.state, PLACE, first)


def test_the_place_of_what_came_is_new_and_that_of_a_fixture_is_not() -> None:
    camera = settled()
    came = camera.at
    camera.watch(60, CRATES, (STALL,))
    new = share(camera, came)
    assert new is not None
    assert new > 0.8
    fixture = Camera()
    fixture.watch(300, CRATES)
    assert (share(fixture, fixture.at), new_share(fixture.state, (0.1, 0.6, 0.3, 0.9), fixture.at) if fixture.state else None) == (0.0, 0.0)


def test_of_a_place_that_was_not_known_before_nothing_is_said() -> None:
    camera = Camera()
    camera.watch(60, CRATES)
    assert share(camera, camera.at) is None, "nothing is known yet"
    camera.watch(300, CRATES)
    assert share(camera, 1000.0) is None, "it was learned after the stay began"


def test_people_before_a_place_are_not_what_is_new_there() -> None:
    camera = settled()
    came = camera.at
    camera.watch(60, CRATES)
    person = (0.45, 0.5, 0.50, 0.85)
    camera.look(Shown((Crates(), Crates(person, look=8))), (Thing("person", person, 0.9),))
    new = share(camera, came)
    assert new is not None
    assert new > 0.8
    camera.look(CRATES, (Thing("person", (0.4, 0.4, 0.7, 0.9), 0.9),))
    assert share(camera, came) is None


def test_a_stay_learns_how_much_of_its_place_is_new() -> None:
    camera = settled()
    came = camera.at
    camera.watch(60, CRATES, (STALL,))
    assert camera.state is not None
    seen, missed = stay(came, camera.at), stay(came, camera.at - 10)
    after = supported(ViewState((seen, missed)), camera.state).stays
    assert (after[0].new_share or 0) > 0.8
    assert after[1].new_share is None, "it was not seen in the last picture"
    again = supported(ViewState((replace(seen, new_share=0.0),)), camera.state).stays[0]
    assert again.new_share == pytest.approx(0.2 * (after[0].new_share or 0), abs=1e-3)


def test_how_long_a_place_has_looked_so() -> None:
    camera = settled()
    assert camera.state is not None
    assert known_seconds(camera.state, PLACE) == pytest.approx(300, abs=30)
    camera.watch(60, CRATES)
    assert camera.state is not None
    assert known_seconds(camera.state, PLACE) is None


@pytest.mark.parametrize(
    ("votes", "measured"),
    [
        ({"unrecognised": 3.0}, True),
        ({"material_pile": 3.0}, False),
        ({"unrecognised": 2.0, "material_pile": 1.0}, True),
        ({"unrecognised": 1.0, "stall": 9.0}, False),
    ],
)
def test_whose_a_violation_is(votes: dict[str, float], measured: bool) -> None:
    assert is_unrecognised(stay(0, 10, **votes)) is measured


@pytest.mark.parametrize(
    ("votes", "seen", "zoom"),
    [
        pytest.param({"unrecognised": 3.0}, (), Zoom(True, None), id="nothing is recognised from near"),
        pytest.param({"unrecognised": 3.0}, (Thing("material_pile", PLACE, 0.5),), Zoom(True, 0.5, PLACE), id="a class of the kind is"),
        pytest.param({"unrecognised": 3.0}, (Thing("car", PLACE, 0.5),), Zoom(False, None), id="it is a car"),
        pytest.param({"unrecognised": 3.0}, (Thing("person", (0.44, 0.4, 0.62, 0.85), 0.5),), Zoom(False, None), id="it is somebody"),
        pytest.param({"unrecognised": 3.0}, (Thing("car", (0.0, 0.5, 0.3, 0.7), 0.5),), Zoom(True, None), id="a car is elsewhere"),
        pytest.param({"material_pile": 3.0}, (), Zoom(False, None), id="what the detector saw must be seen again"),
    ],
)
def test_a_closer_look_at_what_the_ground_saw(votes: dict[str, float], seen: tuple[Thing, ...], zoom: Zoom) -> None:
    assert closer_look(kind("V10"), stay(0, 1800, **votes), seen) == zoom


def test_a_region_is_a_thing_to_judging() -> None:
    camera = settled()
    camera.watch(120, CRATES)
    (region,) = camera.told[-1][1]
    thing = thing_of(region)
    assert (thing.label, thing.xyxy) == ("unrecognised", region.xyxy)
    assert 0.4 <= thing.score <= 1
    assert camera.look(EMPTY) == ()
