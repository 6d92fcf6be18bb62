"""What a model file says about itself: Ultralytics writes task, class names, size, stride and kind of head into an ONNX file's metadata."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.errors import ModelFileError, WrongTask

DUPLICATES_KEY = "curbwatch.duplicate_iou"
"""Metadata of our own files: class name → overlap from which two boxes of the class are one."""


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """The part of the metadata that running a detector needs.

    Attributes:
        names: class names in the order of their ids.
        image_size: (height, width) in pixels of the export, None where it does not say.
        stride: sides of the input are multiples of it.
        end2end: whether the head needs no NMS; None where it does not say (exports before YOLO26, v10 among them).
        nms: the export has NMS built in, so its rows are final too.
        dynamic: exported with dynamic shapes.
        duplicate_iou: class name → overlap from which two of its rows are one thing.
    """

    names: tuple[str, ...]
    image_size: tuple[int, int] | None
    stride: int
    end2end: bool | None
    nms: bool
    dynamic: bool
    duplicate_iou: dict[str, float] = field(default_factory=dict)


def parse_metadata(entries: Mapping[str, str], where: str) -> ModelMetadata:
    """Reads the custom metadata of an ONNX file; `where` names the file in errors.

    Raises:
        WrongTask: the model does not detect.
        ModelFileError: no class names, or entries that are not what Ultralytics writes.
    """
    task = entries.get("task", "detect")
    if task != "detect":
        raise WrongTask(f"{where} is a model for the task {task!r}: export one for 'detect'")
    if "names" not in entries:
        raise ModelFileError(f"{where} has no class names in its metadata: export it with Ultralytics (format=onnx)")
    args = _literal(entries.get("args", "{}"), "args", where, dict)
    size = _literal(entries["imgsz"], "imgsz", where, (list, tuple, int)) if "imgsz" in entries else None
    if isinstance(size, int):
        size = (size, size)
    if size is not None and (len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size)):
        raise ModelFileError(f"{where}: the metadata entry 'imgsz' is {entries['imgsz']!r}, not a height and a width")
    end2end = entries.get("end2end")
    names = _names(_literal(entries["names"], "names", where, (dict, list)), where)
    return ModelMetadata(
        names=names,
        image_size=(size[0], size[1]) if size else None,
        stride=_literal(entries.get("stride", "32"), "stride", where, int),
        end2end=None if end2end is None else end2end == "True",
        nms=args.get("nms") is True,
        dynamic=args.get("dynamic") is True,
        duplicate_iou=_overlaps(_literal(entries.get(DUPLICATES_KEY, "{}"), DUPLICATES_KEY, where, dict), names, where),
    )


def _literal(text: str, key: str, where: str, kind: type | tuple[type, ...]) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise ModelFileError(f"{where}: the metadata entry {key!r} is {text[:60]!r}, not what Ultralytics writes")
    return value


def _overlaps(value: dict[Any, Any], names: tuple[str, ...], where: str) -> dict[str, float]:
    if not all(name in names and isinstance(iou, float) and 0 <= iou <= 1 for name, iou in value.items()):
        raise ModelFileError(f"{where}: the metadata entry {DUPLICATES_KEY!r} is no overlap of 0 to 1 for each of some of its classes")
    return value


def _names(value: Any, where: str) -> tuple[str, ...]:
    by_id = value if isinstance(value, dict) else dict(enumerate(value))
    if sorted(by_id) != list(range(len(by_id))) or not by_id or not all(isinstance(name, str) for name in by_id.values()):
        raise ModelFileError(f"{where}: the class names in its metadata are not numbered from 0 on")
    return tuple(by_id[i] for i in range(len(by_id)))
