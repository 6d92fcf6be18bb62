"""Our figures beside `ultralytics val` on the same file and pictures: run with `.venv-train/bin/python -m pytest tests/models/training`."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.measuring.labelled import looks, open_set
from models.measuring.precision import evaluate
from models.session import open_model
from models.training import torchvision_standin

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
torchvision_standin.install()
pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
pytestmark = pytest.mark.filterwarnings("ignore")
SIDE = 128
NAMES = ("stall", "parasol", "banner")
POINTS = 0.005
"""Half a point."""


def build_detector(path: Path, *, raw: bool) -> None:
    """A detector that says eighty fixed boxes, its scores rising with the brightness of the picture: final rows, or a raw head of three scores a place."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(7)
    count = 80
    corner, side = random.uniform(0, 80, (count, 2)), random.uniform(12, 46, (count, 2))
    if raw:
        fixed = np.concatenate([corner + side / 2, side, np.full((count, 3), 0.01)], 1).T[None].astype(np.float32)
        lit = np.concatenate([np.zeros((4, count)), random.uniform(0, 0.95, (3, count)) ** 2])[None].astype(np.float32)
    else:
        fixed = np.concatenate([corner, corner + side, np.full((count, 1), 0.02), random.integers(0, 3, (count, 1))], 1).astype(np.float32)[None]
        lit = np.zeros_like(fixed)
        lit[0, :, 4] = np.sort(random.uniform(0.1, 0.95, count))[::-1]  # such heads give the surest first
    constants = {"axes": np.array([1, 2, 3], np.int64), "column": np.array([1, 1, 1], np.int64), "lit": lit, "fixed": fixed}
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["mean"], keepdims=0),
        helper.make_node("Reshape", ["mean", "column"], ["light"]),
        helper.make_node("Mul", ["light", "lit"], ["scored"]),
        helper.make_node("Add", ["scored", "fixed"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "fixed",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(fixed.shape))],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    names = str(dict(enumerate(NAMES)))
    entries = {"task": "detect", "stride": "32", "batch": "1", "imgsz": f"[{SIDE}, {SIDE}]", "names": names, "end2end": str(not raw), "args": "{}"}
    helper.set_model_props(model, entries)
    onnx.save(model, str(path))


def write_set(folder: Path) -> Path:
    """Twelve pictures of rising brightness; their labels are some of the boxes, pushed about, and some that nothing says."""
    from models.measuring.looked import Labels

    random = np.random.default_rng(11)
    session = open_model(folder / "fixed.onnx", provider="cpu", min_score=0.001)
    for part in ("images", "labels"):
        (folder / part).mkdir()
    for number in range(12):
        picture = np.full((SIDE, SIDE, 3), 20 + 20 * number, np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number:02d}.png"), picture)
        (found,) = session.detect(picture[None])
        chosen = random.random(len(found)) < 0.4
        boxes = found.xyxy[chosen] + random.normal(0, 3, (int(chosen.sum()), 4))
        extra = random.uniform(0, 60, (3, 2))
        boxes = np.clip(np.concatenate([boxes, np.concatenate([extra, extra + 30], 1)]), 0, SIDE)
        labels = Labels(boxes.astype(np.float32), np.concatenate([found.class_ids[chosen], random.integers(0, 3, 3)]))
        lines = [
            f"{name} {(x0 + x1) / 2 / SIDE:.6f} {(y0 + y1) / 2 / SIDE:.6f} {(x1 - x0) / SIDE:.6f} {(y1 - y0) / SIDE:.6f}\n"
            for name, (x0, y0, x1, y1) in zip(labels.class_ids.tolist(), labels.xyxy.tolist(), strict=True)
        ]
        (folder / "labels" / f"{number:02d}.txt").write_text("".join(lines), encoding="ascii")
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: images\nval: images\nnames: [{', '.join(NAMES)}]\n", encoding="utf-8")
    return data


@pytest.mark.parametrize("raw", [pytest.param(False, id="final rows"), pytest.param(True, id="a raw head, each class of a place counted")])
def test_figures_agree_with_ultralytics_val_to_half_a_point(raw: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_AUTOINSTALL", "false")
    monkeypatch.chdir(tmp_path)
    build_detector(tmp_path / "fixed.onnx", raw=raw)
    data = write_set(tmp_path)
    from ultralytics import YOLO

    theirs = YOLO(str(tmp_path / "fixed.onnx"), task="detect").val(
        data=str(data), imgsz=SIDE, batch=1, rect=False, workers=0, plots=False, verbose=False, project=str(tmp_path / "runs"), device="cpu"
    )
    session = open_model(tmp_path / "fixed.onnx", provider="cpu", min_score=0.001)
    session.every_class = True
    ours = evaluate(list(looks(session, open_set(data))), session.names)
    assert 0.1 < ours.ap50 < 0.9  # the set tells something
    assert ours.ap50 == pytest.approx(theirs.box.map50, abs=POINTS)
    assert ours.ap == pytest.approx(theirs.box.map, abs=POINTS)
    for one, ap50 in zip(ours.classes, theirs.box.ap50, strict=True):
        assert one.ap50 == pytest.approx(ap50, abs=2 * POINTS)


@pytest.mark.slow
@pytest.mark.shared
def test_figures_agree_on_photographs_of_coco(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The raw head of the COCO checkpoint, as Ultralytics exports it, on every third photograph."""
    monkeypatch.setenv("YOLO_AUTOINSTALL", "false")
    monkeypatch.chdir(tmp_path)
    from ultralytics import YOLO

    source = shared / "images" / "coco_street_train"
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for path in sorted((source / "images").glob("*.jpg"))[::3]:
        shutil.copyfile(path, tmp_path / "images" / path.name)
        label = source / "labels" / f"{path.stem}.txt"
        if label.exists():
            shutil.copyfile(label, tmp_path / "labels" / label.name)
    shutil.copyfile(shared / "weights" / "yolo26n_coco_restored.pt", tmp_path / "coco.pt")
    exported = Path(YOLO(str(tmp_path / "coco.pt")).export(format="onnx", imgsz=640, simplify=False, verbose=False))
    data = tmp_path / "data.yaml"
    names = "".join(f"  {i}: {name}\n" for i, name in YOLO(str(tmp_path / "coco.pt")).names.items())
    data.write_text(f"path: {tmp_path}\ntrain: images\nval: images\nnames:\n{names}", encoding="utf-8")
    theirs = YOLO(str(tmp_path / "coco.pt")).val(
        data=str(data), imgsz=640, batch=4, rect=False, workers=0, plots=False, verbose=False, project=str(tmp_path / "runs"), device="cpu"
    )
    session = open_model(exported, provider="cpu", min_score=0.001)
    session.every_class = True
    ours = evaluate(list(looks(session, open_set(data))), session.names)
    assert ours.ap50 == pytest.approx(theirs.box.map50, abs=POINTS)
    assert ours.ap == pytest.approx(theirs.box.map, abs=POINTS)
