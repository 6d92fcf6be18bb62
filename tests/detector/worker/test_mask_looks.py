"""What many looks say together of where people and vehicles are."""

from __future__ import annotations

import numpy as np
import pytest

from detector.worker.mask_looks import MOST_OF_A_LOOK, VEHICLES, _best, summed_scores, tiles, turned_back
from models.detections import Detections


@pytest.mark.parametrize(
    ("size", "count"),
    [((768, 576), 7), ((640, 384), 10), ((320, 240), 3), ((1920, 1080), 35), ((3840, 2160), 35), ((200, 3000), 20)],
    ids=["small", "the detector's own", "smaller than it", "1080p", "4K", "a strip"],
)
def test_tiles_cover_the_picture(size: tuple[int, int], count: int) -> None:
    found = list(tiles(*size, 640, 384))
    seen = np.zeros((size[1], size[0]), bool)
    for left, top, right, bottom in found[1:] or found:
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        seen[top:bottom, left:right] = True
    assert seen.all()
    assert len(found) == count


@pytest.mark.parametrize("turns", range(4))
def test_a_box_of_a_turned_picture_lies_where_it_lay(turns: int) -> None:
    pixels = np.zeros((60, 100), np.uint8)
    pixels[10:25, 30:70] = 1
    rows, columns = np.nonzero(np.rot90(pixels, turns))
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    assert turned_back(seen, turns, 100, 60).tolist() == [[30, 10, 70, 25]]


def test_scores_of_boxes_that_agree_are_summed_once_a_look() -> None:
    one = np.array([[0, 0, 100, 100], [0, 0, 100, 99], [300, 300, 400, 400]], np.float32)
    other = np.array([[0, 0, 100, 95]], np.float32)
    nothing = np.empty((0, 4), np.float32)
    elsewhere = np.array([[0, 0, 100, 70]], np.float32)
    looks = [one, nothing, other, elsewhere]
    scores = [np.array(row, np.float32) for row in ([0.01, 0.004, 0.3], [], [0.008], [0.9])]
    sums = summed_scores(looks, scores)
    assert [len(row) for row in sums] == [3, 0, 1, 1]
    assert sums[0] == pytest.approx([0.018, 0.018, 0.3])
    assert sums[2] == pytest.approx([0.018])
    assert sums[3] == pytest.approx([0.9])


def test_of_a_look_the_best_vehicles_count() -> None:
    scores = np.linspace(0.004, 0.5, MOST_OF_A_LOOK + 40, dtype=np.float32)
    boxes = np.zeros((len(scores), 4), np.float32)
    best = _best(Detections(boxes, scores, np.zeros(len(scores), np.int64), VEHICLES))
    assert len(best) == MOST_OF_A_LOOK
    assert best.scores.min() == scores[40]
