"""Stands in for torchvision where its wheel does not load beside the CPU build of torch.

Ultralytics asks torchvision for its version and for non-maximum suppression only. Everything that the project trains and exports is
NMS-free; what would need the real library is refused by name. On a GPU machine install the real torchvision.
"""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import sys
from types import ModuleType
from typing import Any

VERSION = "0.28.0"


def install() -> None:
    """Registers the stand-in as `torchvision` unless the real one can be imported."""
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is not None:
        return
    module, ops = ModuleType("torchvision"), ModuleType("torchvision.ops")
    for made in (module, ops):
        made.__spec__ = importlib.machinery.ModuleSpec(made.__name__, None)
    module.__version__ = VERSION  # type: ignore[attr-defined]
    module.ops = ops  # type: ignore[attr-defined]
    ops.nms = nms  # type: ignore[attr-defined]
    sys.modules.update({"torchvision": module, "torchvision.ops": ops})
    asked = importlib.metadata.version

    def version(distribution_name: str) -> str:
        return VERSION if distribution_name == "torchvision" else asked(distribution_name)

    importlib.metadata.version = version


def nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Indices of the boxes that survive greedy suppression, best first; boxes (n, 4) and scores (n,) are tensors."""
    import torch

    if torch.onnx.is_in_onnx_export():
        raise RuntimeError("an export with built-in NMS needs the real torchvision; export NMS-free (nms=False)")
    order = scores.argsort(descending=True)
    kept = []
    area = (boxes[:, 2] - boxes[:, 0]).clamp(min=0) * (boxes[:, 3] - boxes[:, 1]).clamp(min=0)
    while order.numel():
        best, order = order[0], order[1:]
        kept.append(best)
        low = torch.maximum(boxes[best, :2], boxes[order, :2])
        high = torch.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = (high - low).clamp(min=0).prod(1)
        order = order[shared / (area[best] + area[order] - shared + 1e-9) <= iou_threshold]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.long)
