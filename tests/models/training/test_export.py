"""The COCO cut against its base, in the training environment: run with `.venv-train/bin/python -m pytest tests/models/training`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.classes import ALL_CLASSES, COCO_STREET_CLASSES, STREET_CLASSES
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


def test_the_branch_starts_as_a_copy_with_rows_for_its_own_classes(random_base: Path, tmp_path: Path) -> None:
    from models.training.street_branch import build_start

    coco = torch.load(random_base, weights_only=False)["model"]
    start = torch.load(build_start(random_base, tmp_path / "start.pt"), weights_only=False)["model"]
    assert tuple(start.names.values()) == STREET_CLASSES
    own, known = start.state_dict(), coco.state_dict()
    other = {name for name, value in known.items() if own[name].shape != value.shape or not torch.equal(own[name], value)}
    assert other == {f"model.23.{kind}.{level}.2.{part}" for kind in ("cv3", "one2one_cv3") for level in range(3) for part in ("weight", "bias")}
    umbrella = list(coco.names.values()).index("umbrella")
    assert torch.equal(own["model.23.cv3.1.2.weight"][STREET_CLASSES.index("parasol")], known["model.23.cv3.1.2.weight"][umbrella])


def test_both_heads_answer_in_one_file_and_the_base_s_share_is_as_without_the_branch(bare_file: Path, street_file: Path) -> None:
    from models.training.export import COCO_ROWS

    bare, both = (open_model(path, provider="cpu", min_score=0.0) for path in (bare_file, street_file))
    assert both.names == ALL_CLASSES
    assert street_file.stat().st_size <= 12_000_000
    picture = np.random.default_rng(2).integers(0, 255, (1, 64, 96, 3), np.uint8)
    alone, beside = (session._session.run(None, {"images": picture})[0] for session in (bare, both))
    np.testing.assert_array_equal(beside[:, :COCO_ROWS], alone)
    assert set(beside[0, COCO_ROWS:, 5].astype(int).tolist()) <= set(range(len(COCO_STREET_CLASSES), len(ALL_CLASSES)))


def test_the_street_s_rows_are_those_of_the_head_that_learns_from_many_places_a_thing(street_file: Path, random_base: Path) -> None:
    from ultralytics import YOLO

    from models.training.export import STREET_DUPLICATE_IOU

    network: Any = YOLO(str(random_base.with_name("branch.pt"))).model.float().eval()
    network.model[-1].end2end = False
    picture = np.random.default_rng(3).integers(0, 255, (1, 64, 96, 3), np.uint8)
    with torch.no_grad():
        raw = network(torch.from_numpy(picture).permute(0, 3, 1, 2).float() / 255)[0][0].numpy()  # (4 + classes, places)
    session = open_model(street_file, provider="cpu", min_score=0.0)
    rows = session._session.run(None, {"images": picture})[0][0]
    rows = rows[rows[:, 5] >= len(COCO_STREET_CLASSES)]
    best = np.sort(raw[4:].ravel())[::-1][:50]
    assert best[0] > best[-1] > 0.01
    np.testing.assert_allclose(rows[:50, 4], best, atol=2e-3)  # weights in half precision
    assert session._duplicate_iou == dict.fromkeys(range(len(COCO_STREET_CLASSES), len(ALL_CLASSES)), STREET_DUPLICATE_IOU)


def test_a_branch_of_another_base_is_refused(random_base: Path, tmp_path: Path) -> None:
    from models.training.export import export
    from models.training.street_branch import build_start

    other = changed(build_start(random_base, tmp_path / "start.pt"), layer=3)
    with pytest.raises(TrainingError, match="its frozen layers differ"):
        export(random_base, other, tmp_path / "x.onnx")


def test_a_checkpoint_without_the_street_s_classes_is_refused(random_base: Path, tmp_path: Path) -> None:
    from models.training.export import export

    with pytest.raises(TrainingError, match="not a checkpoint of the street branch"):
        export(random_base, random_base, tmp_path / "x.onnx")


def changed(checkpoint: Path, *, layer: int) -> Path:
    """The same checkpoint with other weights in one layer."""
    saved = torch.load(checkpoint, weights_only=False)
    with torch.no_grad():
        for weight in saved["model"].model[layer].parameters():
            weight.add_(0.05)
    torch.save(saved, checkpoint)
    return checkpoint


def test_what_is_no_checkpoint_is_told_in_one_line(tmp_path: Path) -> None:
    from models.training.export import export

    path = tmp_path / "notes.pt"
    path.write_bytes(b"no weights")
    with pytest.raises(TrainingError, match=r"notes\.pt"):
        export(path, None, tmp_path / "x.onnx")
