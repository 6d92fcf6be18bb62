"""Tiny ONNX detectors whose scores follow the brightness of each picture, in every layout that exports come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

NAMES = ("stall", "parasol")
BuildModel = Callable[..., Path]
# Two boxes that overlap by four fifths, and one of the other class far away: centre, size.
RAW_BOXES = np.array([[20, 20, 16, 16], [22, 20, 16, 16], [60, 30, 10, 20]], np.float32)
RAW_SCORES = np.array([[1.0, 0.1], [0.9, 0.0], [0.2, 0.8]], np.float32)
"""Multiplied by the picture's brightness: a white picture scores 1, 0.9 and 0.8."""
ROWS = np.array([[12, 12, 28, 28, 0, 0], [14, 12, 30, 28, 0, 0], [55, 20, 65, 40, 0, 1]], np.float32)
ROW_SCORES = np.array([1.0, 0.9, 0.8], np.float32)


@pytest.fixture
def build_model(tmp_path: Path) -> BuildModel:
    """Writes a detector and returns its path; the keywords choose head, layout, shapes and metadata."""

    def build(
        name: str = "tiny.onnx",
        *,
        head: str = "rows",
        layout: str = "float",
        batch: int | None = None,
        size: tuple[int, int] | None = None,
        names: Sequence[str] = NAMES,
        metadata: dict[str, str] | None = None,
    ) -> Path:
        if head == "raw":
            fixed = np.zeros((1, 4 + len(NAMES), 3), np.float32)
            fixed[0, :4] = RAW_BOXES.T
            lit = np.zeros_like(fixed)
            lit[0, 4:] = RAW_SCORES.T
        else:
            fixed = ROWS[None].copy()
            lit = np.zeros_like(fixed)
            lit[0, :, 4] = ROW_SCORES
        height, width = size or ("height", "width")
        first = batch or "batch"
        kind = {"float": TensorProto.FLOAT, "half": TensorProto.FLOAT16, "uint8": TensorProto.UINT8}[layout]
        shape = [first, height, width, 3] if layout == "uint8" else [first, 3, height, width]
        scale = 255.0 if layout == "uint8" else 1.0
        nodes = [
            helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
            helper.make_node("Div", ["mean", "scale"], ["bright"]),
            helper.make_node("Reshape", ["bright", "column"], ["light"]),
            helper.make_node("Mul", ["light", "lit"], ["scored"]),
            helper.make_node("Add", ["scored", "fixed"], ["output0"]),
        ]
        constants = {
            "axes": np.array([1, 2, 3], np.int64),
            "scale": np.array(scale, np.float32),
            "column": np.array([-1, 1, 1], np.int64),
            "lit": lit,
            "fixed": fixed,
        }
        graph = helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("images", kind, shape)],
            [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [first, None, None])],
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        entries = {"task": "detect", "stride": "32", "names": str(dict(enumerate(names)))} | (metadata or {})
        helper.set_model_props(model, entries)
        path = tmp_path / name
        onnx.save(model, str(path))
        return path

    return build
