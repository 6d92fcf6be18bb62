"""A kind that a city adds in YAML is judged without a line of code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detector.judgement.values import Box, Thing
from evidence.kinds import Catalogue, read_catalogue
from evidence.views import Zone, ZoneKind

from .street import NOON, Street, person, stall, view

CITY = """\
version: city-1
extends: shipped
classes: [cane_press]
kinds:
  - {id: V2, enabled: false}
  - {id: V3, enabled: false}
  - id: J1
    slug: cane_stand
    name: {zh: 甘蔗摊, en: sugar cane stand}
    codes: []
    objects: [cane_press]
    attendance: required
    attended_share: 0.2
    zones: [sidewalk]
    dwell_seconds: 60
    minimum_looks: 5
    grace_seconds: 12
    exclusions: [permit, unloading]
    enabled: true
    explanation: {zh: 说明, en: why}
"""


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return read_catalogue(CITY, "city.yaml")


@pytest.mark.parametrize(
    ("label", "attended", "seconds", "confirmed"),
    [
        pytest.param("cane_press", True, 70, ["J1"], id="stays for its dwell, attended"),
        pytest.param("cane_press", True, 50, [], id="leaves before its dwell"),
        pytest.param("cane_press", False, 70, [], id="nobody is there"),
        pytest.param("stall", True, 70, [], id="a class of a kind that the city switched off"),
    ],
)
def test_a_city_s_own_kind(city: Catalogue, label: str, attended: bool, seconds: float, confirmed: list[str]) -> None:
    street = Street(view(), city)
    street.every(5.0, 0.0, seconds, [stall(label=label), *([person()] if attended else [])])
    assert [event.kind for event in street.of("confirmed")] == confirmed
    assert all(event.stay.first_wall == NOON for event in street.of("confirmed"))


E_SCOOTERS = """\
version: city-2
extends: shipped
classes: [e_scooter, traffic_cone]
kinds:
  - id: J2
    slug: scooters
    name: {zh: 电动滑板车, en: e-scooters}
    codes: []
    objects: [e_scooter]
    attendance: "off"
    zones: [sidewalk]
    except_zones: [nonmotor_bay]
    dwell_seconds: 60
    minimum_looks: 5
    grace_seconds: 12
    counts: [{at_least: 2}]
    hours: ["06:00-22:00"]
    exclusions: [works]
    enabled: true
    explanation: {zh: 说明, en: why}
exclusions:
  - {id: works, name: {zh: 施工, en: works}, rule: {zh: 锥筒, en: cones stand by}, seen_by: class, shows: [traffic_cone], within_seconds: 120,
     reason: not_a_violation, source: us}
"""
ONE, OTHER, CONE = (0.2, 0.5, 0.3, 0.7), (0.6, 0.5, 0.7, 0.7), (0.3, 0.6, 0.33, 0.7)
BESIDE_BOTH = (CONE, (0.7, 0.6, 0.73, 0.7))


@pytest.mark.parametrize(
    ("boxes", "cones", "hour", "bay", "confirmed_at"),
    [
        pytest.param((ONE, OTHER), (), 12, False, 60, id="two"),
        pytest.param((ONE,), (), 12, False, None, id="one is not enough"),
        pytest.param((ONE, OTHER), (), 23, False, None, id="out of its hours"),
        pytest.param((ONE, OTHER), (), 12, True, None, id="one of them in a bay"),
        pytest.param((ONE, OTHER), BESIDE_BOTH, 12, False, 125, id="among cones, for as long as that excuses"),
    ],
)
def test_a_city_s_own_kind_of_several_with_hours_bays_and_an_exclusion(
    boxes: tuple[Box, ...], cones: tuple[Box, ...], hour: int, bay: bool, confirmed_at: float | None
) -> None:
    drawn = view()
    if bay:
        zone = Zone(id="bay", kind=ZoneKind.NONMOTOR_BAY, polygon=((0.55, 0.5), (0.8, 0.5), (0.8, 0.8), (0.55, 0.8)))
        drawn = drawn.model_copy(update={"zones": (*drawn.zones, zone)})
    street = Street(drawn, read_catalogue(E_SCOOTERS, "city.yaml"))
    things = [Thing("e_scooter", box, 0.6) for box in boxes] + [Thing("traffic_cone", box, 0.6) for box in cones]
    for number in range(40):
        street.look(5.0 * number, things, wall=NOON.replace(hour=hour - 8) + timedelta(seconds=5 * number))
    assert [event.stay.last_seconds for event in street.of("confirmed")] == ([] if confirmed_at is None else [confirmed_at])
    assert all(len(event.stay.members) == 1 for event in street.of("confirmed"))
