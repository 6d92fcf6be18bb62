"""A vendor who moves on by two metres, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from detector.judgement.memory import state_from_json, state_to_json
from detector.judgement.shifts import SHIFT_METRES, metres_between
from detector.judgement.values import Box, Thing
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, Permit

from .street import BLUE, DWELL, GRACE, RED, STALL, Street, catalogue, person, stall, view

HEIGHT = STALL[3] - STALL[1]
STALL_METRES = 1.8


def aside(metres: float, *, away: float = 0.0, scale: float = 1.0) -> Box:
    """The stall's box so many metres to the right, and so much of the picture further away."""
    left, _, right, bottom = STALL
    by = metres / STALL_METRES * HEIGHT / (16 / 9)
    return left + by, bottom - away - HEIGHT * scale, right + by, bottom - away


def keeper(box: Box) -> Thing:
    return person((box[0] + 0.05, box[1] - 0.1, box[0] + 0.1, box[3] - 0.04))


def at(box: Box, **changes: object) -> list[Thing]:
    return [stall(box, **changes), keeper(box)]  # type: ignore[arg-type]


def test_the_scale_is_the_thing_s_own_height() -> None:
    assert metres_between(STALL_METRES, STALL, aside(2.0), 16 / 9) == pytest.approx(2.0)
    assert metres_between(STALL_METRES, STALL, aside(2.0), 4 / 3) == pytest.approx(1.5)
    nearer = tuple(2 * share for share in aside(2.0))
    twice = tuple(2 * share for share in STALL)
    assert metres_between(STALL_METRES, twice, nearer, 16 / 9) == pytest.approx(2.0)  # type: ignore[arg-type]


def test_a_vendor_who_shifts_two_metres_is_one_act_and_the_packet_can_say_so() -> None:
    street = Street()
    street.every(4, 0, 80, at(STALL))
    street.every(4, 84, 240, at(aside(2.0)))
    (confirmed,) = street.of("confirmed")
    assert street.of("ended") == []
    assert street.of("dropped") == []
    (stay,) = street.state.stays
    assert (stay.stay_id, stay.confirmed_kind) == (confirmed.stay.stay_id, "V2")
    (shift,) = stay.shifts
    assert (shift.before[0], shift.after) == (pytest.approx(STALL[0]), aside(2.0))
    assert shift.metres == pytest.approx(2.0, abs=0.1)
    assert stay.gaps == ()
    assert street.every(4, 244, 280) == ["ended"]
    assert street.of("ended")[0].stay.last_seconds == 240


def test_dwell_goes_on_over_a_shift_within_the_grace() -> None:
    street = Street()
    street.every(4, 0, 28, at(STALL))
    street.every(4, 32, 80, at(aside(2.0)))
    (confirmed,) = street.of("confirmed")
    assert DWELL <= confirmed.stay.dwell_seconds["V2"] < DWELL + 4
    assert confirmed.stay.first_seconds == 0
    assert confirmed.stay.last_seconds == pytest.approx(DWELL, abs=4)


def test_a_shift_is_sure_at_the_second_look_and_survives_a_restart_between_them() -> None:
    street = Street()
    street.every(4, 0, 80, at(STALL))
    street.look(84, at(aside(2.0)))
    assert len(street.state.stays) == 2
    street.state = state_from_json(state_to_json(street.state))
    street.look(88, at(aside(2.0)))
    (stay,) = street.state.stays
    assert (stay.first_seconds, len(stay.shifts)) == (0, 1)


def test_a_vendor_may_shift_again_and_again() -> None:
    street = Street()
    for place in range(4):
        street.every(4, 60 * place, 60 * place + 56, at(aside(2.0 * place - 3.0)))
    assert [event.name for event in street.events if event.name != "halfway"] == ["suspected", "zoom_wanted", "confirmed"]
    assert len(street.state.stays[0].shifts) == 3


def test_a_shift_while_nobody_looked_is_one_act_with_a_gap_and_no_dwell() -> None:
    street = Street()
    street.every(4, 0, 40, at(STALL))
    street.every(4, 200, 240, at(aside(2.0)))
    (confirmed,) = street.of("confirmed")
    assert confirmed.stay.first_seconds == 0
    assert confirmed.stay.last_seconds == pytest.approx(200 + DWELL - 40, abs=4)
    assert [gap.reason for gap in confirmed.stay.gaps] == ["nobody looked"]


def another_look(street: Street) -> None:
    street.every(4, 84, 120, at(aside(2.0), colour=BLUE))


def too_far(street: Street) -> None:
    street.every(4, 84, 120, at(aside(SHIFT_METRES + 0.5)))


def too_far_away_from_the_camera(street: Street) -> None:
    street.every(4, 84, 120, at(aside(2.0, away=0.09)))


def another_size(street: Street) -> None:
    street.every(4, 84, 120, at(aside(2.0, scale=0.6)))


def after_the_grace(street: Street) -> None:
    street.every(4, 84, 100)
    street.every(4, 104, 120, at(aside(2.0)))


def a_look_that_is_not_known(street: Street) -> None:
    street.every(4, 84, 120, at(aside(2.0), colour=()))


def both_were_there(street: Street) -> None:
    street.every(4, 84, 104, [*at(STALL), *at(aside(2.0))])
    street.every(4, 108, 132, at(aside(2.0)))


@pytest.mark.parametrize(
    "situation",
    [another_look, too_far, too_far_away_from_the_camera, another_size, after_the_grace, a_look_that_is_not_known, both_were_there],
    ids=lambda value: value.__name__,
)
def test_what_is_another_thing_is_another_stay(situation: object) -> None:
    street = Street()
    street.every(4, 0, 80, at(STALL))
    situation(street)  # type: ignore[operator]
    assert [event.stay.first_seconds for event in street.of("ended")] == [0]
    (stay,) = street.state.stays
    assert (stay.first_seconds > 80, stay.shifts) == (True, ())


def test_a_stall_that_moves_out_of_the_zone_has_ended() -> None:
    street = Street()
    street.every(4, 0, 80, at((0.70, 0.50, 0.90, 0.70)))
    street.every(4, 84, 84 + GRACE + 8, at((0.825, 0.50, 1.025, 0.70)))  # two metres on, off the pavement
    assert len(street.of("ended")) == 1
    assert street.state.stays == ()


def test_a_stall_that_moves_to_where_a_permit_allows_it_has_ended() -> None:
    area = ((0.545, 0.5), (0.8, 0.5), (0.8, 0.8), (0.545, 0.8))
    allowed = Permit(id="p1", polygon=area, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))  # type: ignore[call-arg]
    street = Street(view([allowed]))
    street.every(4, 0, 80, at(STALL))
    street.every(4, 84, 84 + GRACE + 8, at(aside(2.4)))
    assert len(street.of("ended")) == 1
    (stay,) = street.state.stays
    assert (stay.in_place, stay.shifts) == ((), ())


def test_a_car_that_is_gone_and_another_like_it_beside_are_two() -> None:
    soon = KindOverride(enabled=True, dwell_seconds=DWELL, minimum_looks=5, grace_seconds=GRACE)
    street = Street(the_catalogue=load_catalogue().overridden({"V4": soon}, "the table"))
    street.every(4, 0, 80, [Thing("car", STALL, 0.9, RED)])
    street.every(4, 84, 160, [Thing("car", aside(2.0), 0.9, RED)])
    assert [event.stay.first_seconds for event in street.of("confirmed")] == [0, 84]
    assert len(street.of("ended")) == 1


def test_a_class_of_the_city_s_own_shifts_where_its_kind_asks_for_a_vendor() -> None:
    shipped = catalogue()
    cart = next(kind for kind in shipped.kinds if kind.id == "V2").model_copy(update={"objects": ("tea_cart",), "id": "X1"})
    street = Street(the_catalogue=shipped.model_copy(update={"kinds": (cart,)}))
    street.every(4, 0, 80, at(STALL, label="tea_cart"))
    street.every(4, 84, 120, at(aside(1.9), label="tea_cart"))
    assert len(street.state.stays[0].shifts) == 1
    unattended = Street(the_catalogue=shipped.model_copy(update={"kinds": (cart.model_copy(update={"attendance": "off"}),)}))
    unattended.every(4, 0, 80, at(STALL, label="tea_cart"))
    unattended.every(4, 84, 120, at(aside(1.9), label="tea_cart"))
    assert [len(event.stay.shifts) for event in unattended.of("ended")] == [0]


def test_votes_looks_and_samples_are_those_of_both_places() -> None:
    street = Street()
    street.every(4, 0, 80, at(STALL))
    before = street.state.stays[0]
    street.every(4, 84, 88, at(aside(2.0)))
    after = street.state.stays[0]
    assert after.looks == before.looks + 2
    assert after.missed == before.missed
    assert after.votes["stall"] == pytest.approx(before.votes["stall"] + 1.2)
    assert [sample.at_seconds for sample in after.samples][-3:] == [80, 84, 88]
    assert replace(after, samples=()).first_wall == before.first_wall
