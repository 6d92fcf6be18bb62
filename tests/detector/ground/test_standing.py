from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from detector.ground.memory import ground_from_bytes, ground_to_bytes
from detector.ground.standing import stood_seconds
from detector.ground.telling import supported
from detector.ground.values import GroundState
from detector.judgement.exclusions import checked
from detector.judgement.places import Standing
from detector.judgement.rulebook import rulebook_of
from detector.judgement.stays import judge
from detector.judgement.values import Look, Stay, StayShift, Thing, ViewState
from tests.detector.ground.street import EMPTY, PLACE, Camera, Crates, Drawn, Shade, Shown
from tests.detector.judgement.street import NOON
from tests.detector.judgement.tables.rows import all_on, street

DAY, HOUR = 86400.0, 3600.0
PLANTER = Crates()
STALL = Thing("stall", PLACE, 0.7)
EVERY = 1200.0
"""Between two looks of these days: such a pause counts for nothing to the ground, and is none to what stands for weeks."""
HOURS = (*(6 + step / 15 for step in range(30)), *(8 + step / 2 for step in range(23)), 21.5, 24.0, 26.5, 29.0)
Cast = tuple[tuple[Drawn, ...], Sequence[Thing]]


def light_at(hour: float) -> float:
    """Up at six and down at eighteen, dark between."""
    return max(0.03, min(1.0, 2.5 * math.sin((hour - 6) / 12 * math.pi))) if 6 <= hour <= 18 else 0.03


def days(camera: Camera, number: int, at: dict[float, Cast], *, infrared: bool = False) -> None:
    """So many days from five in the morning: what stands there from which hour on; by night the picture is dark, or infrared."""
    for _ in range(number):
        for before, hour in pairwise((5.0, *HOURS)):
            things, seen = at[max(begins for begins in at if begins <= hour)]
            night = hour % 24 < 6 or hour % 24 > 18
            camera.look(Shown(things, gain=1.0 if night and infrared else light_at(hour % 24), infrared=night and infrared), seen, step=(hour - before) * HOUR)


def stood(camera: Camera, first: float | None = None) -> float | None:
    assert camera.state is not None
    return stood_seconds(camera.state, PLACE, camera.at - 2 * HOUR if first is None else first)


def until_noon(camera: Camera, things: tuple[Drawn, ...], seen: Sequence[Thing]) -> None:
    for step in range(19):
        camera.look(Shown(things, gain=light_at(6 + step * EVERY / HOUR)), seen, step=EVERY)


@pytest.mark.parametrize("infrared", [pytest.param(False, id="dark nights"), pytest.param(True, id="infrared nights")])
@pytest.mark.parametrize("seen", [pytest.param((), id="nobody recognises it"), pytest.param((STALL,), id="taken for a stall in every look")])
def test_a_planter_of_fifteen_days_has_stood_there(infrared: bool, seen: Sequence[Thing]) -> None:
    camera = Camera()
    days(camera, 15, {0.0: ((PLANTER,), seen)}, infrared=infrared)
    until_noon(camera, (PLANTER,), seen)
    assert (stood(camera) or 0) >= 14.5 * DAY
    assert came_of(camera) == (None, "it has stood there since")


def came_of(camera: Camera) -> tuple[str | None, str]:
    """What twenty minutes make of goods in that place, a look each 20 s: the kind, if any, and what is said of a fixture at the end."""
    view, catalogue, kinds = street("sidewalk"), all_on(), []
    state, began = ViewState(), camera.at
    for _ in range(60):
        camera.look(Shown((PLANTER,)), (Thing("goods_out", PLACE, 0.7),), step=20.0)
        wall = NOON + timedelta(seconds=camera.at - began)
        state, events = judge(view, catalogue, state, Look(camera.at, wall, (Thing("goods_out", PLACE, 0.7),)))
        assert camera.state is not None
        state = supported(state, camera.state)
        kinds += [event.kind for event in events if event.name == "zoom_wanted"]
    (stay,) = state.stays
    book = rulebook_of(view, catalogue)
    rule = book.rules["V3"]
    (said,) = [one for one in checked(rule, Standing(book, stay.xyxy, stay.last_wall), stay)[0] if one.id == "fixture"]
    return (kinds or [None])[0], said.reason.en.partition(" 2026")[0] if said.verdict == "applies" else said.verdict


@pytest.mark.parametrize("infrared", [pytest.param(False, id="dark nights"), pytest.param(True, id="infrared nights")])
@pytest.mark.parametrize(
    "of_day",
    [
        pytest.param({0.0: ((), ()), 8.0: ((PLANTER,), (STALL,)), 17.0: ((), ())}, id="from eight to five"),
        pytest.param({0.0: ((), ()), 7.5: ((PLANTER,), (STALL,)), 22.0: ((), ())}, id="until late at night"),
        pytest.param({0.0: ((PLANTER,), (STALL,)), 16.0: ((), ()), 29.0: ((PLANTER,), ())}, id="it comes in the dark"),
        pytest.param({0.0: ((), ()), 7.5: ((Shade(PLACE, 1.5),), (STALL,)), 22.0: ((), ())}, id="a smooth bright cloth"),
        pytest.param({0.0: ((Shade(PLACE, 1.5),), (STALL,)), 16.0: ((), ()), 29.0: ((Shade(PLACE, 1.5),), ())}, id="a smooth one that comes in the dark"),
    ],
)
def test_a_stall_of_every_day_never_has(of_day: dict[float, Cast], infrared: bool) -> None:
    camera = Camera()
    days(camera, 15, of_day, infrared=infrared)
    for step in range(24):
        hour = 6 + step * EVERY / HOUR
        things, seen = of_day[max(begins for begins in of_day if begins <= hour)]
        camera.look(Shown(things, gain=light_at(hour)), seen, step=EVERY)
        if seen:
            assert (stood(camera, camera.at - 10) or 0) < DAY, hour


def test_of_what_came_since_yesterday_no_weeks_are_told() -> None:
    camera = Camera()
    days(camera, 1, {0.0: ((PLANTER,), (STALL,))})
    until_noon(camera, (PLANTER,), (STALL,))
    assert DAY <= (stood(camera) or 0) < 1.5 * DAY
    assert came_of(camera) == ("V3", "not_judged")


def test_by_night_nothing_is_said_of_what_was_first_seen_by_night() -> None:
    camera = Camera()
    days(camera, 2, {0.0: ((PLANTER,), (STALL,))})
    assert stood(camera) is None
    assert (stood(camera, 0.0) or 0) > DAY


@pytest.fixture(scope="module")
def noon() -> Camera:
    """Two days of a planter, until noon of the third."""
    camera = Camera()
    days(camera, 2, {0.0: ((PLANTER,), (STALL,))})
    until_noon(camera, (PLANTER,), (STALL,))
    return camera


def taken_up(camera: Camera, state: GroundState) -> Camera:
    other = Camera()
    other.at, other.state, other.looks = state.at_seconds, state, camera.looks
    return other


def test_what_takes_its_place_is_new_at_once_and_what_returns_soon_is_not(noon: Camera) -> None:
    assert noon.state is not None
    camera = taken_up(noon, noon.state)
    camera.look(EMPTY, step=240.0)
    assert stood(camera) == 0
    camera.look(Shown((PLANTER,)), (STALL,), step=240.0)
    assert (stood(camera) or 0) > 2 * DAY
    for _ in range(4):
        camera.look(EMPTY, step=240.0)
    assert (stood(camera) or 0) < HOUR


@pytest.mark.parametrize("hider", ["car", "person"])
def test_who_stands_before_it_takes_nothing_away_and_says_nothing(noon: Camera, hider: str) -> None:
    assert noon.state is not None
    camera = taken_up(noon, noon.state)
    before = (0.4, 0.5, 0.65, 0.85)
    hidden = Shown((PLANTER, Crates(before, look=9)))
    for _ in range(30):
        camera.look(hidden, (Thing(hider, before, 0.8),), step=EVERY)
    assert stood(camera) is None
    assert (stood(camera, noon.at) or 0) > 2 * DAY
    camera.look(Shown((PLANTER,)), (STALL,), step=EVERY)
    assert (stood(camera) or 0) > 2 * DAY
    for _ in range(150):
        camera.look(hidden, (Thing(hider, before, 0.8),), step=EVERY)
    camera.look(Shown((PLANTER,)), (STALL,), step=EVERY)
    assert stood(camera) == 0, "nobody saw it for more than a day"


def test_a_day_without_a_comparison_begins_anew(noon: Camera) -> None:
    assert noon.state is not None
    camera = taken_up(noon, noon.state)
    camera.look(Shown((PLANTER,)), (STALL,), step=1.1 * DAY)
    assert stood(camera) == 0


def test_a_restart_keeps_it_and_makes_nothing_older(noon: Camera) -> None:
    assert noon.state is not None
    data = ground_to_bytes(noon.state)
    assert len(data) < 160_000
    back = ground_from_bytes(data, 40.0)
    assert back.standing is not None
    assert noon.state.standing is not None
    assert np.array_equal(back.standing.picture, noon.state.standing.picture)
    assert np.array_equal(back.standing.doubts, noon.state.standing.doubts)
    assert (back.standing.compared <= 40.0).all()
    was = stood(noon) or 0
    assert was - EVERY <= (stood_seconds(back, PLACE, -math.inf) or 0) <= was
    assert stood_seconds(back, PLACE, 40.5) is None, "nothing was compared since"
    camera = taken_up(noon, back)
    camera.look(Shown((PLANTER,)), (STALL,), step=EVERY)
    assert was - EVERY <= (stood(camera) or 0) <= was + EVERY


def test_an_older_file_knows_nothing_of_it(noon: Camera) -> None:
    assert noon.state is not None
    back = ground_from_bytes(ground_to_bytes(replace(noon.state, standing=None)), 40.0)
    assert back.standing is None
    assert stood_seconds(back, PLACE, 0.0) is None


def test_a_nudged_camera_keeps_it() -> None:
    camera = Camera()
    camera.watch(600, Shown((PLANTER,)))
    camera.watch(900, Shown((PLANTER,), sway=(6.0, 4.0)))
    assert (stood(camera, camera.at - 300) or 0) > 1200


def test_a_stay_learns_it_and_what_was_moved_there_does_not(noon: Camera) -> None:
    assert noon.state is not None
    assert noon.state.standing is not None
    at, wall = noon.state.standing.at_seconds, NOON
    stay = Stay("s", at - HOUR, wall, noon.at, wall, noon.at, PLACE, (), {"stall": 1.0})
    moved = replace(stay, shifts=(StayShift(wall + timedelta(seconds=at - noon.at + 10), PLACE, PLACE, 1.0),))
    one, other = supported(ViewState((stay, moved)), noon.state).stays
    assert (one.stood_seconds or 0) > 2 * DAY
    assert other.stood_seconds is None


def test_it_is_compared_each_few_minutes_only(noon: Camera) -> None:
    assert noon.state is not None
    camera = taken_up(noon, noon.state)
    camera.look(Shown((PLANTER,)), (STALL,), step=EVERY)
    assert camera.state is not None
    known = camera.state.standing
    camera.watch(200, Shown((PLANTER,)), (STALL,), step=25.0)
    assert camera.state.standing is known
