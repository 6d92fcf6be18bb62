from __future__ import annotations

import pytest

from models.errors import ModelFileError, WrongTask
from models.metadata import DUPLICATES_KEY, parse_metadata

GOOD = {"task": "detect", "names": "{0: 'stall', 1: 'parasol'}", "imgsz": "[384, 640]", "stride": "32", "end2end": "True"}


def test_what_ultralytics_writes_is_read() -> None:
    metadata = parse_metadata(GOOD | {"args": "{'batch': 1, 'nms': False, 'dynamic': True}"}, "x.onnx")
    assert metadata.names == ("stall", "parasol")
    assert metadata.image_size == (384, 640)
    assert (metadata.stride, metadata.end2end, metadata.nms, metadata.dynamic) == (32, True, False, True)


def test_an_older_export_says_less() -> None:
    metadata = parse_metadata({"names": "['a', 'b']", "imgsz": "640"}, "x.onnx")
    assert (metadata.names, metadata.image_size, metadata.end2end) == (("a", "b"), (640, 640), None)


def test_our_own_files_name_the_overlap_of_duplicates() -> None:
    assert parse_metadata(GOOD | {DUPLICATES_KEY: "{'stall': 0.5}"}, "x.onnx").duplicate_iou == {"stall": 0.5}
    assert parse_metadata(GOOD, "x.onnx").duplicate_iou == {}


def test_end2end_false_is_not_taken_for_true() -> None:
    assert parse_metadata(GOOD | {"end2end": "False"}, "x.onnx").end2end is False


@pytest.mark.parametrize("task", ["segment", "pose", "classify", "obb"])
def test_another_task_is_refused_by_name(task: str) -> None:
    with pytest.raises(WrongTask, match=f"x.onnx is a model for the task '{task}'"):
        parse_metadata(GOOD | {"task": task}, "x.onnx")


@pytest.mark.parametrize(
    ("entry", "text", "says"),
    [
        pytest.param("names", "stall, parasol", "'names'", id="names are no literal"),
        pytest.param("names", "{1: 'stall'}", "numbered from 0", id="ids begin at 1"),
        pytest.param("names", "{}", "numbered from 0", id="no class"),
        pytest.param("names", "{0: 7}", "numbered from 0", id="a name that is a number"),
        pytest.param("names", "__import__('os').getcwd()", "'names'", id="code is never run"),
        pytest.param("imgsz", "[384]", "'imgsz'", id="one side only"),
        pytest.param("imgsz", "[0, 640]", "'imgsz'", id="a side of none"),
        pytest.param("stride", "many", "'stride'", id="stride is a word"),
        pytest.param("args", "[1]", "'args'", id="arguments are a list"),
        pytest.param(DUPLICATES_KEY, "{'bus': 0.5}", "'curbwatch.duplicate_iou'", id="overlap of a class that it lacks"),
        pytest.param(DUPLICATES_KEY, "{'stall': 50.0}", "'curbwatch.duplicate_iou'", id="overlap in percent"),
    ],
)
def test_a_bad_entry_is_named_with_its_file(entry: str, text: str, says: str) -> None:
    with pytest.raises(ModelFileError, match=says) as caught:
        parse_metadata(GOOD | {entry: text}, "x.onnx")
    assert "x.onnx" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_names_says_how_to_export() -> None:
    with pytest.raises(ModelFileError, match="Ultralytics"):
        parse_metadata({}, "x.onnx")
