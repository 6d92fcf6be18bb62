from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelFileError
from models.heads import Head, boxes_from_raw, boxes_from_rows, tell_head
from models.metadata import ModelMetadata

SIZE = (64, 96)


def metadata(classes: int, end2end: bool | None = None, *, nms: bool = False) -> ModelMetadata:
    return ModelMetadata(tuple(f"c{i}" for i in range(classes)), (640, 640), 32, end2end, nms, False)


@pytest.mark.parametrize(
    ("meta", "shape", "head"),
    [
        pytest.param(metadata(80, True), (1, 300, 6), Head.ROWS, id="YOLO26 with nms=False"),
        pytest.param(metadata(80, False), (1, 84, 8400), Head.RAW, id="YOLO26 raw"),
        pytest.param(metadata(80), (1, 84, 8400), Head.RAW, id="YOLOv8 and 11, which do not say"),
        pytest.param(metadata(80), (1, 300, 6), Head.ROWS, id="YOLOv10, which does not say"),
        pytest.param(metadata(80, False, nms=True), (1, 300, 6), Head.ROWS, id="NMS built in"),
        pytest.param(metadata(2), (1, 6, 8400), Head.RAW, id="two classes, raw: six rows of anchors"),
        pytest.param(metadata(2), (1, 300, 6), Head.ROWS, id="two classes, final rows"),
        pytest.param(metadata(2, False), (1, 6, 6), Head.RAW, id="six by six: the metadata decides"),
        pytest.param(metadata(2, True), (1, 6, 6), Head.ROWS, id="six by six and NMS-free"),
    ],
)
def test_tell_head(meta: ModelMetadata, shape: tuple[int, ...], head: Head) -> None:
    assert tell_head(meta, shape, "x.onnx") is head


@pytest.mark.parametrize(
    ("meta", "shape"),
    [
        pytest.param(metadata(80), (1, 25200, 85), id="YOLOv5 with objectness"),
        pytest.param(metadata(80), (1, 116, 8400), id="a segmenting head"),
        pytest.param(metadata(80), (1, 1000), id="a classifier"),
        pytest.param(metadata(80, True), (1, 84, 8400), id="says NMS-free, gives raw"),
    ],
)
def test_another_output_is_refused_with_its_shape(meta: ModelMetadata, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelFileError, match=r"x\.onnx gives an output of shape"):
        tell_head(meta, shape, "x.onnx")


def test_rows_are_cut_to_the_picture_sorted_and_freed_of_empty_ones() -> None:
    rows = np.array(
        [[10, 10, 20, 20, 0.3, 1], [-5, -5, 200, 200, 0.9, 0], [30, 30, 30, 40, 0.8, 0], [100, 0, 120, 9, 0.8, 0], [1, 1, 5, 5, 0.01, 0], [1, 1, 5, 5, 0.9, 7]],
        np.float32,
    )
    found = boxes_from_rows(rows, ("a", "b"), 0.05, SIZE, {})
    assert found.xyxy.tolist() == [[0, 0, 96, 64], [10, 10, 20, 20]]
    assert found.classes() == ("a", "b")


def test_a_head_that_repeats_itself_is_thinned_only_in_the_named_classes() -> None:
    rows = np.array([[0, 0, 20, 20, 0.9, 0], [1, 0, 21, 20, 0.8, 0], [0, 0, 20, 20, 0.7, 1], [1, 0, 21, 20, 0.6, 1]], np.float32)
    assert len(boxes_from_rows(rows, ("a", "b"), 0.05, SIZE, {})) == 4
    thinned = boxes_from_rows(rows, ("a", "b"), 0.05, SIZE, {1: 0.5})
    assert thinned.scores.tolist() == pytest.approx([0.9, 0.8, 0.7])


def test_raw_boxes_are_suppressed_within_their_class() -> None:
    raw = np.array([[20, 21, 20, 60], [20, 20, 20, 30], [16, 16, 16, 10], [16, 16, 16, 20], [0.9, 0.8, 0.1, 0.0], [0.1, 0.0, 0.7, 0.02]], np.float32)
    found = boxes_from_raw(raw, ("a", "b"), 0.05, SIZE)
    assert found.classes() == ("a", "b")
    assert found.xyxy[0].tolist() == [12, 12, 28, 28]


def test_every_class_of_a_place_counts_where_that_is_asked() -> None:
    raw = np.array([[20, 21], [20, 20], [16, 16], [16, 16], [0.9, 0.8], [0.3, 0.4], [0.01, 0.01]], np.float32)
    assert boxes_from_raw(raw, ("a", "b", "c"), 0.05, SIZE).classes() == ("a",)
    found = boxes_from_raw(raw, ("a", "b", "c"), 0.05, SIZE, every_class=True)
    assert found.classes() == ("a", "b")
    assert found.xyxy[1].tolist() == [13, 12, 29, 28]
    assert len(boxes_from_raw(raw, ("a", "b", "c"), 0.95, SIZE, every_class=True)) == 0


def test_not_a_number_is_no_box() -> None:
    rows = np.array([[np.nan, 0, 10, 10, 0.9, 0], [0, 0, 10, 10, np.nan, 0]], np.float32)
    assert len(boxes_from_rows(rows, ("a",), 0.05, SIZE, {})) == 0
