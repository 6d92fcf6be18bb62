"""Measures of luma: known pictures, known values."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from streams.health import alike_share, blur_effect, brightness_of, contrast_of, edge_strength
from streams.health.measures import changed_cells, fine_detail
from tests.street_picture import by_night, in_rain, seen, street, with_noise


def test_brightness_and_contrast_are_mean_and_deviation() -> None:
    halves = np.zeros((36, 64), np.uint8)
    halves[:, 32:] = 100
    assert (brightness_of(halves), contrast_of(halves)) == (50.0, 50.0)


def test_edges_are_what_neighbours_differ_by() -> None:
    stripes = np.zeros((36, 64), np.uint8)
    stripes[:, ::2] = 10
    assert edge_strength(stripes) == pytest.approx(5.0)
    assert edge_strength(np.full((36, 64), 90, np.uint8)) == 0.0


def test_alike_counts_equal_cells_and_changed_those_beyond_a_step() -> None:
    before = np.full((36, 64), 90, np.uint8)
    now = before.copy()
    now[0, :23] = 96
    now[1, :23] = 91
    assert alike_share(before, now) == 1 - 46 / 2304
    assert changed_cells(before, now, 6) == 23
    assert alike_share(before, now[:30]) == 0.0


def gauge(luma: np.ndarray) -> np.ndarray:
    return cv2.resize(luma, (320, 180), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_picture_out_of_focus_is_blurred_and_night_and_rain_are_not(seed: int) -> None:
    sharp = seen(street(seed))
    for picture in (sharp, by_night(sharp), in_rain(sharp), with_noise(sharp, 6)):
        assert blur_effect(gauge(picture)) < 0.56
    effects = [blur_effect(gauge(cv2.GaussianBlur(sharp, (0, 0), sigma))) for sigma in (2, 4, 8, 14)]
    assert effects == sorted(effects)
    assert effects[2] > 0.62
    assert effects[3] > 0.74


def test_a_flat_picture_is_all_blur() -> None:
    assert blur_effect(np.full((180, 320), 90, np.uint8)) == 1.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_picture_that_is_blurred_more_never_reads_as_sharper(seed: int) -> None:
    sharp = by_night(seen(street(seed)))
    effects = [blur_effect(gauge(cv2.GaussianBlur(sharp, (0, 0), sigma))) for sigma in (4, 8, 14, 20, 30, 45, 60)]
    assert min(effects[2:]) > 0.74
    assert all(after > before - 0.02 for before, after in pairwise(effects))


def test_fine_detail_is_lost_by_blur_and_kept_by_rain_and_noise() -> None:
    sharp = seen(street())

    def detail(luma: np.ndarray) -> float:
        return fine_detail(cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA))

    assert detail(cv2.GaussianBlur(sharp, (0, 0), 14)) < 0.4 * detail(sharp)
    assert detail(in_rain(sharp)) > 0.6 * detail(sharp)
    assert detail(with_noise(sharp, 6)) > 0.9 * detail(sharp)
    assert fine_detail(np.full((36, 64), 90, np.uint8)) == 0.0
