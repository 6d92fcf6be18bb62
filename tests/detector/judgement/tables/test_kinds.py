"""DOMAIN.md 1.3, the table of kinds: what makes each, who attends, how long and how often it must be seen, how many it takes, at which hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from detector.judgement.places import Standing, place_facts
from detector.judgement.rulebook import rulebook_of
from detector.judgement.wording import rule_applied
from evidence.kinds import load_catalogue
from evidence.named import WEIGHT
from evidence.views import KindOverride

from .rows import ALWAYS, EVENING, NOON, Row, Shown, all_on, check, played, street
from .test_zones import LINE, bicycles

PAVEMENT = street("sidewalk")
SHOPS = street("sidewalk", lines=(LINE,))
LANE = street("fire_lane")
MANUAL = KindOverride(enabled=True)

MAKES = [
    Row("V1: a vendor with a vehicle and goods, stopped", PAVEMENT, (Shown("vendor_vehicle", attended=ALWAYS),), ("V1",), pixels="vendor_tricycle"),
    Row("V1: on the road too", street("carriageway"), (Shown("vendor_vehicle", attended=ALWAYS),), ("V1",), pixels="vendor_truck"),
    Row("V1: a vehicle that nobody attends is parked", PAVEMENT, (Shown("vendor_vehicle"),), (), pixels="parked_tricycle"),
    Row("V1: a vehicle that stood alone for hours, and from which somebody sells then", PAVEMENT,
        (Shown("vendor_vehicle", attended=ALWAYS, attended_from=7200),), ("V1",), seconds=7800.0, confirmed_within=(7200.0, 7500.0),
        rule_only="a clip is shorter"),
    Row("V1: seen at 3 of 6 looks is not seen often enough", PAVEMENT, (Shown("vendor_vehicle", attended=ALWAYS, seen=2),), (),
        rule_only="clips show what is seen as often as the model sees it"),
    Row("V1: a vendor who moves on", PAVEMENT, (Shown("vendor_vehicle", (0.0, 0.5, 0.2, 0.7), attended=ALWAYS, walks=0.05, ends=600),), (),
        pixels="stops_briefly"),
    Row("V2: a fixed stall with somebody who sells", PAVEMENT, (Shown("stall", attended=ALWAYS),), ("V2",), pixels="stall_cart_stand"),
    Row("V2: a stall that nobody attends sells nothing", PAVEMENT, (Shown("stall"),), (), rule_only="clips' closed stalls have permits"),
    Row("V2: with its parasol it is one stall", PAVEMENT, (Shown("stall", attended=ALWAYS), Shown("parasol", (0.40, 0.45, 0.60, 0.66))), ("V2",),
        pixels="stall_table"),
    Row("V3: goods beyond the line", SHOPS, (Shown("goods_out"),), ("V3",), pixels="out_shelf"),
    Row("V3: tables beyond the line that nobody attends are the shop's", SHOPS, (Shown("stall"),), ("V3",), rule_only="the one in open clips is missed"),
    Row("V2 for V3: a table at the line from which somebody sells", SHOPS, (Shown("stall", attended=ALWAYS),), ("V2",),
        rule_only="a clip's stall stands away from the line"),
    Row("V3: a parasol or chairs alone begin nothing", SHOPS, (Shown("chair"), Shown("dining table", (0.1, 0.5, 0.3, 0.7))), (), seconds=1500.0,
        rule_only="no clip puts chairs out alone"),
    Row("V4: a bus or lorry as a car", PAVEMENT, (Shown("bus"), Shown("truck", (0.7, 0.5, 0.9, 0.7))), ("V4", "V4"), rule_only="clips park cars and vans"),
    Row("V5: three bicycles", PAVEMENT, bicycles(3), ("V5",), pixels="bikes_row"),
    Row("V5: two are not enough", PAVEMENT, bicycles(2), (), pixels="two_bicycles", seconds=3000.0),
    Row("V5: a row stands for three", PAVEMENT, (Shown("bikes_row"),), ("V5",), pixels="bikes_row"),
    Row("V5: e-bikes as bicycles", PAVEMENT, bicycles(3, "motorcycle"), ("V5",), rule_only="clips' bicycles have no motor"),
    Row("V5: two outside a bay and three in it", street("sidewalk", nonmotor_bay=(0.3, 0.5, 1.0, 0.7)), bicycles(5), (), seconds=2000.0,
        catalogue=all_on("V6"), rule_only="clips put all of them inside a bay or outside"),
    Row("V6: five shared bicycles outside their bay", PAVEMENT, bicycles(5), ("V6",), catalogue=all_on("V5"), seconds=1200.0,
        rule_only="no class tells a sharing scheme's colours"),
    Row("V6: four are not enough", PAVEMENT, bicycles(4), (), catalogue=all_on("V5"), seconds=2000.0, rule_only="no class tells a sharing scheme's colours"),
    Row("V6: a row and two more", PAVEMENT, (Shown("bikes_row", (0.7, 0.5, 0.95, 0.7)), *bicycles(2)), ("V6",), catalogue=all_on("V5"), seconds=1200.0,
        rule_only="no class tells a sharing scheme's colours"),
    Row("V7: waste without a bin", PAVEMENT, (Shown("garbage_pile"),), ("V7",), pixels="garbage_bags"),
    Row("V7: somebody is clearing it away", PAVEMENT, (Shown("garbage_pile", attended=ALWAYS, ends=800),), (), pixels="being_cleared"),
    Row("V7: cleared for ten minutes and left then", PAVEMENT, (Shown("garbage_pile", attended=600.0),), ("V7",), seconds=1500.0,
        confirmed_within=(600.0, 1200.0), rule_only="a clip is shorter"),
    Row("V9: waste above the rim", street("bin_site"), (Shown("bin_overflow"),), ("V9",), seconds=1300.0, pixels="bin_overflow"),
    Row("V10: material on the way", PAVEMENT, (Shown("material_pile"),), ("V10",), seconds=1900.0, pixels="material"),
    Row("V10: somebody carries it away", PAVEMENT, (Shown("material_pile", attended=ALWAYS),), (), seconds=2000.0, catalogue=all_on("V16"),
        rule_only="what somebody deals with in clips is waste"),
    Row("V11: laundry by day", PAVEMENT, (Shown("laundry"),), ("V11",), rule_only="no laundry in clips is found"),
    Row("V12: a grill outdoors", PAVEMENT, (Shown("open_grill"),), ("V12",), pixels="open_grill"),
    Row("V13: an A-board on the way", PAVEMENT, (Shown("banner"),), ("V13",), seconds=3700.0, pixels="banner"),
    Row("V15: a planted parasol", PAVEMENT, (Shown("parasol"),), ("V15",), pixels="parasol"),
    Row("V15: the parasol of a stall is judged as its stall, if that is none too", PAVEMENT, (Shown("stall"), Shown("parasol", (0.36, 0.35, 0.64, 0.56))), (),
        rule_only="clips' closed stalls have permits"),
    Row("V15: the parasol of a vendor's cart is the vendor's", PAVEMENT,
        (Shown("vendor_vehicle", attended=ALWAYS), Shown("parasol", (0.36, 0.35, 0.64, 0.56))), ("V1",), rule_only="clips' carts have roofs of their own"),
    Row("V15: a parasol two metres from a stall is one of its own", PAVEMENT, (Shown("stall", attended=ALWAYS), Shown("parasol", (0.70, 0.35, 0.95, 0.70))),
        ("V2", "V15"), rule_only="clips plant parasols away from stalls"),
    Row("V15: no umbrella makes one: it moves with its person", PAVEMENT, (Shown("umbrella"),), (), pixels="umbrella_queue"),
    Row("V16: attended material, where a city has it on", PAVEMENT, (Shown("material_pile", attended=ALWAYS),), ("V16",),
        rule_only="nothing shows that it is scrap: people name it"),
    Row("V17: material on a pavement's tactile paving is told by the lane's five minutes, not its own half hour",
        street("sidewalk", tactile_paving=(0.3, 0.6, 0.7, 0.8)), (Shown("material_pile"),), ("V17",), confirmed_within=(300.0, 320.0),
        rule_only="no clip has a lane"),
    Row("V10: what nothing recognises in a fire lane", LANE, (Shown("unrecognised"),), ("V10",), seconds=2000.0, rule_only="no clip has a fire lane"),
    Row("V17: any thing in a lane", LANE, (Shown("potted plant"),), ("V17",), rule_only="no clip has a fire lane"),
]  # fmt: skip


@pytest.mark.parametrize("row", MAKES, ids=str)
def test_what_makes_a_kind(row: Row) -> None:
    check(row)


FIRST = {
    "V1": ("vendor_vehicle", PAVEMENT), "V2": ("stall", PAVEMENT), "V3": ("goods_out", SHOPS), "V4": ("car", PAVEMENT), "V5": ("bikes_row", PAVEMENT),
    "V6": ("bikes_row", PAVEMENT), "V7": ("garbage_pile", PAVEMENT), "V9": ("bin_overflow", PAVEMENT), "V10": ("material_pile", PAVEMENT),
    "V11": ("laundry", PAVEMENT), "V12": ("open_grill", PAVEMENT), "V13": ("banner", PAVEMENT), "V15": ("parasol", PAVEMENT),
    "V16": ("material_pile", PAVEMENT), "V17": ("car", LANE),
}  # fmt: skip
ALONE = {"V6": ("V5",), "V16": ("V10",)}
"""Kinds that share their things with one that comes first, and that one."""


def things_of(kind_id: str, ends: float) -> tuple[Shown, ...]:
    """What makes a kind, and where it takes several, as many."""
    label, _ = FIRST[kind_id]
    attended = ALWAYS if kind_id in ("V1", "V2", "V16") else 0.0
    boxes = [(0.40, 0.50, 0.60, 0.70)] + ([(0.70, 0.50, 0.90, 0.70)] if kind_id == "V6" else [])
    return tuple(Shown(label, box, ends=ends, attended=attended) for box in boxes)


@pytest.mark.parametrize("kind_id", FIRST)
def test_each_kind_is_confirmed_at_its_dwell_and_never_before(kind_id: str) -> None:
    kind = load_catalogue().kind(kind_id)
    assert kind is not None
    dwell, view, catalogue = kind.dwell_seconds, FIRST[kind_id][1], all_on(*ALONE.get(kind_id, ()))
    stays = Row("it stays", view, things_of(kind_id, ALWAYS), (kind_id,), seconds=dwell + 60, catalogue=catalogue, confirmed_within=(dwell, dwell + 20))
    check(stays)
    check(replace(stays, shown=things_of(kind_id, dwell - 20), kinds=(), confirmed_within=None, seconds=dwell + 200))


@pytest.mark.parametrize("kind_id", FIRST)
def test_each_kind_must_be_seen_often_enough(kind_id: str) -> None:
    """Its least number of looks, however long it stood: a short dwell, and a camera that looks seldom."""
    kind = load_catalogue().kind(kind_id)
    assert kind is not None
    short = KindOverride(enabled=True, dwell_seconds=30.0)
    view, catalogue = FIRST[kind_id][1], all_on(*ALONE.get(kind_id, ()), **{kind_id: short})
    came = played(Row("it stays", view, things_of(kind_id, ALWAYS), (), seconds=400.0, catalogue=catalogue))
    first = came.of("confirmed")[0]
    assert first[1].kind == kind_id
    assert first[1].stay.looks >= kind.minimum_looks
    assert first[0] >= (kind.minimum_looks - 1) * 20


HOURS = [
    Row("V11: laundry in the evening", PAVEMENT, (Shown("laundry"),), (), began=EVENING, rule_only="none hangs in open clips"),
    Row("V11: laundry that hangs over the beginning of the day is judged from then on", PAVEMENT, (Shown("laundry"),), ("V11",), rule_only="no clip lasts so",
        began=NOON - timedelta(hours=5, minutes=10), seconds=1400.0, confirmed_within=(1200.0, 1220.0)),
    Row("V11: laundry that is taken in before the day has lasted its dwell", PAVEMENT, (Shown("laundry", ends=1100.0),), (), pixels="stops_briefly",
        began=NOON - timedelta(hours=5, minutes=10), seconds=1400.0),
]  # fmt: skip


@pytest.mark.parametrize("row", HOURS, ids=str)
def test_hours_in_which_a_kind_is_judged(row: Row) -> None:
    check(row)


@pytest.mark.parametrize(("began", "weight"), [(NOON, None), (EVENING, 1.5)], ids=["at noon", "at half past seven in the evening"])
def test_a_grill_weighs_more_from_five_to_two_and_its_dwell_is_the_same(began: object, weight: float | None) -> None:
    row = Row("a grill", PAVEMENT, (Shown("open_grill"),), ("V12",), began=began, seconds=300.0, confirmed_within=(180.0, 180.0))  # type: ignore[arg-type]
    check(row)
    at, event = played(row).of("confirmed")[0]
    book = rulebook_of(row.view, row.catalogue)
    rule = book.rules["V12"]
    standing = Standing(book, event.stay.xyxy, row.began + timedelta(seconds=at))
    applied = rule_applied(rule, standing, event.stay, place_facts(rule, standing))
    assert applied.thresholds.get(WEIGHT) == weight
    assert ("17:00-02:00" in applied.text.zh) is (weight is not None)


def test_what_no_class_shows_cannot_be_on() -> None:
    """V8 and V14: piles of rubble, spilled sand. People name them."""
    manual = [kind for kind in load_catalogue().kinds if not kind.classes]
    assert [kind.id for kind in manual] == ["V8", "V14"]
    assert not any(kind.enabled for kind in manual)
