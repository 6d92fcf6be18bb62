from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.training.verifier.backbones import FEATURES
from models.training.verifier.features import FeatureStore
from tests.models.photographs.making import blotches, write

WHOLE = (0.0, 0.0, 1.0, 1.0)
LEFT = (0.0, 0.0, 0.5, 1.0)


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    """A backbone whose features are the crop's left half's mean brightness, 1,280 times."""
    nodes = [
        helper.make_node("Slice", ["crops", "zero", "four", "two"], ["left"]),
        helper.make_node("Cast", ["left"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "one"], ["column"]),
        helper.make_node("Mul", ["column", "row"], ["features"]),
    ]
    constants = {
        "zero": np.array([0], np.int64), "four": np.array([4], np.int64), "two": np.array([2], np.int64), "axes": np.array([1, 2, 3], np.int64),
        "one": np.array([1], np.int64), "row": np.ones((1, FEATURES), np.float32),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["crops", 8, 8, 3])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["crops", FEATURES])],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )  # fmt: skip
    path = tmp_path / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), str(path))
    return path


def test_a_crop_is_computed_once_whoever_asks(tmp_path: Path, backbone: Path) -> None:
    picture = write(tmp_path / "a.jpg", blotches(1))
    store = FeatureStore(tmp_path / "cache", backbone, 8)
    first = store.of(picture, [WHOLE, LEFT])
    assert (first.shape, first.dtype, store.computed) == ((2, FEATURES), np.float32, 2)
    assert first[0, 0] != first[1, 0]
    again = FeatureStore(tmp_path / "cache", backbone, 8)
    swapped = again.of(picture, [LEFT, WHOLE, LEFT])
    assert again.computed == 0
    assert np.array_equal(swapped, first[[1, 0, 1]])
    mirrored = again.of(picture, [WHOLE], mirrored=True)
    assert again.computed == 1
    assert mirrored[0, 0] != first[0, 0]
    assert store.of(picture, []).shape == (0, FEATURES)


def test_the_same_picture_under_another_name_is_known(tmp_path: Path, backbone: Path) -> None:
    one, copy = write(tmp_path / "a.jpg", blotches(1)), write(tmp_path / "b.jpg", blotches(1))
    store = FeatureStore(tmp_path / "cache", backbone, 8)
    store.of(one, [WHOLE])
    store.of(copy, [WHOLE])
    assert store.computed == 1


def test_a_crop_can_be_shown_with_few_pixels(tmp_path: Path, backbone: Path) -> None:
    picture = write(tmp_path / "a.jpg", blotches(1))
    store = FeatureStore(tmp_path / "cache", backbone, 8)
    plain = store.of(picture, [LEFT])
    small = store.of(picture, [LEFT, LEFT], shown_px=[2, 4])
    assert store.computed == 3, "each is known by how it is shown"
    assert plain[0, 0] != small[0, 0] != small[1, 0]
    assert small[:, 0] == pytest.approx(plain[0, 0], abs=40), "it is the same place"
    assert store.of(picture, [LEFT], shown_px=[4])[0, 0] == small[1, 0]
    assert store.computed == 3
