from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from detector.ground.observing import Given, observed
from detector.ground.picture import covered
from detector.ground.values import MOST_REGIONS
from detector.judgement.geometry import Box, iou
from detector.judgement.values import Thing
from tests.detector.ground.street import EMPTY, PLACE, STEP, WHOLE, Camera, Crates, Shade, Shown, picture, settled

CRATES = Shown((Crates(),))
Passing = Callable[[float], Shown]
Things = Sequence[Thing] | Callable[[float], Sequence[Thing]]


def walkers(standing: tuple[Crates, ...] = ()) -> Passing:
    """People that nobody recognises: another place and look each time, often before the crates."""

    def shown(at: float) -> Shown:
        random = np.random.default_rng(int(at))
        left = float(random.uniform(0.3, 0.7))
        return Shown((*standing, Crates((left, 0.5, left + 0.06, 0.85), look=int(at) % 97 + 10)))

    return shown


def dusk(seconds: float, to: float, things: tuple[Crates | Shade, ...] = ()) -> Passing:
    return lambda at: Shown(things, gain=1 - (1 - to) * min(1.0, at / seconds))


def clouds(at: float) -> Shown:
    return Shown(gain=(1.0, 0.75, 1.15, 0.85)[int(at / 40) % 4], tint=((1, 1, 1), (1.04, 1, 0.97))[int(at / 70) % 2])


def sun(at: float) -> Shown:
    """A shadow's edge that goes a twentieth of the picture a minute."""
    left = 0.02 + at / 60 / 20
    return Shown((Shade((left, 0.45, left + 0.25, 1.0)),))


@pytest.mark.parametrize(
    ("shown", "things"),
    [
        pytest.param(EMPTY, (), id="nothing happens"),
        pytest.param(Shown(noise=6.0), (), id="the noise of the night"),
        pytest.param(clouds, (), id="clouds and the white balance"),
        pytest.param(dusk(1200, 0.3), (), id="dusk"),
        pytest.param(Shown((Shade(),)), (), id="a hard shadow that stays"),
        pytest.param(Shown((Shade(gain=1.5),)), (), id="a patch of light that stays"),
        pytest.param(Shown((Shade((0.0, 0.45, 0.5, 1.0), 0.6),)), (), id="half the street in a house's shadow"),
        pytest.param(sun, (), id="a shadow that goes with the sun"),
        pytest.param(lambda at: Shown(sway=((at * 7 % 5 - 2) / 4, (at * 3 % 5 - 2) / 4)), (), id="a mast that sways by half a pixel"),
        pytest.param(walkers(), (), id="walkers whom nobody recognises"),
        pytest.param(CRATES, (Thing("person", PLACE, 0.8),), id="somebody who stands there is recognised"),
        pytest.param(CRATES, lambda at: [Thing("car", PLACE, 0.6)] if at % 20 < 10 else [], id="a car that is recognised in half of the looks"),
        pytest.param(CRATES, (Thing("stall", (0.42, 0.5, 0.63, 0.82), 0.6),), id="goods that are recognised"),
        pytest.param(Shown((Crates((0.605, 0.6, 0.63, 0.8)),)), (Thing("stall", (0.42, 0.5, 0.605, 0.82), 0.6),), id="what stands beside a recognised stall"),
        pytest.param(lambda at: CRATES if at < 50 else EMPTY, (), id="what goes within a minute"),
        pytest.param(Shown((Crates((0.50, 0.70, 0.51, 0.72)),)), (), id="a speck"),
    ],
)
def test_what_is_no_new_thing_is_never_told(shown: Shown | Passing, things: Things) -> None:
    camera = settled()
    camera.watch(900, shown, things)
    assert not camera.ever_told


@pytest.mark.parametrize(
    ("shown", "things", "within"),
    [
        pytest.param(CRATES, (), 95, id="crates"),
        pytest.param(Shown((Crates(),), noise=6.0), (), 105, id="crates in a noisy night"),
        pytest.param(walkers((Crates(),)), (), 180, id="crates behind walkers whom nobody recognises"),
        pytest.param(CRATES, lambda at: [Thing("person", (0.40, 0.4, 0.65, 0.9), 0.8)] if at % 40 < 10 else [], 140, id="somebody passes in every fourth look"),
        pytest.param(dusk(300, 0.5, (Crates(),)), (), 115, id="crates in the dusk"),
        pytest.param(Shown((Shade((0.0, 0.45, 1.0, 1.0), 0.7), Crates())), (), 115, id="crates that come with a cloud"),
        pytest.param(Shown((Crates((0.1, 0.5, 0.4, 0.9)),)), (), 95, id="a large pile"),
        pytest.param(Shown((Crates((0.7, 0.7, 0.74, 0.76)),)), (), 95, id="a box"),
    ],
)
def test_what_was_put_down_is_told_once_it_has_stayed(shown: Shown | Passing, things: Things, within: float) -> None:
    camera = settled()
    told = camera.watch(600, shown, things)
    first = next((at for at, regions in told if regions), None)
    assert first is not None
    assert camera.settings.settled_seconds <= first <= within
    (one,) = told[-1][1]
    there = (shown(0) if callable(shown) else shown).things[-1 if not callable(shown) else 0]
    if isinstance(there, Crates):
        assert iou(one.xyxy, there.xyxy) >= 0.5
    assert one.since_seconds == pytest.approx(camera.told[30][0], abs=2 * STEP), "it is known to have come when it came"


def test_light_that_changes_takes_no_thing_away() -> None:
    camera = settled()
    camera.watch(120, CRATES)
    told = camera.watch(1200, dusk(1200, 0.5, (Crates(),)))
    told += camera.watch(400, Shown((Crates(), Shade((0.3, 0.45, 0.8, 1.0), 0.6)), gain=0.5))
    assert [len(regions) for _, regions in told] == [1] * len(told)


def test_what_is_as_smooth_as_the_ground_is_a_thing_once_no_shadow_would_have_kept_its_place() -> None:
    camera = settled()
    told = camera.watch(1500, Shown((Shade(),)), step=20.0)
    first = next(at for at, regions in told if regions)
    assert camera.settings.sure_seconds - 20 <= first <= camera.settings.sure_seconds + 60, "within a look"
    assert [iou(one.xyxy, PLACE) >= 0.6 for one in told[-1][1]] == [True], "its rim and its middle are one"
    assert camera.watch(200)[-1][1] == ()


def test_a_place_that_something_has_left_is_no_new_thing() -> None:
    camera = Camera()
    camera.watch(300, CRATES)
    camera.watch(1200, EMPTY)
    assert not camera.ever_told
    camera.watch(300, CRATES)
    assert camera.ever_told, "the empty place is the ground by now"


def test_a_thing_that_goes_is_over_and_one_that_is_moved_is_there() -> None:
    camera = settled()
    camera.watch(200, CRATES)
    told = camera.watch(300, Shown((Crates((0.2, 0.6, 0.35, 0.8)),)))
    assert [iou(one.xyxy, PLACE) for one in told[0][1]] == [], "it is not there at the first look that misses it"
    (one,) = told[-1][1]
    assert iou(one.xyxy, (0.2, 0.6, 0.35, 0.8)) >= 0.5
    assert camera.state is not None
    assert len(camera.state.regions) == 1, "the old place is forgotten"


def test_whoever_stands_before_a_thing_for_minutes_does_not_end_it() -> None:
    camera = settled()
    camera.watch(200, CRATES)
    before = camera.told[-1][1][0]
    hidden = camera.watch(200, Shown((Crates(), Crates((0.44, 0.5, 0.61, 0.85), look=9))), (Thing("person", (0.44, 0.5, 0.61, 0.85), 0.9),))
    assert [regions for _, regions in hidden] == [()] * len(hidden)
    (after,) = camera.watch(20, CRATES)[-1][1] or (None,)
    assert after is None, "half of its looks were covered by somebody"
    (after,) = camera.watch(300, CRATES)[-1][1]
    assert after is not None
    assert (after.number, after.since_seconds) == (before.number, before.since_seconds)


def test_time_in_which_nobody_looked_makes_nothing_stay() -> None:
    camera = settled()
    camera.look(CRATES)
    assert camera.look(CRATES, step=3600) == ()
    assert camera.look(CRATES) == ()
    told = camera.watch(120, CRATES)
    assert next(at for at, regions in told if regions) >= 30


def test_a_pile_that_grows_is_one() -> None:
    camera = settled()
    camera.watch(120, CRATES)
    grown = (0.45, 0.6, 0.75, 0.8)
    camera.watch(300, Shown((Crates(grown),)))
    (one,) = camera.told[-1][1]
    assert iou(one.xyxy, grown) >= 0.7


@pytest.mark.parametrize(("held", "stays"), [pytest.param((), False, id="nothing is held"), pytest.param((PLACE,), True, id="a violation stands there")])
def test_what_has_stood_for_a_day_is_ground_unless_a_violation_stands_there(held: Sequence[Box], stays: bool) -> None:
    camera = settled(adopted_seconds=900.0)
    camera.watch(1500, CRATES, held=held)
    assert bool(camera.told[-1][1]) is stays
    camera.watch(400, EMPTY)
    assert camera.told[-1][1] == (), "that it is gone is no new thing either"


def test_a_nudged_camera_finds_its_ground_again() -> None:
    camera = settled()
    camera.watch(120, CRATES)
    nudged = camera.watch(600, Shown((Crates(),), sway=(9.0, -5.0)))
    moved = (PLACE[0] + 9 / 320, PLACE[1] - 5 / 180, PLACE[2] + 9 / 320, PLACE[3] - 5 / 180)
    assert all(len(regions) == 1 and iou(regions[0].xyxy, moved) >= 0.6 for _, regions in nudged[3:])
    assert camera.state is not None
    assert camera.state.upset_since is None


def test_a_switch_to_infrared_is_learned_anew_and_tells_nothing_but_what_stood_there() -> None:
    camera = settled()
    camera.watch(120, CRATES)
    switched = camera.watch(1800, Shown((Crates(),), infrared=True))
    assert all(iou(one.xyxy, PLACE) >= 0.4 for _, regions in switched for one in regions)
    assert not any(regions for at, regions in switched if at < 300), "a picture that fits nowhere tells nothing"
    assert len(switched[-1][1]) == 1
    gone = camera.watch(300, Shown(infrared=True))
    assert gone[-1][1] == ()


def test_a_camera_that_is_turned_tells_nothing_of_what_it_sees_then() -> None:
    camera = settled()
    camera.watch(1800, Shown(seed=2, gain=0.8))
    assert not camera.ever_told


def test_so_many_things_are_followed_and_no_more() -> None:
    camera = settled()
    many = Shown(tuple(Crates((0.02 + 0.12 * (i % 8), 0.03 + 0.24 * (i // 8), 0.07 + 0.12 * (i % 8), 0.11 + 0.24 * (i // 8)), i) for i in range(32)))
    camera.watch(400, many)
    assert camera.state is not None
    assert len(camera.state.regions) == MOST_REGIONS
    assert len(camera.told[-1][1]) == MOST_REGIONS


def test_what_nobody_may_look_at_is_never_learned() -> None:
    unseen = covered([(0.0, 0.0, 0.5, 1.0)], WHOLE, (90, 160))
    state = None
    for number in range(60):
        state = observed(state, picture(EMPTY if number < 30 else CRATES, number), 10.0 * number, Given(unseen=unseen))
    assert state is not None
    assert state.known_share == pytest.approx(0.5)
    assert all(region.xyxy[0] >= 0.49 for region in state.regions)
