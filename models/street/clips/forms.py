"""What stands for each kind of violation in a clip, and what looks like it and is none: data.

A form is an asset in its strip of the street with what makes it a violation or not. The scene beside the clip carries the zone or permit that the form names,
drawn by the code that stood it there. Kinds are those of the catalogue (`curbwatch kinds`) for which the street has an asset and one camera can judge a clip.
"""

from __future__ import annotations

from dataclasses import dataclass

PITCH_HOURS = "trades in its painted box within the hours of its permit"
BRIEFLY = "is there for less than the dwell"

REASONS = {
    "public_way": "it stands on the public way",
    "beyond_line": "it stands beyond the shop's line",
    "permit_expired": "the hours of the permit of its painted box are over",
    "permit": "a permit covers it",
    "inside_line": "it stands on the shop's side of its line",
    "own_land": "it stands on the shop's own land",
    "inside_zone": "it stands in a zone that is meant for it",
    "short": "it is gone before its dwell",
    "too_few": "there are fewer than the kind asks for",
    "handled": "somebody stays with it and clears it away",
    "out_of_hours": "the kind is not judged at this hour",
    "off_the_street": "it does not stand or hang over the street",
    "look_alike": "it is something else",
}
"""Why something is a violation (the first three) or none, as the truth tells it."""
UNLAWFUL = ("public_way", "beyond_line", "permit_expired")


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a kind shows itself, or seems to.

    Attributes:
        asset: in the catalogue of assets.
        label: class of the detector or of the verifier's look-alikes; for cars COCO's.
        strip: of the street, see `Layout.strip_of`; `balcony` hangs at the first floor.
        weight: how often it is drawn beside the others of its kind.
        reason: one of `REASONS`.
        why: in words, for what must not fire.
        twin: what it is of the legal twins or look-alikes; the asset's name where nothing is said.
        lasts: whether it stands there for the whole clip.
        permit: `valid` or `expired`: it stands in a painted box with a permit.
        zone: kind of zone that is drawn about it.
        also: other kinds that name it rightly too.
        count: how many, of what comes in rows.
        deep: the least pavement in metres that it needs.
    """

    asset: str
    label: str
    strip: str
    weight: float
    reason: str = "public_way"
    why: str = ""
    twin: str = ""
    lasts: bool = False
    permit: str | None = None
    zone: str | None = None
    also: tuple[str, ...] = ()
    count: tuple[int, int] | None = None
    deep: float = 0.0


OUT = (("shelf", 1.1), ("crates", 1.4), ("freezer", 0.8), ("tables", 1.0), ("rack", 1.0), ("plants", 0.6), ("counter", 0.8), ("mixed", 1.6))

VIOLATIONS: dict[str, tuple[Form, ...]] = {
    "V1": (
        Form("vendor_tricycle", "vendor_vehicle", "gutter", 3.0),
        Form("vendor_cart", "vendor_vehicle", "kerb", 1.6),
        Form("vendor_cart", "vendor_vehicle", "kerb", 0.5, "permit_expired", permit="expired"),
        Form("vendor_food_cart", "vendor_vehicle", "kerb", 1.6),
        Form("vendor_truck", "vendor_vehicle", "parking", 1.4),
        Form("stall_mat", "stall", "walk", 1.0, also=("V2",)),  # a roaming vendor's by definition, a stall by its looks
    ),
    "V2": (
        Form("stall_table", "stall", "kerb", 2.4),
        Form("stall_table", "stall", "kerb", 1.0, "permit_expired", permit="expired"),
        Form("stall_rack", "stall", "walk", 1.4),
        Form("stall_crates", "stall", "kerb", 1.6),
        Form("stall_cart_stand", "stall", "kerb", 1.2),
        Form("stall_tent", "stall", "kerb", 1.0),
        Form("stall_tent", "stall", "kerb", 0.5, "permit_expired", permit="expired"),
    ),
    "V3": tuple(Form(f"out_{form}", "goods_out", "front", weight, "beyond_line") for form, weight in OUT),
    "V4": (Form("car_on_pavement", "car", "walk", 2.4, deep=2.9), Form("van", "car", "walk", 1.0, deep=3.0)),
    "V5": (Form("bikes_row", "bikes_row", "kerb", 2.0, count=(3, 4)), Form("bikes_row", "bikes_row", "kerb", 1.0, count=(5, 6))),
    "V7": (Form("garbage_bags", "garbage_pile", "kerb", 1.4), Form("garbage_loose", "garbage_pile", "kerb", 1.0)),
    "V9": (Form("bin_overflow", "bin_overflow", "kerb", 1.0),),
    "V10": (
        Form("material", "material_pile", "kerb", 2.0),
        Form("material_boxes", "material_pile", "kerb", 1.0),
        Form("scrap_pile", "material_pile", "kerb", 0.8),
    ),
    "V11": (Form("laundry", "laundry", "kerb", 1.0),),
    "V12": (
        Form("open_grill", "open_grill", "walk", 2.0),
        Form("open_grill", "open_grill", "walk", 0.7, "permit_expired", permit="expired"),
    ),
    "V13": (Form("banner", "banner", "kerb", 1.0), Form("banner", "banner", "walk", 1.0)),
    "V15": (
        Form("parasol", "parasol", "walk", 1.6),
        Form("tent", "parasol", "walk", 0.8),
        Form("parasol", "parasol", "walk", 0.5, "permit_expired", permit="expired"),
    ),
}
"""What is a violation, by kind."""


def _briefly(asset: str, label: str, strip: str, weight: float, why: str = BRIEFLY, **rest: object) -> Form:
    return Form(asset, label, strip, weight, "short", why, "stops_briefly", **rest)  # type: ignore[arg-type]


def _like(asset: str, strip: str, weight: float, why: str, *, lasts: bool = False) -> Form:
    return Form(asset, asset, strip, weight, "look_alike", why, lasts=lasts)


LOOK_ALIKES: dict[str, tuple[Form, ...]] = {
    "V1": (
        Form("vendor_cart", "vendor_vehicle", "kerb", 1.4, "permit", PITCH_HOURS, "permitted_pitch", permit="valid"),
        _briefly("vendor_tricycle", "vendor_vehicle", "gutter", 1.2),
        _briefly("vendor_cart", "vendor_vehicle", "kerb", 0.9),
        _like("parked_tricycle", "gutter", 1.6, "a tricycle is parked, nobody sells from it", lasts=True),
        _like("courier", "gutter", 1.0, "a courier sorts parcels"),
        _like("rider", "gutter", 0.8, "delivery riders wait"),
    ),
    "V2": (
        Form("stall_table", "stall", "kerb", 1.6, "permit", PITCH_HOURS, "permitted_pitch", permit="valid"),
        Form("stall_tent", "stall", "kerb", 0.8, "permit", PITCH_HOURS, "permitted_pitch", permit="valid"),
        Form("stall_covered", "stall", "kerb", 1.2, "look_alike", "is closed and covered, nobody sells", "covered_stall", lasts=True),
        Form("stall_covered", "stall", "kerb", 0.5, "permit", "is closed and left alone in its painted box", "closed_stall", lasts=True, permit="valid"),
        _briefly("stall_crates", "stall", "kerb", 0.7),
        _like("umbrella_queue", "front", 1.0, "people queue under umbrellas"),
        _like("bus_shelter", "kerb", 0.4, "a bus shelter", lasts=True),
    ),
    "V3": (
        Form("terrace", "goods_out", "front", 1.4, "inside_line", "stands on the shop's side of its line", "terrace_inside_line", lasts=True, deep=3.2),
        Form("out_crates", "goods_out", "front", 1.0, "own_land", "stands on the shop's own land", "own_land", zone="shop_apron"),
        _briefly("out_crates", "goods_out", "front", 0.6),
        _briefly("out_shelf", "goods_out", "front", 0.6),
        _like("planter", "front", 0.8, "planters of the city", lasts=True),
    ),
    "V4": (
        Form("car_on_pavement", "car", "walk", 1.4, "inside_zone", "stands in a painted bay", "parking_bay", lasts=True, zone="parking_bay", deep=3.0),
        _briefly("car_on_pavement", "car", "walk", 1.2, "stops for less than the dwell", deep=2.9),
        Form("unloading", "unloading", "walk", 1.0, "look_alike", "a van unloads closed cartons for less than twenty minutes", deep=3.4),
    ),
    "V5": (
        Form(
            "bikes_row", "bikes_row", "kerb", 1.8, "inside_zone", "stand in their bay", "nonmotor_bay", lasts=True, zone="nonmotor_bay", count=(4, 6), deep=3.0
        ),
        Form("bikes_row", "bikes_row", "kerb", 1.2, "too_few", "are two", "two_bicycles", lasts=True, count=(2, 2)),
        _briefly("bikes_row", "bikes_row", "kerb", 0.8, "are fetched within the dwell", count=(3, 4)),
    ),
    "V7": (
        _briefly("garbage_bags", "garbage_pile", "kerb", 1.4, "is put down and carried off within the dwell"),
        Form("garbage_loose", "garbage_pile", "kerb", 0.9, "handled", "a street cleaner stays with it and clears it away", "being_cleared"),
        _like("cleaning_cart", "gutter", 1.0, "a street cleaner with a cart"),
    ),
    "V9": (
        Form("bin", "bin", "kerb", 1.6, "look_alike", "bins as they should be", "closed_bin", lasts=True),
        _briefly("bin_overflow", "bin_overflow", "kerb", 0.8, "is emptied within the dwell"),
        Form("bin_overflow", "bin_overflow", "kerb", 0.8, "handled", "a street cleaner stays with it and clears it away", "being_cleared"),
    ),
    "V10": (
        Form("material", "material_pile", "kerb", 1.4, "inside_zone", "belongs to a site", "construction_site", lasts=True, zone="construction_zone"),
        _like("construction", "kerb", 0.8, "a fenced site", lasts=True),
        _briefly("material_boxes", "material_pile", "kerb", 1.0, "is unloaded and carried in within the dwell"),
        _like("courier", "gutter", 0.8, "a courier sorts parcels"),
    ),
    "V11": (
        Form("laundry", "laundry", "balcony", 1.6, "off_the_street", "hangs on a balcony", "balcony", lasts=True),
        Form("laundry", "laundry", "kerb", 1.4, "out_of_hours", "hangs at an hour at which the kind is not judged", "by_night", lasts=True),
        _briefly("laundry", "laundry", "kerb", 1.0, "is taken in within the dwell"),
    ),
    "V12": (
        Form("open_grill", "open_grill", "walk", 1.4, "permit", "grills in its painted box within the hours of its permit", "permitted_pitch", permit="valid"),
        _briefly("open_grill", "open_grill", "walk", 1.0),
    ),
    "V13": (
        Form("banner", "banner", "front", 1.4, "own_land", "stands inside the shop's line, on its own land", "own_land", lasts=True, zone="shop_apron"),
        _like("flag", "front", 1.2, "flags within their approved days", lasts=True),
        _briefly("banner", "banner", "walk", 0.8, "is carried past and set down for less than the dwell"),
    ),
    "V15": (
        Form("parasol", "parasol", "front", 1.2, "own_land", "stands on the shop's own land", "own_land", lasts=True, zone="shop_apron", deep=3.2),
        Form("parasol", "parasol", "walk", 0.9, "permit", "stands in its painted box within the hours of its permit", "permitted_pitch", permit="valid"),
        _briefly("parasol", "parasol", "walk", 0.8),
        _like("umbrella_queue", "front", 1.0, "people queue under umbrellas"),
    ),
}
"""What must not fire, by the kind for which it could be taken."""

KINDS = tuple(VIOLATIONS)
"""The kinds that clips show."""
HUNG = ("V11", "V13")
"""Kinds whose whole box, not their footprint, must lie in a zone (`anchor: box` of the catalogue): a zone is drawn about the place where they hang."""
TRADED = ("stall", "vendor_vehicle", "goods_out")
"""Classes of what people sell from: their customers take room about them."""
