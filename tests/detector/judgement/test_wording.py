"""The rule as it was applied: what was asked of this thing, in figures and in words, and nothing that was not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from detector.judgement.kinds_on import in_force
from detector.judgement.places import Standing, place_facts
from detector.judgement.rulebook import rulebook_of
from detector.judgement.values import Member, Stay
from detector.judgement.wording import rule_applied
from evidence.kinds import load_catalogue
from evidence.packet import RuleApplied
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

NOON, EVENING = datetime(2026, 11, 25, 4, 0, tzinfo=UTC), datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
GROUND = ((0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0))
BOX = (0.4, 0.5, 0.6, 0.7)
LINE = StorefrontLine(id="l7", shop="7", points=((0.0, 0.6), (1.0, 0.6)), outside="right")
OUT_OF_HOURS = Permit.model_validate(
    {"id": "p1", "polygon": GROUND, "from": date(2026, 1, 1), "until": date(2026, 12, 31), "hours": ("06:00-08:00",), "breach": "09002"}
)


def applied(
    kind_id: str, label: str, *zones: ZoneKind, at: datetime = NOON, members: tuple[Member, ...] = (), override: KindOverride | None = None, **more: object
) -> RuleApplied:
    drawn = tuple(Zone(id=kind.value, kind=kind, polygon=GROUND) for kind in zones or (ZoneKind.SIDEWALK,))
    view = ViewDocument.model_validate({"camera_id": "c1", "zones": drawn, **more})
    catalogue = in_force(load_catalogue().overridden({kind_id: override or KindOverride(enabled=True)}, "a test"), view, "a test")
    book = rulebook_of(view, catalogue)
    stay = Stay("s", 0.0, at, 600.0, at, 600.0, BOX, (), {label: 10.0}, members=members)
    standing = Standing(book, BOX, at, (label,))
    return rule_applied(book.rules[kind_id], standing, stay, place_facts(book.rules[kind_id], standing))


@pytest.mark.parametrize(
    ("rule", "says", "says_not"),
    [
        pytest.param(
            applied("V2", "stall"),
            ["(sidewalk), for 300 s or longer", "seen at least 5 times, attended in at least 20% of the looks of that time; unless a permit covers it."],
            ["line", "outside", "hours"], id="a stall",
        ),
        pytest.param(applied("V3", "goods_out", lines=(LINE,)), ["beyond the storefront line l7"], ["attended"], id="goods beyond a line"),
        pytest.param(applied("V3", "goods_out"), ["no storefront line being drawn in this view"], ["beyond"], id="goods where no line is drawn"),
        pytest.param(
            applied("V4", "car", ZoneKind.SIDEWALK, ZoneKind.PARKING_BAY), ["outside those excepted (parking_bay, loading_zone)"], ["permit"], id="by a bay"
        ),
        pytest.param(applied("V4", "car"), [], ["excepted", "permit"], id="a car where no bay is drawn"),
        pytest.param(applied("V11", "laundry"), ["the whole of it", "judged in the hours 07:00-18:00 only"], ["ground contact"], id="laundry"),
        pytest.param(applied("V5", "bicycle"), ["at least 3 of them, or at least 1 on tactile paving (there are 1)"], [], id="one bicycle"),
        pytest.param(applied("V12", "open_grill", at=EVENING), ["in the hours 17:00-02:00 it comes first (1.5 times)"], [], id="a grill in the evening"),
        pytest.param(applied("V12", "open_grill"), [], ["17:00"], id="a grill at noon"),
        pytest.param(
            applied("V18", "stall", permits=(OUT_OF_HOURS,)), ["made by the breach of a permit, which wants 09002 for it"], ["unless a permit"], id="a breach"
        ),
    ],
)  # fmt: skip
def test_the_words_say_what_was_applied(rule: RuleApplied, says: list[str], says_not: list[str]) -> None:
    conditions = rule.text.en.partition(": ")[2]
    for part in says:
        assert part in conditions
    for part in says_not:
        assert part not in conditions
    assert rule.text.zh.endswith("。")
    assert re.match(r"^[^：]+：[^：]+。$", rule.text.zh), "one colon between the kind's name and the conditions: the page splits them there"


@pytest.mark.parametrize(
    ("kind_id", "label", "override", "words"),
    [
        pytest.param("V1", "vendor_vehicle", None, ["shop", "店铺"], id="what no camera sees"),
        pytest.param("V2", "stall", KindOverride(enabled=True, attendance="off"), ["attended", "看守"], id="attendance that a scene does not ask for"),
        pytest.param("V7", "garbage_pile", None, ["bin", "nobody", "垃圾站", "处置"], id="an exclusion for which nothing is drawn"),
        pytest.param("V10", "material_pile", None, ["sale", "site", "经营", "施工"], id="two more"),
    ],
)
def test_the_definition_of_the_kind_is_not_told_as_if_it_had_been_judged(kind_id: str, label: str, override: KindOverride | None, words: list[str]) -> None:
    text, kind = applied(kind_id, label, override=override).text, load_catalogue().kind(kind_id)
    assert kind is not None
    assert (text.zh.partition("：")[0], text.en.partition(": ")[0]) == (kind.name.zh, kind.name.en)
    for language in (text.zh.partition("：")[2], text.en.partition(": ")[2]):
        assert not [word for word in words if word in language]


@pytest.mark.parametrize(
    ("rule", "thresholds"),
    [
        pytest.param(applied("V5", "bikes_row"), {"counts": "3 or more or 1 or more in tactile_paving", "counted": 3}, id="a row of bicycles"),
        pytest.param(applied("V11", "laundry"), {"anchor": "box", "hours": "07:00-18:00"}, id="laundry"),
        pytest.param(applied("V12", "open_grill", at=EVENING), {"weight": 1.5, "weight_hours": "17:00-02:00"}, id="a grill in the evening"),
        pytest.param(applied("V4", "car", ZoneKind.SIDEWALK, ZoneKind.PARKING_BAY), {"except_zones": "parking_bay loading_zone"}, id="a car"),
        pytest.param(applied("V18", "stall", permits=(OUT_OF_HOURS,)), {"permit_breach": "09002"}, id="a breach"),
        pytest.param(applied("V3", "stall", lines=(LINE,)), {"line": "beyond", "line_reach": 0.8}, id="a table at a line"),
    ],
)
def test_the_figures_say_it_too(rule: RuleApplied, thresholds: dict[str, object]) -> None:
    assert rule.thresholds == rule.thresholds | thresholds
    usual = {"dwell_seconds", "minimum_looks", "grace_seconds", "minimum_score", "minimum_footprint_share", "attendance", "attended_share", "line", "anchor"}
    assert usual <= set(rule.thresholds)
    assert set(rule.thresholds) - usual <= {"counts", "counted", "hours", "weight", "weight_hours", "except_zones", "permit_breach", "line_reach"}


def test_what_is_not_asked_is_no_figure() -> None:
    usual = applied("V2", "stall").thresholds
    assert not {"counts", "counted", "hours", "weight", "except_zones", "permit_breach", "line_reach"} & set(usual)


def test_members_are_counted_and_an_absent_leader_is_not() -> None:
    member = Member("t", "bikes_row", BOX, NOON, NOON, 3, 600.0)
    assert applied("V5", "bicycle", members=(member,)).thresholds["counted"] == 4
    assert "有 4" in applied("V5", "bicycle", members=(member,)).text.zh


def test_the_rule_names_its_kind_and_the_version_of_the_catalogue() -> None:
    rule = applied("V2", "stall")
    assert (rule.id, rule.version) == ("V2", load_catalogue().version)
    assert replace(Member("t", "x", BOX, NOON, NOON, 1, 0.0), stands_for=2).stands_for == 2
