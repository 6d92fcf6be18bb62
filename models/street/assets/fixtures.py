"""What goods lie on and what stands about a stall: tables, crates, mats, racks, scales, stools, cards, bags."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import goods, lettering
from models.street.assets.families import family
from models.street.assets.looks import BLACK, CANOPY, CARDBOARD, CLOTH, DARK_STEEL, PLASTIC, STEEL, WOOD, Look, Picture, Surface, shaded, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.wares import WARES


def cloth_of(random: Random) -> Surface:
    """A table cloth, sheet or cover: plain, striped, checked or flowered."""
    colours = tuple(random.sample(CANOPY + CLOTH, 3))
    kind = random.choice(("plain", "plain", "stripes", "checks", "floral"))
    return tinted(random, CANOPY + CLOTH, scale=2.0) if kind == "plain" else Picture(kind, "", colours, random.randrange(60), rough=0.9)


def draped(mesh: Mesh, random: Random, width: float, depth: float, top: float, drop: float, cloth: Surface) -> None:
    """A cloth over a table: flat on top, hanging in folds in front and at the sides."""
    columns = 9
    xs = [(-0.5 + i / (columns - 1)) * (width + 0.04) for i in range(columns)]
    fold = [random.uniform(-0.02, 0.035) for _ in range(columns)]
    front = -depth / 2 - 0.02
    rows = [
        [(x, depth / 2, top) for x in xs],
        [(x, front, top) for x in xs],
        [(x, front - f, top - drop * random.uniform(0.92, 1.05)) for x, f in zip(xs, fold, strict=True)],
    ]
    mesh.sheet(rows, cloth, smooth=False)
    for side in (-1, 1):
        x = side * (width / 2 + 0.02)
        mesh.sheet([[(x, front, top), (x, depth / 2, top)], [(x + side * 0.03, front, top - drop), (x, depth / 2, top - drop * 0.8)]], cloth, smooth=False)


def table(mesh: Mesh, random: Random, family: str, width: float, depth: float, height: float) -> None:
    """A table of a family, its top at `height`."""
    wood = tinted(random, WOOD)
    top = wood if family in ("plank", "trestle") else tinted(random, PLASTIC + WOOD, rough=0.5)
    mesh.box((0, 0, height - 0.02), (width, depth, 0.04), top)
    leg = wood if family == "trestle" else STEEL
    if family == "plank":  # a board over crates
        for side in (-1, 1):
            for level in range(max(1, round(height / 0.3))):
                tall = height / max(1, round(height / 0.3))
                mesh.box((side * width * 0.36, 0, tall * (level + 0.5) - 0.02), (0.42, min(depth, 0.5), tall * 0.96), tinted(random, PLASTIC + WOOD))
    else:
        for sx in (-1, 1):
            for sy in (-1, 1):
                splay = 0.12 if family == "trestle" else 0.0
                mesh.tube((sx * width * 0.45, sy * (depth * 0.42 + splay), 0), (sx * width * 0.43, sy * depth * 0.38, height), 0.02, leg, sides=6)
            mesh.tube((sx * width * 0.44, -depth * 0.4, 0.2), (sx * width * 0.44, depth * 0.4, 0.2), 0.014, leg, sides=5)
    if family == "draped" or random.random() < 0.45:
        draped(mesh, random, width, depth, height + 0.012, height * random.uniform(0.45, 0.95), cloth_of(random))


def crate(random: Random, family: str, size: Point, contents: str | None = None) -> Mesh:
    """An open crate, box or basket with its origin under its middle, heaped with goods of a family of goods where one is named."""
    mesh = Mesh()
    w, d, h = size
    if family == "wicker_basket":
        look = tinted(random, ((0.45, 0.31, 0.15), (0.35, 0.23, 0.10)), noise=0.45, scale=35.0)
        mesh.loft([((0, 0, 0), w * 0.4, d * 0.4), ((0, 0, h), w * 0.5, d * 0.5)], look)
        mesh.loft([((0, 0, h - 0.03), w * 0.52, d * 0.52), ((0, 0, h + 0.01), w * 0.5, d * 0.5)], look)
    elif family == "foam_box":
        _walls(mesh, size, Look((0.68, 0.69, 0.69), rough=0.9, noise=0.08), 0.04)
    elif family == "wooden_crate":
        look = tinted(random, WOOD, 0.3, noise=0.4, scale=14.0)
        mesh.box((0, 0, 0.01), (w, d, 0.02), look)
        slats = max(2, round(h / 0.1))
        for i in range(slats):
            z = (i + 0.5) * h / slats
            for side in (-1, 1):
                mesh.box((side * w / 2, 0, z), (0.015, d, 0.7 * h / slats), look)
                mesh.box((0, side * d / 2, z), (w, 0.015, 0.7 * h / slats), look)
    else:
        look = tinted(random, PLASTIC, rough=0.5)
        _walls(mesh, size, look, 0.018)
        for side in (-1, 1):
            mesh.box((0, side * (d / 2 + 0.004), h * 0.75), (w * 0.3, 0.02, h * 0.16), BLACK)
            for i in range(4):
                mesh.box((w * (i - 1.5) / 4.2, side * (d / 2 + 0.003), h * 0.35), (w * 0.12, 0.02, h * 0.35), shaded(look, 0.45))
    if contents:
        goods.lay(mesh, random, contents, (0, 0, h * (0.35 if WARES[contents].form in goods.TALL else 0.72)), (w * 0.9, d * 0.88))
    return mesh


def _walls(mesh: Mesh, size: Point, look: Look, thick: float) -> None:
    w, d, h = size
    mesh.box((0, 0, thick / 2), (w, d, thick), look)
    for side in (-1, 1):
        mesh.box((side * (w - thick) / 2, 0, h / 2), (thick, d, h), look)
        mesh.box((0, side * (d - thick) / 2, h / 2), (w, thick, h), look)


def stepped(mesh: Mesh, random: Random, family: str, width: float) -> list[tuple[Point, tuple[float, float]]]:
    """A rack with three shelves of `width`; returns the middle and size of each shelf."""
    look = STEEL if family in ("pipe_rack", "mesh_rack") else tinted(random, WOOD)
    places = []
    for level in range(3):
        y, z = (-0.34 + 0.32 * level, 0.28 + 0.26 * level) if family in ("stepped", "a_rack") else (0.0, 0.3 + 0.42 * level)
        depth = 0.33 if family in ("stepped", "a_rack") else 0.45
        mesh.box((0, y, z), (width, depth, 0.025), look, tilt=0.18 if family == "stepped" else 0.0)
        places.append(((0.0, y, z + 0.02), (width * 0.96, depth * 0.9)))
    high = places[-1][0][2] + (0.0 if family == "stepped" else 0.25)
    for sx in (-1, 1):
        for sy in (-0.3, 0.3):
            y = sy if family in ("stepped", "a_rack") else sy * 0.65
            mesh.tube(
                (sx * width / 2, y, 0),
                (sx * width / 2, y if family != "a_rack" else y * 0.3, high if sy > 0 else high * (0.45 if family == "stepped" else 1)),
                0.018,
                look,
                sides=6,
            )
    if family == "mesh_rack":
        mesh.panel((0, 0.22, 0.8), width, 1.1, Picture("net", "", ((0.5, 0.5, 0.5),), 0, clear=True))
    return places


def mat(mesh: Mesh, random: Random, family: str, width: float, depth: float) -> None:
    """A mat on the ground, its corners not quite flat."""
    surface: Surface
    if family == "striped_sheet":
        surface = Picture("checks", "", ((0.62, 0.62, 0.6), (0.50, 0.05, 0.05), (0.05, 0.10, 0.40)), random.randrange(20), rough=0.6)
    elif family == "blanket":
        surface = Picture("floral", "", tuple(random.sample(CLOTH, 3)), random.randrange(30), rough=0.95)
    elif family == "cardboard_mat":
        surface = CARDBOARD
    else:
        surface = tinted(random, (*CANOPY[:4], (0.05, 0.15, 0.35), (0.3, 0.3, 0.3)), rough=0.5, scale=3.0)
    rows = [[(width * (i / 4 - 0.5), depth * (0.5 - j / 3), 0.014 + random.uniform(0, 0.02)) for i in range(5)] for j in range(4)]
    mesh.sheet(rows, surface)


def price_cards(mesh: Mesh, random: Random, y: float, z: float, width: float, count: int) -> None:
    """Cards on little sticks along the front of goods."""
    for _ in range(count):
        x = random.uniform(-width / 2, width / 2)
        ground = random.choice(((0.72, 0.70, 0.66), (0.70, 0.55, 0.05), (0.60, 0.25, 0.04)))
        mesh.panel((x, y, z + 0.12), 0.18, 0.12, Picture("card", lettering.price(random), (ground, (0.50, 0.02, 0.02)), 0), tilt=-0.15)


def scale(mesh: Mesh, at: Point) -> None:
    """A shop scale with its pan and display."""
    x, y, z = at
    mesh.box((x, y, z + 0.05), (0.3, 0.3, 0.1), Look((0.55, 0.56, 0.56), rough=0.4))
    mesh.box((x, y, z + 0.115), (0.3, 0.24, 0.02), STEEL)
    mesh.box((x, y + 0.14, z + 0.3), (0.22, 0.05, 0.14), BLACK)
    mesh.tube((x, y + 0.14, z + 0.1), (x, y + 0.14, z + 0.25), 0.015, DARK_STEEL, sides=6)


def stool(mesh: Mesh, random: Random, at: Point, height: float = 0.42) -> None:
    """A plastic stool."""
    look = tinted(random, PLASTIC + CANOPY[:4], rough=0.4)
    x, y, z = at
    mesh.box((x, y, z + height), (0.3, 0.3, 0.03), look)
    for sx in (-1, 1):
        for sy in (-1, 1):
            mesh.tube((x + sx * 0.16, y + sy * 0.16, z), (x + sx * 0.11, y + sy * 0.11, z + height), 0.022, look, sides=5)


def chair(mesh: Mesh, random: Random, at: Point, turn: float, look: Look) -> None:
    """A garden chair with a back and arms; its front towards -y before it is turned."""
    one = Mesh()
    one.box((0, 0, 0.43), (0.44, 0.42, 0.035), look)
    one.box((0, 0.21, 0.68), (0.44, 0.03, 0.42), look, tilt=-0.15)
    for sx in (-1, 1):
        one.box((sx * 0.23, 0.0, 0.64), (0.05, 0.4, 0.03), look)
        for sy in (-1, 1):
            one.tube((sx * 0.23, sy * 0.2, 0), (sx * 0.2, sy * 0.18, 0.63 if sy < 0 else 0.45), 0.02, look, sides=5)
    mesh.merge(one, at, turn)


def clutter(mesh: Mesh, random: Random, split: str, used: list[str], width: float, y: float) -> None:
    """What gathers behind and beside a stall: cartons, sacks, buckets, a thermos, crates, a bag of waste."""
    for _ in range(random.randint(1, 4)):
        at = (random.choice((-1, 1)) * random.uniform(0.3, 0.55) * width, y + random.uniform(-0.25, 0.25), 0.0)
        what = random.choice(("carton", "sack", "bucket", "crate", "bag"))
        if what == "carton":
            size = random.uniform(0.28, 0.45)
            carton(mesh, random, (at[0], at[1], size * 0.35), (size * 1.2, size, size * 0.7), random.uniform(-0.5, 0.5))
        elif what == "sack":
            mesh.soft_box(
                (at[0], at[1], 0.25),
                (0.38, 0.32, 0.55),
                tinted(random, ((0.55, 0.52, 0.45), (0.6, 0.6, 0.58), (0.4, 0.35, 0.25)), scale=25.0),
                turn=random.uniform(0, 3),
            )
        elif what == "bucket":
            mesh.tube((at[0], at[1], 0), (at[0], at[1], 0.32), 0.12, tinted(random, PLASTIC), end_radius=0.16, sides=12)
        elif what == "crate":
            mesh.merge(crate(random, family("crate", random, split, used), (0.5, 0.36, 0.26)), at, random.uniform(-0.4, 0.4))
        else:
            mesh.ball(
                (at[0], at[1], 0.18),
                (0.18, 0.17, 0.2),
                tinted(random, ((0.02, 0.02, 0.02), (0.6, 0.1, 0.08), (0.6, 0.6, 0.6)), rough=0.35),
                wobble=0.35,
                seed=random.randrange(9999),
            )


def carton(mesh: Mesh, random: Random, centre: Point, size: Point, turn: float = 0.0, *, words: str = "") -> None:
    """A closed carton with tape, label and print on its sides."""
    shade = random.uniform(0.8, 1.15)
    brown = (0.42 * shade, 0.28 * shade, 0.15 * shade)
    mesh.box(centre, size, Look(brown, rough=0.9, noise=0.15, scale=4.0), turn=turn)
    print_ = Picture("carton", words, ((0.42, 0.28, 0.15), (0.08, 0.06, 0.05)), random.randrange(8), rough=0.9)
    c, s = math.cos(turn), math.sin(turn)
    for side, w, off in ((0.0, size[0], size[1]), (math.pi / 2, size[1], size[0])):
        for sign in (-1, 1):
            a = turn + side
            out = sign * (off / 2 + 0.003)
            place = (centre[0] - math.sin(a) * out, centre[1] + math.cos(a) * out, centre[2])
            mesh.panel(place, w * 0.98, size[2] * 0.98, print_, turn=a if sign < 0 else a + math.pi)
    top = (centre[0], centre[1], centre[2] + size[2] / 2 + 0.003)
    mesh.box(top, (size[0] * 0.98, 0.05, 0.003), Look((0.52, 0.38, 0.22), rough=0.3), turn=math.atan2(s, c))


def cartons(mesh: Mesh, random: Random, at: Point, spread: tuple[float, float], count: int, size: tuple[float, float] = (0.3, 0.5)) -> None:
    """Closed cartons that stand about `at` and on each other, within `spread` metres along x and y."""
    towers: list[list[float]] = []
    for _ in range(count):
        side = random.uniform(*size)
        if towers and random.random() < 0.45:
            tower = min(random.sample(towers, min(2, len(towers))), key=lambda one: one[2])
            side = min(side, tower[3])
        else:
            tower = [at[0] + random.uniform(-0.5, 0.5) * spread[0], at[1] + random.uniform(-0.5, 0.5) * spread[1], at[2], side]
            towers.append(tower)
        high = side * random.uniform(0.6, 0.8)
        carton(mesh, random, (tower[0], tower[1], tower[2] + high / 2), (side * 1.15, side * 0.85, high), random.uniform(-0.4, 0.4))
        tower[2] += high
        tower[3] = side
