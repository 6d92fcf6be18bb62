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


def zone(**fields: Any) -> dict[str, Any]:
    return {"zones": [{**ZONE, **fields}]}


def permit(**fields: Any) -> dict[str, Any]:
    return {"permits": [{**PERMIT, **fields}]}


BAD: dict[str, tuple[dict[str, Any], str]] = {
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
    "a line without a side": ({"lines": [{**LINE, "outside": "up"}]}, "lines.0.outside: Input should be 'left' or 'right'"),
    "until before from": (permit(until="2026-10-01"), "permits.0: ends on 2026-10-01 before it begins on 2026-11-01"),
    "no date": (permit(until="30 Feb"), "permits.0.until: "),
    "hour 25": (permit(hours=["25:00-26:00"]), "permits.0.hours.0: String should match pattern"),
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
