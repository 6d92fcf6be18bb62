from __future__ import annotations

import time

import pytest

from streams.budget import LEAST_READ_BYTES, MAX_SHARE, MOST_READ_BYTES, SHARE_SECONDS, VISIT_SECONDS, Budget
from streams.errors import ProtocolViolation
from streams.rounds import READ_SECONDS


def metered() -> Budget:
    """Whose visits are timed by their own CPU, since one was long."""
    budget = Budget()
    budget.spent(0.05, 1_000_000, 0.0)
    return budget


def test_ordinary_visits_are_timed_by_the_wall_and_not_counted() -> None:
    budget = Budget()
    for round_number in range(1000):
        budget.spent(0.0015, 40_000, READ_SECONDS * round_number)
    assert budget.clock is time.perf_counter
    assert budget.read_bytes == MOST_READ_BYTES


def test_a_long_visit_is_no_proof_but_cpu_is() -> None:
    budget = Budget()
    budget.spent(10.0, 40_000, 0.0)  # another process had the core
    assert budget.clock is time.thread_time
    assert budget.metered
    assert budget.read_bytes == MOST_READ_BYTES
    for round_number in range(50):
        budget.spent(0.0003, 40_000, READ_SECONDS * round_number)
    assert budget.clock is time.perf_counter
    assert budget.read_bytes == MOST_READ_BYTES


@pytest.mark.parametrize(
    ("seconds", "count", "least", "most"),
    [(0.07, 262_144, 16_000, 20_000), (0.07, 1000, LEAST_READ_BYTES, LEAST_READ_BYTES), (0.0021, 2_000_000, MOST_READ_BYTES, MOST_READ_BYTES)],
    ids=["tiny packets", "the dearest", "a burst"],
)
def test_how_much_is_read_at_once_follows_from_the_price(seconds: float, count: int, least: int, most: int) -> None:
    budget = metered()
    budget.spent(seconds, count, 0.1)
    assert least <= budget.read_bytes <= most


@pytest.mark.parametrize("round_seconds", [READ_SECONDS, 5 * READ_SECONDS], ids=["a loop in time", "a loop that is late"])
def test_a_camera_that_uses_up_each_of_its_visits_is_cut(round_seconds: float) -> None:
    budget, at = metered(), 0.0

    def use_up() -> None:
        nonlocal at
        for round_number in range(1, 100):
            at = round_seconds * round_number
            budget.spent(VISIT_SECONDS, 5000, at)

    with pytest.raises(ProtocolViolation, match="4% of a core"):
        use_up()
    assert at <= 1.3 * SHARE_SECONDS


def test_a_large_camera_that_catches_up_is_not() -> None:
    budget = metered()
    for round_number in range(1, 400):
        at = READ_SECONDS * round_number
        budget.spent(VISIT_SECONDS if round_number % 40 < 10 else MAX_SHARE / 2 * READ_SECONDS, 300_000, at)
