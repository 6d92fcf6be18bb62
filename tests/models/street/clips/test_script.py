"""A clip's story: a function of its seed, on the grid of the shots, with what must and what must not fire told apart."""

from __future__ import annotations

from collections import Counter

import pytest

from models.street.assets.catalogue import CLASS_OF
from models.street.clips.script import DWELL_SECONDS, KINDS, STEP_SECONDS, TIME_ZONE, Script, draw_script

ALARM_SECONDS = 15
SCRIPTS = [draw_script(seed, split) for split in ("open", "sealed") for seed in range(700_000, 700_060)]


def test_the_same_seed_tells_the_same_story_and_splits_tell_others() -> None:
    assert draw_script(700_000, "open") == SCRIPTS[0]
    assert len({script.events for script in SCRIPTS}) == len(SCRIPTS)


def test_every_kind_comes_about_as_often_and_some_clips_show_no_violation() -> None:
    kinds = Counter(event.kind for script in SCRIPTS for event in script.events if event.kind)
    assert min(kinds[kind] for kind in KINDS) > 0.6 * max(kinds[kind] for kind in KINDS)
    assert 0.1 < sum(not any(event.kind for event in script.events) for script in SCRIPTS) / len(SCRIPTS) < 0.2


def test_there_are_more_things_that_must_not_fire_than_that_must() -> None:
    twins = Counter(event.twin for script in SCRIPTS for event in script.events if not event.kind)
    assert sum(twins.values()) > sum(1 for script in SCRIPTS for event in script.events if event.kind)
    assert {"permitted_pitch", "covered_stall", "closed_stall", "terrace_inside_line", "stops_briefly", "unloading", "umbrella_queue"} <= set(twins)


@pytest.mark.parametrize("script", SCRIPTS[::7], ids=lambda script: script.name)
def test_events_lie_on_the_grid_and_a_violation_outlasts_dwell_and_alarm(script: Script) -> None:
    seen_until = script.seconds if script.nudged_second is None else script.nudged_second
    for event in script.events:
        assert event.start_second % STEP_SECONDS == 0
        assert event.end_second % STEP_SECONDS == 0
        assert 0 <= event.start_second < event.end_second <= script.seconds
        assert CLASS_OF[event.asset] == event.label
        assert (event.kind is None) == (event.why is not None)
        if event.kind:
            assert min(event.end_second, seen_until) - event.start_second > DWELL_SECONDS + ALARM_SECONDS
        if event.twin == "stops_briefly":
            assert event.end_second - event.start_second < DWELL_SECONDS - STEP_SECONDS


def test_hours_fit_the_light_and_shops_put_out_at_five() -> None:
    assert all(script.began.hour >= 18 or script.began.hour < 6 for script in SCRIPTS if "night" in script.weather)
    fives = [script for script in SCRIPTS if any(event.kind == "V3" for event in script.events) and script.began.hour == 16 and script.began.minute == 59]
    assert fives
    assert all(script.began.tzinfo == TIME_ZONE for script in SCRIPTS)


def test_a_summary_names_what_happens() -> None:
    script = next(one for one in SCRIPTS if one.nudged_second is not None and any(event.kind for event in one.events))
    assert "the camera is nudged" in script.summary()
    assert any(event.kind and event.kind in script.summary() for event in script.events)
