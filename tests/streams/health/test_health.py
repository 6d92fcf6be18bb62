"""Verdicts on pictures: each fault comes after some pictures and goes after some, and what looks like one is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from streams.health import Fault, HealthSettings, HealthState, Measured, blind_by, health_after, health_measured, is_lost
from tests.street_picture import by_night, in_rain, seen, street, with_noise, with_people

Luma = np.ndarray
DAY = seen(street())


def cells(luma: Luma) -> Luma:
    return cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA)


def after(pictures: list[Luma], every_seconds: float = 4.0, state: HealthState | None = None) -> HealthState:
    state, at = state or HealthState(), 0.0
    for number, picture in enumerate(pictures):
        at = number * every_seconds
        state = health_after(state, cells(picture), at)
    return state


def alive(seed: int) -> Luma:
    return with_noise(with_people(DAY, 6, seed), 3, seed)


@pytest.mark.parametrize(
    ("pictures", "faults", "blind"),
    [
        ([alive(i) for i in range(20)], (), None),
        ([with_noise(by_night(DAY), 4, i) for i in range(20)], (), None),
        ([with_noise(in_rain(DAY), 3, i) for i in range(20)], (), None),
        ([with_noise(DAY, 2, i) for i in range(20)], (), None),
        ([with_noise(np.full_like(DAY, 12), 3, i) for i in range(5)], (Fault.DARK,), Fault.DARK),
        ([with_noise((by_night(DAY) * 0.45).astype(np.uint8), 3, i) for i in range(5)], (Fault.DARK,), None),
        ([with_noise(np.full_like(DAY, 250), 3, i) for i in range(5)], (Fault.OVER_EXPOSED,), Fault.OVER_EXPOSED),
        ([with_noise(np.full_like(DAY, 110), 3, i) for i in range(5)], (Fault.COVERED,), Fault.COVERED),
        ([alive(1)] + [alive(2)] * 12, (Fault.FROZEN,), Fault.FROZEN),
        ([DAY] * 30, (), None),
        ([alive(1)] + [alive(2)] * 8, (), None),
    ],
    ids=[
        "a street by day", "the same at night", "in rain", "an empty street under a quiet sensor", "a street without any light",
        "dark, but lamps show what stands there", "white", "a bag over the lens", "it moved, and stands still since", "a still picture that never moved",
        "nine alike are not ten",
    ],
)  # fmt: skip
def test_what_is_wrong_with_pictures(pictures: list[Luma], faults: tuple[Fault, ...], blind: Fault | None) -> None:
    state = after(pictures)
    assert state.faults == faults
    assert blind_by(state) is blind


@pytest.mark.parametrize("bad", [np.full_like(DAY, 12), np.full_like(DAY, 250), np.full_like(DAY, 110)], ids=["dark", "white", "covered"])
def test_one_bad_picture_is_no_fault_and_one_good_one_does_not_end_it(bad: Luma) -> None:
    assert after([alive(0), bad, alive(1)]).faults == ()
    broken = after([alive(0), *[with_noise(bad, 2, i) for i in range(6)]])
    assert broken.faults
    assert health_after(broken, cells(alive(3)), 100.0).faults == broken.faults
    mended = broken
    for number in range(3):
        mended = health_after(mended, cells(alive(number)), 100.0 + 4 * number)
    assert mended.faults == ()


def test_a_picture_that_moves_again_is_frozen_no_more() -> None:
    state = after([alive(1)] + [alive(2)] * 12)
    assert Fault.FROZEN in state.faults
    assert health_after(state, cells(alive(3)), 60.0).faults == ()


def test_frozen_takes_its_seconds_too() -> None:
    assert after([alive(1)] + [alive(2)] * 12, every_seconds=1.0).faults == ()


def measured(*found: Measured, every_seconds: float = 60.0) -> HealthState:
    state = after([alive(1), alive(2)])
    for number, one in enumerate(found):
        state = health_measured(state, one, every_seconds * number)
    return state


@pytest.mark.parametrize(
    ("found", "every_seconds", "faults"),
    [
        ([Measured(0.7)] * 3, 60.0, (Fault.BLURRED,)),
        ([Measured(0.7)] * 2, 60.0, ()),
        ([Measured(0.7), Measured(0.3), Measured(0.7), Measured(0.7)], 60.0, ()),
        ([Measured(0.7)] * 3 + [Measured(0.6)] * 5, 60.0, (Fault.BLURRED,)),
        ([Measured(0.7)] * 3 + [Measured(0.4)] * 2, 60.0, ()),
        ([Measured(0.3, gone=0.35)] * 12, 60.0, (Fault.SPRAYED,)),
        ([Measured(0.3, gone=0.35)] * 12, 20.0, ()),
        ([Measured(0.3, gone=0.1)] * 12, 60.0, ()),
        ([Measured(0.3, roll_degrees=-4.0)] * 2, 60.0, (Fault.TILTED,)),
        ([Measured(0.3, roll_degrees=2.0)] * 5, 60.0, ()),
        ([Measured(0.3, roll_degrees=4.0)] * 2 + [Measured(0.3, roll_degrees=1.0)] * 2, 60.0, ()),
    ],
    ids=[
        "out of focus", "not for long enough", "in focus between", "a little better is not well", "in focus again", "a part is painted over",
        "a lorry stands there for some minutes", "a little is hidden", "turned", "hardly turned", "turned back",
    ],
)  # fmt: skip
def test_what_a_closer_measure_tells(found: list[Measured], every_seconds: float, faults: tuple[Fault, ...]) -> None:
    assert measured(*found, every_seconds=every_seconds).faults == faults


def test_only_a_picture_so_blurred_that_nothing_is_recognised_stops_the_judging() -> None:
    assert blind_by(measured(*[Measured(0.7)] * 3)) is None
    assert blind_by(measured(*[Measured(0.8)] * 3)) is Fault.BLURRED


def test_mush_shows_nothing_from_its_first_measure_on_and_is_told_with_patience() -> None:
    state = measured(Measured(0.4), Measured(0.8))
    assert (state.faults, blind_by(state)) == ((), Fault.BLURRED)
    assert blind_by(health_measured(state, Measured(0.4), 120.0)) is None
    dark = after([with_noise(np.full_like(DAY, 12), 3, i) for i in range(5)])
    assert blind_by(health_measured(dark, Measured(1.0), 20.0)) is Fault.DARK, "a picture without contrast is all blur"


def test_a_picture_that_lost_its_fine_detail_against_the_last_sound_one_asks_for_a_measure() -> None:
    sound = measured(Measured(0.4))
    assert not sound.has_lost_detail
    assert not after([alive(3), in_rain(DAY)], state=sound).has_lost_detail
    mush = after([cv2.GaussianBlur(DAY, (0, 0), 14)], state=sound)
    assert mush.has_lost_detail
    assert health_measured(mush, Measured(0.8), 8.0).has_lost_detail, "mush is not what others are held against"
    assert not health_measured(mush, Measured(0.6), 8.0).has_lost_detail, "a measure has found it sound: it is asked once"


def test_a_camera_that_was_sharp_is_mush_earlier_than_one_that_never_was() -> None:
    mush = after([cv2.GaussianBlur(DAY, (0, 0), 14)], state=measured(Measured(0.4)))
    told = health_measured(mush, Measured(0.65), 8.0)
    assert blind_by(told) is Fault.BLURRED
    dusk = after([cv2.GaussianBlur((DAY * 0.7).astype(np.uint8), (0, 0), 14)], state=told)
    assert blind_by(health_measured(dusk, Measured(0.65), 8.0)) is Fault.BLURRED, "it goes on by any light"
    assert blind_by(health_measured(after([DAY], state=told), Measured(0.65), 8.0)) is None, "its detail is back"
    assert blind_by(measured(*[Measured(0.65)] * 5)) is None


def test_what_is_sharp_grows_with_the_looks_after_a_measure_and_does_not_sink_with_them() -> None:
    dim = cv2.addWeighted(DAY, 0.7, cv2.GaussianBlur(DAY, (0, 0), 20), 0.3, 0)
    state = health_measured(after([dim]), Measured(0.4), 0.0)
    grown = after([DAY, dim], state=state)
    assert state.sharp_detail is not None
    assert grown.sharp_detail == after([DAY], state=state).sharp_detail
    assert (grown.sharp_detail or 0.0) > 1.1 * state.sharp_detail
    soft = health_measured(state, Measured(0.65), 4.0)
    assert after([DAY], state=soft).sharp_detail == soft.sharp_detail, "of a picture that is blurred nothing is learned"


def test_a_lens_that_is_softer_by_night_is_judged() -> None:
    night = after([cv2.GaussianBlur(by_night(DAY), (0, 0), 3)], state=measured(Measured(0.4)))
    assert not night.has_lost_detail
    state = health_measured(night, Measured(0.65), 8.0)
    assert blind_by(state) is None
    assert blind_by(health_measured(after([by_night(DAY)], state=state), Measured(0.65), 68.0)) is None


def test_a_lens_whose_texture_is_gone_and_that_is_flat_is_covered() -> None:
    misty = (DAY.astype(np.float32) * 0.25 + 100).astype(np.uint8)
    state = after([with_noise(misty, 2, i) for i in range(4)])
    for number in range(2):
        state = health_measured(state, Measured(0.5, gone=0.9), 10.0 * number)
    assert state.faults == (Fault.COVERED,)


def test_a_city_sets_the_thresholds() -> None:
    street_of_few_lamps = cells((by_night(DAY) * 0.45).astype(np.uint8))
    for settings, faults in ((HealthSettings(), (Fault.DARK,)), (HealthSettings(dark_below=10), ())):
        state = HealthState()
        for number in range(5):
            state = health_after(state, street_of_few_lamps, 4.0 * number, settings)
        assert state.faults == faults


@pytest.mark.parametrize(("age", "lost"), [(None, True), (4.9, False), (5.1, True)])
def test_a_picture_is_lost_after_five_seconds(age: float | None, lost: bool) -> None:
    assert is_lost(age) is lost


def test_all_names_of_faults_are_what_the_issue_lists() -> None:
    assert {fault.value for fault in Fault} == {"lost", "frozen", "dark", "over_exposed", "blurred", "covered", "sprayed", "tilted"}
