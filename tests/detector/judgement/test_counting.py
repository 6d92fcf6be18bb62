"""Several things that make one violation: who counts, who leads, and when their act goes on or ends."""

from __future__ import annotations

import pytest

from detector.judgement.counting import groups_of, leads
from detector.judgement.memory import state_from_json, state_to_json
from detector.judgement.rulebook import rulebook_of
from detector.judgement.values import Box, Thing
from evidence.kinds import Catalogue, Count, load_catalogue
from evidence.views import KindOverride, ViewDocument, Zone, ZoneKind

from .street import NOON, Street

PAVEMENT = Zone(id="pavement", kind=ZoneKind.SIDEWALK, polygon=((0.0, 0.4), (1.0, 0.4), (1.0, 0.9), (0.0, 0.9)))
TACTILE = Zone(id="tactile", kind=ZoneKind.TACTILE_PAVING, polygon=((0.0, 0.55), (0.4, 0.55), (0.4, 0.65), (0.0, 0.65)))
VIEW = ViewDocument(camera_id="c1", zones=(PAVEMENT,))
WITH_TACTILE = ViewDocument(camera_id="c1", zones=(PAVEMENT, TACTILE))
RED, BLUE = (1.0, 0.0), (0.0, 1.0)


def rules(*on: str, grace: float = 12.0, dwell: float = 60.0, counts: tuple[Count, ...] | None = None) -> Catalogue:
    one = KindOverride(enabled=True, dwell_seconds=dwell, minimum_looks=5, grace_seconds=grace)
    found = load_catalogue().overridden(dict.fromkeys(on or ("V5",), one), "the table")
    if counts is None:
        return found
    return found.model_copy(update={"kinds": tuple(kind.model_copy(update={"counts": counts}) if kind.id == "V5" else kind for kind in found.kinds)})


def place(number: int) -> Box:
    return 0.05 + 0.15 * number, 0.50, 0.15 + 0.15 * number, 0.62


def bicycle(number: int, label: str = "bicycle", look: tuple[float, ...] = RED) -> Thing:
    return Thing(label, place(number), 0.7, look)


def bicycles(*numbers: int) -> list[Thing]:
    return [bicycle(number) for number in numbers]


def test_three_are_one_act_led_by_the_one_that_began_first_and_the_others_are_its_members() -> None:
    street = Street(VIEW, rules())
    street.every(4, 0, 8, bicycles(2))
    street.every(4, 12, 16, bicycles(0, 2))
    names = street.every(4, 20, 140, bicycles(0, 1, 2))
    assert names == ["suspected", "halfway", "zoom_wanted", "confirmed"]
    (confirmed,) = street.of("confirmed")
    assert confirmed.kind == "V5"
    assert (confirmed.stay.xyxy, confirmed.stay.first_seconds) == (pytest.approx(place(2)), 0)
    assert confirmed.stay.last_seconds == 80, "when the third had stood for its minute"
    assert [member.xyxy for member in confirmed.stay.members] == [pytest.approx(place(0)), pytest.approx(place(1))]
    assert [member.dwell_seconds for member in confirmed.stay.members] == [68, 60]
    assert {member.stands_for for member in confirmed.stay.members} == {1}


def test_two_make_nothing_and_are_no_suspicion_that_would_be_looked_at_all_day() -> None:
    street = Street(VIEW, rules())
    assert street.every(4, 0, 400, bicycles(0, 1)) == []
    assert not street.state.suspicious
    assert street.state.stays[0].dwell_seconds == {"V5": 400}


@pytest.mark.parametrize(
    ("things", "confirmed"),
    [
        pytest.param([bicycle(0, "bikes_row")], 1, id="a row stands for three"),
        pytest.param([bicycle(0), bicycle(1, "motorcycle"), bicycle(2)], 1, id="bicycles and e-bikes together"),
        pytest.param([bicycle(0), bicycle(1)], 0, id="two"),
        pytest.param([bicycle(0), bicycle(1), Thing("car", (0.5, 0.5, 0.7, 0.7), 0.8)], 0, id="a car is none of them"),
    ],
)
def test_what_counts_as_how_many(things: list[Thing], confirmed: int) -> None:
    street = Street(VIEW, rules("V4", "V5"))
    street.every(4, 0, 100, things)
    assert [event.kind for event in street.of("confirmed") if event.kind == "V5"] == ["V5"] * confirmed


@pytest.mark.parametrize(
    ("number", "confirmed"), [pytest.param(0, ["V5"], id="on tactile paving one is enough"), pytest.param(4, [], id="beside it, it is not")]
)
def test_a_count_of_its_own_in_some_zones(number: int, confirmed: list[str]) -> None:
    street = Street(WITH_TACTILE, rules())
    street.every(4, 0, 100, bicycles(number))
    assert [event.kind for event in street.of("confirmed")] == confirmed


def test_one_on_tactile_paving_and_two_beside_it_are_one_act_of_three() -> None:
    street = Street(WITH_TACTILE, rules())
    street.every(4, 0, 300, bicycles(0, 4, 5))
    (confirmed,) = street.of("confirmed")
    assert len(confirmed.stay.members) == 2


def test_the_act_goes_on_without_its_leader_while_enough_stand() -> None:
    street = Street(VIEW, rules())
    street.look(0, bicycles(0))
    street.every(4, 4, 80, bicycles(0, 1, 2, 3))
    (confirmed,) = street.of("confirmed")
    assert street.every(4, 84, 200, bicycles(1, 2, 3)) == []
    leader = street.state.stays[[stay.confirmed_kind for stay in street.state.stays].index("V5")]
    assert (leader.stay_id, leader.absent, len(leader.members)) == (confirmed.stay.stay_id, True, 3)
    assert leader.samples[-1].at_seconds == 80, "its own samples end where it was last seen"
    assert leader.last_seconds > 180, "the act's end does not"
    street.state = state_from_json(state_to_json(street.state))
    assert street.every(4, 204, 208, bicycles(1, 2, 3)) == []


def test_another_bicycle_in_the_leader_s_place_joins_the_act() -> None:
    street = Street(VIEW, rules())
    street.look(0, bicycles(0))
    street.every(4, 4, 80, bicycles(0, 1, 2))
    street.every(4, 84, 84, [*bicycles(1, 2), bicycle(0, look=BLUE)])
    names = street.every(4, 88, 240, [*bicycles(1, 2), bicycle(0, look=BLUE)])
    assert names == [], "no second act"


def test_the_act_ends_when_there_are_too_few_and_what_stands_then_is_judged_anew() -> None:
    street = Street(VIEW, rules())
    street.look(0, bicycles(0))
    street.every(4, 4, 80, bicycles(0, 1, 2))
    (confirmed,) = street.of("confirmed")
    assert street.every(4, 84, 160, bicycles(0, 1)) == ["ended"]
    (ended,) = street.of("ended")
    assert ended.stay.stay_id == confirmed.stay.stay_id
    assert 12 < ended.stay.last_seconds - 80 <= 2 * 12 + 8, "the third is missed for a grace, and then there are too few for a grace"
    street.every(4, 164, 300, bicycles(0, 1, 2))
    first, second = street.of("confirmed")
    assert first.stay.stay_id != second.stay.stay_id
    assert second.stay.last_seconds >= 164 + 60


def test_it_ends_as_gone_when_all_are_gone() -> None:
    street = Street(VIEW, rules())
    street.every(4, 0, 80, bicycles(0, 1, 2))
    assert street.every(4, 84, 160) == ["ended"]
    assert street.state.stays == ()
    assert street.of("ended")[0].stay.last_seconds == 80


def test_one_that_was_missed_in_the_look_that_would_decide_delays_it_by_that_look() -> None:
    street = Street(VIEW, rules())
    street.every(4, 0, 56, bicycles(0, 1, 2))
    street.look(60, bicycles(0, 1))
    assert street.of("confirmed") == []
    street.look(64, bicycles(0, 1, 2))
    assert len(street.of("confirmed")) == 1


def test_things_of_one_act_count_for_no_other_kind() -> None:
    street = Street(VIEW, rules("V5", "V6"))
    street.every(4, 0, 300, bicycles(0, 1, 2, 3, 4, 5))
    assert [event.kind for event in street.of("confirmed")] == ["V5"]


def test_a_suspicion_is_dropped_when_there_are_too_few() -> None:
    street = Street(VIEW, rules())
    street.look(0, bicycles(0))
    street.every(4, 4, 12, bicycles(0, 1, 2))
    assert street.state.suspicious
    assert street.every(4, 16, 40, bicycles(0, 1)) == ["dropped"]
    assert not street.state.suspicious
    assert len(street.state.stays) == 2, "they go on standing there"


def test_a_kind_of_which_one_is_enough_is_led_by_each() -> None:
    street = Street(VIEW, rules("V4"))
    street.every(4, 0, 8, [Thing("car", (0.5, 0.5, 0.7, 0.7), 0.8)])
    kind = street.catalogue.kind("V4")
    assert kind is not None
    assert groups_of(rulebook_of(street.view, street.catalogue), street.state.stays, NOON) == {}
    assert leads(kind, street.state.stays[0], {})
