from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.scene.drawing import LINE_COLOUR, PERMIT_COLOUR, ZONE_STYLES, _entries, draw_view, save_drawing
from detector.scene.errors import DrawingError
from detector.scene.lettering import text_width, wrapped
from detector.scene.scene import read_scene
from evidence.views import StorefrontLine, ViewDocument, ZoneKind
from models.pictures import read_picture


def count(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour, np.uint8)).all(axis=2).sum())


def test_every_kind_of_zone_has_a_colour_and_names() -> None:
    assert set(ZONE_STYLES) == set(ZoneKind)
    assert len({colour for colour, _ in ZONE_STYLES.values()}) == len(ZONE_STYLES)


def test_a_view_is_drawn_with_its_legend(street: Path) -> None:
    view = read_scene(street).views[0]
    drawing = draw_view(view, crop=(0.0, 0.2, 1.0, 1.0), notes=("V2: dwell_seconds 120",))
    assert drawing.shape[0] == 720
    assert drawing.shape[1] > 1280
    picture, legend = drawing[:, :1280], drawing[:, 1280:]
    for colour in (ZONE_STYLES[ZoneKind.SIDEWALK][0], ZONE_STYLES[ZoneKind.IGNORE][0], LINE_COLOUR, PERMIT_COLOUR):
        assert count(picture, colour) > 300
        assert count(legend, colour) > 100


@pytest.mark.parametrize("outside", ["left", "right"])
def test_the_arrow_points_to_the_outside(outside: str) -> None:
    line = StorefrontLine.model_validate({"id": "shops", "points": [(0.1, 0.5), (0.9, 0.5)], "outside": outside})
    drawing = draw_view(ViewDocument(camera_id="cam1", lines=(line,)))[:, :1280]
    above, below = count(drawing[:345, 600:680], LINE_COLOUR), count(drawing[375:, 600:680], LINE_COLOUR)
    assert (above > 50, below > 50) == (outside == "left", outside == "right")  # walking to the right, left is up


def test_a_small_picture_is_enlarged_and_stays_itself(street: Path) -> None:
    picture = np.full((90, 160, 3), (10, 200, 30), np.uint8)
    drawing = draw_view(read_scene(street).views[1], picture)
    assert drawing.shape[:2] == (720, 1280 + 24 * 17)
    assert tuple(drawing[100, 600]) == (10, 200, 30)
    assert (picture == (10, 200, 30)).all()


@pytest.mark.parametrize("name", ["view.png", "view.jpg", "VIEW.JPEG"])
def test_a_drawing_is_written_by_its_ending(tmp_path: Path, street: Path, name: str) -> None:
    drawing = draw_view(read_scene(street).views[0])
    save_drawing(tmp_path / name, drawing)
    again = read_picture(tmp_path / name)
    assert again.shape == drawing.shape
    assert np.abs(again.astype(int) - drawing).mean() < 3


@pytest.mark.parametrize(
    ("name", "what"), [pytest.param("view.bmp", "ends in .png or .jpg", id="another type"), pytest.param("no/where.png", "cannot be written", id="no folder")]
)
def test_a_drawing_that_cannot_be_written(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(DrawingError, match=what):
        save_drawing(tmp_path / name, np.zeros((4, 4, 3), np.uint8))


@pytest.mark.parametrize("text", ["north pavement of the long road by the springs", "泉城路北侧人行道泉城路北侧人行道泉城路北侧人行道", "x"])
def test_text_is_broken_into_lines_that_fit(text: str) -> None:
    lines = wrapped(text, 16, 120)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 16) <= 120 for line in lines)


def test_many_entries_are_counted_at_the_end() -> None:
    zone = {"kind": "sidewalk", "polygon": [(0, 0), (1, 0), (1, 1)]}
    view = ViewDocument.model_validate({"camera_id": "cam1", "zones": [{**zone, "id": f"zone{number}"} for number in range(60)]})
    assert draw_view(view).shape[0] == 720


CITY = {
    "id": "melon",
    "polygon": [(0.1, 0.5), (0.4, 0.5), (0.4, 0.8)],
    "from": "2026-05-01",
    "until": "2026-08-31",
    "goods": ["西瓜", "桃"],
    "source": "夜市公告 12 号",
    "holder": "瓜点 3 号",
    "version": 4,
}


def legend_of(**more: object) -> list[tuple[str, str]]:
    view = ViewDocument.model_validate({"camera_id": "cam1", "permits": [{**CITY, **more}]})
    return [(head, text) for colour, head, text in _entries(view, None, (), proposed=False)][1:]


def test_a_permit_is_told_in_both_languages() -> None:
    told = legend_of(weekdays=["workday"], except_days=["holiday", "mon"], hours=["19:00-01:00"], breach="09002", not_on=["bike_lane"])
    assert told == [
        (
            "melon",
            "许可 permit 2026-05-01 – 2026-08-31 工作日 working days （除外 except 节假日、周一 holidays, Monday） 19:00-01:00 · 瓜点 3 号",
        ),
        ("", "melon：货品 goods 西瓜、桃"),
        ("", "melon：依据 source 夜市公告 12 号"),
        ("", "melon：不得设在 never on 非机动车道 bike lane"),
        ("", "melon：版本 version 4 · 违反许可 breach 09002"),
    ]


@pytest.mark.parametrize(
    ("breach", "what"),
    [
        pytest.param(None, "违反许可不单列 a breach is nothing of its own", id="nothing of its own"),
        pytest.param("09006", "违反许可 breach 09006", id="one number"),
        pytest.param({"hours": "09006"}, "违反许可 breach 区域 area 09002、时段 hours 09006、日期 dates 09002、货品 goods 09002", id="by condition"),
    ],
)
def test_what_a_breach_is(breach: object, what: str) -> None:
    assert legend_of(breach=breach)[-1] == ("", f"melon：版本 version 4 · {what}")
