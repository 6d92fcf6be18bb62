"""Ultralytics' trainer for the street branch: epochs of a fixed size, a class loss that knows what a picture's boxes say, checkpoints that resume exactly.

Needs torch and Ultralytics. What is changed, and why:

- The network is trained as it comes (`get_model`): Ultralytics would build it anew from its table and copy what fits.
- An epoch shows so many pictures of each sort (`models.training.drawing`), and a mosaic sets together pictures of one sort only.
- Where the boxes of a picture say nothing about a class, that class's loss counts little (`Recipe.unlabelled`).
- Checkpoints are written in single precision with the live weights beside their average, and in one step. Ultralytics halves the optimizer's state, and
  AdamW's second moments (below 6e-8) become zero: the first steps after a resume would be thousands of times too long.
- Random numbers begin anew with each epoch and with each picture shown, by their numbers: a resumed run goes where it would have gone, and how many
  processes load pictures changes nothing.
- Where the branch has its own copy of the backbone's last layers, these learn at a rate of their own.
- Nothing is validated meanwhile: the branch is measured by the session that serves.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from ultralytics.data.augment import Mosaic
from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.loss import E2ELoss, v8DetectionLoss

from models.classes import STREET_CLASSES
from models.errors import TrainingError
from models.measuring.labelled import open_set
from models.training.drawing import alike, by_sort, draw
from models.training.ledger import Ledger
from models.training.pictures import LABELLED
from models.training.recipe import Recipe
from models.training.street_branch import FROZEN_LAYERS


def complete_in(data: Path) -> dict[str, list[str]]:
    """Which classes are boxed completely in the training pictures of a `data.yaml`, by file name."""
    path = data.with_name(LABELLED)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def refuse_passed_over(data: Path, taken: Sequence[str]) -> None:
    """Ultralytics says nothing of pictures that it does not take; `taken` are the names of those that it takes.

    Raises:
        TrainingError: fewer than the set has; the first that is missing is named.
    """
    pictures = open_set(data, "train").pictures
    if len(taken) < len(pictures):
        first = next((path for path in pictures if path.name not in set(taken)), pictures[0])
        more = f", and {len(pictures) - len(taken) - 1} more" if len(taken) + 1 < len(pictures) else ""
        raise TrainingError(f"{data}: Ultralytics would pass over {first}{more}: write the picture and its labels anew, or leave it out")


class BranchTrainer(DetectionTrainer):  # type: ignore[misc]  # Ultralytics is absent where types are checked
    """Trains one branch by a recipe; `show` is told the pictures done and the losses, `ledger` counts."""

    def __init__(self, recipe: Recipe, ledger: Ledger, show: Any, overrides: dict[str, Any]) -> None:
        self.recipe, self.ledger, self.show = recipe, ledger, show
        super().__init__(overrides=overrides)
        self.best_fitness = -1.0  # never equal to a fitness that is not measured, else each epoch would be the best
        self.add_callback("on_train_epoch_start", _seed_epoch)
        self.add_callback("on_train_batch_end", _count_batch)

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        return weights

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        dataset = SortedPictures(
            complete_in(Path(self.args.data)), img_path=img_path, imgsz=self.args.imgsz, batch_size=batch, augment=True, hyp=self.args, rect=False,
            cache=self.args.cache, stride=32, pad=0.0, task="detect", data=self.data, fraction=1.0,
        )  # fmt: skip
        refuse_passed_over(Path(self.args.data), [Path(path).name for path in dataset.im_files])
        return dataset

    def get_dataloader(self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train") -> Any:
        if mode != "train":
            return self.train_loader
        dataset = self.build_dataset(dataset_path, mode, batch_size)
        self.sampler = EpochSampler(dataset, self.recipe)
        return EpochLoader(
            dataset, batch_size=batch_size, sampler=self.sampler, num_workers=self.args.workers, collate_fn=dataset.collate_fn,
            pin_memory=self.device.type == "cuda", prefetch_factor=4 if self.args.workers else None,
        )  # fmt: skip

    def build_optimizer(self, model: Any, *args: Any, **options: Any) -> Any:
        optimizer = super().build_optimizer(model, *args, **options)
        copied = {id(value) for name, value in model.named_parameters() if int(name.split(".")[1]) < FROZEN_LAYERS}
        for group in list(optimizer.param_groups) if self.recipe.trained_from < FROZEN_LAYERS else ():
            slow = [value for value in group["params"] if id(value) in copied]
            group["params"] = [value for value in group["params"] if id(value) not in copied]
            optimizer.add_param_group({**group, "params": slow, "lr": group["lr"] * self.recipe.backbone_rate})
        return optimizer

    def get_validator(self) -> Any:
        return SimpleNamespace(metrics=SimpleNamespace(keys=[]))

    def validate(self) -> tuple[dict[str, float], None]:
        return {}, None

    def final_eval(self) -> None:
        pass

    def _setup_train(self) -> None:
        super()._setup_train()
        complete = complete_in(Path(self.args.data))
        weights = {name: [1.0 if c in classes else self.recipe.unlabelled for c in STREET_CLASSES] for name, classes in complete.items()}
        criterion = E2ELoss(self.model, loss_fn=lambda model, **topk: LabelledLoss(model, weights, **topk))
        if self.start_epoch:
            criterion.updates = self.start_epoch - 1
            criterion.update()
        self.model.criterion = criterion

    def resume_training(self, ckpt: Any) -> None:
        super().resume_training(ckpt)
        if self.resume and ckpt is not None:
            self.model.load_state_dict(ckpt["live"])
            self.best_fitness = -1.0

    def save_model(self) -> bool:
        average = self.ema.ema
        criterion, average.criterion = getattr(average, "criterion", None), None
        state = {
            "epoch": self.epoch, "best_fitness": None, "model": None, "ema": average, "live": self.model.state_dict(), "updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(), "scaler": None, "train_args": vars(self.args), "train_metrics": {}, "train_results": {},
        }  # fmt: skip
        beside = self.last.with_suffix(".part")
        torch.save(state, beside)
        beside.replace(self.last)
        average.criterion = criterion
        self.ledger.end_epoch(self.epoch + 1, finished=False)
        return True


class EpochLoader(torch.utils.data.DataLoader):  # type: ignore[misc]
    """A loader that begins anew with each epoch: one that runs on would draw the next epoch's pictures before that epoch is set."""

    def reset(self) -> None:
        """Nothing is kept from one epoch to the next."""


class EpochSampler(torch.utils.data.Sampler):  # type: ignore[misc]
    """The pictures of epoch `epoch`, by the recipe's shares, each with the seed of what chance does to it."""

    def __init__(self, dataset: Any, recipe: Recipe) -> None:
        self.sorts, self.recipe, self.epoch = dataset.sorts, recipe, 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        size = self.recipe.pictures_per_epoch
        drawn = draw(self.sorts, self.recipe.shares, size, self.epoch, self.recipe.seed)
        return iter([(index, (self.recipe.seed + self.epoch * size + at) % 2**32) for at, index in enumerate(drawn)])

    def __len__(self) -> int:
        return self.recipe.pictures_per_epoch


class SortedPictures(YOLODataset):  # type: ignore[misc]
    """A data set that knows which sort each picture is of, and sets together only those that are alike."""

    def __init__(self, complete: dict[str, list[str]], **options: Any) -> None:
        self.complete = complete
        super().__init__(**options)

    def __getitem__(self, shown: tuple[int, int]) -> Any:
        index, seed = shown
        random.seed(seed)
        np.random.seed(seed)
        return super().__getitem__(index)

    def build_transforms(self, hyp: Any) -> Any:
        names = [Path(file).name for file in self.im_files]
        self.sorts, self.alike = by_sort(names, self.complete), dict(zip(self.im_files, alike(names, self.complete), strict=True))
        transforms = super().build_transforms(hyp)
        inner = transforms.transforms[0].transforms
        if not isinstance(inner[0], Mosaic):
            raise RuntimeError("this version of Ultralytics orders its augmentations otherwise: use the one of locks/train.txt")
        inner[0] = AlikeMosaic(self, imgsz=self.imgsz, p=hyp.mosaic)
        return transforms


class AlikeMosaic(Mosaic):  # type: ignore[misc]
    """Sets a picture together with three that are alike."""

    def __call__(self, labels: dict[str, Any]) -> Any:
        self.among = self.dataset.alike[labels["im_file"]]
        return super().__call__(labels)

    def get_indexes(self) -> list[int]:
        return random.choices(self.among, k=self.n - 1)


class LabelledLoss(v8DetectionLoss):  # type: ignore[misc]
    """The detection loss with a weight for each picture and class: `weights` by file name, 1 for pictures that it does not name."""

    def __init__(self, model: Any, weights: dict[str, list[float]], **topk: int) -> None:
        super().__init__(model, **topk)
        self.weights = weights

    def get_assigned_targets_and_loss(self, preds: Any, batch: dict[str, Any], **kwargs: Any) -> Any:
        rows = [self.weights.get(Path(file).name, [1.0] * self.nc) for file in batch["im_file"]]
        self.class_weights = torch.tensor(rows, device=self.device).unsqueeze(1)  # (b, 1, classes): each picture's own
        return super().get_assigned_targets_and_loss(preds, batch, **kwargs)


def _seed_epoch(trainer: BranchTrainer) -> None:
    trainer.sampler.epoch = trainer.epoch
    seed = (trainer.recipe.seed + trainer.epoch) % 2**32
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _count_batch(trainer: BranchTrainer) -> None:
    trainer.ledger.count(trainer.recipe.batch)
    trainer.show(trainer.recipe.batch, {name: float(value) for name, value in (trainer.tloss or {}).items()})
