"""Which families of assets train, which are for open tests and which are sealed: half, a quarter, a quarter, of every kind.

The table was committed before the first training picture was rendered, and a family never changes sides: a picture of one split is made of
that split's families alone. `sealed` is for *Judgement*'s sealed clips and nothing else.
"""

from __future__ import annotations

from random import Random

from models.errors import StreetError

SPLITS = ("train", "open", "sealed")


def _divided(train: str, open_: str, sealed: str) -> dict[str, str]:
    sides = (train, "train"), (open_, "open"), (sealed, "sealed")
    return {name: split for names, split in sides for name in names.split()}


FAMILIES: dict[str, dict[str, str]] = {
    # people
    "person": _divided("casual elder summer winter", "office sporty", "student farmer"),
    # goods
    "fruit": _divided("apples oranges bananas strawberries", "peaches mangoes", "grapes pears"),
    "melons": _divided("watermelons cantaloupes", "hami_melons", "cut_melons"),
    "vegetables": _divided("greens tomatoes carrots peppers", "cucumbers cabbages", "aubergines leeks"),
    "clothes": _divided("folded heaped", "hung_shirts", "hung_dresses"),
    "shoes": _divided("trainers slippers", "leather_shoes", "boots"),
    "toys": _divided("plush boxed_toys", "toy_cars", "balloons"),
    "flowers": _divided("bucket_flowers potted_flowers", "bouquets", "succulents"),
    "phone_covers": _divided("cover_board cover_tray", "cover_hooks", "cover_case"),
    "books": _divided("book_rows book_stacks", "magazines", "art_prints"),
    "snacks": _divided("candied_haws skewers", "sausages", "squid_sticks"),
    "steamed": _divided("steamers buns", "corn", "tea_eggs"),
    "fish": _divided("fish_on_ice fish_basins", "fish_boxes", "shrimps"),
    "nuts": _divided("nut_sacks nut_bins", "dried_fruit", "chestnuts"),
    "household": _divided("plastic_basins brooms", "thermos_flasks", "pans"),
    "bags": _divided("handbags suitcases", "backpacks", "purses"),
    "drinks": _divided("bottles juices", "cans", "urns"),
    "bread": _divided("pancakes cakes", "rolls", "flatbread"),
    "accessories": _divided("necklaces sunglasses", "hats", "scarves"),
    # what carries and shades them
    "table": _divided("trestle folding", "plank", "draped"),
    "crate": _divided("plastic_crate wooden_crate", "foam_box", "wicker_basket"),
    "mat": _divided("tarpaulin striped_sheet", "blanket", "cardboard_mat"),
    "rack": _divided("stepped pipe_rack", "mesh_rack", "a_rack"),
    "parasol": _divided("ribbed beach square_market dome", "wide_market double_top", "brand flat_hex"),
    "tent": _divided("gazebo tarp", "peaked", "striped_tent"),
    "cart": _divided("barrow glass_cart", "two_wheel_cart", "roofed_cart"),
    "shelf": _divided("steel_shelf tiered_shelf", "wooden_shelf", "wire_shelf"),
    "freezer": _divided("chest_freezer glass_freezer", "upright_fridge", "ice_cream_freezer"),
    "dining": _divided("plastic_set folding_set", "wooden_set", "metal_set"),
    # vehicles
    "tricycle": _divided("open_bed cabin", "pedal", "boxed"),
    "truck": _divided("pickup flatbed", "stake_truck", "box_truck"),
    "car": _divided("saloon hatchback offroad old_saloon", "mpv coupe", "mini estate"),
    "van": _divided("breadbox panel_van", "minivan", "high_roof"),
    "bus": _divided("city_bus coach", "minibus", "electric_bus"),
    "bicycle": _divided("roadster ladies", "mountain", "folding_bike"),
    "shared_bike": _divided("yellow_fleet blue_fleet", "green_fleet", "orange_fleet"),
    "scooter": _divided("moped step_through", "retro", "sport"),
    # the rest of the catalogue
    "garbage": _divided("kitchen_waste packaging", "leaves_and_paper", "food_boxes"),
    "bin": _divided("wheelie twin_bin", "dome_bin", "open_drum"),
    "material": _divided("sand bricks timber cement_bags", "gravel pipes", "tiles rubble"),
    "laundry": _divided("line rail", "rack_laundry", "tree_line"),
    "grill": _divided("trough drum", "round_grill", "tall_grill"),
    "banner": _divided("red_banner board_stand roll_up arch", "white_banner light_box", "blue_banner easel"),
    "scrap": _divided("bottles_and_card scrap_metal", "old_furniture", "appliances"),
    # look-alikes
    "barrier": _divided("water_barrier striped_board", "mesh_fence", "steel_barrier"),
    "planter": _divided("trough_planter pots", "round_planter", "wood_planter"),
    "flag": _divided("pole_flags street_flags", "bunting", "feather_flags"),
    "shelter": _divided("glass_shelter steel_shelter", "tiled_shelter", "green_shelter"),
    "livery": _divided("blue_riders yellow_riders", "green_riders", "red_riders"),
    # lettering
    "words": _divided("food_words shop_words sale_words service_words", "daily_words craft_words", "fresh_words home_words"),
    # the street itself
    "shopfront": _divided("glazed open shuttered awninged", "lanterned narrow", "tall worn"),
    "street": _divided("boulevard shopping lane market", "arcade estate", "square artery"),
    "tree": _divided("plane locust", "ginkgo", "willow"),
}


def families(kind: str, split: str) -> tuple[str, ...]:
    """The families of a kind on one side, in the table's order.

    Raises:
        StreetError: there is no such kind, or no such split.
    """
    if split not in SPLITS:
        raise StreetError(f"split {split!r} of assets is unknown: use one of {', '.join(SPLITS)}")
    if kind not in FAMILIES:
        raise StreetError(f"assets of kind {kind!r} are unknown: use one of {', '.join(FAMILIES)}")
    return tuple(name for name, side in FAMILIES[kind].items() if side == split)


def draw(kind: str, random: Random, split: str) -> str:
    """One family of a kind on one side."""
    return random.choice(families(kind, split))


def family(kind: str, random: Random, split: str, used: list[str]) -> str:
    """One family of a kind on one side, noted as kind/family in `used`."""
    name = draw(kind, random, split)
    used.append(f"{kind}/{name}")
    return name
