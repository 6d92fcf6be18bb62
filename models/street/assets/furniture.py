"""Small things that stand in streets and mean nothing: bollards, boxes of the power company, hydrants, benches, letter and news boxes, stools."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import fixtures, lettering
from models.street.assets.asset import Asset, Draft
from models.street.assets.looks import CANOPY, CONCRETE, DARK_STEEL, PLASTIC, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh


def bollards(random: Random, split: str) -> Asset:
    """A row of bollards of steel, stone or rubber."""
    draft, mesh = Draft("bollards"), Mesh()
    kind, count = random.choice(("steel", "stone", "ball", "orange")), random.randint(2, 5)
    for i in range(count):
        x = 1.3 * (i - (count - 1) / 2)
        if kind == "steel":
            mesh.tube((x, 0, 0), (x, 0, 0.85), 0.055, STEEL, sides=10)
            mesh.tube((x, 0, 0.62), (x, 0, 0.72), 0.058, Look((0.65, 0.45, 0.03)), sides=10)
        elif kind == "stone":
            mesh.tube((x, 0, 0), (x, 0, 0.55), 0.15, CONCRETE, end_radius=0.12, sides=10)
        elif kind == "ball":
            mesh.ball((x, 0, 0.24), (0.24, 0.24, 0.24), CONCRETE, rings=8, sides=14)
        else:
            mesh.tube((x, 0, 0), (x, 0, 0.75), 0.045, Look((0.70, 0.18, 0.02), rough=0.5), sides=8)
            mesh.tube((x, 0, 0.4), (x, 0, 0.5), 0.047, Look((0.68, 0.67, 0.66)), sides=8)
    draft.add(mesh)
    return draft.done((1.3 * count, 0.5))


def electric_box(random: Random, split: str) -> Asset:
    """A cabinet of the power or telephone company, mostly with stickers."""
    draft, mesh = Draft("electric_box"), Mesh()
    w, d, h = random.uniform(0.6, 1.3), 0.45, random.uniform(1.0, 1.5)
    mesh.box((0, 0, 0.08), (w + 0.1, d + 0.1, 0.16), CONCRETE)
    mesh.box((0, 0, 0.16 + h / 2), (w, d, h), tinted(random, ((0.30, 0.33, 0.31), (0.50, 0.50, 0.47), (0.10, 0.22, 0.13)), rough=0.5, noise=0.25))
    mesh.box((0, -d / 2, 0.16 + h / 2), (0.015, 0.012, h * 0.9), DARK_STEEL)
    for _ in range(random.randint(0, 4)):
        ground = random.choice(CANOPY)
        mesh.panel(
            (random.uniform(-0.35, 0.35) * w, -d / 2 - 0.006, 0.4 + random.random() * h * 0.6),
            0.2,
            0.28,
            Picture("poster", lettering.words(random, split), (ground, (0.70, 0.69, 0.66)), random.randrange(24)),
        )
    draft.add(mesh)
    return draft.done((w + 0.3, 0.8))


def hydrant(random: Random, split: str) -> Asset:
    """A hydrant."""
    draft, mesh = Draft("hydrant"), Mesh()
    red = Look((0.45, 0.02, 0.02), rough=0.5)
    mesh.tube((0, 0, 0), (0, 0, 0.62), 0.1, red, sides=12)
    mesh.ball((0, 0, 0.64), (0.12, 0.12, 0.1), red, rings=6, sides=12)
    mesh.tube((-0.2, 0, 0.45), (0.2, 0, 0.45), 0.055, red, sides=8)
    draft.add(mesh)
    return draft.done((0.6, 0.6))


def bench(random: Random, split: str) -> Asset:
    """A bench, empty."""
    draft, mesh = Draft("bench"), Mesh()
    wood, w = tinted(random, WOOD), random.uniform(1.3, 1.9)
    for i in range(4):
        mesh.box((0, -0.18 + 0.12 * i, 0.45), (w, 0.1, 0.035), wood)
        if i < 3:
            mesh.box((0, 0.26, 0.58 + 0.13 * i), (w, 0.03, 0.1), wood)
    for side in (-1, 1):
        mesh.box((side * w * 0.4, 0, 0.22), (0.05, 0.45, 0.44), DARK_STEEL)
    draft.add(mesh, label="bench")
    return draft.done((w + 0.2, 0.8))


def news_box(random: Random, split: str) -> Asset:
    """A kiosk for papers, closed or open: a fixture of the city."""
    draft, mesh = Draft("news_box"), Mesh()
    w, d, h = random.uniform(1.8, 2.6), random.uniform(1.3, 1.7), 2.4
    body = tinted(random, ((0.10, 0.25, 0.16), (0.05, 0.14, 0.32), (0.50, 0.50, 0.48)), rough=0.4)
    mesh.box((0, 0, h / 2), (w, d, h), body)
    mesh.box((0, 0, h + 0.06), (w + 0.5, d + 0.5, 0.12), STEEL)
    mesh.box(
        (0, -d / 2 - 0.005, 1.4), (w * 0.8, 0.02, 0.95), Look((0.35, 0.36, 0.37), rough=0.5) if random.random() < 0.5 else Look((0.06, 0.07, 0.08), rough=0.1)
    )
    mesh.panel(
        (0, -d / 2 - 0.02, 2.12),
        w * 0.9,
        0.3,
        Picture("sign", random.choice(("报刊亭", "便民服务", "NEWS")), (body.colour, (0.70, 0.69, 0.66), body.colour), random.randrange(9)),
    )
    draft.add(mesh)
    return draft.done((w + 0.5, d + 0.5))


def mailbox(random: Random, split: str) -> Asset:
    """A letter box or a parcel locker."""
    draft, mesh = Draft("mailbox"), Mesh()
    if random.random() < 0.4:
        mesh.box((0, 0, 0.65), (0.5, 0.42, 1.3), Look((0.03, 0.22, 0.10), rough=0.5))
        mesh.box((0, -0.22, 1.0), (0.3, 0.02, 0.05), Look((0.01, 0.01, 0.01)))
        draft.add(mesh)
        return draft.done((0.7, 0.7))
    count = random.randint(3, 6)
    colour = tinted(random, ((0.55, 0.40, 0.04), (0.10, 0.25, 0.40), (0.30, 0.31, 0.32), (0.05, 0.30, 0.18)), rough=0.4)
    for i in range(count):
        x = 0.48 * (i - (count - 1) / 2)
        mesh.box((x, 0, 0.98), (0.47, 0.5, 1.95), colour)
        for level in range(6):
            mesh.box((x, -0.255, 0.2 + 0.31 * level), (0.43, 0.012, 0.28), Look((0.45, 0.46, 0.47), rough=0.4))
    draft.add(mesh)
    return draft.done((0.48 * count + 0.2, 0.7))


def stools(random: Random, split: str) -> Asset:
    """A chair or two that somebody left on the pavement."""
    draft, mesh = Draft("stools"), Mesh()
    for i in range(random.randint(1, 3)):
        at = (0.6 * i + random.uniform(-0.1, 0.1), random.uniform(-0.2, 0.2), 0.0)
        if random.random() < 0.5:
            fixtures.stool(mesh, random, at)
        else:
            fixtures.chair(mesh, random, at, random.uniform(0, 2 * math.pi), tinted(random, PLASTIC, rough=0.4))
    draft.add(mesh)
    return draft.done((1.8, 0.9))
