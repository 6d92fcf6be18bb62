"""Every asset by name: what can stand in a street, what class it has, and the one door to build it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from models.errors import StreetError
from models.street.assets import civic, cycles, deliveries, furniture, grills, hanging, piles, shade, shops, stalls, vehicles, vendors, walkers, waste
from models.street.assets.asset import Asset
from models.street.assets.families import SPLITS

Builder = Callable[..., Asset]

STALLS: dict[str, Builder] = {
    **{f"stall_{form}": partial(stalls.stall, form=form) for form in ("table", "mat", "rack", "crates", "cart_stand", "tent")},
    "stall_covered": stalls.covered_stall,
}
VENDOR_VEHICLES: dict[str, Builder] = {
    "vendor_tricycle": vendors.vendor_tricycle, "vendor_cart": vendors.vendor_cart, "vendor_truck": vendors.vendor_truck, "vendor_food_cart": vendors.food_cart,
}  # fmt: skip
GOODS_OUT: dict[str, Builder] = {
    **{f"out_{form}": partial(shops.goods_out, form=form) for form in (*shops.PIECES, "mixed")}, "terrace": shops.terrace,
}  # fmt: skip
PARASOLS: dict[str, Builder] = {"parasol": shade.parasol, "tent": shade.tent}
PILES: dict[str, Builder] = {"material": piles.material, "material_boxes": partial(piles.material, form="boxes"), "scrap_pile": waste.scrap}
GARBAGE: dict[str, Builder] = {f"garbage_{form}": partial(waste.garbage, form=form) for form in ("bags", "loose")}
PLAIN: dict[str, Builder] = {
    "spill": waste.spill, "bin": waste.bin_closed, "car_on_pavement": vehicles.car_on_pavement,
    "car": vehicles.car, "van": vehicles.van, "bus": vehicles.bus, "truck": vehicles.truck, "bicycle": cycles.bicycle, "scooter": cycles.scooter,
    "cyclist": cycles.cyclist, "scooterist": cycles.scooterist, "pedestrian": walkers.pedestrian, "group": walkers.group, "pram": walkers.pram,
    "folding_seat": walkers.folding_seat, "bollards": furniture.bollards, "electric_box": furniture.electric_box, "hydrant": furniture.hydrant,
    "bench": furniture.bench, "news_box": furniture.news_box, "mailbox": furniture.mailbox, "stools": furniture.stools,
}  # fmt: skip
"""Of no class of the street: traffic, people, what cities put up, what the zone judges."""

BY_CLASS: dict[str, dict[str, Builder]] = {
    "stall": STALLS, "goods_out": GOODS_OUT, "vendor_vehicle": VENDOR_VEHICLES, "parasol": PARASOLS, "garbage_pile": GARBAGE,
    "bin_overflow": {"bin_overflow": waste.bin_overflow}, "material_pile": PILES, "laundry": {"laundry": hanging.laundry},
    "open_grill": {"open_grill": grills.open_grill}, "banner": {"banner": hanging.banner}, "bikes_row": {"bikes_row": cycles.bikes_row},
    "unloading": {"unloading": deliveries.unloading}, "courier": {"courier": deliveries.courier}, "rider": {"rider": deliveries.rider},
    "construction": {"construction": civic.construction}, "cleaning_cart": {"cleaning_cart": deliveries.cleaning_cart},
    "bus_shelter": {"bus_shelter": civic.bus_shelter}, "umbrella_queue": {"umbrella_queue": civic.umbrella_queue}, "planter": {"planter": civic.planter},
    "flag": {"flag": hanging.flag}, "parked_tricycle": {"parked_tricycle": deliveries.parked_tricycle},
}  # fmt: skip
"""Builders by the detector's class or the verifier's look-alike class."""

CLASS_OF: dict[str, str | None] = {**{name: label for label, builders in BY_CLASS.items() for name in builders}, **dict.fromkeys(PLAIN)}
"""The main class of every asset; None for what is only scenery."""
BUILDERS: dict[str, Builder] = {**{name: builder for builders in BY_CLASS.values() for name, builder in builders.items()}, **PLAIN}
NAMES: tuple[str, ...] = tuple(BUILDERS)


def build(name: str, random: Random, split: str, **wishes: Any) -> Asset:
    """An asset of one side of the split; the same generator state gives the same asset.

    Args:
        name: one of `NAMES`.
        random: the only source of chance.
        split: train | open | sealed.
        wishes: what its builder takes by keyword, see there.

    Raises:
        StreetError: there is no such asset or no such split.
    """
    if name not in BUILDERS:
        raise StreetError(f"asset {name!r} is unknown: use one of {', '.join(NAMES)}")
    if split not in SPLITS:
        raise StreetError(f"split {split!r} of assets is unknown: use one of {', '.join(SPLITS)}")
    return BUILDERS[name](random, split, **wishes)
