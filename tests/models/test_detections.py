from __future__ import annotations

import numpy as np

from models.detections import Detections

NAMES = ("stall", "goods_out", "parasol")
THREE = Detections(
    np.array([[0, 0, 10, 10], [5, 5, 20, 20], [1, 1, 2, 2]], np.float32),
    np.array([0.9, 0.5, 0.2], np.float32),
    np.array([0, 2, 0], np.int64),
    NAMES,
)


def test_a_mask_and_an_index_array_select_the_same_boxes() -> None:
    by_mask = THREE[np.array([True, False, True])]
    by_index = THREE[np.array([0, 2])]
    assert by_mask.scores.tolist() == by_index.scores.tolist() == THREE.scores[[0, 2]].tolist()
    assert by_mask.xyxy.tolist() == by_index.xyxy.tolist()


def test_above_keeps_a_score_that_is_just_reached() -> None:
    assert THREE.above(0.5).classes() == ("stall", "parasol")


def test_of_selects_by_class_name_and_passes_over_unknown_ones() -> None:
    assert THREE.of("stall").scores.tolist() == THREE.scores[[0, 2]].tolist()
    assert len(THREE.of("goods_out")) == 0
    assert THREE.of("balloon", "parasol").classes() == ("parasol",)


def test_empty_has_columns_that_can_be_selected_and_concatenated() -> None:
    empty = Detections.empty(NAMES)
    assert len(empty) == 0
    assert empty.xyxy.shape == (0, 4)
    assert len(empty.above(0.1).of("stall")) == 0
