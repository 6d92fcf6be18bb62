"""DOMAIN.md 1.2: what each kind of zone does, the anchor rule, the storefront line."""

from __future__ import annotations

import pytest

from evidence.views import StorefrontLine, ViewDocument

from .rows import ALWAYS, THING, Row, Shown, all_on, check, street

LINE = StorefrontLine(id="l1", shop="7", points=((0.0, 0.66), (1.0, 0.66)), outside="right")
"""Goods whose footprint begins at 0.66 stand beyond it."""
UPWARDS = StorefrontLine(id="l1", shop="7", points=((0.2, 0.9), (0.2, 0.1)), outside="right")
STALL = (Shown("stall", attended=ALWAYS),)
CAR = (Shown("car"),)
GOODS = (Shown("goods_out"),)
SHORT, LONG = 420.0, 700.0


def bicycles(count: int, label: str = "bicycle", top: float = 0.5) -> tuple[Shown, ...]:
    return tuple(Shown(label, (0.1 + 0.12 * n, top, 0.2 + 0.12 * n, top + 0.15)) for n in range(count))


def fronts() -> ViewDocument:
    """Two shops side by side, A to the left; before B a strip of B's own land."""
    lines = [StorefrontLine(id=shop, shop=shop, points=((x, 0.66), (x + 0.5, 0.66)), outside="right") for shop, x in (("A", 0.0), ("B", 0.5))]
    view = street("sidewalk", lines=lines, shop_apron=(0.5, 0.66, 1.0, 0.8))
    return view.model_copy(update={"zones": tuple(zone.model_copy(update={"shop": "B"}) if zone.id == "shop_apron" else zone for zone in view.zones)})


BEFORE_B = Shown("goods_out", (0.52, 0.5, 0.6, 0.7))


def before_a(label: str) -> tuple[Shown, ...]:
    """Four things in a row before shop A, which touches what stands before B."""
    return tuple(Shown(label, (0.12 + 0.1 * n, 0.52, 0.2 + 0.1 * n, 0.7)) for n in range(4))


def lined(y: float, outside: str = "right") -> StorefrontLine:
    return StorefrontLine(id="l1", shop="7", points=((0.0, y), (1.0, y)), outside=outside)  # type: ignore[arg-type]


ANCHOR = [
    Row("what counts is the contact with the ground: a stall whose foot alone is on the pavement", street(sidewalk=(0, 0.65, 1, 1)), STALL,
        ("V2",), pixels="stall_table", seconds=SHORT),
    Row("a stall whose foot alone is off the pavement", street(sidewalk=(0, 0.3, 1, 0.65)), STALL, (), rule_only="clips' stalls stand in their zones",
        seconds=SHORT),
    Row("half of its footprint in the zone is enough", street(sidewalk=(0.5, 0.3, 1, 1)), STALL, ("V2",), seconds=SHORT,
        rule_only="clips place things well inside or outside of a zone; the edge is geometry"),
    Row("a little less than half is not", street(sidewalk=(0.51, 0.3, 1, 1)), STALL, (), seconds=SHORT,
        rule_only="clips place things well inside or outside of a zone; the edge is geometry"),
    Row("two zones of the kind side by side are one ground", street(sidewalk=(0, 0.3, 0.5, 1), bike_lane=(0.5, 0.3, 1, 1)), STALL, ("V2",), seconds=SHORT,
        rule_only="no clip draws two zones that meet under a stall"),
    Row("what hangs is judged whole: laundry over the pavement", street(sidewalk=(0, 0.45, 1, 1)), (Shown("laundry"),), ("V11",), seconds=LONG,
        rule_only="no laundry in clips is found"),
    Row("though its lower edge lies in the zone, most of it hangs elsewhere", street(sidewalk=(0, 0.64, 1, 1)), (Shown("laundry"),), (), seconds=LONG,
        pixels="balcony"),
]  # fmt: skip
ZONES = [
    Row("carriageway: a stall on it", street("carriageway"), STALL, ("V2",), rule_only="clips' vendors on it have vehicles", seconds=SHORT),
    Row("carriageway: a vehicle that stands on it is the traffic police's", street("carriageway"), CAR, (), rule_only="clips park beside", seconds=SHORT),
    Row("bike_lane: a stall on it", street("bike_lane"), STALL, ("V2",), rule_only="no clip has a bike lane", seconds=SHORT),
    Row("sidewalk: a stall on it", street("sidewalk"), STALL, ("V2",), pixels="stall_table", seconds=SHORT),
    Row("sidewalk: a car on it", street("sidewalk"), CAR, ("V4",), pixels="car_on_pavement", seconds=SHORT),
    Row("tactile_paving: any bicycle on it", street("sidewalk", tactile_paving=(0.05, 0.6, 0.95, 0.7)), bicycles(1), ("V5",), seconds=LONG,
        rule_only="no clip has tactile paving"),
    Row("tactile_paving: a thing on it", street("tactile_paving"), (Shown("bench"),), ("V17",), rule_only="no clip has tactile paving", seconds=SHORT),
    Row("tactile_paving: a bicycle across a strip of 0.4 m", street("sidewalk", tactile_paving=(0.47, 0.3, 0.51, 1.0)),
        (Shown("bicycle", (0.40, 0.50, 0.58, 0.696)),), ("V5",), rule_only="no clip has tactile paving", seconds=LONG),
    Row("tactile_paving: a bicycle whose wheel touches it", street("sidewalk", tactile_paving=(0.37, 0.3, 0.41, 1.0)),
        (Shown("bicycle", (0.40, 0.50, 0.58, 0.696)),), (), rule_only="no clip has tactile paving", seconds=LONG),
    Row("tactile_paving: a bench across a strip", street("sidewalk", tactile_paving=(0.47, 0.3, 0.52, 1.0)), (Shown("bench"),), ("V17",),
        rule_only="no clip has tactile paving", seconds=SHORT),
    Row("tactile_paving: a stall left across a strip", street("sidewalk", tactile_paving=(0.47, 0.3, 0.52, 1.0)), (Shown("stall"),), ("V17",),
        rule_only="no clip has tactile paving", seconds=SHORT),
    Row("fire_lane: a fifth of a thing in it is not in its way", street("sidewalk", fire_lane=(0.47, 0.3, 0.52, 1.0)), (Shown("bench"),), (),
        rule_only="no clip has a fire lane", seconds=SHORT),
    Row("fire_lane: a vehicle on it", street("fire_lane"), CAR, ("V17",), rule_only="no clip has a fire lane", seconds=SHORT),
    Row("fire_lane: a stall on it is a stall", street("fire_lane"), STALL, ("V2",), rule_only="no clip has a fire lane", seconds=SHORT),
    Row("storefront_line: goods beyond it", street("sidewalk", lines=(LINE,)), GOODS, ("V3",), pixels="out_crates", seconds=LONG),
    Row("storefront_line: goods on the shop's side of it", street("sidewalk", lines=(lined(0.71),)), GOODS, (), pixels="terrace_inside_line", seconds=LONG),
    Row("storefront_line: a table half over it", street("sidewalk", lines=(lined(0.68),)), GOODS, ("V3",), seconds=LONG,
        rule_only="clips place goods clear of the line; the share is geometry"),
    Row("storefront_line: a table a little less than half over it", street("sidewalk", lines=(lined(0.682),)), GOODS, (), seconds=LONG,
        rule_only="clips place goods clear of the line; the share is geometry"),
    Row("storefront_line: its direction says which side is the street", street("sidewalk", lines=(lined(0.66, "left"),)), GOODS, (), seconds=LONG,
        rule_only="a line drawn the wrong way round is a person's slip"),
    Row("storefront_line: an unattended stall 0.7 of its height from a line that runs up the picture", street("sidewalk", lines=(UPWARDS,)),
        (Shown("stall", (0.25, 0.5, 0.31, 0.7)),), ("V3",), seconds=LONG, rule_only="the reach is geometry"),
    Row("storefront_line: an unattended stall 0.9 of its height from a line that runs up the picture", street("sidewalk", lines=(UPWARDS,)),
        (Shown("stall", (0.27, 0.5, 0.33, 0.7)),), (), seconds=LONG, rule_only="the reach is geometry"),
    Row("shop_apron: goods on the shop's own land", street("sidewalk", lines=(LINE,), shop_apron=(0.3, 0.6, 0.7, 0.8)), GOODS, (), seconds=LONG,
        pixels="own_land"),
    Row("shop_apron: goods half beside it", street("sidewalk", lines=(LINE,), shop_apron=(0.3, 0.6, 0.49, 0.8)), GOODS, ("V3",), seconds=LONG,
        rule_only="clips place goods well inside or outside; the edge is geometry"),
    Row("shop_apron: B's goods on B's own land, and customers' bicycles in a row before A", fronts(), (BEFORE_B, *before_a("bicycle")), ("V5",), seconds=LONG,
        rule_only="whose goods a row is, is geometry"),
    Row("shop_apron: on B's own land, the end of a row of goods before A", fronts(), (BEFORE_B, *before_a("goods_out")), ("V3",) * 5, seconds=LONG,
        rule_only="whose goods a row is, is geometry"),
    Row("no_stall: a stall where stalls are strictly forbidden", street("no_stall"), STALL, ("V2",), rule_only="clips draw pavement", seconds=SHORT),
    Row("controlled: a stall where stalls are controlled", street("controlled"), STALL, ("V2",), rule_only="clips draw pavement", seconds=SHORT),
    Row("flexible: a stall at a point for stalls", street("flexible"), STALL, (), rule_only="clips draw permits instead", seconds=SHORT),
    Row("no_parking: a car in it", street("no_parking"), CAR, ("V4",), rule_only="clips draw pavement", seconds=SHORT),
    Row("nonmotor_bay: a car in a bay for bicycles", street("sidewalk", nonmotor_bay=(0.3, 0.5, 0.7, 0.8)), CAR, ("V4",),
        rule_only="clips' bays are used as painted"),
    Row("shared_bike_bay: a car in it", street("no_parking", shared_bike_bay=(0.3, 0.5, 0.7, 0.8)), CAR, ("V4",),
        rule_only="clips' bays are used as painted"),
    Row("parking_bay: five bicycles in a bay for cars", street("carriageway", parking_bay=(0.0, 0.5, 1.0, 0.8)), bicycles(5), ("V5",), catalogue=all_on("V6"),
        rule_only="clips' bays are used as painted"),
    Row("nonmotor_bay: five of a scheme in a bay for other bicycles", street("sidewalk", nonmotor_bay=(0.0, 0.5, 1.0, 0.8)), bicycles(5), ("V6",),
        seconds=1200.0, catalogue=all_on("V5"), rule_only="no class tells a sharing scheme's colours"),
    Row("parking_bay: a car in a bay on the pavement", street("sidewalk", parking_bay=(0.3, 0.6, 0.7, 0.8)), CAR, (), pixels="parking_bay",
        seconds=SHORT),
    Row("parking_bay: a car with more than half of its foot beside the bay", street("sidewalk", parking_bay=(0.52, 0.6, 0.9, 0.8)), CAR, ("V4",),
        rule_only="clips place cars well inside or outside; the edge is geometry", seconds=SHORT),
    Row("nonmotor_bay: bicycles in their bay", street("sidewalk", nonmotor_bay=(0, 0.55, 1, 0.7)), bicycles(5), (), pixels="nonmotor_bay",
        seconds=LONG),
    Row("shared_bike_bay: shared bicycles in theirs", street("sidewalk", shared_bike_bay=(0, 0.55, 1, 0.7)), bicycles(6), (), seconds=1200.0,
        rule_only="clips draw one kind of bay for bicycles"),
    Row("green_belt: garbage on the green", street("green_belt"), (Shown("garbage_pile"),), ("V7",), rule_only="clips have no waste there", seconds=LONG),
    Row("green_belt: a stall on the green is no kind of ours", street("green_belt"), STALL, (), rule_only="no clip has a stall on the green", seconds=SHORT),
    Row("bin_site: garbage beside the bins is theirs", street("sidewalk", bin_site=(0.3, 0.5, 0.7, 0.8)), (Shown("garbage_pile"),), (), seconds=LONG,
        rule_only="clips' waste lies away from bins"),
    Row("bin_site: a bin that overflows", street("bin_site"), (Shown("bin_overflow"),), ("V9",), seconds=1300.0, pixels="bin_overflow"),
    Row("construction_zone: material in a site", street("sidewalk", construction_zone=(0.3, 0.5, 0.7, 0.8)), (Shown("material_pile"),), (), seconds=2000.0,
        pixels="construction_site"),
    Row("construction_zone: waste of a site", street("sidewalk", construction_zone=(0.3, 0.5, 0.7, 0.8)), (Shown("garbage_pile"),), (), seconds=LONG,
        pixels="construction_site"),
    Row("construction_zone: a van that serves the site", street("sidewalk", construction_zone=(0.3, 0.5, 0.7, 0.8)), CAR, (), seconds=SHORT,
        rule_only="no van stands in a clip's site"),
    Row("loading_zone: a lorry that loads where it may", street("no_parking", loading_zone=(0.3, 0.5, 0.7, 0.8)), (Shown("truck"),), (), seconds=SHORT,
        rule_only="no clip has a loading zone"),
    Row("ignore: nothing is judged there", street("sidewalk", ignore=(0.3, 0.5, 0.7, 0.8)), STALL, (), rule_only="a zone of people's choice", seconds=SHORT),
    Row("privacy_mask: nor there", street("sidewalk", privacy_mask=(0.3, 0.5, 0.7, 0.8)), STALL, (), rule_only="a zone of people's choice", seconds=SHORT),
    Row("a camera without a scene: everything is a lead", street("whole"), STALL, ("V2",), pixels="stall_table", seconds=SHORT),
]  # fmt: skip


@pytest.mark.parametrize("row", [*ANCHOR, *ZONES], ids=str)
def test_zones(row: Row) -> None:
    check(row)


def test_a_car_in_a_fire_lane_that_is_no_parking_too_is_one_act_of_the_kind_that_comes_first() -> None:
    view = street("fire_lane", "no_parking")
    check(Row("one act, one kind", view, CAR, ("V4",), rule_only="", seconds=SHORT))
    check(Row("and the other where that is off", view, CAR, ("V17",), rule_only="", seconds=SHORT, catalogue=all_on("V4")))


def test_the_box_of_a_row_is_what_its_lines_are_drawn_for() -> None:
    assert THING[3] - 0.2 * (THING[3] - THING[1]) == pytest.approx(0.66)
