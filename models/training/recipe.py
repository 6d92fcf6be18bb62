"""The recipe: everything that decides what a training run gives, as one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from models.errors import TrainingError
from models.training.drawing import Shares
from models.training.street_branch import FROZEN_LAYERS

MOST_IMAGE_EPOCHS = 40_000
"""A run's budget. At 448 px a picture costs 0.14 core-seconds with the backbone frozen and 0.18 with layers 7 on by one EPYC's core, 0.10 by another's."""
SEED = 20261126


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a branch is trained.

    Recipe()                                  # the one that the shipped model was trained with
    Recipe(image_epochs=3_968)                # a short run, to compare choices
    Recipe(shares=Shares(rendered=0.0))       # without rendered pictures

    Attributes:
        image_epochs: pictures shown in all; the last epoch is a whole one.
        pictures_per_epoch: after so many a checkpoint is due: six minutes of a core.
        learning_rate, last_learning_rate: of AdamW, falling linearly from one to the other. Half of it learned less in 4,096 pictures of one fold
            (held-back AUC 0.845, recall 0.30, boxes 0.16, for 0.869, 0.44, 0.26).
        trained_from: the branch's first layer, 0 to 11: before 11 it has its own copy of the backbone's last layers. What 11, 7 and 0 gave stands in
            docs/models.md.
        backbone_rate: learning rate of that copy as a share of the others' (at the same rate a short run of layers 7 on was far worse: AUC 0.787).
        image_size: side in pixels of the square training pictures.
        mosaic: share of the pictures that are set together, four of one sort in one; none in the last tenth of the epochs.
        scale: pictures are scaled by 1 minus to 1 plus this at random.
        shares: without small copies the same short run was worse on whole photographs too (AUC 0.822), and on things of 160 px (0.777 for 0.837).
        unlabelled: weight of the class loss where a picture's boxes say nothing about a class: 0 not at all, 1 as if it held none.
    """

    image_epochs: int = 39_680
    pictures_per_epoch: int = 1_984
    learning_rate: float = 0.002
    last_learning_rate: float = 0.0001
    trained_from: int = 7
    backbone_rate: float = 0.1
    image_size: int = 448
    batch: int = 32
    mosaic: float = 0.7
    scale: float = 0.5
    unlabelled: float = 0.25
    shares: Shares = field(default_factory=Shares)
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.pictures_per_epoch % self.batch:
            raise TrainingError(f"{self.pictures_per_epoch} pictures an epoch are not whole batches of {self.batch}")
        if not 0 <= self.trained_from <= FROZEN_LAYERS:
            raise TrainingError(f"the branch cannot begin at layer {self.trained_from}: the backbone has the layers 0 to {FROZEN_LAYERS - 1}")
        if self.image_size % 32:
            raise TrainingError(f"a picture of {self.image_size} px does not fit: the side must be a multiple of 32")

    @property
    def epochs(self) -> int:
        """How many epochs that makes."""
        return max(1, round(self.image_epochs / self.pictures_per_epoch))

    @property
    def close_mosaic(self) -> int:
        """For how many epochs at the end nothing is set together."""
        return max(1, round(self.epochs / 10)) if self.mosaic else 0

    def as_settings(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)
