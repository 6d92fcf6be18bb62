"""What hangs or stands to be seen: laundry, banners, boards, flags."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import families, lettering
from models.street.assets.asset import Asset, Draft
from models.street.assets.families import family
from models.street.assets.fixtures import cloth_of
from models.street.assets.goods_pieces import garment
from models.street.assets.looks import CANOPY, CLOTH, CONCRETE, DARK_STEEL, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh, Point


def _wash(mesh: Mesh, random: Random, at: Point, room: float) -> float:
    """One piece of washing from a line at `at`; returns how much of the line it takes."""
    x, y, z = at
    cloth = cloth_of(random) if random.random() < 0.4 else tinted(random, (*CLOTH, (0.66, 0.65, 0.64), (0.6, 0.35, 0.4)), 0.2, scale=10.0)
    kind = random.choice(("shirt", "shirt", "trousers", "sheet", "towel", "socks")) if room > 1.3 else random.choice(("shirt", "trousers", "towel"))
    if kind == "shirt":
        garment(mesh, random, (x + 0.27, y, z - 0.04), random.uniform(0.55, 0.75), 0.5, cloth)
        return 0.58
    if kind == "trousers":
        for side in (0.13, 0.29):
            mesh.sheet(
                [[(x + side - w, y, z - v), (x + side, y - 0.03, z - v), (x + side + w, y, z - v)] for v, w in ((0.0, 0.1), (0.3, 0.085), (0.95, 0.075))], cloth
            )
        return 0.5
    if kind == "socks":
        for i in range(4):
            mesh.tube((x + 0.05 + 0.1 * i, y, z), (x + 0.05 + 0.1 * i, y - 0.02, z - 0.25), 0.025, tinted(random, CLOTH), sides=6)
        return 0.45
    w, h = (random.uniform(1.2, min(2.0, room)), random.uniform(1.0, 1.4)) if kind == "sheet" else (random.uniform(0.4, 0.6), random.uniform(0.6, 0.9))
    n = 9
    grid = [
        [(x + w * i / (n - 1), y + 0.05 * math.sin(1.7 * i + 2 * v) * (0.3 + v), z - h * v - 0.03 * math.sin(i)) for i in range(n)]
        for v in (0.0, 0.35, 0.7, 1.0)
    ]
    mesh.sheet(grid, cloth)
    return w + 0.06


def _string(mesh: Mesh, random: Random, width: float, y: float, z: float, sag: float = 0.08) -> None:
    mesh.limb([(-width / 2, y, z), (0, y, z - sag), (width / 2, y, z)], (0.006,) * 3, Look((0.6, 0.58, 0.5)), sides=4)
    x = -width / 2 + 0.1
    while x < width / 2 - 0.6:
        x += _wash(mesh, random, (x, y, z - sag * (1 - abs(2 * x / width))), width / 2 - x) + random.uniform(0.0, 0.15)


def laundry(random: Random, split: str) -> Asset:
    """Washing hung on a line between poles or trees, on a rail or on folding racks."""
    draft, mesh = Draft("laundry"), Mesh()
    name = family("laundry", random, split, draft.families)
    width = random.uniform(2.2, 4.2) if name != "rack_laundry" else 1.6
    top = random.uniform(1.7, 2.1) if name != "rack_laundry" else 1.15
    if name == "rack_laundry":
        for y in (-0.3, 0.0, 0.3):
            _string(mesh, random, width, y, top, 0.0)
        for side in (-1, 1):
            for sy in (-1, 1):
                mesh.tube((side * width / 2, sy * 0.35, top), (side * width / 2, -sy * 0.35, 0), 0.012, STEEL, sides=5)
    else:
        for _ in range(random.choice((1, 1, 2)) if name != "tree_line" else 1):
            _string(mesh, random, width, random.uniform(-0.25, 0.25), top, 0.0 if name == "rail" else random.uniform(0.05, 0.2))
        for side in (-1, 1):
            if name == "tree_line":  # stakes where no tree stands: the line goes up and out of them
                mesh.limb(
                    [(side * width / 2, 0, 0), (side * width / 2 + 0.04, 0.03, 1.2), (side * width / 2 - 0.03, 0, 2.8)],
                    (0.09, 0.075, 0.05),
                    Look((0.13, 0.09, 0.06), noise=0.5, scale=14.0),
                    sides=8,
                )
            else:
                mesh.tube((side * width / 2, 0, 0), (side * width / 2, 0, top + 0.1), 0.025, STEEL if name == "rail" else tinted(random, WOOD), sides=6)
                mesh.tube((side * width / 2, -0.4, 0.02), (side * width / 2, 0.4, 0.02), 0.02, DARK_STEEL, sides=6)
    if random.random() < 0.4:
        mesh.tube((0.4, -0.45, 0), (0.4, -0.45, 0.2), 0.18, tinted(random, CANOPY), end_radius=0.24, sides=12)
    draft.add(mesh, label="laundry")
    return draft.done((width + 0.3, 1.0))


INKS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "red_banner": ((0.50, 0.01, 0.01), (0.72, 0.58, 0.08)),
    "white_banner": ((0.66, 0.65, 0.64), (0.50, 0.02, 0.02)),
    "blue_banner": ((0.02, 0.08, 0.38), (0.70, 0.69, 0.67)),
}


def banner(random: Random, split: str) -> Asset:
    """A banner between poles, or what stands to be read: an A-board, a roll-up, an arch, a light box, an easel."""
    draft, mesh = Draft("banner"), Mesh()
    name = family("banner", random, split, draft.families)
    if name in INKS:
        width = _cloth_banner(mesh, random, split, *INKS[name])
    else:
        width = {"board_stand": _a_board, "roll_up": _roll_up, "arch": _arch, "light_box": _light_box, "easel": _easel}[name](mesh, random, split)
    draft.add(mesh, label="banner")
    return draft.done((width + 0.3, 0.9))


def _cloth_banner(mesh: Mesh, random: Random, split: str, ground: tuple[float, float, float], ink: tuple[float, float, float]) -> float:
    width, high, z = random.uniform(3.0, 5.5), random.uniform(0.45, 0.7), random.uniform(1.5, 2.4)
    words = "  ".join((lettering.words(random, split), lettering.words(random, split)))
    n = 11
    rows = [
        [(-width / 2 + width * i / (n - 1), 0.06 * math.sin(0.9 * i + v), z + high * (0.5 - v) - 0.06 * math.sin(math.pi * i / (n - 1))) for i in range(n)]
        for v in (0.0, 0.5, 1.0)
    ]
    mesh.sheet(rows, Picture("banner", words, (ground, ink), random.randrange(12), rough=0.8))
    for side in (-1, 1):
        mesh.tube((side * width / 2, 0, 0), (side * width / 2, 0, z + high / 2 + 0.1), 0.03, STEEL if random.random() < 0.5 else tinted(random, WOOD), sides=6)
        mesh.box((side * width / 2, 0, 0.05), (0.35, 0.35, 0.1), CONCRETE)
    return width


def _face(random: Random, split: str) -> Picture:
    ground = random.choice(((0.66, 0.65, 0.62), (0.50, 0.02, 0.02), (0.68, 0.45, 0.03), (0.02, 0.02, 0.02), (0.04, 0.20, 0.10)))
    ink = (0.02, 0.02, 0.02) if ground[0] > 0.6 else (0.70, 0.69, 0.66)
    return Picture(random.choice(("poster", "poster", "tall_sign")), lettering.words(random, split), (ground, ink), random.randrange(24))


def _a_board(mesh: Mesh, random: Random, split: str) -> float:
    for i in range(random.choice((1, 1, 2))):
        one, w, h = Mesh(), random.uniform(0.5, 0.7), random.uniform(0.85, 1.25)
        for side in (-1, 1):
            tilt = -0.22 * side
            one.box((0, side * -0.2, h / 2), (w, 0.025, h), tinted(random, (*WOOD, (0.1, 0.1, 0.1), (0.6, 0.6, 0.6))), tilt=tilt * -1)
        one.panel((0, -0.2 - 0.016, h / 2), w * 0.9, h * 0.88, _face(random, split), tilt=-0.22)
        mesh.merge(one, (0.9 * i, random.uniform(-0.2, 0.2), 0), random.uniform(-0.5, 0.5))
    return 1.4


def _roll_up(mesh: Mesh, random: Random, split: str) -> float:
    count = random.choice((1, 1, 2, 3))
    for i in range(count):
        x = 1.0 * (i - (count - 1) / 2)
        mesh.box((x, 0, 0.05), (0.86, 0.25, 0.09), STEEL)
        mesh.panel((x, -0.02, 1.05), 0.8, 1.9, _face(random, split))
        mesh.tube((x, 0.02, 0.05), (x, 0.02, 2.0), 0.012, STEEL, sides=5)
    return count * 1.0


def _arch(mesh: Mesh, random: Random, split: str) -> float:
    """An inflated arch with words."""
    half, high, r = random.uniform(1.6, 2.6), random.uniform(2.4, 3.2), random.uniform(0.25, 0.36)
    look = tinted(random, ((0.55, 0.02, 0.02), (0.70, 0.46, 0.03), (0.04, 0.12, 0.45)), rough=0.5)
    path = [(half * math.cos(a), 0.0, high * math.sin(a) if 0 < a < math.pi else 0.0) for a in (0.0, 0.4, 0.9, 1.35, 1.8, 2.25, 2.74, math.pi)]
    mesh.limb(path, (r,) * len(path), look, sides=12)
    mesh.panel(
        (0, -r - 0.02, high * 0.96), half * 1.2, 0.45, Picture("banner", lettering.words(random, split), (look.colour, (0.72, 0.6, 0.1)), random.randrange(9))
    )
    return 2 * half + 0.6


def _light_box(mesh: Mesh, random: Random, split: str) -> float:
    w, h = random.uniform(0.5, 0.7), random.uniform(1.0, 1.7)
    mesh.box((0, 0, h / 2 + 0.12), (w, 0.18, h), STEEL)
    face = _face(random, split)
    lit = Picture(face.kind, face.words, face.colours, face.seed, glow=random.choice((0.0, 0.5)))
    for turn in (0.0, math.pi):
        mesh.panel((0, -0.095 if turn == 0.0 else 0.095, h / 2 + 0.12), w * 0.92, h * 0.94, lit, turn=turn)
    for side in (-1, 1):
        mesh.tube((side * w * 0.4, -0.12, 0.06), (side * w * 0.4, 0.12, 0.06), 0.06, DARK_STEEL, sides=8)
    return 1.0


def _easel(mesh: Mesh, random: Random, split: str) -> float:
    wood = tinted(random, WOOD)
    for x, y in ((-0.35, -0.15), (0.35, -0.15), (0.0, 0.4)):
        mesh.tube((x, y, 0), (0.0 if x == 0 else x * 0.2, 0.05, 1.6), 0.022, wood, sides=5)
    mesh.box((0, -0.09, 0.95), (0.7, 0.03, 0.9), wood, tilt=-0.12)
    mesh.panel((0, -0.11, 0.95), 0.64, 0.84, _face(random, split), tilt=-0.12)
    return 0.9


def flag(random: Random, split: str) -> Asset:
    """Flags on poles, bunting or feather flags: a look-alike of banners."""
    draft, mesh = Draft("flag"), Mesh()
    name = families.draw("flag", random, split)
    draft.families.append(f"flag/{name}")
    colour = tinted(random, ((0.55, 0.02, 0.02), (0.70, 0.46, 0.03), (0.04, 0.12, 0.45), (0.05, 0.30, 0.12), (0.66, 0.65, 0.62)), rough=0.8)
    if name == "bunting":
        width, z = random.uniform(4, 7), random.uniform(2.6, 3.4)
        for side in (-1, 1):
            mesh.tube((side * width / 2, 0, 0), (side * width / 2, 0, z + 0.1), 0.035, STEEL, sides=6)
        for i in range(int(width / 0.3)):
            x = -width / 2 + 0.3 * (i + 0.5)
            low = z - 0.3 * (1 - (2 * x / width) ** 2)
            look = tinted(random, CANOPY, rough=0.8)
            mesh.sheet([[(x - 0.13, 0.0, low), (x + 0.13, 0.0, low)], [(x - 0.01, 0.04, low - 0.32), (x + 0.01, 0.04, low - 0.32)]], look)
        draft.add(mesh, label="flag")
        return draft.done((width, 0.6))
    count = random.choice((1, 2, 3, 5)) if name != "street_flags" else random.choice((3, 5, 7))
    for i in range(count):
        one, high = Mesh(), random.uniform(2.4, 3.6)
        one.tube((0, 0, 0), (0, 0, high), 0.022, STEEL, sides=6)
        one.box((0, 0, 0.05), (0.35, 0.35, 0.1), CONCRETE)
        sway = random.uniform(0.3, 1.0)
        if name == "feather_flags":
            rows = [
                [(0.02, 0.0, high - 0.1 - v), (0.3 + 0.2 * math.sin(1.6 * v), 0.05 * math.sin(3 * v), high - 0.05 - v)]
                for v in (0.0, 0.6, 1.2, 1.8, high - 0.7)
            ]
            one.sheet(
                rows,
                Picture(
                    "tall_sign",
                    lettering.words(random, split),
                    (colour.colour, (0.03, 0.03, 0.03) if colour.colour[0] > 0.6 else (0.7, 0.69, 0.66)),
                    random.randrange(12),
                    rough=0.8,
                ),
            )
        else:
            rows = [
                [(0.03 + 0.24 * k * sway, 0.07 * math.sin(1.5 * k + i), high - 0.05 - v - 0.1 * k * (1 - sway)) for k in range(5)] for v in (0.0, 0.35, 0.7)
            ]
            one.sheet(rows, colour)
        mesh.merge(one, (1.3 * (i - (count - 1) / 2), random.uniform(-0.1, 0.1), 0), random.uniform(-0.4, 0.4))
    draft.add(mesh, label="flag")
    return draft.done((1.3 * count + 0.5, 0.9))
