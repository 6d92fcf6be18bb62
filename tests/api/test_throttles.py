"""Failures to sign in: waits that double, by name and address together, and nobody locked out where they have been."""

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


def _signed_in(api: Api, name: str, address: str, clock: Clock) -> None:
    with api.database.write() as connection:
        throttles.take(connection, throttles.subjects_of(name, address), clock.now)
        throttles.succeeded(connection, throttles.subjects_of(name, address), clock.now)


def test_a_stranger_at_ever_new_addresses_does_not_keep_the_owner_out_where_the_owner_was(api: Api, clock: Clock) -> None:
    _signed_in(api, "Li Na", "192.0.2.1", clock)
    clock.forward(days=40)
    tried = refused = 0
    for minute in range(24 * 4):
        clock.forward(minutes=15, seconds=1)
        tried += sum(_tries(api, "Li Na", f"198.51.{minute}.{number}", clock, 1) for number in range(5))
        if minute % 12 == 0:
            try:
                _signed_in(api, "Li Na", "192.0.2.1", clock)
            except TooOften:
                refused += 1
    assert 60 < tried < 250, "sixty, and then one each quarter of an hour, with one more after each success elsewhere"
    assert refused == 0
    assert _tries(api, "Li Na", "203.0.113.9", clock, 2) <= 1


def test_where_the_owner_was_guessing_is_bounded_too(api: Api, clock: Clock) -> None:
    _signed_in(api, "Li Na", "192.0.2.1", clock)
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6
    clock.forward(days=91)
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6
    with api.database.read() as connection:
        kinds = {row[0].split(":")[0] for row in connection.exec_driver_sql("SELECT subject FROM throttles")}
    assert kinds == {"pair", "address", "name"}, "after three months it is an address like any other"


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", id="IPv4"),
        pytest.param("::ffff:192.0.2.1", "192.0.2.1", id="IPv4 in IPv6's clothes"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="with a scope"),
        pytest.param("", "", id="none"),
        pytest.param("testclient", "testclient", id="no address"),
    ],
)
def test_what_counts_as_one_address(address: str, counts_as: str) -> None:
    assert throttles.place_of(address) == counts_as


def test_all_of_one_network_of_ipv6_is_one_address(api: Api, clock: Clock) -> None:
    assert sum(_tries(api, f"name {number}", f"2001:db8::{number:x}", clock, 1) for number in range(300)) == 31


def test_failures_are_forgotten_after_a_day_and_hold_no_names(api: Api, clock: Clock) -> None:
    _tries(api, "Li Na", "192.0.2.1", clock, 20)
    with api.database.read() as connection:
        assert "Li Na" not in str(connection.exec_driver_sql("SELECT * FROM throttles").all())
    clock.forward(days=2)
    assert _tries(api, "Li Na", "192.0.2.1", clock, 20) == 6
