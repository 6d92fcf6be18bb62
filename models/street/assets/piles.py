"""Piles of material on the public way: sand, bricks, timber, bags, gravel, pipes, tiles, rubble, cartons and furniture."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from models.street.assets import families, fixtures, goods
from models.street.assets.asset import Asset, Draft
from models.street.assets.looks import STEEL, WOOD, Look, tinted
from models.street.assets.mesh import Mesh

FORMS = ("sand", "bricks", "timber", "bags", "boxes")
"""What the catalogue asks for; each side of the split has families for every one but boxes, which are of no family."""
OF_SPLIT: dict[str, tuple[str, ...]] = {split: families.families("material", split) for split in families.SPLITS}


def material(random: Random, split: str, *, form: str | None = None) -> Asset:
    """A pile of material.

    Args:
        random: what it looks like.
        split: whose families.
        form: boxes, or a family of the side; another's family or None draws one of the side's.
    """
    names = OF_SPLIT[split]
    name = form if form == "boxes" or form in names else random.choice(names)
    draft, mesh = Draft(f"material_{name}"), Mesh()
    if name != "boxes":
        draft.families.append(f"material/{name}")
    width = _BUILDERS[name](mesh, random)
    draft.add(mesh, label="material_pile")
    return draft.done((width + 0.4, width * 0.8 + 0.4))


def _sand(mesh: Mesh, random: Random, colours: tuple[tuple[float, float, float], ...] = ((0.46, 0.36, 0.21), (0.38, 0.29, 0.17), (0.34, 0.32, 0.29))) -> float:
    width = random.uniform(1.4, 3.0)
    look = tinted(random, colours, rough=0.95, noise=0.25, scale=16.0)
    goods.heap(mesh, random, (0, 0, 0), (width, width * random.uniform(0.6, 0.9)), width * random.uniform(0.24, 0.36), look, rough=0.14, steep=1.15)
    for _ in range(random.randint(1, 3)):
        goods.heap(
            mesh, random, (random.uniform(-0.5, 0.5) * width, random.uniform(-0.3, 0.3) * width, 0), (width * 0.5, width * 0.45), width * 0.14, look, rough=0.2
        )
    if random.random() < 0.4:
        mesh.tube((0.2, -0.3, 0.2), (0.7, -0.55, 1.05), 0.018, tinted(random, WOOD), sides=6)
        mesh.box((0.14, -0.27, 0.15), (0.22, 0.03, 0.28), STEEL, tilt=0.5)
    return width


def _bricks(mesh: Mesh, random: Random) -> float:
    reds = [tinted(random, ((0.36, 0.14, 0.08), (0.30, 0.12, 0.08), (0.40, 0.20, 0.12)), 0.2, rough=0.95, noise=0.2) for _ in range(6)]
    if random.random() < 0.25:
        reds = [tinted(random, ((0.40, 0.39, 0.37),), 0.15, rough=0.95) for _ in range(4)]
    long, deep, high = random.randint(4, 8), random.randint(5, 9), random.randint(5, 12)
    places, turns = [], []
    for k in range(high):
        for i in range(long):
            for j in range(deep):
                inside = 0 < i < long - 1 and 0 < j < deep - 1 and k < high - 3
                if not inside and (k <= high - 3 or random.random() < 0.6):
                    places.append(((i + 0.5 - long / 2) * 0.25 + random.uniform(-0.006, 0.006), (j + 0.5 - deep / 2) * 0.125, (k + 0.5) * 0.068))
                    turns.append(random.uniform(-0.04, 0.04))
    for i in range(random.randint(6, 24)):
        places.append((random.uniform(-0.7, 0.7) * long * 0.25, -deep * 0.0625 - random.uniform(0.15, 0.7), 0.034 + 0.001 * i))
        turns.append(random.uniform(0, 3))
    mesh.boxes(places, (0.24, 0.115, 0.062), [random.choice(reds) for _ in places], turns)
    return long * 0.25 + 0.6


def _timber(mesh: Mesh, random: Random) -> float:
    length = random.uniform(1.8, 3.2)
    for _ in range(random.randint(12, 30)):
        look, w, h = tinted(random, WOOD, 0.35, noise=0.4, scale=9.0), random.choice((0.06, 0.1, 0.2)), random.choice((0.04, 0.06))
        z = random.uniform(0.03, 0.45)
        at = (random.uniform(-0.15, 0.15), random.gauss(0, 0.28) * (1 - z), z)
        mesh.box(at, (length * random.uniform(0.7, 1.05), w, h), look, turn=random.gauss(0, 0.09), roll=random.gauss(0, 0.03))
    return length


def _bags(mesh: Mesh, random: Random) -> float:
    """Sacks of cement, flour or fertiliser in layers, on a pallet."""
    look = [tinted(random, ((0.42, 0.40, 0.36), (0.60, 0.59, 0.56), (0.50, 0.42, 0.28), (0.10, 0.30, 0.16)), 0.1, rough=0.9, noise=0.12) for _ in range(2)]
    long, rows, high = random.randint(2, 3), 2, random.randint(2, 6)
    for i in range(5):
        mesh.box((0, (i - 2) * 0.22, 0.1), (long * 0.62, 0.1, 0.03), tinted(random, WOOD))
    for k in range(high):
        for i in range(long):
            for j in range(rows):
                if k == high - 1 and random.random() < 0.35:
                    continue
                at = ((i - (long - 1) / 2) * 0.6 + random.uniform(-0.02, 0.02), (j - 0.5) * 0.46, 0.2 + 0.14 * k)
                mesh.soft_box(at, (0.6, 0.44, 0.16), random.choice(look), turn=random.uniform(-0.06, 0.06) + (math.pi if k % 2 else 0.0))
                mesh.box(
                    (at[0], at[1], at[2] + 0.077), (0.3, 0.2, 0.006), tinted(random, ((0.4, 0.05, 0.04), (0.05, 0.1, 0.35))), turn=random.uniform(-0.06, 0.06)
                )
    return long * 0.62 + 0.2


def _gravel(mesh: Mesh, random: Random) -> float:
    width = _sand(mesh, random, ((0.36, 0.36, 0.36), (0.28, 0.28, 0.29)))
    stones = np.random.default_rng(random.randrange(1 << 30)).normal(0, 0.26, (130, 2)) * width
    places = np.column_stack([stones, np.clip(0.27 * width * (1 - np.hypot(stones[:, 0], stones[:, 1]) / (0.55 * width)), 0.02, None)])
    mesh.balls(
        places, (0.05, 0.045, 0.04), [tinted(random, ((0.36, 0.36, 0.36), (0.25, 0.25, 0.26), (0.45, 0.44, 0.42))) for _ in range(5)], wobble=0.6, seed=3
    )
    return width


def _pipes(mesh: Mesh, random: Random) -> float:
    length, r = random.uniform(2.0, 3.6), random.choice((0.05, 0.08, 0.12, 0.2))
    look = tinted(random, ((0.62, 0.62, 0.60), (0.55, 0.22, 0.04), (0.30, 0.31, 0.32), (0.08, 0.08, 0.08)), rough=0.4)
    count = max(3, int(0.6 / r))
    for layer in range(min(4, count)):
        for i in range(count - layer):
            y, z, x = (i - (count - layer - 1) / 2) * 2.05 * r, r + layer * 1.75 * r, random.uniform(-0.12, 0.12)
            mesh.tube((x - length / 2, y, z), (x + length / 2, y, z), r, look, sides=10, caps=False)
            mesh.tube((x - length / 2 + 0.01, y, z), (x - length / 2 + 0.02, y, z), r * 0.85, Look((0.02, 0.02, 0.02)), sides=10)
            mesh.tube((x + length / 2 - 0.02, y, z), (x + length / 2 - 0.01, y, z), r * 0.85, Look((0.02, 0.02, 0.02)), sides=10)
    return length


def _tiles(mesh: Mesh, random: Random) -> float:
    for i in range(random.randint(2, 4)):
        look = tinted(random, ((0.45, 0.44, 0.42), (0.50, 0.30, 0.22), (0.58, 0.54, 0.46)))
        for level in range(random.randint(5, 13)):
            mesh.box((0.7 * i - 0.9, random.uniform(-0.02, 0.02), 0.15 + 0.055 * level), (0.6, 0.6, 0.045), look, turn=random.uniform(-0.04, 0.04))
        mesh.box((0.7 * i - 0.9, 0, 0.06), (0.62, 0.6, 0.1), tinted(random, WOOD))
    return 2.4


def _rubble(mesh: Mesh, random: Random) -> float:
    width = _sand(mesh, random, ((0.40, 0.36, 0.32), (0.33, 0.30, 0.28)))
    for _ in range(70):
        a, d = random.uniform(0, 6.28), math.sqrt(random.random())
        at = (0.55 * width * d * math.cos(a), 0.42 * width * d * math.sin(a), 0.24 * width * (1 - d))
        size = random.uniform(0.08, 0.32)
        look = tinted(random, ((0.42, 0.40, 0.38), (0.36, 0.15, 0.09), (0.55, 0.53, 0.50), (0.30, 0.20, 0.12)), rough=0.95)
        mesh.box(
            at,
            (size, size * random.uniform(0.3, 0.9), size * random.uniform(0.2, 0.7)),
            look,
            turn=random.uniform(0, 3),
            tilt=random.uniform(-0.8, 0.8),
            roll=random.uniform(-0.8, 0.8),
        )
    return width


def _boxes(mesh: Mesh, random: Random) -> float:
    """Cartons, a cupboard or boards that somebody left."""
    width = random.uniform(1.2, 2.2)
    fixtures.cartons(mesh, random, (0.0, 0.0, 0.0), (width, 0.6), random.randint(7, 16), (0.3, 0.6))
    if random.random() < 0.5:
        mesh.box((width * 0.5, 0.2, 0.6), (0.5, 0.4, 1.2), tinted(random, WOOD), turn=random.uniform(-0.3, 0.3))
    if random.random() < 0.5:
        mesh.box((0, 0.4, 0.7), (width, 0.04, 1.3), tinted(random, WOOD), tilt=0.25)
    return width


_BUILDERS = {
    "sand": _sand,
    "bricks": _bricks,
    "timber": _timber,
    "cement_bags": _bags,
    "gravel": _gravel,
    "pipes": _pipes,
    "tiles": _tiles,
    "rubble": _rubble,
    "boxes": _boxes,
}
