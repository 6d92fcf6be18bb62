"""What was drawn, where it lies when the picture has shifted; and what is remembered with it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from detector.judgement.drift import IDENTITY, Homography
from detector.judgement.drift.homography import inverse, of_matrix
from detector.judgement.values import Box, Bystander, Stay, StaySample, ViewState
from detector.scene.moving import moved_box, moved_line, moved_memory, moved_view
from evidence.views import Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

WALL = datetime(2026, 11, 25, 4, tzinfo=UTC)


def shift(right: float, down: float) -> Homography:
    """In shares of width and height."""
    return (1.0, 0.0, right, 0.0, 1.0, down, 0.0, 0.0, 1.0)


def turned(degrees: float) -> Homography:
    a, b = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return of_matrix(np.array([[a, -b, 800 * (1 - a) + 450 * b], [b, a, 450 * (1 - a) - 800 * b], [0, 0, 1]]), 1600, 900)


VIEW = ViewDocument(
    camera_id="c1", version=3,
    zones=(
        Zone(id="walk", kind=ZoneKind.SIDEWALK, polygon=((0.2, 0.5), (0.6, 0.5), (0.6, 0.8), (0.2, 0.8))),
        Zone(id="edge", kind=ZoneKind.CARRIAGEWAY, polygon=((0.9, 0.5), (1.0, 0.5), (1.0, 0.9), (0.9, 0.9))),
    ),
    lines=(StorefrontLine(id="shops", points=((0.1, 0.5), (0.9, 0.5)), outside="left"),),
    permits=(Permit.model_validate({"id": "p1", "polygon": [[0.3, 0.6], [0.4, 0.6], [0.4, 0.7]], "from": "2026-01-01", "until": "2026-12-31"}),),
)  # fmt: skip


def test_all_that_is_drawn_moves_along() -> None:
    moved = moved_view(VIEW, shift(0.05, -0.1))
    assert moved.zones[0].polygon == ((0.25, 0.4), (0.65, 0.4), (0.65, 0.7), (0.25, 0.7))
    assert moved.lines[0].points == ((0.15, 0.4), (0.95, 0.4))
    assert moved.permits[0].polygon == ((0.35, 0.5), (0.45, 0.5), (0.45, 0.6))
    assert (moved.camera_id, moved.view_id, moved.version) == ("c1", "main", 3)


@pytest.mark.parametrize("homography", [shift(0.04, 0.03), shift(-0.2, 0.25), shift(0.3, -0.4), turned(3), turned(-12)])
def test_what_lies_in_the_picture_is_a_view_that_can_be_saved_and_sent(homography: Homography) -> None:
    moved = moved_view(VIEW, homography)
    assert ViewDocument.model_validate(moved.to_json()) == moved


def test_a_zone_is_cut_at_the_edge_and_goes_where_it_has_left_the_picture() -> None:
    cut = moved_view(VIEW, shift(0.05, 0.0)).zones[1].polygon
    assert {x for x, _ in cut} == {0.95, 1.0}
    assert [zone.id for zone in moved_view(VIEW, shift(0.2, 0.0)).zones] == ["walk"]


def test_a_zone_that_was_cut_has_no_pairs_of_corners_on_the_map_any_more() -> None:
    on_map = ((117.0, 36.6), (117.0004, 36.6), (117.0004, 36.5998), (117.0, 36.5998))
    zone = Zone(id="edge", kind=ZoneKind.CARRIAGEWAY, polygon=VIEW.zones[1].polygon, map_polygon=on_map)
    view = VIEW.model_copy(update={"zones": (zone,)})
    assert moved_view(view, shift(-0.05, 0.0)).zones[0].map_polygon == on_map
    cut = moved_view(view, shift(0.05, 0.0)).zones[0]
    assert cut.map_polygon is not None
    assert len(cut.map_polygon) != len(cut.polygon)
    assert ViewDocument.model_validate(view.model_copy(update={"zones": (cut,)}).to_json()).zones[0] == cut


@pytest.mark.parametrize(
    ("points", "homography", "moved"),
    [
        (((0.1, 0.5), (0.9, 0.5)), IDENTITY, ((0.1, 0.5), (0.9, 0.5))),
        (((0.1, 0.5), (0.9, 0.5)), shift(0.2, 0.0), ((0.3, 0.5), (1.0, 0.5))),
        (((0.1, 0.5), (0.5, 0.5), (0.9, 0.1)), shift(0.0, -0.2), ((0.1, 0.3), (0.5, 0.3), (0.8, 0.0))),
        (((0.1, 0.5), (0.9, 0.5)), shift(0.0, 0.6), ()),
    ],
    ids=["in place", "one end is cut", "with a corner", "gone"],
)  # fmt: skip
def test_a_line_keeps_its_direction(points: tuple[tuple[float, float], ...], homography: Homography, moved: tuple[tuple[float, float], ...]) -> None:
    assert moved_line(points, homography) == moved


def test_a_box_that_is_turned_does_not_grow() -> None:
    box: Box = (0.7, 0.4, 0.8, 0.6)
    there = moved_box(box, turned(5))
    assert there[2] - there[0] == pytest.approx(0.1, rel=0.02)
    assert there[3] - there[1] == pytest.approx(0.2, rel=0.02)
    assert moved_box(there, inverse(turned(5))) == pytest.approx(box, abs=0.002)


def test_stays_and_people_move_with_the_picture_and_samples_stay_what_their_pictures_show() -> None:
    sample = StaySample(10.0, WALL, "looked", "stall", (0.4, 0.5, 0.6, 0.7), 0.8)
    stay = Stay("s1", 10.0, WALL, 10.0, WALL, 10.0, (0.4, 0.5, 0.6, 0.7), (), {"stall": 0.8}, samples=(sample,))
    moved = moved_memory(ViewState((stay,), (Bystander((0.1, 0.1, 0.2, 0.3), 1.0, 2.0),), 10.0), shift(0.05, 0.1))
    assert moved.stays[0].xyxy == pytest.approx((0.45, 0.6, 0.65, 0.8))
    assert moved.stays[0].samples == (sample,)
    assert moved.bystanders[0].xyxy == pytest.approx((0.15, 0.2, 0.25, 0.4))
    assert moved.last_look_seconds == 10.0
    assert moved_memory(ViewState(), shift(0.1, 0.1)) == ViewState()
