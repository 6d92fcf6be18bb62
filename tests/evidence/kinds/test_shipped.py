"""The shipped data, row by row against what was read: names, numbers, defaults, laws. A changed row is a changed rule."""

from __future__ import annotations

import re
from datetime import date

import pytest

from detector.judgement.exclusions import COVERED
from evidence.kinds import Kind, load_catalogue
from evidence.kinds.classes import COCO_STREET_CLASSES, STREET_CLASSES, VERIFIED_CLASSES, VERIFIER_LOOKS
from evidence.kinds.faults import warnings
from evidence.views import ZoneKind
from models import classes
from models.verifier.network import LOOK_ALIKES
from tests.conftest import REPO

CATALOGUE = load_catalogue()
NEW, OLD, STYLE, SORT = "GB/T 47678.5-2026", "GB/T 30428.2-2013", "CJ/T 214-2007 style", "GA/T 1400 EventSort"


def kind(kind_id: str) -> Kind:
    found = CATALOGUE.kind(kind_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind_id", "zh", "new", "old", "style", "dwell", "looks", "limit"),
    [
        ("V1", "无照经营游商", "09001", "04-01", "05-01", 180, 4, (2, "urgent_working_hours")),
        ("V2", "占道经营", "09006", "04-06", "", 300, 5, (2, "urgent_working_hours")),
        ("V3", "店外经营", "09005", "04-05", "05-04", 600, 5, (2, "urgent_working_hours")),
        ("V4", "机动车乱停放", "09009", "04-09", "05-05", 300, 5, (2, "hours")),
        ("V5", "非机动车乱停放", "09010", "04-10", "05-06", 600, 5, (2, "hours")),
        ("V6", "共享单车乱象", "09011", "", "", 900, 5, (2, "hours")),
        ("V7", "暴露垃圾", "06010", "01-10", "", 600, 5, (4, "hours")),
        ("V8", "积存垃圾渣土", "06011", "01-11", "", 86400, 10, (5, "days")),
        ("V9", "垃圾站（箱）满溢", "06042", "", "", 1200, 5, (4, "hours")),
        ("V10", "乱堆杂物", "06036", "01-36", "05-07", 1800, 5, (1, "days")),
        ("V11", "沿街晾挂", "06007", "01-07", "05-11", 600, 5, (2, "urgent_working_hours")),
        ("V12", "露天烧烤", "06029", "01-29", "05-10", 180, 4, (2, "urgent_working_hours")),
        ("V13", "违规标语条幅、户外广告、移动牌匾", "07007 07003", "02-07 02-03", "", 3600, 5, (1, "days")),
        ("V14", "道路遗撒", "06014", "01-14", "", 120, 3, (4, "hours")),
        ("V15", "违规撑伞", "", "", "", 600, 5, None),
        ("V16", "占道废品收购", "09004", "04-04", "05-03", 600, 5, (1, "days")),
        ("V17", "占用消防、无障碍通道", "09012 09019", "", "", 300, 5, (2, "hours")),
        ("V18", "早（夜）市管理问题（违反许可经营）", "09002", "", "", 300, 5, None),
    ],
)
def test_a_kind_as_it_was_read(kind_id: str, zh: str, new: str, old: str, style: str, dwell: float, looks: int, limit: tuple[float, str] | None) -> None:
    found = kind(kind_id)
    assert found.name.zh == zh
    assert [" ".join(code.code for code in found.codes if code.table == table) for table in (NEW, OLD, STYLE)] == [new, old, style]
    assert (found.dwell_seconds, found.minimum_looks) == (dwell, looks)
    assert (found.time_limit and (found.time_limit.amount, found.time_limit.unit)) == limit


def test_the_two_kinds_of_the_first_release_are_judged_as_they_were() -> None:
    places = ("sidewalk", "carriageway", "bike_lane", "tactile_paving", "fire_lane", "controlled", "whole")
    stall, goods = kind("V2"), kind("V3")
    assert (stall.objects, stall.line_objects, stall.attendance, stall.attended_share, stall.line) == (("stall", "vendor_vehicle"), (), "required", 0.2, None)
    assert stall.supporting == ("parasol", "goods_out", "dining table", "apple", "orange", "banana", "broccoli", "carrot", "bottle")
    assert {zone.value for zone in stall.zones} == {*places, "no_stall"}
    assert (goods.objects, goods.line_objects, goods.attendance, goods.line, goods.line_reach) == (("goods_out",), ("stall",), "off", "beyond", 0.8)
    assert goods.supporting == ("dining table", "chair", "potted plant", "apple", "orange", "banana", "bottle")
    assert {zone.value for zone in goods.zones} == {*places}
    for one in (stall, goods):
        assert (one.minimum_footprint_share, one.minimum_score, one.grace_seconds, one.enabled, one.leads_only) == (0.5, 0.08, 45, True, False)
        assert (one.counts, one.hours, one.weighs_more, one.except_zones, one.anchor, one.permit_breach) == ((), (), (), (), "ground", False)
        assert one.exclusions[0] == "permit"


def test_what_is_not_proven_is_off_and_gives_leads_only() -> None:
    assert [one.id for one in CATALOGUE.kinds if one.enabled] == ["V2", "V3"]
    assert [one.id for one in CATALOGUE.kinds if not one.leads_only] == ["V2", "V3", "V18"]
    assert {one.id for one in CATALOGUE.kinds if one.standing == "manual"} == {"V8", "V14", "V16"}
    for one in CATALOGUE.kinds:
        assert one.origin == "shipped"
        assert (one.proof is not None) == (one.standing == "proven")


def test_the_detector_s_classes_are_the_model_s() -> None:
    assert COCO_STREET_CLASSES == classes.COCO_STREET_CLASSES
    assert STREET_CLASSES == classes.STREET_CLASSES
    assert (*LOOK_ALIKES, COVERED) == VERIFIER_LOOKS
    assert classes.SELLING == VERIFIED_CLASSES
    assert {name for one in CATALOGUE.kinds for name in one.classes} >= set(STREET_CLASSES), "each of the street's classes makes a kind"


def test_every_number_is_in_its_table_and_none_claims_to_be_verified() -> None:
    for one in CATALOGUE.kinds:
        for code in one.codes:
            table = CATALOGUE.table(code.table)
            assert table is not None
            assert table.fits(code.code)
            assert not table.matters or code.code in table.matters
            assert code.verify_with_official_text == table.second_hand
        assert all(law.verify_with_official_text for law in one.laws)
        assert one.time_limit is None or one.time_limit.verify_with_official_text


@pytest.mark.parametrize(
    ("old", "new"), [("04-05", "09005"), ("04-06", "09006"), ("01-07", "06007"), ("01-10", "06010"), ("01-36", "06036"), ("02-03", "07003")]
)
def test_minor_numbers_carry_over_from_2013_to_2026(old: str, new: str) -> None:
    major = {"01": "06", "02": "07", "04": "09"}
    assert f"{major[old[:2]]}0{old[3:]}" == new
    both = [one for one in CATALOGUE.kinds if {old, new} <= {code.code for code in one.codes}]
    assert len(both) == 1


def test_each_old_number_of_a_kind_carries_over_to_its_new_one() -> None:
    major = {"01": "06", "02": "07", "04": "09"}
    for one in CATALOGUE.kinds:
        new = {code.code for code in one.codes if code.table == NEW}
        for code in one.codes:
            if code.table == OLD:
                assert f"{major[code.code[:2]]}0{code.code[3:]}" in new, one.id


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        pytest.param(date(2026, 6, 30), {OLD, STYLE, SORT, "local"}, id="the last day of 2013's table"),
        pytest.param(date(2026, 7, 1), {NEW, STYLE, SORT, "local"}, id="the first of 2026's"),
    ],
)
def test_which_table_is_in_force(day: date, in_force: set[str]) -> None:
    assert {table.id for table in CATALOGUE.tables if table.in_force(day)} == in_force


@pytest.mark.parametrize(
    ("zones", "codes"),
    [
        pytest.param((ZoneKind.FIRE_LANE,), ["09012"], id="in a fire lane"),
        pytest.param((ZoneKind.TACTILE_PAVING,), ["09019"], id="on tactile paving"),
        pytest.param((ZoneKind.FIRE_LANE, ZoneKind.TACTILE_PAVING), ["09012", "09019"], id="on both"),
        pytest.param((), [], id="in neither"),
    ],
)
def test_the_zone_decides_the_number_of_an_obstructed_lane(zones: tuple[ZoneKind, ...], codes: list[str]) -> None:
    assert [code.code for code in kind("V17").codes_in(zones)] == codes


def test_confusion_pairs_are_mutual_and_hold_those_that_were_read() -> None:
    assert [what for path, what in warnings(CATALOGUE, date(2026, 11, 26)) if "in return" in what] == []
    for one, other in (("V2", "V3"), ("V7", "V8"), ("V7", "V9")):  # 09005 and 09006, 06010 and 06011, 06010 and 06042
        assert other in kind(one).confusion


def test_three_bicycles_or_any_on_tactile_paving() -> None:
    assert [(count.at_least, count.zones) for count in kind("V5").counts] == [(3, ()), (1, (ZoneKind.TACTILE_PAVING,))]
    assert [count.at_least for count in kind("V6").counts] == [5]
    assert kind("V5").counts_as == kind("V6").counts_as == {"bikes_row": 3}


def test_a_grill_weighs_more_from_five_till_two_at_night() -> None:
    assert [(one.hours, one.times) for one in kind("V12").weighs_more] == [("17:00-02:00", 1.5)]


def test_begging_is_no_kind_of_any_table() -> None:
    people = {(table.id, code) for table in CATALOGUE.tables for code in table.people_only}
    assert people == {(NEW, "09003"), (OLD, "04-03"), (STYLE, "05-02"), (SORT, "675")}
    assert not people & {(code.table, code.code) for one in CATALOGUE.kinds for code in one.codes}


def test_an_exclusion_that_nothing_sees_is_one_of_the_nine_reasons_to_reject() -> None:
    reasons = {reason.id for reason in CATALOGUE.reasons}
    assert len(reasons) == len(CATALOGUE.reasons) == 9, "the page has nine keys for them"
    unseen = [one for one in CATALOGUE.exclusions if one.seen_by == "nothing"]
    assert unseen
    for one in CATALOGUE.exclusions:
        assert one.reason in reasons
        assert one.can_be_judged == (one.switched_on and one.seen_by != "nothing")
    assert {one.id for one in CATALOGUE.exclusions} == {name for every in CATALOGUE.kinds for name in every.exclusions}, "each belongs to a kind"


def test_no_recall_is_claimed_that_was_not_measured() -> None:
    assert [one.id for one in CATALOGUE.exclusions if one.recall is not None and not one.measured_on] == []
    assert all((one.recall is not None) is (one.seen_by == "verifier") for one in CATALOGUE.exclusions), "what the shipped verifier shows was measured"


def test_what_a_camera_cannot_decide_by_the_docs_is_told_with_each_packet_of_the_kind() -> None:
    table = (REPO / "docs" / "judgement.md").read_text(encoding="utf-8").partition("## What a camera cannot decide")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| (V\d+): ", table, re.MULTILINE)) - {"V4"}  # its one sentence is of the ladder
    assert named <= {one.id for one in CATALOGUE.kinds if one.unseen}
    for kind_id, part in (
        ("V3", "whose goods these are"), ("V7", "loose or bagged"), ("V7", "a container near that is not drawn"),
        ("V9", "waste above the rim told from bags about the foot"), ("V10", "whether it is for sale"), ("V10", "a site that is not drawn"),
        ("V15", "where the parasol is planted"),
    ):  # fmt: skip
        assert part in table
        assert part in [one.en for one in kind(kind_id).unseen]


def test_texts_are_of_both_languages() -> None:
    for one in CATALOGUE.kinds:
        for text in (one.name, one.explanation, *one.unseen):
            assert re.search(r"[一-鿿]", text.zh), text
            assert not re.search(r"[一-鿿]", text.en), text
