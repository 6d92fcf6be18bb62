from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from detector.errors import DetectorError
from detector.scene.checking import check_scene
from detector.scene.errors import SceneError
from detector.scene.scene import parse_scene, read_scene
from evidence.errors import CatalogueError
from evidence.kinds import load_catalogue
from evidence.views import ZoneKind
from tests.conftest import REPO

POLYGON = "[[0.1, 0.5], [0.9, 0.5], [0.5, 0.9]]"


def scene(body: str) -> str:
    return f"schema: curbwatch.scene/1\n{body}\n"


def one_view(body: str) -> str:
    return scene(f"views:\n  - camera_id: cam1\n{body}")


def test_a_scene_is_read_whole(street: Path) -> None:
    read = read_scene(street)
    assert read.note == "泉城路"
    view = read.view("cam1")
    assert view is not None
    assert (view.view_id, view.version, view.time_zone) == ("main", 3, "Asia/Shanghai")
    assert [zone.kind for zone in view.zones] == [ZoneKind.SIDEWALK, ZoneKind.IGNORE]
    assert view.lines[0].shop == "老王水果店"
    permit = view.permits[0]
    assert (permit.first_day, permit.last_day, permit.weekdays, permit.hours) == (date(2026, 5, 1), date(2026, 8, 31), ("fri", "sat"), ("19:00-01:00",))
    assert read.view("nobody") is None


def test_an_id_of_twenty_digits_needs_no_quotes(street: Path) -> None:
    assert read_scene(str(street)).view("37010200001320000001") is not None


def test_overrides_are_laid_over_the_catalogue(street: Path) -> None:
    read, shipped = read_scene(street), load_catalogue()
    stall = read.catalogue(shipped).kind("V2")
    assert stall is not None
    assert (stall.dwell_seconds, stall.attendance, stall.overridden) == (120.0, "off", ("attendance", "dwell_seconds"))
    view = read.view("37010200001320000001")
    assert view is not None
    trading = read.catalogue(shipped).overridden(view.kinds, "view").kind("V3")
    assert trading is not None
    assert not trading.enabled


def test_an_override_of_a_kind_that_is_none_is_refused_by_name(written: Callable[[str], Path]) -> None:
    path = written(scene("kinds: {V99: {dwell_seconds: 20}}"))
    with pytest.raises(CatalogueError, match=r"scene\.yaml: kinds\.V99: there is no kind 'V99'"):
        read_scene(path).catalogue(load_catalogue())


def test_a_view_goes_out_as_it_came_in(street: Path) -> None:
    for view in read_scene(street).views:
        assert type(view).model_validate(view.to_json()) == view


@pytest.mark.parametrize(
    ("text", "line", "field", "what"),
    [
        pytest.param("", 1, "", "is empty", id="empty"),
        pytest.param("- a\n- b\n", 1, "", "is no scene", id="a list"),
        pytest.param("views: []\n", 1, "schema", "is missing; write `schema: curbwatch.scene/1`", id="no schema"),
        pytest.param("views: []\nschema: curbwatch.scene/2\n", 2, "schema", "is 'curbwatch.scene/2'; this version reads", id="another version"),
        pytest.param("schema: curbwatch.scene/1\nviews: [\n", 3, "", "is no YAML", id="broken YAML"),
        pytest.param(scene("veiws: []"), 2, "veiws", "is not a known key here; did you mean views?", id="unknown key of the file"),
        pytest.param(scene("where: x"), 2, "where", "is not a known key here", id="no private key either"),
        pytest.param(scene("views:\n  - zones: []"), 3, "views[0].camera_id", "is missing", id="no camera"),
        pytest.param(scene("views:\n  - camera_id: cam 1"), 3, "views[0].camera_id", "is 'cam 1'; an id has letters", id="a bad id"),
        pytest.param(one_view("    time_zone: Asia/Jinan"), 4, "views[0].time_zone", "there is no time zone 'Asia/Jinan'", id="a time zone that is none"),
        pytest.param(scene("views:\n  - camera_id: a\n  - camera_id: b\n  - camera_id: a"), 5, "views[2].camera_id", "already in line 3", id="a camera twice"),
        pytest.param(
            one_view(f"    zones:\n      - {{id: a, kind: sidewalk, polygon: {POLYGON}}}\n      - kind: sidewalk\n        id: a\n        polygon: {POLYGON}"),
            7,
            "views[0].zones[1].id",
            "the id 'a' is used twice (first in line 5)",
            id="a zone's id twice",
        ),
        pytest.param(
            one_view(f"    zones:\n      - id: a\n        kind: shop_apron\n        polygon: {POLYGON}\n        shop: b"),
            8,
            "views[0].zones[0].shop",
            "a: there is no shop 'b'; list it under shops",
            id="an apron of no shop",
        ),
        pytest.param(
            one_view(
                "    shops: [{id: c, name: 老王}]\n    lines:\n      - id: a\n        outside: left\n        points: [[0, 0.5], [1, 0.5]]\n        shop: b"
            ),
            9,
            "views[0].lines[0].shop",
            "a: there is no shop 'b'; there are c",
            id="a line of no shop",
        ),
        pytest.param(
            one_view(f"    shops: [{{id: c, name: 老王}}]\n    zones:\n      - id: a\n        kind: sidewalk\n        polygon: {POLYGON}\n        shop: c"),
            9,
            "views[0].zones[0].shop",
            "a: only a shop_apron is a shop's own land, this is a sidewalk",
            id="a pavement of a shop",
        ),
        pytest.param(
            one_view("    lines:\n      - id: a\n        outside: left\n        points: [[0.5, 0.5], [0.5, 0.5]]"),
            7,
            "views[0].lines[0].points",
            "the line a: has no length: all its points are one; write where it begins and where it ends",
            id="a line of no length",
        ),
        pytest.param(
            one_view(f"    zones:\n      - {{id: a, kind: pavement, polygon: {POLYGON}}}"),
            5,
            "views[0].zones[0].kind",
            "input should be 'carriageway'",
            id="unknown kind of zone",
        ),
        pytest.param(
            one_view("    zones:\n      - id: a\n        kind: sidewalk\n        polygon: [[0.1, 0.5], [0.9, 0.5]]"),
            7,
            "views[0].zones[0].polygon",
            "the zone a: a polygon needs at least 3 points, this one has 2",
            id="two corners",
        ),
        pytest.param(
            one_view(
                "    zones:\n      - id: a\n        kind: sidewalk\n        polygon:\n          - [0.1, 0.5]\n          - [1.9, 0.5]\n          - [0.5, 0.9]"
            ),
            9,
            "views[0].zones[0].polygon[1]",
            "corner 2 of the zone a lies outside the picture at [1.9, 0.5]: a point is [x, y] in shares of the picture, 0 to 1; these look like pixels",
            id="a corner in pixels, with its own line",
        ),
        pytest.param(
            one_view("    zones:\n      - {id: a, kind: sidewalk, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}"),
            5,
            "views[0].zones[0].polygon",
            "the zone a crosses itself at [0.5, 0.5]: its edge from corner 1 to 2 meets the one from corner 3 to 4; list its corners in order round the area",
            id="a bow tie",
        ),
        pytest.param(
            one_view(f"    zones:\n      - {{id: a, kind: sidewalk, polygn: {POLYGON}, polygon: {POLYGON}}}"),
            5,
            "views[0].zones[0].polygn",
            "did you mean polygon?",
            id="a misspelt key",
        ),
        pytest.param(
            one_view("    lines:\n      - {id: a, outside: street, points: [[0, 0], [1, 1]]}"),
            5,
            "views[0].lines[0].outside",
            "input should be 'left' or 'right'",
            id="no side of a line",
        ),
        pytest.param(
            one_view(f"    permits:\n      - id: a\n        from: 2026-09-01\n        until: 2026-08-31\n        polygon: {POLYGON}"),
            5,
            "views[0].permits[0]",
            "ends on 2026-08-31 before it begins on 2026-09-01",
            id="a permit backwards",
        ),
        pytest.param(
            one_view(f"    permits:\n      - id: a\n        from: 2026-02-30\n        until: 2026-08-31\n        polygon: {POLYGON}"),
            6,
            "views[0].permits[0].from",
            "",
            id="a day that is none",
        ),
        pytest.param(
            one_view(f"    permits:\n      - id: a\n        from: 2026-02-03\n        until: 2026-08-31\n        hours: [19:00]\n        polygon: {POLYGON}"),
            8,
            "views[0].permits[0].hours[0]",
            "is '19:00'; hours are written HH:MM-HH:MM",
            id="an hour alone, which YAML 1.1 takes for 1140",
        ),
        pytest.param(scene("kinds:\n  V2: {dwell_seconds: -5}"), 3, "kinds.V2.dwell_seconds", "input should be greater than 0, not -5", id="a negative dwell"),
        pytest.param(scene("kinds:\n  V2: {dwell: 5}"), 3, "kinds.V2.dwell", "did you mean dwell_seconds?", id="a misspelt threshold"),
        pytest.param(scene("note: a\nnote: b"), 3, "", "the key 'note' is there twice (first in line 2)", id="a key twice"),
        pytest.param(scene("version: !!python/name:os.system x"), 2, "", "has a tag that is not used here", id="no objects"),
        pytest.param(scene("a: &a [1]\nb: &b [*a, *a]\n? [x]\n: 1"), 4, "", "has a key that is no text", id="a list as a key"),
    ],
)
def test_faults_name_line_and_field(text: str, line: int, field: str, what: str) -> None:
    read, faults = parse_scene(text)
    assert read is None
    found = [fault for fault in faults if (fault.line, fault.field) == (line, field)]
    assert found, faults
    assert what in found[0].what
    assert "\n" not in str(found[0])


BOXED = f"{{id: p, from: 2026-05-01, until: 2026-08-31, polygon: {POLYGON}"


def test_an_empty_schedule_is_no_permit_for_all_day() -> None:
    read, faults = parse_scene(one_view(f"    permits:\n      - {BOXED}}}\n      - {BOXED.replace('p,', 'q,')},\n         schedule: []}}"))
    assert read is None
    assert [(fault.line, fault.field) for fault in faults] == [(7, "views[0].permits[1].schedule")]
    assert "has no entry, and the permit would hold all day on all days" in faults[0].what


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        pytest.param(scene("kinds:\n  V8:\n    enabled: true"), 4, "kinds.V8.enabled", id="of the scene"),
        pytest.param(one_view("    kinds: {V8: {dwell_seconds: 90, enabled: true}}"), 4, "views[0].kinds.V8.enabled", id="of a view"),
    ],
)
def test_a_kind_that_no_class_shows_cannot_be_switched_on_and_that_is_told_with_its_line(
    written: Callable[[str], Path], text: str, line: int, field: str
) -> None:
    with pytest.raises(SceneError, match="no class shows accumulated waste and rubble; people name it, and it cannot be switched on") as caught:
        check_scene(written(text), load_catalogue(), datetime(2026, 7, 1, tzinfo=UTC))
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(line, field)]


def test_what_the_docs_show_of_goods_is_taken(written: Callable[[str], Path]) -> None:
    (cell,) = re.findall(r"^\| `goods_shown` \| none \| `(\[.*?\])`", (REPO / "docs" / "permits.md").read_text(encoding="utf-8"), re.MULTILINE)
    permit = read_scene(written(one_view(f"    permits:\n      - {BOXED}, goods: [苹果], goods_shown: {cell}}}"))).views[0].permits[0]
    assert [(shown.goods, shown.classes) for shown in permit.goods_shown] == [("苹果", ("apple",))]


def test_every_fault_is_told_and_the_message_is_one_line(written: Callable[[str], Path]) -> None:
    zones = "\n".join(f"      - {{id: z{number}, kind: nowhere, polygon: {POLYGON}}}" for number in range(14))
    with pytest.raises(SceneError) as caught:
        read_scene(written(one_view(f"    zones:\n{zones}")))
    assert isinstance(caught.value, DetectorError)
    assert len(caught.value.faults) == 14
    assert len(caught.value.lines) == 11
    assert "and 4 more faults" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_aliases_that_multiply_are_refused() -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    read, faults = parse_scene(text)
    assert read is None
    assert "aliases" in faults[0].what


@pytest.mark.parametrize("text", ["a: &a [*a]", "[" * 500 + "]" * 500], ids=["an alias within itself", "nested brackets"])
def test_depth_is_bounded(text: str) -> None:
    read, faults = parse_scene(text)
    assert read is None
    assert faults


@pytest.mark.parametrize(
    ("content", "what"),
    [pytest.param(None, "cannot be read (No such file or directory)", id="missing"), pytest.param(b"\xff\xfe\x00", "is no UTF-8 text", id="not UTF-8")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, what: str) -> None:
    path = tmp_path / "scene.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SceneError) as caught:
        read_scene(path)
    assert str(caught.value) == f"{path}: {caught.value.faults[0].what}"
    assert what in str(caught.value)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_bytes(b"\xef\xbb\xbfschema: curbwatch.scene/1\n")
    assert read_scene(path).views == ()
