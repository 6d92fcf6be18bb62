"""The rule tables: each row is a situation of the street and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from detector.judgement.confirmation import rebased
from detector.judgement.memory import state_from_json, state_to_json
from detector.judgement.values import Thing
from evidence.views import KindOverride, Permit, StorefrontLine

from .street import BLUE, DWELL, GRACE, GREY, LOOKS, NOON, RED, SELLER, STALL, Street, catalogue, person, stall, view

GOODS = (0.40, 0.45, 0.60, 0.60)


def a_stall_that_stays(street: Street) -> None:
    street.every(4, 0, 80, [stall(), person()])


def a_stall_that_leaves_before_its_time(street: Street) -> None:
    street.every(4, 0, 40, [stall(), person()])
    street.every(4, 44, 120)


def a_stall_that_nobody_attends(street: Street) -> None:
    street.every(4, 0, 120, [stall()])


def passers_by_are_no_attendants(street: Street) -> None:
    for i in range(31):
        walker = (0.1 + 0.025 * i, 0.45, 0.14 + 0.025 * i, 0.66)  # one after another, each look another spot
        street.look(4.0 * i, [stall(), person(walker)])


def a_seller_who_leans_behind_it(street: Street) -> None:
    street.every(4, 0, 80, [stall(), person((0.46, 0.42, 0.51, 0.67))])


def a_queue_under_umbrellas(street: Street) -> None:
    queue = [Thing("person", (0.2 + 0.08 * i, 0.4, 0.26 + 0.08 * i, 0.7), 0.8) for i in range(6)]
    umbrellas = [Thing("umbrella", (0.19 + 0.08 * i, 0.35, 0.27 + 0.08 * i, 0.42), 0.7) for i in range(6)]
    parasols = [Thing("parasol", (0.19 + 0.08 * i, 0.35, 0.27 + 0.08 * i, 0.42), 0.5) for i in range(6)]
    street.every(4, 0, 200, [*queue, *umbrellas, *parasols])


def a_stall_seen_in_every_third_look(street: Street) -> None:
    for i in range(40):
        street.look(4.0 * i, [stall(), person()] if i % 3 == 0 else [person()])


def a_stall_outside_the_zone(street: Street) -> None:
    street.every(4, 0, 120, [stall((0.4, 0.05, 0.6, 0.3)), person((0.45, 0.02, 0.5, 0.3))])


def a_stall_hardly_sure(street: Street) -> None:
    street.every(4, 0, 120, [stall(score=0.06), person()])


def still_pictures_bridge_but_are_no_looks(street: Street) -> None:
    street.every(4, 0, 12, [stall(), person()])  # four looks
    street.every(4, 16, 120, unchanged=True)


def still_pictures_between_looks(street: Street) -> None:
    street.every(4, 0, 12, [stall(), person()])
    street.every(4, 16, 68, unchanged=True)
    street.every(4, 72, 76, [stall(), person()])


@pytest.mark.parametrize(
    ("situation", "confirmed"),
    [
        (a_stall_that_stays, ["V2"]),
        (a_stall_that_leaves_before_its_time, []),
        (a_stall_that_nobody_attends, []),
        (passers_by_are_no_attendants, []),
        (a_seller_who_leans_behind_it, ["V2"]),
        (a_queue_under_umbrellas, []),
        (a_stall_seen_in_every_third_look, ["V2"]),
        (a_stall_outside_the_zone, []),
        (a_stall_hardly_sure, []),
        (still_pictures_bridge_but_are_no_looks, []),
        (still_pictures_between_looks, ["V2"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_comes_of_it(situation: Callable[[Street], None], confirmed: list[str]) -> None:
    street = Street()
    situation(street)
    assert [event.kind for event in street.of("confirmed")] == confirmed


def test_a_violation_is_confirmed_once_at_its_dwell_and_ends_when_it_is_gone() -> None:
    street = Street()
    names = street.every(4, 0, 200, [stall(), person()])
    assert names == ["suspected", "halfway", "zoom_wanted", "confirmed"]
    (confirmed,) = street.of("confirmed")
    assert DWELL <= confirmed.stay.dwell_seconds["V2"] < DWELL + 4
    assert street.every(4, 204, 240) == ["ended"]
    (ended,) = street.of("ended")
    assert ended.stay.last_seconds == 200
    assert street.state.stays == ()


def test_a_car_that_leaves_and_another_that_parks_are_two_stays() -> None:
    street = Street()
    street.every(4, 0, 40, [stall(colour=RED), person()])
    street.every(4, 44, 84, [stall(colour=BLUE), person()])
    assert street.of("confirmed") == []
    (first,) = street.of("dropped")
    assert first.stay.last_seconds == 40
    (second,) = street.state.stays
    assert second.first_seconds == 44
    street.every(4, 88, 112, [stall(colour=BLUE), person()])
    assert [event.stay.stay_id for event in street.of("confirmed")] == [second.stay_id]


def test_somebody_in_front_for_one_look_ends_nothing() -> None:
    street = Street()
    street.every(4, 0, 28, [stall(), person()])
    street.look(32, [stall(colour=GREY), person()])
    street.every(4, 36, 72, [stall(), person()])
    (confirmed,) = street.of("confirmed")
    assert confirmed.stay.first_seconds == 0


def test_a_supporting_class_stands_in_but_never_begins() -> None:
    street = Street()
    street.every(4, 0, 40, [Thing("parasol", STALL, 0.9, RED), person()])
    assert street.state.stays == ()
    street.every(4, 44, 52, [stall(), person()])
    street.every(4, 56, 112, [Thing("parasol", (0.42, 0.45, 0.58, 0.6), 0.9, GREY), person()])
    assert [event.kind for event in street.of("confirmed")] == ["V2"]


def test_a_detector_that_wavers_between_two_classes_makes_one_stay_of_the_kind_it_saw_most() -> None:
    street = Street()
    for i in range(25):
        street.look(4.0 * i, [stall(GOODS, label="stall" if i % 3 == 0 else "goods_out"), person((0.48, 0.3, 0.53, 0.58))])
    assert [event.kind for event in street.of("confirmed")] == ["V3"]
    assert len(street.state.stays) == 1


@pytest.mark.parametrize(
    ("pause", "at_confirmation"),
    [(GRACE - 4, "counts: a pause within the grace is a missed look"), (100.0, "does not count: nobody looked")],
    ids=["short pause", "long pause"],
)
def test_a_restart_with_a_pause(pause: float, at_confirmation: str) -> None:
    street = Street()
    street.every(4, 0, 40, [stall(), person()])
    street.state = state_from_json(state_to_json(street.state))  # the worker was killed and its successor took this up
    resumed = 40 + pause
    street.every(4, resumed, resumed + 40, [stall(), person()])
    (confirmed,) = street.of("confirmed")
    counted = 40 + (pause if at_confirmation.startswith("counts") else 0)
    assert confirmed.stay.last_seconds == pytest.approx(resumed + DWELL - counted, abs=4)
    assert confirmed.stay.first_seconds == 0, "the act goes on"
    assert len(confirmed.stay.gaps) == (0 if at_confirmation.startswith("counts") else 1)


def test_the_gap_of_a_pause_is_declared_with_both_ends() -> None:
    street = Street()
    street.every(4, 0, 40, [stall(), person()])
    street.every(4, 200, 204, [stall(), person()])
    (gap,) = street.state.stays[0].gaps
    assert (gap.begins, gap.ends, gap.reason) == (NOON + timedelta(seconds=40), NOON + timedelta(seconds=200), "nobody looked")


def test_what_left_during_a_pause_is_not_there_afterwards() -> None:
    street = Street()
    street.every(4, 0, 40, [stall(), person()])
    street.every(4, 200, 240)
    assert street.of("confirmed") == []
    assert street.state.stays == ()


def test_a_reboot_moves_the_clock_and_no_dwell() -> None:
    street = Street()
    street.every(4, 10_000, 10_040, [stall(), person()])
    shift = 100 - 10_040 - 300  # 300 s later on the wall, the monotonic clock shows 100
    street.state = rebased(street.state, shift)
    street.every(4, 100, 140, [stall(), person()])
    (confirmed,) = street.of("confirmed")
    assert 118 <= confirmed.stay.last_seconds <= 126
    assert len(confirmed.stay.gaps) == 1


@pytest.mark.parametrize("step", [3600.0, -3600.0], ids=["an hour forward", "an hour back"])
def test_a_stepped_wall_clock_moves_no_dwell(step: float) -> None:
    street = Street()
    for i in range(20):
        at = 4.0 * i
        street.look(at, [stall(), person()], wall=NOON + timedelta(seconds=at + (step if i >= 6 else 0)))
    (confirmed,) = street.of("confirmed")
    assert confirmed.stay.last_seconds == pytest.approx(DWELL, abs=4)
    assert confirmed.stay.gaps == ()


def permit(hours: str) -> Permit:
    area = ((0.3, 0.5), (0.7, 0.5), (0.7, 0.8), (0.3, 0.8))
    return Permit(id="p1", polygon=area, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), hours=(hours,))  # type: ignore[call-arg]


def test_a_permit_covers_while_it_holds_and_dwell_begins_when_it_ends() -> None:
    street = Street(view([permit("06:00-12:01")]))  # a minute after the first look, in Shanghai
    street.every(4, 0, 200, [stall(), person()])
    (confirmed,) = street.of("confirmed")
    assert 60 + DWELL <= confirmed.stay.last_seconds <= 60 + DWELL + 8
    assert Street(view([permit("00:00-24:00")])).every(4, 0, 200, [stall(), person()]) == []


@pytest.mark.parametrize(
    ("outside", "line_y", "confirmed"),
    [("right", 0.5, ["V3"]), ("left", 0.5, []), ("right", 0.7, [])],
    ids=["beyond the line", "inside the shop", "before the line, on the shop's own ground"],
)
def test_goods_are_judged_by_the_storefront_line(outside: str, line_y: float, confirmed: list[str]) -> None:
    line = StorefrontLine(id="l1", shop="7", points=((0.1, line_y), (0.9, line_y)), outside=outside)  # type: ignore[arg-type]
    street = Street(view(lines=[line]))
    street.every(4, 0, 80, [stall(GOODS, label="goods_out")])
    assert [event.kind for event in street.of("confirmed")] == confirmed


def at_the_shop(*more: Thing) -> list[str]:
    """What comes of a table of goods, seen as a stall, half its height beyond the storefront line."""
    line = StorefrontLine(id="l1", shop="7", points=((0.1, 0.50), (0.9, 0.50)), outside="right")
    street = Street(view(lines=[line]))
    street.every(4, 0, 120, [stall(GOODS, label="stall"), *more])
    return [event.kind for event in street.of("confirmed")]


def test_a_table_of_goods_is_the_shop_s_at_its_line_and_a_stall_where_somebody_sells_from_it() -> None:
    assert at_the_shop() == ["V3"]
    assert at_the_shop(person((0.48, 0.3, 0.53, 0.58))) == ["V2"]


def test_one_weak_look_of_another_class_does_not_turn_the_law() -> None:
    line = StorefrontLine(id="l1", shop="7", points=((0.1, 0.50), (0.9, 0.50)), outside="right")
    for odd, others, expected in (("goods_out", [person((0.48, 0.3, 0.53, 0.58))], ["V2"]), ("vendor_vehicle", [], ["V3"])):
        street = Street(view(lines=[line]))
        for i in range(31):
            street.look(4.0 * i, [stall(GOODS, label=odd if i == 3 else "stall"), *others])
        assert [event.kind for event in street.of("confirmed")] == expected


def test_seen_again_beyond_the_grace_is_another_stay_and_no_dwell_is_made_up() -> None:
    street = Street()
    street.every(4, 0, 40, [stall(), person()])
    street.every(4, 44, 40 + GRACE, [person()])
    street.look(40 + GRACE + 1, [stall(), person()])
    (stay,) = street.state.stays
    assert stay.dwell_seconds["V2"] == 40
    assert [(gap.begins, gap.reason) for gap in stay.gaps] == [(NOON + timedelta(seconds=40), "not seen")]


def test_each_kind_counts_by_its_own_grace() -> None:
    longer = KindOverride(dwell_seconds=DWELL, minimum_looks=LOOKS, grace_seconds=60)
    street = Street(the_catalogue=catalogue().overridden({"V3": longer}, "the table"))
    street.look(0, [stall(), person()])
    street.look(4, [stall(), person()])
    street.look(34, [stall(), person()])  # nobody looked for 30 s
    (stay,) = street.state.stays
    assert (stay.dwell_seconds["V2"], stay.dwell_seconds["V3"]) == (4, 34)


def test_an_unattended_stall_far_from_the_line_is_neither() -> None:
    line = StorefrontLine(id="l1", shop="7", points=((0.1, 0.42), (0.9, 0.42)), outside="right")
    street = Street(view(lines=[line]))
    street.every(4, 0, 120, [stall(STALL)])
    assert street.of("confirmed") == []


def test_a_zoom_look_that_refuses_is_asked_again_later_and_nothing_leaves() -> None:
    street = Street(zoom_agrees=False)
    street.every(4, 0, 300, [stall(), person()])
    assert street.of("confirmed") == []
    times = [event.stay.last_seconds for event in street.of("zoom_wanted")]
    assert len(times) >= 3
    assert [later - earlier for earlier, later in pairwise(times)] == [16, 32, 60, 120]  # each pause twice the one before, at the looks that come


def test_two_stalls_side_by_side_are_two_acts() -> None:
    street = Street()
    there = [stall((0.2, 0.5, 0.35, 0.7)), person((0.25, 0.45, 0.28, 0.66)), stall((0.6, 0.5, 0.75, 0.7), colour=BLUE), person((0.65, 0.45, 0.68, 0.66))]
    street.every(4, 0, 80, there)
    assert len({event.stay.stay_id for event in street.of("confirmed")}) == 2


def test_the_memory_survives_json_exactly() -> None:
    street = Street()
    street.every(4, 0, 70, [stall(), person(SELLER)])
    street.look(74, [stall(colour=BLUE), person()])
    assert state_from_json(state_to_json(street.state)) == street.state


def test_samples_are_bounded_over_a_long_day() -> None:
    street = Street(the_catalogue=catalogue(attendance="off"))
    street.every(4, 0, 4 * 3000, [stall()])
    (stay,) = street.state.stays
    assert len(stay.samples) <= 240
    assert stay.samples[0].at_seconds == 0
    assert stay.looks == 3001
