from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from benchmarks.flatness import student_975, trend


def hour(value: Callable[[float, float], float], *, seed: int = 1, runs: tuple[float, ...] = (0.0,)) -> list[tuple[int, float, float]]:
    """An hour of samples, one each 10 s: `value(hours, noise)`; a new run begins at each of `runs` (seconds)."""
    chance = random.Random(seed)
    return [(sum(at >= begin for begin in runs), float(at), value(at / 3600, chance.gauss(0, 1))) for at in range(0, 3600, 10)]


@pytest.mark.parametrize(
    ("value", "flat"),
    [
        pytest.param(lambda hours, noise: 500.0, True, id="a constant"),
        pytest.param(lambda hours, noise: 500 + 3 * noise, True, id="noise alone"),
        pytest.param(lambda hours, noise: 500 - 40 * hours + noise, True, id="it shrinks"),
        pytest.param(lambda hours, noise: 500 + 30 * hours + noise, False, id="a leak"),
        pytest.param(lambda hours, noise: 300 + 200 * min(1, hours / 0.2) + noise, True, id="it fills in the first quarter and stays"),
        pytest.param(lambda hours, noise: 500 + 200 * noise, False, id="so noisy that growth is not ruled out"),
    ],
)
def test_flat_is_what_does_not_grow_beyond_the_bound(value: Callable[[float, float], float], flat: bool) -> None:
    found = trend("memory", "MiB", hour(value), bound=15.0)
    assert found is not None
    assert found.flat is flat
    assert found.low <= found.slope <= found.high


def test_the_slope_of_a_leak_is_within_its_confidence() -> None:
    inside = 0
    for seed in range(40):
        found = trend("memory", "MiB", hour(lambda hours, noise: 500 + 30 * hours + 5 * noise, seed=seed), bound=15.0)
        assert found is not None
        inside += found.low <= 30 <= found.high
    assert inside >= 34, "of 40, at 95 %"


def test_a_run_that_was_taken_up_again_has_a_level_of_its_own() -> None:
    samples = hour(lambda hours, noise: (500.0 if hours < 0.6 else 420.0) + noise, runs=(0.0, 0.6 * 3600))
    found = trend("memory", "MiB", samples, bound=15.0)
    assert found is not None
    assert abs(found.slope) < 15


def test_what_moves_with_the_faults_is_not_taken_for_growth() -> None:
    chance = random.Random(4)
    away = {10.0 * n: float(sum(chance.random() < 0.2 + 0.4 * (n // 60 % 2) for _ in range(4))) for n in range(360)}
    samples = [(0, at, 500 - 6 * missing + chance.gauss(0, 1)) for at, missing in away.items()]
    alone, beside = trend("memory", "MiB", samples, bound=5.0), trend("memory", "MiB", samples, 5.0, away)
    assert alone is not None
    assert beside is not None
    assert beside.high - beside.low < 0.4 * (alone.high - alone.low)
    assert beside.flat
    leaking = trend("memory", "MiB", [(run, at, value + 10 * at / 3600) for run, at, value in samples], 5.0, away)
    assert leaking is not None
    assert not leaking.flat


@pytest.mark.parametrize("count", [pytest.param(0, id="none"), pytest.param(2, id="two"), pytest.param(3, id="three")])
def test_too_few_samples_tell_nothing(count: int) -> None:
    assert trend("memory", "MiB", [(0, 10.0 * n, 1.0) for n in range(count)], bound=1.0) is None


@pytest.mark.parametrize(("freedom", "quantile"), [(5, 2.571), (10, 2.228), (17, 2.110), (60, 2.000)])
def test_students_t_as_tables_have_it(freedom: int, quantile: float) -> None:
    assert student_975(freedom) == pytest.approx(quantile, abs=0.02)
