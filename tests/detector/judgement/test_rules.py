"""Which kind leads a stay, and what it lacks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from detector.judgement.rulebook import rulebook_of
from detector.judgement.rules import lacking, leading_kind, mean_score
from detector.judgement.values import Stay, StaySample
from evidence.kinds import Catalogue, load_catalogue, read_catalogue
from evidence.views import KindOverride

from .street import NOON, STALL, view

ON = KindOverride(enabled=True)


def catalogue(*kinds: str) -> Catalogue:
    return load_catalogue().overridden(dict.fromkeys(kinds, ON), "a test")


def looked(label: str, attended: int) -> tuple[StaySample, ...]:
    """Ten looks in the last minute and a half of ten, at the first of which somebody was with it."""
    seconds = (10.0 * n for n in range(51, 61))
    return tuple(StaySample(at, NOON + timedelta(seconds=at), "looked", label, STALL, 0.6, n < attended) for n, at in enumerate(seconds))


def stay(votes: dict[str, float], in_place: str = "", at_line: str = "", attended: int = 0) -> Stay:
    label = next(iter(votes))
    later = NOON + timedelta(seconds=600)
    return Stay(
        "s", 0.0, NOON, 600.0, later, 600.0, STALL, (), votes, in_place=tuple(in_place.split()), at_line=tuple(at_line.split()), looks=10,
        attended_looks=attended, samples=looked(label, attended), dwell_seconds={"V2": 600.0, "V3": 600.0, "V7": 600.0},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "there", "kind"),
    [
        pytest.param((), stay({"stall": 5.0}, "V2 V3", "V3", attended=4), "V2", id="attended, at a shop's line: a stall"),
        pytest.param((), stay({"stall": 5.0}, "V2 V3", "V3"), "V3", id="unattended there: the shop's goods"),
        pytest.param((), stay({"stall": 5.0}, "V2"), "V2", id="away from a line there is no shop"),
        pytest.param((), stay({"person": 5.0}), None, id="no object of any kind"),
        pytest.param((), stay({"parasol": 5.0}), None, id="what only supports"),
        pytest.param(("V4", "V17"), stay({"car": 5.0}, "V17"), "V17", id="the kind in whose place it stands goes before the first of the catalogue"),
        pytest.param(("V4", "V17"), stay({"car": 5.0}, "V4 V17"), "V4", id="in both places the first of the catalogue"),
        pytest.param(("V4", "V17"), stay({"car": 5.0}), "V4", id="in neither place as well"),
        pytest.param(("V1",), stay({"vendor_vehicle": 5.0}, "V1 V2", attended=4), "V1", id="a vehicle with its vendor"),
        pytest.param(("V1",), stay({"vendor_vehicle": 3.0, "stall": 2.0}, "V1 V2", attended=4), "V1", id="a vehicle that some looks call a stall"),
        pytest.param(("V1",), stay({"vendor_vehicle": 2.0, "stall": 3.0}, "V1 V2", attended=4), "V2", id="a stall that some looks call a vehicle"),
        pytest.param(("V10", "V16"), stay({"material_pile": 5.0}, "V10 V16"), "V10", id="material that nobody attends"),
        pytest.param(("V10", "V16"), stay({"material_pile": 5.0}, "V10 V16", attended=4), "V16", id="material with somebody who sorts it"),
        pytest.param(("V7", "V10"), stay({"garbage_pile": 5.0, "material_pile": 1.0}, "V7 V10"), "V7", id="what most of the looks saw"),
    ],
)
def test_the_kind_that_leads(on: tuple[str, ...], there: Stay, kind: str | None) -> None:
    found = leading_kind(there, catalogue(*on))
    assert (None if found is None else found.id) == kind


@pytest.mark.parametrize(("reached", "kind"), [({("V5", "s")}, "V5"), (set(), "V17")], ids=["there are three", "there are not"])
def test_a_kind_that_takes_several_gives_way_where_there_are_too_few(reached: set[tuple[str, str]], kind: str) -> None:
    found = leading_kind(stay({"bicycle": 5.0}, "V5 V17"), catalogue("V5", "V17"), reached)
    assert found is not None
    assert found.id == kind


def test_an_act_stays_of_its_kind_while_that_is_on() -> None:
    there = replace(stay({"bicycle": 5.0}, "V5 V17"), confirmed_kind="V5")
    assert [kind and kind.id for kind in (leading_kind(there, catalogue("V5", "V17")), leading_kind(there, catalogue("V17")))] == ["V5", "V17"]


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        pytest.param({}, None, id="fulfilled"),
        pytest.param({"in_place": ()}, "place", id="it does not stand there"),
        pytest.param({"dwell_seconds": {"V2": 299.0}}, "dwell", id="not for so long"),
        pytest.param({"looks": 4}, "looks", id="not seen so often"),
        pytest.param({"samples": looked("stall", 1)}, "attendance", id="nobody is there"),
        pytest.param({"samples": (StaySample(0.0, NOON, "looked", "stall", STALL, 0.06, True),)}, "score", id="hardly sure"),
    ],
)
def test_what_a_stay_lacks(change: dict[str, object], lack: str | None) -> None:
    book = rulebook_of(view(), catalogue())
    there = replace(stay({"stall": 5.0}, "V2", attended=4), **change)  # type: ignore[arg-type]
    assert lacking(book, book.rules["V2"], there, NOON) == lack


def test_somebody_who_deals_with_it_excuses_garbage() -> None:
    book = rulebook_of(view(), catalogue("V7"))
    garbage = stay({"garbage_pile": 5.0}, "V7")
    assert lacking(book, book.rules["V7"], garbage, NOON) is None
    assert lacking(book, book.rules["V7"], replace(garbage, samples=looked("garbage_pile", 3)), NOON) == "excused"


def test_an_exclusion_that_a_class_shows_has_its_time_its_hours_and_its_zones() -> None:
    def city(more: str = "") -> Catalogue:
        return read_catalogue(
            "version: city-1\nextends: shipped\nclasses: [cone]\nkinds:\n  - {id: V7, enabled: true, exclusions: [cones]}\nexclusions:\n"
            "  - {id: cones, name: {zh: 锥, en: cones}, rule: {zh: 锥, en: cones}, seen_by: class, shows: [cone], reason: permit, source: us" + more + "}\n",
            "city.yaml",
        )

    def lack(more: str, seen: int) -> str | None:
        book = rulebook_of(view(), city(more))
        return lacking(book, book.rules["V7"], replace(stay({"garbage_pile": 5.0}, "V7"), beside={"cone": seen}), NOON)

    assert lack("", 5) == "excused"
    assert lack("", 4) is None, "in less than half of the looks"
    assert lack(", least_share: 0.4", 4) == "excused"
    assert lack(", within_seconds: 500", 5) is None, "it has stood there for longer than that excuses"
    assert lack(', hours: ["07:00-18:00"]', 5) == "excused"
    assert lack(', hours: ["18:00-20:00"]', 5) is None
    assert lack(", except_zones: [sidewalk]", 5) is None
    assert lack(", except_zones: [fire_lane]", 5) == "excused"


def test_the_mean_score_is_of_the_looks_that_saw_an_object_of_the_kind() -> None:
    kind = catalogue().kind("V2")
    assert kind is not None
    there = replace(
        stay({"stall": 5.0}), samples=(StaySample(0.0, NOON, "looked", "stall", STALL, 0.4), StaySample(4.0, NOON, "looked", "parasol", STALL, 0.9),
        StaySample(8.0, NOON, "unchanged"), StaySample(12.0, NOON, "looked", "stall", STALL, 0.6)),
    )  # fmt: skip
    assert mean_score(kind, there) == pytest.approx(0.5)
    assert mean_score(kind, replace(there, samples=())) == 0.0
