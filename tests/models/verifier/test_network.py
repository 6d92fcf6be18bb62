from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelFileError
from models.verifier.network import LOOK_CLASSES, Plan, open_network
from models.verifier.things import LENGTH
from tests.models.verifier.making import PLAN, tiny_verifier

SEEN = np.full(LENGTH, 0.5, np.float32)
BOXES = np.array([[0, 0, 20, 20], [40, 0, 60, 20]], np.float32)


def half_white() -> np.ndarray:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, :30] = 255
    return picture


def test_a_plan_comes_back_as_it_was_written_and_cuts_boxes_with_surroundings() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN
    assert PLAN.squares(BOXES, 80, 40) == ((0, 0, 30, 30), (35, 0, 65, 30))


def test_it_says_what_each_box_looks_like(tmp_path: Path) -> None:
    network = open_network(tiny_verifier(tmp_path / "t.verifier.onnx"))
    opinion = network.ask(half_white(), BOXES, SEEN)
    assert opinion.picture == pytest.approx(5.0, abs=0.2), "30 of the 48 columns of the first tile are white"
    assert opinion.things == pytest.approx(0.5)
    assert opinion.crop[0] > 5 > -5 > opinion.crop[1]
    assert [LOOK_CLASSES[i] for i in opinion.looks.argmax(1)] == ["stall", "other"]
    assert opinion.looks.sum(1) == pytest.approx([1, 1])
    assert opinion.covered[0] < 0.5 < opinion.covered[1]


def test_a_picture_without_boxes_is_judged_as_a_whole(tmp_path: Path) -> None:
    opinion = open_network(tiny_verifier(tmp_path / "t.verifier.onnx")).ask(half_white(), np.empty((0, 4), np.float32), SEEN)
    assert (opinion.crop.shape, opinion.looks.shape) == ((0,), (0, len(LOOK_CLASSES)))


@pytest.mark.parametrize("fault", ["missing", "no onnx", "a detector", "a plan of another form"])
def test_what_is_no_verifier_is_refused_by_name(tmp_path: Path, build_model: Callable[..., Path], fault: str) -> None:
    path = tmp_path / "t.verifier.onnx"
    if fault == "no onnx":
        path.write_bytes(b"no graph")
    elif fault == "a detector":
        path = build_model("t.verifier.onnx")
    elif fault == "a plan of another form":
        tiny_verifier(path, metadata='{"side_px": 8}')
    with pytest.raises(ModelFileError, match=r"t\.verifier\.onnx") as caught:
        open_network(path)
    assert "\n" not in str(caught.value)
