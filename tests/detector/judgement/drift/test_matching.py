"""How a picture lies against its reference: found to a pixel by day, at night, in rain and behind people; not found where it is another one."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from detector.judgement.drift import GAUGE_WIDTH, Gallery, gauge_height, landmarks_of, match
from detector.judgement.drift.homography import largest_shift, moved_point, roll_degrees, zoom_of
from detector.judgement.drift.landmarks import gauge_of
from detector.judgement.drift.matching import Looked
from tests.street_picture import SEEN, by_night, in_rain, seen, street, with_noise, with_people

ASPECT = SEEN[0] / SEEN[1]
PIXEL = 1 / GAUGE_WIDTH
STREETS = {seed: street(seed) for seed in (1, 2, 3)}

Luma = np.ndarray


def gauge(luma: Luma) -> Luma:
    return gauge_of(luma, gauge_height(luma.shape[1], luma.shape[0]))


def looked(luma: Luma) -> Looked:
    return Looked.of(gauge(luma))


def plain(luma: Luma, seed: int) -> Luma:
    return with_noise(luma, 3, seed)


def crowded(luma: Luma, seed: int) -> Luma:
    return with_noise(with_people(luma, 25, seed), 3, seed)


def rainy_with_people(luma: Luma, seed: int) -> Luma:
    return in_rain(with_people(luma, 12, seed), seed)


LIGHTS = [plain, by_night, in_rain, crowded, rainy_with_people]


@pytest.mark.parametrize("light", LIGHTS, ids=lambda light: str(light.__name__))
@pytest.mark.parametrize("seed", STREETS)
def test_a_picture_in_place_is_in_place_by_any_light(seed: int, light: Callable[[Luma, int], Luma]) -> None:
    picture = seen(STREETS[seed])
    found = match(landmarks_of(gauge(picture)), looked(light(picture, seed)), search=False)
    assert found.is_sure
    assert largest_shift(found.homography, ASPECT) < 0.004


@pytest.mark.parametrize("light", LIGHTS, ids=lambda light: str(light.__name__))
@pytest.mark.parametrize(("right", "down", "turn", "zoom"), [(0.02, 0.0, 0.0, 1.0), (-0.03, 0.015, 1.0, 1.0), (0.05, -0.02, 0.0, 1.02)])
def test_a_small_shift_is_measured_to_a_pixel_of_the_gauge(light: Callable[[Luma, int], Luma], right: float, down: float, turn: float, zoom: float) -> None:
    whole = STREETS[1]
    found = match(landmarks_of(gauge(seen(whole))), looked(light(seen(whole, right=right, down=down, turn=turn, zoom=zoom), 5)))
    assert found.is_sure
    x, y = moved_point(found.homography, 0.5, 0.5)
    assert math.hypot(x - 0.5 + right, (y - 0.5) / ASPECT + down) < 1.5 * PIXEL
    assert roll_degrees(found.homography, ASPECT) == pytest.approx(-turn, abs=0.3)
    assert zoom_of(found.homography, ASPECT) == pytest.approx(zoom, abs=0.01)


@pytest.mark.parametrize(
    ("right", "down", "turn", "zoom"), [(0.2, 0.0, 0.0, 1.0), (-0.3, 0.08, 0.0, 1.0), (0.0, 0.0, 8.0, 1.0), (0.05, 0.05, -12.0, 1.0), (0.0, 0.0, 0.0, 1.22)],
    ids=["turned to the right", "far to the left and down", "rolled", "knocked askew", "zoomed in"],
)  # fmt: skip
def test_a_large_one_is_found_by_searching(right: float, down: float, turn: float, zoom: float) -> None:
    whole = STREETS[2]
    found = match(landmarks_of(gauge(seen(whole))), looked(plain(seen(whole, right=right, down=down, turn=turn, zoom=zoom), 1)))
    assert found.is_sure
    x, y = moved_point(found.homography, 0.5, 0.5)
    moved = np.array([[math.cos(math.radians(-turn)), -math.sin(math.radians(-turn))], [math.sin(math.radians(-turn)), math.cos(math.radians(-turn))]])
    expected = zoom * moved @ np.array([-right, -down])
    assert math.hypot(x - 0.5 - expected[0], (y - 0.5) / ASPECT - expected[1]) < 3 * PIXEL
    assert roll_degrees(found.homography, ASPECT) == pytest.approx(-turn, abs=0.7)


@pytest.mark.parametrize("light", LIGHTS, ids=lambda light: str(light.__name__))
@pytest.mark.parametrize(("seed", "other"), [(1, 2), (2, 3), (3, 1)])
def test_another_street_is_another_street(seed: int, other: int, light: Callable[[Luma, int], Luma]) -> None:
    found = match(landmarks_of(gauge(seen(STREETS[seed]))), looked(light(seen(STREETS[other]), 1)))
    assert not found.is_sure


@pytest.mark.parametrize("picture", [np.full((450, 800), 90, np.uint8), with_noise(np.full((450, 800), 90, np.uint8), 3)], ids=["flat", "noise"])
def test_nothing_is_found_in_a_picture_of_nothing(picture: Luma) -> None:
    found = match(landmarks_of(gauge(seen(STREETS[1]))), looked(picture))
    assert not found.is_sure
    assert found.gone > 0.75
    assert not Gallery.of(gauge(picture)).is_usable


def test_paint_on_the_lens_takes_landmarks_away_and_people_do_not() -> None:
    picture = seen(STREETS[1])
    painted = picture.copy()
    painted[:, : painted.shape[1] * 2 // 5] = 120
    reference = landmarks_of(gauge(picture))
    assert 0.25 < match(reference, looked(with_noise(painted, 2))).gone < 0.6
    assert match(reference, looked(crowded(picture, 3))).gone < 0.1
    assert match(reference, looked(by_night(picture, 3))).gone < 0.2
