"""Whether training and export can run here: they need torch and Ultralytics, which the runtime does without."""

from __future__ import annotations

import importlib.util

from models.errors import TrainingError

NEEDED = ("torch", "ultralytics", "onnx", "onnxslim")


def require_training_environment() -> None:
    """Checks that what training needs is installed.

    Raises:
        TrainingError: it is not; the message says how to get it.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingError(f"training and export need {', '.join(missing)}: run `make setup-train`, then use .venv-train/bin/curbwatch")
