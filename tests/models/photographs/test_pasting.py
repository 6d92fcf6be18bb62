from __future__ import annotations

import numpy as np
import pytest

from models.photographs.pasting import cover, paste, rim, shrunk


def flat(value: int, width: int = 40, height: int = 30) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_the_rim_rises_from_the_edge_to_the_middle() -> None:
    weight = rim(40, 30, 8)[:, :, 0]
    assert weight.shape == (30, 40)
    assert weight[15, 20] == 1
    assert weight[0, 0] < 0.01
    assert (np.diff(weight[15, :9]) >= 0).all()
    assert weight == pytest.approx(weight[::-1, ::-1])


def test_a_pasted_picture_stays_within_its_place_and_is_itself_in_the_middle() -> None:
    host = flat(50, 200, 100)
    paste(host, flat(200), 100, 20, feather_px=6)
    changed = np.argwhere((host != 50).any(axis=2))
    assert changed.min(axis=0).tolist() == [20, 100]
    assert changed.max(axis=0).tolist() == [49, 139]
    assert (host[30:40, 110:130] == 200).all()
    assert 50 < host[35, 102, 0] < 200


def test_brightness_moves_towards_the_surroundings_as_far_as_asked() -> None:
    means = []
    for match in (0.0, 0.5, 1.0):
        host = flat(100, 200, 100)
        paste(host, flat(150), 50, 20, feather_px=1, match=match)
        means.append(int(host[35, 70, 0]))
    assert means[0] == 150
    assert means[0] > means[1] > means[2] >= 100


@pytest.mark.parametrize(("width", "height"), [pytest.param(300, 100, id="wide"), pytest.param(90, 400, id="tall"), pytest.param(64, 36, id="smaller")])
def test_a_host_fills_the_frame_without_being_bent(width: int, height: int) -> None:
    host = flat(0, width, height)
    middle = np.zeros_like(host)
    middle[height // 2 - 4 : height // 2 + 4, width // 2 - 4 : width // 2 + 4] = 255
    framed = cover(middle, 160, 90)
    assert framed.shape == (90, 160, 3)
    ys, xs = np.nonzero(framed[:, :, 0] > 127)
    assert np.ptp(xs) == pytest.approx(np.ptp(ys), abs=2)


def test_shrinking_averages_and_does_not_sample() -> None:
    stripes = np.zeros((32, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    assert shrunk(stripes, 16, 8) == pytest.approx(100, abs=1)
