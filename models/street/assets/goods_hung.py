"""Goods that hang or stand up high: on rails, boards, posts and strings."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from models.street.assets.goods_pieces import Size, garment, looks_of, places, prints_of
from models.street.assets.looks import DARK_STEEL, PLASTIC, STEEL, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.wares import Ware


def _hangers(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Garments on a rail that stands on the surface."""
    top = at[2] + ware.size + 0.55
    for side in (-1, 1):
        x = at[0] + side * size[0] / 2
        mesh.tube((x, at[1], at[2]), (x, at[1], top), 0.016, STEEL, sides=6)
        mesh.tube((x, at[1] - 0.25, at[2] + 0.02), (x, at[1] + 0.25, at[2] + 0.02), 0.016, STEEL, sides=6)
    mesh.tube((at[0] - size[0] / 2, at[1], top), (at[0] + size[0] / 2, at[1], top), 0.014, STEEL, sides=6)
    count, x = max(4, int(size[0] / 0.09)), at[0] - size[0] / 2 + 0.06
    for look in looks_of(random, ware, count):
        x += (size[0] - 0.12) / count
        garment(mesh, random, (x, at[1], top - 0.06), ware.size * random.uniform(0.85, 1.15), 0.5, look, turn=math.pi / 2 + random.uniform(-0.35, 0.35))


def _balloons(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """A bunch of balloons over the surface, with their strings."""
    count = random.randint(9, 20)
    centre = (at[0], at[1], at[2] + random.uniform(1.2, 1.6))
    for look in looks_of(random, ware, count):
        place = (centre[0] + random.gauss(0, 0.26), centre[1] + random.gauss(0, 0.26), centre[2] + random.gauss(0, 0.24))
        mesh.ball(place, (ware.size, ware.size, ware.size * 1.2), look, rings=6, sides=9)
        mesh.tube((at[0], at[1], at[2] + 0.1), place, 0.003, DARK_STEEL, sides=3)


def _board(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """A board that leans back, hung full with small flat pieces."""
    w, h = size[0], (0.7 if at[2] > 0.2 else 1.15) * random.uniform(0.95, 1.3)
    ground = tinted(random, ((0.6, 0.6, 0.58), (0.04, 0.04, 0.05), (0.45, 0.31, 0.18), (0.05, 0.1, 0.3)))
    tilt = -0.25
    mesh.box((at[0], at[1] + 0.15, at[2] + h / 2), (w, 0.02, h), ground, tilt=tilt)
    for side in (-1, 1):
        mesh.tube((at[0] + side * w * 0.4, at[1] + 0.55, at[2]), (at[0] + side * w * 0.4, at[1] + 0.2, at[2] + h * 0.9), 0.014, STEEL, sides=5)
    prints, looks = prints_of(random, ware, 4), looks_of(random, ware, 8)
    step = ware.size * 1.25
    nx, nz = max(1, int(w / step)), max(1, int(h / (step * 1.5)))
    for i in range(nx):
        for j in range(nz):
            u, v = (i + 0.5) / nx * w - w / 2, (j + 0.5) / nz * h - h / 2
            place = (at[0] + u, at[1] + 0.135 - v * math.sin(tilt), at[2] + h / 2 + v * math.cos(tilt))
            mesh.panel(place, ware.size, ware.size * 1.5, random.choice(prints) if random.random() < 0.4 else random.choice(looks), tilt=tilt)


def _haws(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """A straw post stuck all round with sticks of glazed fruit."""
    straw, base = tinted(random, ware.second, scale=20.0), at[2] + 0.75
    mesh.tube((at[0], at[1], at[2]), (at[0], at[1], base), 0.02, DARK_STEEL)
    mesh.tube((at[0], at[1], base), (at[0], at[1], base + 0.6), 0.11, straw, end_radius=0.1, sides=12)
    looks, beads = looks_of(random, ware, 3), []
    for _ in range(34):
        a, z = random.uniform(0, 6.28), base + random.uniform(0.05, 0.55)
        for i in range(6):
            d = 0.13 + 0.035 * i
            beads.append((at[0] + d * math.cos(a), at[1] + d * math.sin(a), z + 0.02 * i))
    mesh.balls(beads, (ware.size,) * 3, looks, rings=4, sides=6)


def _poles(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Brooms, mops, umbrellas: long handles in a tub, heads up."""
    for x, y, z in places(random, at, size, (0.4, 0.4), 0.1):
        mesh.tube((x, y, z), (x, y, z + 0.35), 0.14, tinted(random, PLASTIC), end_radius=0.17, sides=12)
        for look in looks_of(random, ware, random.randint(5, 9)):
            lean = (random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2))
            top = (x + lean[0], y + lean[1], z + ware.size * random.uniform(0.85, 1.0))
            mesh.tube((x + lean[0] * 0.3, y + lean[1] * 0.3, z + 0.1), top, 0.011, look, sides=5)
            mesh.tube(
                (top[0], top[1], top[2] - 0.02), (top[0] + lean[0] * 0.3, top[1], top[2] + 0.24), 0.03, tinted(random, ware.second), end_radius=0.11, sides=7
            )


def _strings(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """A rail with what hangs in loops or lengths: necklaces, scarves, belts."""
    top = at[2] + 0.35 + ware.size
    for side in (-1, 1):
        mesh.tube((at[0] + side * size[0] / 2, at[1], at[2]), (at[0] + side * size[0] / 2, at[1], top), 0.012, STEEL, sides=6)
    mesh.tube((at[0] - size[0] / 2, at[1], top), (at[0] + size[0] / 2, at[1], top), 0.012, STEEL, sides=6)
    step = 0.05 if ware.size < 0.4 else 0.13
    for i in range(int(size[0] / step)):
        x, long, look = at[0] - size[0] / 2 + step * (i + 0.5), ware.size * random.uniform(0.7, 1.2), looks_of(random, ware, 1)[0]
        if step < 0.1:
            mesh.limb([(x - 0.02, at[1], top), (x, at[1] - 0.01, top - long), (x + 0.02, at[1], top)], (0.008, 0.012, 0.008), look, sides=5)
        else:
            mesh.sheet([[(x + u, at[1] + 0.02 * math.sin(40 * u + i), top - v * long) for u in (-0.06, 0.0, 0.06)] for v in (0.0, 0.5, 1.0)], look)


FORMS: dict[str, Callable[[Mesh, Random, Ware, Point, Size], None]] = {
    "hangers": _hangers,
    "balloons": _balloons,
    "board": _board,
    "haws": _haws,
    "poles": _poles,
    "strings": _strings,
}
