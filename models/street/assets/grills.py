"""Open grills: a trough, drum, round or tall grill with coals, skewers and smoke, its cook, tables beside it."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from models.street.assets import fixtures, goods
from models.street.assets.asset import Asset, Draft, Light
from models.street.assets.families import family
from models.street.assets.goods_pieces import puff
from models.street.assets.looks import CANOPY, DARK_STEEL, STEEL, Look, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.shade import plant


def open_grill(random: Random, split: str, *, attended: bool | None = None) -> Asset:
    """A grill in the open with smoke, somebody who fans it, skewers on a side table."""
    draft, mesh = Draft("open_grill"), Mesh()
    name = family("grill", random, split, draft.families)
    length, deep, high = random.uniform(0.9, 1.7), 0.3, random.uniform(0.72, 0.85)
    steel = tinted(random, ((0.30, 0.30, 0.31), (0.12, 0.11, 0.11), (0.22, 0.15, 0.11)), rough=0.5, metal=0.4, noise=0.35)
    if name == "round_grill":
        length = 0.7
        mesh.tube((0, 0, high - 0.22), (0, 0, high), 0.2, steel, end_radius=0.36, sides=16, caps=False)
        for k in range(3):
            a = k * 2.09
            mesh.tube((0.3 * math.cos(a), 0.3 * math.sin(a), 0), (0.18 * math.cos(a), 0.18 * math.sin(a), high - 0.15), 0.016, steel, sides=5)
    elif name == "drum":
        length = 1.0
        mesh.tube((-0.5, 0, high - 0.05), (0.5, 0, high - 0.05), 0.29, steel, sides=16)
        _legs(mesh, 0.42, 0.2, high - 0.15, steel)
    else:
        if name == "tall_grill":
            mesh.box((0, 0, high / 2), (length, deep, high - 0.08), steel)
        for side in (-1, 1):
            mesh.box((0, side * deep / 2, high - 0.09), (length, 0.015, 0.2), steel)
            mesh.box((side * length / 2, 0, high - 0.09), (0.015, deep, 0.2), steel)
        mesh.box((0, 0, high - 0.17), (length, deep, 0.02), steel)
        if name == "trough":
            _legs(mesh, length * 0.44, deep * 0.4, high - 0.15, steel)
    coals = Look((0.55, 0.09, 0.01), rough=0.9, glow=random.uniform(0.5, 2.0), noise=0.9, scale=38.0)
    top = high + 0.24 if name == "drum" else high
    if name == "drum":
        mesh.box((0, 0, top), (0.95, 0.42, 0.02), Look((0.03, 0.03, 0.03)))
    spread = np.random.default_rng(random.randrange(1 << 30)).uniform(-0.5, 0.5, (40, 2)) * (length * 0.92, deep * 0.85)
    mesh.balls(np.column_stack([spread, np.full(40, top - 0.05)]), (0.03, 0.025, 0.02), [coals, Look((0.03, 0.03, 0.03)), Look((0.25, 0.24, 0.23))])
    ware = "squid_sticks" if split == "sealed" else "sausages" if split == "open" else "skewers"
    draft.families.append(f"snacks/{ware}")
    meat = Mesh()
    goods.lay(meat, random, ware, (0, 0, 0), (length * random.uniform(0.4, 0.85), 0.3))
    mesh.merge(meat, (random.uniform(-0.1, 0.1), -0.05, top))
    side = random.choice((-1, 1))
    beside = Mesh()
    fixtures.table(beside, random, family("table", random, split, draft.families), 0.9, 0.55, 0.72)
    for _ in range(random.randint(2, 5)):
        at = (random.uniform(-0.35, 0.35), random.uniform(-0.18, 0.18), 0.74)
        beside.tube(at, (at[0], at[1], at[2] + random.uniform(0.08, 0.24)), 0.05, tinted(random, (*CANOPY, (0.4, 0.4, 0.4)), rough=0.3), sides=8)
    goods.lay(beside, random, ware, (0, 0.05, 0.74), (0.6, 0.3))
    mesh.merge(beside, (side * (length / 2 + 0.7), 0.1, 0), random.uniform(-0.2, 0.2))
    smoky = random.random() < 0.85
    draft.add(mesh, label="open_grill")
    if smoky:
        smoke, grey = Mesh(), random.uniform(0.45, 0.7)
        for i in range(random.randint(1, 3)):
            puff(smoke, random, (random.uniform(-0.3, 0.3) * length + 0.12 * i, 0, top + 0.2 * i), random.uniform(0.5, 1.0), colour=(grey, grey, grey * 1.03))
        draft.add(smoke)  # no box: smoke has no edge
    if random.random() < 0.9 if attended is None else attended:
        draft.add(
            person(random, split, pose=random.choice(("serve", "serve", "bend")), role=random.choice(("cook", "vendor"))),
            (random.uniform(-0.2, 0.2), 0.55, 0),
            random.uniform(-0.2, 0.2),
            label="person",
        )
    for _ in range(random.choice((0, 0, 1, 2))):
        draft.add(
            person(random, split, pose=random.choice(("stand", "phone", "hand_over"))),
            (random.uniform(-0.7, 0.7), -random.uniform(0.8, 1.2), 0),
            math.pi + random.uniform(-0.5, 0.5),
            label="person",
        )
    if random.random() < 0.3:
        plant(draft, random, split, (side * 0.6, 0.5, 0))
    draft.lights.append(Light((0, 0, top + 0.1), 6.0, (1.0, 0.35, 0.08)))
    draft.lights.append(Light((0, 0.3, 1.9), random.uniform(20, 45)))
    return draft.done((length + 2.0, 2.2))


def _legs(mesh: Mesh, x: float, y: float, high: float, look: Look) -> None:
    for sx in (-1, 1):
        for sy in (-1, 1):
            mesh.tube((sx * x, sy * y, 0), (sx * x, sy * y, high), 0.018, look or STEEL, sides=5)
    mesh.tube((-x, 0, 0.25), (x, 0, 0.25), 0.012, DARK_STEEL, sides=5)
