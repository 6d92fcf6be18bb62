"""Shop fronts by style: doors, windows, what is behind the glass, boards with lettering, awnings, posters, air conditioners, columns.

Styles are the families of shop fronts and are split like all others. Pure: one mesh a front, its pictures painted by `drawn_fronts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.street import drawn_fronts
from models.street.assets import families, lettering
from models.street.assets.looks import GLASS, STEEL, Look, Picture, tinted
from models.street.assets.mesh import Mesh
from models.street.layout import HALF_LENGTH, Layout

GROUND_FLOOR = 3.5
STOREY = 3.1
ROOM = 2.4

Colour = tuple[float, float, float]
AWNINGS: tuple[Colour, ...] = (
    (0.50, 0.04, 0.04),
    (0.04, 0.12, 0.40),
    (0.05, 0.26, 0.12),
    (0.60, 0.42, 0.05),
    (0.60, 0.58, 0.52),
    (0.45, 0.14, 0.03),
    (0.10, 0.10, 0.11),
)
FRAMES: tuple[Colour, ...] = ((0.12, 0.12, 0.12), (0.55, 0.55, 0.55), (0.25, 0.13, 0.07), (0.6, 0.58, 0.5))
WALLS: tuple[Colour, ...] = ((0.48, 0.44, 0.37), (0.36, 0.22, 0.16), (0.52, 0.51, 0.48), (0.58, 0.48, 0.34), (0.28, 0.30, 0.33), (0.62, 0.60, 0.56))


@dataclass(frozen=True, slots=True)
class Style:
    """A family of fronts: the openings it draws from, shares of awnings, blade signs and shutters, the height of its board."""

    openings: tuple[str, ...]
    awning: float
    blade: float
    board: tuple[float, float]
    deep: bool = False
    lanterns: bool = False


STYLES: dict[str, Style] = {
    "glazed": Style(("glass", "glass", "glass", "shut"), 0.2, 0.2, (0.7, 1.1)),
    "open": Style(("open", "open", "glass"), 0.5, 0.3, (0.8, 1.2), deep=True),
    "shuttered": Style(("shut", "half", "open", "half"), 0.3, 0.15, (0.6, 0.9)),
    "awninged": Style(("glass", "open"), 0.95, 0.1, (0.6, 0.9)),
    "lanterned": Style(("open", "glass"), 0.3, 0.4, (0.8, 1.1), lanterns=True),
    "narrow": Style(("glass", "shut", "half"), 0.5, 0.6, (0.5, 0.8), deep=True),
    "tall": Style(("glass", "glass", "open"), 0.15, 0.3, (1.1, 1.6)),
    "worn": Style(("shut", "open", "half"), 0.6, 0.3, (0.6, 0.9), deep=True),
}

PAINTERS: dict[str, Callable[[Picture, Random], NDArray[np.uint8]]] = {
    "front_interior": lambda picture, _: drawn_fronts.interior(np.random.default_rng(picture.seed)),
    "front_shutter": lambda picture, _: drawn_fronts.shutter(np.random.default_rng(picture.seed)),
    "front_poster": lambda picture, _: drawn_fronts.poster(np.random.default_rng(picture.seed)),
    "front_sign": lambda picture, _: drawn_fronts.sign(np.random.default_rng(picture.seed), picture.words),
    "front_wall": lambda picture, _: drawn_fronts.wall(
        np.random.default_rng(picture.seed), columns=round(picture.colours[0][0]), floors=round(picture.colours[0][1])
    ),
    "far_fronts": lambda picture, _: drawn_fronts.far_side(np.random.default_rng(picture.seed), kind="fronts"),
    "far_wall": lambda picture, _: drawn_fronts.far_side(np.random.default_rng(picture.seed), kind="wall"),
    "far_park": lambda picture, _: drawn_fronts.far_side(np.random.default_rng(picture.seed), kind="park"),
}


@dataclass(frozen=True, slots=True)
class Front:
    """A front that was built: its mesh, where it stands along x, its style, whether it is open for trade, and where its room's lamp hangs."""

    mesh: Mesh
    x0: float
    x1: float
    style: str
    trades: bool
    lamp: tuple[float, float, float]


def row(random: Random, layout: Layout, split: str) -> list[Front]:
    """The row of fronts along the pavement."""

    def sign(random: Random) -> Picture:
        return Picture("front_sign", words=lettering.words(random, split), seed=random.randrange(1 << 30), rough=0.5, glow=random.choice((0.0, 0.25, 0.6, 1.0)))

    fronts, x = [], -HALF_LENGTH * random.uniform(0.8, 0.95)
    pool = {kind: [random.randrange(1 << 30) for _ in range(size)] for kind, size in (("interior", 6), ("shutter", 3), ("poster", 6), ("wall", 3))}
    storeys = [random.randint(1, layout.storeys) for _ in range(3)]
    while x < HALF_LENGTH * 0.9:
        width = random.uniform(*layout.shop_width)
        style = families.draw("shopfront", random, split)
        fronts.append(_front(random, layout, style, x, width, random.choice(storeys), pool, sign))
        x += width
        if random.random() < 0.06:
            x += random.uniform(1.2, 3.0)
    return fronts


def _front(
    random: Random, layout: Layout, name: str, x: float, width: float, storeys: int, pool: dict[str, list[int]], sign: Callable[[Random], Picture]
) -> Front:
    style, mesh, z0 = STYLES[name], Mesh(), layout.kerb
    middle = x + width / 2
    wall = tinted(random, WALLS, rough=0.9, noise=0.12, scale=3.0)
    frame = tinted(random, FRAMES, rough=0.5, metal=0.3)
    out = -2.0 if layout.arcade else 0.0
    height = storeys * STOREY
    columns = max(1, round(width / 2.2))
    upper = Picture("front_wall", colours=((columns, storeys, 0.0),), seed=random.choice(pool["wall"]), rough=0.85)
    mesh.panel((middle, out, z0 + GROUND_FLOOR + height / 2), width, height, upper)
    mesh.box((middle, out / 2 + 0.3, z0 + GROUND_FLOOR - 0.06), (width, abs(out) + 0.6, 0.12), wall)
    if layout.arcade:
        mesh.box((x + 0.02, out + 0.25, z0 + GROUND_FLOOR / 2), (0.45, 0.45, GROUND_FLOOR), wall)
    for side in (x, x + width):  # the house's flank, seen at gaps and ends
        mesh.box((side, 4.1, z0 + (GROUND_FLOOR + height) / 2), (0.04, 7.6, GROUND_FLOOR + height), wall)
    for side in (x + 0.14, x + width - 0.14):
        mesh.box((side, 0.25, z0 + GROUND_FLOOR / 2), (0.28, 0.5, GROUND_FLOOR), wall)
    opening = random.choice(style.openings)
    trades = opening != "shut"
    _room(mesh, random, x, width, z0, opening, style, frame, wall, pool)
    _board(mesh, random, middle, width, z0, out, style, sign)
    if random.random() < style.awning and not layout.arcade:
        _awning(mesh, random, middle, width, z0)
    if random.random() < style.blade:
        board = sign(random)
        bx = x + random.choice((0.3, width - 0.3))
        bz = z0 + GROUND_FLOOR + random.uniform(0.4, 1.6)
        for turn in (math.pi / 2, -math.pi / 2):
            mesh.panel((bx + 0.06 * math.copysign(1, turn), out - 0.45, bz), 0.75, random.uniform(0.8, 1.6), board, turn=turn)
    if style.lanterns and trades:
        red = Look((0.55, 0.02, 0.01), rough=0.6, glow=0.5)
        for k in range(random.choice((2, 4))):
            mesh.ball((x + (k + 0.5) * width / 4, -0.45, z0 + 2.6), (0.17, 0.17, 0.2), red, sides=8)
    if random.random() < 0.4:
        unit = Look((0.62, 0.62, 0.60), rough=0.6, noise=0.1)
        mesh.box((x + random.uniform(0.7, width - 0.7), out - 0.25, z0 + GROUND_FLOOR + random.uniform(0.3, 0.9)), (0.85, 0.36, 0.6), unit)
    return Front(mesh, x, x + width, name, trades, (middle, 1.3, z0 + 2.9))


def _room(
    mesh: Mesh, random: Random, x: float, width: float, z0: float, opening: str, style: Style, frame: Look, wall: Look, pool: dict[str, list[int]]
) -> None:
    """What fills the ground floor's opening."""
    middle, clear, tall = x + width / 2, width - 0.56, GROUND_FLOOR - 0.7
    if opening == "shut":
        mesh.panel((middle, 0.2, z0 + tall / 2), clear, tall, Picture("front_shutter", seed=random.choice(pool["shutter"]), rough=0.6))
        return
    depth = ROOM + (1.2 if style.deep else 0.0)
    back = Picture("front_interior", seed=random.choice(pool["interior"]), rough=0.8, glow=random.choice((0.3, 0.7, 1.1)))
    mesh.panel((middle, depth, z0 + tall / 2), width, tall, back)
    side = Look((0.45, 0.42, 0.37), rough=0.9, noise=0.5, scale=2.0)
    for sx in (x + 0.05, x + width - 0.05):
        mesh.box((sx, depth / 2 + 0.4, z0 + tall / 2), (0.06, depth, tall), side)
    mesh.box((middle, depth / 2 + 0.3, z0 + 0.02), (width, depth, 0.05), Look((0.32, 0.31, 0.29), rough=0.4, noise=0.2))
    mesh.box((middle, depth / 2 + 0.5, z0 + tall + 0.1), (width, depth - 0.6, 0.05), Look((0.8, 0.79, 0.74), rough=0.8, glow=random.choice((0.2, 0.5, 0.8))))
    counters = random.randint(1, 4)
    for _ in range(counters):
        h = random.uniform(0.8, 1.7)
        at = (random.uniform(x + 0.6, x + width - 0.6), random.uniform(1.0, depth - 0.4), z0 + h / 2)
        mesh.box(at, (random.uniform(0.6, 1.3), 0.45, h), tinted(random, AWNINGS + WALLS, noise=0.6, scale=9.0))
    if opening == "half":
        mesh.panel((middle, 0.2, z0 + tall * 0.78), clear, tall * 0.44, Picture("front_shutter", seed=random.choice(pool["shutter"]), rough=0.6))
    elif opening == "glass":
        door = random.uniform(x + 0.7, x + width - 1.7)
        for gx0, gx1 in ((x + 0.28, door), (door + 1.0, x + width - 0.28)):
            if gx1 - gx0 < 0.3:
                continue
            mesh.box(((gx0 + gx1) / 2, 0.2, z0 + 0.25), (gx1 - gx0, 0.2, 0.5), wall)
            _glazing(mesh, random, gx0, gx1, z0 + 0.5, z0 + tall, frame, pool)
        for sx in (door, door + 1.0):
            mesh.box((sx, 0.2, z0 + tall / 2), (0.07, 0.1, tall), frame)
        if random.random() < 0.5:
            mesh.box((door + 0.5, 0.22, z0 + 1.05), (0.94, 0.03, 2.1), GLASS)
        if random.random() < 0.4:
            mesh.slab((door + 0.5, -0.35, z0 + 0.006), 1.0, 0.55, tinted(random, AWNINGS, rough=0.95, noise=0.3))


def _glazing(mesh: Mesh, random: Random, x0: float, x1: float, z0: float, z1: float, frame: Look, pool: dict[str, list[int]]) -> None:
    """Bars and what sticks to the glass; the glass itself is left out where the room is lit, so that the room shows."""
    count = max(1, round((x1 - x0) / 1.3))
    for k in range(count + 1):
        mesh.box((x0 + k * (x1 - x0) / count, 0.2, (z0 + z1) / 2), (0.05, 0.06, z1 - z0), frame)
    mesh.box(((x0 + x1) / 2, 0.2, z1 - 0.45), (x1 - x0, 0.06, 0.05), frame)
    for k in range(count):
        gx = x0 + (k + 0.5) * (x1 - x0) / count
        draw = random.random()
        if draw < 0.3:
            mesh.box((gx, 0.22, (z0 + z1) / 2), ((x1 - x0) / count, 0.02, z1 - z0), GLASS)
        elif draw < 0.65:
            poster = Picture("front_poster", seed=random.choice(pool["poster"]), rough=0.4)
            w = min(0.7, 0.8 * (x1 - x0) / count)
            mesh.panel((gx, 0.18, z0 + random.uniform(0.6, 1.2)), w, w * random.uniform(1.0, 1.5), poster)


def _board(mesh: Mesh, random: Random, middle: float, width: float, z0: float, out: float, style: Style, sign: Callable[[Random], Picture]) -> None:
    height = random.uniform(*style.board)
    z = z0 + GROUND_FLOOR - 0.7 + height / 2
    y = min(out, 0.0) - 0.16
    mesh.box((middle, y + 0.1, z), (width - 0.12, 0.16, height), STEEL)
    mesh.panel((middle, y, z), width - 0.14, height - 0.04, sign(random))


def _awning(mesh: Mesh, random: Random, middle: float, width: float, z0: float) -> None:
    """A cloth that slopes out over the pavement, with a hanging rim; striped or plain."""
    reach, top, low = random.uniform(0.9, 1.6), z0 + GROUND_FLOOR - 0.75, z0 + random.uniform(2.25, 2.5)
    cloths = [tinted(random, AWNINGS, rough=0.8, noise=0.12, scale=3.0)]
    if random.random() < 0.45:
        cloths.append(Look((0.62, 0.60, 0.56), rough=0.8, noise=0.12, scale=3.0))
    count = max(4, round(width / 0.45)) if len(cloths) > 1 else 3
    w = (width - 0.4) / count
    for k in range(count):
        x0 = middle - (width - 0.4) / 2 + k * w
        grid = [
            [(x0, -0.1, top), (x0 + w, -0.1, top)],
            [(x0, -reach, low), (x0 + w, -reach, low)],
            [(x0, -reach - 0.01, low - 0.2), (x0 + w, -reach - 0.01, low - 0.2)],
        ]
        mesh.sheet(grid, cloths[k % len(cloths)], smooth=False)
    for x in (middle - width / 2 + 0.3, middle + width / 2 - 0.3):
        mesh.tube((x, -0.1, low), (x, -reach, low), 0.015, STEEL, sides=5)


def far_side(random: Random, layout: Layout) -> Mesh:
    """What closes the street: the side across the way, and both sides beyond the built part, to where a telephoto lens ends."""
    mesh = Mesh()
    height = {"fronts": 12.0, "wall": 5.5, "park": 9.0}[layout.far_side]
    pictures = [Picture(f"far_{layout.far_side}", seed=random.randrange(1 << 30), rough=0.85) for _ in range(3)]
    for k in range(-4, 5):
        x = k * 32.0
        mesh.panel((x, layout.far_front_y, layout.kerb + height / 2), 32.0, height, pictures[k % 3], turn=math.pi)
        if layout.far_side == "fronts" and abs(k) < 2:
            for _ in range(3):
                at = (x + random.uniform(-14, 14), layout.far_front_y + 0.5, layout.kerb + 2.6)
                mesh.box(at, (random.uniform(2.5, 4.5), 1.1, 0.06), tinted(random, AWNINGS, rough=0.8), tilt=-0.25)
    behind = Picture("far_wall", seed=random.randrange(1 << 30), rough=0.9)
    for k in range(-2, 3):  # yards behind the fronts, seen through their gaps
        mesh.panel((k * 32.0, 8.0, layout.kerb + 4.0), 32.0, 8.0, behind)
        mesh.slab((k * 32.0, 4.4, layout.kerb - 0.01), 32.0, 7.6, Look((0.22, 0.21, 0.2), rough=0.95, noise=0.3, scale=1.5))
    rows = [Picture("far_fronts", seed=random.randrange(1 << 30), rough=0.85) for _ in range(2)]
    for side in (-1, 1):
        for k in range(3):
            mesh.panel((side * (HALF_LENGTH * 0.9 + 16 + 32 * k), 0.5, layout.kerb + 6.5), 32.0, 13.0, rows[k % 2])
        end = Picture("far_fronts", seed=random.randrange(1 << 30), rough=0.9)
        mesh.panel((side * 142.0, layout.far_front_y / 2, 7.0), 40.0, 14.0, end, turn=-side * math.pi / 2)
    return mesh
