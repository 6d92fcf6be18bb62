"""The street branch: a second way through the upper neck, with a head of its own, beside the untouched COCO network.

A second head alone on the frozen neck was tried first and is too weak: on the kept-aside origins of the real photographs AUC 0.80 and
recall 0.19 at 5 % of negatives flagged after 13 epochs. So the branch copies layers 17 to 22 (the bottom-up half of the neck, 0.27 of
the network's 1.6 billion multiplications at 640x384) and learns those too. Layers 0 to 22 stay frozen with their batch statistics: the
COCO boxes stay equal bit for bit, and the shipped file runs the frozen part once for both heads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.classes import STREET_CLASSES
from models.training import torchvision_standin
from models.training.checkpoints import load_network

COPIED_LAYERS = {17: 23, 19: 25, 20: 26, 22: 28}
"""Layer of the COCO network → its copy in the branch (the layers between are concatenations, without weights)."""
COCO_HEAD = 23
STREET_HEAD = 29
BRANCH_LAYERS: tuple[tuple[Any, ...], ...] = (
    (16, 1, "Conv", [256, 3, 2]),
    ([-1, 13], 1, "Concat", [1]),
    (-1, 2, "C3k2", [512, True]),
    (-1, 1, "Conv", [512, 3, 2]),
    ([-1, 10], 1, "Concat", [1]),
    (-1, 1, "C3k2", [1024, True, 0.5, True]),
    ([16, 25, 28], 1, "Detect", ["nc"]),
)
"""Rows of Ultralytics' model table: from, repeats, module, arguments (before scaling)."""


def build_start(base: Path, target: Path) -> Path:
    """Writes the checkpoint from which training starts: `base` without its head, its upper neck copied, a new head for the street classes.

    Returns:
        `target`.
    """
    coco = load_network(base)
    import torch
    from ultralytics.nn.tasks import DetectionModel

    table = {key: value for key, value in coco.yaml.items() if key != "head"}
    table["head"] = [list(row) for row in coco.yaml["head"][:-1]] + [list(row) for row in BRANCH_LAYERS]
    same_classes: Any = DetectionModel(table, ch=3, nc=coco.yaml["nc"], verbose=False)
    weights = same_classes.state_dict()
    for name, value in coco.state_dict().items():
        layer, rest = name.removeprefix("model.").split(".", 1)
        if int(layer) == COCO_HEAD:
            weights[f"model.{STREET_HEAD}.{rest}"] = value
        else:
            weights[name] = value
            if int(layer) in COPIED_LAYERS:
                weights[f"model.{COPIED_LAYERS[int(layer)]}.{rest}"] = value
    same_classes.load_state_dict(weights)
    model: Any = DetectionModel(table, ch=3, nc=len(STREET_CLASSES), verbose=False)
    model.load(same_classes, verbose=False)
    model.names = dict(enumerate(STREET_CLASSES))
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": -1, "model": model, "train_args": {"task": "detect"}}, target)
    return target


def train(
    start: Path,
    data: Path,
    folder: Path,
    *,
    epochs: int,
    learning_rate: float = 0.001,
    image_size: int = 448,
    batch: int = 16,
    threads: int = 1,
    mosaic: float = 0.7,
    scale: float = 0.7,
) -> Path:
    """Trains the branch and returns the last checkpoint; each epoch leaves one, and a run that was cut off goes on from there.

    Small things are what pole cameras show, so pictures are scaled down to 1 - `scale` and a share `mosaic` of them is set together four at a
    time. Each batch is a step (`nbs`): Ultralytics would gather 64 pictures for one, which in a thousand pictures leaves 17 steps an epoch,
    and the branch then learns next to nothing in the few epochs that a CPU has.
    The COCO network's own upper neck feeds nothing that is trained, so it is stepped over: a tenth of the time.
    """
    torchvision_standin.install()
    import torch
    from ultralytics import YOLO
    from ultralytics.utils import SETTINGS

    SETTINGS.update({"sync": False})
    torch.set_num_threads(threads)
    last = folder / "weights" / "last.pt"
    if last.exists() and "optimizer" in (saved := torch.load(last, weights_only=False, map_location="cpu")) and saved["optimizer"] is not None:
        model: Any = YOLO(str(last))
        model.add_callback("on_train_start", _step_over_unused)
        model.train(resume=True)
        return last
    if last.exists():
        return last
    model = YOLO(str(start))
    model.add_callback("on_train_start", _step_over_unused)
    model.train(
        data=str(data), epochs=epochs, imgsz=image_size, batch=batch, freeze=COCO_HEAD, project=str(folder.parent), name=folder.name,
        exist_ok=True, device="cpu", workers=0, optimizer="AdamW", lr0=learning_rate, lrf=0.05, warmup_epochs=0.5, mosaic=mosaic,
        close_mosaic=2, nbs=batch, scale=scale, degrees=2.0, hsv_h=0.02, hsv_s=0.6, hsv_v=0.45, plots=False, val=False, save_period=1, amp=False,
        cache="ram", seed=20261124,
    )  # fmt: skip
    return last


def _step_over_unused(trainer: Any) -> None:
    """Lets the frozen upper neck hand its input on; checkpoints are written from the averaged copy, which keeps its layers."""
    network = getattr(trainer.model, "module", trainer.model)
    for layer in network.model[min(COPIED_LAYERS) : COCO_HEAD]:
        layer.forward = _hand_on


def _hand_on(x: Any) -> Any:
    return x
