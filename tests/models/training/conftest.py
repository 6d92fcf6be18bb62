"""A base network with COCO's classes and random weights, for what needs a network and not what it knows."""

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
