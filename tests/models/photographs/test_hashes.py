from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import PictureError
from models.photographs.hashes import NEAR, distances, hash_pixels, hashes_of, mirrored, near_pairs
from tests.models.photographs.making import blotches, write

Pixels = NDArray[np.uint8]


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def compressed(picture: Pixels) -> Pixels:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 25])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p: resized(p, 150, 100), id="half the size"),
        pytest.param(lambda p: resized(p, 300, 250), id="another aspect"),
        pytest.param(compressed, id="compressed hard"),
        pytest.param(lambda p: (p * 0.6 + 20).astype(np.uint8), id="darker and flatter"),
        pytest.param(lambda p: p[2:-2, 3:-3], id="a little off the edges"),
        pytest.param(lambda p: cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), id="grey"),
    ],
)
def test_the_same_picture_in_another_form_is_near(change: Callable[[Pixels], Pixels]) -> None:
    for seed in range(8):
        picture = blotches(seed, 300, 200)
        assert int(distances([hash_pixels(picture)], [hash_pixels(change(picture))])[0, 0]) <= NEAR


def test_other_pictures_are_far_by_about_half_the_bits() -> None:
    values = [hash_pixels(blotches(seed, 300, 200)) for seed in range(60)]
    far = distances(values, values)[np.triu_indices(60, 1)]
    assert far.min() > NEAR
    assert 29 < far.mean() < 35


def test_bits_are_counted_over_all_64() -> None:
    assert distances([0, 2**64 - 1], [0, 1, 2**64 - 1]).tolist() == [[0, 1, 64], [64, 63, 0]]


def test_a_mirrored_copy_is_found_beside_the_straight_ones(tmp_path: Path) -> None:
    left = [write(tmp_path / "a.jpg", blotches(1)), write(tmp_path / "b.jpg", blotches(2))]
    right = [write(tmp_path / "c.jpg", mirrored(blotches(2))), write(tmp_path / "d.jpg", blotches(3)), write(tmp_path / "e.jpg", blotches(1))]
    assert [(i, j) for i, j, _ in near_pairs(left, right)] == [(0, 2), (1, 0)]


def test_a_file_is_read_again_when_it_was_changed(tmp_path: Path) -> None:
    import os

    path = write(tmp_path / "a.jpg", blotches(1))
    before = hashes_of(path)
    write(path, blotches(2))
    os.utime(path, ns=(1, 1))
    assert hashes_of(path) != before


def test_no_picture_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        hashes_of(tmp_path / "gone.jpg")
