from __future__ import annotations

from itertools import pairwise

import pytest

from streams.libav.pace import AHEAD_SECONDS, SPEED, Pace
from streams.libav.times import Timed, Times

STEP = 3600


@pytest.mark.parametrize(
    "jump_seconds", [3600, -3600, 86_400 * 365, -2, -30], ids=["an hour on", "an hour back", "a year on", "a file begins anew", "half a minute"]
)
def test_a_jump_is_bridged_by_the_arrivals(jump_seconds: int) -> None:
    times = Times()
    before = [times.at(n * STEP, n * 0.04) for n in range(50)]
    after = [times.at(n * STEP + jump_seconds * 90_000, n * 0.04) for n in range(50, 100)]
    assert before == [n * STEP for n in range(50)]
    assert after == pytest.approx([n * STEP for n in range(50, 100)], abs=2)


@pytest.mark.parametrize(
    ("ticks", "arrivals"),
    [
        pytest.param([0, 3 * STEP, STEP, 2 * STEP, 6 * STEP], [0.0, 0.04, 0.08, 0.12, 0.16], id="B-pictures"),
        pytest.param([n * STEP for n in range(300)], [6.0 * (n // 150) for n in range(300)], id="HLS brings segments at a time"),
        pytest.param([n * STEP for n in range(700)], [12.0 * (n // 300) for n in range(700)], id="long segments"),
        pytest.param([0, STEP, STEP + 90_000 * 20], [0.0, 0.04, 20.04], id="a camera that was silent"),
    ],
)
def test_what_is_no_jump_is_left(ticks: list[int], arrivals: list[float]) -> None:
    times = Times()
    assert [times.at(tick, at) for tick, at in zip(ticks, arrivals, strict=True)] == ticks


def sent_after(pace: Pace, ticks: list[int]) -> float:
    """Seconds that these pictures take when they could all be sent at once."""
    now = 100.0
    for tick in ticks:
        now += pace.pause(tick, now)
    return now - 100.0


def test_a_file_goes_in_its_own_time_and_a_little_faster() -> None:
    assert sent_after(Pace(), [n * STEP for n in range(25 * 60)]) == pytest.approx((60 - AHEAD_SECONDS) / SPEED, abs=0.1)


def test_segments_come_evenly() -> None:
    pace, now, went = Pace(), 0.0, []
    for number in range(25 * 30):
        now = max(now, 6.0 * (number // 150))
        now += pace.pause(number * STEP, now)
        went.append(now)
    assert max(after - before for before, after in pairwise(went)) < 0.9, "and not 6 s"


def test_pictures_without_usable_times_may_come_240_a_second() -> None:
    assert sent_after(Pace(), [0] * 240 * 20) == pytest.approx(20 / SPEED, abs=0.6)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [2, 0, 1, 5, 3, 4]], ids=["in order", "B-pictures"])
def test_a_live_stream_is_never_held_back_even_after_an_outage(order: list[int]) -> None:
    pace = Pace()
    arrivals = [n * 0.04 for n in range(1200)] + [400 + n * 0.04 for n in range(1200)]
    assert not any(pace.pause((n // 6 * 6 + order[n % 6]) * STEP, at) for n, at in enumerate(arrivals))


@pytest.mark.parametrize("jump", [3600, -3600, -30])
def test_a_jump_of_the_time_holds_nothing_back(jump: int) -> None:
    pace = Pace()
    assert not any(pace.pause(n * STEP + (jump * 90_000 if n > 100 else 0), n * 0.04) for n in range(300))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param([5 * STEP, 6 * STEP], [5 * STEP, 6 * STEP], id="all have one"),
        pytest.param([None, 6 * STEP, 7 * STEP], [5 * STEP, 6 * STEP, 7 * STEP], id="the first has none"),
        pytest.param([6 * STEP, None, None, 9 * STEP], [6 * STEP, 7 * STEP, 8 * STEP, 9 * STEP], id="some in between have none"),
        pytest.param([None] * 16, [n * STEP for n in range(1, 17)], id="none has one"),
    ],
)
def test_pictures_without_a_time_get_one(given: list[int | None], found: list[int]) -> None:
    timed: Timed[int] = Timed()
    shown = [pair for number, ticks in enumerate(given) for pair in timed.add(ticks, number)]
    assert shown == list(zip(found, range(len(given)), strict=True))
