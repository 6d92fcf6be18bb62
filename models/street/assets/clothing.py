"""What people wear: wardrobes by family, and what a role puts over them (aprons, hi-vis, helmets)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from models.street.assets import families
from models.street.assets.looks import CLOTH, Colour, Look, shaded, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.poses import Joints

STRAW: tuple[Colour, ...] = ((0.55, 0.42, 0.20), (0.62, 0.50, 0.28))
HI_VIS: tuple[Colour, ...] = ((0.85, 0.25, 0.02), (0.62, 0.80, 0.05))
REFLECTIVE = Look((0.72, 0.74, 0.74), rough=0.3, noise=0.05)
WHITE = Look((0.7, 0.7, 0.68), noise=0.1)


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """A family of looks: colours, and how often what is worn."""

    tops: tuple[Colour, ...]
    bottoms: tuple[Colour, ...]
    long_hair: float = 0.4
    skirt: float = 0.0
    shorts: float = 0.0
    short_sleeves: float = 0.3
    coat: float = 0.0
    hat: float = 0.15
    hats: tuple[str, ...] = ("cap",)
    stripes: float = 0.1


DARK: tuple[Colour, ...] = ((0.02, 0.02, 0.025), (0.03, 0.04, 0.09), (0.10, 0.10, 0.11), (0.05, 0.06, 0.05))
JEANS: tuple[Colour, ...] = ((0.05, 0.09, 0.20), (0.12, 0.19, 0.32), (0.03, 0.04, 0.08))
PASTEL: tuple[Colour, ...] = ((0.65, 0.45, 0.50), (0.55, 0.62, 0.68), (0.70, 0.66, 0.50), (0.50, 0.62, 0.45), (0.68, 0.66, 0.66))

WARDROBE: dict[str, Wardrobe] = {
    "casual": Wardrobe(CLOTH, JEANS + DARK, stripes=0.2, shorts=0.1),
    "elder": Wardrobe(
        ((0.22, 0.18, 0.14), (0.14, 0.15, 0.17), (0.28, 0.06, 0.09), (0.30, 0.30, 0.27)),
        DARK,
        long_hair=0.1,
        short_sleeves=0.1,
        coat=0.3,
        hat=0.4,
        hats=("cap", "knit"),
    ),
    "summer": Wardrobe(PASTEL + CLOTH, PASTEL + JEANS, long_hair=0.6, skirt=0.4, shorts=0.3, short_sleeves=0.9, hat=0.3, hats=("sun", "cap"), stripes=0.2),
    "winter": Wardrobe(
        ((0.04, 0.04, 0.05), (0.25, 0.03, 0.03), (0.05, 0.08, 0.2), (0.3, 0.26, 0.2), (0.10, 0.12, 0.06)),
        DARK,
        short_sleeves=0.0,
        coat=0.9,
        hat=0.4,
        hats=("knit", "hood"),
    ),
    "office": Wardrobe(((0.62, 0.63, 0.65), (0.45, 0.52, 0.62), (0.03, 0.03, 0.04)), DARK, long_hair=0.5, skirt=0.2, coat=0.2, hat=0.0),
    "sporty": Wardrobe(
        ((0.55, 0.05, 0.05), (0.05, 0.25, 0.5), (0.03, 0.03, 0.03), (0.6, 0.6, 0.6)), (*DARK, (0.2, 0.2, 0.22)), shorts=0.4, hat=0.3, stripes=0.4
    ),
    "student": Wardrobe(((0.6, 0.6, 0.62), (0.05, 0.12, 0.35), (0.45, 0.08, 0.10)), ((0.04, 0.06, 0.18), (0.1, 0.1, 0.1)), skirt=0.2, hat=0.1, stripes=0.5),
    "farmer": Wardrobe(
        ((0.10, 0.15, 0.25), (0.25, 0.24, 0.18), (0.45, 0.42, 0.38)),
        ((0.10, 0.10, 0.08), (0.16, 0.15, 0.12)),
        long_hair=0.2,
        short_sleeves=0.3,
        hat=0.7,
        hats=("straw", "cone", "cap"),
    ),
}

ROLES: dict[str, tuple[str, ...]] = {
    "vendor": ("apron", "apron", "plain", "sleeves"),
    "cook": ("white",),
    "worker": ("hi_vis",),
    "cleaner": ("hi_vis",),
    "courier": ("livery",),
    "rider": ("livery",),
}
LIVERY: dict[str, Colour] = {
    "blue_riders": (0.02, 0.25, 0.60),
    "yellow_riders": (0.80, 0.55, 0.02),
    "green_riders": (0.03, 0.35, 0.12),
    "red_riders": (0.55, 0.03, 0.03),
}


@dataclass(frozen=True, slots=True)
class Clothes:
    """What somebody has on: surfaces, how far the trousers reach, and the function that builds the trunk."""

    bottom: Look
    shoes: Look
    sleeves: Look
    short_sleeves: bool
    legs: float
    torso: Callable[[Mesh, float, float, Joints], None]


def livery(random: Random, split: str) -> Colour:
    """The colour of a delivery firm."""
    return LIVERY[families.draw("livery", random, split)]


def dress(random: Random, split: str, wardrobe: Wardrobe, role: str | None, *, bare_legs: bool, uniform: Colour | None = None) -> Clothes:
    """Clothes out of a wardrobe, with what the role puts over them."""
    top, bottom = tinted(random, wardrobe.tops, 0.3, scale=14.0), tinted(random, wardrobe.bottoms, 0.3, scale=14.0)
    over = random.choice(ROLES[role]) if role in ROLES else "plain"
    skirt = random.random() < wardrobe.skirt and bare_legs and over == "plain"
    shorts = random.random() < wardrobe.shorts and bare_legs and not skirt
    coat = random.random() < wardrobe.coat and over == "plain" and not skirt
    second = tinted(random, wardrobe.tops, 0.2, scale=14.0) if random.random() < wardrobe.stripes else top
    vest = tinted(random, HI_VIS, 0.1, glow=0.08, noise=0.08)
    if over == "white":
        top = second = WHITE
    elif over == "livery":
        top = second = Look(uniform or livery(random, split), noise=0.1)
    length = random.uniform(0.35, 0.7)
    apron = (
        tinted(random, ((0.45, 0.04, 0.04), (0.04, 0.08, 0.25), (0.05, 0.05, 0.05), (0.6, 0.6, 0.58), (0.08, 0.25, 0.1), (0.4, 0.3, 0.05)))
        if over in ("apron", "white")
        else None
    )

    def torso(mesh: Mesh, k: float, build: float, at: Joints) -> None:
        main = vest if over == "hi_vis" else top
        band = REFLECTIVE if over == "hi_vis" else second
        _trunk(mesh, k, build, at, bottom if not coat else main, main, band)
        if coat:
            _hang(mesh, k, build, at, main, 0.34, 1.25)
        elif skirt:
            _hang(mesh, k, build, at, bottom, length, 1.5)
        if apron:
            _apron(mesh, k, build, at, apron)

    shoes = tinted(random, ((0.02, 0.02, 0.02), (0.5, 0.5, 0.5), (0.12, 0.06, 0.03)))
    legs = 0.0 if skirt else 0.5 if shorts else 1.0
    return Clothes(bottom, shoes, top, random.random() < wardrobe.short_sleeves and over in ("plain", "apron") and not coat, legs, torso)


RINGS = (
    (-0.10, 0.135, 0.105),
    (0.0, 0.168, 0.125),
    (0.10, 0.152, 0.112),
    (0.15, 0.150, 0.108),
    (0.26, 0.166, 0.118),
    (0.35, 0.176, 0.122),
    (0.40, 0.174, 0.116),
    (0.465, 0.150, 0.092),
    (0.51, 0.098, 0.072),
    (0.55, 0.056, 0.056),
)
"""The trunk of somebody 1.7 m tall: height over the hip, half width, half depth."""


def _along(at: Joints, height: float) -> Point:
    return (0.0, at.hip[1] - height * math.sin(at.lean), at.hip[2] + height * math.cos(at.lean))


def _trunk(mesh: Mesh, k: float, build: float, at: Joints, bottom: Look, top: Look, band: Look) -> None:
    rings = [(_along(at, up * k), rx * k * build, ry * k * build) for up, rx, ry in RINGS]
    mesh.loft(rings, (bottom, top, band, top, top, band, top, top, top), lean=at.lean)
    for shoulder in at.shoulders:
        mesh.ball(shoulder, (0.064 * k * build, 0.06 * k * build, 0.062 * k), top, rings=6, sides=9)


def _hang(mesh: Mesh, k: float, build: float, at: Joints, cloth: Look, length: float, flare: float) -> None:
    """A skirt or the tails of a coat, hanging from the waist; it follows the knees."""
    forward = min(0.0, (at.knees[0][1] + at.knees[1][1]) / 2 - at.hip[1])
    x, y, z = at.hip
    rings = [
        (
            (x, y + forward * share, z + 0.1 * k - share * (length + 0.1) * k),
            (0.165 + 0.165 * (flare - 1) * share) * k * build,
            (0.125 + 0.14 * (flare - 1) * share) * k * build,
        )
        for share in (1.0, 0.6, 0.3, 0.0)
    ]
    mesh.loft(rings, cloth)


def _apron(mesh: Mesh, k: float, build: float, at: Joints, cloth: Look) -> None:
    rows = []
    for up, half, out in ((0.40, 0.10, 0.14), (0.22, 0.14, 0.135), (0.05, 0.16, 0.15)):
        x, y, z = _along(at, up * k)
        rows.append([(x - half * k, y - 0.7 * out * k * build, z), (x, y - out * k * build, z), (x + half * k, y - 0.7 * out * k * build, z)])
    front = min(at.knees[0][1], at.knees[1][1]) - 0.11 * k
    low = max(0.35 * k, at.hip[2] - 0.42 * k)
    rows.append([(-0.17 * k, front + 0.03, low), (0, front, low), (0.17 * k, front + 0.03, low)])
    mesh.sheet(rows, cloth)


def hat_of(mesh: Mesh, random: Random, split: str, k: float, head: Point, role: str | None, wardrobe: Wardrobe, uniform: Colour | None = None) -> None:
    """A hat by role or wardrobe, or none."""
    kind: str | None = {"worker": "hard_hat", "rider": "helmet", "cook": "cook"}.get(role or "")
    if role in ("cleaner", "vendor", "courier") and random.random() < 0.5:
        kind = random.choice(("cap", "straw") if role != "courier" else ("cap",))
    if kind is None and random.random() < wardrobe.hat:
        kind = random.choice(wardrobe.hats)
    if kind is None:
        return
    x, y, z = head
    cloth = tinted(random, CLOTH)
    if kind == "helmet":
        mesh.ball(
            (x, y + 0.01, z + 0.03 * k), (0.115 * k, 0.13 * k, 0.125 * k), Look(uniform or livery(random, split), rough=0.2, noise=0.05), rings=7, sides=12
        )
        mesh.ball((x, y - 0.07 * k, z), (0.085 * k, 0.06 * k, 0.07 * k), Look((0.02, 0.02, 0.02), rough=0.1), rings=5, sides=8)
    elif kind == "hard_hat":
        shell = tinted(random, ((0.80, 0.60, 0.03), (0.75, 0.20, 0.03), (0.7, 0.7, 0.7)), rough=0.3, noise=0.05)
        mesh.ball((x, y, z + 0.06 * k), (0.105 * k, 0.125 * k, 0.095 * k), shell, rings=6, sides=12)
        mesh.tube((x, y - 0.015, z + 0.05 * k), (x, y - 0.015, z + 0.062 * k), 0.14 * k, shell, sides=14)
    elif kind in ("straw", "sun"):
        straw = tinted(random, STRAW, scale=20.0) if kind == "straw" else cloth
        mesh.tube((x, y, z + 0.06 * k), (x, y, z + 0.16 * k), 0.1 * k, straw, end_radius=0.08 * k, sides=12)
        mesh.tube((x, y - 0.01, z + 0.055 * k), (x, y - 0.01, z + 0.07 * k), 0.22 * k, shaded(straw, 0.9), end_radius=0.12 * k, sides=14)
    elif kind == "cone":
        mesh.tube((x, y, z + 0.03 * k), (x, y, z + 0.19 * k), 0.24 * k, tinted(random, STRAW, scale=20.0), end_radius=0.01, sides=16)
    elif kind == "cook":
        mesh.tube((x, y, z + 0.07 * k), (x, y, z + 0.17 * k), 0.09 * k, WHITE, end_radius=0.1 * k, sides=12)
    elif kind == "knit":
        mesh.ball((x, y + 0.01, z + 0.06 * k), (0.095 * k, 0.105 * k, 0.09 * k), cloth, rings=6, sides=12)
    elif kind == "hood":
        cloth = tinted(random, DARK)
        mesh.ball((x, y + 0.03 * k, z + 0.02 * k), (0.105 * k, 0.11 * k, 0.14 * k), cloth, rings=7, sides=12)
    else:
        mesh.ball((x, y + 0.005, z + 0.06 * k), (0.09 * k, 0.105 * k, 0.085 * k), cloth, rings=6, sides=12)
        mesh.box((x, y - 0.13 * k, z + 0.055 * k), (0.13 * k, 0.1 * k, 0.015), cloth)
