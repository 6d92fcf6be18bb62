"""Failures to sign in: waits that double, by name and address together, and nobody locked out for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import throttles
from api.errors import TooOften
from api.service import Api

from .conftest import Clock


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0), (5, 0), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (10_000, 900)], ids=lambda value: str(value))
def test_waits(failures: int, seconds: int) -> None:
    assert throttles.wait_after(failures, free=5) == timedelta(seconds=seconds)


def _tries(api: Api, name: str, address: str, clock: Clock, count: int) -> int:
    """How many of so many tries at once are looked at."""
    looked_at = 0
    for _ in range(count):
        try:
            with api.database.write() as connection:
                throttles.take(connection, throttles.subjects_of(name, address), clock.now)
            looked_at += 1
        except TooOften:
            pass
    return looked_at


def test_tries(api: Api, clock: Clock) -> None:
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6
    assert _tries(api, "Li Na", "192.0.2.2", clock, 20) == 6, "at another address the owner still gets in"
    assert _tries(api, "Wang Wei", "192.0.2.1", clock, 20) == 6, "and so does a colleague behind the same address"
    clock.forward(seconds=3)
    with api.database.write() as connection:
        throttles.take(connection, throttles.subjects_of("Li Na", "192.0.2.1"), clock.now)
        throttles.succeeded(connection, throttles.subjects_of("Li Na", "192.0.2.1"), clock.now)
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6, "after a success it counts anew"


def test_one_address_that_tries_many_names(api: Api, clock: Clock) -> None:
    assert sum(_tries(api, f"name {number}", "192.0.2.1", clock, 1) for number in range(50)) == 31
    with pytest.raises(TooOften, match="wait 2 s") as caught, api.database.write() as connection:
        throttles.take(connection, throttles.subjects_of("somebody", "192.0.2.1"), clock.now)
    assert caught.value.retry_after_seconds == 2


def test_failures_are_forgotten_after_a_day_and_hold_no_names(api: Api, clock: Clock) -> None:
    _tries(api, "Li Na", "192.0.2.1", clock, 20)
    with api.database.read() as connection:
        assert "Li Na" not in str(connection.exec_driver_sql("SELECT * FROM throttles").all())
    clock.forward(days=2)
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6
