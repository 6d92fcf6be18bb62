"""Vehicles: cars and vans from a side view drawn out in width, bicycles and scooters from tubes."""

from __future__ import annotations

import math
from random import Random

from models.street.materials import PAINT, Palette
from models.street.mesh import MeshBuilder, Point


def wheel(mesh: MeshBuilder, palette: Palette, centre: Point, radius: float, *, width: float = 0.12) -> None:
    """A wheel with its axle along y."""
    x, y, z = centre
    tyre, rim = palette.plain((0.02, 0.02, 0.02), rough=0.9), palette.plain((0.45, 0.45, 0.46), metal=0.7, rough=0.35)
    mesh.tube((x, y - width / 2, z), (x, y + width / 2, z), radius, tyre, sides=18)
    mesh.tube((x, y - width / 2 - 0.01, z), (x, y + width / 2 + 0.01, z), radius * 0.6, rim, sides=14)


def car(palette: Palette, random: Random) -> MeshBuilder:
    """A saloon or hatchback of 3.9 to 4.7 m; front towards -x, centred."""
    mesh = MeshBuilder()
    paint, glass = palette.pick(PAINT, rough=0.25, noise=0.06, metal=0.2), palette.glass()
    length, width, saloon = random.uniform(3.9, 4.7), random.uniform(1.68, 1.85), random.random() < 0.5
    s = length / 4.4
    body = [(-2.2, 0.32), (2.2, 0.32), (2.22, 0.75), (2.1, 0.92), (1.35 if saloon else 1.9, 0.98), (-1.15, 0.93), (-2.05, 0.8), (-2.22, 0.6)]
    mesh.prism([(x * s, z) for x, z in body], -width / 2, width / 2, paint)
    rear = 1.75 if not saloon else 1.3
    cabin = [(-1.1, 0.93), (rear, 0.95), (rear - 0.45, 1.42), (-0.35, 1.42)]
    mesh.prism([(x * s, z) for x, z in cabin], -width / 2 + 0.08, width / 2 - 0.08, glass)
    roof = [(-0.42, 1.40), (rear - 0.42, 1.40), (rear - 0.5, 1.47), (-0.30, 1.47)]
    mesh.prism([(x * s, z) for x, z in roof], -width / 2 + 0.06, width / 2 - 0.06, paint)
    for x in (-0.02, rear - 0.42):
        for sy in (-1, 1):
            mesh.box((x * s + 0.15, sy * (width / 2 - 0.07), 1.18), (0.07, 0.03, 0.5), paint)
    _fittings(mesh, palette, s * 2.2, width, low=0.62)
    for x in (-1.35 * s, 1.3 * s):
        for sy in (-1, 1):
            wheel(mesh, palette, (x, sy * (width / 2 - 0.06), 0.31), 0.31, width=0.2)
    return mesh


def van(palette: Palette, random: Random, *, open_doors: bool = False) -> MeshBuilder:
    """A delivery van of 4.8 m; front towards -x. With `open_doors` its rear doors stand open and boxes show."""
    mesh = MeshBuilder()
    paint, glass = palette.pick(PAINT[:3], rough=0.3, noise=0.08), palette.glass()
    width = 1.8
    body = [(-2.4, 0.35), (2.4, 0.35), (2.4, 1.95), (2.3, 2.02), (-1.2, 2.02), (-1.75, 1.25), (-2.35, 1.05), (-2.42, 0.7)]
    mesh.prism(body, -width / 2, width / 2, paint)
    mesh.prism([(-1.72, 1.26), (-1.68, 1.26), (-1.22, 1.92), (-1.26, 1.92)], -width / 2 + 0.1, width / 2 - 0.1, glass)
    for sy in (-1, 1):
        mesh.prism([(-1.55, 1.25), (-0.7, 1.25), (-0.7, 1.8), (-1.2, 1.8)], sy * width / 2 - 0.015, sy * width / 2 + 0.015, glass)
        mesh.box((-0.6, sy * width / 2, 1.1), (0.02, 0.03, 1.4), palette.plain((0.1, 0.1, 0.1)))
    _fittings(mesh, palette, 2.4, width, low=0.7)
    for x in (-1.5, 1.5):
        for sy in (-1, 1):
            wheel(mesh, palette, (x, sy * (width / 2 - 0.06), 0.33), 0.33, width=0.2)
    if open_doors:
        mesh.box((2.41, 0, 1.15), (0.02, width - 0.2, 1.4), palette.plain((0.03, 0.03, 0.03)))
        for sy in (-1, 1):
            mesh.box((2.75, sy * (width / 2 + 0.12), 1.2), (0.75, 0.05, 1.5), paint, turn=sy * 0.35)
        carton = palette.plain((0.5, 0.36, 0.2), scale=4.0)
        for i in range(4):
            mesh.box((2.35, -0.6 + 0.4 * i, 0.75 + 0.1 * (i % 2)), (0.3, 0.36, 0.5), carton)
    return mesh


def _fittings(mesh: MeshBuilder, palette: Palette, half: float, width: float, *, low: float) -> None:
    lamp, red = palette.plain((0.85, 0.85, 0.8), rough=0.1, glow=0.3), palette.plain((0.6, 0.02, 0.02), rough=0.2, glow=0.2)
    for sy in (-1, 1):
        mesh.box((-half + 0.02, sy * width * 0.36, low + 0.06), (0.1, 0.32, 0.13), lamp)
        mesh.box((half - 0.02, sy * width * 0.4, low + 0.15), (0.06, 0.22, 0.16), red)
    plate = palette.plain((0.05, 0.12, 0.5), rough=0.4)
    for sx in (-1, 1):
        mesh.box((sx * half, 0, low - 0.15), (0.04, 0.44, 0.14), plate)


def bicycle(palette: Palette, random: Random, *, shared: bool = False) -> MeshBuilder:
    """A bicycle along x; `shared` ones come in the bright colours of a hire firm."""
    mesh = MeshBuilder()
    frame = palette.pick(((0.85, 0.65, 0.02), (0.05, 0.35, 0.65), (0.03, 0.45, 0.35)) if shared else PAINT, rough=0.35)
    black = palette.plain((0.03, 0.03, 0.03))
    for x in (-0.52, 0.52):
        mesh.hoop((x, 0, 0.33), 0.31, 0.022, black)
        for k in range(5):
            a = k * math.pi / 5
            mesh.tube((x - 0.3 * math.cos(a), 0, 0.33 - 0.3 * math.sin(a)), (x + 0.3 * math.cos(a), 0, 0.33 + 0.3 * math.sin(a)), 0.004, frame, sides=4)
    crank, seat, head = (0.05, 0, 0.32), (0.18, 0, 0.82), (-0.38, 0, 0.85)
    bars = ((crank, seat), (crank, head), (seat, head), ((0.52, 0, 0.33), seat), ((0.52, 0, 0.33), crank), ((-0.52, 0, 0.33), head))
    for start, end in bars:
        mesh.tube(start, end, 0.02, frame, sides=6)
    mesh.tube(head, (-0.36, 0, 1.02), 0.018, black, sides=6)
    mesh.tube((-0.36, -0.28, 1.02), (-0.36, 0.28, 1.02), 0.015, black, sides=6)
    mesh.box((0.2, 0, 0.88), (0.26, 0.15, 0.06), black)
    if shared or random.random() < 0.4:
        mesh.box((-0.55, 0, 0.9), (0.28, 0.34, 0.22), palette.plain((0.2, 0.2, 0.2)))
    return mesh
