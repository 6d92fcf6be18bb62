"""Going on from the shipped file: run with `.venv-train/bin/python -m pytest tests/models/training`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.classes import STREET_CLASSES
from models.errors import TrainingError
from models.pictures import letterbox, read_picture
from models.session import open_model
from models.shelf import ZOO
from models.training import torchvision_standin

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
torchvision_standin.install()
pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.shared]
SHIPPED = ZOO / "curbwatch-n-street.onnx"
STILLS = [Path(__file__).parents[1] / "media" / name for name in ("stall.jpg", "queue.jpg")]


@pytest.fixture(scope="module")
def base(request: pytest.FixtureRequest) -> Path:
    path = Path(request.config.rootpath).parent / "shared" / "weights" / "yolo26n_coco_restored.pt"
    if not path.exists():
        pytest.skip("needs ../shared (footage, pictures and weights), which is not there")
    return path


def test_the_checkpoint_answers_as_the_file_does(base: Path, tmp_path: Path) -> None:
    from models.training.checkpoints import load_network
    from models.training.shipped import start_from_file

    network = load_network(start_from_file(base, SHIPPED, STILLS, tmp_path / "start.pt"))
    session = open_model(SHIPPED, provider="cpu", min_score=0.05)
    compared = 0
    for still in STILLS:
        picture = letterbox(read_picture(still), 640, 384)[0]
        with torch.no_grad():
            rows = network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)[0][0].numpy()
        for label, score, box in zip(*_columns(session.detect(picture[None])[0].of(*STREET_CLASSES)), strict=True):
            near = [row for row in rows if STREET_CLASSES[int(row[5])] == label and np.abs(row[:4] - box).max() < 1]
            assert near
            assert min(abs(float(row[4]) - score) for row in near) < 0.01
            compared += 1
    assert compared > 0


def test_a_file_without_a_branch_and_no_pictures_are_refused(base: Path, tmp_path: Path) -> None:
    from models.training.export import export
    from models.training.shipped import start_from_file

    bare = export(base, None, tmp_path / "bare.onnx").path
    with pytest.raises(TrainingError, match="no street branch"):
        start_from_file(base, bare, STILLS, tmp_path / "start.pt")
    with pytest.raises(TrainingError, match="pictures"):
        start_from_file(base, SHIPPED, [], tmp_path / "start.pt")


def _columns(found: object) -> tuple[tuple[str, ...], list[float], list[object]]:
    from models.detections import Detections

    assert isinstance(found, Detections)
    return found.classes(), found.scores.tolist(), list(found.xyxy)
