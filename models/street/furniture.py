"""What lines a street: trees of four families, lamp posts, poles with wires, traffic signs, bollards, lids, the cabinets nobody looks at.

Pure: meshes and where they stand; lamps of the posts come with them, for the night.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from random import Random

import numpy as np

from models.street.assets import families
from models.street.assets.looks import DARK_STEEL, STEEL, Look, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.layout import HALF_LENGTH, Layout
from models.street.surfaces import divide

GREENS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "plane": ((0.06, 0.14, 0.03), (0.09, 0.18, 0.04), (0.13, 0.19, 0.06)),
    "locust": ((0.04, 0.13, 0.03), (0.07, 0.17, 0.04), (0.05, 0.10, 0.03)),
    "ginkgo": ((0.28, 0.22, 0.03), (0.20, 0.22, 0.04), (0.35, 0.25, 0.03)),
    "willow": ((0.10, 0.17, 0.04), (0.13, 0.21, 0.06), (0.08, 0.14, 0.04)),
}


@dataclass(frozen=True, slots=True)
class Lamp:
    """A street lamp's head: where it shines from, and whether it is one of the tall ones over the lanes."""

    at: Point
    tall: bool


@dataclass(slots=True)
class Furniture:
    """What stands along a street: meshes with place and turn, and the lamps."""

    things: list[tuple[Mesh, Point, float]] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)


def tree(random: Random, family: str) -> Mesh:
    """A street tree of 4 to 8 m: a bent trunk, a few boughs, leaves in clumps."""
    mesh = Mesh()
    rng = np.random.default_rng(random.randrange(1 << 30))
    bark = tinted(random, ((0.16, 0.12, 0.08), (0.22, 0.2, 0.16), (0.10, 0.08, 0.06)), rough=0.95, noise=0.4, scale=14.0)
    fork, crown = random.uniform(2.2, 3.2), random.uniform(1.3, 2.3)
    lean = (random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2))
    top = (lean[0], lean[1], fork)
    girth = random.uniform(0.09, 0.17)
    mesh.limb([(0, 0, 0), (lean[0] * 0.3, lean[1] * 0.5, fork * 0.5), top], [girth * 1.25, girth, girth * 0.85], bark)
    if random.random() < 0.5:
        mesh.tube((0, 0, 0), (lean[0] * 0.2, lean[1] * 0.3, 1.1), girth * 1.32, Look((0.6, 0.59, 0.56), rough=0.9, noise=0.2))
    clumps = []
    for _ in range(random.randint(6, 10)):
        a, up = random.uniform(0, 2 * math.pi), random.uniform(0.7, 2.6)
        reach = crown * random.uniform(0.25, 0.85)
        end = (top[0] + reach * math.cos(a), top[1] + reach * math.sin(a), fork + up)
        mesh.limb([top, ((top[0] + end[0]) / 2, (top[1] + end[1]) / 2, fork + up * 0.35), end], [girth * 0.5, girth * 0.32, girth * 0.12], bark, sides=5)
        clumps.append(end)
    leaf = {"plane": 0.085, "locust": 0.06, "ginkgo": 0.07, "willow": 0.055}[family]
    each = {"plane": 380, "locust": 460, "ginkgo": 420, "willow": 460}[family]
    centres = np.concatenate([np.array(end) + rng.normal(0, (crown * 0.3, crown * 0.3, 0.42), (each, 3)) for end in clumps])
    if family == "willow":
        centres[:, 2] -= np.abs(rng.normal(0, 0.7, len(centres)))
    _leaves(mesh, rng, centres, leaf, [tinted(random, GREENS[family], rough=0.7, noise=0.4, scale=10.0) for _ in range(4)], hanging=family == "willow")
    return mesh


def _leaves(mesh: Mesh, rng: np.random.Generator, centres: np.ndarray, size: float, looks: list[Look], *, hanging: bool) -> None:
    """Turned diamonds, a leaf or a few each."""
    from models.street.assets.shapes import Shape

    count = len(centres)
    u = rng.normal(0, size, (count, 3))
    v = np.cross(u, rng.normal(0, 1, (count, 3)))
    v *= size * rng.uniform(0.8, 1.6, (count, 1)) / (np.linalg.norm(v, axis=1, keepdims=True) + 1e-9)
    if hanging:
        v = v * np.array([0.3, 0.3, 1.0]) - np.array([0, 0, 2.2 * size])
    points = np.stack([centres - 1.25 * u, centres - 0.7 * v, centres + 1.25 * u, centres + 0.7 * v], 1).reshape(-1, 3)
    slots = np.array([mesh.slot(looks[i % len(looks)]) for i in range(count)], np.int32)
    mesh.add(Shape(points, np.arange(4 * count, dtype=np.int32), np.full(count, 4, np.int32)), slots)


def lamp_post(random: Random, *, tall: bool, reach: float) -> tuple[Mesh, Point]:
    """A lamp post whose arm reaches towards -y; also where its lamp hangs, in its frame."""
    mesh, height = Mesh(), random.uniform(7.0, 9.0) if tall else random.uniform(3.2, 4.5)
    paint = tinted(random, ((0.35, 0.36, 0.38), (0.55, 0.56, 0.56), (0.12, 0.14, 0.13)), rough=0.5, metal=0.4)
    mesh.tube((0, 0, 0), (0, 0, height), 0.09, paint, end_radius=0.055)
    mesh.tube((0, 0, 0), (0, 0, 0.5), 0.13, paint)
    if tall:
        mesh.tube((0, 0, height - 0.1), (0, -reach, height + 0.25), 0.04, paint, sides=6)
        mesh.box((0, -reach, height + 0.22), (0.28, 0.7, 0.1), paint)
        if random.random() < 0.4:
            flag = tinted(random, ((0.5, 0.03, 0.03), (0.04, 0.12, 0.4), (0.6, 0.4, 0.05)), rough=0.8)
            for side in (-1, 1):
                mesh.box((side * 0.42, 0, height * 0.6), (0.6, 0.02, 1.5), flag)
        return mesh, (0.0, -reach, height + 0.1)
    mesh.ball((0, 0, height + 0.1), (0.2, 0.2, 0.22), Look((0.8, 0.79, 0.74), rough=0.5))
    return mesh, (0.0, 0.0, height + 0.45)


def pole_with_wires(random: Random, xs: list[float], y: float, floor: float) -> Mesh:
    """Poles along the street with sagging cables between them, a box and coils on some."""
    mesh, height = Mesh(), random.uniform(6.5, 8.0)
    concrete = Look((0.38, 0.37, 0.35), rough=0.95, noise=0.2)
    for x in xs:
        mesh.tube((x, y, floor), (x, y, height + 0.8), 0.14, concrete, end_radius=0.1)
        mesh.box((x, y, height + 0.3), (0.1, 1.4, 0.1), DARK_STEEL)
        if random.random() < 0.5:
            mesh.box((x, y - 0.22, random.uniform(2.2, 4.0)), (0.4, 0.25, 0.55), tinted(random, ((0.4, 0.4, 0.4), (0.3, 0.33, 0.3))))
    for start, end in itertools.pairwise(xs):
        for k in range(random.randint(3, 6)):
            dy, z = random.uniform(-0.6, 0.6), height - random.uniform(0, 1.6)
            sag = random.uniform(0.2, 0.8)
            path = [(start + t * (end - start), y + dy, z - 4 * sag * t * (1 - t)) for t in (0.0, 0.17, 0.33, 0.5, 0.67, 0.83, 1.0)]
            mesh.limb(path, [0.012 + 0.006 * (k == 0)] * len(path), Look((0.02, 0.02, 0.02), rough=0.8), sides=4)
    return mesh


def traffic_sign(random: Random) -> Mesh:
    """A pole with one or two plates that face along the street."""
    mesh = Mesh()
    mesh.tube((0, 0, 0), (0, 0, 2.9), 0.035, STEEL, sides=6)
    z = 2.6
    for _ in range(random.choice((1, 1, 2))):
        paint = Look(random.choice(((0.02, 0.10, 0.42), (0.5, 0.02, 0.02), (0.55, 0.42, 0.02), (0.02, 0.25, 0.12))), rough=0.4)
        if random.random() < 0.6:
            mesh.tube((-0.02, 0, z), (0.02, 0, z), 0.3, paint, sides=16)
            mesh.tube((-0.025, 0, z), (0.025, 0, z), 0.19, Look((0.75, 0.75, 0.73), rough=0.5), sides=16)
        else:
            mesh.box((0, 0, z), (0.04, 0.6, 0.45), paint)
            mesh.box((0, 0, z), (0.05, 0.4, 0.1), Look((0.75, 0.75, 0.73), rough=0.5))
        z -= 0.65
    return mesh


def furnish(random: Random, layout: Layout, split: str) -> Furniture:
    """Everything that stands along the street by itself."""
    out = Furniture()
    inner = layout.kerb_y + (layout.strip / 2 if layout.strip else random.uniform(0.45, 0.8))
    _trees(out, random, layout, split, inner)
    x, every = -HALF_LENGTH + random.uniform(0, 12), random.uniform(18, 28)
    while x < HALF_LENGTH:
        mesh, head = lamp_post(random, tall=True, reach=random.uniform(1.2, 2.2))
        out.things.append((mesh, (x, layout.kerb_y + 0.35, layout.kerb), 0.0))
        out.lamps.append(Lamp((x, layout.kerb_y + 0.35 + head[1], head[2]), tall=True))
        x += every
    if layout.pavement > 5 and random.random() < 0.6:
        for x in np.arange(-30, 31, random.uniform(9, 14)):
            mesh, head = lamp_post(random, tall=False, reach=0)
            out.things.append((mesh, (float(x), inner + 0.4, layout.kerb), 0.0))
            out.lamps.append(Lamp((float(x), inner + 0.4, head[2]), tall=False))
    if random.random() < 0.55:
        first = -44 + random.uniform(0, 8)
        xs = [first + k * random.uniform(17, 19) for k in range(6)]
        y = random.choice((layout.kerb_y + 0.4, layout.far_kerb_y - 0.5))
        out.things.append((pole_with_wires(random, xs, y, layout.kerb), (0.0, 0.0, 0.0), 0.0))
    for _ in range(random.randint(0, 3)):
        at = (random.uniform(-30, 30), layout.kerb_y + 0.3, layout.kerb)
        out.things.append((traffic_sign(random), at, random.choice((0.0, math.pi))))
    for piece, at in divide(random, layout):
        out.things.append((piece, at, 0.0))
    lids = Mesh()
    for _ in range(random.randint(2, 6)):
        lids.disc(
            (random.uniform(-25, 25), random.uniform(layout.far_kerb_y + 0.8, layout.kerb_y - 0.6), 0.003), 0.34, Look((0.09, 0.09, 0.09), rough=0.6, metal=0.4)
        )
        lids.slab((random.uniform(-25, 25), layout.kerb_y - 0.25, 0.003), 0.75, 0.35, Look((0.06, 0.06, 0.06), rough=0.7))
    out.things.append((lids, (0.0, 0.0, 0.0), 0.0))
    return out


def _trees(out: Furniture, random: Random, layout: Layout, split: str, y: float) -> None:
    """A row of trees at the kerb and mostly one across the way; a few meshes stand many times, turned."""
    if not layout.tree_every:
        return
    family = families.draw("tree", random, split)
    kinds = [tree(random, family) for _ in range(3)]
    pit = Mesh()
    pit.slab((0, 0, 0.004), 1.1, 1.1, Look((0.10, 0.075, 0.05), rough=0.95, noise=0.5, scale=14.0))
    for row_y, share in ((y, 0.7), (layout.far_kerb_y - 0.7, 0.5)):
        x = -HALF_LENGTH + random.uniform(0, layout.tree_every)
        while x < HALF_LENGTH:
            if random.random() < share:
                at = (x + random.uniform(-0.3, 0.3), row_y, layout.kerb)
                out.things.append((random.choice(kinds), at, random.uniform(0, 6.28)))
                if not layout.strip:
                    out.things.append((pit, at, 0.0))
            x += layout.tree_every
