from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.scene.judged import SMALLEST_WIDTH, JudgedView, fitted
from detector.scene.scene import read_scene
from evidence.kinds import load_catalogue
from evidence.views import ViewDocument, Zone, ZoneKind, whole_view

ASPECT = (640 / 384) / (16 / 9)


def rectangle(left: float, top: float, right: float, bottom: float, kind: ZoneKind = ZoneKind.SIDEWALK, name: str = "zone") -> Zone:
    return Zone(id=name, kind=kind, polygon=((left, top), (right, top), (right, bottom), (left, bottom)))


def view(*zones: Zone) -> JudgedView:
    return JudgedView(ViewDocument(camera_id="cam1", zones=zones))


def test_the_whole_view_is_looked_at_whole() -> None:
    assert JudgedView(whole_view("cam1")).look_crop(ASPECT) == (0.0, 0.0, 1.0, 1.0)
    assert view().look_crop(ASPECT) == (0.0, 0.0, 1.0, 1.0)
    assert view(rectangle(0.4, 0.4, 0.6, 0.6), rectangle(0, 0, 1, 1, ZoneKind.WHOLE, "all")).look_crop(ASPECT) == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("zone", "crop"),
    [
        pytest.param(rectangle(0.3, 0.6, 0.7, 0.7), (0.26, 0.289, 0.74, 0.801), id="grown up and a little sideways, then to the shape"),
        pytest.param(rectangle(0.45, 0.7, 0.55, 0.71), (0.325, 0.4133, 0.675, 0.7867), id="never smaller than 0.35 of the width"),
        pytest.param(rectangle(0.0, 0.9, 0.2, 1.0), (0.0, 0.6267, 0.35, 1.0), id="moved to lie within the picture"),
        pytest.param(rectangle(0.4, 0.0, 0.6, 1.0), (0.03125, 0.0, 0.96875, 1.0), id="a tall zone is widened"),
    ],
)
def test_a_look_is_cut_to_what_stands_in_the_zones(zone: Zone, crop: tuple[float, float, float, float]) -> None:
    found = view(zone).look_crop(ASPECT)
    assert found[2] - found[0] >= SMALLEST_WIDTH - 1e-9
    assert (found[2] - found[0]) / (found[3] - found[1]) == pytest.approx(ASPECT)
    assert found == pytest.approx(crop, abs=1e-4)


@given(st.floats(0, 0.98), st.floats(0, 0.98), st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.3, 4))
def test_a_crop_holds_its_zones_and_lies_within_the_picture(left: float, top: float, width: float, height: float, aspect: float) -> None:
    zone = rectangle(left, top, min(1.0, left + width), min(1.0, top + height))
    x0, y0, x1, y1 = view(zone).look_crop(aspect)
    assert -1e-9 <= x0 <= left + 1e-9
    assert -1e-9 <= y0 <= top + 1e-9
    assert zone.polygon[2][0] - 1e-9 <= x1 <= 1 + 1e-9
    assert zone.polygon[2][1] - 1e-9 <= y1 <= 1 + 1e-9
    if x1 - x0 < 1 - 1e-6 and y1 - y0 < 1 - 1e-6:
        assert (x1 - x0) / (y1 - y0) == pytest.approx(aspect)


def test_where_there_is_no_room_the_shape_gives_way() -> None:
    assert fitted((0.0, 0.4, 1.0, 0.6), 0.5) == pytest.approx((0.0, 0.0, 1.0, 1.0))
    assert fitted((0.4, 0.0, 0.6, 1.0), 4.0) == pytest.approx((0.0, 0.0, 1.0, 1.0))


def test_what_nobody_judges_does_not_widen_the_look() -> None:
    pavement = rectangle(0.3, 0.6, 0.5, 0.7)
    ignored = rectangle(0.0, 0.0, 0.1, 0.1, ZoneKind.IGNORE, "clock")
    bay = rectangle(0.9, 0.9, 1.0, 1.0, ZoneKind.PARKING_BAY, "bay")
    alone = view(pavement).look_crop(ASPECT)
    assert view(pavement, ignored).look_crop(ASPECT) == alone
    assert view(pavement, bay).look_crop(ASPECT) != alone
    document = ViewDocument(camera_id="cam1", zones=(pavement, ignored, bay))
    assert JudgedView(document, load_catalogue().kinds).look_crop(ASPECT) == alone


def test_polygons_lines_and_what_is_ignored(street: Path) -> None:
    document = read_scene(street).views[0]
    judged, catalogue = JudgedView(document), load_catalogue()
    stall = catalogue.kind("V2")
    assert stall is not None
    assert judged.polygons(stall) == (document.zones[0].polygon,)
    assert judged.ignored == (document.zones[1].polygon,)
    assert judged.lines == document.lines
    assert judged.document is document


def test_motion_matters_in_zones_only() -> None:
    whole = (0.0, 0.0, 1.0, 1.0)
    judged = view(rectangle(0.0, 0.5, 1.0, 1.0), rectangle(0.5, 0.5, 1.0, 1.0, ZoneKind.IGNORE, "tree"))
    cells = judged.watched_cells(whole)
    assert cells is not None
    assert cells.shape == (36, 64)
    expected = np.zeros((36, 64), bool)
    expected[18:, :32] = True
    assert (cells == expected).all()
    lower = judged.watched_cells((0.0, 0.5, 0.5, 1.0))
    assert lower is not None
    assert lower.all()
    assert judged.watched_cells(whole) is cells  # reckoned once


def test_in_a_whole_view_only_what_is_ignored_does_not_matter() -> None:
    assert JudgedView(whole_view("cam1")).watched_cells((0.0, 0.0, 1.0, 1.0)) is None
    cells = view(rectangle(0, 0, 1, 1, ZoneKind.WHOLE, "all"), rectangle(0.0, 0.0, 1.0, 0.1, ZoneKind.IGNORE, "clock")).watched_cells((0.0, 0.0, 1.0, 1.0))
    assert cells is not None
    assert not cells[:3].any()
    assert cells[4:].all()
