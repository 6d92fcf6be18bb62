"""The shipped ONNX file: the COCO network once, its head cut to the classes of the street, and the street branch beside it.

Nothing of the COCO network is trained: its convolutions are sliced and stored as they are, so its boxes and scores are the base's.
The branch is stored in half precision and cast when the file is loaded, which keeps the file under 12 MB. Where the branch has its own copy of
the backbone's last layers, COCO's neck and head are stored so too (on 37 photographs boxes moved by up to 0.11 px and scores by 0.022; on three more
two boxes changed places); what both stand on never is. The pictures go in as uint8 rows (b, h, w, 3) RGB with the division in the graph
(Ultralytics' float input costs a copy on the way), both heads come out as one (b, 600, 6): 300 COCO rows, then 300 of the street with class
ids after COCO's. Rows that stand for nothing have score 0. COCO's rows are of the head that needs no NMS. The street's are of the branch's one-to-many head,
which so short a training teaches more: mAP50 of 300 rendered pictures of families that it had not seen was 0.36 by it and 0.33 by the other, which learns
from one place a thing. It says a thing several times, so the file names the overlap from which two boxes of a class are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.classes import COCO_STREET_CLASSES, STREET_CLASSES
from models.errors import TrainingError
from models.metadata import DUPLICATES_KEY
from models.training.checkpoints import load_network
from models.training.street_branch import FROZEN_LAYERS, begins_at, is_branch

OPSET = 17
STRIDE = 32
COCO_ROWS = 300
STREET_ROWS = 300
BRANCH_PREFIX, COCO_PREFIX = "branch", "coco"
COCO_LAYERS = 24
STREET_DUPLICATE_IOU = 0.5
"""On the same pictures 0.5, 0.6 and 0.7 gave mAP50 0.365, 0.363 and 0.358."""
BRANCH_ENTRY = "curbwatch.branch"
"""Key of the metadata that tells where the branch begins; files of version 0.1, whose branch has another shape, lack it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the file, its classes and its size in bytes."""

    path: Path
    classes: tuple[str, ...]
    size_bytes: int


def export(base: Path, branch: Path | None, target: Path, *, input_size: tuple[int, int] = (640, 384), version: str = "0") -> Exported:
    """Writes the ONNX file of the COCO checkpoint `base` and, if given, the trained street `branch`.

    Args:
        input_size: width and height that the metadata name; the graph itself takes any multiples of 32.

    Raises:
        TrainingError: a checkpoint of another shape, a branch that was not trained on this base, or an input size that is no multiple of 32.
    """
    if any(side < 1 or side % STRIDE for side in input_size):
        raise TrainingError(f"{target}: an input of {input_size[0]}x{input_size[1]} pixels cannot be: give a width and a height that are multiples of {STRIDE}")
    import torch

    coco = load_network(base)
    street = load_network(branch) if branch is not None else None
    if street is not None:
        if not is_branch(street):
            raise TrainingError(f"{branch} is not a checkpoint of the street branch: train one with `curbwatch models train`")
        _refuse_other_base(coco, street, f"{branch} was not trained on {base}: its frozen layers differ")
    layers: list[Any] = list(coco.fuse(verbose=False).model)
    cut_classes(layers[-1], tuple(coco.names.values()), COCO_STREET_CLASSES)
    classes: tuple[str, ...] = COCO_STREET_CLASSES
    own: list[Any] = []
    begins = 0
    if street is not None:
        begins = begins_at(street)
        _answer_by_many(street.model[-1])
        own = list(street.fuse(verbose=False).model)[begins:]
        classes = COCO_STREET_CLASSES + STREET_CLASSES
    network = _two_headed(layers, own, begins)
    width, height = input_size
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, (torch.zeros(2, height, width, 3, dtype=torch.uint8),), str(target), dynamo=False, opset_version=OPSET,
        input_names=["images"], output_names=["output0"],
        dynamic_axes={"images": {0: "batch", 1: "height", 2: "width"}, "output0": {0: "batch"}},
    )  # fmt: skip
    _finish(target, classes, input_size, version, begins)
    return Exported(target, classes, target.stat().st_size)


def cut_classes(head: Any, names: Sequence[str], wanted: Sequence[str]) -> None:
    """Keeps the rows of the last class convolutions that stand for `wanted`; boxes and the kept scores stay as they are.

    Raises:
        TrainingError: the head lacks a wanted class.
    """
    import torch

    missing = [name for name in wanted if name not in names]
    if missing:
        raise TrainingError(f"the base lacks the classes {', '.join(missing)}")
    rows = [list(names).index(name) for name in wanted]
    for branches in (head.cv3, head.one2one_cv3):
        for level in branches or ():
            last = level[-1]
            cut = torch.nn.Conv2d(last.in_channels, len(rows), 1)
            cut.weight.data, cut.bias.data = last.weight.data[rows].clone(), last.bias.data[rows].clone()
            level[-1] = cut
    head.nc = len(rows)


def _answer_by_many(head: Any) -> None:
    """Puts the one-to-many convolutions where folding keeps them."""
    head.one2one_cv2, head.one2one_cv3 = head.cv2, head.cv3


def _refuse_other_base(coco: Any, street: Any, message: str) -> None:
    """Ultralytics saves checkpoints in half precision, so that is what the frozen layers are compared in."""
    import torch

    known, trained = coco.state_dict(), street.state_dict()
    frozen = [name for name in known if int(name.split(".")[1]) < begins_at(street)]
    if any(name not in trained or not torch.equal(known[name].half(), trained[name].half()) for name in frozen):
        raise TrainingError(message)


def _two_headed(layers: list[Any], own: list[Any], begins: int) -> Any:
    """The module that is exported; made here because torch is only there in the training environment."""
    import torch
    from torch import nn

    class TwoHeaded(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
        """uint8 (b, h, w, 3) → (b, rows, 6)."""

        def __init__(self) -> None:
            super().__init__()
            self.coco = nn.ModuleList(layers)
            self.branch = nn.ModuleList(own)

        def forward(self, pictures: Any) -> Any:
            x = pictures.permute(0, 3, 1, 2).float() / 255
            seen = _run(self.coco[:-1], [], x)
            rows = _rows(self.coco[-1], [seen[i] for i in self.coco[-1].f], COCO_ROWS, 0)
            if not len(self.branch):
                return rows
            seen = _run(self.branch[:-1], seen[:begins], x)
            head = self.branch[-1]
            street = _rows(head, [seen[i] for i in head.f], STREET_ROWS, len(COCO_STREET_CLASSES))
            return torch.cat([rows, street], 1)

    def _run(some: Any, seen: list[Any], x: Any) -> list[Any]:
        """What every layer gives, by its number; the first of `some` goes on from the last of `seen`."""
        for layer in some:
            x = layer(_inputs(layer, seen, seen[-1] if seen else x))
            seen = [*seen, x]
        return seen

    def _inputs(layer: Any, seen: list[Any], x: Any) -> Any:
        if layer.f == -1:
            return x
        if isinstance(layer.f, int):
            return seen[layer.f]
        return [x if i == -1 else seen[i] for i in layer.f]

    def _rows(head: Any, maps: list[Any], count: int, first_class: int) -> Any:
        boxes, scores = [], []
        for i, features in enumerate(maps):
            height, width = features.shape[2], features.shape[3]
            x = (torch.arange(width) + 0.5).view(1, -1).expand(height, width)
            y = (torch.arange(height) + 0.5).view(-1, 1).expand(height, width)
            anchor = torch.stack([x, y]).flatten(1)
            reach = head.one2one_cv2[i](features).flatten(2)
            corners = torch.cat([anchor - reach[:, :2], anchor + reach[:, 2:]], 1)
            boxes.append(corners * head.stride[i])
            scores.append(head.one2one_cv3[i](features).flatten(2).sigmoid())
        # A tiny picture has fewer anchors than rows: the best of them are sought among `count` more of score 0.
        padded = torch.nn.functional.pad(torch.cat(scores, 2).transpose(1, 2), (0, 0, 0, count))
        corners = torch.nn.functional.pad(torch.cat(boxes, 2).transpose(1, 2), (0, 0, 0, count))
        best = padded.amax(2).topk(count, 1).indices.unsqueeze(2)
        classes = padded.shape[2]
        among = padded.gather(1, best.expand(-1, -1, classes)).flatten(1)
        score, index = among.topk(count, 1)
        anchor_of = best.squeeze(2).gather(1, index // classes).unsqueeze(2)
        label = (index % classes).float() + first_class
        return torch.cat([corners.gather(1, anchor_of.expand(-1, -1, 4)), score.unsqueeze(2), label.unsqueeze(2)], 2)

    return TwoHeaded().eval()


def _finish(path: Path, classes: tuple[str, ...], input_size: tuple[int, int], version: str, begins: int) -> None:
    """Slims the graph, halves the branch's weights and writes the metadata as Ultralytics does, with our own keys beside them."""
    import onnx
    import onnxslim  # type: ignore[import-not-found]  # only in the training environment

    model = onnxslim.slim(onnx.load(str(path)))
    _halve(model, (BRANCH_PREFIX, *(f"{COCO_PREFIX}.{layer}." for layer in range(FROZEN_LAYERS, COCO_LAYERS) if 0 < begins < FROZEN_LAYERS)))
    entries = {
        "description": "curbwatch street detector on Ultralytics YOLO26n",
        "author": "curbwatch, from weights by Ultralytics",
        "license": "AGPL-3.0",
        "version": version,
        "stride": "32",
        "task": "detect",
        "batch": "1",
        "channels": "3",
        "imgsz": str([input_size[1], input_size[0]]),
        "names": str(dict(enumerate(classes))),
        "args": str({"dynamic": True, "nms": False}),
        "end2end": "True",
        "curbwatch.input": "uint8 NHWC RGB",
        "curbwatch.heads": str({"coco": COCO_ROWS}),
    }
    if len(classes) > len(COCO_STREET_CLASSES):
        entries |= {
            BRANCH_ENTRY: f"layers {begins} on",
            "curbwatch.heads": str({"coco": COCO_ROWS, "street": STREET_ROWS}),
            DUPLICATES_KEY: str(dict.fromkeys(STREET_CLASSES, STREET_DUPLICATE_IOU)),
        }
    del model.graph.value_info[:]  # shapes of inner tensors: 1.5 MB that nothing reads
    del model.metadata_props[:]
    for key, value in entries.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _halve(model: Any, prefixes: tuple[str, ...]) -> None:
    """Stores the weights whose name begins with one of `prefixes` in half precision, with a cast that onnxruntime folds when it loads the file."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for initializer in model.graph.initializer:
        if initializer.name.startswith(prefixes) and initializer.data_type == TensorProto.FLOAT:
            name = initializer.name
            half = numpy_helper.from_array(numpy_helper.to_array(initializer).astype(np.float16), name + ".half")
            initializer.CopyFrom(half)
            casts.append(helper.make_node("Cast", [name + ".half"], [name], name=name + ".cast", to=TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)
