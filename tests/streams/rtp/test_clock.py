from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtp.clock import JUMP_SECONDS, KEPT_REPORTS, LEAST_SPAN_SECONDS, CameraClock

UNIX = 1_700_000_000.0


def reports(clock: CameraClock, seconds: float, *, ppm: float = 0.0, begin: float = 0.0, offset: float = 0.0, delays: random.Random | None = None) -> int:
    """A report each 5 s, as they arrive; returns the jumps that were told. The camera's crystal drives its wall clock and its RTP time."""
    jumps, at = 0, begin
    while at < begin + seconds:
        own = at * (1 + ppm / 1e6)
        delay = 0.0 if delays is None else delays.choice([0.0, 0.01, 0.08, 0.08, 1.5]) * delays.random()
        jumps += clock.add(1000.0 + at + delay, UNIX + offset + own, round(90_000 * own))
        at += 5.0
    return jumps


@pytest.mark.parametrize("ppm", [0.0, 20.0, -150.0, 5000.0])
def test_the_drift_is_found(ppm: float) -> None:
    clock = CameraClock()
    assert reports(clock, 300.0, ppm=ppm) == 0
    assert clock.drift_ppm == pytest.approx(ppm, abs=0.5)
    assert clock.monotonic_offset_seconds == pytest.approx(UNIX - 1000.0 + 295 * ppm / 1e6, abs=0.06)


@pytest.mark.parametrize("seed", range(8))
def test_late_reports_hardly_move_it(seed: int) -> None:
    clock = CameraClock()
    assert reports(clock, 400.0, ppm=50.0, delays=random.Random(seed)) == 0
    assert clock.drift_ppm == pytest.approx(50.0, abs=350.0), "a plain regression is out by thousands"
    assert clock.monotonic_offset_seconds == pytest.approx(UNIX - 1000.0, abs=0.15)


def test_before_a_minute_there_is_no_drift() -> None:
    clock = CameraClock()
    assert (clock.drift_ppm, clock.monotonic_offset_seconds) == (None, None)
    reports(clock, LEAST_SPAN_SECONDS - 5)
    assert clock.drift_ppm is None
    assert clock.monotonic_offset_seconds == UNIX - 1000.0


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2.0, -2.0], ids=["an hour on", "an hour back", "2 s on", "2 s back"])
@pytest.mark.parametrize("shared", [False, True], ids=["wall clock alone", "RTP time too"])
def test_a_clock_that_was_set_is_told_once_and_begins_anew(jump: float, shared: bool) -> None:
    clock = CameraClock()
    reports(clock, 200.0, ppm=30.0)
    told = 0
    for step in range(40):
        at = 200.0 + 5 * step
        told += clock.add(1000.0 + at, UNIX + jump + at, round(90_000 * (at + (jump if shared else 0.0))))
    if shared and abs(jump) < 3:
        return  # like a report that is late
    assert (told, clock.jumps) == (1, 1)
    assert clock.drift_ppm == pytest.approx(0.0, abs=1.0)
    assert clock.monotonic_offset_seconds == pytest.approx(UNIX + jump - 1000.0, abs=0.01)


def test_a_stalled_connection_is_no_jump() -> None:
    clock = CameraClock()
    reports(clock, 100.0)
    for at in (100.0, 105.0, 110.0, 115.0):  # all come together, behind a stall
        assert not clock.add(1116.0, UNIX + at, round(90_000 * at))
    assert reports(clock, 100.0, begin=120.0) == 0
    assert clock.jumps == 0


def test_a_camera_that_is_short_of_breath_has_not_set_its_clock() -> None:
    """Its report names the RTP time of a picture that it sends late."""
    clock = CameraClock()
    for number in range(40):
        at = 5.0 * number
        assert not clock.add(1000.0 + at, UNIX + at, round(90_000 * (at - (2.5 if number % 3 == 1 else 0.0))))
    assert clock.jumps == 0


def test_small_steps_are_no_jumps() -> None:
    clock = CameraClock()
    rng = random.Random(1)
    for number in range(100):
        at = 5.0 * number
        assert not clock.add(1000.0 + at, UNIX + at + rng.uniform(0, 0.9 * JUMP_SECONDS), round(90_000 * at))


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 4e9), st.integers(-(2**40), 2**40)), max_size=80))
def test_any_reports_are_taken(told: list[tuple[float, float, int]]) -> None:
    clock = CameraClock()
    for arrival, unix, ticks in sorted(told):
        clock.add(arrival, unix, ticks)
    assert len(clock._reports) <= KEPT_REPORTS
    assert clock.drift_ppm is None or clock.drift_ppm == clock.drift_ppm
