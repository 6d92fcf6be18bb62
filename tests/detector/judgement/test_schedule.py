from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.judgement.schedule import LOST_SECONDS, LookSchedule, spot


def at_once(**intervals: float) -> LookSchedule:
    """Cameras whose first look is due at 0."""
    schedule = LookSchedule(spread=0.0)
    for camera_id, seconds in intervals.items():
        schedule.add(camera_id, seconds, 0.0)
    return schedule


def test_a_camera_is_due_once_an_interval() -> None:
    schedule = at_once(a=4.0)
    assert schedule.take(0.0, {"a"}) == "a"
    assert schedule.take(0.0, {"a"}) is None  # under way
    schedule.looked("a", 0.0)
    assert schedule.take(3.9, {"a"}) is None
    assert schedule.lag("a", 3.9) == 0.0
    assert schedule.next_due() == 4.0
    assert schedule.lag("a", 5.5) == 1.5
    assert schedule.take(5.5, set()) is None  # due, but no keyframe lies there
    assert schedule.take(5.5, {"a"}) == "a"


def test_the_longest_wait_relative_to_the_interval_goes_first() -> None:
    schedule = at_once(busy=4.0, calm=10.0)
    for camera_id in ("busy", "calm"):
        schedule.take(0.0, {camera_id})
        schedule.looked(camera_id, 0.0)
    assert schedule.take(12.0, {"busy", "calm"}) == "busy"  # 3.0 intervals against 1.2
    schedule.looked("busy", 10.0)
    assert schedule.take(14.5, {"busy", "calm"}) == "calm"  # 1.45 against 1.1


def test_both_ways_of_choosing_agree() -> None:
    chance = random.Random(5)
    few, many = LookSchedule(), LookSchedule()
    names = [f"cam{number}" for number in range(60)]
    for name in names:
        for schedule in (few, many):
            schedule.add(name, chance.choice([4.0, 10.0]) if schedule is few else few._turns[name].interval_seconds, 0.0)
    now = 0.0
    for _ in range(600):
        now += chance.random() * 0.2
        waiting = set(chance.sample(names, 10))

        class Other:  # a container that cannot be counted, so every due camera is asked for
            def __contains__(self, name: object, waiting: set[str] = waiting) -> bool:
                return name in waiting

        taken = few.take(now, waiting)
        assert many.take(now, Other()) == taken
        for schedule in (few, many):
            if taken is not None:
                schedule.looked(taken, now)


def test_a_look_that_came_to_nothing_is_due_as_before() -> None:
    schedule = at_once(a=4.0, b=4.0)
    assert schedule.take(1.0, {"a"}) == "a"
    schedule.put_back("a")
    assert schedule.lag("a", 1.0) == 1.0
    assert schedule.take(1.5, {"a"}) == "a"


def test_a_look_that_nobody_ends_does_not_silence_its_camera() -> None:
    schedule = at_once(a=4.0)
    assert schedule.take(0.0, {"a"}) == "a"
    assert schedule.take(LOST_SECONDS - 1, {"a"}) is None
    assert schedule.take(LOST_SECONDS, {"a"}) == "a"


def test_an_interval_is_reckoned_from_the_last_look() -> None:
    schedule = at_once(a=10.0)
    schedule.take(0.0, {"a"})
    schedule.looked("a", 0.0)
    schedule.set_interval("a", 2.0, 3.0)  # suspicion
    assert schedule.take(3.0, {"a"}) == "a"
    schedule.set_interval("a", 10.0, 3.5)  # while it is under way
    assert schedule.take(20.0, {"a"}) is None
    schedule.looked("a", 3.0)
    assert schedule.take(12.9, {"a"}) is None
    assert schedule.take(13.0, {"a"}) == "a"


def test_cameras_come_and_go() -> None:
    schedule = at_once(a=4.0, b=4.0)
    assert len(schedule) == 2
    assert "a" in schedule
    assert schedule.take(0.0, {"b"}) == "b"  # a is due and stays
    schedule.remove("a")
    schedule.remove("a")
    schedule.remove("b")  # while it is under way
    schedule.looked("b", 1.0)
    schedule.put_back("b")
    assert schedule.take(100.0, {"a", "b"}) is None
    schedule.add("a", 4.0, 100.0)
    assert schedule.take(100.0, {"a", "b"}) == "a"
    with pytest.raises(KeyError):
        schedule.set_interval("b", 4.0, 100.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_an_interval_is_above_zero(seconds: float) -> None:
    schedule = at_once(a=4.0)
    with pytest.raises(ValueError, match="above 0"):
        schedule.add("b", seconds, 0.0)
    with pytest.raises(ValueError, match="above 0"):
        schedule.set_interval("a", seconds, 0.0)
    assert "b" not in schedule


def test_first_looks_are_spread_and_always_the_same() -> None:
    schedule = LookSchedule()
    names = {f"cam{number}" for number in range(400)}
    for name in names:
        schedule.add(name, 10.0, 50.0)
    seconds = Counter(int(schedule._turns[name].due_seconds - 50.0) for name in names)
    assert set(seconds) == set(range(10))
    assert max(seconds.values()) < 70  # 40 on the mean
    assert spot("cam1") == pytest.approx(0.0393, abs=0.0001)


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(3, 40),
    overload=st.floats(1.0, 6.0),
    seed=st.integers(0, 1000),
    keyframe_seconds=st.sampled_from([0.5, 2.0]),
)
def test_overload_stretches_all_alike_and_starves_none(count: int, overload: float, seed: int, keyframe_seconds: float) -> None:
    chance = random.Random(seed)
    schedule = LookSchedule()
    intervals = {f"cam{number}": chance.choice([2.0, 4.0, 10.0]) for number in range(count)}
    for name, seconds in intervals.items():
        schedule.add(name, seconds, 0.0)
    wanted = sum(1 / seconds for seconds in intervals.values())  # looks a second
    step = overload / wanted
    last = dict.fromkeys(intervals, 0.0)
    longest = dict.fromkeys(intervals, 0.0)
    arrivals = {name: chance.random() * keyframe_seconds for name in intervals}
    looked_keyframe = dict.fromkeys(intervals, -1)
    now, settled = 0.0, 40 * overload
    while now < 3 * settled:
        now += step
        newest = {name: int((now - first) // keyframe_seconds) for name, first in arrivals.items()}
        waiting = {name for name in intervals if newest[name] > looked_keyframe[name]}
        taken = schedule.take(now, waiting)
        if taken is None:
            continue
        if last[taken] > settled:
            longest[taken] = max(longest[taken], (now - last[taken]) / intervals[taken])
        last[taken], looked_keyframe[taken] = now, newest[taken]
        schedule.looked(taken, now)
    for name, seconds in intervals.items():
        longest[name] = max(longest[name], (now - last[name]) / seconds)
    # One look's time and one keyframe's wait, in intervals, are the grain of what a fair turn can be.
    for name, waited in longest.items():
        grain = (2 * step + keyframe_seconds) / intervals[name]
        assert waited <= overload * 1.35 + 2 * grain + 0.5, (name, waited, overload)


def test_a_city_in_one_schedule_is_cheap() -> None:
    schedule = LookSchedule()
    names = [f"cam{number}" for number in range(8000)]
    for number, name in enumerate(names):
        schedule.add(name, 4.0 if number % 3 == 0 else 10.0, 0.0)
    waiting = frozenset(names)
    now = 30.0
    assert schedule.take(now, waiting) is not None  # everything has come due at once
    began = time.perf_counter()
    for _ in range(2000):
        now += 0.001
        taken = schedule.take(now, waiting)
        assert taken is not None
        schedule.looked(taken, now)
    assert (time.perf_counter() - began) / 2000 < 0.001  # 10 µs measured; room for a busy machine


@pytest.mark.parametrize(
    ("urgent", "urgent_waits", "others_share"),
    [
        pytest.param(5, 1.15, 0.7, id="a few under suspicion keep their interval"),
        pytest.param(9, 1.3, 0.5, id="as many as half of all looks serve, nearly"),
        pytest.param(40, 9.0, 0.49, id="more than that take turns with the others, and starve none"),
    ],
)
def test_views_under_suspicion_go_first_with_half_of_all_looks(urgent: int, urgent_waits: float, others_share: float) -> None:
    schedule = LookSchedule()
    names = [f"cam{number}" for number in range(100)]
    for name in names:
        schedule.add(name, 4.0, 0.0)
    for name in names[:urgent]:
        schedule.set_interval(name, 2.0, 0.0, urgent=True)
    looks, last, longest, now = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0), 60.0
    while now < 360.0:
        now += 0.1  # ten looks a second, where 25 and more are wanted
        taken = schedule.take(now, frozenset(names))
        if taken is None:
            continue
        if last[taken] > 100.0:
            longest[taken] = max(longest[taken], now - last[taken])
        last[taken], looks[taken] = now, looks[taken] + 1
        schedule.looked(taken, now)
    others = names[urgent:]
    assert max(longest[name] for name in names[:urgent]) <= 2.0 * urgent_waits
    assert sum(looks[name] for name in others) >= others_share * sum(looks.values())
    assert max(longest[name] for name in others) <= 1.2 * min(longest[name] for name in others)


def test_an_interval_that_is_told_alone_leaves_the_urgency() -> None:
    schedule = LookSchedule(spread=0.0)
    for name in ("a", "b"):
        schedule.add(name, 4.0, 0.0)
    schedule.set_interval("b", 2.0, 0.0, urgent=True)
    schedule.set_interval("b", 5.0, 0.0)  # somebody watches its page
    assert schedule.take(100.0, {"a", "b"}) == "b", "though a waits longer by its interval"
