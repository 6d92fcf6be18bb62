"""The goods by family, as data: which form lays them out, in which colours and sizes."""

from __future__ import annotations

from dataclasses import dataclass

from models.street.assets.looks import CANOPY, CLOTH, PLASTIC, Colour


@dataclass(frozen=True, slots=True)
class Ware:
    """A family of goods.

    Attributes:
        form: name of the function in `goods` that lays it out.
        colours: of single pieces, linear RGB.
        size: of one piece, metres.
        stretch: of a piece along x, y, z.
        layers: how many lie one on another.
        second: colours of what holds the pieces, of stems or of contents.
        gloss: roughness of a piece.
    """

    form: str
    colours: tuple[Colour, ...]
    size: float = 0.05
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    layers: int = 2
    second: tuple[Colour, ...] = ()
    gloss: float = 0.45


RED, DARK_RED, ORANGE, YELLOW = (0.55, 0.03, 0.02), (0.30, 0.02, 0.03), (0.75, 0.26, 0.02), (0.75, 0.52, 0.04)
GREEN, DARK_GREEN, PALE_GREEN = (0.13, 0.30, 0.03), (0.04, 0.13, 0.02), (0.42, 0.52, 0.18)
PINK, PURPLE, CREAM, WHITE, BROWN = (0.70, 0.28, 0.28), (0.10, 0.02, 0.10), (0.66, 0.55, 0.32), (0.66, 0.65, 0.62), (0.22, 0.11, 0.05)
BAMBOO = ((0.50, 0.36, 0.17), (0.42, 0.29, 0.13))
GREY = ((0.32, 0.34, 0.36), (0.45, 0.47, 0.49), (0.22, 0.24, 0.27))
BRIGHT = CANOPY + PLASTIC

WARES: dict[str, Ware] = {
    "apples": Ware("rounds", (RED, DARK_RED, (0.6, 0.25, 0.06)), 0.042),
    "oranges": Ware("rounds", (ORANGE, (0.78, 0.36, 0.03)), 0.038),
    "bananas": Ware("bunches", (YELLOW, (0.68, 0.58, 0.08), (0.45, 0.48, 0.06)), 0.17),
    "strawberries": Ware("mound", (RED, (0.62, 0.05, 0.04)), 0.02, layers=1, second=(WHITE, RED)),
    "peaches": Ware("rounds", (PINK, (0.72, 0.42, 0.22), (0.75, 0.30, 0.18)), 0.042),
    "mangoes": Ware("rounds", (YELLOW, (0.70, 0.35, 0.05), (0.45, 0.45, 0.08)), 0.045, (1.35, 0.85, 0.8)),
    "grapes": Ware("clusters", (PURPLE, (0.16, 0.03, 0.12), (0.36, 0.42, 0.12)), 0.02),
    "pears": Ware("rounds", (PALE_GREEN, (0.60, 0.52, 0.20)), 0.042, (0.9, 0.9, 1.25)),
    "watermelons": Ware("rounds", (DARK_GREEN, (0.06, 0.20, 0.04), (0.10, 0.22, 0.05)), 0.13, (1.25, 1.0, 1.0)),
    "cantaloupes": Ware("rounds", ((0.60, 0.48, 0.22), (0.66, 0.56, 0.32)), 0.09),
    "hami_melons": Ware("rounds", ((0.62, 0.46, 0.12), (0.48, 0.45, 0.20)), 0.11, (1.5, 0.9, 0.9)),
    "cut_melons": Ware("slices", ((0.62, 0.05, 0.05), (0.70, 0.10, 0.08)), 0.14, second=(DARK_GREEN,)),
    "greens": Ware("leaves", ((0.07, 0.24, 0.03), GREEN, (0.22, 0.38, 0.08)), 0.13, second=(PALE_GREEN,)),
    "tomatoes": Ware("rounds", (RED, (0.65, 0.10, 0.03)), 0.036, (1.0, 1.0, 0.85)),
    "carrots": Ware("lengths", (ORANGE, (0.70, 0.30, 0.05)), 0.19, layers=3),
    "peppers": Ware("mound", (RED, GREEN, (0.60, 0.40, 0.03)), 0.032, (1.0, 0.8, 1.2), layers=2),
    "cucumbers": Ware("lengths", (DARK_GREEN, (0.08, 0.22, 0.04)), 0.24, layers=3),
    "cabbages": Ware("rounds", (PALE_GREEN, (0.34, 0.46, 0.14), (0.55, 0.60, 0.36)), 0.10, (1.15, 1.0, 0.9)),
    "aubergines": Ware("lengths", (PURPLE, (0.07, 0.02, 0.08)), 0.24, layers=2, gloss=0.25),
    "leeks": Ware("lengths", ((0.10, 0.26, 0.05), (0.58, 0.62, 0.45)), 0.5, layers=3),
    "folded": Ware("stacks", CLOTH + CANOPY, 0.26, layers=5),
    "heaped": Ware("rags", CLOTH + CANOPY, 0.22, layers=2),
    "hung_shirts": Ware("hangers", CLOTH + CANOPY, 0.65),
    "hung_dresses": Ware("hangers", ((0.60, 0.20, 0.30), (0.10, 0.20, 0.45), (0.65, 0.55, 0.45), (0.30, 0.03, 0.05), (0.60, 0.60, 0.58)), 1.0),
    "trainers": Ware("pairs", (WHITE, (0.05, 0.05, 0.06), (0.50, 0.05, 0.05), (0.05, 0.15, 0.45)), 0.27),
    "slippers": Ware("pairs", (PINK, (0.10, 0.40, 0.45), YELLOW, (0.50, 0.30, 0.50), GREEN), 0.25, (1.0, 1.0, 0.5)),
    "leather_shoes": Ware("pairs", ((0.02, 0.02, 0.02), BROWN, (0.10, 0.05, 0.03)), 0.28, gloss=0.2),
    "boots": Ware("pairs", (BROWN, (0.03, 0.03, 0.03), (0.30, 0.20, 0.12)), 0.27, (1.0, 1.0, 2.4)),
    "plush": Ware("dolls", ((0.65, 0.45, 0.50), BROWN, WHITE, (0.30, 0.45, 0.65), YELLOW, PINK), 0.14),
    "boxed_toys": Ware("packs", BRIGHT, 0.22, (1.0, 0.5, 1.2)),
    "toy_cars": Ware("packs", BRIGHT, 0.12, (1.4, 0.7, 0.6)),
    "balloons": Ware("balloons", (RED, YELLOW, PINK, (0.05, 0.25, 0.60), (0.55, 0.10, 0.45), (0.10, 0.50, 0.30)), 0.16, gloss=0.15),
    "bucket_flowers": Ware("blossoms", (RED, PINK, YELLOW, WHITE, (0.45, 0.10, 0.45)), 0.04, second=((0.08, 0.08, 0.09), (0.50, 0.50, 0.48)), layers=26),
    "potted_flowers": Ware("blossoms", (PINK, ORANGE, (0.55, 0.05, 0.25), WHITE), 0.03, second=((0.42, 0.16, 0.08), (0.30, 0.12, 0.07)), layers=14),
    "bouquets": Ware("blossoms", (RED, WHITE, PINK), 0.045, second=((0.60, 0.50, 0.55), (0.45, 0.35, 0.25), (0.20, 0.20, 0.24)), layers=18),
    "succulents": Ware("blossoms", (PALE_GREEN, (0.20, 0.36, 0.20), (0.35, 0.42, 0.30)), 0.05, second=(WHITE, (0.45, 0.20, 0.12)), layers=5),
    "cover_board": Ware("board", BRIGHT, 0.085),
    "cover_tray": Ware("flats", BRIGHT, 0.085, (1.0, 1.9, 1.0)),
    "cover_hooks": Ware("board", (PINK, WHITE, (0.05, 0.05, 0.06), (0.30, 0.50, 0.60), (0.50, 0.40, 0.55)), 0.10),
    "cover_case": Ware("flats", ((0.05, 0.05, 0.06), WHITE, (0.20, 0.22, 0.25), (0.40, 0.30, 0.20)), 0.08, (1.0, 2.0, 1.0)),
    "book_rows": Ware("flats", BRIGHT + CLOTH, 0.15, (1.0, 1.4, 1.0)),
    "book_stacks": Ware("stacks", BRIGHT + CLOTH, 0.19, (1.0, 1.35, 0.7), layers=6),
    "magazines": Ware("flats", BRIGHT, 0.21, (1.0, 1.35, 1.0)),
    "art_prints": Ware("board", (WHITE, CREAM, (0.30, 0.40, 0.45), (0.40, 0.20, 0.15)), 0.3),
    "candied_haws": Ware("haws", (RED, DARK_RED), 0.02, second=((0.50, 0.40, 0.18),), gloss=0.15),
    "skewers": Ware("sticks", (BROWN, (0.35, 0.14, 0.06), (0.45, 0.10, 0.04)), 0.28, second=(GREY[1],)),
    "sausages": Ware("sticks", ((0.48, 0.12, 0.08), (0.55, 0.20, 0.12)), 0.22, second=((0.05, 0.05, 0.05),)),
    "squid_sticks": Ware("sticks", ((0.60, 0.45, 0.42), (0.45, 0.22, 0.16)), 0.30, second=(GREY[0],)),
    "steamers": Ware("steamers", BAMBOO, 0.22, layers=5),
    "buns": Ware("rounds", (WHITE, (0.68, 0.63, 0.54)), 0.055, (1.0, 1.0, 0.7), gloss=0.8),
    "corn": Ware("lengths", (YELLOW, (0.70, 0.58, 0.20)), 0.2, layers=2),
    "tea_eggs": Ware("basins", (BROWN, (0.30, 0.18, 0.10)), 0.028, second=GREY),
    "fish_on_ice": Ware("fishes", GREY, 0.30, second=((0.70, 0.74, 0.76),)),
    "fish_basins": Ware("basins", GREY, 0.05, (2.2, 0.6, 0.6), second=((0.50, 0.05, 0.04), (0.05, 0.14, 0.45))),
    "fish_boxes": Ware("fishes", ((0.45, 0.20, 0.16), (0.40, 0.42, 0.44)), 0.24, second=(WHITE,)),
    "shrimps": Ware("mound", ((0.60, 0.30, 0.22), (0.40, 0.36, 0.34)), 0.022, (1.8, 0.8, 0.8), second=(WHITE,)),
    "nut_sacks": Ware("sacks", (BROWN, (0.50, 0.36, 0.20), CREAM, DARK_RED), 0.22, second=((0.55, 0.50, 0.42), (0.45, 0.40, 0.30))),
    "nut_bins": Ware("mound", ((0.50, 0.36, 0.20), BROWN, CREAM), 0.014, second=(WHITE, (0.35, 0.22, 0.11))),
    "dried_fruit": Ware("mound", (DARK_RED, ORANGE, (0.40, 0.30, 0.05), PURPLE), 0.018, second=((0.35, 0.22, 0.11), WHITE)),
    "chestnuts": Ware("mound", (BROWN, (0.14, 0.06, 0.03)), 0.018, second=((0.05, 0.05, 0.05),), gloss=0.25),
    "plastic_basins": Ware("nested", BRIGHT, 0.22, layers=6),
    "brooms": Ware("poles", (RED, GREEN, (0.05, 0.20, 0.50), YELLOW), 1.25, second=((0.50, 0.38, 0.15), WHITE, (0.10, 0.35, 0.15))),
    "thermos_flasks": Ware("bottles", (RED, GREEN, PINK, (0.10, 0.20, 0.45)), 0.07, (1.0, 1.0, 2.3), second=(GREY[1],)),
    "pans": Ware("nested", (*GREY, (0.03, 0.03, 0.03)), 0.18, (1.0, 1.0, 0.6), layers=4),
    "handbags": Ware("sacklets", (BROWN, (0.03, 0.03, 0.03), RED, CREAM, PINK), 0.28, gloss=0.3),
    "suitcases": Ware("packs", ((0.05, 0.05, 0.06), (0.35, 0.05, 0.06), (0.10, 0.20, 0.35), (0.45, 0.45, 0.46)), 0.42, (1.0, 0.55, 1.45)),
    "backpacks": Ware("sacklets", CLOTH, 0.34, (1.0, 0.6, 1.3)),
    "purses": Ware("sacklets", (RED, YELLOW, PINK, BROWN, PURPLE), 0.16, gloss=0.3),
    "bottles": Ware(
        "bottles", ((0.50, 0.20, 0.04), (0.10, 0.30, 0.10), (0.55, 0.60, 0.62), DARK_RED), 0.035, (1.0, 1.0, 3.4), second=(WHITE, RED, GREEN), gloss=0.15
    ),
    "juices": Ware("bottles", (ORANGE, RED, GREEN, YELLOW, PURPLE), 0.045, (1.0, 1.0, 1.9), second=(WHITE,), gloss=0.2),
    "cans": Ware("bottles", (RED, GREEN, (0.05, 0.20, 0.55), GREY[1]), 0.033, (1.0, 1.0, 1.8), second=(GREY[1],), gloss=0.2),
    "urns": Ware("bottles", (GREY[1], (0.35, 0.20, 0.08)), 0.16, (1.0, 1.0, 1.7), second=((0.05, 0.05, 0.05),), gloss=0.2),
    "pancakes": Ware("rounds", ((0.60, 0.40, 0.16), (0.50, 0.30, 0.10)), 0.11, (1.0, 1.0, 0.12), layers=3),
    "cakes": Ware("rounds", (CREAM, (0.60, 0.38, 0.14), (0.45, 0.22, 0.08)), 0.05, (1.2, 0.9, 0.7)),
    "rolls": Ware("rounds", ((0.52, 0.30, 0.10), (0.60, 0.38, 0.15)), 0.055, (1.5, 0.8, 0.7)),
    "flatbread": Ware("rounds", ((0.58, 0.42, 0.22), (0.50, 0.34, 0.15)), 0.15, (1.0, 1.0, 0.08), layers=4),
    "necklaces": Ware("strings", (WHITE, RED, (0.05, 0.30, 0.30), YELLOW, PURPLE), 0.22),
    "sunglasses": Ware("board", ((0.02, 0.02, 0.02), BROWN, (0.05, 0.10, 0.25)), 0.11),
    "hats": Ware("hats", ((0.55, 0.42, 0.20), (0.05, 0.05, 0.06), RED, (0.05, 0.10, 0.30), PINK, WHITE), 0.13),
    "scarves": Ware("strings", CLOTH + CANOPY, 0.5),
}
"""By family, see `families`."""

GOODS = (
    "fruit",
    "melons",
    "vegetables",
    "clothes",
    "shoes",
    "toys",
    "flowers",
    "phone_covers",
    "books",
    "snacks",
    "steamed",
    "fish",
    "nuts",
    "household",
    "bags",
    "drinks",
    "bread",
    "accessories",
)
"""Kinds of goods."""
GROUPS: dict[str, tuple[str, ...]] = {
    "greengrocer": ("fruit", "fruit", "melons", "vegetables", "vegetables", "nuts"),
    "clothier": ("clothes", "clothes", "shoes", "bags", "accessories"),
    "kitchen": ("snacks", "steamed", "bread", "drinks"),
    "odds": ("toys", "phone_covers", "books", "accessories", "household", "bags"),
    "florist": ("flowers",),
    "fishmonger": ("fish", "fish", "vegetables"),
    "grocer": ("drinks", "household", "nuts", "fruit", "bread"),
}
"""What is sold together."""
