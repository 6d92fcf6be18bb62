"""Reading YOLO26 checkpoints, with one line for what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.errors import TrainingError
from models.training import torchvision_standin


def load_network(checkpoint: Path) -> Any:
    """The network of a checkpoint, in single precision, ready to run with its NMS-free head.

    Raises:
        TrainingError: no checkpoint, or one of another family.
    """
    torchvision_standin.install()
    from ultralytics import YOLO

    if not checkpoint.is_file():
        raise TrainingError(f"{checkpoint} does not exist: check the path")
    try:
        network = YOLO(str(checkpoint)).model.float().eval()
    except Exception as error:  # Ultralytics raises a different builtin error for each kind of damage
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise TrainingError(f"{checkpoint} is not a checkpoint that can be read: {reason}") from None
    head = network.model[-1]
    if getattr(head, "reg_max", None) != 1 or getattr(head, "one2one_cv2", None) is None:
        raise TrainingError(f"{checkpoint} is not a YOLO26 checkpoint: its head has no NMS-free branch")
    head.end2end = True  # else fusing keeps the branch that needs NMS
    return network
