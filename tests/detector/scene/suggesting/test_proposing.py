from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.judgement.geometry import share_beyond
from detector.scene.suggesting import Foot, Suggested, propose
from evidence.views import ZoneKind
from tests.detector.scene.suggesting.painted import CARRIAGEWAY, PAVEMENT, PaintedStreet

POLES = [
    pytest.param(PaintedStreet(), id="a pole at the kerb, along the street"),
    pytest.param(PaintedStreet(camera_y=-13.5, aside_degrees=35.0, down_degrees=16.0), id="from across the way"),
    pytest.param(PaintedStreet(camera_y=-8.5, height=6.5, aside_degrees=0.0, down_degrees=20.0), id="a gantry over the lanes"),
    pytest.param(PaintedStreet(camera_y=-14.0, height=6.0, aside_degrees=72.0, down_degrees=22.0), id="the street across the picture"),
]


def drawn(found: Suggested, kind: ZoneKind, size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    for zone in found.zones:
        if zone.kind is kind:
            cv2.fillPoly(mask, [np.array([(round(x * (size[0] - 1)), round(y * (size[1] - 1))) for x, y in zone.polygon], np.int32)], 1)
    return mask.astype(bool)


def iou(found: Suggested, street: PaintedStreet, kind: ZoneKind, name: int) -> float:
    """Of what is near enough to be asked for."""
    far_ground = np.isin(street.what, (PAVEMENT, CARRIAGEWAY)) & ~street.asked
    mine, true = drawn(found, kind, street.size) & ~far_ground, street.truth(name)
    return float((mine & true).sum() / (mine | true).sum())


@pytest.mark.parametrize("street", POLES)
def test_with_a_day_of_feet_the_street_is_found(street: PaintedStreet) -> None:
    found = propose(street.picture, street.feet(60, 80, weight=3.0))
    assert iou(found, street, ZoneKind.CARRIAGEWAY, CARRIAGEWAY) > 0.75
    assert iou(found, street, ZoneKind.SIDEWALK, PAVEMENT) > 0.5
    assert found.vanishing_point is not None
    assert set(found.reasons) == {zone.id for zone in found.zones} | {line.id for line in found.lines}


def test_by_one_picture_with_few_things() -> None:
    street = PaintedStreet()
    found = propose(street.picture, street.feet(3, 3))
    assert iou(found, street, ZoneKind.CARRIAGEWAY, CARRIAGEWAY) > 0.7
    assert iou(found, street, ZoneKind.SIDEWALK, PAVEMENT) > 0.5


def test_by_the_picture_alone_it_says_so() -> None:
    street = PaintedStreet()
    found = propose(street.picture, [])
    assert iou(found, street, ZoneKind.CARRIAGEWAY, CARRIAGEWAY) > 0.6
    assert "picture alone" in found.note[1]
    assert found.metres is None


def test_the_storefront_line_runs_along_the_walls_and_its_outside_is_the_street() -> None:
    street = PaintedStreet()
    found = propose(street.picture, street.feet(60, 80, weight=3.0))
    assert found.lines
    best = 1.0
    for line in found.lines:
        spots = [street.project(x, 0.0) for x in (6.0, 9.0, 12.0, 16.0)]
        away = [min(np.hypot(x - a, y - b) for a, b in _dense(line.points)) for x, y in filter(None, spots)]
        best = min(best, float(np.mean(away)))
        pavement, behind = street.project(9.0, -2.0), street.project(9.0, 2.0)
        assert pavement is not None
        assert behind is not None
        if np.mean(away) < 0.05:
            assert share_beyond((*pavement, *pavement), line.points, line.outside) == 1.0
            assert share_beyond((*behind, *behind), line.points, line.outside) == 0.0
    assert best < 0.04


def _dense(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    return [(a + (c - a) * t, b + (d - b) * t) for (a, b), (c, d) in itertools.pairwise(points) for t in np.linspace(0, 1, 40)]


def test_zones_do_not_contradict_each_other_and_lie_in_the_picture() -> None:
    street = PaintedStreet()
    found = propose(street.picture, street.feet(60, 80, weight=3.0))
    road, pavement = (drawn(found, kind, street.size) for kind in (ZoneKind.CARRIAGEWAY, ZoneKind.SIDEWALK))
    assert (road & pavement).sum() < 0.03 * min(road.sum(), pavement.sum())
    assert all(len(zone.polygon) <= 24 for zone in found.zones)


def test_a_square_without_edges_is_proposed_by_where_people_were() -> None:
    rng = np.random.default_rng(4)
    picture = np.asarray(np.clip(rng.normal(120, 3, (360, 640, 3)), 0, 255), np.uint8)
    feet = [Foot("people", float(x), float(y), 0.03, 0.4 * (y - 0.1), 3.0) for x, y in rng.uniform((0.2, 0.5), (0.6, 0.9), (120, 2))]
    feet += [Foot("vehicles", float(x), float(y), 0.12, 0.12, 3.0) for x, y in rng.uniform((0.75, 0.5), (0.95, 0.9), (60, 2))]
    found = propose(picture, feet)
    assert found.vanishing_point is None
    assert found.lines == ()
    walked, driven = (drawn(found, kind, (100, 100)) for kind in (ZoneKind.SIDEWALK, ZoneKind.CARRIAGEWAY))
    wanted = np.zeros((100, 100), bool)
    wanted[50:90, 20:60] = True
    assert (walked & wanted).sum() / (walked | wanted).sum() > 0.5
    assert (walked & wanted).sum() / wanted.sum() > 0.95
    assert driven[70, 85]
    assert not (driven & walked).any() or (driven & walked).sum() < 60


def test_nothing_is_proposed_of_nothing() -> None:
    found = propose(np.full((360, 640, 3), 90, np.uint8), [])
    assert (found.zones, found.lines, found.reasons) == ((), (), {})
    assert "no street was found" in found.note[1]
