from __future__ import annotations

import pytest

from evidence.homography import Homography
from tests.evidence.pinhole import Pinhole, square

CAMERA = Pinhole(-14.0, -3.0)
FAR = (*square(4.0), (0.0, -4.0), (4.0, 0.0), (-1.5, 2.5))


@pytest.mark.parametrize("corners", [FAR[:4], FAR], ids=["four corners", "seven"])
def test_a_camera_s_corners_place_every_other_point(corners: tuple[tuple[float, float], ...]) -> None:
    homography = Homography.of([CAMERA.seen(*corner) for corner in corners], corners)
    assert homography is not None
    assert homography.error < 1e-6
    for point in ((0.0, 0.0), (3.9, -3.9), (-2.0, 5.5)):
        assert homography.applied(CAMERA.seen(*point)) == pytest.approx(point, abs=1e-6)


def test_nothing_lies_at_the_horizon_or_above_it() -> None:
    homography = Homography.of([CAMERA.seen(*corner) for corner in FAR[:4]], FAR[:4])
    assert homography is not None
    assert homography.applied((0.5, -0.1)) is None


def test_corners_that_miss_each_other_say_by_how_much() -> None:
    off = [(east + (1.0 if number == 0 else 0.0), north) for number, (east, north) in enumerate(FAR)]
    homography = Homography.of([CAMERA.seen(*corner) for corner in FAR], off)
    assert homography is not None
    assert 0.1 < homography.error < 1.0


@pytest.mark.parametrize(
    ("picture", "ground"),
    [
        pytest.param([(0.1, 0.1), (0.9, 0.1), (0.5, 0.9)], [(0, 0), (1, 0), (1, 1)], id="three corners"),
        pytest.param([(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.9)], [(0, 0), (1, 0), (2, 0), (1, 1)], id="three of four on a line"),
        pytest.param([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)], [(0, 0), (4, 0), (0, 4), (4, 4)], id="two corners the wrong way round"),
        pytest.param([(0.1, 0.1)] * 4, [(0, 0), (4, 0), (4, 4), (0, 4)], id="one corner four times"),
    ],
)
def test_corners_that_fix_nothing(picture: list[tuple[float, float]], ground: list[tuple[float, float]]) -> None:
    assert Homography.of(picture, ground) is None
