"""The names of the detector's classes and of what the verifier tells, as kinds and exclusions name them. The contract imports no model: a test compares these
with the models' own lists.
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
PERSON = "person"
"""Attends, queues, walks past; makes no kind by itself."""
UNRECOGNISED = "unrecognised"
"""What no class covers, and yet is new on the ground and stays: the worker's model of the ground sees it, whatever the detector."""
MEASURED_CLASSES = (UNRECOGNISED,)
"""Classes of no model: a measurement gives them."""
KNOWN_CLASSES = COCO_STREET_CLASSES + STREET_CLASSES + MEASURED_CLASSES
VERIFIER_LOOKS = (
    "unloading", "courier", "rider", "construction", "cleaning_cart", "bus_shelter", "umbrella_queue", "planter", "flag", "parked_tricycle",
    "covered",
)  # fmt: skip
"""What the verifier may tell of a thing that excuses it: what it looks like, and that it is covered."""
VERIFIED_CLASSES = ("stall", "goods_out", "vendor_vehicle")
"""Classes that the verifier is asked about: of a thing that none of them names it tells nothing."""
