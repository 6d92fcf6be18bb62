"""The street branch: a second way through the whole neck, with a head of its own, beside the untouched COCO network.

What was tried on real photographs of origins that training did not see: a second head alone on the frozen neck (AUC 0.80, recall 0.19 at 5 %
of negatives flagged), a copy of the bottom-up half of the neck (0.89 / 0.43, the file of version 0.1), everything after the backbone
(0.92 / 0.72). What a look at 640x384 costs (one core of an EPYC, paired): COCO alone 38.4 ms, with the half neck 49.0, with the whole neck 55.8.
Sharing layers 11 to 13 as well would save 2.5, leaving out the output at stride 32 would save 4, and one at stride 4 would cost 11 more.

So the branch is the checkpoint itself from layer `FROZEN_LAYERS` on, with a head for the street's classes; the backbone before it stays frozen
with its batch statistics, and the shipped file runs it once for both heads. A recipe may let the branch begin earlier: it then has a copy of
the backbone's last layers too, which learns slowly. A checkpoint of the branch is a whole YOLO26 network, so any size of the family takes the
same recipe, and it remembers where its branch begins.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.classes import STREET_CLASSES
from models.errors import TrainingError
from models.training.checkpoints import load_network

FROZEN_LAYERS = 11
"""Layers 0 to 10, the backbone: they stay the base's, weight by weight, unless a recipe lets the branch begin earlier."""
ALIKE = {"parasol": "umbrella", "bikes_row": "bicycle", "vendor_vehicle": "truck"}
"""Class of the street → class of COCO whose score it begins with; the others begin with the head's usual prior."""
PRIOR_SPREAD = 0.01


def build_start(base: Path, target: Path, trained_from: int = FROZEN_LAYERS) -> Path:
    """Writes the checkpoint from which training starts: `base` with rows for the street's classes in its class convolutions.

    Args:
        trained_from: number of the branch's first layer.

    Returns:
        `target`.

    Raises:
        TrainingError: no YOLO26 checkpoint with COCO's classes.
    """
    import torch

    network = load_network(base)
    names = tuple(network.names.values())
    missing = [name for name in ALIKE.values() if name not in names]
    if missing:
        raise TrainingError(f"{base} has no class {missing[0]!r}: the branch starts from a COCO checkpoint")
    torch.manual_seed(0)
    _replace_classes(network.model[-1], names)
    network.nc = len(STREET_CLASSES)
    network.names = dict(enumerate(STREET_CLASSES))
    network.yaml = {**network.yaml, "nc": len(STREET_CLASSES)}
    network.criterion = None
    network.trained_from = trained_from
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": -1, "model": network, "train_args": {"task": "detect"}}, target)
    return target


def _replace_classes(head: Any, names: tuple[str, ...]) -> None:
    """Gives both class branches of the head one row for each class of the street; what comes before the last convolution stays."""
    import torch

    for branches in (head.cv3, head.one2one_cv3):
        for level in branches:
            last = level[-1]
            new = torch.nn.Conv2d(last.in_channels, len(STREET_CLASSES), 1)
            torch.nn.init.normal_(new.weight, std=PRIOR_SPREAD)
            new.bias.data.fill_(float(last.bias.data.median()))
            for i, name in enumerate(STREET_CLASSES):
                if name in ALIKE:
                    row = names.index(ALIKE[name])
                    new.weight.data[i], new.bias.data[i] = last.weight.data[row], last.bias.data[row]
            level[-1] = new
    head.nc = len(STREET_CLASSES)
    head.no = head.nc + 4 * head.reg_max


def begins_at(network: Any) -> int:
    """Number of the first layer that is the branch's own; the layers before it are the base's."""
    return int(getattr(network, "trained_from", FROZEN_LAYERS))


def is_branch(network: Any) -> bool:
    """Whether a network has the classes of the street branch."""
    return tuple(network.names.values()) == STREET_CLASSES
