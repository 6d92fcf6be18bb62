from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring.labelled import looks, open_set, read_labels
from models.measuring.precision import evaluate
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
    pictures = list(looks(session, open_set(data)))
    (stall,) = evaluate(pictures, session.names).classes
    assert (stall.name, stall.labels, stall.recall50) == ("stall", 1, 1.0)
    assert stall.ap50 == pytest.approx(0.995) or stall.ap50 == pytest.approx(0.4975)  # the same box in picture b is a false alarm of equal score
    assert [(one.origin, one.width, one.height) for one in pictures] == [("a", 96, 64), ("b", 96, 64)]


def test_origins_stand_beside_the_set(build_model: Build, data: Path) -> None:
    (data.parent / "origins.json").write_text(json.dumps({"a": "a video"}), encoding="utf-8")
    labelled = open_set(data)
    assert [labelled.origin(path) for path in labelled.pictures] == ["a video", "b"]
    (data.parent / "origins.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"origins\.json"):
        open_set(data)


def test_a_split_may_be_a_list_of_pictures(data: Path) -> None:
    (data.parent / "some.txt").write_text("images/val/b.png\n\n", encoding="utf-8")
    data.write_text("val: some.txt\nnames: {0: balloon, 1: stall}\n", encoding="utf-8")
    assert [path.name for path in open_set(data).pictures] == ["b.png"]


def test_only_the_named_classes_are_looked_at(build_model: Build, data: Path) -> None:
    session = open_model(build_model(names=("stall", "balloon")), provider="cpu", input_size=(96, 64))
    first, second = looks(session, open_set(data), only=("stall",))
    assert set(first.found.classes()) == {"stall"}
    assert len(second.labels.class_ids) == 0
    with pytest.raises(EvaluationError, match="kiosk"):
        list(looks(session, open_set(data), only=("kiosk",)))


def test_a_model_that_shares_no_class_is_refused(build_model: Build, data: Path) -> None:
    session = open_model(build_model(names=("cat", "dog")), provider="cpu", input_size=(96, 64))
    with pytest.raises(EvaluationError, match="balloon, stall"):
        list(looks(session, open_set(data)))


def test_a_line_that_stands_twice_is_one_label(data: Path) -> None:
    (data.parent / "labels" / "val" / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n" * 2, encoding="ascii")
    assert len(read_labels(data.parent / "images" / "val" / "a.png", 96, 64, [0, 1]).class_ids) == 1


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.1", "x 0.5 0.5 0.1 0.1", "9 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1 wide", "0 0.5 0.5 nan 0.1",
                                  "0 0.5 0.5 -0.1 0.1", "0 0.5 0.5 0.1 -0.001", "0 1.5 0.5 0.1 0.1", "0 320 240 64 48", "0 0.5 inf 0.1 0.1"])  # fmt: skip
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
        pytest.param("names: 5\nval: images/val\n", "'names' is '5': it must be a list", id="names that are a number"),
        pytest.param("names: stall\nval: images/val\n", "'names' is 'stall': it must be a list", id="names that are a word"),
        pytest.param("names: []\nval: images/val\n", "it must be a list of names", id="an empty list of names"),
        pytest.param("names: {0: stall, x: y}\nval: images/val\n", "numbers its classes 0, x: number them 0 to 1", id="a number that is a letter"),
        pytest.param("names: {5: stall}\nval: images/val\n", "numbers its classes 5: number them 0 to 0", id="not numbered from 0"),
        pytest.param("names: [a]\nnc: 2\nval: images/val\n", "'nc' is '2', but 'names' has 1", id="another count"),
        pytest.param("path: 5\nnames: [a]\nval: images/val\n", "'path' is 5, which is no text", id="a path that is a number"),
    ],
)
def test_a_bad_set_is_told(data: Path, content: str, says: str) -> None:
    data.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=says):
        open_set(data)


def test_files_that_are_not_utf8_are_named(data: Path) -> None:
    (data.parent / "some.txt").write_bytes(b"images/val/stra\xdfe.png\n")
    data.write_text("val: some.txt\nnames: [stall]\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"some\.txt is not in UTF-8"):
        open_set(data)
    (data.parent / "labels" / "val" / "a.txt").write_bytes(b"0 0.5 0.5 0.1 0.1 \xdf\n")
    with pytest.raises(EvaluationError, match=r"a\.txt is not in UTF-8"):
        read_labels(data.parent / "images" / "val" / "a.png", 96, 64, [0])


def test_what_ultralytics_bears_with_is_read(data: Path) -> None:
    (data.parent / "labels" / "val" / "a.txt").write_bytes(b"\xef\xbb\xbf0 1.005 -0.005 0.1 0\n")
    assert len(read_labels(data.parent / "images" / "val" / "a.png", 96, 64, [0]).class_ids) == 1
