"""What both Ultralytics contenders share: loading it quietly, without a line to the network, on one kind of hardware with so many threads."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from benchmarks.contenders.protocol import missing, refused


def load(told: dict[str, Any]) -> Any:
    """The model of the task (`model`, `size`, `threads`, `provider`), warmed up on a grey picture."""
    os.environ |= {"YOLO_CONFIG_DIR": tempfile.mkdtemp(prefix="ultralytics-"), "YOLO_AUTOINSTALL": "false", "YOLO_OFFLINE": "true", "YOLO_VERBOSE": "false"}
    try:
        from models.training import torchvision_standin

        torchvision_standin.install()
        import numpy as np
        import torch
        import ultralytics
    except ImportError as error:
        missing(f"{error.name} is not installed in its environment (`make setup-train` builds one)")
    device = "cpu" if told["provider"] == "cpu" else 0
    if device == 0 and not torch.cuda.is_available():
        missing("torch finds no GPU")
    try:
        model = ultralytics.YOLO(told["model"], task="detect")
        height, width = told["size"][1], told["size"][0]
        grey = np.full((height, width, 3), 114, np.uint8)
        for _ in range(2):
            model.predict([grey], imgsz=(height, width), device=device, half=device == 0, verbose=False)
    except Exception as error:  # whatever a checkpoint of another kind makes it raise
        refused(f"Ultralytics does not load {told['model']}: {(str(error).strip().splitlines() or [type(error).__name__])[0][:200]}")
    torch.set_num_threads(told["threads"])
    return model


def about(told: dict[str, Any]) -> dict[str, object]:
    """What it says of itself when it is ready."""
    import torch
    import ultralytics

    hardware = "cpu" if told["provider"] == "cpu" else torch.cuda.get_device_name(0)
    return {"provider": f"torch {torch.__version__} {hardware}", "ultralytics": ultralytics.__version__, "size": told["size"]}
