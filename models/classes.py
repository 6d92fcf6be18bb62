"""The classes of the shipped model, in the order of its class ids: the street's share of COCO, then what no public data set names."""

from __future__ import annotations

COCO_STREET_CLASSES = (
    "person", "bicycle", "car", "motorcycle", "bus", "truck", "bench", "umbrella", "backpack", "handbag", "suitcase",
    "bottle", "cup", "bowl", "banana", "apple", "orange", "broccoli", "carrot", "chair", "potted plant", "dining table",
)  # fmt: skip
STREET_CLASSES = ("stall", "goods_out", "vendor_vehicle", "parasol")
ALL_CLASSES = COCO_STREET_CLASSES + STREET_CLASSES
