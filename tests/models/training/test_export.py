"""The COCO cut against its base, in the training environment: run with `.venv-train/bin/python -m pytest tests/models/training`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.classes import COCO_STREET_CLASSES
from models.errors import TrainingError
from models.pictures import letterbox, read_picture
from models.session import open_model
from models.training import torchvision_standin

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
torchvision_standin.install()
pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
# PyTorch's older exporter, which writes dynamic shapes well, warns of its age at each step.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def base(request: pytest.FixtureRequest) -> Path:
    path = Path(request.config.rootpath).parent / "shared" / "weights" / "yolo26n_coco_restored.pt"
    if not path.exists():
        pytest.skip("needs ../shared (footage, pictures and weights), which is not there")
    return path


def rows_of_base(base: Path, picture: Any) -> list[tuple[str, float, Any]]:
    from ultralytics import YOLO

    network: Any = YOLO(str(base)).model.float().eval()
    network.model[-1].end2end = True
    network.fuse(verbose=False)
    with torch.no_grad():
        rows = network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)[0][0].numpy()
    named = [(network.names[int(row[5])], float(row[4]), row[:4]) for row in rows]
    return sorted((row for row in named if row[0] in COCO_STREET_CLASSES and row[1] >= 0.02), key=lambda row: -row[1])


@pytest.mark.shared
def test_boxes_and_scores_equal_the_base_s_in_coco_photographs(base: Path, tmp_path: Path) -> None:
    from models.training.export import export

    written = export(base, None, tmp_path / "cut.onnx")
    assert written.classes == COCO_STREET_CLASSES
    session = open_model(written.path, provider="cpu", min_score=0.02)
    compared = 0
    for path in sorted((base.parents[1] / "images" / "coco_street_train" / "images").glob("*.jpg"))[:8]:
        picture = letterbox(read_picture(path), 640, 384)[0]
        (found,) = session.detect(picture[None])
        expected = rows_of_base(base, picture)
        assert found.classes() == tuple(row[0] for row in expected)
        np.testing.assert_allclose(found.scores, [row[1] for row in expected], atol=1e-5)
        for box, row in zip(found.xyxy, expected, strict=True):
            np.testing.assert_allclose(box, np.clip(row[2], 0, [640, 384, 640, 384]), atol=0.01)
        compared += len(expected)
    assert compared > 50


@pytest.mark.shared
def test_the_branch_starts_as_a_copy_and_leaves_the_base_alone(base: Path, tmp_path: Path) -> None:
    from models.training.street_branch import COCO_HEAD, COPIED_LAYERS, STREET_HEAD, build_start

    start = torch.load(build_start(base, tmp_path / "start.pt"), weights_only=False)["model"].state_dict()
    coco = torch.load(base, weights_only=False)["model"].float().state_dict()
    for name, value in coco.items():
        layer, rest = name.removeprefix("model.").split(".", 1)
        if int(layer) < COCO_HEAD:
            assert torch.equal(start[name], value)
        if int(layer) in COPIED_LAYERS:
            assert torch.equal(start[f"model.{COPIED_LAYERS[int(layer)]}.{rest}"], value)
    assert start[f"model.{STREET_HEAD}.one2one_cv3.0.2.weight"].shape[0] == 4


@pytest.mark.shared
def test_a_branch_of_another_base_is_refused(base: Path, tmp_path: Path) -> None:
    from models.training.export import export
    from models.training.street_branch import build_start

    start = build_start(base, tmp_path / "start.pt")
    saved = torch.load(start, weights_only=False)
    saved["model"].model[3].conv.weight.data += 0.5
    torch.save(saved, tmp_path / "other.pt")
    with pytest.raises(TrainingError, match="its frozen layers differ"):
        export(base, tmp_path / "other.pt", tmp_path / "x.onnx")


def test_what_is_no_checkpoint_is_told_in_one_line(tmp_path: Path) -> None:
    from models.training.export import export

    path = tmp_path / "notes.pt"
    path.write_bytes(b"no weights")
    with pytest.raises(TrainingError, match=r"notes\.pt"):
        export(path, None, tmp_path / "x.onnx")
