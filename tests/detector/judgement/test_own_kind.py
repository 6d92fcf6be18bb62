"""A kind that a city adds in YAML is judged without a line of code."""

from __future__ import annotations

import pytest

from evidence.kinds import Catalogue, read_catalogue

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
