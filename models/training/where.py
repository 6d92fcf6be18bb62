"""What a training run computes on: a processor's threads, or a card that processes feed with pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass

from models.errors import TrainingError

MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where training runs.

    Attributes:
        device: `cpu`, or a card as torch counts them: `cuda:0`.
        threads: of torch, on the processor.
        workers: processes that load and change pictures; 0 does it between the steps.
        name: for people: `cpu`, or the card's name.
    """

    device: str = "cpu"
    threads: int = 1
    workers: int = 0
    name: str = "cpu"


CPU = Place()


def find_place(device: str, threads: int, workers: int | None) -> Place:
    """The place that is asked for.

    Args:
        device: `auto` (a card where torch finds one), `cpu`, `cuda` or `cuda:N`.
        workers: None takes as many as there are cores beside one, at most eight, where a card computes, and none on a processor.

    Raises:
        TrainingError: torch does not find that card.
    """
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "cpu" or (device == "auto" and not cards):
        return Place("cpu", threads, workers or 0, "cpu")
    _, _, number = device.partition(":")
    index = int(number or 0)
    if index >= cards:
        found = f"torch {torch.__version__} finds {cards or 'no'} card{'s' * (cards != 1)} here"
        raise TrainingError(f"--device {device}: {found}; use --device cpu, or install a torch with CUDA and its driver")
    helpers = min(MOST_WORKERS, max(1, len(os.sched_getaffinity(0)) - 1)) if workers is None else workers
    return Place(f"cuda:{index}", threads, helpers, torch.cuda.get_device_name(index))
