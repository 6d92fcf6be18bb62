"""Who may take how much of the decoders."""

from __future__ import annotations

import math

import pytest

from streams.decoding.queues import MOST_AHEAD_SECONDS, Queue, Task, Turns
from streams.decoding.shares import FADING_SECONDS, FULL, GENEROUS, MOST_REST_SECONDS, Shares, level_of
from streams.media import AccessUnit, Codec, ParameterSets

UNIT = AccessUnit(Codec.H264, (b"\x65",), 0, True, 0.0, None, ParameterSets(Codec.H264))


@pytest.mark.parametrize(
    ("uses", "capacity", "level"),
    [
        ([], 1.0, math.inf),
        ([0.2, 0.3, 0.4], 1.0, math.inf),
        ([0.1, 0.1, 2.0], 1.0, 0.8),
        ([1.0, 1.0], 1.0, 0.5),
        ([0.1, 0.6, 0.6], 1.0, 0.45),
        ([0.0] * 99 + [5.0], 0.9, 0.9),
    ],
    ids=["nobody", "all fits", "one takes too much", "all alike", "two share what the third leaves", "one beside idle ones"],
)
def test_the_level(uses: list[float], capacity: float, level: float) -> None:
    assert level_of(uses, capacity) == pytest.approx(level)


def looked_at(shares: Shares, costs: dict[str, float], every: float, seconds: float) -> dict[str, list[float]]:
    """When each camera has its looks, where it is looked at as often as it is asked for and its rests allow."""
    due, looks = dict.fromkeys(costs, 0.0), {name: [] for name in costs}
    now = 0.0
    while now < seconds:
        for name, cost in costs.items():
            if now >= due[name]:
                looks[name].append(now)
                shares.charge(name, cost, now)
                due[name] = now + max(every, shares.rest_seconds(name, now))
        now += 0.5
    return looks


def test_nobody_rests_while_all_fits() -> None:
    looks = looked_at(Shares(1.0), {"whole": 0.9, **{f"c{n}": 0.02 for n in range(20)}}, 4.0, 600.0)
    assert {len(times) for times in looks.values()} == {150}


@pytest.mark.parametrize("cost", [0.9, 2.5, 9.9], ids=["a dear run", "8K pictures", "nearly a hang"])
def test_who_takes_more_than_its_share_is_looked_at_less_often_and_the_others_as_before(cost: float) -> None:
    looks = looked_at(Shares(1.0), {"dear": cost, **{f"c{n}": 0.03 for n in range(100)}}, 4.0, 1800.0)
    assert {len(times) for name, times in looks.items() if name != "dear"} == {450}
    late = [time for time in looks["dear"] if time > 600]
    share = len(late) * cost / 1200.0
    assert share <= FULL - 100 * 0.03 / 4.0 + 0.08, "what the others leave"
    assert len(late) >= 1200.0 / MOST_REST_SECONDS - 1, "and it is still looked at"


def test_who_holds_a_decoder_for_seconds_rests_though_there_is_time() -> None:
    looks = looked_at(Shares(8.0), {"dear": 3.5, **{f"c{n}": 0.02 for n in range(20)}}, 4.0, 600.0)
    assert {len(times) for name, times in looks.items() if name != "dear"} == {150}
    assert 600.0 / 60.0 < len(looks["dear"]) < 600.0 / 25.0


def test_where_all_want_too_much_alike_nobody_is_held_back_more_than_the_others() -> None:
    shares = Shares(1.0)
    looks = looked_at(shares, {f"c{n}": 0.05 for n in range(200)}, 4.0, 300.0)
    assert {len(times) for times in looks.values()} == {75}, f"up to {GENEROUS} shares are everybody's; the schedule stretches all of them"
    assert shares.resting(300.0) == 0


def test_accounts_fade_and_end() -> None:
    shares = Shares(1.0)
    shares.charge("c1", 0.5, 0.0)
    assert shares.used("c1", FADING_SECONDS) == pytest.approx(0.5 / math.e)
    shares.charge("c1", 10.0, FADING_SECONDS)
    assert shares.used("c1", FADING_SECONDS) == pytest.approx(1000 + 0.5 / math.e)
    assert shares.rest_seconds("c1", FADING_SECONDS) > 0
    assert shares.resting(FADING_SECONDS) == 1
    shares.forget("c1")
    assert (shares.used("c1", FADING_SECONDS), shares.rest_seconds("c1", FADING_SECONDS)) == (0.0, 0.0)


def test_urgent_ones_go_first_and_then_those_that_cost_least() -> None:
    queue = Queue()
    for name in ("dear", "first", "second"):
        queue.put(Task(name, UNIT, (), once=False, urgent=False))
    queue.put(Task("zoom", UNIT, (), once=False, urgent=True))
    used = {"dear": 9.0, "zoom": 10.0}
    assert [queue.take(lambda name: used.get(name, 0.0)).camera_id for _ in range(4)] == ["zoom", "first", "second", "dear"]


def test_while_both_sorts_wait_both_have_the_same_time() -> None:
    turns, spent = Turns(), {True: 0.0, False: 0.0}
    for _ in range(2000):
        whole = turns.whole(5, 5)
        seconds = 0.4 if whole else 0.02
        turns.took(seconds, whole=whole, contended=True)
        spent[whole] += seconds
    assert spent[True] == pytest.approx(spent[False], abs=2 * MOST_AHEAD_SECONDS)
    assert Turns().whole(0, 1)
    assert not Turns().whole(1, 0)
