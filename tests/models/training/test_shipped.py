"""Going on from a shipped file: run with `.venv-train/bin/python -m pytest tests/models/training`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.classes import STREET_CLASSES
from models.errors import TrainingError
from models.pictures import letterbox, read_picture
from models.session import open_model
from models.training import torchvision_standin

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
torchvision_standin.install()
pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
pytestmark = pytest.mark.filterwarnings("ignore")
STILLS = [Path(__file__).parents[1] / "media" / name for name in ("stall.jpg", "queue.jpg")]


def test_the_checkpoint_answers_as_the_file_does(random_base: Path, street_file: Path, tmp_path: Path) -> None:
    from models.training.checkpoints import load_network
    from models.training.shipped import start_from_file

    network = load_network(start_from_file(random_base, street_file, STILLS, tmp_path / "start.pt", image_size=320))
    session = open_model(street_file, provider="cpu", min_score=0.05)
    compared = 0
    for still in STILLS:
        picture = letterbox(read_picture(still), 320, 192)[0]
        with torch.no_grad():
            rows = network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)[0][0].numpy()
        found = session.detect(picture[None])[0].of(*STREET_CLASSES)
        for label, score, box in list(zip(found.classes(), found.scores.tolist(), found.xyxy, strict=True))[:40]:
            assert any(agrees(row, label, score, box) for row in rows)
            compared += 1
    assert compared > 20


def agrees(row: Any, label: str, score: float, box: Any) -> bool:
    cut = np.clip(row[:4], 0, [320, 192, 320, 192])
    return STREET_CLASSES[int(row[5])] == label and bool(np.abs(cut - box).max() < 1) and abs(float(row[4]) - score) < 0.01


def test_what_cannot_be_gone_on_from_is_refused(random_base: Path, bare_file: Path, street_file: Path, tmp_path: Path) -> None:
    import onnx

    from models.training.export import BRANCH_ENTRY
    from models.training.shipped import start_from_file

    with pytest.raises(TrainingError, match="pictures"):
        start_from_file(random_base, street_file, [], tmp_path / "start.pt")
    with pytest.raises(TrainingError, match="no street branch"):
        start_from_file(random_base, bare_file, STILLS, tmp_path / "start.pt")
    model = onnx.load(str(street_file))
    kept = [entry for entry in model.metadata_props if entry.key != BRANCH_ENTRY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    onnx.save(model, str(tmp_path / "old.onnx"))
    with pytest.raises(TrainingError, match=r"old\.onnx is a file of version 0\.1"):
        start_from_file(random_base, tmp_path / "old.onnx", STILLS, tmp_path / "start.pt")
