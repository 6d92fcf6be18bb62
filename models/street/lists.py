"""The two lists that must not be mixed up, and what a scene is made of.

A *look-alike* (`assets.asset.LOOK_ALIKES`) is no class of the detector: it is a class of the verifier, which learns what it really is. A
*legal twin* has the class of its illegal twin; zone, permit and attendance tell the two apart, never the model, except that the verifier
says `covered`.
"""

from __future__ import annotations

LEGAL_TWINS = {
    "permitted_pitch": "a stall inside the painted box of its permit",
    "terrace_inside_line": "a café's tables on the shop's side of its line",
    "covered_stall": "a stall under a cover: nobody sells",
    "closed_stall": "a stall of a permitted pitch, closed and left alone",
}
"""What is lawful though it looks like a violation, and why."""

SUBJECTS: tuple[tuple[str, str, str, float], ...] = (
    ("stall_table", "stall", "kerb", 3.0),
    ("stall_mat", "stall", "walk", 1.6),
    ("stall_rack", "stall", "walk", 1.4),
    ("stall_crates", "stall", "kerb", 1.6),
    ("stall_cart_stand", "stall", "kerb", 1.2),
    ("stall_tent", "stall", "kerb", 1.6),
    ("vendor_tricycle", "vendor_vehicle", "gutter", 3.0),
    ("vendor_cart", "vendor_vehicle", "kerb", 1.8),
    ("vendor_truck", "vendor_vehicle", "parking", 1.8),
    ("vendor_food_cart", "vendor_vehicle", "kerb", 1.6),
    ("out_shelf", "goods_out", "front", 1.1),
    ("out_crates", "goods_out", "front", 1.1),
    ("out_freezer", "goods_out", "front", 0.8),
    ("out_tables", "goods_out", "front", 0.9),
    ("out_rack", "goods_out", "front", 0.9),
    ("out_gas", "goods_out", "front", 0.4),
    ("out_cartons", "goods_out", "front", 0.5),
    ("out_plants", "goods_out", "front", 0.6),
    ("out_counter", "goods_out", "front", 0.6),
    ("out_mixed", "goods_out", "front", 2.0),
    ("terrace", "goods_out", "front", 0.6),
    ("parasol", "parasol", "walk", 1.6),
    ("tent", "parasol", "walk", 0.8),
    ("garbage_loose", "garbage_pile", "kerb", 1.9),
    ("garbage_bags", "garbage_pile", "kerb", 1.9),
    ("bin_overflow", "bin_overflow", "kerb", 3.2),
    ("material", "material_pile", "kerb", 2.2),
    ("material_boxes", "material_pile", "front", 0.5),
    ("scrap_pile", "material_pile", "kerb", 0.7),
    ("laundry", "laundry", "kerb", 3.2),
    ("open_grill", "open_grill", "walk", 4.0),
    ("banner", "banner", "kerb", 2.0),
    ("banner", "banner", "front", 2.2),
    ("bikes_row", "bikes_row", "kerb", 4.4),
)
"""What the detector learns: asset, class, the strip of the street where it stands, and how often it is drawn beside the others."""

TWINS: tuple[tuple[str, str, str, str, float], ...] = (
    ("permitted_pitch", "stall_table", "stall", "kerb", 1.0),
    ("permitted_pitch", "stall_tent", "stall", "kerb", 0.7),
    ("terrace_inside_line", "terrace", "goods_out", "front", 1.0),
    ("covered_stall", "stall_covered", "stall", "kerb", 1.6),
    ("closed_stall", "stall_covered", "stall", "kerb", 0.6),
)
"""Legal twins: twin, asset, class, strip, weight."""

LOOKALIKE_STRIPS: dict[str, str] = {
    "unloading": "parking",
    "courier": "gutter",
    "rider": "gutter",
    "construction": "kerb",
    "cleaning_cart": "gutter",
    "bus_shelter": "kerb",
    "umbrella_queue": "front",
    "planter": "front",
    "flag": "front",
    "parked_tricycle": "gutter",
}
"""Where each look-alike stands."""

CLUTTER = ("bollards", "electric_box", "hydrant", "bench", "stools", "news_box", "mailbox", "folding_seat", "bin", "bin", "pram", "spill")
"""What stands about on any pavement and is of no class."""
