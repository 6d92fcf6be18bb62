"""From a model's output to boxes, for both kinds of head that Ultralytics exports.

Rows: (b, n, 6) of left, top, right, bottom, score, class id; final (NMS-free heads of v10 and 26, or NMS built into the export). Raw: (b, 4 + nc,
anchors) of centre, size and one score per class, which wants NMS here (v8, 11, 12, and v10 and 26 exported without `nms=False`).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.errors import ModelFileError
from models.metadata import ModelMetadata
from models.overlap import suppress

NMS_IOU = 0.7
"""Ultralytics' default for predicting."""
MAX_CANDIDATES = 1000
MAX_BOXES = 300
MAX_OF_EVERY_CLASS = 30_000
"""Candidates when every class of a place counts, as Ultralytics takes them for validation."""


class Head(StrEnum):
    """How the output is laid out."""

    ROWS = "rows"
    RAW = "raw"


def tell_head(metadata: ModelMetadata, shape: tuple[int, ...], where: str) -> Head:
    """Tells the head from the metadata where that says it, else from the shape of a real output (b, ·, ·).

    Raises:
        ModelFileError: an output that is neither.
    """
    rows = len(shape) == 3 and shape[2] == 6
    raw = len(shape) == 3 and shape[1] == 4 + len(metadata.names)
    says_rows = metadata.end2end or metadata.nms
    if rows and (says_rows or not raw):
        return Head.ROWS
    if raw and not says_rows:
        return Head.RAW
    names = len(metadata.names)
    raise ModelFileError(f"{where} gives an output of shape {shape}; a detector with {names} classes gives (b, n, 6) or (b, {4 + names}, anchors)")


def boxes_from_rows(rows: NDArray[np.float32], names: tuple[str, ...], min_score: float, size: tuple[int, int], duplicate_iou: dict[int, float]) -> Detections:
    """Boxes of one picture from its (n, 6) rows; `size` is (height, width) of the input, to which boxes are cut.

    `duplicate_iou` maps a class id to the overlap from which two of its boxes are one thing, for heads whose rows repeat themselves.
    """
    rows = rows[rows[:, 4] >= min_score]
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    found = _detections(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64), names, size)
    kept = np.ones(len(found), bool)
    for class_id, iou in duplicate_iou.items():
        own = np.flatnonzero(found.class_ids == class_id)
        if len(own) > 1:
            kept[own] = False
            kept[own[suppress(found.xyxy[own], found.scores[own], found.class_ids[own], iou)]] = True
    return found[kept]


def boxes_from_raw(raw: NDArray[np.float32], names: tuple[str, ...], min_score: float, size: tuple[int, int], *, every_class: bool = False) -> Detections:
    """Boxes of one picture from its (4 + nc, anchors) raw output, after greedy NMS within each class.

    Each anchor gives its best class; with `every_class` each class that reaches `min_score`, which is how `ultralytics val` counts.
    """
    if every_class:
        return _every_class(raw, names, min_score, size)
    best = raw[4:].argmax(0)
    scores = raw[4:].max(0)
    keep = np.flatnonzero(scores >= min_score)
    keep = keep[np.argsort(-scores[keep], kind="stable")[:MAX_CANDIDATES]]
    centre, half = raw[:2, keep].T, raw[2:4, keep].T / 2
    xyxy = np.concatenate([centre - half, centre + half], 1).astype(np.float32)
    class_ids = best[keep].astype(np.int64)
    survivors = suppress(xyxy, scores[keep], class_ids, NMS_IOU)[:MAX_BOXES]
    return _detections(xyxy[survivors], scores[keep][survivors], class_ids[survivors], names, size)


def _every_class(raw: NDArray[np.float32], names: tuple[str, ...], min_score: float, size: tuple[int, int]) -> Detections:
    class_ids, anchors = np.nonzero(raw[4:] >= min_score)
    scores = raw[4 + class_ids, anchors]
    order = np.argsort(-scores, kind="stable")[:MAX_OF_EVERY_CLASS]
    class_ids, anchors, scores = class_ids[order].astype(np.int64), anchors[order], scores[order]
    centre, half = raw[:2, anchors].T, raw[2:4, anchors].T / 2
    xyxy = np.concatenate([centre - half, centre + half], 1).astype(np.float32)
    kept = [np.empty(0, np.int64)]
    for class_id in np.unique(class_ids):  # class by class: the overlaps of all with all would not fit
        own = np.flatnonzero(class_ids == class_id)
        kept.append(own[suppress(xyxy[own], scores[own], class_ids[own], NMS_IOU)])
    survivors = np.sort(np.concatenate(kept))[:MAX_BOXES]
    return _detections(xyxy[survivors], scores[survivors], class_ids[survivors], names, size)


def _detections(
    xyxy: NDArray[np.float32], scores: NDArray[np.float32], class_ids: NDArray[np.int64], names: tuple[str, ...], size: tuple[int, int]
) -> Detections:
    """Cuts boxes to the input and drops what lies outside it, has no area or an unknown class."""
    height, width = size
    xyxy = np.clip(xyxy, 0, np.array([width, height, width, height], np.float32)).astype(np.float32)
    sound = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1]) & (class_ids >= 0) & (class_ids < len(names))
    return Detections(xyxy[sound], scores[sound].astype(np.float32), class_ids[sound], names)
