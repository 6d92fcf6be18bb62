"""Who stays with a stall is the same at a look every 2, 4 and 10 s, as far as places alone tell it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.judgement.bystanders import attendants, followed
from detector.judgement.geometry import near
from detector.judgement.values import Box, Bystander, Look, Thing
from evidence.kinds import load_catalogue

from .tables.rows import THING, Row, Shown, played, street

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
SPOTS: tuple[Box, ...] = tuple((0.40 + 0.05 * n, 0.45, 0.44 + 0.05 * n, 0.68) for n in range(4))
"""Side by side behind the stall of the rule tables; none is another."""
STALL_METRES = 2.0
PER_METRE = (THING[2] - THING[0]) / STALL_METRES
INTERVALS = (2.0, 4.0, 10.0)
FAR_INTERVALS = [pytest.param(every, id=f"a look every {every:g} s") for every in (*INTERVALS, 5.0)]

People = Sequence[Box]


def look(at: float, people: People) -> Look:
    return Look(at, NOON, tuple(Thing("person", box, 0.8) for box in people))


def attended(looks: Sequence[People], every: float) -> list[bool]:
    """Of each look at people, whether somebody stays with the stall."""
    bystanders: tuple[Bystander, ...] = ()
    said = []
    for number, people in enumerate(looks):
        bystanders = followed(bystanders, look(number * every, people))
        said.append(any(near(one, THING) for one in attendants(bystanders, number * every)))
    return said


def share(people_at: Callable[[float], People], every: float, seconds: float = 1200.0) -> float:
    looks = attended([people_at(number * every) for number in range(int(seconds / every) + 1)], every)
    return sum(looks) / len(looks)


def passers_by(seed: int, rate: float) -> Callable[[float], People]:
    """People who walk past a stall, so many a second, each at a pace of 0.9 to 1.5 m/s, some nearer and some farther."""
    draw, at, walkers = random.Random(seed), -20.0, []
    while at < 1200.0:
        at += draw.expovariate(rate)
        walkers.append((at, draw.choice((-1, 1)), draw.uniform(0.9, 1.5) * PER_METRE, draw.uniform(0.62, 0.78), draw.uniform(0.9, 1.1)))

    def there(moment: float) -> People:
        boxes = []
        for began, way, pace, foot, size in walkers:
            gone = (moment - began) * pace
            if 0 <= gone <= 1:
                middle = gone if way > 0 else 1 - gone
                boxes.append((middle - 0.02 * size, foot - 0.23 * size, middle + 0.02 * size, foot))
        return boxes

    return there


@dataclass(frozen=True)
class Seller(Shown):
    """A stall whose seller is always there and changes his spot: in turn at each look, or after so many seconds on average."""

    seed: int | None = None
    stays_seconds: float = 6.0

    def things(self, number: int, at: float) -> list[Thing]:
        return [*super().things(number, at), Thing("person", self._spot(number, at), 0.8)]

    def _spot(self, number: int, at: float) -> Box:
        if self.seed is None:
            return SPOTS[number % len(SPOTS)]
        draw, until = random.Random(self.seed), 0.0
        while True:
            until += draw.expovariate(1 / self.stays_seconds)
            spot = draw.choice(SPOTS)
            if at < until:
                return spot


@pytest.mark.parametrize("every", FAR_INTERVALS)
def test_a_seller_at_four_spots_in_turn_attends(every: float) -> None:
    assert played(Row("", street("sidewalk"), (Seller("stall"),), (), seconds=600), every).kinds == ("V2",)


@pytest.mark.parametrize("stays", [6.0, 20.0])
@pytest.mark.parametrize("every", FAR_INTERVALS)
def test_a_seller_who_changes_his_spot_attends(every: float, stays: float) -> None:
    late = []
    for seed in range(20):
        came = played(Row("", street("sidewalk"), (Seller("stall", seed=seed, stays_seconds=stays),), (), seconds=420), every)
        assert came.kinds == ("V2",), seed
        late.append(came.of("confirmed")[0][0] > 315)
    assert sum(late) <= 1


PLACES = st.tuples(st.integers(25, 70), st.integers(60, 78)).map(lambda at: (at[0] / 100, at[1] / 100 - 0.23, at[0] / 100 + 0.04, at[1] / 100))


@settings(max_examples=50)
@given(st.lists(st.lists(PLACES, max_size=3), min_size=1, max_size=30))
def test_a_row_of_looks_says_the_same_every_ten_seconds_as_every_four(looks: list[list[Box]]) -> None:
    """So passers-by, whom each of these looks sees somewhere else, attend no more at the one than at the other."""
    assert attended(looks, 10.0) == attended(looks, 4.0)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), rate=st.floats(0.02, 0.2))
def test_a_stream_of_passers_by_does_not_attend(seed: int, rate: float) -> None:
    """Up to twelve a minute."""
    kind = load_catalogue().kind("V2")
    assert kind is not None
    for every in INTERVALS:
        assert share(passers_by(seed, rate), every) < 0.75 * kind.attended_share


def test_a_stream_of_passers_by_attends_no_more_at_slow_looks_than_at_fast_ones() -> None:
    """Twenty-four a minute, over many streets: what chance makes of them, at a look every 10 s no more than at one every 4 s."""
    by_interval = {every: sum(share(passers_by(seed, 0.4), every, 1200.0) for seed in range(10)) / 10 for every in INTERVALS}
    assert by_interval[10.0] <= by_interval[4.0] + 0.01
    assert by_interval[4.0] <= by_interval[2.0]


@pytest.mark.parametrize(
    ("every", "missed", "remembered"),
    [
        pytest.param(2.0, 6, True, id="twelve seconds, at fast looks"),
        pytest.param(2.0, 7, False, id="and no longer"),
        pytest.param(4.0, 3, True, id="three looks that are twelve seconds"),
        pytest.param(4.0, 4, False, id="and not four"),
        pytest.param(10.0, 3, True, id="three looks at slow looks"),
        pytest.param(10.0, 4, False, id="and not four of them"),
    ],
)
def test_for_how_long_somebody_is_remembered(every: float, missed: int, remembered: bool) -> None:
    bystanders = followed((), look(0.0, SPOTS[:1]))
    for number in range(1, missed + 1):
        bystanders = followed(bystanders, look(number * every, ()))
    assert bool(bystanders) is remembered


def test_who_was_seen_again_is_missed_anew() -> None:
    bystanders = followed((), look(0.0, SPOTS[:1]))
    for number in range(1, 20):
        bystanders = followed(bystanders, look(10.0 * number, SPOTS[:1] if number % 4 == 0 else ()))
    (one,) = bystanders
    assert (one.looks, one.missed) == (5, 3)
