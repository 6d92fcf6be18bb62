from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from evidence.errors import ViewError
from evidence.views import MOST_CORNERS, ZoneKind, crosses_itself, polygon_area, read_view, whole_view

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
ZONE = {"id": "z1", "kind": "sidewalk", "polygon": SQUARE}
LINE = {"id": "l1", "points": [[0.1, 0.5], [0.9, 0.5]], "outside": "left"}
PERMIT = {"id": "p1", "polygon": SQUARE, "from": "2026-11-01", "until": "2026-11-30"}
VIEW: dict[str, Any] = {"camera_id": "gate-3", "version": 3, "zones": [ZONE], "lines": [LINE], "permits": [PERMIT], "kinds": {"V2": {"dwell_seconds": 20}}}


def test_a_view_comes_back_as_it_was() -> None:
    view = read_view(VIEW, "v")
    assert read_view(json.loads(json.dumps(view.to_json())), "v") == view
    assert (view.time_zone, view.view_id, view.is_whole) == ("Asia/Shanghai", "main", False)
    assert view.permits[0].first_day == date(2026, 11, 1)
    assert view.to_json()["permits"][0]["from"] == "2026-11-01"
    assert view.kinds["V2"].dwell_seconds == 20


def test_a_camera_without_a_scene_has_its_whole_picture_as_one_zone() -> None:
    view = whole_view("gate-3")
    assert view.is_whole
    assert view.zones[0].kind is ZoneKind.WHOLE
    assert polygon_area(view.zones[0].polygon) == 1.0
    assert read_view(view.to_json(), "v") == view


@pytest.mark.parametrize("kind", ["ignore", "privacy_mask"])
def test_what_is_hidden_or_left_out_of_an_undrawn_picture_draws_no_scene(kind: str) -> None:
    hidden = {**ZONE, "kind": kind}
    whole = {**ZONE, "id": "whole", "kind": "whole"}
    assert read_view(VIEW | {"zones": [whole, hidden]}, "v").is_whole
    assert read_view(VIEW | {"zones": [hidden]}, "v").is_whole
    assert not read_view(VIEW | {"zones": [{**ZONE, "id": "z2"}, hidden]}, "v").is_whole


def zone(**fields: Any) -> dict[str, Any]:
    return {"zones": [{**ZONE, **fields}]}


def permit(**fields: Any) -> dict[str, Any]:
    return {"permits": [{**PERMIT, **fields}]}


SHOP = {"id": "s1", "name": "老王水果店"}
APRON = {**ZONE, "id": "a1", "kind": "shop_apron", "shop": "s1"}


def test_lines_and_aprons_are_bound_to_shops() -> None:
    view = read_view({**VIEW, "shops": [SHOP], "lines": [{**LINE, "shop": "s1"}], "zones": [ZONE, APRON]}, "v")
    assert read_view(json.loads(json.dumps(view.to_json())), "v") == view
    assert (view.lines[0].shop, view.zones[1].shop, view.shop_name("s1")) == ("s1", "s1", "老王水果店")


def test_in_a_view_without_shops_a_line_names_its_own() -> None:
    view = read_view({**VIEW, "lines": [{**LINE, "shop": "老王水果店"}]}, "v")
    assert view.shop_name(view.lines[0].shop) == "老王水果店"
    assert view.shop_name(None) is None


@pytest.mark.parametrize(
    ("policies", "on"),
    [
        pytest.param({}, False, id="none said"),
        pytest.param({"shandong_2020": False}, False, id="said to be off"),
        pytest.param({"shandong_2020": True}, True, id="on"),
        pytest.param({"shandong_2020": {"vendor_hours": ["09:30-11:30"], "source": "区城管局公告"}}, True, id="with hours"),
        pytest.param({"shandong_2020": {"vendor_hours": ["00:00-24:00"]}}, True, id="all day, as it is written"),
    ],
)
def test_a_policy_is_a_switch(policies: dict[str, Any], on: bool) -> None:
    view = read_view({**VIEW, "policies": policies}, "v")
    assert view.policies is not None
    assert (view.policies.shandong_2020 is not None) is on
    assert read_view(json.loads(json.dumps(view.to_json())), "v") == view


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a line of no shop": ({"shops": [SHOP], "lines": [{**LINE, "shop": "s9"}]}, "document: lines: l1: there is no shop 's9'; there are s1"),
    "an apron of no shop": ({"zones": [APRON]}, "document: zones: a1: there is no shop 's1'; list it under shops"),
    "a pavement of a shop": (
        {"shops": [SHOP], "zones": [{**ZONE, "shop": "s1"}]},
        "document: zones: z1: only a shop_apron is a shop's own land, this is a sid",
    ),
    "a shop twice": ({"shops": [SHOP, SHOP]}, "document: shops: the id 's1' is used twice"),
    "a shop without a sign": ({"shops": [{"id": "s1", "name": ""}]}, "shops.0.name: String should have at least 1 character"),
    "a road of no class": ({"zones": [{**ZONE, "road_class": "wide"}]}, "zones.0.road_class: Input should be 'main'"),
    "a policy that allows nothing": ({"policies": {"shandong_2020": {"goods_outside": False}}}, "policies.shandong_2020: allows nothing"),
    "a policy of which nobody heard": ({"policies": {"shandong_2021": True}}, "policies.shandong_2021: is not a known key"),
    "no camera": ({"camera_id": ""}, "camera_id: String should match pattern"),
    "id with a slash": ({"camera_id": "a/b"}, "camera_id: String should match pattern"),
    "unknown key": ({"colour": 1}, "colour: is not a known key"),
    "unknown zone kind": (zone(kind="moon"), "zones.0.kind: Input should be 'carriageway'"),
    "two corners": (zone(polygon=SQUARE[:2]), "zones.0.polygon: a polygon needs at least 3 points, this one has 2"),
    "crosses itself": (zone(polygon=[[0, 0], [1, 1], [1, 0], [0, 1]]), "zones.0.polygon: the polygon crosses itself; list its corners in order round the area"),
    "no area": (zone(polygon=[[0, 0], [0.5, 0.5], [1, 1]]), "zones.0.polygon: the polygon has no area"),
    "in pixels": (zone(polygon=[[0, 0], [640, 0], [640, 360]]), "zones.0.polygon.1.0: lies outside the picture (0..1)"),
    "no number": (zone(polygon=[[0, 0], [float("nan"), 0], [1, 1]]), "zones.0.polygon.1.0: "),
    "a point of three": (zone(polygon=[[0, 0, 0], [1, 0], [1, 1]]), "zones.0.polygon.0: "),
    "a great many corners": (zone(polygon=SQUARE * MOST_CORNERS), "zones.0.polygon: Tuple should have at most 256 items"),
    "one zone id twice": ({"zones": [ZONE, ZONE]}, "document: zones: the id 'z1' is used twice"),
    "one permit id twice": ({"permits": [PERMIT, PERMIT]}, "document: permits: the id 'p1' is used twice"),
    "a line of one point": ({"lines": [{**LINE, "points": [[0, 0]]}]}, "lines.0.points: Tuple should have at least 2 items"),
    "a line of no length": ({"lines": [{**LINE, "points": [[0.5, 0.5], [0.5, 0.5]]}]}, "lines.0.points: has no length: all its points are one"),
    "a line without a side": ({"lines": [{**LINE, "outside": "up"}]}, "lines.0.outside: Input should be 'left' or 'right'"),
    "until before from": (permit(until="2026-10-01"), "permits.0: ends on 2026-10-01 before it begins on 2026-11-01"),
    "no date": (permit(until="30 Feb"), "permits.0.until: "),
    "hour 25": (permit(hours=["25:00-26:00"]), "permits.0.hours.0: is '25:00-26:00'; hours are written"),
    "unknown weekday": (permit(weekdays=["monday"]), "permits.0.weekdays.0: Input should be 'mon'"),
    "dwell of nothing": ({"kinds": {"V2": {"dwell_seconds": 0}}}, "kinds.V2.dwell_seconds: Input should be greater than 0"),
    "one look": ({"kinds": {"V2": {"minimum_looks": 1}}}, "kinds.V2.minimum_looks: Input should be greater than or equal to 2"),
    "unknown threshold": ({"kinds": {"V2": {"dwel": 1}}}, "kinds.V2.dwel: is not a known key"),
    "version as text": ({"version": "3"}, "version: Input should be a valid integer"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_view_is_one_line_with_the_field(name: str) -> None:
    changed, what = BAD[name]
    with pytest.raises(ViewError) as caught:
        read_view({**VIEW, **changed}, "scene.yaml: views.0")
    assert str(caught.value).startswith(f"scene.yaml: views.0: {what}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "text"])
def test_what_is_no_object(data: Any) -> None:
    with pytest.raises(ViewError, match="v: document: Input should be"):
        read_view(data, "v")


def test_a_hairbreadth_outside_the_picture_is_at_its_edge() -> None:
    view = read_view({**VIEW, **zone(polygon=[[-1e-7, 0], [1.0000001, 0], [1, 1]])}, "v")
    assert view.zones[0].polygon[:2] == ((0.0, 0.0), (1.0, 0.0))


@pytest.mark.parametrize(
    ("points", "crosses"),
    [
        pytest.param(((0, 0), (1, 0), (1, 1), (0, 1)), False, id="square"),
        pytest.param(((0, 0), (1, 1), (1, 0), (0, 1)), True, id="bow tie"),
        pytest.param(((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)), False, id="concave"),
        pytest.param(((0, 0), (1, 0), (0.2, 0.8), (1, 1), (0.2, 0.2), (0, 1)), True, id="deep notch"),
    ],
)
def test_crossing(points: tuple[tuple[float, float], ...], crosses: bool) -> None:
    assert crosses_itself(points) is crosses


def test_area_is_signed_by_direction() -> None:
    square = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
    assert polygon_area(square) == 0.25
    assert polygon_area(square[::-1]) == -0.25
