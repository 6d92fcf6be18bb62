from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.scene.checking import check_scene
from detector.scene.errors import SceneError
from detector.scene.referred import MOST_BYTES
from evidence.kinds import load_catalogue

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
PAVEMENT = "{id: pavement, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}"
BEHIND = "{id: yard, kind: green_belt, polygon: [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2], [0.1, 0.2]]}"
BOX = "polygon: [[0.2, 0.6], [0.4, 0.6], [0.4, 0.7], [0.2, 0.7]]"


ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "scenes.md"


def views(*items: str) -> str:
    return "schema: curbwatch.scene/1\nviews:\n  - camera_id: cam1\n" + "\n".join(f"    {item}" for item in items) + "\n"


def test_a_sound_scene_has_no_warning(street: Path) -> None:
    checked = check_scene(street, load_catalogue(), NOW)
    assert checked.warnings == ()
    assert len(checked.scene.views) == 2


@pytest.mark.parametrize(
    ("text", "line", "field", "what"),
    [
        pytest.param("schema: curbwatch.scene/1\n", 1, "views", "there is no view", id="no view"),
        pytest.param(views("version: 2"), 3, "views[0]", "has no zone: nothing is judged there", id="no zone"),
        pytest.param(views(f"zones: [{BEHIND}]"), 4, "views[0].zones", "in none of its zones is any kind judged", id="only unjudged zones"),
        pytest.param(views("zones:", f"- {PAVEMENT}", f"- {BEHIND}"), 6, "views[0].zones[1]", "no kind of the catalogue is judged in the zone yard", id="one"),
        pytest.param(
            views("zones:", f"- {PAVEMENT}", "- {id: yard, kind: green_belt, polygon: [[0, 0], [0.05, 0], [0.05, 0.05], [0, 0.05]]}"),
            6,
            "views[0].zones[1]",
            "outside the part of the picture that is looked at",
            id="a zone outside the crop",
        ),
        pytest.param(
            views("zones:", f"- {PAVEMENT}", "- {id: dark, kind: ignore, polygon: [[0, 0.4], [1, 0.4], [1, 1], [0, 1]]}"),
            5,
            "views[0].zones[0]",
            "the zone pavement lies under an ignore zone",
            id="an ignored zone",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", f"permits: [{{id: pavement, from: 2026-05-01, until: 2026-08-31, {BOX}}}]"),
            5,
            "views[0].permits[0].id",
            "the id pavement is one of its zones too",
            id="overlapping ids",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", f"permits: [{{id: old, from: 2025-05-01, until: 2026-06-30, {BOX}}}]"),
            5,
            "views[0].permits[0]",
            "the permit old is over since 2026-06-30",
            id="a permit that is over",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", f"permits: [{{id: one, from: 2026-07-01, until: 2026-07-02, weekdays: [sun], {BOX}}}]"),
            5,
            "views[0].permits[0]",
            "never holds",
            id="a permit without a day",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "permits: [{id: far, from: 2026-07-01, until: 2026-07-02, polygon: [[0, 0], [0.1, 0], [0.1, 0.1]]}]"),
            5,
            "views[0].permits[0]",
            "lies outside every zone",
            id="a permit where nothing needs one",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "lines: [{id: far, outside: right, points: [[0.1, 0.1], [0.9, 0.1]]}]"),
            5,
            "views[0].lines[0]",
            "the line far lies outside every zone",
            id="a line outside every zone",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "lines: [{id: shops, outside: left, points: [[0.1, 0.5], [0.9, 0.5]]}]"),
            5,
            "views[0].lines[0]",
            "is outside: left the wrong side?",
            id="a line to the wrong side",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "kinds: {V3: {enabled: false}}", "lines: [{id: shops, outside: right, points: [[0.1, 0.5], [0.9, 0.5]]}]"),
            6,
            "views[0].lines[0]",
            "the line shops judges nothing",
            id="a line of a kind that is switched off",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "shops: [{id: wang, name: 老王}]", "lines: [{id: shops, outside: right, points: [[0.1, 0.5], [0.9, 0.5]]}]"),
            6,
            "views[0].lines[0]",
            "the line shops is bound to no shop, though the view lists shops",
            id="a line of no shop",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "shops: [{id: wang, name: 老王}]"),
            5,
            "views[0].shops[0]",
            "no line and no apron is the shop wang's (老王)",
            id="a shop of which nothing is drawn",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}, {{id: apron, kind: shop_apron, {BOX}}}]", "shops: [{id: wang, name: 老王}]"),
            4,
            "views[0].zones[1]",
            "the apron apron is bound to no shop",
            id="an apron of no shop",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", "lines: [{id: shops, outside: right, points: [[0.1, 0.5], [0.5, 0.5], [0.5, 0.5], [0.9, 0.5]]}]"),
            5,
            "views[0].lines[0].points",
            "the line shops has a point twice in a row",
            id="a line's point twice",
        ),
        pytest.param(
            views("reference: nowhere.jpg", f"zones: [{PAVEMENT}]"),
            4,
            "views[0].reference",
            "its reference picture nowhere.jpg does not lie beside the scene",
            id="a reference picture that is not there",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", f"permits: [{{id: gone, from: 2026-05-01, until: 2126-08-31, weekdays: [day_off], {BOX}}}]"),
            5,
            "views[0].permits[0]",
            "asks for holidays and make-up days, which the installed calendar does not know from",
            id="a calendar that ends before the permit",
        ),
        pytest.param(
            views(f"zones: [{PAVEMENT}]", f"permits: [{{id: never, from: 2026-05-01, until: 2026-08-31, season: {{from: 10-01, until: 12-31}}, {BOX}}}]"),
            5,
            "views[0].permits[0]",
            "the permit never never holds: none of its days has the weekday, season or hours",
            id="a season that lies beside the permit's days",
        ),
    ],
)
def test_what_is_hardly_meant_is_told(written: Callable[[str], Path], text: str, line: int, field: str, what: str) -> None:
    warnings = check_scene(written(text), load_catalogue(), NOW).warnings
    found = [warning for warning in warnings if (warning.line, warning.field) == (line, field) and what in warning.what]
    assert found, warnings


def test_the_last_day_of_a_permit_is_reckoned_in_the_views_time_zone(written: Callable[[str], Path]) -> None:
    path = written(views(f"zones: [{PAVEMENT}]", f"permits: [{{id: p, from: 2025-05-01, until: 2026-06-30, {BOX}}}]"))
    assert check_scene(path, load_catalogue(), datetime(2026, 6, 30, 15, 59, tzinfo=UTC)).warnings == ()
    assert check_scene(path, load_catalogue(), datetime(2026, 6, 30, 16, 1, tzinfo=UTC)).warnings


def test_contradictions_are_told_with_line_and_field(written: Callable[[str], Path]) -> None:
    road = "{id: road, kind: carriageway, road_class: main, polygon: [[0.3, 0.5], [0.9, 0.5], [0.9, 0.9], [0.3, 0.9]]}"
    path = written(views("zones:", f"- {PAVEMENT}", f"- {road}", "permits:", f"- {{id: melon, from: 2026-05-01, until: 2026-08-31, {BOX}}}"))
    found = [(fault.line, fault.field) for fault in check_scene(path, load_catalogue(), NOW).contradictions]
    assert found == [(6, "views[0].zones[1].polygon"), (8, "views[0].permits[0].polygon")]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        pytest.param("schema: curbwatch.scene/1\nkinds:\n  V2: {}\n  V99: {}\n", 4, "kinds.V99", id="of the scene"),
        pytest.param(views(f"zones: [{PAVEMENT}]", "kinds: {V99: {}}"), 5, "views[0].kinds.V99", id="of a view"),
    ],
)
def test_an_override_of_a_kind_that_is_none_is_a_fault_with_its_line(written: Callable[[str], Path], text: str, line: int, field: str) -> None:
    with pytest.raises(SceneError) as caught:
        check_scene(written(text), load_catalogue(), NOW)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(line, field)]


def test_the_examples_of_the_docs_are_sound(written: Callable[[str], Path]) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        checked = check_scene(written(example), load_catalogue(), NOW)
        assert (checked.warnings, checked.contradictions) == ((), ())


def test_the_scenes_of_the_demo_and_of_the_examples_have_no_doubtful_line() -> None:
    for path in (ROOT / "curbwatch" / "demo" / "scene.yaml", *sorted((ROOT / "docs" / "examples").glob("*.yaml"))):
        checked = check_scene(path, load_catalogue(), NOW)
        assert checked.contradictions == ()
        assert [warning for warning in checked.warnings if ".lines" in warning.field] == []


def lines_told(written: Callable[[str], Path], zones: str, *lines: str) -> list[tuple[str, str]]:
    checked = check_scene(written(views(f"zones: [{zones}]", f"lines: [{', '.join(lines)}]")), load_catalogue(), NOW)
    assert checked.contradictions == ()
    return [(warning.field, warning.what) for warning in checked.warnings]


def shops(outside: str, *points: tuple[float, float], name: str = "shops") -> str:
    return f"{{id: {name}, outside: {outside}, points: {[list(point) for point in points]}}}"


WIDE = "{id: wide, kind: sidewalk, polygon: [[0, 0.3], [1, 0.3], [1, 1], [0, 1]]}"
APRON = "{id: apron, kind: shop_apron, polygon: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.3], [0.1, 0.3]]}"
SQUARE = "{id: whole, kind: whole, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}"
ROAD = "{id: road, kind: carriageway, polygon: [[0, 0], [1, 0], [1, 0.28], [0, 0.28]]}"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param(
            shops("left", (0, 0.35), (1, 0.35)), "only 6% of the zone wide before the line shops lies beyond it: is outside: left", id="along the wall"
        ),
        pytest.param(shops("right", (1, 0.35), (0, 0.35)), "is outside: right the wrong side? Write outside: left", id="along the wall, walked the other way"),
        pytest.param(shops("left", (0.4, 0.35), (0.46, 0.35)), "is outside: left the wrong side?", id="a short one"),
        pytest.param(shops("left", (0.1, 0.35), (0.5, 0.37), (0.9, 0.33)), "is outside: left the wrong side? Write outside: right", id="with a corner"),
        pytest.param(shops("right", (0, 0.7), (1, 0.7)), "only 44% of the zone wide before the line shops lies beyond it", id="tables stand inside it"),
        pytest.param(shops("left", (0, 0.7), (1, 0.7)), "runs through the middle of the zone wide, 56% of which lies beyond it", id="through the middle"),
    ],
)
def test_a_line_with_hardly_anything_beyond_it_is_told_with_the_share(written: Callable[[str], Path], line: str, what: str) -> None:
    ((field, found),) = lines_told(written, WIDE, line)
    assert field == "views[0].lines[0]"
    assert what in found


@pytest.mark.parametrize(
    ("zones", "lines"),
    [
        pytest.param(WIDE, [shops("right", (0, 0.35), (1, 0.35))], id="along the wall"),
        pytest.param(WIDE, [shops("right", (0, 0.55), (1, 0.55))], id="a third of the pavement is the terraces'"),
        pytest.param(WIDE, [shops("right", (0, 0.35), (0.4, 0.35)), shops("right", (0.4, 0.7), (0.6, 0.5), name="next")], id="one line after another"),
        pytest.param(f"{APRON}, {WIDE}", [shops("right", (0.1, 0.2), (0.9, 0.2))], id="own land between the line and the pavement"),
        pytest.param(f"{APRON}, {WIDE}", [shops("right", (0.1, 0.3), (0.9, 0.3))], id="own land inside the line"),
        pytest.param(SQUARE, [shops("right", (0.1, 0.5), (0.9, 0.5))], id="the whole picture"),
        pytest.param(f"{WIDE}, {ROAD}", [shops("right", (0, 0.3), (1, 0.3))], id="a road behind the houses"),
        pytest.param(WIDE, [shops("right", (0, 0.35), (1, 0.35)), shops("left", (0, 0.95), (1, 0.95), name="next")], id="two rows that face each other"),
    ],
)
def test_a_line_with_its_zone_beyond_it_is_not_told(written: Callable[[str], Path], zones: str, lines: list[str]) -> None:
    assert lines_told(written, zones, *lines) == []


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("left", (0.5, 0.35), (1, 0.35), name="next"), False, id="on along the wall"),
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("left", (0.51, 0.36), (1, 0.35), name="next"), False, id="all but meeting"),
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("right", (1, 0.35), (0.5, 0.35), name="next"), False, id="walked towards each other"),
        pytest.param(shops("left", (0.5, 0.35), (0, 0.35)), shops("left", (0.5, 0.35), (1, 0.35), name="next"), False, id="walked away from each other"),
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("left", (0.5, 0.35), (0.5, 0.9), name="next"), False, id="round a corner"),
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("right", (0.5, 0.35), (1, 0.35), name="next"), True, id="one wall"),
        pytest.param(
            shops("right", (0, 0.35), (0.5, 0.35)), shops("left", (1, 0.35), (0.5, 0.35), name="next"), True, id="one wall, walked towards each other"
        ),
        pytest.param(shops("right", (0, 0.35), (0.5, 0.35)), shops("right", (0.5, 0.35), (0.5, 0.9), name="next"), True, id="one wall round a corner"),
        pytest.param(shops("right", (0, 0.35), (0.4, 0.35)), shops("left", (0.5, 0.95), (1, 0.95), name="next"), True, id="far apart"),
    ],
)
def test_adjoining_lines_with_the_outside_on_the_other_hand(written: Callable[[str], Path], first: str, second: str, agree: bool) -> None:
    found = [what for field, what in lines_told(written, WIDE, first, second) if field == "views[0].lines[1].outside"]
    assert [what.startswith("camera cam1: the line next adjoins the line shops at [0.5") for what in found] == ([] if agree else [True])


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(shops("right", (0, 0.35), (0.9, 0.35), name="next"), id="the same points"),
        pytest.param(shops("left", (0.9, 0.35), (0, 0.35), name="next"), id="walked the other way"),
        pytest.param(shops("right", (0, 0.353), (0.88, 0.348), name="next"), id="drawn by hand a second time"),
        pytest.param(shops("right", (0, 0.35), (0.3, 0.35), name="next"), id="a piece of it"),
    ],
)
def test_one_wall_drawn_twice_with_one_outside_is_told_as_that(written: Callable[[str], Path], second: str) -> None:
    ((field, what),) = lines_told(written, WIDE, shops("right", (0, 0.35), (0.9, 0.35)), second)
    assert field == "views[0].lines[1].points"
    assert what.startswith("camera cam1: the line next runs along the line shops about [")
    assert what.endswith("with the same outside: the wall is drawn twice; draw it once")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda whole: whole, None, id="a picture"),
        pytest.param(lambda whole: whole[: len(whole) // 2], "gate.jpg is cut short: its end is missing", id="cut off"),
        pytest.param(lambda whole: whole[:100], "gate.jpg is cut short: its end is missing", id="only its head"),
        pytest.param(lambda _: b"", "gate.jpg is empty", id="empty"),
        pytest.param(lambda _: b"GIF89a" + bytes(500), "gate.jpg is no JPEG or PNG", id="of another type"),
        pytest.param(lambda whole: whole[:2] + bytes(len(whole) - 4) + whole[-2:], "gate.jpg", id="overwritten with zeros"),
        pytest.param(lambda whole: whole + bytes(MOST_BYTES), "gate.jpg is larger than 8 MiB", id="gigantic"),
    ],
)
def test_a_reference_picture_is_decoded(written: Callable[[str], Path], tmp_path: Path, change: Callable[[bytes], bytes], what: str | None) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    (tmp_path / "gate.jpg").write_bytes(change(cv2.imencode(".jpg", pixels)[1].tobytes()))
    warnings = check_scene(written(views("reference: gate.jpg", f"zones: [{PAVEMENT}]")), load_catalogue(), NOW).warnings
    if what is None:
        assert warnings == ()
        return
    (warning,) = warnings
    assert (warning.line, warning.field) == (4, "views[0].reference")
    assert what in warning.what
    assert warning.what.endswith("whether the camera has moved is measured from its first picture on")


def test_a_reference_picture_of_another_hash_and_a_tiny_one(written: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "gate.png").write_bytes(cv2.imencode(".png", np.zeros((40, 40, 3), np.uint8))[1].tobytes())
    (warning,) = check_scene(written(views("reference: gate.png", f"zones: [{PAVEMENT}]")), load_catalogue(), NOW).warnings
    assert "gate.png is 40x40: too small" in warning.what
    reference = f"reference: {{file: gate.png, sha256: {'0' * 64}}}"
    (warning,) = check_scene(written(views(reference, f"zones: [{PAVEMENT}]")), load_catalogue(), NOW).warnings
    assert "gate.png is another picture than the one that is named (its hash differs)" in warning.what


def test_a_scene_can_be_checked_for_one_camera(written: Callable[[str], Path]) -> None:
    path = written(views("version: 2") + "  - camera_id: cam2\n")
    assert [one.what for one in check_scene(path, load_catalogue(), NOW, camera_id="cam2").warnings] == ["camera cam2: has no zone: nothing is judged there"]
