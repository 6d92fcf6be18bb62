"""Stretches in which nobody saw a stall: hidden by a bus, looked away from, looked at by nobody; and how long an act goes on over one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detector.judgement.confirmation import rebased
from detector.judgement.memory import state_from_json, state_to_json
from detector.judgement.stays import judge
from detector.judgement.unseen import LONGEST_UNSEEN_SECONDS, with_gap
from detector.judgement.values import Look, StayGap, Thing
from evidence.kinds import load_catalogue
from evidence.views import KindOverride

from .street import BLUE, DWELL, GRACE, NOON, RED, SELLER, STALL, Street, person, stall

BUS = Thing("bus", (0.25, 0.35, 0.75, 0.80), 0.9, BLUE)
"""Stops before the stall: it covers it, and its wheels are nearer to the camera."""
THERE = [stall(), person()]


def away(street: Street, at: float) -> None:
    street.state, events = judge(street.view, street.catalogue, street.state, Look(at, NOON + timedelta(seconds=at), status="away"))
    street.events += events


def test_a_bus_before_a_stall_ends_no_act() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.every(4, 84, 384, [BUS])
    street.every(4, 388, 400, THERE)
    assert [event.name for event in street.events] == ["suspected", "halfway", "zoom_wanted", "confirmed"]
    (stay,) = street.state.stays
    assert [(gap.begins, gap.ends, gap.reason) for gap in stay.gaps] == [(NOON + timedelta(seconds=80), NOON + timedelta(seconds=388), "hidden")]
    assert stay.hidden_seconds is None


def test_what_is_hidden_gathers_no_dwell() -> None:
    street = Street()
    street.every(4, 0, 28, THERE)
    street.every(4, 32, 332, [BUS])
    street.every(4, 336, 364, THERE)
    assert street.of("confirmed") == []
    street.every(4, 368, 372, THERE)
    (confirmed,) = street.of("confirmed")
    assert DWELL <= confirmed.stay.dwell_seconds["V2"] < DWELL + 4


def test_somebody_before_it_within_the_grace_is_no_gap() -> None:
    street = Street()
    street.every(4, 0, 28, THERE)
    street.every(4, 32, 36, [BUS])
    street.every(4, 40, 64, THERE)
    (confirmed,) = street.of("confirmed")
    assert (confirmed.stay.gaps, confirmed.stay.missed) == ((), 2)


def test_what_has_left_behind_the_bus_is_over_a_grace_after_it_drove_on() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.every(4, 84, 384, [BUS])
    assert street.every(4, 388, 396) == []
    assert street.every(4, 400, 404) == ["ended"]
    (ended,) = street.of("ended")
    assert (ended.stay.last_seconds, ended.stay.missed_since_seconds, ended.unseen) == (80, 388, False)


def test_behind_a_crowd_it_is_hidden_and_beside_a_customer_it_is_not() -> None:
    crowd = [person((0.36 + 0.07 * i, 0.45, 0.45 + 0.07 * i, 0.80)) for i in range(4)]
    street, other = Street(), Street()
    for one, things in ((street, crowd), (other, crowd[:1])):
        one.every(4, 0, 80, THERE)
        one.every(4, 84, 120, things)
    assert street.of("ended") == []
    assert len(other.of("ended")) == 1


def test_a_stall_that_was_seen_behind_a_parked_lorry_is_gone_when_it_is_not_seen_there() -> None:
    lorry = Thing("truck", (0.30, 0.40, 0.56, 0.80), 0.9, BLUE)  # over four fifths of the stall, and yet it was seen
    street = Street()
    street.every(4, 0, 80, [*THERE, lorry])
    assert street.state.stays[0].hidden_share == pytest.approx(0.8)
    street.every(4, 84, 120, [lorry])
    assert len(street.of("ended")) == 1


def test_a_bus_that_draws_up_before_it_hides_it_though_it_was_seen_behind_its_bonnet() -> None:
    bonnet = Thing("bus", (0.05, 0.35, 0.53, 0.80), 0.9, BLUE)
    street = Street()
    street.every(4, 0, 80, THERE)
    street.look(84, [*THERE, bonnet])
    street.every(4, 88, 160, [BUS])
    street.every(4, 164, 172, THERE)
    assert street.of("ended") == []
    assert [gap.reason for gap in street.state.stays[0].gaps] == ["hidden"]


def test_another_thing_in_its_place_hides_nothing() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.every(4, 84, 120, [Thing("car", STALL, 0.9, BLUE)])
    assert len(street.of("ended")) == 1


def test_a_still_picture_of_the_bus_tells_nothing_of_the_stall() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.look(84, [BUS])
    street.every(4, 88, 200, unchanged=True)
    street.every(4, 204, 212, THERE)
    (stay,) = street.state.stays
    assert [gap.reason for gap in stay.gaps] == ["hidden"]
    assert stay.dwell_seconds["V2"] == 88


def test_a_still_picture_of_the_empty_place_is_no_bus_that_goes_on_hiding_it() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.look(84, [BUS])
    street.look(88)
    street.every(4, 92, 140, unchanged=True)
    assert street.look(144) == ["ended"]
    (ended,) = street.of("ended")
    assert (ended.stay.last_seconds, ended.stay.missed_since_seconds) == (80, 88)


def test_what_was_missed_is_looked_for_until_it_is_over_or_there_again() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    assert not street.state.unsettled
    street.look(84)
    assert street.state.unsettled
    street.look(88, THERE)
    assert not street.state.unsettled
    street.every(4, 92, 108)
    assert (len(street.of("ended")), street.state.unsettled) == (1, False)


def test_a_bus_before_a_parked_car_is_not_in_its_place() -> None:
    soon = KindOverride(enabled=True, dwell_seconds=DWELL, minimum_looks=5, grace_seconds=GRACE)
    street = Street(the_catalogue=load_catalogue().overridden({"V4": soon}, "the table"))
    car = Thing("car", STALL, 0.9, RED)
    street.every(4, 0, 80, [car])
    street.every(4, 84, 120, [BUS])  # within the zone of its kind: another stay
    street.every(4, 124, 132, [car])
    first = min(street.state.stays, key=lambda one: one.first_seconds)
    assert (first.first_seconds, first.confirmed_kind, first.votes.keys()) == (0, "V4", {"car"})
    assert len(street.of("ended")) == 0


def test_hidden_for_too_long_it_has_ended_unseen() -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    street.every(10, 90, 80 + LONGEST_UNSEEN_SECONDS, [BUS])
    assert street.of("ended") == []
    assert street.look(96 + LONGEST_UNSEEN_SECONDS, [BUS]) == ["ended"]
    assert street.of("ended")[0].unseen


def test_a_round_of_presets_is_a_gap_of_each_act_and_not_its_end() -> None:
    street = Street()
    for turn in range(6):  # 20 s here, 40 s elsewhere
        street.every(4, 60 * turn, 60 * turn + 16, THERE)
        for second in range(20, 60, 8):
            away(street, 60 * turn + second)
    street.state = state_from_json(state_to_json(street.state))
    assert street.state.away
    street.every(4, 360, 376, THERE)
    (confirmed,) = street.of("confirmed")
    assert confirmed.stay.first_seconds == 0
    assert DWELL <= confirmed.stay.dwell_seconds["V2"] < DWELL + 4
    assert {gap.reason for gap in street.state.stays[0].gaps} == {"view not seen"}
    assert len(street.state.stays[0].gaps) == 6
    assert not street.state.away


def test_a_short_look_away_is_a_missed_look() -> None:
    street = Street()
    street.every(4, 0, 28, THERE)
    away(street, 32)
    street.every(4, 36, 64, THERE)
    (confirmed,) = street.of("confirmed")
    assert confirmed.stay.gaps == ()


@pytest.mark.parametrize(("pause", "goes_on"), [(LONGEST_UNSEEN_SECONDS - 10, True), (LONGEST_UNSEEN_SECONDS + 10, False)], ids=["shorter", "longer"])
@pytest.mark.parametrize("restarted", [False, True], ids=["an outage", "a reboot"])
def test_how_long_an_act_goes_on_though_nobody_looked(pause: float, goes_on: bool, restarted: bool) -> None:
    street = Street()
    street.every(4, 0, 80, THERE)
    begins = 80 + pause
    if restarted:
        street.state, begins = rebased(state_from_json(state_to_json(street.state)), 100 - begins), 100.0
    street.every(4, begins, begins + 80, THERE)
    acts = [event.stay.stay_id for event in street.of("confirmed")]
    assert len(acts) == (1 if goes_on else 2)
    assert [event.unseen for event in street.of("ended")] == ([] if goes_on else [True])


def test_a_kind_of_a_longer_dwell_goes_on_for_as_long() -> None:
    banner = KindOverride(enabled=True, dwell_seconds=7200, minimum_looks=3, grace_seconds=300)
    street = Street(the_catalogue=load_catalogue().overridden({"V13": banner}, "the table"))
    things = [Thing("banner", (0.3, 0.42, 0.7, 0.72), 0.9, RED)]
    street.every(60, 0, 600, things)
    street.every(60, 600 + 7000, 600 + 7000 + 60, things)
    (stay,) = street.state.stays
    assert stay.first_seconds == 0
    assert stay.dwell_seconds["V13"] == 660


def test_a_suspicion_that_nobody_saw_for_too_long_is_dropped_and_what_stands_there_is_judged_anew() -> None:
    street = Street()
    street.every(4, 0, 40, THERE)
    begins = 50 + LONGEST_UNSEEN_SECONDS
    street.every(4, begins, begins + 40, THERE)
    assert street.of("confirmed") == []
    assert len(street.of("dropped")) == 1
    (stay,) = street.state.stays
    assert (stay.first_seconds, stay.dwell_seconds["V2"]) == (begins, 40)


def test_an_unchanged_picture_after_a_pause_is_unchanged_since_nobody_knows_when() -> None:
    street = Street()
    street.every(4, 0, 40, THERE)
    street.look(100, unchanged=True)
    street.every(4, 104, 112, THERE)
    (stay,) = street.state.stays
    assert stay.dwell_seconds["V2"] == 48
    assert [(gap.begins, gap.ends) for gap in stay.gaps] == [(NOON + timedelta(seconds=40), NOON + timedelta(seconds=104))]


def test_gaps_that_begin_together_are_one() -> None:
    first = StayGap(NOON, NOON + timedelta(seconds=60), "nobody looked")
    assert with_gap((first,), StayGap(NOON, NOON + timedelta(seconds=90), "not seen")) == (StayGap(NOON, NOON + timedelta(seconds=90), "nobody looked"),)
    later = StayGap(NOON + timedelta(seconds=100), NOON + timedelta(seconds=160), "hidden")
    assert with_gap((first,), later) == (first, later)


def test_a_stall_that_was_hidden_before_a_pause_has_one_gap() -> None:
    street = Street()
    street.every(4, 0, 40, THERE)
    street.every(4, 44, 80, [BUS])
    street.every(4, 300, 304, [BUS])
    street.every(4, 308, 312, [stall(), person(SELLER)])
    (stay,) = street.state.stays
    assert [(gap.begins, gap.ends) for gap in stay.gaps] == [(NOON + timedelta(seconds=40), NOON + timedelta(seconds=308))]
