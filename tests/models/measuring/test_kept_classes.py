"""What the shipped file keeps of its base: mean AP at IoU 0.5 of the street's COCO classes, on COCO photographs that nothing was trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.classes import COCO_STREET_CLASSES
from models.measuring.labelled import LabelledSet, looks
from models.measuring.precision import evaluate
from models.session import open_model

OF_THE_CHECKPOINT = 0.534
"""mAP50 by `ultralytics val` (640x640, rect=False, the classes of the street only) of yolo26n_coco_restored.pt on the pictures with even numbers."""
COCO_NAMES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "stop sign", "parking meter",
    "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase",
    "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake",
    "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.shared
def test_the_kept_classes_lose_at_most_a_tenth(shared: Path) -> None:
    pictures = tuple(path for path in sorted((shared / "images" / "coco_street_train" / "images").glob("*.jpg")) if int(path.stem) % 2 == 0)
    assert len(pictures) == 68
    session = open_model(provider="cpu", min_score=0.001)
    found = evaluate(list(looks(session, LabelledSet(pictures, COCO_NAMES), COCO_STREET_CLASSES)), session.names)
    assert len(found.classes) == 19
    assert found.ap50 >= 0.9 * OF_THE_CHECKPOINT
