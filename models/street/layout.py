"""The plan of a street from a seed: how deep its pavement is, what lies between pavement and carriageway, what stands across the way.

Streets come in families, which are split as all assets are (`assets.families`). Pure: nothing here knows Blender. x runs along the street,
the shop fronts stand at y = 0, negative y leads to the carriageway.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from models.street.assets import families

HALF_LENGTH = 48.0
"""Metres of street to either side of the middle."""

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """A street's plan; lengths in metres, `y` values are negative.

    Attributes:
        family: the family of streets it belongs to.
        pavement: depth from the fronts to the kerb.
        kerb: height of the pavement over the carriageway.
        strip: width of the planted strip along the kerb, 0 for none; it is part of the pavement.
        bike_lane: width of the bicycle lane, 0 for none; `divider` parts it from the carriageway: none, line, hedge, railing.
        parking: width of the parking lane, 0 for none.
        lanes: lanes for vehicles, each of `lane` metres.
        far_pavement: depth of the pavement across the way; `far_side` is what closes the picture there: fronts, wall, park.
        tactile: distance of the tactile strip from the kerb, None without.
        tree_every: metres between trees, 0 for none.
        arcade: whether the upper floors stand on columns over the first two metres of pavement.
        shop_width: least and greatest width of a front; `storeys` the greatest number of floors above.
        stones: two colours of the paving; `bond` how it is laid: tile, bond, herringbone, slabs.
        asphalt: grey of the carriageway, 0..1.
        dirt: 0 swept .. 1 neglected.
    """

    family: str
    pavement: float
    kerb: float
    strip: float
    bike_lane: float
    divider: str
    parking: float
    lanes: int
    lane: float
    far_pavement: float
    far_side: str
    tactile: float | None
    tree_every: float
    arcade: bool
    shop_width: tuple[float, float]
    storeys: int
    stones: tuple[Colour, Colour]
    bond: str
    asphalt: float
    dirt: float

    @property
    def kerb_y(self) -> float:
        """Where the pavement ends."""
        return -self.pavement

    @property
    def bike_y(self) -> float:
        """Where the bicycle lane ends; the kerb where there is none."""
        return self.kerb_y - self.bike_lane

    @property
    def parking_y(self) -> float:
        """Where the parking lane ends."""
        return self.bike_y - self.parking

    @property
    def far_kerb_y(self) -> float:
        """Where the carriageway ends."""
        return self.parking_y - self.lanes * self.lane

    @property
    def far_front_y(self) -> float:
        """Where the pavement across the way ends."""
        return self.far_kerb_y - self.far_pavement

    def floor(self, y: float) -> float:
        """Height of the surface at y: the carriageway lies at 0, pavements above it."""
        return 0.0 if self.far_kerb_y < y < self.kerb_y else self.kerb

    def strip_of(self, name: str) -> tuple[float, float]:
        """The range of y, from low to high, in which things of a strip have their middle: front, walk, kerb, gutter, parking, lane."""
        inner = self.kerb_y + self.strip
        match name:
            case "front":
                return max(inner + 0.5, -1.9), -0.75
            case "walk":
                return inner + 0.7, max(inner + 0.8, -1.6)
            case "kerb":
                return inner + 0.5, min(inner + 1.3, -0.9)
            case "gutter":
                return self.kerb_y - max(0.9, self.bike_lane * 0.7), self.kerb_y - 0.8
            case "parking":
                return self.bike_y - 1.35, self.bike_y - 1.15
            case _:
                return self.far_kerb_y + 1.4, self.parking_y - 1.4


@dataclass(frozen=True, slots=True)
class _Family:
    pavement: tuple[float, float]
    bike_lane: tuple[float, ...]
    dividers: tuple[str, ...]
    parking: tuple[float, ...]
    lanes: tuple[int, ...]
    far_sides: tuple[str, ...]
    strip: tuple[float, ...]
    trees: tuple[float, ...]
    storeys: int
    shops: tuple[float, float]
    bonds: tuple[str, ...]
    arcade: float = 0.0


FAMILIES: dict[str, _Family] = {
    "boulevard": _Family((5.0, 8.0), (2.5, 3.5), ("hedge", "railing"), (0.0,), (3, 4), ("fronts", "park"), (0.0, 1.4), (6, 8), 4, (4.5, 8.0), ("slabs",)),
    "shopping": _Family((3.8, 5.5), (1.8, 2.4), ("line",), (2.2, 0.0), (2,), ("fronts",), (0.0,), (6, 8, 0), 3, (3.6, 6.0), ("tile", "bond")),
    "lane": _Family((2.4, 3.2), (0.0,), ("none",), (0.0, 2.1), (1, 2), ("fronts", "wall"), (0.0,), (0, 9), 2, (3.0, 4.6), ("tile", "slabs")),
    "market": _Family((3.2, 4.4), (0.0, 2.0), ("none", "line"), (2.2,), (2,), ("fronts", "wall"), (0.0,), (0, 7), 3, (2.8, 4.4), ("tile", "herringbone")),
    "arcade": _Family((4.2, 5.6), (0.0, 2.2), ("line", "railing"), (0.0, 2.2), (2,), ("fronts",), (0.0,), (0, 8), 3, (3.4, 5.0), ("slabs", "tile"), arcade=1.0),
    "estate": _Family((3.0, 4.2), (0.0,), ("none",), (2.2,), (2,), ("park", "wall"), (0.0, 1.2), (5, 7), 5, (3.6, 5.4), ("herringbone", "bond")),
    "square": _Family((8.5, 12.0), (0.0, 2.4), ("line", "none"), (0.0,), (2,), ("fronts", "park"), (0.0, 1.5), (7, 9), 2, (5.0, 8.5), ("slabs", "herringbone")),
    "artery": _Family((4.0, 6.0), (3.0, 4.0), ("railing", "hedge"), (0.0,), (4, 5), ("wall", "fronts"), (1.2, 0.0), (6, 8), 5, (4.0, 7.0), ("bond", "tile")),
}  # fmt: skip

STONES: tuple[Colour, ...] = (
    (0.46, 0.44, 0.41), (0.38, 0.36, 0.33), (0.47, 0.34, 0.28), (0.33, 0.35, 0.36),
    (0.54, 0.51, 0.46), (0.42, 0.30, 0.24), (0.50, 0.46, 0.36), (0.30, 0.30, 0.29),
)  # fmt: skip


def draw_layout(random: Random, split: str) -> Layout:
    """Draws a street of a split.

    Raises:
        StreetError: no such split.
    """
    name = families.draw("street", random, split)
    family = FAMILIES[name]
    bike_lane = random.choice(family.bike_lane)
    pavement = random.uniform(*family.pavement)
    return Layout(
        family=name,
        pavement=pavement,
        kerb=random.uniform(0.06, 0.16),
        strip=random.choice(family.strip) if pavement > 4.0 else 0.0,
        bike_lane=bike_lane,
        divider=random.choice(family.dividers) if bike_lane else "none",
        parking=random.choice(family.parking),
        lanes=random.choice(family.lanes),
        lane=random.uniform(3.0, 3.6),
        far_pavement=random.uniform(2.5, 5.0),
        far_side=random.choice(family.far_sides),
        tactile=random.uniform(0.9, min(2.2, pavement * 0.5)) if random.random() < 0.75 else None,
        tree_every=random.choice(family.trees) * random.uniform(0.85, 1.2),
        arcade=random.random() < family.arcade,
        shop_width=family.shops,
        storeys=random.randint(1, family.storeys),
        stones=(random.choice(STONES), random.choice(STONES)),
        bond=random.choice(family.bonds),
        asphalt=random.uniform(0.07, 0.2),
        dirt=random.uniform(0.2, 1.0),
    )
