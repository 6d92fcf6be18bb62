from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring.precision import evaluate
from models.measuring.labelled import looks, open_set, read_labels
from models.session import open_model

Build = Callable[..., Path]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two white pictures of 96x64; the first has a stall where the tiny model sees it, the second something it does not know."""
    for part in ("images", "labels"):
        (tmp_path / "set" / part / "val").mkdir(parents=True)
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / "set" / "images" / "val" / f"{name}.png"), np.full((64, 96, 3), 255, np.uint8))
    (tmp_path / "set" / "labels" / "val" / "a.txt").write_text(f"1 {20 / 96} {20 / 64} {16 / 96} {16 / 64}\n", encoding="ascii")
    (tmp_path / "set" / "labels" / "val" / "b.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="ascii")
    path = tmp_path / "set" / "data.yaml"
    path.write_text("val: images/val\nnames: {0: balloon, 1: stall}\n", encoding="utf-8")
    return path


def test_figures_come_from_the_session_and_classes_are_matched_by_name(build_model: Build, data: Path) -> None:
    session = open_model(build_model(), provider="cpu", input_size=(96, 64))
    (stall,) = evaluate(looks(session, open_set(data)), session.names)
    assert (stall.name, stall.labels, stall.recall50) == ("stall", 1, 1.0)
    assert stall.ap50 == pytest.approx(1.0) or stall.ap50 == pytest.approx(0.5)  # the same box in picture b is a false alarm of equal score


def test_a_model_that_shares_no_class_is_refused(build_model: Build, data: Path) -> None:
    session = open_model(build_model(names=("cat", "dog")), provider="cpu", input_size=(96, 64))
    with pytest.raises(EvaluationError, match="balloon, stall"):
        list(looks(session, open_set(data)))


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.1", "x 0.5 0.5 0.1 0.1", "9 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1 wide"])
def test_a_bad_line_is_named(data: Path, line: str) -> None:
    (data.parent / "labels" / "val" / "a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n", encoding="ascii")
    with pytest.raises(EvaluationError, match=r"a\.txt, line 2"):
        read_labels(data.parent / "images" / "val" / "a.png", 96, 64, [0, 1])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("val: images/val\n", "no field 'names'", id="no names"),
        pytest.param("names: [a]\n", "no field 'val'", id="no such split"),
        pytest.param("names: [a]\nval: nowhere\n", "no picture lies under", id="no pictures"),
        pytest.param("names: [a\n", "cannot be read as YAML", id="no YAML"),
    ],
)
def test_a_bad_set_is_told(data: Path, content: str, says: str) -> None:
    data.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=says):
        open_set(data)
