"""Tiny verifiers whose every output follows the brightness of what they are shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.cards import Fusion, ModelCard, VerifierBinding, card_path, read_card, sha256_of, write_card
from models.shelf import ZOO
from models.verifier.crops import Tiles
from models.verifier.network import INPUTS, METADATA_KEY, Plan
from models.verifier.things import LENGTH

PLAN = Plan("tiny", 8, Tiles(1, 2, 0.6, 1.0), 1.5)
FUSION = Fusion(bias=-0.3, weights={"detector": 0.5, "crop": 1.0, "picture": 0.5, "parts": 0.25})


def tiny_verifier(path: Path, plan: Plan = PLAN, *, metadata: str | None = None) -> Path:
    """A file in the verifier's form: a white crop is surely a stall, a black one surely `other`; `covered` where it is dark."""
    stall = np.zeros((1, len(plan.looks)), np.float32)
    stall[0, 0] = 12.0
    other = np.full((1, len(plan.looks)), -20.0, np.float32)
    other[0, 0], other[0, -1] = 0.0, 6.0
    first_box = plan.tiles.count
    nodes = [
        helper.make_node("Cast", [INPUTS[0]], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
        helper.make_node("Div", ["mean", "white"], ["bright"]),
        helper.make_node("Slice", ["bright", "zero", "first_box"], ["tiles"]),
        helper.make_node("ReduceMax", ["tiles", "zero"], ["whole"], keepdims=1),
        helper.make_node("Mul", ["whole", "eight"], ["picture"]),
        helper.make_node("ReduceMean", ["seen", "one"], ["things"], keepdims=0),
        helper.make_node("Slice", ["bright", "first_box", "end"], ["boxes"]),
        helper.make_node("Unsqueeze", ["boxes", "one"], ["column"]),
        helper.make_node("MatMul", ["column", "stall"], ["raised"]),
        helper.make_node("Add", ["raised", "other"], ["looks"]),
        helper.make_node("Sub", ["half", "boxes"], ["covered"]),
    ]
    constants = {
        "axes": np.array([1, 2, 3], np.int64), "white": np.array(255, np.float32), "zero": np.array([0], np.int64), "one": np.array([1], np.int64),
        "eight": np.array(8, np.float32), "first_box": np.array([first_box], np.int64), "end": np.array([2**31 - 1], np.int64), "stall": stall,
        "other": other, "half": np.array(0.5, np.float32),
    }  # fmt: skip
    inputs = [
        helper.make_tensor_value_info(INPUTS[0], TensorProto.UINT8, ["crops", plan.side_px, plan.side_px, 3]),
        helper.make_tensor_value_info(INPUTS[1], TensorProto.FLOAT, [1, LENGTH]),
    ]
    outputs = [("picture", [None]), ("things", [None]), ("looks", [None, len(plan.looks)]), ("covered", [None])]
    graph = helper.make_graph(
        nodes, "tiny", inputs,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: plan.to_json() if metadata is None else metadata})
    onnx.save(model, str(path))
    return path


def bind(detector: Path, *, threshold: float = 0.5, names: tuple[str, ...] = ("stall", "parasol"), fusion: Fusion = FUSION) -> ModelCard:
    """Writes a tiny verifier beside a detector's file and the card that binds it."""
    verifier = tiny_verifier(detector.with_name(f"{detector.stem}.verifier.onnx"))
    binding = VerifierBinding(file=verifier.name, sha256=sha256_of(verifier), threshold=threshold, fusion=fusion)
    card = ModelCard(
        name=detector.stem, version="1", sha256=sha256_of(detector), licence="MIT", classes=names, input_size=(96, 64), score_thresholds={}, verifier=binding
    )
    write_card(card, card_path(detector))
    return card


def shipped_alone(folder: Path) -> Path:
    """The shipped detector with a card that names no verifier."""
    shipped = ZOO / "curbwatch-n-street.onnx"
    detector = folder / "alone.onnx"
    shutil.copyfile(shipped, detector)
    write_card(read_card(shipped.with_suffix(".yaml")).model_copy(update={"name": "alone", "verifier": None}), folder / "alone.yaml")
    return detector


def shipped_with_verifier(folder: Path) -> Path:
    """The shipped detector with a verifier that goes by brightness."""
    shipped = ZOO / "curbwatch-n-street.onnx"
    detector = folder / "pair.onnx"
    shutil.copyfile(shipped, detector)
    bound = bind(detector, threshold=0.999, names=("stall",)).verifier
    write_card(read_card(shipped.with_suffix(".yaml")).model_copy(update={"name": "pair", "verifier": bound}), folder / "pair.yaml")
    return detector
