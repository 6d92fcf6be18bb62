"""What all ways of laying goods out share: looks of pieces, places on a grid, prints, a garment on its hanger, steam."""

from __future__ import annotations

import math
from random import Random

from models.street.assets.looks import Look, Picture, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.wares import Ware

Size = tuple[float, float]
PRINTS = 6
"""How many different prints the packs of one asset show at most; each is an image of its own."""


def looks_of(random: Random, ware: Ware, count: int = 4) -> list[Look]:
    """Looks of some single pieces."""
    return [tinted(random, ware.colours, 0.18, rough=ware.gloss, noise=0.15, scale=12.0) for _ in range(count)]


def places(random: Random, at: Point, size: Size, step: Size, jitter: float = 0.1, *, most: int = 42) -> list[Point]:
    """Places of a grid over the rectangle, at most about `most`: then the pieces stand wider apart."""
    k = max(1.0, math.sqrt(size[0] * size[1] / (step[0] * step[1] * most)))
    step = (step[0] * k, step[1] * k)
    nx, ny = max(1, round(size[0] / step[0])), max(1, round(size[1] / step[1]))
    return [
        (
            at[0] + size[0] * ((i + 0.5) / nx - 0.5) + random.uniform(-jitter, jitter) * step[0],
            at[1] + size[1] * ((j + 0.5) / ny - 0.5) + random.uniform(-jitter, jitter) * step[1],
            at[2],
        )
        for i in range(nx)
        for j in range(ny)
    ]


def prints_of(random: Random, ware: Ware, count: int = PRINTS) -> list[Picture]:
    """Printed fronts of packs."""
    seeds = random.sample(range(40), count)
    words = ("好", "新款", "福", "NEW", "TOP", "乐", "A+", "星")
    return [
        Picture("pack", random.choice(words), (random.choice(ware.colours), random.choice(((0.66, 0.65, 0.62), (0.03, 0.03, 0.03)))), seed) for seed in seeds
    ]


def garment(mesh: Mesh, random: Random, at: Point, height: float, width: float, cloth: Look | Picture, *, turn: float = 0.0) -> None:
    """A garment on a hanger, its top at `at`: shoulders, sleeves, a body that hangs in folds."""
    c, s = math.cos(turn), math.sin(turn)
    rows = []
    flare = random.uniform(0.9, 1.25)
    for share, half in ((0.0, 0.22), (0.06, 0.5), (0.22, 0.46), (0.6, 0.44 * flare), (1.0, 0.48 * flare)):
        row = []
        for i in range(7):
            u = (i / 3 - 1) * half * width
            fold = 0.025 * math.sin(i * 2.1 + 5 * share) * share + (0.02 if i % 2 else 0.0)
            row.append((at[0] + c * u - s * fold, at[1] + s * u + c * fold, at[2] - share * height))
        rows.append(row)
    mesh.sheet(rows, cloth)
    for side in (-1, 1):
        shoulder = (at[0] + side * c * 0.46 * width, at[1] + side * s * 0.46 * width, at[2] - 0.07 * height)
        end = (at[0] + side * c * 0.6 * width, at[1] + side * s * 0.6 * width, at[2] - random.uniform(0.3, 0.6) * height)
        mesh.tube(shoulder, end, 0.05, cloth, end_radius=0.045, sides=6)


def puff(mesh: Mesh, random: Random, at: Point, size: float, *, colour: tuple[float, float, float] = (0.8, 0.8, 0.8)) -> None:
    """Steam or smoke: two crossing cards that stand on `at`, a little aslant with the wind."""
    lean = random.uniform(-0.3, 0.3)
    for turn in (0.3, 1.9):
        picture = Picture("smoke", "", (colour,), random.randrange(6), clear=True)
        mesh.panel((at[0] + 0.3 * lean * size, at[1], at[2] + size * 0.8), size * 1.1, size * 1.7, picture, turn=turn + lean)
