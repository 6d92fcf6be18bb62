from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import pytest

from detector.scene.contradictions import NEVER_PERMITTED, PAIRS, contradictions, doubtful_permits
from evidence.views import Permit, RoadClass, StorefrontLine, ViewDocument, Zone, ZoneKind

Square = tuple[float, float, float, float]
LEFT: Square = (0.1, 0.4, 0.5, 0.8)
RIGHT: Square = (0.5, 0.4, 0.9, 0.8)
INNER: Square = (0.2, 0.5, 0.4, 0.7)


def corners(square: Square) -> tuple[tuple[float, float], ...]:
    left, top, right, bottom = square
    return (left, top), (right, top), (right, bottom), (left, bottom)


def zone(kind: str, square: Square = LEFT, name: str | None = None, road_class: RoadClass | None = None) -> Zone:
    return Zone(id=name or kind.replace("_", "-"), kind=ZoneKind(kind), polygon=corners(square), road_class=road_class)


def permit(square: Square = INNER, **more: object) -> Permit:
    return Permit.model_validate({"id": "melon", "polygon": corners(square), "from": "2026-05-01", "until": "2026-08-31", **more})


def told(zones: Sequence[Zone] = (), permits: Sequence[Permit] = (), lines: Sequence[StorefrontLine] = ()) -> list[tuple[str, str]]:
    view = ViewDocument(camera_id="cam1", zones=tuple(zones), permits=tuple(permits), lines=tuple(lines))
    found = list(contradictions(view))
    assert all(re.search(r"[\u4e00-\u9fff]", what.zh) and what.zh != what.en for _, what in found), "told in both languages"
    return [(".".join(map(str, field)), what.en) for field, what in found]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        pytest.param("no_parking", "parking_bay", "parking is allowed there or forbidden", id="a bay in a no-parking zone"),
        pytest.param("carriageway", "sidewalk", "carriageway or pavement, not both", id="road and pavement"),
        pytest.param("carriageway", "tactile_paving", "tactile paving lies on the pavement", id="tactile paving on the road"),
        pytest.param("carriageway", "shop_apron", "own land is no road", id="an apron on the road"),
        pytest.param("fire_lane", "nonmotor_bay", "a fire lane is kept clear", id="a bicycle bay in a fire lane"),
        pytest.param("tactile_paving", "shared_bike_bay", "tactile paving is kept clear", id="shared bicycles on tactile paving"),
        pytest.param("flexible", "no_stall", "at times or never", id="allowed and never allowed"),
        pytest.param("controlled", "no_stall", "严禁区 or 严控区", id="two classes of one area"),
        pytest.param("green_belt", "parking_bay", "nobody drives, parks", id="parking in the green"),
    ],
)
def test_zones_that_cannot_both_be_meant_are_named_with_the_reason(first: str, second: str, why: str) -> None:
    ((field, what),) = told([zone(first), zone(second, INNER)])
    assert field == "zones.1.polygon"
    assert what.startswith(f"the zone {second.replace('_', '-')} ({second}) overlaps the zone {first.replace('_', '-')} ({first}) about [0.3, 0.6], 100% of ")
    assert why in what
    assert len(told([zone(second, INNER), zone(first)])) == 1, "whichever is drawn first"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("sidewalk", "tactile_paving", id="tactile paving on the pavement"),
        pytest.param("sidewalk", "shop_apron", id="an apron out of the pavement"),
        pytest.param("sidewalk", "parking_bay", id="a marked bay on the pavement"),
        pytest.param("carriageway", "parking_bay", id="a bay at the kerb"),
        pytest.param("carriageway", "no_parking", id="no parking on the road"),
        pytest.param("no_parking", "loading_zone", id="loading is no parking"),
        pytest.param("sidewalk", "no_stall", id="a stricter pavement"),
        pytest.param("carriageway", "ignore", id="what nobody looks at"),
        pytest.param("sidewalk", "sidewalk", id="the same twice"),
    ],
)
def test_zones_that_go_together(first: str, second: str) -> None:
    assert told([zone(first), zone(second, INNER, name="inner")]) == []


def test_a_common_edge_that_was_drawn_twice_is_no_contradiction() -> None:
    assert told([zone("carriageway", LEFT), zone("sidewalk", (0.49, 0.4, 0.9, 0.8))]) == []
    assert told([zone("carriageway", LEFT), zone("sidewalk", (0.4, 0.4, 0.9, 0.8))]) != []
    assert told([zone("carriageway", LEFT), zone("sidewalk", RIGHT)]) == []


@pytest.mark.parametrize(
    ("pavement", "green", "share"),
    [
        pytest.param(LEFT, LEFT, "100%", id="the same area"),
        pytest.param(INNER, LEFT, "100%", id="a pavement within the green"),
        pytest.param(LEFT, (0.1, 0.44, 0.5, 0.8), "90%", id="all but an edge"),
        pytest.param(LEFT, INNER, None, id="a bed in the pavement"),
        pytest.param(LEFT, (0.1, 0.6, 0.5, 0.8), None, id="a planted half of the pavement"),
        pytest.param(LEFT, (0.3, 0.0, 0.9, 0.8), None, id="trees that reach over the pavement"),
    ],
)
def test_pavement_or_planted(pavement: Square, green: Square, share: str | None) -> None:
    for zones in ([zone("sidewalk", pavement), zone("green_belt", green)], [zone("green_belt", green), zone("sidewalk", pavement)]):
        found = told(zones)
        assert [field for field, _ in found] == (["zones.1.polygon"] if share else [])
        assert all(f"{share} of sidewalk: the same ground is pavement or planted" in what for _, what in found), found


def test_every_pair_is_of_two_kinds_and_told_once() -> None:
    for first, second, why in PAIRS:
        assert not first & second
        assert why
    for one, other in combinations(ZoneKind, 2):
        assert len(told([zone(one), zone(other, INNER)])) <= 1


@pytest.mark.parametrize("kind", sorted(NEVER_PERMITTED))
def test_where_no_permit_holds(kind: ZoneKind) -> None:
    ((field, what),) = told([zone(kind)], [permit()])
    assert field == "permits.0.polygon"
    assert what.startswith(f"the permit melon lies with 100% of its area on the zone {kind.value.replace('_', '-')} ({kind})")


@pytest.mark.parametrize(
    ("road", "more", "why"),
    [
        pytest.param("main", {}, "no stall is permitted on a main road", id="a main road"),
        pytest.param("secondary", {}, None, id="a secondary road"),
        pytest.param(None, {}, None, id="a road of which nothing is said"),
        pytest.param("branch", {"not_on": ["carriageway"]}, "the permit itself says that it never holds on a carriageway", id="where the permit does not hold"),
    ],
)
def test_permits_on_roads(road: RoadClass | None, more: dict[str, object], why: str | None) -> None:
    found = told([zone("carriageway", road_class=road)], [permit(**more)])
    assert [why in what for _, what in found] == ([] if why is None else [True])


def test_a_permit_on_a_secondary_road_is_doubtful() -> None:
    view = ViewDocument(camera_id="cam1", zones=(zone("carriageway", road_class="secondary"),), permits=(permit(),))
    ((field, what),) = doubtful_permits(view)
    assert field == ("permits", 0, "polygon")
    assert "a secondary road: check that its rule allows that" in what
    for road in ("main", "branch", None):
        assert list(doubtful_permits(view.model_copy(update={"zones": (zone("carriageway", road_class=road),)}))) == []  # type: ignore[arg-type]


def test_a_box_that_touches_the_tactile_strip_is_one_and_one_beside_it_is_none() -> None:
    strip = zone("tactile_paving", (0.0, 0.62, 1.0, 0.64))
    assert len(told([strip], [permit((0.2, 0.5, 0.4, 0.635))])) == 1
    assert told([strip], [permit((0.2, 0.5, 0.4, 0.622))]) == []


def line(*points: tuple[float, float], name: str = "shops", outside: Literal["left", "right"] = "right") -> StorefrontLine:
    return StorefrontLine(id=name, points=points, outside=outside)


def test_lines_that_contradict() -> None:
    ((field, what),) = told(lines=[line((0.1, 0.5), (0.9, 0.5), (0.9, 0.3), (0.5, 0.7))])
    assert (field, "crosses itself at [0.7, 0.5]" in what) == ("lines.0.points", True)
    ((field, what),) = told(lines=[line((0.1, 0.5), (0.9, 0.5)), line((0.3, 0.3), (0.3, 0.9), name="other")])
    assert (field, what.startswith("the line other crosses the line shops at [0.3, 0.5]")) == ("lines.1.points", True)
    road = zone("carriageway", (0.0, 0.6, 1.0, 1.0))
    ((field, what),) = told([road], lines=[line((0.1, 0.9), (0.9, 0.7))])
    assert "runs 100% of its length through a carriageway" in what
    assert told([road], lines=[line((0.1, 0.59), (0.9, 0.58))]) == []


WALL = line((0.1, 0.5), (0.5, 0.5), (0.9, 0.6))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(line((0.1, 0.5), (0.5, 0.5), (0.9, 0.6), name="other", outside="left"), id="the same points"),
        pytest.param(line((0.9, 0.6), (0.5, 0.5), (0.1, 0.5), name="other"), id="walked the other way"),
        pytest.param(line((0.1, 0.506), (0.48, 0.495), (0.9, 0.606), name="other", outside="left"), id="drawn by hand a second time"),
        pytest.param(line((0.2, 0.5), (0.3, 0.5), name="other", outside="left"), id="a piece of it"),
        pytest.param(line((0.2, 0.502), (0.26, 0.502), name="other", outside="left"), id="a short piece beside it"),
        pytest.param(line((0.3, 0.1), (0.3, 0.4), (0.36, 0.5), (0.5, 0.5), (0.9, 0.6), name="other", outside="left"), id="over the greater part"),
    ],
)
def test_one_wall_with_two_outsides(other: StorefrontLine) -> None:
    for lines in ([WALL, other], [other, WALL]):
        ((field, what),) = told(lines=lines)
        assert field == "lines.1.outside"
        assert what.startswith(f"the line {lines[1].id} runs along the line {lines[0].id} about [")
        assert "with the opposite outside: goods there are outside of one and inside of the other" in what


def fan(degrees: float, length: float = 0.6) -> list[StorefrontLine]:
    """The two fronts of a street that narrows to one spot, each with the street on its outside."""
    half, tip = math.radians(degrees / 2), (0.5, 0.2)
    sides = [(tip[0] + sign * length * math.sin(half), tip[1] + length * math.cos(half)) for sign in (-1, 1)]
    return [line(tip, sides[0], outside="left"), line(tip, sides[1], name="other")]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([WALL, line((0.1, 0.5), (0.5, 0.5), (0.9, 0.6), name="other")], id="one wall drawn twice alike"),
        pytest.param([WALL, line((0.9, 0.6), (0.5, 0.5), (0.1, 0.5), name="other", outside="left")], id="the same outside, walked the other way"),
        pytest.param([WALL, line((0.1, 0.54), (0.5, 0.54), (0.9, 0.64), name="other", outside="left")], id="the two sides of a passage"),
        pytest.param([WALL, line((0.9, 0.6), (0.9, 0.9), name="other")], id="round a corner"),
        pytest.param([line((0.1, 0.5), (0.5, 0.5)), line((0.5, 0.5), (0.9, 0.5), name="other", outside="left")], id="adjoining: a warning, no contradiction"),
        pytest.param([line((0.49, 0.22), (0.495, 0.21), outside="right"), line((0.502, 0.22), (0.499, 0.21), name="other", outside="left")], id="far away"),
        pytest.param(fan(40), id="a street seen along"),
        pytest.param(fan(15), id="a lane seen along"),
        pytest.param(fan(6), id="a very narrow lane seen along"),
        pytest.param(fan(10, 0.05), id="a short one far away"),
    ],
)
def test_lines_that_go_together(lines: list[StorefrontLine]) -> None:
    assert told(lines=lines) == []
    assert told(lines=lines[::-1]) == []
