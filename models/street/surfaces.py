"""The street's floor from its layout: carriageway, markings, bicycle lane, kerbs, pavements, tactile strip, beds, pitches painted on the ground.

Pure: meshes of `assets.mesh` whose surfaces are pictures that `drawn` paints. The long surfaces are laid in pieces of 32 m.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.street import drawn
from models.street.assets.looks import Look, Picture
from models.street.assets.mesh import Mesh
from models.street.layout import HALF_LENGTH, Layout

PIECE = 32.0
PIECES = tuple(k * PIECE for k in range(-4, 5))
PAINT_UP = 0.004
"""How far paint lies over its ground, in metres, so that the two do not fight."""
BONDS = ("tile", "bond", "herringbone", "slabs")


def _ground(kind: str, seed: int, *, colours: tuple[tuple[float, float, float], ...] = (), words: str = "", rough: float = 0.92) -> Picture:
    return Picture(f"ground_{kind}", words=words, colours=colours, seed=seed, rough=rough)


def _paint_asphalt(picture: Picture, _: Random) -> NDArray[np.uint8]:
    (grey, dirt, lanes) = picture.colours[0]
    return drawn.asphalt(np.random.default_rng(picture.seed), grey=grey, lanes=round(lanes), dirt=dirt)


def _paint_paving(picture: Picture, _: Random) -> NDArray[np.uint8]:
    first, second, (dirt, depth, bond) = picture.colours
    metres = (PIECE, depth)
    return drawn.paving(np.random.default_rng(picture.seed), stones=(first, second), bond=BONDS[round(bond)], dirt=dirt, metres=metres)


PAINTERS: dict[str, Callable[[Picture, Random], NDArray[np.uint8]]] = {
    "ground_asphalt": _paint_asphalt,
    "ground_paving": _paint_paving,
    "ground_tactile": lambda picture, _: drawn.tactile(np.random.default_rng(picture.seed), kind=picture.words),
    "ground_soil": lambda picture, _: drawn.soil(np.random.default_rng(picture.seed)),
    "ground_white": lambda picture, _: drawn.markings(np.random.default_rng(picture.seed)),
    "ground_yellow": lambda picture, _: drawn.markings(np.random.default_rng(picture.seed), colour=(206, 164, 58)),
    "ground_red": lambda picture, _: drawn.asphalt(np.random.default_rng(picture.seed), grey=0.16, lanes=1, dirt=0.4),
}


def lay_ground(random: Random, layout: Layout) -> Mesh:
    """The floor of a street, from one end of it to the other and to the far pavement's end."""
    mesh = Mesh()
    seed = random.randrange(1 << 30)
    road = layout.kerb_y - layout.far_kerb_y
    asphalt = _ground("asphalt", seed, colours=((layout.asphalt, layout.dirt, max(1, layout.lanes)),))
    bond = float(BONDS.index(layout.bond))
    stone = _ground("paving", seed + 1, colours=(*layout.stones, (layout.dirt, layout.pavement + 0.6, bond)))
    far_stone = _ground("paving", seed + 2, colours=(layout.stones[1], layout.stones[0], (layout.dirt, layout.far_pavement, bond)))
    for x in PIECES:
        mesh.slab((x, (layout.kerb_y + layout.far_kerb_y) / 2, 0.0), PIECE, road, asphalt)
        mesh.slab((x, layout.kerb_y / 2 + 0.3, layout.kerb), PIECE, layout.pavement + 0.6, stone)
        mesh.slab((x, layout.far_kerb_y - layout.far_pavement / 2, layout.kerb), PIECE, layout.far_pavement, far_stone)
    _kerbs(mesh, random, layout)
    if layout.tactile is not None:
        strip = _ground("tactile", seed + 3, words=random.choice(("bars", "dots")))
        y, width = layout.kerb_y + layout.strip + layout.tactile, random.choice((0.3, 0.4))
        if y < -0.8:
            for x in PIECES:
                mesh.slab((x, y, layout.kerb + PAINT_UP), PIECE, width, strip)
    _lines(mesh, random, layout, seed + 4)
    if layout.strip:
        _bed(mesh, random, layout, seed + 9)
    return mesh


def _kerbs(mesh: Mesh, random: Random, layout: Layout) -> None:
    tone = random.uniform(0.28, 0.45)
    looks = [Look((tone * k, tone * k, tone * k * 0.97), rough=0.95, noise=0.2, scale=5.0) for k in (0.92, 1.0, 1.06)]
    xs = np.arange(-HALF_LENGTH, HALF_LENGTH, 1.0) + 0.5
    for y in (layout.kerb_y - 0.06, layout.far_kerb_y + 0.06):
        mesh.boxes(np.stack([xs, np.full_like(xs, y), np.full_like(xs, layout.kerb / 2)], 1), (0.98, 0.14, layout.kerb + 0.012), looks)


def _line(mesh: Mesh, paint: Picture, x0: float, x1: float, y: float, width: float = 0.14) -> None:
    mesh.slab(((x0 + x1) / 2, y, PAINT_UP), x1 - x0, width, paint)


def _lines(mesh: Mesh, random: Random, layout: Layout, seed: int) -> None:
    white, yellow = _ground("white", seed, rough=0.8), _ground("yellow", seed + 1, rough=0.8)
    if layout.bike_lane:
        if layout.divider == "line":
            for x in PIECES:
                _line(mesh, white, x - PIECE / 2, x + PIECE / 2, layout.bike_y)
        if random.random() < 0.25:
            red = _ground("red", seed + 2)
            for x in PIECES:
                mesh.slab((x, (layout.kerb_y + layout.bike_y) / 2, PAINT_UP / 2), PIECE, layout.bike_lane - 0.3, red)
    if layout.parking:
        length, x = random.uniform(5.4, 6.2), -40.0
        while x < 40:
            mesh.slab((x, (layout.bike_y + layout.parking_y) / 2, PAINT_UP), 0.1, layout.parking, white)
            x += length
        for x in PIECES:
            _line(mesh, white, x - PIECE / 2, x + PIECE / 2, layout.parking_y, 0.1)
    for i in range(1, layout.lanes):
        y = layout.parking_y - i * layout.lane
        middle = layout.lanes > 1 and i == layout.lanes // 2
        if middle and random.random() < 0.7:
            for dy in (-0.12, 0.12):
                for x in PIECES:
                    _line(mesh, yellow, x - PIECE / 2, x + PIECE / 2, y + dy, 0.12)
        else:
            for k in range(-11, 12):
                _line(mesh, white, k * 4.2 - 1.0, k * 4.2 + 1.0, y)
    if random.random() < 0.3:
        zebra(mesh, white, random.uniform(-22, 22), layout)


def zebra(mesh: Mesh, paint: Picture, x: float, layout: Layout) -> None:
    """A crossing: bars along the street over the lanes."""
    y = layout.bike_y - 0.4
    while y > layout.far_kerb_y + 0.4:
        mesh.slab((x, y, PAINT_UP * 1.5), 3.6, 0.45, paint)
        y -= 0.95


def _bed(mesh: Mesh, random: Random, layout: Layout, seed: int) -> None:
    """The planted strip along the kerb, open where people cross."""
    soil = _ground("soil", seed)
    leaves = [Look((0.05 * k, 0.13 * k, 0.03 * k), rough=0.8, noise=0.5, scale=12.0) for k in (0.8, 1.0, 1.35)]
    x = -HALF_LENGTH + random.uniform(0, 6)
    y = layout.kerb_y + 0.12 + layout.strip / 2
    while x < HALF_LENGTH:
        length = random.uniform(6, 16)
        mesh.slab((x + length / 2, y, layout.kerb + PAINT_UP), length, layout.strip - 0.15, soil)
        if random.random() < 0.6:
            count = int(length * 7)
            rng = np.random.default_rng(random.randrange(1 << 30))
            centres = np.stack([rng.uniform(x, x + length, count), y + rng.uniform(-0.35, 0.35, count), np.full(count, layout.kerb + 0.22)], 1)
            mesh.balls(centres, np.stack([rng.uniform(0.14, 0.3, count), rng.uniform(0.14, 0.3, count), rng.uniform(0.14, 0.32, count)], 1), leaves, wobble=0.7)
        x += length + random.uniform(3, 7)


def pitch(random: Random, layout: Layout, half_x: float, half_y: float) -> Mesh:
    """The painted box of a permitted pitch, about the origin; numbered, worn."""
    mesh = Mesh()
    paint = _ground(random.choice(("white", "yellow", "white")), random.randrange(1 << 30), rough=0.8)
    z = 2 * PAINT_UP
    for side in (-1, 1):
        mesh.slab((side * half_x, 0, z), 0.1, 2 * half_y + 0.1, paint)
        mesh.slab((0, side * half_y, z), 2 * half_x + 0.1, 0.1, paint)
    for _ in range(random.randint(2, 5)):
        mesh.slab(
            (-half_x + random.uniform(0.15, 0.6), -half_y + random.uniform(0.12, 0.4), z), random.choice((0.05, 0.25)), random.choice((0.05, 0.22)), paint
        )
    return mesh


def hedge(random: Random, length: float, *, height: float = 0.7, width: float = 0.6) -> Mesh:
    """A clipped hedge along x, centred."""
    mesh = Mesh()
    rng = np.random.default_rng(random.randrange(1 << 30))
    mesh.box((0, 0, 0.1), (length, width + 0.25, 0.2), Look((0.4, 0.39, 0.37), rough=0.95))
    mesh.box((0, 0, height * 0.55), (length, width * 0.8, height * 0.75), Look((0.02, 0.05, 0.015), rough=0.9))
    count = int(length * 42)
    leaves = [Look((0.045 * k, 0.12 * k, 0.03 * k), rough=0.8, noise=0.5, scale=12.0) for k in (0.7, 1.0, 1.4)]
    centres = np.stack([rng.uniform(-length / 2, length / 2, count), rng.uniform(-width / 2, width / 2, count), rng.uniform(0.3, 1.0, count) * height], 1)
    mesh.balls(centres, rng.uniform(0.07, 0.15, (count, 3)), leaves, rings=3, sides=5, wobble=0.8)
    return mesh


def railing(random: Random, length: float) -> Mesh:
    """A traffic railing along x, centred: posts, rails, bars."""
    mesh = Mesh()
    paint = Look(random.choice(((0.7, 0.7, 0.69), (0.35, 0.4, 0.42), (0.1, 0.2, 0.35), (0.55, 0.5, 0.2))), rough=0.5)
    foot = Look((0.3, 0.3, 0.3), rough=0.9)
    for z in (0.25, 0.95):
        mesh.box((0, 0, z), (length, 0.04, 0.06), paint)
    bars = np.arange(-length / 2, length / 2, 0.2)
    mesh.boxes(np.stack([bars, np.zeros_like(bars), np.full_like(bars, 0.6)], 1), (0.025, 0.025, 0.7), [paint])
    posts = np.arange(-length / 2, length / 2 + 0.1, 2.5)
    mesh.boxes(np.stack([posts, np.zeros_like(posts), np.full_like(posts, 0.55)], 1), (0.08, 0.08, 1.1), [paint])
    mesh.boxes(np.stack([posts, np.zeros_like(posts), np.full_like(posts, 0.06)], 1), (0.3, 0.4, 0.12), [foot])
    return mesh


def divide(random: Random, layout: Layout) -> list[tuple[Mesh, tuple[float, float, float]]]:
    """What parts the bicycle lane from the carriageway: pieces of hedge or railing with gaps, and where they stand."""
    if layout.divider not in ("hedge", "railing"):
        return []
    piece = hedge(random, 8.0) if layout.divider == "hedge" else railing(random, 10.0)
    length = 8.0 if layout.divider == "hedge" else 10.0
    places, x = [], -HALF_LENGTH + random.uniform(0, 8)
    while x < HALF_LENGTH:
        places.append((piece, (x, layout.bike_y, 0.0)))
        x += length + (0.0 if random.random() < 0.6 else random.uniform(2.5, 7.0))
    return places


def turned_box(x: float, y: float, half_x: float, half_y: float, turn: float) -> list[tuple[float, float]]:
    """The corners of a rectangle on the ground."""
    c, s = math.cos(turn), math.sin(turn)
    return [(x + c * dx - s * dy, y + s * dx + c * dy) for dx, dy in ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y))]
