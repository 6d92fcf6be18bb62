"""Writing the verifier's ONNX file: backbone and heads in one graph, weights in half precision, what is to be cut in its metadata."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import TrainingError
from models.training.verifier.heads import Heads
from models.verifier.network import INPUTS, METADATA_KEY, OUTPUTS, Plan
from models.verifier.things import LENGTH

OPSET = 17
LARGEST_BYTES = 12_000_000
SMALLEST_HALVED = 1024
"""Tensors with fewer numbers stay as they are: halving them saves nothing."""


def export_verifier(features: Any, heads: Heads, plan: Plan, target: Path, *, described: Mapping[str, str]) -> int:
    """Writes the verifier of a backbone (`load_backbone`) and trained heads; gives its size in bytes.

    Raises:
        TrainingError: it is larger than 12 MB.
    """
    import torch

    first_box = plan.tiles.count

    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
        """Crops and what is seen to the four outputs; see `models.verifier.network`."""

        def __init__(self) -> None:
            super().__init__()
            self.features = features
            self.picture, self.things, self.looks, self.covered = heads.picture, heads.things, heads.looks, heads.covered

        def forward(self, crops: Any, seen: Any) -> Any:
            made = self.features(crops)
            picture = self.picture(made[:first_box].max(0, keepdim=True).values)[:, 0]
            boxes = made[first_box:]
            return picture, self.things(seen)[:, 0], self.looks(boxes), self.covered(boxes)[:, 0]

    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    example = (torch.zeros(first_box + 2, plan.side_px, plan.side_px, 3, dtype=torch.uint8), torch.zeros(1, LENGTH))
    with warnings.catch_warnings():  # the older exporter, which writes dynamic shapes well, warns of its age at each step
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(), example, str(unfinished), dynamo=False, opset_version=OPSET, input_names=list(INPUTS), output_names=list(OUTPUTS),
            dynamic_axes={INPUTS[0]: {0: "crops"}, "looks": {0: "boxes"}, "covered": {0: "boxes"}},
        )  # fmt: skip
    finish(unfinished, unfinished, {METADATA_KEY: plan.to_json(), **described})
    size = unfinished.stat().st_size
    if size > LARGEST_BYTES:
        unfinished.unlink()
        raise TrainingError(
            f"{target.name} would have {size / 1e6:.1f} MB, more than the {LARGEST_BYTES / 1e6:.0f} MB of a file: take a smaller backbone or head"
        )
    unfinished.replace(target)
    return size


def finish(source: Path, target: Path, metadata: Mapping[str, str]) -> None:
    """Slims a graph, stores its large weights in half precision (cast back when the file is loaded) and writes the metadata."""
    import numpy as np
    import onnx
    import onnxslim  # type: ignore[import-not-found]  # only in the training environment
    from onnx import TensorProto, helper, numpy_helper

    model = onnxslim.slim(onnx.load(str(source)))
    casts = []
    for initializer in model.graph.initializer:
        if initializer.data_type == TensorProto.FLOAT and int(np.prod(initializer.dims)) >= SMALLEST_HALVED:
            name = initializer.name
            initializer.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(initializer).astype(np.float16), name + ".half"))
            casts.append(helper.make_node("Cast", [name + ".half"], [name], name=name + ".cast", to=TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)
    del model.graph.value_info[:]
    del model.metadata_props[:]
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
