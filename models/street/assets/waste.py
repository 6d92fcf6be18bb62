"""Rubbish and bins: loose and bagged waste, full and overflowing bins, scrap, spills."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from models.street.assets import fixtures, goods
from models.street.assets.asset import Asset, Draft
from models.street.assets.families import family
from models.street.assets.looks import CANOPY, CARDBOARD, CLOTH, DARK_STEEL, PLASTIC, STEEL, WOOD, Colour, Look, Picture, tinted
from models.street.assets.mesh import Mesh, Point

BAGS: tuple[Colour, ...] = (
    (0.015, 0.015, 0.017),
    (0.015, 0.015, 0.017),
    (0.55, 0.54, 0.52),
    (0.05, 0.12, 0.32),
    (0.45, 0.06, 0.05),
    (0.55, 0.45, 0.10),
    (0.10, 0.25, 0.10),
)
MIXTURE: dict[str, tuple[Colour, ...]] = {
    "kitchen_waste": ((0.20, 0.22, 0.06), (0.30, 0.18, 0.08), (0.10, 0.14, 0.04), (0.45, 0.40, 0.28), (0.35, 0.08, 0.04)),
    "packaging": ((0.42, 0.28, 0.15), (0.62, 0.61, 0.58), (0.05, 0.15, 0.40), (0.50, 0.06, 0.05), (0.45, 0.45, 0.42)),
    "leaves_and_paper": ((0.25, 0.16, 0.05), (0.35, 0.24, 0.08), (0.62, 0.60, 0.56), (0.18, 0.14, 0.06)),
    "food_boxes": ((0.66, 0.65, 0.62), (0.60, 0.30, 0.12), (0.50, 0.10, 0.05), (0.30, 0.30, 0.28)),
}


def bag(mesh: Mesh, random: Random, at: Point, size: float, look: Look) -> None:
    """A tied rubbish bag."""
    x, y, z = at
    low = size * random.uniform(0.7, 0.9)
    mesh.ball(
        (x, y, z + low * 0.55),
        (size * random.uniform(0.75, 1.0), size * random.uniform(0.7, 0.95), low * 0.62),
        look,
        rings=8,
        sides=11,
        wobble=0.28,
        seed=random.randrange(9999),
    )
    lean = (random.uniform(-0.06, 0.06), random.uniform(-0.06, 0.06))
    mesh.tube((x, y, z + low), (x + lean[0], y + lean[1], z + low * 1.32), 0.03, look, end_radius=0.075, sides=6)


def bit(mesh: Mesh, random: Random, at: Point, colours: tuple[Colour, ...]) -> None:
    """One piece of loose waste: a box, a bottle, a crumpled bag or paper."""
    look, kind = tinted(random, colours, 0.3), random.random()
    x, y, z = at
    if kind < 0.3:
        mesh.box(
            (x, y, z + 0.05),
            (random.uniform(0.08, 0.3), random.uniform(0.08, 0.25), random.uniform(0.03, 0.15)),
            look,
            turn=random.uniform(0, 3),
            tilt=random.uniform(-0.5, 0.5),
        )
    elif kind < 0.45:
        a = random.uniform(0, 6.28)
        mesh.tube((x, y, z + 0.04), (x + 0.22 * math.cos(a), y + 0.22 * math.sin(a), z + 0.05), 0.035, look, end_radius=0.025, sides=6)
    else:
        r = random.uniform(0.05, 0.15)
        mesh.ball((x, y, z + r * 0.5), (r, r * 0.8, r * 0.6), look, rings=5, sides=7, wobble=0.7, seed=random.randrange(9999))


def _litter(draft: Draft, random: Random, colours: tuple[Colour, ...], y: float, width: float, depth: float) -> None:
    """Small litter on the ground: a part of its own, since it has no edge that a box could follow."""
    ground = Mesh()
    ground.slab((0, y, 0.012), width, depth, Picture("litter", "", colours, random.randrange(12), clear=True))
    draft.add(ground)


def _spread(mesh: Mesh, random: Random, colours: tuple[Colour, ...], width: float, depth: float, height: float, count: int) -> None:
    if height > 0.08:
        goods.heap(mesh, random, (0, 0, 0.01), (width * 0.8, depth * 0.8), height, tinted(random, colours, scale=20.0, noise=0.5), rough=0.6)
    for _ in range(count):
        a, d = random.uniform(0, 6.28), math.sqrt(random.random())
        bit(mesh, random, (0.5 * width * d * math.cos(a), 0.5 * depth * d * math.sin(a), height * max(0.0, 0.8 - d)), colours)


def garbage(random: Random, split: str, *, form: str = "bags") -> Asset:
    """Waste on the way, no bin by it; form: loose | bags."""
    draft, mesh = Draft(f"garbage_{form}"), Mesh()
    colours = MIXTURE[family("garbage", random, split, draft.families)]
    width, depth = random.uniform(0.9, 2.4), random.uniform(0.6, 1.3)
    if form == "loose":
        _spread(mesh, random, colours, width, depth, random.uniform(0.08, 0.4), int(45 + 30 * width * depth))
    else:
        _spread(mesh, random, colours, width, depth, 0.02, random.randint(4, 16))
        shades = [tinted(random, BAGS, 0.25, rough=0.28, noise=0.2, scale=9.0) for _ in range(random.choice((1, 2, 3)))]
        for i in range(random.randint(4, 14)):
            at = (random.gauss(0, width * 0.28), random.gauss(0, depth * 0.24), 0.22 if i > 7 else 0.0)
            bag(mesh, random, at, random.uniform(0.16, 0.33), random.choice(shades))
        for _ in range(random.randint(0, 3)):
            size = random.uniform(0.3, 0.5)
            fixtures.carton(
                mesh, random, (random.gauss(0, width * 0.35), random.gauss(0, depth * 0.3), size * 0.3), (size, size * 0.8, size * 0.6), random.uniform(0, 3)
            )
    draft.add(mesh, label="garbage_pile")
    _litter(draft, random, colours, 0.0, width * 1.5, depth * 1.5)
    return draft.done((width + 0.5, depth + 0.5))


def bin_mesh(random: Random, name: str) -> tuple[Mesh, Point]:
    """A bin with its lid where the full one has it; returns the middle of its rim and its half width as (x, y, z)."""
    mesh = Mesh()
    paint = tinted(random, ((0.04, 0.18, 0.08), (0.16, 0.17, 0.18), (0.04, 0.10, 0.30), (0.40, 0.05, 0.04), (0.45, 0.35, 0.05)), 0.2, rough=0.5, noise=0.2)
    if name == "wheelie":
        mesh.prism([(-0.24, 0.08), (0.22, 0.08), (0.29, 0.98), (-0.29, 0.98)], -0.26, 0.26, paint)
        for side in (-1, 1):
            mesh.tube((side * 0.2, 0.27, 0.09), (side * 0.2, 0.33, 0.09), 0.09, DARK_STEEL, sides=10)
        mesh.box((0, 0, 0.97), (0.62, 0.6, 0.05), Look((0.02, 0.02, 0.02)))
    elif name == "twin_bin":
        for x, colour in ((-0.28, paint), (0.28, tinted(random, ((0.04, 0.10, 0.30), (0.3, 0.3, 0.3))))):
            mesh.box((x, 0, 0.5), (0.46, 0.42, 0.86), colour)
            mesh.box((x, -0.22, 0.78), (0.3, 0.02, 0.14), Look((0.01, 0.01, 0.01)))
        mesh.box((0, 0, 1.0), (1.1, 0.5, 0.05), STEEL)
        mesh.box((0, 0.2, 0.5), (1.05, 0.04, 1.0), STEEL)
    elif name == "dome_bin":
        mesh.tube((0, 0, 0), (0, 0, 0.75), 0.25, paint, end_radius=0.27, sides=14)
        mesh.ball((0, 0, 0.78), (0.28, 0.28, 0.24), STEEL, rings=6, sides=14)
        mesh.box((0, -0.25, 0.86), (0.24, 0.08, 0.12), Look((0.01, 0.01, 0.01)))
    else:
        mesh.tube((0, 0, 0), (0, 0, 0.88), 0.29, paint, sides=14)
        for z in (0.28, 0.58, 0.86):
            mesh.tube((0, 0, z), (0, 0, z + 0.03), 0.3, paint, sides=14)
        mesh.disc((0, 0, 0.88), 0.27, Look((0.02, 0.02, 0.02)))
    return mesh, (0.28, 0.0, 1.02 if name != "open_drum" else 0.86)


def bin_closed(random: Random, split: str) -> Asset:
    """A bin as it should be, or two or three in a row."""
    draft = Draft("bin")
    name = family("bin", random, split, draft.families)
    count = random.choice((1, 1, 2, 3)) if name == "wheelie" else 1
    for i in range(count):
        draft.add(bin_mesh(random, name)[0], (0.7 * (i - (count - 1) / 2), 0.0, 0.0), random.uniform(-0.1, 0.1))
    return draft.done((0.7 * count + 0.4, 0.8))


def bin_overflow(random: Random, split: str) -> Asset:
    """A bin with waste over its rim and bags about its foot."""
    draft, mesh = Draft("bin_overflow"), Mesh()
    name, colours = family("bin", random, split, draft.families), MIXTURE[family("garbage", random, split, draft.families)]
    count = random.choice((1, 1, 2, 3)) if name == "wheelie" else 1
    shades = [tinted(random, BAGS, 0.25, rough=0.28, noise=0.2, scale=9.0) for _ in range(2)]
    for i in range(count):
        one, (half, _, top) = bin_mesh(random, name)
        for _ in range(random.randint(2, 4)):
            bag(one, random, (random.uniform(-half, half) * 0.6, random.uniform(-0.1, 0.1), top - 0.08), random.uniform(0.15, 0.24), random.choice(shades))
        for _ in range(random.randint(4, 9)):
            bit(one, random, (random.uniform(-half, half), random.uniform(-0.22, 0.22), top + random.uniform(-0.02, 0.16)), colours)
        if name == "wheelie":  # the lid stands up
            one.box((0, 0.34, top + 0.24), (0.6, 0.05, 0.56), Look((0.03, 0.04, 0.04)), tilt=-0.35)
        mesh.merge(one, (0.72 * (i - (count - 1) / 2), 0, 0), random.uniform(-0.1, 0.1))
    width = 0.72 * count
    for _ in range(random.randint(2, 8)):
        side = random.choice((-1, 1))
        at = (
            (random.uniform(-0.5, 0.5) * width, -random.uniform(0.4, 0.65), 0.0)
            if random.random() < 0.6
            else (side * (width / 2 + random.uniform(0.1, 0.35)), random.uniform(-0.35, 0.2), 0.0)
        )
        if random.random() < 0.7:
            bag(mesh, random, at, random.uniform(0.15, 0.28), random.choice(shades))
        else:
            size = random.uniform(0.25, 0.45)
            mesh.box((at[0], at[1], size * 0.3), (size, size * 0.7, size * 0.6), CARDBOARD, turn=random.uniform(0, 3))
    for _ in range(random.randint(5, 18)):
        bit(mesh, random, (random.uniform(-0.8, 0.8) * (0.4 + width), random.uniform(-0.9, 0.3), 0.0), colours)
    draft.add(mesh, label="bin_overflow")
    _litter(draft, random, colours, -0.3, width + 1.2, 1.5)
    return draft.done((width + 0.9, 1.5))


def scrap(random: Random, split: str) -> Asset:
    """A scrap dealer's heap: flattened card in bundles, sacks of bottles, metal, old furniture or appliances."""
    draft, mesh = Draft("scrap_pile"), Mesh()
    name = family("scrap", random, split, draft.families)
    width = random.uniform(1.4, 2.4)
    for _ in range(random.randint(10, 20)):
        at = (random.uniform(-0.5, 0.5) * width, random.uniform(-0.5, 0.5), 0.0)
        turn = random.uniform(-0.4, 0.4)
        if name == "bottles_and_card" and random.random() < 0.55:
            for level in range(random.randint(4, 9)):
                mesh.box(
                    (at[0], at[1], 0.04 + 0.055 * level),
                    (0.75, 0.5, 0.045),
                    Look((0.42, 0.28, 0.15), rough=0.95, noise=0.3),
                    turn=turn + random.uniform(-0.08, 0.08),
                )
        elif name == "bottles_and_card":
            mesh.ball(
                (at[0], at[1], 0.38),
                (0.34, 0.32, 0.42),
                tinted(random, ((0.55, 0.56, 0.55), (0.3, 0.42, 0.5), (0.6, 0.6, 0.58))),
                wobble=0.35,
                seed=random.randrange(9999),
            )
            cloud = np.random.default_rng(random.randrange(1 << 30)).normal(0, 0.16, (14, 3)) + np.array((at[0], at[1], 0.75))
            mesh.balls(cloud, (0.04, 0.04, 0.09), [tinted(random, ((0.5, 0.55, 0.56), (0.1, 0.3, 0.12), (0.05, 0.2, 0.4)), rough=0.15) for _ in range(3)])
        elif name == "scrap_metal":
            end = (at[0] + random.uniform(-0.9, 0.9), at[1] + random.uniform(-0.4, 0.4), random.uniform(0.1, 0.8))
            mesh.tube((at[0], at[1], 0.05), end, random.uniform(0.02, 0.05), tinted(random, ((0.22, 0.12, 0.07), (0.35, 0.35, 0.36)), metal=0.4), sides=6)
            mesh.box(
                (at[0], at[1], 0.2),
                (random.uniform(0.3, 0.8), 0.04, random.uniform(0.3, 0.6)),
                tinted(random, ((0.28, 0.15, 0.08), (0.4, 0.4, 0.4)), metal=0.3),
                turn=turn,
                tilt=random.uniform(-0.8, 0.8),
            )
        elif name == "old_furniture":
            if random.random() < 0.5:
                mesh.soft_box((at[0], at[1], 0.4), (random.uniform(0.8, 1.5), 0.7, 0.35), tinted(random, CLOTH), turn=turn, tilt=random.choice((0.0, 0.9)))
            else:
                mesh.box(
                    (at[0], at[1], 0.5),
                    (random.uniform(0.4, 0.9), 0.4, random.uniform(0.7, 1.2)),
                    tinted(random, WOOD),
                    turn=turn,
                    tilt=random.uniform(-0.1, 0.3),
                )
        else:
            h = random.choice((0.85, 1.4, 0.4))
            mesh.box((at[0], at[1], h / 2), (0.6, 0.58, h), tinted(random, ((0.62, 0.62, 0.6), (0.5, 0.48, 0.42)), rough=0.4, noise=0.2), turn=turn)
            mesh.tube((at[0], at[1] - 0.3, h * 0.5), (at[0], at[1] - 0.31, h * 0.5), 0.17, DARK_STEEL, sides=14)
    for _ in range(12):
        bit(mesh, random, (random.uniform(-0.7, 0.7) * width, random.uniform(-0.7, 0.7), 0.0), CANOPY + PLASTIC)
    draft.add(mesh, label="material_pile")
    return draft.done((width + 0.8, 1.6))


def spill(random: Random, split: str) -> Asset:
    """Sand, earth or slurry on the way, flat but for its middle; no class of the detector."""
    draft, mesh = Draft("spill"), Mesh()
    colour = random.choice(((0.40, 0.31, 0.18), (0.22, 0.15, 0.09), (0.05, 0.05, 0.055), (0.45, 0.44, 0.42)))
    size = random.uniform(1.2, 3.5)
    mesh.slab(
        (0, 0, 0.008),
        size,
        size * random.uniform(0.5, 1.0),
        Picture("stain", "", (colour,), random.randrange(16), clear=True, rough=random.choice((0.3, 0.95))),
    )
    if colour[0] > 0.2 and random.random() < 0.6:
        goods.heap(mesh, random, (0, 0, 0.0), (size * 0.35, size * 0.25), random.uniform(0.04, 0.12), Look(colour, rough=0.95, noise=0.3, scale=20.0))
    draft.add(mesh)
    return draft.done((size, size))
