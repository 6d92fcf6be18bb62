"""Exclusions as data: what shows each, and what a catalogue may not say of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.errors import CatalogueError
from evidence.kinds import Exclusion, load_catalogue, read_catalogue
from evidence.kinds.faults import warnings

TEXT = {"zh": "文", "en": "text"}


def one(**more: Any) -> Exclusion:
    return Exclusion.model_validate(
        {"id": "x", "name": TEXT, "rule": TEXT, "seen_by": "measurement", "shows": ["it"], "reason": "permit", "source": "us", **more}
    )


@pytest.mark.parametrize(
    ("more", "shown_by"),
    [
        pytest.param({"measured": ["zones"], "zones": ["bin_site"]}, "measurement: zones", id="a measurement"),
        pytest.param({"measured": ["attendance", "age"]}, "measurement: attendance, age", id="two that must both say so"),
        pytest.param({}, "measurement", id="a measurement that does not say which"),
        pytest.param({"seen_by": "verifier", "shows": ["unloading"]}, "verifier: unloading", id="the verifier"),
        pytest.param({"seen_by": "class", "shows": ["cone", "fence"]}, "class: cone, fence", id="two classes"),
        pytest.param({"seen_by": "nothing", "shows": []}, "nothing", id="nothing"),
    ],
)
def test_what_shows_it_in_one_line(more: dict[str, Any], shown_by: str) -> None:
    assert one(**more).shown_by == shown_by


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        pytest.param({"seen_by": "class", "measured": ["age"]}, "measured: is of what a measurement shows; this is seen by class", id="a class that measures"),
        pytest.param({"measured": ["zones"]}, "zones: are those of the measure `zones`", id="zones that are not named"),
        pytest.param({"measured": ["age"], "zones": ["bin_site"]}, "zones: are those of the measure `zones`", id="zones that nothing measures"),
        pytest.param({"measured": ["moon"]}, "Input should be 'permit'", id="a measure that is none"),
        pytest.param({"hours": ["7-9"]}, "hours are written HH:MM-HH:MM", id="hours that no clock has"),
        pytest.param({"least_share": 0.0}, "greater than 0", id="a share of nothing"),
        pytest.param({"least_seconds": -1.0}, "greater than 0", id="a time before it"),
    ],
)
def test_what_is_refused(more: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        one(**more)


@pytest.mark.parametrize("name", ["rider", "covered_stall", "festival_decor", "courier", "queue", "parked_tricycle"])
def test_what_is_no_seller_for_the_moment_teaches_no_box_and_silences_nothing(name: str) -> None:
    catalogue = load_catalogue()
    found = catalogue.exclusion(name)
    assert found is not None
    reason = catalogue.reason(found.reason)
    assert reason is not None
    assert (reason.teaches, reason.standing) == ("nothing", False)


def test_what_a_rule_says_of_the_clock_has_hours() -> None:
    courier = load_catalogue().exclusion("courier")
    assert courier is not None
    assert (courier.hours, courier.within_seconds) == ((), 1200)
    assert courier.rule.zh.endswith("不超过 20 分钟；是否错峰不由画面判断")
    assert courier.rule.en.endswith("for at most 20 minutes; whether that is off-peak is not judged here")


def test_the_policy_says_of_vendors_and_of_shops_what_is_judged_of_each() -> None:
    policy = load_catalogue().exclusion("off_peak_policy")
    assert policy is not None
    for text, shops, pavement in ((policy.rule.zh, "店铺", "人行道"), (policy.rule.en, "shop", "pavement")):
        of_vendors, of_shops = text.split(shops, 1)
        assert pavement in of_shops
        assert pavement not in of_vendors
    assert policy.rule.zh.count("不占盲道") == 2
    assert policy.rule.en.count("tactile paving") == 2


def test_each_shipped_measurement_says_what_it_measures() -> None:
    measured = {each.id: each.measured for each in load_catalogue().exclusions if each.seen_by == "measurement"}
    assert measured == {
        "permit": ("permit",), "own_land": ("own_land",), "off_peak_policy": ("policy",), "moving_vendor": ("dwell",), "umbrella_moving": ("dwell",),
        "construction_site": ("zones",), "being_handled": ("attendance",), "fixture": ("age",), "kiosk": ("age",), "awning": ("age",),
        "window_display": ("line",), "parking_bay": ("zones",), "bicycle_bay": ("zones",), "scheme_bay": ("zones",), "rubbish_container": ("zones",),
    }  # fmt: skip


CITY = """\
version: city-1
extends: shipped
exclusions:
  - {id: moon, name: {zh: 月, en: moon}, rule: {zh: 月, en: by the moon}, seen_by: measurement, shows: [the moon], reason: permit, source: us}
"""


def test_a_measurement_that_says_not_what_it_measures_is_told_as_odd() -> None:
    odd = [(path, what) for path, what in warnings(read_catalogue(CITY, "city.yaml"), date(2026, 11, 26)) if path[0] == "exclusions"]
    assert [(path[2], what.partition(":")[0]) for path, what in odd] == [("measured", "is missing")]
    assert [path for path, _ in warnings(load_catalogue(), date(2026, 11, 26)) if path[0] == "exclusions"] == []


def test_a_city_s_file_is_refused_with_the_line_of_an_exclusion_s_fault() -> None:
    with pytest.raises(CatalogueError, match=r"line 4: moon: hours"):
        read_catalogue(CITY.replace("source: us}", 'source: us, hours: ["25:00-26:00"]}'), "city.yaml")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        pytest.param(
            "measurement, shows: [the moon]", "class, shows: [car, moon]", "line 4: moon: shows[1]: there is no class 'moon'; list those",
            id="a class",
        ),
        pytest.param(
            "measurement, shows: [the moon]", "verifier, shows: [unload]",
            "line 4: moon: shows[0]: there is no look of the verifier 'unload'; did you mean unloading?", id="a look",
        ),
        pytest.param("reason: permit", "reason: permitt", "line 4: moon: reason: there is no reason 'permitt'; did you mean permit?", id="a reason"),
        pytest.param("reason: permit", "reason: nonsense", "line 4: moon: reason: there is no reason 'nonsense'; there are permit, ", id="no reason at all"),
    ],
)  # fmt: skip
def test_what_an_exclusion_names_must_be_there(old: str, new: str, what: str) -> None:
    text = CITY.replace(old, new)
    assert text != CITY
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(text, "city.yaml")
    assert str(caught.value).startswith(f"city.yaml: {what}")


@pytest.mark.parametrize("seen_by", ["class", "verifier"])
def test_a_city_names_what_its_own_model_shows(seen_by: str) -> None:
    text = CITY.replace("measurement, shows: [the moon]", f"{seen_by}, shows: [moon]").replace("extends: shipped", "extends: shipped\nclasses: [moon]")
    found = read_catalogue(text, "city.yaml").exclusion("moon")
    assert found is not None
    assert (found.seen_by, found.shows) == (seen_by, ("moon",))
