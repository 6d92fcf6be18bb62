"""Lays goods out on a surface: what lies, stands, hangs or is heaped, within a rectangle."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from models.street.assets import families, goods_hung, goods_small
from models.street.assets.goods_pieces import Size, looks_of, places
from models.street.assets.looks import Look, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.wares import GROUPS, WARES, Ware

SHELVED = ("rounds", "mound", "lengths", "bottles", "packs", "stacks", "flats", "hats", "clusters", "bunches", "sticks", "pairs", "sacklets")
"""Forms that fit under the next shelf."""
FILLING = ("rounds", "mound", "lengths", "leaves", "bunches", "clusters", "bottles", "rags", "fishes", "stacks", "slices", "packs")
"""Forms that fill a crate."""
TALL = ("hangers", "board", "poles", "balloons", "haws", "strings")
"""Forms that stand up a metre or so: for the ground or the back of a table."""


def assortment(random: Random, count: int, group: str | None = None) -> list[str]:
    """Kinds of goods that one vendor sells."""
    name = group or random.choices(tuple(GROUPS), (6, 3, 3, 3, 1, 1, 2))[0]
    kinds = random.sample(sorted(set(GROUPS[name])), k=min(count, len(set(GROUPS[name]))))
    return [random.choice(kinds) for _ in range(count)]


def family_of(random: Random, split: str, kinds: str | tuple[str, ...], *, low: bool = False, forms: tuple[str, ...] = ()) -> tuple[str, str]:
    """A kind out of some and a family of it, as (kind, family): one of some forms, or with `low` one that does not stand up high, where the
    side has one."""
    both = [(kind, name) for kind in ((kinds,) if isinstance(kinds, str) else kinds) for name in families.families(kind, split)]
    if low or forms:
        both = [(kind, name) for kind, name in both if (WARES[name].form in forms if forms else WARES[name].form not in TALL)] or both
    return random.choice(both)


def lay(mesh: Mesh, random: Random, family: str, at: Point, size: Size) -> None:
    """Lays goods of a family on a surface: `at` is the middle of the rectangle, on the surface; `size` its metres along x and y."""
    ware = WARES[family]
    FORMS[ware.form](mesh, random, ware, at, size)


def _rounds(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Round pieces: small ones on a heap, large or flat ones in layers."""
    sx, sy, sz = ware.stretch
    looks = looks_of(random, ware, 4)
    r = max(ware.size, math.sqrt(size[0] * size[1] / 700))  # no more than some hundreds of pieces: from a pole nobody counts them
    large = r > 0.07
    up = 0.0 if large or sz < 0.2 else random.uniform(0.06, 0.15)
    if up:
        heap(mesh, random, (at[0], at[1], at[2]), (size[0] * 0.94, size[1] * 0.94), up + r * 0.9, looks[0], rough=0.1)
    for layer in range(ware.layers if large or sz < 0.2 else 1):
        k = 1 - 0.3 * layer
        top = (at[0], at[1], at[2] + r * sz * (1 + 1.5 * layer))
        spots = np.array(places(random, top, (size[0] * k, size[1] * k), (2.1 * r * sx, 2.1 * r * sy), 0.15, most=240))
        if up:
            out = np.maximum(np.abs(spots[:, 0] - at[0]) / size[0], np.abs(spots[:, 1] - at[1]) / size[1]) * 2
            spots[:, 2] += up * np.clip(1 - out, 0, 1) ** 0.75
        mesh.balls(spots, (r * sx, r * sy, r * sz), random.sample(looks, len(looks)), rings=6 if large else 4, sides=10 if large else 6)


def _mound(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Heaped small pieces, one heap for each square of the rectangle, in trays where the family has trays."""
    across = max(1, round(size[0] / 0.36))
    w = size[0] / across
    for i in range(across):
        x = at[0] - size[0] / 2 + (i + 0.5) * w
        if ware.second:
            tray = tinted(random, ware.second)
            for sx in (-1, 1):
                mesh.box((x + sx * w * 0.46, at[1], at[2] + 0.05), (0.015, size[1] * 0.94, 0.1), tray)
                mesh.box((x, at[1] + sx * size[1] * 0.46, at[2] + 0.05), (w * 0.94, 0.015, 0.1), tray)
        heap(mesh, random, (x, at[1], at[2] + 0.03), (w * 0.9, size[1] * 0.9), random.uniform(0.09, 0.16), looks_of(random, ware, 1)[0])
        r, count = max(ware.size, 0.018), 46
        a, d = np.random.default_rng(random.randrange(1 << 30)).random((2, count))
        spread = np.sqrt(d)
        spots = np.stack([x + 0.4 * w * spread * np.cos(6.28 * a), at[1] + 0.4 * size[1] * spread * np.sin(6.28 * a), at[2] + 0.05 + 0.1 * (1 - spread**2)], 1)
        mesh.balls(spots, np.array(ware.stretch) * r, looks_of(random, ware, 4), rings=4, sides=5)


def heap(mesh: Mesh, random: Random, at: Point, size: Size, height: float, look: Look, *, rough: float = 0.25, steep: float = 0.75) -> None:
    """A heap of loose stuff: a bumpy hill that runs out to its foot; `steep` 0.5 is a dome, 1 a cone, more is hollow."""
    n = 13
    noise = np.random.default_rng(random.randrange(1 << 30)).random((n, n))
    v, u = np.mgrid[-1 : 1 : n * 1j, -1 : 1 : n * 1j]
    out = np.maximum(np.abs(u), np.abs(v))  # 0 in the middle, 1 on the rim of the square that is drawn into an ellipse
    k = out / np.maximum(np.sqrt(u * u + v * v), 1e-9)
    up = height * (1.0 - out) ** steep * (1 - rough + 2 * rough * noise)
    mesh.sheet(np.stack([at[0] + size[0] * 0.55 * u * k, at[1] - size[1] * 0.55 * v * k, at[2] + up], -1), look)


def _lengths(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Long pieces side by side, one layer crossing the other a little."""
    looks, r = looks_of(random, ware, 3), ware.size * 0.1
    count = min(40, max(3, int(size[0] / (2.3 * r))))
    rows = max(1, int(size[1] / (ware.size * 1.05)))
    for layer in range(min(2, ware.layers)):
        for row in range(rows):
            y = at[1] - size[1] / 2 + (row + 0.5) * size[1] / rows
            for i in range(count):
                x, half, slant = at[0] - size[0] / 2 + (i + 0.5) * size[0] / count, ware.size * random.uniform(0.42, 0.5), random.uniform(-0.3, 0.3) * r * 4
                z = at[2] + r + 1.7 * r * layer
                mesh.tube((x - slant, y - half, z), (x + slant, y + half, z), r, looks[i % 3], end_radius=r * 0.55, sides=5)


def _leaves(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Bunches of leaves with pale stalks towards the front."""
    stalk = tinted(random, ware.second)
    for x, y, z in places(random, at, size, (0.16, 0.2), 0.25):
        looks = looks_of(random, ware, 3)
        mesh.tube((x, y - 0.1, z + 0.03), (x, y + 0.02, z + 0.05), 0.03, stalk, end_radius=0.045, sides=6)
        for _ in range(5):
            a, up = random.uniform(-0.9, 0.9), random.uniform(0.02, 0.12)
            tip = (x + 0.13 * math.sin(a), y + 0.13 * math.cos(a), z + 0.05 + up)
            side = (0.045 * math.cos(a), -0.045 * math.sin(a), 0.0)
            rows = [[tuple(np.add((x, y, z + 0.05), np.multiply(side, 0.4 * s))) for s in (-1, 1)], [tuple(np.add(tip, np.multiply(side, s))) for s in (-1, 1)]]
            mesh.sheet(rows, random.choice(looks))
        mesh.ball((x, y + 0.05, z + 0.06), (0.07, 0.08, 0.05), looks[0], rings=4, sides=7, wobble=0.5, seed=random.randrange(9999))


def _bunches(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Bananas: curved fingers from a common stalk."""
    for x, y, z in places(random, at, size, (0.22, 0.22), 0.2):
        look, turn = looks_of(random, ware, 1)[0], random.uniform(0, 6.28)
        for i in range(5):
            a = turn + (i - 2) * 0.22
            mesh.limb(
                [(x + math.cos(a) * d, y + math.sin(a) * d, z + up) for d, up in ((0.0, 0.13), (0.07, 0.11), (0.13, 0.06), (0.16, 0.02))],
                (0.012, 0.02, 0.02, 0.01),
                look,
                sides=5,
            )


def _clusters(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Grapes: clusters of berries."""
    for x, y, z in places(random, at, size, (0.17, 0.2), 0.2):
        around = np.random.default_rng(random.randrange(1 << 30)).normal(0, 1, (20, 3)) * (0.04, 0.055, 0.022)
        mesh.balls(around + np.array((x, y, z + 0.05)), (ware.size,) * 3, looks_of(random, ware, 1), rings=3, sides=6)


def _slices(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Cut melons: red faces with a green rind."""
    rind = tinted(random, ware.second)
    for x, y, z in places(random, at, size, (0.3, 0.26), 0.15):
        r = ware.size
        mesh.ball((x, y, z + r * 0.55), (r, r, r * 0.8), rind, rings=6, sides=10)
        mesh.tube((x, y - 0.02, z + r * 0.75), (x, y - 0.06, z + r * 0.95), r * 0.86, looks_of(random, ware, 1)[0], sides=14)


def _stacks(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Folded or flat pieces one on another."""
    w, d = ware.size * ware.stretch[0], ware.size * ware.stretch[1]
    for x, y, z in places(random, at, size, (w * 1.08, d * 1.05), 0.05):
        count = random.randint(2, ware.layers + 1)
        h = 0.035 * ware.stretch[2]
        for level, look in enumerate(looks_of(random, ware, count)):
            shape = mesh.soft_box if ware.stretch[2] == 1.0 else mesh.box
            shape((x, y, z + h * (level + 0.5)), (w, d, h * 1.1), look, turn=random.uniform(-0.08, 0.08))


def _rags(mesh: Mesh, random: Random, ware: Ware, at: Point, size: Size) -> None:
    """Clothes thrown on a heap."""
    looks = looks_of(random, ware, 9)
    heap(mesh, random, at, size, 0.16, looks[0])
    count = int(10 + 30 * size[0] * size[1])
    for _ in range(count):
        a, d = random.uniform(0, 6.28), math.sqrt(random.random()) * 0.85
        x, y = at[0] + math.cos(a) * d * size[0] / 2, at[1] + math.sin(a) * d * size[1] / 2
        radii = (random.uniform(0.08, 0.16), random.uniform(0.06, 0.12), random.uniform(0.025, 0.05))
        mesh.ball((x, y, at[2] + 0.03 + 0.15 * (1 - d)), radii, random.choice(looks), rings=5, sides=7, wobble=0.6, seed=random.randrange(9999))


FORMS: dict[str, Callable[[Mesh, Random, Ware, Point, Size], None]] = {
    "rounds": _rounds, "mound": _mound, "lengths": _lengths, "leaves": _leaves, "bunches": _bunches, "clusters": _clusters, "slices": _slices,
    "stacks": _stacks, "rags": _rags, **goods_small.FORMS, **goods_hung.FORMS,
}  # fmt: skip
"""By the name of the form in `wares`."""
