"""Looked pictures and photographs made by code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.detections import Detections
from models.measuring.looked import Labels, Looked
from models.photographs import PhotoBox, Photograph

NAMES = ("stall", "parasol")
FoundBox = tuple[float, float, float, float, float, int]
LabelBox = tuple[float, float, float, float, int]
MakeLooked = Callable[..., Looked]
MakePhotograph = Callable[..., Photograph]


@pytest.fixture
def looked() -> MakeLooked:
    """A picture of 200x100 with found boxes (x0, y0, x1, y1, score, class id) and labels (x0, y0, x1, y1, class id)."""

    def make(found: Sequence[FoundBox] = (), labels: Sequence[LabelBox] = (), *, origin: str = "one", path: Path = Path("picture.jpg")) -> Looked:
        boxes, true = np.array(found, np.float32).reshape(-1, 6), np.array(labels, np.float32).reshape(-1, 5)
        boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
        detections = Detections(boxes[:, :4], boxes[:, 4], boxes[:, 5].astype(np.int64), NAMES)
        return Looked(path, origin, 200, 100, detections, Labels(true[:, :4], true[:, 4].astype(np.int64)))

    return make


@pytest.fixture
def photograph(tmp_path: Path) -> MakePhotograph:
    """A photograph of 200x100, grey, with boxes (xyxy in 0..1, name, and the marks difficult and group)."""

    def make(name: str, *boxes: PhotoBox, origin: str = "", view: str = "street_level", reason: str | None = None) -> Photograph:
        path = tmp_path / f"{name}.jpg"
        if not path.exists():
            cv2.imwrite(str(path), np.full((100, 200, 3), 90, np.uint8))
        return Photograph(name, path, 200, 100, origin or name, view, reason, boxes)

    return make


@pytest.fixture
def scores_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines as `curbwatch detect --json --verify` prints them: name → boxes (class, score, verified, xyxy in 0..1, voices or None)."""

    def write(pictures: dict[str, list[tuple[str, float, float | None, tuple[float, ...], dict[str, float] | None]]], name: str = "scores.jsonl") -> Path:
        path = tmp_path / name
        lines = []
        for image, boxes in pictures.items():
            told = []
            for label, score, verified, (x0, y0, x1, y1), voices in boxes:
                box: dict[str, object] = {"class": label, "score": score, "xyxy": [x0 * 200, y0 * 100, x1 * 200, y1 * 100]}
                told.append(box | ({} if verified is None else {"verified": verified}) | ({} if voices is None else {"voices": voices}))
            lines.append(json.dumps({"image": f"some/where/{image}.jpg", "width": 200, "height": 100, "model": "sibling", "detections": told}))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
