"""Surfaces as values: a colour with its grain, or a picture drawn by code. Two equal looks are one material."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """A painted, woven, wooden or metal surface.

    Attributes:
        colour: linear RGB, 0..1.
        rough, metal: as Blender's Principled BSDF takes them, 0..1.
        noise: by which share the colour wanders, 0..1.
        scale: of that wandering, in bumps per metre.
        glow: emission strength.
    """

    colour: Colour
    rough: float = 0.7
    metal: float = 0.0
    noise: float = 0.22
    scale: float = 6.0
    glow: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture that lies on faces by their texture coordinates: a sign, a print, a poster, smoke.

    Attributes:
        kind: name of the painter in `drawings`.
        words: what it says; empty where the painter needs none.
        colours: linear RGB colours the painter takes in its own order.
        seed: of the painter's own generator.
        rough, glow: of the surface.
        clear: whether the picture has an alpha channel.
    """

    kind: str
    words: str = ""
    colours: tuple[Colour, ...] = ()
    seed: int = 0
    rough: float = 0.6
    glow: float = 0.0
    clear: bool = False


Surface = Look | Picture

WOOD: tuple[Colour, ...] = ((0.35, 0.22, 0.11), (0.45, 0.31, 0.18), (0.22, 0.14, 0.08), (0.52, 0.40, 0.26))
PLASTIC: tuple[Colour, ...] = ((0.05, 0.14, 0.45), (0.50, 0.05, 0.04), (0.10, 0.32, 0.12), (0.62, 0.60, 0.56), (0.55, 0.40, 0.05), (0.08, 0.09, 0.10))
CANOPY: tuple[Colour, ...] = (
    (0.55, 0.03, 0.03),
    (0.03, 0.10, 0.42),
    (0.03, 0.28, 0.10),
    (0.70, 0.46, 0.03),
    (0.68, 0.66, 0.62),
    (0.65, 0.16, 0.03),
    (0.20, 0.03, 0.24),
    (0.04, 0.28, 0.34),
)
CLOTH: tuple[Colour, ...] = (
    (0.03, 0.03, 0.04),
    (0.05, 0.08, 0.22),
    (0.36, 0.03, 0.04),
    (0.52, 0.50, 0.47),
    (0.09, 0.17, 0.10),
    (0.26, 0.22, 0.15),
    (0.58, 0.34, 0.07),
    (0.14, 0.26, 0.44),
    (0.45, 0.19, 0.31),
    (0.17, 0.17, 0.19),
    (0.66, 0.64, 0.60),
    (0.30, 0.42, 0.55),
)
PAINT: tuple[Colour, ...] = (
    (0.72, 0.72, 0.71),
    (0.02, 0.02, 0.025),
    (0.27, 0.28, 0.30),
    (0.28, 0.02, 0.02),
    (0.02, 0.05, 0.18),
    (0.45, 0.40, 0.33),
    (0.55, 0.56, 0.58),
    (0.10, 0.12, 0.10),
)
SKIN: tuple[Colour, ...] = ((0.48, 0.29, 0.19), (0.54, 0.34, 0.23), (0.36, 0.21, 0.13), (0.60, 0.40, 0.29), (0.25, 0.14, 0.09))
HAIR: tuple[Colour, ...] = ((0.012, 0.011, 0.010), (0.010, 0.009, 0.008), (0.012, 0.011, 0.010), (0.02, 0.015, 0.012), (0.22, 0.21, 0.20), (0.06, 0.03, 0.02))

STEEL = Look((0.42, 0.43, 0.44), rough=0.4, metal=0.6)
DARK_STEEL = Look((0.10, 0.10, 0.11), rough=0.5, metal=0.4)
BLACK = Look((0.015, 0.015, 0.016), rough=0.6)
RUBBER = Look((0.02, 0.02, 0.021), rough=0.9)
CARDBOARD = Look((0.42, 0.28, 0.15), rough=0.9, noise=0.18, scale=4.0)
GLASS = Look((0.05, 0.065, 0.075), rough=0.08, noise=0.4, scale=1.5)
WINDOW = Look((0.018, 0.022, 0.026), rough=0.06, noise=0.15, scale=1.0)
"""The window of a vehicle."""
GAP = Look((0.012, 0.012, 0.013), rough=0.9, noise=0.05)
"""What is dark about a vehicle: gaps of doors, arches, intakes."""
CONCRETE = Look((0.36, 0.35, 0.33), rough=0.95, noise=0.25, scale=7.0)


def tinted(random: Random, colours: Sequence[Colour], spread: float = 0.2, **rest: Any) -> Look:
    """A look of one of the colours, lighter or darker by up to `spread`; `rest` are the fields of `Look`."""
    k = random.uniform(1 - spread, 1 + spread)
    r, g, b = random.choice(colours)
    return replace(Look((min(1.0, r * k), min(1.0, g * k), min(1.0, b * k))), **rest)


def shaded(look: Look, k: float) -> Look:
    """The same look, its colour multiplied by k."""
    r, g, b = look.colour
    return replace(look, colour=(min(1.0, r * k), min(1.0, g * k), min(1.0, b * k)))


def canvas(random: Random, colour: Colour) -> Picture:
    """Awning cloth of a colour, faded and stained in one of eight ways."""
    return Picture("canvas", "", (colour,), random.randrange(8), rough=0.85)
