from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.still_camera import HEIGHT_PX, WIDTH_PX, frame_of, placed, shots, write_shots
from streams.recorded import read_access_units


@pytest.mark.parametrize(
    ("size", "lies"),
    [
        pytest.param((640, 360), (2.0, 0.0, 0.0), id="as wide as a camera's"),
        pytest.param((1000, 1000), (0.72, 280.0, 0.0), id="square"),
        pytest.param((2560, 720), (0.5, 0.0, 180.0), id="a panorama"),
    ],
)
def test_a_picture_lies_whole_in_the_frame(size: tuple[int, int], lies: tuple[float, float, float]) -> None:
    assert placed(*size) == pytest.approx(lies)
    picture = np.full((size[1], size[0], 3), 40, np.uint8)
    picture[:, :, 0] = 200
    cv2.rectangle(picture, (0, 0), (size[0] - 1, size[1] - 1), (0, 255, 0), size[0] // 40)
    frame = frame_of(picture)
    assert frame.shape == (HEIGHT_PX, WIDTH_PX, 3)
    scale, left, top = lies
    x, y = round(left + 0.3 * size[0] * scale), round(top + 0.5 * size[1] * scale)
    assert frame[y, x].tolist() == [200, 40, 40]
    assert frame[y, round(left) + 3].tolist() == [0, 255, 0]


def test_every_shot_has_its_own_noise_and_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    frame = np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)
    first, second = shots([frame] * 2, 3)
    assert not np.array_equal(first, second)
    assert 2.0 < float(first.astype(np.float32).std()) < 4.0
    assert np.array_equal(next(shots([frame], 3)), first)


def test_a_clip_is_keyframes_two_seconds_apart_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "still.mp4"
    write_shots(shots([np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)] * 4, 1), path)
    units = list(read_access_units(path))
    assert [unit.keyframe for unit in units] == [True] * 4
    assert [round(unit.arrival_seconds, 2) for unit in units] == [0.0, 2.0, 4.0, 6.0]
