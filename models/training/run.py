"""One training run in its folder: begun, gone on with, finished, by the same call.

RUN/run.json (what it is and what it cost), RUN/start.pt, RUN/run/weights/last.pt (the newest checkpoint, for going on), RUN/branch.pt (the result).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.errors import TrainingError
from models.training import torchvision_standin
from models.training.ledger import Ledger
from models.training.recipe import Recipe
from models.training.where import CPU, Place

RESULT = "branch.pt"
Show = Callable[[int, dict[str, float]], None]


def train(start: Path, data: Path, folder: Path, recipe: Recipe, ledger: Ledger, *, place: Place = CPU, show: Show = lambda pictures, losses: None) -> Path:
    """Trains a branch from the checkpoint `start` and returns the result; a run that was cut off goes on from its last epoch.

    Args:
        data: the `data.yaml` of the laid-out pictures.
        place: what computes, and how many threads and processes help it.
        show: told after each batch how many pictures it had, and the losses of the epoch so far.

    Raises:
        TrainingError: the loss became no number, or the last checkpoint cannot be read.
    """
    result = folder / RESULT
    if result.exists():
        return result
    torchvision_standin.install()
    import logging

    import torch
    from ultralytics.utils import LOGGER, SETTINGS

    from models.training.trainer import BranchTrainer

    SETTINGS.update({"sync": False})
    LOGGER.setLevel(logging.ERROR)
    torch.set_num_threads(place.threads)
    ledger.device = place.name
    last = folder / "run" / "weights" / "last.pt"
    epochs_done = _epochs_done(last)
    if epochs_done < recipe.epochs:
        ledger.begin()
        overrides = _overrides(data, folder, recipe, place)
        trainer = BranchTrainer(recipe, ledger, show, overrides | ({"resume": str(last)} if epochs_done else {"model": str(start)}))
        trainer.train()
    _write_result(last, result)
    ledger.end_epoch(recipe.epochs, finished=True)
    return result


def _overrides(data: Path, folder: Path, recipe: Recipe, place: Place) -> dict[str, object]:
    """Ultralytics' settings. Each batch is a step (`nbs`): it would gather 64 pictures for one, which leaves too few steps in a CPU's budget."""
    return {
        "data": str(data), "epochs": recipe.epochs, "imgsz": recipe.image_size, "batch": recipe.batch, "nbs": recipe.batch, "freeze": recipe.trained_from,
        "project": str(folder.resolve()), "name": "run", "exist_ok": True, "device": place.device, "workers": place.workers, "optimizer": "AdamW",
        "momentum": 0.9, "lr0": recipe.learning_rate, "lrf": recipe.last_learning_rate / recipe.learning_rate, "warmup_epochs": 0.5, "warmup_bias_lr": 0.0,
        "mosaic": recipe.mosaic, "close_mosaic": recipe.close_mosaic, "scale": recipe.scale, "degrees": 2.0, "hsv_h": 0.02, "hsv_s": 0.6, "hsv_v": 0.45,
        "plots": False, "val": False, "save_period": -1, "amp": False, "cache": "ram", "seed": recipe.seed, "pretrained": True, "patience": 0,
        "deterministic": place.device == "cpu",
    }  # fmt: skip


def _epochs_done(last: Path) -> int:
    if not last.exists():
        return 0
    import torch

    try:
        return int(torch.load(last, weights_only=False, map_location="cpu")["epoch"]) + 1
    except Exception as error:  # torch raises a different builtin error for each kind of damage
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise TrainingError(f"{last} cannot be read: {reason}; remove it to begin this run anew") from None


def _write_result(last: Path, result: Path) -> None:
    """The averaged network alone, in the form that `build_start` writes."""
    import torch

    network = torch.load(last, weights_only=False, map_location="cpu")["ema"].float().eval()
    if not all(torch.isfinite(value).all() for value in network.state_dict().values()):
        raise TrainingError(f"{last} holds values that are no numbers: lower the learning rate and begin anew")
    beside = result.with_suffix(".part")
    torch.save({"epoch": -1, "model": network, "train_args": {"task": "detect"}}, beside)
    beside.replace(result)
