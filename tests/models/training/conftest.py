"""A base network with COCO's classes and random weights, and the files exported from it, for what needs a network and not what it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def random_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A YOLO26n checkpoint that nobody trained; needs the training environment."""
    torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
    from models.training import torchvision_standin

    torchvision_standin.install()
    pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
    from ultralytics.cfg import ASSETS  # noqa: F401  # imported first: the package sets itself up
    from ultralytics.nn.tasks import DetectionModel

    from models.classes import COCO_STREET_CLASSES

    torch.manual_seed(5)
    network: Any = DetectionModel("yolo26n.yaml", ch=3, nc=80, verbose=False)
    for name, value in network.state_dict().items():  # else the equal ones of two convolutions are stored as one
        if name.endswith(("bn.bias", "running_mean")):
            value.normal_(std=0.1)
    rest = tuple(f"coco {i}" for i in range(80 - len(COCO_STREET_CLASSES)))
    network.names = dict(enumerate(COCO_STREET_CLASSES + rest))
    path = tmp_path_factory.mktemp("base") / "base.pt"
    torch.save({"epoch": -1, "model": network, "train_args": {"task": "detect"}}, path)
    return path


@pytest.fixture(scope="session")
def bare_file(random_base: Path) -> Path:
    """The ONNX file of the base without a branch."""
    from models.training.export import export

    return export(random_base, None, random_base.with_name("bare.onnx")).path


@pytest.fixture(scope="session")
def street_file(random_base: Path) -> Path:
    """The ONNX file with a branch whose every layer is its own, and whose scores are high enough to be compared."""
    import torch

    from models.training.export import export
    from models.training.street_branch import FROZEN_LAYERS, build_start

    branch = build_start(random_base, random_base.with_name("branch.pt"))
    saved = torch.load(branch, weights_only=False)
    torch.manual_seed(8)
    with torch.no_grad():
        for layer in saved["model"].model[FROZEN_LAYERS:]:
            for weight in layer.parameters():
                weight.mul_(1 + 0.2 * torch.rand_like(weight))
        for level in saved["model"].model[-1].cv3:  # the half that answers
            level[-1].weight.mul_(3)
            level[-1].bias.normal_(mean=-2, std=0.1)
    torch.save(saved, branch)
    return export(random_base, branch, random_base.with_name("street.onnx")).path
