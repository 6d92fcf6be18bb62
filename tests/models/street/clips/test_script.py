"""A clip's story: a function of its seed and turn, on the grid of the shots; every kind comes as a violation and as what looks like it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from evidence.kinds import load_catalogue
from models.street import light
from models.street.assets.catalogue import CLASS_OF, NAMES
from models.street.clips.forms import KINDS, LOOK_ALIKES, REASONS, UNLAWFUL, VIOLATIONS
from models.street.clips.script import DWELL_SECONDS, ROUND, STEP_SECONDS, TIME_ZONE, Script, draw_script, nudges

ALARM_SECONDS = 15
FIRST = 700_002  # a multiple of 27: the decks of violations and look-alikes begin here
SCRIPTS = [draw_script(seed, split) for split in ("open", "sealed") for seed in range(FIRST, FIRST + ROUND)]


def test_the_same_seed_tells_the_same_story_and_splits_and_turns_tell_others() -> None:
    assert draw_script(FIRST, "open") == SCRIPTS[0]
    assert draw_script(FIRST, "open", turn=FIRST) == SCRIPTS[0]
    assert draw_script(FIRST, "open", turn=0) != SCRIPTS[0]
    assert len({script.events for script in SCRIPTS}) == len(SCRIPTS)


def test_every_kind_has_both_sorts_and_is_one_of_the_catalogue() -> None:
    assert len(KINDS) >= 8
    assert tuple(LOOK_ALIKES) == KINDS
    for kind in KINDS:
        assert load_catalogue().kind(kind) is not None
        assert {form.reason for form in VIOLATIONS[kind]} <= set(UNLAWFUL)
        assert {form.reason for form in LOOK_ALIKES[kind]} <= set(REASONS) - set(UNLAWFUL)
        assert all(form.why for form in LOOK_ALIKES[kind])
        made_of = {form.label for form in VIOLATIONS[kind]}
        assert made_of & set(load_catalogue().kind(kind).classes), kind  # type: ignore[union-attr]


@pytest.mark.parametrize("first", [0, FIRST])
def test_a_round_of_turns_shows_every_kind_often_enough(first: int) -> None:
    scripts = [draw_script(seed, "open", turn=turn) for seed, turn in zip(range(FIRST, FIRST + ROUND), range(first, first + ROUND), strict=True)]
    still = [event for script in scripts if script.nudged_second is None for event in script.events]
    assert Counter(event.of for event in still if event.violation) == dict.fromkeys(KINDS, 10)
    assert min(Counter(event.of for event in still if not event.violation)[kind] for kind in KINDS) >= 13


@pytest.mark.parametrize("script", SCRIPTS[::4], ids=lambda script: script.name)
def test_events_lie_on_the_grid_and_a_violation_comes_outlasts_dwell_and_alarm_and_goes(script: Script) -> None:
    assert len(script.events) >= 4
    for event in script.events:
        assert event.asset in NAMES
        assert event.start_second % STEP_SECONDS == event.end_second % STEP_SECONDS == 0
        assert 0 <= event.start_second < event.end_second <= script.seconds
        assert event.label == (CLASS_OF[event.asset] or {"bin": "bin"}.get(event.asset, "car"))
        assert event.violation == (event.why is None)
        if event.violation and script.nudged_second is None:
            assert event.start_second > 0
            assert event.end_second < script.seconds
            assert event.end_second - event.start_second > DWELL_SECONDS + ALARM_SECONDS
        if event.reason == "short":
            assert event.end_second - event.start_second < DWELL_SECONDS - STEP_SECONDS


def test_a_camera_is_turned_away_before_any_dwell_is_over_and_what_stands_then_stays() -> None:
    nudged = [script for script in SCRIPTS if script.nudged_second is not None]
    assert len(nudged) == 2 * ROUND // 9
    for script in nudged:
        assert nudges(script.turn)
        for event in script.events:
            if event.violation:
                assert 0 < script.nudged_second - event.start_second < DWELL_SECONDS  # type: ignore[operator]
                assert event.end_second == script.seconds


def test_bicycles_beside_bicycles_are_in_a_bay_and_no_rider_makes_a_third() -> None:
    for script in SCRIPTS:
        bicycles = [event for event in script.events if event.of == "V5"]
        if len(bicycles) == 2:
            assert [event.reason for event in bicycles if not event.violation] == ["inside_zone"]
        if bicycles and bicycles[0].violation:
            assert not {event.asset for event in script.events} & {"rider", "courier"}


def test_nights_and_rain_have_their_turns_and_laundry_is_hung_at_the_right_hours() -> None:
    weathers = [script.weather for script in SCRIPTS]
    assert sum(weather in light.DARK for weather in weathers) >= len(SCRIPTS) * 0.15
    assert sum(weather.startswith("rain") for weather in weathers) >= len(SCRIPTS) * 0.2
    (opens, closes) = (7, 18)
    for script in SCRIPTS:
        ends = script.began.hour + (script.began.minute * 60 + script.seconds) / 3600
        for event in script.events:
            if event.kind == "V11":
                assert opens <= script.began.hour
                assert ends < closes
            if event.reason == "out_of_hours":
                assert script.began.hour >= closes or ends < opens
    assert load_catalogue().kind("V11").hours == ("07:00-18:00",)  # type: ignore[union-attr]


def test_hours_fit_the_light_and_shops_put_out_at_five() -> None:
    assert all(script.began.hour >= 18 or script.began.hour < 6 for script in SCRIPTS if "night" in script.weather)
    assert any(script.began.hour == 16 and script.began.minute == 59 for script in SCRIPTS if any(event.kind == "V3" for event in script.events))
    assert all(script.began.tzinfo == TIME_ZONE for script in SCRIPTS)


def test_permits_are_in_and_out_of_time() -> None:
    assert {event.permit for script in SCRIPTS for event in script.events} == {None, "valid", "expired"}
    assert all((event.permit == "expired") == (event.reason == "permit_expired") for script in SCRIPTS for event in script.events)


def test_a_summary_names_what_happens() -> None:
    script = next(one for one in SCRIPTS if one.nudged_second is not None)
    assert "the camera is nudged" in script.summary()
    for event in script.events:
        assert (f"{event.kind} {event.asset}" if event.violation else f"no {event.of}: {event.asset}") in script.summary()


def test_no_two_hands_of_a_deck_are_alike() -> None:
    hands = [tuple(event.of for event in script.events if event.violation) for script in SCRIPTS[:ROUND] if script.nudged_second is None]
    assert all(not set(a) & set(b) for i, (a, b) in enumerate(pairwise(hands)) if i % 4 != 3)
