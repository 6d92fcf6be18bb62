"""More ways to lay goods out: what stands in rows, in basins, pots and sacks, or lies on trays."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from models.street.assets.goods_pieces import Size, looks_of, places, prints_of, puff
from models.street.assets.looks import Look, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.wares import Ware


def _pairs(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Pairs of shoes in rows, toes to the front."""
    for x, y, z in places(random, at, size, (0.24, ware.size * 1.15), 0.05):
        look, sole = looks_of(random, ware, 1)[0], tinted(random, ((0.6, 0.6, 0.58), (0.03, 0.03, 0.03)))
        for side in (-0.05, 0.05):
            h = 0.055 * ware.stretch[2]
            mesh.ball((x + side, y - 0.03, z + 0.03), (0.042, ware.size * 0.48, 0.032), look, rings=4, sides=7)
            mesh.ball((x + side, y + 0.06, z + 0.02 + h * 0.7), (0.038, 0.055, h), look, rings=4, sides=7)
            mesh.box((x + side, y, z + 0.008), (0.075, ware.size * 0.95, 0.016), sole)


def _packs(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Boxes with a printed front in rows, the rear ones higher."""
    w, d, h = (ware.size * k for k in ware.stretch)
    prints, looks = prints_of(random, ware), looks_of(random, ware, 8)
    for x, y, z in places(random, at, size, (w * 1.08, d * 1.3), 0.08):
        tall, turn = h * random.uniform(0.75, 1.1), random.uniform(-0.15, 0.15)
        mesh.box((x, y, z + tall / 2), (w, d, tall), random.choice(looks), turn=turn)
        mesh.panel((x, y - d / 2 - 0.004, z + tall / 2), w * 0.94, tall * 0.94, random.choice(prints), turn=turn)


def _dolls(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Sitting plush animals."""
    for x, y, z in places(random, at, size, (ware.size * 2.0, ware.size * 1.8), 0.2):
        r, look = ware.size * random.uniform(0.7, 1.1), looks_of(random, ware, 1)[0]
        mesh.balls(
            [
                (x, y, z + r * 0.8),
                (x, y - r * 0.15, z + r * 1.8),
                (x - r * 0.5, y, z + r * 2.4),
                (x + r * 0.5, y, z + r * 2.4),
                (x - r * 0.6, y - r * 0.5, z + r * 0.3),
                (x + r * 0.6, y - r * 0.5, z + r * 0.3),
            ],
            np.array([(0.75, 0.6, 0.8), (0.6, 0.55, 0.55), (0.2, 0.12, 0.22), (0.2, 0.12, 0.22), (0.25, 0.4, 0.22), (0.25, 0.4, 0.22)]) * r,
            [look],
            rings=5,
            sides=8,
        )


def _blossoms(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Pots or buckets with leaves and flowers."""
    leaf = [tinted(random, ((0.05, 0.16, 0.03), (0.10, 0.24, 0.05)), scale=14.0) for _ in range(2)]
    high = 0.28 if ware.layers > 16 else 0.14
    for x, y, z in places(random, at, size, (0.27, 0.26), 0.1, most=12):
        pot, looks = tinted(random, ware.second), looks_of(random, ware, 1)
        mesh.tube((x, y, z), (x, y, z + high), 0.085, pot, end_radius=0.115, sides=10)
        count = ware.layers
        cloud = np.random.default_rng(random.randrange(1 << 30)).normal(0, 1, (count, 3)) * (0.085, 0.085, 0.05)
        cloud += (x, y, z + high + (0.22 if ware.layers > 16 else 0.1))
        mesh.ball((x, y, z + high + 0.08), (0.12, 0.12, 0.13), leaf[0], rings=5, sides=8, wobble=0.6, seed=random.randrange(9999))
        mesh.balls(cloud, (ware.size,) * 3, [*looks, *looks, leaf[1]], rings=3, sides=5, wobble=0.4, seed=random.randrange(9999))


def _flats(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Flat pieces side by side, each with its print."""
    w, d = ware.size * ware.stretch[0], ware.size * ware.stretch[1]
    prints, looks = prints_of(random, ware), looks_of(random, ware, 8)
    for x, y, z in places(random, at, size, (w * 1.1, d * 1.1), 0.05):
        thick, turn = random.uniform(0.01, 0.04), random.uniform(-0.08, 0.08)
        mesh.box((x, y, z + thick / 2), (w, d, thick), random.choice(looks), turn=turn)
        mesh.slab((x, y, z + thick + 0.003), w * 0.95, d * 0.95, random.choice(prints) if random.random() < 0.6 else random.choice(looks), turn=turn)


def _sticks(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Skewers side by side on a tray."""
    mesh.box((at[0], at[1], at[2] + 0.012), (size[0], size[1], 0.024), tinted(random, ware.second, metal=0.5))
    looks, half = looks_of(random, ware, 3), min(ware.size, size[1]) / 2
    for i in range(int(size[0] / 0.032)):
        x = at[0] - size[0] / 2 + 0.02 + 0.032 * i
        mesh.tube((x, at[1] - half * 0.9, at[2] + 0.04), (x, at[1] + half * 0.45, at[2] + 0.04), 0.013, looks[i % 3], sides=5)
        mesh.tube((x, at[1] + half * 0.4, at[2] + 0.04), (x, at[1] + half, at[2] + 0.04), 0.003, Look((0.55, 0.42, 0.2)), sides=3)


def _steamers(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Towers of bamboo steamers, some open with buns, steam over them."""
    look, band = tinted(random, ware.colours, scale=20.0), tinted(random, ware.colours, 0.4)
    r = ware.size
    for x, y, z in places(random, at, size, (2.15 * r, 2.1 * r), 0.04):
        count = random.randint(2, ware.layers + 1)
        for level in range(count):
            low = z + 0.11 * level
            mesh.tube((x, y, low), (x, y, low + 0.1), r, look, sides=16)
            mesh.tube((x, y, low + 0.085), (x, y, low + 0.105), r * 1.03, band, sides=16)
        top = z + 0.11 * count
        if random.random() < 0.6:
            mesh.balls(
                [(x + 0.5 * r * math.cos(a), y + 0.5 * r * math.sin(a), top + 0.02) for a in np.arange(5) * 1.256],
                (0.06, 0.06, 0.04),
                [Look((0.66, 0.63, 0.56))],
                rings=5,
                sides=8,
            )
            puff(mesh, random, (x, y, top + 0.05), 0.45)


def _basins(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Basins or pots with water or broth and what swims in it."""
    water = Look((0.10, 0.12, 0.12), rough=0.08, noise=0.3)
    for x, y, z in places(random, at, size, (0.48, 0.46), 0.05):
        tub = tinted(random, ware.second, rough=0.4)
        mesh.tube((x, y, z), (x, y, z + 0.16), 0.17, tub, end_radius=0.22, sides=14, caps=False)
        mesh.disc((x, y, z + 0.11), 0.2, water)
        around = [(x + 0.13 * random.uniform(-1, 1), y + 0.13 * random.uniform(-1, 1), z + 0.12) for _ in range(11)]
        mesh.balls(around, np.array(ware.stretch) * ware.size, looks_of(random, ware, 3), rings=4, sides=6)


def _fishes(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Fish side by side on ice, in foam boxes or on a tray with a rim."""
    ice, rim = Look((0.66, 0.70, 0.73), rough=0.25, noise=0.3, scale=30.0), tinted(random, ware.second)
    mesh.box((at[0], at[1], at[2] + 0.03), (size[0], size[1], 0.06), ice)
    for side in (-1, 1):
        mesh.box((at[0] + side * size[0] / 2, at[1], at[2] + 0.06), (0.03, size[1], 0.12), rim)
        mesh.box((at[0], at[1] + side * size[1] / 2, at[2] + 0.06), (size[0], 0.03, 0.12), rim)
    looks = looks_of(random, ware, 4)
    for x, y, z in places(random, at, (size[0] * 0.94, size[1] * 0.9), (0.1, ware.size * 1.15), 0.12):
        look, turn = random.choice(looks), random.uniform(-0.25, 0.25)
        body = Mesh()
        body.ball((0, 0, 0), (0.038, ware.size * 0.42, 0.026), look, rings=5, sides=8)
        body.sheet([[(-0.005, ware.size * 0.36, 0), (0.005, ware.size * 0.36, 0)], [(-0.05, ware.size * 0.52, 0), (0.05, ware.size * 0.52, 0)]], look)
        mesh.merge(body, (x, y, z + 0.085), turn)


def _sacks(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Open sacks with rolled rims, heaped full."""
    r = ware.size
    for x, y, z in places(random, at, size, (2.1 * r, 2.1 * r), 0.06):
        h, cloth = random.uniform(0.3, 0.45), tinted(random, ware.second, scale=25.0)
        mesh.loft([((x, y, z), r * 0.85, r * 0.85), ((x, y, z + h * 0.5), r * 1.02, r * 1.0), ((x, y, z + h), r * 0.92, r * 0.92)], cloth)
        mesh.loft([((x, y, z + h - 0.05), r * 1.05, r * 1.05), ((x, y, z + h + 0.01), r * 0.98, r * 0.98)], cloth)
        mesh.ball((x, y, z + h), (r * 0.88, r * 0.88, 0.1), tinted(random, ware.colours, 0.2, noise=0.4, scale=38.0), rings=6, sides=12)


def _nested(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Basins or pans one in another, and single ones that lean."""
    r = ware.size
    for x, y, z in places(random, at, size, (2.2 * r, 2.15 * r), 0.08):
        for level, look in enumerate(looks_of(random, ware, random.randint(2, ware.layers))):
            low = z + 0.035 * level
            mesh.tube((x, y, low), (x, y, low + 0.12 * ware.stretch[2]), r * 0.72, look, end_radius=r, sides=14, caps=False)
            mesh.disc((x, y, low + 0.02), r * 0.74, look)


def _bottles(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Bottles, cups or cans in rows, with caps and labels."""
    r, h = ware.size, ware.size * 2 * ware.stretch[2]
    looks, cap = looks_of(random, ware, 4), tinted(random, ware.second)
    for x, y, z in places(random, at, size, (2.4 * r, 2.4 * r), 0.08):
        look = random.choice(looks)
        mesh.tube((x, y, z), (x, y, z + h * 0.72), r, look, sides=8)
        mesh.tube((x, y, z + h * 0.72), (x, y, z + h * 0.9), r, look, end_radius=r * 0.45, sides=8)
        mesh.tube((x, y, z + h * 0.9), (x, y, z + h), r * 0.45, cap, sides=6)
        mesh.tube((x, y, z + h * 0.25), (x, y, z + h * 0.55), r * 1.02, cap, sides=8, caps=False)


def _sacklets(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Bags with a handle that stand in rows."""
    w, d, h = ware.size * ware.stretch[0], ware.size * 0.42, ware.size * 0.75 * ware.stretch[2]
    for x, y, z in places(random, at, size, (w * 1.15, d * 1.6), 0.1):
        look, turn = looks_of(random, ware, 1)[0], random.uniform(-0.25, 0.25)
        mesh.soft_box((x, y, z + h / 2), (w, d, h), look, turn=turn)
        mesh.limb(
            [(x - w * 0.25, y, z + h * 0.95), (x - w * 0.15, y, z + h * 1.35), (x + w * 0.15, y, z + h * 1.35), (x + w * 0.25, y, z + h * 0.95)],
            (0.012,) * 4,
            look,
            sides=5,
        )


def _hats(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Hats, crown up."""
    r = ware.size
    for x, y, z in places(random, at, size, (2.3 * r, 2.2 * r), 0.1):
        look = looks_of(random, ware, 1)[0]
        mesh.tube((x, y, z), (x, y, z + 0.012), r, look, sides=14)
        mesh.tube((x, y, z), (x, y, z + r * 0.75), r * 0.62, look, end_radius=r * 0.5, sides=12)


FORMS: dict[str, Callable[[Mesh, Random, Ware, Point, Size], None]] = {
    "pairs": _pairs,
    "packs": _packs,
    "dolls": _dolls,
    "blossoms": _blossoms,
    "flats": _flats,
    "sticks": _sticks,
    "steamers": _steamers,
    "basins": _basins,
    "fishes": _fishes,
    "sacks": _sacks,
    "nested": _nested,
    "bottles": _bottles,
    "sacklets": _sacklets,
    "hats": _hats,
}
