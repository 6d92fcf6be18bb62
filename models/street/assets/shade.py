"""Parasols and tents: what gives shade to a stall, planted with its base on the way."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import lettering
from models.street.assets.asset import Asset, Draft
from models.street.assets.families import family
from models.street.assets.looks import CANOPY, CONCRETE, STEEL, WOOD, Look, Picture, Surface, canvas, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.people import canopy

Spread = tuple[float, float]


def plant(draft: Draft, random: Random, split: str, at: Point = (0.0, 0.0, 0.0), *, radius: float | None = None) -> None:
    """Plants a parasol: its cloth is a part of the class `parasol`, as people box it; its pole and foot are a part without a class."""
    cloth, pole = _parasol(random, split, draft.families, radius)
    draft.add(pole, at)
    draft.add(cloth, at, label="parasol")


def pitch(draft: Draft, random: Random, split: str, at: Point = (0.0, 0.0, 0.0), *, size: Spread | None = None) -> None:
    """Pitches a tent: its roof is a part of the class `parasol`, its poles are not."""
    cloth, poles = _tent(random, split, draft.families, size)
    draft.add(poles, at)
    draft.add(cloth, at, label="parasol")


def _parasol(random: Random, split: str, used: list[str], radius: float | None) -> tuple[Mesh, Mesh]:
    """The cloth and the pole of a parasol; the pole stands at the origin."""
    name = family("parasol", random, split, used)
    mesh, cloths = Mesh(), _cloths(random)
    wide = name in ("square_market", "wide_market")
    r = radius or random.uniform(*{"beach": (0.95, 1.2), "wide_market": (1.6, 2.0), "square_market": (1.3, 1.7)}.get(name, (1.1, 1.55)))
    h = random.uniform(1.95, 2.35)
    pole = tinted(random, WOOD) if name == "wide_market" else STEEL
    mesh.tube((0, 0, 0), (0, 0, h + 0.3), 0.03 if wide else 0.022, pole)
    _foot(mesh, random)
    ribs = {"square_market": 4, "wide_market": 4, "flat_hex": 6, "ribbed": 10, "brand": 8}.get(name, 8)
    rise = r * {"flat_hex": 0.16, "dome": 0.5, "beach": 0.42, "wide_market": 0.36}.get(name, 0.32)
    drop = {"dome": 0.0, "beach": 0.1}.get(name, random.uniform(0.1, 0.2))
    lean = random.uniform(0.0, 0.3) if name == "beach" else random.uniform(-0.05, 0.05)
    top = Mesh()
    faded = tuple(canvas(random, cloth.colour) for cloth in cloths)
    if name == "brand":
        words = Picture("valance", lettering.words(random, split), (cloths[0].colour, (0.70, 0.69, 0.66)), 0, rough=0.8)
        canopy(top, (0, 0, 0), r, rise, faded, ribs=ribs, drop=0.0)
        for i in range(ribs):
            a, b = 2 * math.pi * i / ribs, 2 * math.pi * (i + 1) / ribs
            rim = [(r * math.cos(t), r * math.sin(t), 0.0) for t in (a, b)]
            top.sheet([rim, [(x, y, -0.2) for x, y, _ in rim]], words, smooth=False)
    else:
        canopy(top, (0, 0, 0), r * (1.3 if ribs == 4 else 1.0), rise, faded, ribs=ribs, drop=drop)
    if name == "double_top":
        canopy(top, (0, 0, rise * 0.85), r * 0.42, rise * 0.35, faded[:1], ribs=ribs, drop=0.04)
    for i in range(ribs):
        a = 2 * math.pi * i / ribs
        top.tube((0, 0, rise * 0.45), (r * 0.62 * math.cos(a), r * 0.62 * math.sin(a), rise * 0.42), 0.008, STEEL, sides=4)
    cloth = Mesh()
    cloth.merge(top, (0, 0, h), random.uniform(0, 1.5), tilt=lean)
    return cloth, mesh


def _cloths(random: Random) -> list[Look]:
    first = tinted(random, CANOPY, rough=0.7, scale=2.5, noise=0.16)
    pattern = random.random()
    if pattern < 0.4:
        return [first]
    second = tinted(random, ((0.66, 0.65, 0.62), *CANOPY), rough=0.7, scale=2.5, noise=0.16)
    return [first, second] if pattern < 0.85 else [first, second, tinted(random, CANOPY, rough=0.7, scale=2.5)]


def _foot(mesh: Mesh, random: Random) -> None:
    kind = random.choice(("stone", "block", "water", "cross"))
    if kind == "stone":
        mesh.tube((0, 0, 0), (0, 0, 0.1), 0.26, CONCRETE, sides=14)
    elif kind == "block":
        mesh.box((0, 0, 0.1), (0.42, 0.42, 0.2), CONCRETE, turn=random.uniform(0, 1))
    elif kind == "water":
        mesh.tube((0, 0, 0), (0, 0, 0.26), 0.25, tinted(random, ((0.6, 0.6, 0.6), (0.05, 0.2, 0.45), (0.04, 0.04, 0.04)), rough=0.4), end_radius=0.2, sides=14)
    else:
        for turn in (0.0, math.pi / 2):
            mesh.box((0, 0, 0.03), (0.9, 0.06, 0.05), STEEL, turn=turn)


def _tent(random: Random, split: str, used: list[str], size: Spread | None) -> tuple[Mesh, Mesh]:
    """The roof and the poles of a tent without walls, or with one at its back (+y)."""
    name = family("tent", random, split, used)
    mesh, poles, cloth = Mesh(), Mesh(), tinted(random, CANOPY, rough=0.6, scale=2.0, noise=0.14)
    w, d = size or (random.uniform(2.4, 3.2), random.uniform(2.0, 2.8))
    h = random.uniform(1.95, 2.25)
    surface: Surface = canvas(random, cloth.colour)
    if name == "striped_tent":
        surface = Picture("stripes", "", (cloth.colour, (0.66, 0.65, 0.62)), random.randrange(20), rough=0.8)
    corners = [(sx * w / 2, sy * d / 2) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    for x, y in corners:
        poles.tube((x, y, 0), (x, y, h), 0.025, STEEL, sides=6)
    if name == "tarp":
        rows = [[(w * 0.55 * u, d * 0.55 * -v, h + 0.28 * v - 0.12 * math.cos(2.2 * u)) for u in (-1.0, -0.5, 0.0, 0.5, 1.0)] for v in (-1.0, -0.4, 0.2, 0.8)]
        mesh.sheet([[(x, y, z + random.uniform(-0.05, 0.03)) for x, y, z in row] for row in rows], surface)
        for x, y in corners:
            poles.tube((x, y, h), (x * 1.5, y * 1.5, 0), 0.006, STEEL, sides=3)
        return mesh, poles
    peak = (0.0, 0.0, h + {"gazebo": 0.75, "peaked": 1.25, "striped_tent": 0.6}[name])
    for i, (x, y) in enumerate(corners):
        nx, ny = corners[(i + 1) % 4]
        rows = [[peak, peak, peak]]
        for share in (0.45, 0.8, 1.0):
            up = h + (peak[2] - h) * (1 - share) ** (1.7 if name == "peaked" else 1.0)
            rows.append(
                [(x * share * 1.04, y * share * 1.04, up), ((x + nx) / 2 * share, (y + ny) / 2 * share, up - 0.03), (nx * share * 1.04, ny * share * 1.04, up)]
            )
        mesh.sheet(rows, surface, smooth=False)
        rim: Surface = surface
        if i == 0 and random.random() < 0.6:
            rim = Picture("valance", lettering.words(random, split), (cloth.colour, (0.70, 0.69, 0.66)), 0, rough=0.8)
        mesh.sheet(
            [[(x * 1.04, y * 1.04, h), (nx * 1.04, ny * 1.04, h)], [(x * 1.04, y * 1.04, h - 0.25), (nx * 1.04, ny * 1.04, h - 0.25)]], rim, smooth=False
        )
    if random.random() < 0.35:
        poles.sheet([[(-w / 2, d / 2, h), (w / 2, d / 2, h)], [(-w / 2, d / 2, 0.2), (w / 2, d / 2, 0.2)]], surface, smooth=False)
    return mesh, poles


def parasol(random: Random, split: str) -> Asset:
    """A planted parasol with nobody and nothing under it, or a folding chair."""
    draft = Draft("parasol")
    plant(draft, random, split)
    return draft.done((2.6, 2.6))


def tent(random: Random, split: str) -> Asset:
    """An empty tent."""
    draft = Draft("tent")
    pitch(draft, random, split)
    return draft.done((3.2, 2.8))


def shade_over(draft: Draft, random: Random, split: str, width: float, at: Point, kind: str | None = None) -> None:
    """Gives a stall its shade: a parasol at a point behind it or a tent over it."""
    if kind == "tent":
        pitch(draft, random, split, (0.0, 0.15, 0.0), size=(width + 0.7, random.uniform(1.9, 2.4)))
    else:
        plant(draft, random, split, at)
