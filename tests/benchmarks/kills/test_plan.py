"""What goes wrong when: decided by the seed, within the bounds, all of it also in a short run."""

from __future__ import annotations

import pytest

from benchmarks.kills.plan import LEAST_SECONDS, MOST_SECONDS, TROUBLES, cuts, enough, spared, troubles


def test_the_same_seed_makes_the_same_cuts_and_a_longer_run_begins_alike() -> None:
    assert cuts(40, 7) == cuts(100, 7)[:40]
    assert cuts(40, 7) != cuts(40, 8)


def test_cuts_are_twenty_to_sixty_seconds_apart_and_hit_everybody() -> None:
    planned = cuts(100, 1)
    assert all(cut.after_seconds >= LEAST_SECONDS and cut.after_seconds + cut.linger_seconds <= MOST_SECONDS for cut in planned)
    assert {cut.victim for cut in planned} == {"worker", "api", "both"}
    assert {cut.aim for cut in planned} == {"suspected", "owed", "waiting"}


@pytest.mark.parametrize("count", [1, 5, 100])
def test_every_run_has_all_troubles_in_order(count: int) -> None:
    turns = troubles(count)
    assert [turn.trouble for turn in turns] == [name for name, _, _ in TROUBLES]
    assert [turn.after_cuts for turn in turns] == sorted(turn.after_cuts for turn in turns)
    assert all(turn.after_cuts <= count for turn in turns)


def test_an_api_is_down_for_ten_minutes_in_a_whole_run() -> None:
    assert next(turn.seconds for turn in troubles(100) if turn.trouble == "api down") == 600.0


@pytest.mark.parametrize(
    ("victim", "trouble", "hit"),
    [("both", "api down", "worker"), ("api", "api down", "worker"), ("worker", "worker's disk full", "worker"), ("both", "slow", "both"), ("api", None, "api")],
)
def test_who_is_down_cannot_be_killed(victim: str, trouble: str | None, hit: str) -> None:
    assert spared(victim, trouble) == hit  # type: ignore[arg-type]


def test_the_first_cut_on_the_workers_full_disk_is_the_workers() -> None:
    assert spared("api", "worker's disk full", worker_was_hit=False) == "worker"
    assert spared("api", "worker's disk full", worker_was_hit=True) == "api"


@pytest.mark.parametrize(("count", "whole", "least"), [(100, 40, 40), (200, 40, 40), (8, 40, 3), (5, 3, 1)])
def test_what_must_happen_in_a_short_run_is_less_and_never_nothing(count: int, whole: int, least: int) -> None:
    assert enough(count, whole) == least
