"""Where the peers live: an environment of their own (`make setup-train`), since they bring another torch and OpenCV, and their model."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
PEER_MODEL = ROOT.parent / "shared" / "weights" / "yolo26n_coco_restored.pt"
"""YOLO26n with Ultralytics' COCO weights: the network that the shipped model is cut from."""


def peer_python(given: Path | None) -> tuple[str, str | None]:
    """The peers' Python, and why there is none."""
    python = given or ROOT / ".venv-train" / "bin" / "python"
    if python.is_file():
        return str(python), None
    return str(python), f"no Python at {given}" if given else "its environment is not built (`make setup-train`), or name one with --peer-python"


def peer_model(given: Path | None) -> tuple[str, str | None]:
    """The peers' model file, and why there is none."""
    path = given or PEER_MODEL
    if path.is_file():
        return str(path), None
    return str(path), f"no model file {given}" if given else "it needs a model: give a YOLO26n checkpoint or ONNX export with --peer-model"
