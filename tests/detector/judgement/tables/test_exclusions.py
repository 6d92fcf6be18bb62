"""DOMAIN.md 1.3, what is no violation: permits, policy, loading, people, fixtures, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from detector.judgement.kinds_on import in_force
from evidence.kinds import Catalogue, read_catalogue
from evidence.policies import Policies, Shandong2020
from evidence.views import Permit, ViewDocument

from .rows import ALWAYS, EVENING, NOON, THING, Row, Shown, all_on, check, corners, played, street
from .test_zones import LINE, bicycles

BOX = (0.3, 0.6, 0.7, 0.8)
PAVEMENT = street("sidewalk")
STALL = (Shown("stall", attended=ALWAYS),)
CONES = """\
version: cones-1
extends: shipped
classes: [traffic_cone]
kinds:
  - {id: V10, enabled: true, exclusions: [cones]}
exclusions:
  - {id: cones, name: {zh: 锥筒, en: cones}, rule: {zh: 锥筒围着, en: cones stand round it}, seen_by: class, shows: [traffic_cone], least_share: 0.5,
     reason: not_a_violation, source: us}
"""


def permit(hours: str = "08:00-18:00", **more: object) -> Permit:
    days = {"from": date(2026, 5, 1), "until": date(2026, 12, 31)}
    return Permit.model_validate({"id": "p1", "polygon": corners(BOX), "hours": (hours,), **days, **more})


def permitted(hours: str = "08:00-18:00", **more: object) -> ViewDocument:
    return street("sidewalk", permits=(permit(hours, **more),))


def with_policy(view: ViewDocument, **said: object) -> ViewDocument:
    return view.model_copy(update={"policies": Policies(shandong_2020=Shandong2020.model_validate(said))})


def on_road(road_class: str, *zones: str) -> ViewDocument:
    """Zones of a road of a class, whose vendors may come by noon."""
    view = street(*zones)
    return with_policy(view.model_copy(update={"zones": tuple(zone.model_copy(update={"road_class": road_class}) for zone in view.zones)}),
        vendor_hours=("10:00-16:00",))  # fmt: skip


def cones() -> Catalogue:
    return read_catalogue(CONES, "cones.yaml")


APPLES = permit(breach="09002", goods=("苹果",), goods_shown=({"goods": "苹果", "classes": ("apple",), "recall": 0.8, "measured_on": "x"},))


def fruit(label: str, *, seen: int = 1, ends: float = ALWAYS, x: float = 0.45) -> tuple[Shown, ...]:
    return tuple(Shown(label, (x + 0.03 * n, 0.55, x + 0.02 + 0.03 * n, 0.58), seen=seen, ends=ends) for n in range(4))


GOODS_ROWS = [
    Row("a permit for apples: a stall that sells oranges", street("sidewalk", permits=(APPLES,)), (*STALL, *fruit("orange")), ("V18",),
        rule_only="no clip has fruit of a known class"),
    Row("a permit for apples: one that sells apples", street("sidewalk", permits=(APPLES,)), (*STALL, *fruit("apple")), (),
        rule_only="no clip has fruit of a known class"),
    Row("a permit for apples: one with apples among the oranges, seldom seen", street("sidewalk", permits=(APPLES,)),
        (*STALL, *fruit("orange"), *fruit("apple", seen=9)), (),
        rule_only="no clip has fruit of a known class"),
    Row("a permit for apples: oranges that one look saw", street("sidewalk", permits=(APPLES,)), (*STALL, *fruit("orange", ends=10.0)), (),
        rule_only="no clip has fruit of a known class"),
    Row("a permit for apples: oranges that are sold beside it", street("sidewalk", permits=(APPLES,)), (*STALL, *fruit("orange", x=0.62)), (),
        rule_only="no clip has fruit of a known class"),
]  # fmt: skip
PERMITS = [
    Row("a permitted pitch in its box and its hours", permitted(), STALL, (), pixels="permitted_pitch"),
    Row("the same out of its hours, of a permit that says nothing of breaches", permitted("18:00-22:00"), STALL, ("V2",), pixels="stall_table"),
    Row("out of hours, of a permit that says 09002: its breach is a kind of its own", permitted("18:00-22:00", breach="09002"), STALL, ("V18",),
        rule_only="clips' permits say nothing of breaches"),
    Row("out of hours, of a permit that says 09006: a stall like any other", permitted("18:00-22:00", breach="09006"), STALL, ("V2",),
        rule_only="clips' permits say nothing of breaches"),
    Row("expired, of a permit that says 09002", permitted(until=date(2026, 11, 1), breach="09002"), STALL, ("V18",),
        rule_only="clips' permits say nothing of breaches"),
    Row("a stall of today in a box that will be a permit's in years: nobody has breached it",
        permitted("08:00-18:00", until=date(2030, 12, 31), breach="09002", **{"from": date(2030, 1, 1)}), STALL, ("V2",),
        rule_only="clips' permits say nothing of breaches"),
    Row("beside its box in its hours", street("sidewalk", permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)), STALL, ("V18",),
        rule_only="clips' pitches stand in their boxes"),
    Row("beside a box that another vendor has, nobody is its holder",
        street("sidewalk", permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)),
        (Shown("stall", attended=ALWAYS), Shown("stall", (0.65, 0.55, 0.85, 0.72), attended=ALWAYS)), ("V2",), rule_only="clips' pitches stand in their boxes"),
    Row("beside its box, in which only a bicycle stands", street("sidewalk", permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)),
        (*STALL, Shown("bicycle", (0.7, 0.6, 0.8, 0.72))), ("V18",), rule_only="clips' pitches stand in their boxes"),
    Row("beside its box, in which only rubbish lies", street("sidewalk", permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)),
        (*STALL, Shown("garbage_pile", (0.7, 0.6, 0.8, 0.72))), ("V18",), rule_only="clips' pitches stand in their boxes", seconds=420.0),
    Row("on tactile paving, though in its box and hours", street("sidewalk", tactile_paving=(0.3, 0.67, 0.7, 0.69), permits=(permit(breach="09002"),)), STALL,
        ("V18",), rule_only="no clip has tactile paving"),
    Row("a vendor who breaches a permit is no roaming vendor beside it", permitted("18:00-22:00", breach="09002"),
        (Shown("vendor_vehicle", attended=ALWAYS),), ("V18",), rule_only="clips' permits say nothing of breaches"),
    Row("goods of a shop in a vendor's box out of hours are the shop's", street("sidewalk", lines=(LINE,), permits=(permit("18:00-22:00", breach="09002"),)),
        (Shown("goods_out"),), ("V3",), rule_only="clips' boxes lie away from the shops"),
    Row("a shop's table that nobody attends, beside another's box in its time, is the shop's", street("sidewalk", lines=(LINE,),
        permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)), (Shown("stall"),), ("V3",),
        rule_only="clips' boxes lie away from the shops"),
    Row("beside a box, on the shop's own land",
        street("sidewalk", shop_apron=(0.3, 0.4, 0.605, 0.8), permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)), STALL, (),
        rule_only="clips' boxes lie away from the shops"),
    Row("beside a box, a tricycle that is parked", street("sidewalk", permits=(permit(breach="09002", polygon=corners((0.61, 0.6, 0.9, 0.8))),)),
        (Shown("vendor_vehicle", attended=ALWAYS, looks_like="parked_tricycle"),), (), rule_only="clips' boxes have their vendors"),
    Row("a seller who leaves his closed stall when the permit's time is over", permitted("08:00-12:15", breach="09006"), (Shown("stall", attended=900.0),), (),
        seconds=2400.0, rule_only="a clip is shorter"),
    Row("set up a little before the permit begins, packed up a little after it is over", permitted("12:04-13:00", breach="09006"),
        (Shown("stall", attended=ALWAYS, ends=3840.0),), (), seconds=4200.0, rule_only="a clip is shorter"),
    Row("the same, still there when a dwell of its own has passed", permitted("12:04-13:00", breach="09006"), STALL, ("V2",), seconds=4200.0,
        confirmed_within=(3900.0, 3940.0), rule_only="a clip is shorter"),
    Row("beside a box until its hours are over: the breach ends, and what stands there is a stall",
        street("sidewalk", permits=(permit("08:00-12:30", breach={"area": "09002", "hours": "09006"}, polygon=corners((0.61, 0.6, 0.9, 0.8))),)), STALL,
        ("V18", "V2"), seconds=3000.0, confirmed_within=(300.0, 320.0), rule_only="clips' pitches stand in their boxes"),
    Row("the vendor's melons in the box", permitted(), (Shown("material_pile"), Shown("unrecognised", (0.45, 0.55, 0.55, 0.7))), (), seconds=2000.0,
        rule_only="clips' pitches have no heaps"),
    Row("a car in a vendor's box has no permit", street("no_parking", permits=(permit(),)), (Shown("car"),), ("V4",), rule_only="a box of a clip has a vendor"),
    *GOODS_ROWS,
    Row("a night market that passes midnight", permitted("19:00-01:00"), STALL, (), began=EVENING, rule_only="a clip is shorter than an evening"),
]  # fmt: skip
POLICY = [
    Row("2020 policy, off unless a city says so: goods off the pavement", street("controlled", lines=(LINE,)), (Shown("goods_out"),), ("V3",),
        rule_only="a city's decision"),
    Row("switched on: goods that occupy neither pavement nor tactile paving", with_policy(street("controlled", lines=(LINE,))), (Shown("goods_out"),), (),
        rule_only="a city's decision"),
    Row("switched on: goods on the pavement all the same", with_policy(street("sidewalk", lines=(LINE,))), (Shown("goods_out"),), ("V3",),
        rule_only="a city's decision"),
    Row("switched on, without hours: vendors are as ever", with_policy(street("controlled")), STALL, ("V2",), rule_only="a city's decision"),
    Row("switched on with off-peak hours: a vendor at a point for vendors", with_policy(street("controlled", "flexible"), vendor_hours=("10:00-16:00",)),
        STALL, (), rule_only="a city's decision"),
    Row("the same at peak", with_policy(street("controlled", "flexible"), vendor_hours=("14:00-16:00",)), STALL, ("V2",), rule_only="a city's decision"),
    Row("switched on: a vendor on the pavement of a secondary road", on_road("secondary", "sidewalk"), STALL, (), rule_only="a city's decision"),
    Row("the same on tactile paving", on_road("secondary", "sidewalk", "tactile_paving"), STALL, ("V2",), rule_only="a city's decision"),
    Row("the same on a main road", on_road("main", "sidewalk"), STALL, ("V2",), rule_only="a city's decision"),
    Row("never in a fire lane", with_policy(street("controlled", "flexible", "fire_lane"), vendor_hours=("10:00-16:00",)), STALL, ("V2",),
        rule_only="a city's decision"),
]  # fmt: skip
LOADING = [
    Row("a van that unloads, to the verifier", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="unloading"),), (),
        rule_only="clips' vans are cars to the detector", seconds=1200.0),
    Row("unloading excuses for twenty minutes", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="unloading"),), ("V2",), seconds=1800.0,
        confirmed_within=(1200.0, 1500.0), rule_only="a clip is shorter than twenty minutes"),
    Row("a courier who sorts parcels", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="courier"),), (), pixels="courier"),
    Row("a rider who waits for less than five minutes", PAVEMENT, (Shown("vendor_vehicle", attended=ALWAYS, looks_like="rider", ends=290),), (),
        rule_only="no open clip that was judged has one",
        seconds=290.0),
    Row("a rider who stands there longer", PAVEMENT, (Shown("vendor_vehicle", attended=ALWAYS, looks_like="rider"),), ("V1",), seconds=900.0,
        confirmed_within=(300.0, 600.0), rule_only="clips' riders leave"),
    Row("works behind a fence", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="construction"),), (), pixels="construction"),
    Row("a street cleaner with a cart", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="cleaning_cart"),), (), pixels="cleaning_cart"),
    Row("material among cones, for a city whose model sees cones", PAVEMENT,
        (Shown("material_pile"), Shown("traffic_cone", (0.36, 0.6, 0.4, 0.7)), Shown("traffic_cone", (0.6, 0.6, 0.64, 0.7))), (), catalogue=cones(),
        seconds=2400.0, rule_only="the shipped model has no cones"),
    Row("the same where they are taken away", PAVEMENT, (Shown("material_pile"), Shown("traffic_cone", (0.36, 0.6, 0.4, 0.7), ends=400)), ("V10",),
        catalogue=cones(), seconds=2400.0, rule_only="the shipped model has no cones"),
]  # fmt: skip
PEOPLE = [
    Row("walkers with umbrellas", PAVEMENT, tuple(Shown("umbrella", (0.1 * n, 0.4, 0.1 * n + 0.1, 0.6), walks=0.01) for n in range(8)), (),
        pixels="umbrella_queue"),
    Row("a queue under umbrellas that looks like a parasol", PAVEMENT, (Shown("parasol", looks_like="umbrella_queue"),), (), pixels="umbrella_queue"),
    Row("customers who stand about are no stall", PAVEMENT, tuple(Shown("person", (0.1 * n, 0.4, 0.1 * n + 0.05, 0.6)) for n in range(8)), (),
        pixels="umbrella_queue"),
    Row("an old man on his stool", PAVEMENT, (Shown("chair", attended=ALWAYS),), (), rule_only="no clip has one"),
]  # fmt: skip
FORTNIGHT = 14 * 86400.0
FIXTURES = [
    Row("planters of the city", PAVEMENT, (Shown("goods_out", looks_like="planter"),), (), pixels="planter", seconds=1500.0),
    Row("a planter that has stood there for a fortnight", PAVEMENT, (Shown("goods_out"),), (), seconds=1500.0, stood=FORTNIGHT, rule_only="a clip is shorter"),
    Row("a kiosk that has", PAVEMENT, (Shown("stall", attended=ALWAYS),), (), stood=FORTNIGHT, rule_only="a clip is shorter"),
    Row("an awning that has", PAVEMENT, (Shown("parasol"),), (), stood=FORTNIGHT, rule_only="a clip is shorter"),
    Row("a stall that came this morning, as every day", PAVEMENT, STALL, ("V2",), stood=3 * 3600.0, rule_only="a clip is shorter"),
    Row("a planter before a camera of yesterday", PAVEMENT, (Shown("goods_out"),), ("V3",), seconds=1500.0, stood=86400.0, rule_only="a clip is shorter"),
    Row("a bus shelter", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="bus_shelter"),), (), pixels="bus_shelter"),
    Row("flags of a festival, of advertising", PAVEMENT, (Shown("banner", looks_like="flag"),), (), pixels="flag", seconds=4000.0),
    Row("a covered stall", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="stall", covered=0.8),), (), pixels="covered_stall"),
    Row("one that is open again", PAVEMENT, (Shown("stall", attended=ALWAYS, looks_like="stall", covered=0.3),), ("V2",), pixels="stall_table"),
    Row("a tricycle that is parked, though somebody stands by", PAVEMENT, (Shown("vendor_vehicle", attended=ALWAYS, looks_like="parked_tricycle"),), (),
        pixels="parked_tricycle"),
    Row("goods inside the window", street("sidewalk", lines=(LINE,)), (Shown("goods_out", (0.4, 0.4, 0.6, 0.6)),), (), rule_only="no clip looks into a shop"),
    Row("an approved terrace on the shop's own land", street("sidewalk", lines=(LINE,), shop_apron=BOX), (Shown("goods_out"),), (),
        pixels="own_land"),
    Row("a parasol on the shop's own land", street("sidewalk", shop_apron=BOX), (Shown("parasol"),), (), pixels="own_land"),
    Row("an A-board on the shop's own land", street("sidewalk", shop_apron=(0.3, 0.4, 0.7, 0.8)), (Shown("banner"),), (), seconds=4000.0,
        pixels="own_land"),
    Row("a supermarket's promotion on its own land", street("sidewalk", shop_apron=(0.3, 0.4, 0.7, 0.8)), (Shown("stall", attended=ALWAYS),), (),
        rule_only="clips' own land has terraces, parasols and boards"),
    Row("material on the shop's own land", street("sidewalk", shop_apron=(0.3, 0.4, 0.7, 0.8)), (Shown("material_pile"),), (), seconds=2000.0,
        rule_only="clips' own land has terraces, parasols and boards"),
]  # fmt: skip
SIGHT = [
    Row("a stall seen in every other look", PAVEMENT, (Shown("stall", attended=ALWAYS, seen=2),), ("V2",), pixels="stall_table"),
    Row("a glare at night, seen once", PAVEMENT, (Shown("stall", attended=ALWAYS, ends=20),), (), rule_only="clips' false sights are what the model has"),
    Row("hardly sure", PAVEMENT, (Shown("stall", attended=ALWAYS, score=0.06),), (), rule_only="a score is the model's"),
    Row("bicycles that come one after another are enough when the third has stood its time", PAVEMENT,
        tuple(Shown("bicycle", one.box, begins=200.0 * n) for n, one in enumerate(bicycles(3))), ("V5",), seconds=1200.0, confirmed_within=(1000.0, 1020.0),
        rule_only="clips' bicycles come together"),
    Row("one leaves before the third has: none", PAVEMENT,
        tuple(Shown("bicycle", one.box, begins=200.0 * n, ends=900.0 if n == 0 else ALWAYS) for n, one in enumerate(bicycles(3))), (), seconds=1600.0,
        rule_only="clips' bicycles leave together"),
]  # fmt: skip


@pytest.mark.parametrize("row", [*POLICY, *LOADING, *PEOPLE, *FIXTURES, *SIGHT], ids=str)
def test_what_is_none(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", PERMITS, ids=str)
def test_permits_and_their_breach(row: Row) -> None:
    check(replace(row, catalogue=in_force(all_on(), row.view, "the table")))


BEFORE_ITS_TIME = permitted("12:10-14:00")
"""A vendor who is there from noon on, ten minutes too early."""


@pytest.mark.parametrize(("ends", "kinds"), [pytest.param(7261.0, ("V2",), id="packs up at once"), pytest.param(ALWAYS, ("V2", "V2"), id="stays on")])
def test_an_act_from_before_a_permit_ends_when_that_begins(ends: float, kinds: tuple[str, ...]) -> None:
    """What stands there when the permit ends has the dwell to pack up, as if it had come in the permit's time."""
    came = played(Row("", BEFORE_ITS_TIME, (Shown("stall", attended=ends, ends=ends),), kinds, seconds=7800.0))
    assert came.kinds == kinds
    ended_at, ended = came.of("ended")[0]
    assert (ended.allowed, ended.stay.allowed_since_seconds) == (True, 600.0)
    assert 645.0 < ended_at <= 680.0
    if len(kinds) > 1:
        at, second = came.of("confirmed")[1]
        assert 7500.0 <= at <= 7520.0, "five minutes after the permit's end"
        assert second.stay.stay_id != ended.stay.stay_id


def test_a_permit_that_holds_for_less_than_the_grace_ends_nothing() -> None:
    came = played(Row("", permitted("12:10-12:11"), STALL, ("V2",), seconds=1800.0), every=30.0)
    assert came.kinds == ("V2",)
    assert came.of("ended") == []
    assert came.state.stays[0].allowed_since_seconds is None


def test_the_noon_of_the_tables_lies_in_the_permit() -> None:
    assert NOON.hour == 4
    assert THING[0] >= BOX[0]
