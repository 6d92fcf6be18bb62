from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from models.errors import CardError, ModelFileError, ModelNotFound, ProviderError, WrongTask
from models.session import Detector, YoloSession, open_model

Build = Callable[..., Path]


def picture(level: int, size: tuple[int, int] = (64, 96)) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((*size, 3), level, np.uint8)


def opened(path: Path, **options: object) -> YoloSession:
    return open_model(path, provider="cpu", input_size=(96, 64), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["float", "half", "uint8"])
@pytest.mark.parametrize(("head", "boxes"), [("rows", 3), ("raw", 2)])
def test_every_layout_and_head_gives_the_same_boxes(build_model: Build, layout: str, head: str, boxes: int) -> None:
    session = opened(build_model(layout=layout, head=head))
    (found,) = session.detect(picture(255)[None])
    assert len(found) == boxes
    assert found.scores[0] == pytest.approx(1.0, abs=1e-3)
    assert found.xyxy[0].tolist() == [12, 12, 28, 28]
    assert found.classes()[-1] == "parasol"


@pytest.mark.parametrize("layout", ["float", "uint8"])
@pytest.mark.parametrize("batch", [None, 1, 4])
def test_each_picture_of_a_batch_has_its_own_boxes_whatever_batch_the_file_is_made_for(build_model: Build, layout: str, batch: int | None) -> None:
    session = opened(build_model(layout=layout, batch=batch))
    levels = [255, 0, 127, 200, 51, 255]
    answers = session.detect(np.stack([picture(level) for level in levels]))
    assert [round(float(found.scores[0]), 2) if len(found) else 0.0 for found in answers] == [1.0, 0.0, 0.5, 0.78, 0.2, 1.0]


def test_an_empty_batch_gives_nothing(build_model: Build) -> None:
    assert opened(build_model()).detect(np.empty((0, 64, 96, 3), np.uint8)) == []


def test_an_export_with_nms_and_dynamic_shapes_is_run_picture_by_picture(build_model: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened(build_model(metadata={"args": "{'nms': True, 'dynamic': True}"}))
    sizes: list[int] = []
    run = onnxruntime.InferenceSession.run

    def counted(self: Any, names: Any, feed: Any, *rest: Any) -> Any:
        sizes.append(len(feed["images"]))
        return run(self, names, feed, *rest)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", counted)
    session.detect(np.stack([picture(255)] * 3))
    assert sizes == [1, 1, 1]


def test_the_size_comes_from_the_graph_then_the_caller_then_the_metadata(build_model: Build) -> None:
    fixed = open_model(build_model("fixed.onnx", size=(64, 128)), provider="cpu")
    assert (fixed.input_width_px, fixed.input_height_px) == (128, 64)
    dynamic = build_model("dynamic.onnx", metadata={"imgsz": "[96, 160]"})
    assert open_model(dynamic, provider="cpu").input_width_px == 160
    assert open_model(dynamic, provider="cpu", input_size=(320, 192)).input_height_px == 192
    plain = open_model(build_model("plain.onnx"), provider="cpu")
    assert (plain.input_width_px, plain.input_height_px) == (640, 384)


def test_a_session_is_a_detector_and_says_what_runs_it(build_model: Build) -> None:
    session = opened(build_model())
    detector: Detector = session
    assert detector.names == ("stall", "parasol")
    assert (session.provider, session.name, len(session.sha256)) == ("cpu", "tiny", 64)


def test_min_score_is_a_floor(build_model: Build) -> None:
    assert [len(opened(build_model(), min_score=score).detect(picture(255)[None])[0]) for score in (0.05, 0.85, 0.95)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        pytest.param(np.zeros((64, 96, 3), np.uint8), "a batch is", id="one picture, not a batch"),
        pytest.param(np.zeros((1, 64, 96, 3), np.float32), "float32", id="floats"),
        pytest.param(np.zeros((1, 3, 64, 96), np.uint8), "a batch is", id="channels first"),
        pytest.param(np.zeros((1, 60, 96, 3), np.uint8), "multiple of 32", id="an odd height"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(build_model: Build, batch: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        opened(build_model()).detect(batch)


def test_a_fixed_model_refuses_another_size(build_model: Build) -> None:
    path = build_model(size=(64, 96))
    with pytest.raises(ValueError, match="96x64 only"):
        open_model(path, provider="cpu").detect(np.zeros((1, 96, 96, 3), np.uint8))
    with pytest.raises(ModelFileError, match="export it with dynamic shapes"):
        open_model(path, provider="cpu", input_size=(640, 384))


def test_faulty_files_are_told_in_one_line(build_model: Build, tmp_path: Path) -> None:
    for name, content in (("empty.onnx", b""), ("text.onnx", b"not a model"), ("cut.onnx", build_model().read_bytes()[:200])):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=name) as caught:
            open_model(path, provider="cpu")
        assert "\n" not in str(caught.value)


def test_another_task_or_another_number_of_classes_is_refused(build_model: Build) -> None:
    with pytest.raises(WrongTask, match="'segment'"):
        opened(build_model(metadata={"task": "segment"}))
    with pytest.raises(ModelFileError, match="with 5 classes"):
        opened(build_model("five.onnx", head="raw", names="abcde"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelNotFound, match="curbwatch-n-street"):
        open_model("no-such-model")
    with pytest.raises(ModelNotFound, match="does not exist"):
        open_model("no/such/file.onnx")


def test_a_provider_that_is_not_installed_is_not_replaced_in_silence(build_model: Build) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime-gpu is installed here")
    with pytest.raises(ProviderError, match="'cuda' is not in the installed onnxruntime"):
        open_model(build_model(), provider="cuda")
    assert open_model(build_model(), provider="auto", input_size=(96, 64)).provider == "cpu"


def test_a_provider_that_falls_back_is_an_error(build_model: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    path = build_model()
    open_real = onnxruntime.InferenceSession

    def fall_back(path: str, options: Any, providers: Any, enable_fallback: int) -> Any:
        return open_real(path, options, providers=["CPUExecutionProvider"])  # what onnxruntime-gpu does without a driver

    monkeypatch.setattr(onnxruntime, "InferenceSession", fall_back)
    with pytest.raises(ProviderError, match="runs the model with CPUExecutionProvider"):
        open_model(path, provider="cuda", input_size=(96, 64))
    assert open_model(path, provider="auto", input_size=(96, 64)).provider == "cpu"


def test_the_card_of_another_file_is_refused(build_model: Build) -> None:
    path = build_model()
    path.with_suffix(".yaml").write_text(
        f"{{name: tiny, version: '1', sha256: '{'0' * 64}', licence: MIT, classes: [stall, parasol], input_size: [96, 64]}}", encoding="utf-8"
    )
    with pytest.raises(CardError, match="card of another file"):
        open_model(path, provider="cpu")
