from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.scene.suggesting.vanishing import bend, segments_of, straighten, vanishing_points
from tests.detector.scene.suggesting.painted import PaintedStreet

ASPECT = 16 / 9


def pencil(x: float, y: float, count: int = 40, *, noise: float = 0.0, seed: int = 3) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Segments within the picture that lead to a point, with their ends' noise, in centred coordinates."""
    rng = np.random.default_rng(seed)
    begins = np.column_stack([rng.uniform(-0.8, 0.8, count), rng.uniform(-0.2, 0.45, count)])
    way = np.array([x, y]) - begins
    ends = begins + way / np.linalg.norm(way, axis=1, keepdims=True) * rng.uniform(0.05, 0.2, (count, 1))
    return np.hstack([begins, ends]) + rng.normal(0, noise, (count, 4))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        pytest.param(0.2, -0.3, id="within the picture"),
        pytest.param(-1.5, -0.6, id="beside it"),
        pytest.param(0.0, -1.4, id="above a camera that looks down"),
        pytest.param(12.0, -0.4, id="a street across the picture"),
    ],
)
def test_the_point_is_found_among_other_segments(x: float, y: float) -> None:
    rng = np.random.default_rng(5)
    middle = np.column_stack([rng.uniform(-0.8, 0.8, 30), rng.uniform(-0.4, 0.4, 30)])
    turn = rng.uniform(0, np.pi, 30)
    half = np.column_stack([np.cos(turn), np.sin(turn)]) * 0.04
    others = np.hstack([middle - half, middle + half])
    best = vanishing_points(np.vstack([pencil(x, y, noise=0.0003), others]), ASPECT)[0]
    away = np.hypot(best.x - x, best.y - y) / max(1.0, np.hypot(x, y))
    assert away < (0.06 if np.hypot(x, y) < 3 else 0.12), "of a point far away the way to it is what counts"
    assert best.lens == 0


def test_upright_edges_make_no_street() -> None:
    """Poles and walls lead far below; the street's own edges are half as long together."""
    poles = pencil(0.0, 4.0, 60)
    found = vanishing_points(np.vstack([poles, pencil(-0.9, -0.5, 30)]), ASPECT)
    assert found[0].x == pytest.approx(-0.9, abs=0.05)
    assert found[0].y == pytest.approx(-0.5, abs=0.05)


def test_a_lens_that_bends_is_told_from_one_that_does_not() -> None:
    straight = pencil(-0.4, -0.45, 120)
    bent = np.hstack([bend(straight[:, :2], 0.26, ASPECT), bend(straight[:, 2:], 0.26, ASPECT)])
    best = vanishing_points(bent, ASPECT)[0]
    assert best.lens >= 0.16
    assert best.share > 0.8


@pytest.mark.parametrize("lens", [0.0, 0.1, 0.3])
def test_bending_and_straightening_are_opposites(lens: float) -> None:
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (50, 2)) * (ASPECT, 1)
    np.testing.assert_allclose(straighten(bend(points, lens, ASPECT), lens, ASPECT), points, atol=1e-6)


def test_of_a_painted_street_the_point_is_where_geometry_has_it() -> None:
    street = PaintedStreet()
    spot = street.project(1e6, -4.0)
    assert spot is not None
    found = vanishing_points(segments_of(np.asarray(cv2.cvtColor(street.picture, cv2.COLOR_RGB2GRAY), np.uint8)), ASPECT)
    assert ((found[0].x / ASPECT + 0.5), found[0].y + 0.5) == pytest.approx(spot, abs=0.03)


def test_a_picture_without_edges_has_no_point() -> None:
    assert segments_of(np.full((90, 160), 120, np.uint8)).shape == (0, 4)
    assert vanishing_points(np.empty((0, 4)), ASPECT) == []


def test_what_things_hide_has_no_segments() -> None:
    picture = np.zeros((90, 160), np.uint8)
    picture[20:70, 40:] = 200
    hidden = np.zeros((90, 160), bool)
    assert len(segments_of(picture)) > 0
    hidden[:] = True
    assert len(segments_of(picture, hidden)) == 0
