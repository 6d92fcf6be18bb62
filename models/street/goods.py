"""What sells: stalls, vendor vehicles, parasols, and what shops put out; the four classes that the model learns first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from models.street.materials import CANOPY, CLOTH, FRUIT, Palette
from models.street.mesh import MeshBuilder, Point

WOOD = ((0.42, 0.28, 0.15), (0.55, 0.40, 0.24), (0.30, 0.20, 0.12))
PLASTIC = ((0.10, 0.25, 0.55), (0.60, 0.08, 0.06), (0.15, 0.40, 0.18), (0.75, 0.73, 0.70), (0.65, 0.50, 0.08))


def heap(mesh: MeshBuilder, palette: Palette, random: Random, centre: Point, size: tuple[float, float], kind: str) -> None:
    """A heap of one kind of goods on a surface at `centre`, within `size` (x, y) metres."""
    w, d = size
    if kind in ("fruit", "melon"):
        r = random.uniform(0.035, 0.055) if kind == "fruit" else random.uniform(0.10, 0.14)
        colour = palette.pick(FRUIT, rough=0.4, noise=0.2, scale=20.0)
        nx, ny = max(2, int(w / (2.05 * r))), max(2, int(d / (2.05 * r)))
        for layer in range(2):
            for i in range(nx - layer):
                for j in range(ny - layer):
                    x = centre[0] - w / 2 + r + (i + layer / 2) * (w - 2 * r) / max(1, nx - 1) + random.uniform(-0.2, 0.2) * r
                    y = centre[1] - d / 2 + r + (j + layer / 2) * (d - 2 * r) / max(1, ny - 1) + random.uniform(-0.2, 0.2) * r
                    mesh.ball((x, y, centre[2] + r * (1 + 1.5 * layer)), (r, r, r), colour, rings=4, sides=6)
    elif kind == "greens":
        for _ in range(int(10 + 40 * w * d)):
            x, y = centre[0] + random.uniform(-w, w) / 2.2, centre[1] + random.uniform(-d, d) / 2.2
            colour = palette.pick(((0.08, 0.30, 0.04), (0.16, 0.42, 0.07), (0.30, 0.45, 0.12)))
            mesh.ball((x, y, centre[2] + 0.05), (0.09, 0.06, 0.06), colour, rings=4, sides=6, wobble=0.6, seed=random.randrange(9999))
    elif kind == "clothes":
        for i in range(int(w / 0.22)):
            for j in range(max(1, int(d / 0.3))):
                at = (centre[0] - w / 2 + 0.11 + 0.22 * i, centre[1] - d / 2 + 0.15 + 0.3 * j, centre[2] + 0.04)
                mesh.box(at, (0.2, 0.26, random.uniform(0.04, 0.12)), palette.pick(CLOTH + CANOPY, scale=14.0), turn=random.uniform(-0.1, 0.1))
    else:  # small ware: boxes, bottles, toys
        for _ in range(int(14 + 45 * w * d)):
            x, y = centre[0] + random.uniform(-w, w) / 2.2, centre[1] + random.uniform(-d, d) / 2.2
            h = random.uniform(0.05, 0.25)
            colour = palette.pick(CANOPY + PLASTIC, rough=0.4)
            if random.random() < 0.4:
                mesh.tube((x, y, centre[2]), (x, y, centre[2] + h), 0.03, colour, sides=8)
            else:
                mesh.box((x, y, centre[2] + h / 2), (random.uniform(0.05, 0.16), random.uniform(0.05, 0.14), h), colour, turn=random.uniform(0, 3))


KINDS_OF_GOODS = ("fruit", "fruit", "melon", "greens", "clothes", "ware", "fruit")


def crate(mesh: MeshBuilder, palette: Palette, random: Random, centre: Point, size: Point, *, full: bool = True, turn_goods: str = "fruit") -> None:
    """An open crate standing at `centre` (of its bottom), with or without goods."""
    w, d, h = size
    side = palette.pick(PLASTIC if random.random() < 0.6 else WOOD, rough=0.6)
    x, y, z = centre
    mesh.box((x, y, z + 0.01), (w, d, 0.02), side)
    for sx in (-1, 1):
        mesh.box((x + sx * w / 2, y, z + h / 2), (0.02, d, h), side)
        mesh.box((x, y + sx * d / 2, z + h / 2), (w, 0.02, h), side)
    if full:
        heap(mesh, palette, random, (x, y, z + h * 0.7), (w * 0.92, d * 0.92), turn_goods)


def table(mesh: MeshBuilder, palette: Palette, random: Random, *, width: float, depth: float, height: float, at: Point = (0, 0, 0)) -> None:
    """A trestle table, sometimes with a cloth that hangs down in front."""
    top = palette.pick(WOOD) if random.random() < 0.5 else palette.pick(CANOPY, scale=2.0)
    mesh.box((at[0], at[1], at[2] + height), (width, depth, 0.04), top)
    steel = palette.plain((0.35, 0.35, 0.36), metal=0.6, rough=0.4)
    for sx in (-1, 1):
        for sy in (-1, 1):
            foot = (at[0] + sx * width * 0.45, at[1] + sy * depth * 0.42, at[2])
            mesh.tube(foot, (foot[0], foot[1], at[2] + height), 0.018, steel, sides=6)
    if random.random() < 0.5:
        mesh.box((at[0], at[1] - depth / 2 - 0.01, at[2] + height * 0.6), (width, 0.015, height * 0.75), palette.pick(CANOPY + CLOTH, scale=2.0))


def parasol(palette: Palette, random: Random, *, radius: float | None = None) -> MeshBuilder:
    """A planted parasol with its foot: two-coloured ribs or one colour, a hanging rim."""
    mesh = MeshBuilder()
    r = radius or random.uniform(1.05, 1.6)
    h = random.uniform(2.0, 2.4)
    steel = palette.plain((0.6, 0.6, 0.6), metal=0.5, rough=0.4)
    mesh.tube((0, 0, 0), (0, 0, h + 0.4), 0.022, steel)
    mesh.tube((0, 0, 0), (0, 0, 0.12), 0.25, palette.plain((0.25, 0.25, 0.25)))
    cloths = [palette.pick(CANOPY, rough=0.6, scale=2.0) for _ in range(random.choice((1, 1, 2)))]
    mesh.canopy(
        (random.uniform(-0.05, 0.05), 0, h), r, random.uniform(0.3, 0.5), cloths, ribs=random.choice((6, 8, 8, 10)), drop=random.choice((0.05, 0.16, 0.2))
    )
    return mesh


def stall(palette: Palette, random: Random) -> MeshBuilder:
    """A stall without its vendor: a table, a mat or a rack with crates and heaps of goods; front towards -y."""
    mesh = MeshBuilder()
    form = random.choice(("table", "table", "crates", "mat", "steps"))
    width, depth = random.uniform(1.3, 2.6), random.uniform(0.7, 1.1)
    kinds = [random.choice(KINDS_OF_GOODS) for _ in range(3)]
    if form == "table":
        height = random.uniform(0.55, 0.85)
        table(mesh, palette, random, width=width, depth=depth, height=height)
        count = max(2, int(width / 0.5))
        for i in range(count):
            at = (-width / 2 + (i + 0.5) * width / count, random.uniform(-0.05, 0.05), height + 0.02)
            if random.random() < 0.5:
                crate(mesh, palette, random, at, (width / count * 0.9, depth * 0.8, 0.14), turn_goods=random.choice(kinds))
            else:
                heap(mesh, palette, random, at, (width / count * 0.85, depth * 0.8), random.choice(kinds))
        for _ in range(random.randint(0, 3)):
            crate(mesh, palette, random, (random.uniform(-width, width) / 2, -depth / 2 - 0.3, 0), (0.5, 0.35, 0.26), turn_goods=random.choice(kinds))
    elif form == "crates":
        for row in range(2):
            for i in range(int(width / 0.52)):
                at = (-width / 2 + 0.26 + 0.52 * i, row * 0.4 - 0.2, 0.0)
                for level in range(1 + row):
                    crate(mesh, palette, random, (at[0], at[1], 0.28 * level), (0.5, 0.36, 0.26), full=level == row, turn_goods=random.choice(kinds))
    elif form == "mat":
        mesh.box((0, 0, 0.012), (width, depth * 1.3, 0.02), palette.pick(CANOPY + CLOTH, scale=2.0))
        for i in range(3):
            for j in range(2):
                at = (-width / 2 + (i + 0.5) * width / 3, (j - 0.5) * depth * 0.6, 0.03)
                heap(mesh, palette, random, at, (width / 3 * 0.9, depth * 0.55), random.choice(("ware", "clothes", "greens", "fruit")))
    else:
        steel = palette.plain((0.3, 0.3, 0.32), metal=0.5)
        for level in range(3):
            y, z = -0.35 + 0.32 * level, 0.3 + 0.28 * level
            mesh.box((0, y, z), (width, 0.34, 0.03), palette.pick(WOOD), tilt=0.25)
            for i in range(int(width / 0.4)):
                heap(mesh, palette, random, (-width / 2 + 0.2 + 0.4 * i, y, z + 0.03), (0.36, 0.28), random.choice(kinds))
        for sx in (-1, 1):
            mesh.tube((sx * width / 2, 0.35, 0), (sx * width / 2, 0.35, 0.95), 0.02, steel)
            mesh.tube((sx * width / 2, -0.45, 0), (sx * width / 2, -0.45, 0.35), 0.02, steel)
    if random.random() < 0.5:  # a price board or scale
        mesh.box((random.uniform(-0.5, 0.5), -depth / 2, 1.0), (0.3, 0.02, 0.22), palette.plain((0.85, 0.8, 0.2)))
    return mesh


def goods_out(palette: Palette, random: Random, forms: Sequence[str] = ()) -> MeshBuilder:
    """What a shop puts before its line: shelves, crates, racks of clothes, tables and stools, a freezer (`forms`, else drawn); front towards -y."""
    mesh = MeshBuilder()
    forms = forms or random.sample(("shelf", "crates", "rack", "tables", "freezer", "table", "boxes"), k=random.randint(2, 3))
    x = -len(forms) * 0.75
    for form in forms:
        at = (x + 0.75, random.uniform(-0.15, 0.15), 0.0)
        _put_out(mesh, palette, random, form, at)
        x += 1.5
    return mesh


def _put_out(mesh: MeshBuilder, palette: Palette, random: Random, form: str, at: Point) -> None:
    x, y, _ = at
    steel = palette.plain((0.55, 0.55, 0.56), metal=0.5, rough=0.4)
    if form == "shelf":
        for level in range(3):
            mesh.box((x, y, 0.25 + 0.4 * level), (1.2, 0.4, 0.03), steel)
            heap(mesh, palette, random, (x, y, 0.27 + 0.4 * level), (1.15, 0.36), random.choice(("ware", "ware", "fruit")))
        for sx in (-1, 1):
            mesh.box((x + sx * 0.6, y, 0.65), (0.03, 0.4, 1.3), steel)
    elif form == "crates":
        for i in range(2):
            for row in range(2):
                for level in range(1 + row):
                    at_crate = (x - 0.28 + 0.56 * i, y + 0.38 * row - 0.19, 0.28 * level)
                    crate(mesh, palette, random, at_crate, (0.52, 0.36, 0.26), full=level == row, turn_goods=random.choice(KINDS_OF_GOODS))
    elif form == "rack":
        for sx in (-1, 1):
            mesh.tube((x + sx * 0.6, y, 0), (x + sx * 0.6, y, 1.5), 0.02, steel)
        mesh.tube((x - 0.6, y, 1.5), (x + 0.6, y, 1.5), 0.02, steel)
        for i in range(14):
            h = random.uniform(0.6, 1.0)
            mesh.box((x - 0.55 + i * 0.085, y, 1.45 - h / 2), (0.05, 0.4, h), palette.pick(CLOTH + CANOPY, scale=14.0), turn=random.uniform(-0.2, 0.2))
    elif form == "tables":
        colour = palette.pick(PLASTIC, rough=0.5)
        table(mesh, palette, random, width=0.75, depth=0.75, height=0.68, at=at)
        for k in range(4):
            a = math.pi / 4 + k * math.pi / 2
            stool_x, stool_y = x + 0.62 * math.cos(a), y + 0.62 * math.sin(a)
            mesh.tube((stool_x, stool_y, 0), (stool_x, stool_y, 0.42), 0.17, colour, end_radius=0.13)
    elif form == "freezer":
        mesh.box((x, y, 0.42), (1.25, 0.62, 0.8), palette.plain((0.82, 0.83, 0.84), rough=0.3, noise=0.05))
        mesh.box((x, y, 0.84), (1.2, 0.58, 0.03), palette.glass((0.25, 0.30, 0.33)))
        mesh.box((x, y - 0.32, 0.45), (1.1, 0.01, 0.4), palette.pick(CANOPY, scale=1.5))
    elif form == "table":
        table(mesh, palette, random, width=1.3, depth=0.7, height=0.7, at=at)
        heap(mesh, palette, random, (x, y, 0.73), (1.2, 0.6), random.choice(KINDS_OF_GOODS))
    else:
        for _ in range(random.randint(4, 9)):
            size = random.uniform(0.3, 0.5)
            where = (x + random.uniform(-0.5, 0.5), y + random.uniform(-0.2, 0.2), size / 2 + random.choice((0, 0, 0.4)))
            mesh.box(where, (size, size * 0.8, size), palette.plain((0.5, 0.36, 0.2), scale=4.0), turn=random.uniform(-0.3, 0.3))
