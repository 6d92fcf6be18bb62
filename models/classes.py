"""The classes of the model, in the order of its class ids: the street's share of COCO, then what no public data set names.

The file of version 0.1 has the first four of `STREET_CLASSES` only; what a file really has stands in its metadata and its card.
"""

from __future__ import annotations

COCO_STREET_CLASSES = (
    "person", "bicycle", "car", "motorcycle", "bus", "truck", "bench", "umbrella", "backpack", "handbag", "suitcase",
    "bottle", "cup", "bowl", "banana", "apple", "orange", "broccoli", "carrot", "chair", "potted plant", "dining table",
)  # fmt: skip
STREET_CLASSES = (
    "stall", "goods_out", "vendor_vehicle", "parasol", "garbage_pile", "bin_overflow", "material_pile", "laundry", "open_grill", "banner",
    "bikes_row",
)  # fmt: skip
SELLING = ("stall", "goods_out", "vendor_vehicle")
"""What sells: a picture is ranked by its best box of these."""
ALL_CLASSES = COCO_STREET_CLASSES + STREET_CLASSES
