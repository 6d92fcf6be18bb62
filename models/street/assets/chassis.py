"""What rolls: wheels, frames, handlebars, cabs; parts that tricycles, carts, cycles and trucks share."""

from __future__ import annotations

import math
from random import Random

from models.street.assets.looks import BLACK, DARK_STEEL, GAP, PAINT, RUBBER, STEEL, WINDOW, Look, tinted
from models.street.assets.mesh import Mesh, Point

LAMP = Look((0.75, 0.75, 0.70), rough=0.15, glow=0.15, noise=0.05)
TAIL = Look((0.45, 0.01, 0.01), rough=0.2, glow=0.05, noise=0.05)
PLATE = Look((0.04, 0.10, 0.45), rough=0.4, noise=0.05)


def wheel(mesh: Mesh, centre: Point, radius: float, *, width: float = 0.12, rim: Look | None = None) -> None:
    """A wheel with its axle along y."""
    x, y, z = centre
    mesh.tube((x, y - width / 2, z), (x, y + width / 2, z), radius, RUBBER, sides=18)
    mesh.tube((x, y - width / 2 - 0.008, z), (x, y + width / 2 + 0.008, z), radius * 0.62, rim or Look((0.35, 0.35, 0.36), rough=0.35, metal=0.6), sides=12)
    mesh.tube((x, y - width / 2 - 0.012, z), (x, y + width / 2 + 0.012, z), radius * 0.16, DARK_STEEL, sides=8)


def spoked(mesh: Mesh, centre: Point, radius: float) -> None:
    """A wheel with spokes."""
    x, y, z = centre
    mesh.hoop(centre, radius, 0.022, RUBBER)
    mesh.hoop(centre, radius - 0.03, 0.008, STEEL)
    for k in range(6):
        a = k * math.pi / 6
        c, s = (radius - 0.02) * math.cos(a), (radius - 0.02) * math.sin(a)
        mesh.tube((x - c, y, z - s), (x + c, y, z + s), 0.004, STEEL, sides=3, caps=False)


def tricycle_front(mesh: Mesh, random: Random, family: str, x: float, deck: float, paint: Look) -> float:
    """The front of a cargo tricycle from the bed's front edge at x forwards (-x); returns where its saddle is."""
    steel = DARK_STEEL
    if family == "cabin":
        _cab(mesh, (x - 0.62, 0, 0), 1.1, 1.0, 1.65, paint)
        wheel(mesh, (x - 1.05, 0, 0.25), 0.25, width=0.1)
        return x - 0.5
    if family == "pedal":
        spoked(mesh, (x - 0.85, 0, 0.33), 0.32)
        for start, end in (((x, 0, 0.45), (x - 0.62, 0, 0.75)), ((x - 0.1, 0, 0.35), (x - 0.3, 0, 0.85)), ((x - 0.85, 0, 0.33), (x - 0.6, 0, 0.95))):
            mesh.tube(start, end, 0.022, paint, sides=6)
    else:
        wheel(mesh, (x - 0.8, 0, 0.25), 0.25, width=0.1)
        mesh.box((x - 0.3, 0, 0.38), (0.75, 0.45, 0.12), paint)
        mesh.soft_box((x - 0.74, 0, 0.72), (0.2, 0.5, 0.55), paint)
        mesh.tube((x - 0.8, 0, 0.3), (x - 0.68, 0, 0.95), 0.03, steel)
        mesh.box((x - 0.15, 0, 0.55), (0.35, 0.4, 0.3), steel)
        mesh.ball((x - 0.86, 0, 0.85), (0.05, 0.09, 0.09), LAMP)
        for side in (-1, 1):
            mesh.box((x - 0.62, side * 0.42, 1.14), (0.03, 0.14, 0.09), BLACK)
        if random.random() < 0.35:  # a windscreen with a little roof
            mesh.box((x - 0.72, 0, 1.3), (0.02, 0.75, 0.65), WINDOW, roll=0.25)
            mesh.box((x - 0.3, 0, 1.72), (0.95, 0.85, 0.03), paint)
            for side in (-1, 1):
                mesh.tube((x, side * 0.38, deck), (x + 0.1, side * 0.4, 1.72), 0.015, steel, sides=5)
    mesh.tube((x - 0.62, -0.33, 1.0), (x - 0.62, 0.33, 1.0), 0.018, steel, sides=6)
    mesh.soft_box((x - 0.12, 0, 0.76), (0.5, 0.32, 0.12), BLACK)
    return x - 0.12


def _cab(mesh: Mesh, at: Point, long: float, wide: float, high: float, paint: Look) -> None:
    """A small closed cab, its windscreen towards -x."""
    x, y, _ = at
    half, w = long / 2, wide / 2
    profile = [(x - half, 0.3), (x + half, 0.3), (x + half, high), (x - half * 0.45, high), (x - half * 0.95, high * 0.58)]
    mesh.prism(profile, y - w, y + w, paint)
    glass_z = high * 0.77
    mesh.box((x - half * 0.74, y, glass_z), (0.03, wide * 0.86, high * 0.42), WINDOW, roll=0.33)
    for side in (-1, 1):
        mesh.box((x + half * 0.2, y + side * (w + 0.004), glass_z), (long * 0.55, 0.015, high * 0.3), WINDOW)
        mesh.ball((x - half * 0.98, y + side * w * 0.7, high * 0.42), (0.04, 0.09, 0.08), LAMP)
    mesh.box((x - half, y, high * 0.3), (0.04, wide * 0.5, 0.1), BLACK)


def truck_cab(mesh: Mesh, random: Random, front: float, width: float, paint: Look) -> float:
    """The cab of a light truck whose front is at x = front, facing -x; returns the x of its back."""
    back = front + random.uniform(1.35, 1.55)
    w = width / 2
    profile = [(front, 0.42), (back, 0.42), (back, 1.95), (front + 0.42, 1.95), (front + 0.08, 1.2), (front, 0.95)]
    mesh.prism(profile, -w, w, paint)
    mesh.box((front + 0.235, 0, 1.56), (0.04, width * 0.86, 0.76), WINDOW, roll=0.42)
    for side in (-1, 1):
        for x in (front + 0.38, front + 1.3):
            mesh.tube((x, side * (w + 0.002), 0.5), (x, side * (w + 0.002), 1.85), 0.01, GAP, sides=4)
        mesh.box((front + 1.15, side * (w + 0.015), 1.12), (0.16, 0.03, 0.04), GAP)
        mesh.tube((front + 0.65, side * (w - 0.3), 0.36), (front + 0.65, side * (w + 0.004), 0.36), 0.43, GAP, sides=18)
        mesh.box((front + 0.85, side * (w + 0.005), 1.5), (0.75, 0.02, 0.58), WINDOW)
        mesh.box((front + 0.45, side * (w + 0.15), 1.45), (0.06, 0.14, 0.28), BLACK)
        mesh.box((front - 0.01, side * w * 0.72, 0.82), (0.05, 0.34, 0.18), LAMP)
        wheel(mesh, (front + 0.65, side * (w - 0.1), 0.36), 0.36, width=0.2)
    mesh.box((front - 0.02, 0, 0.52), (0.1, width * 0.98, 0.24), Look((0.08, 0.08, 0.085)))
    mesh.box((front - 0.075, 0, 0.56), (0.02, 0.44, 0.14), PLATE)
    for i in range(3):
        mesh.box((front - 0.004, 0, 0.80 + 0.09 * i), (0.02, width * 0.42, 0.05), GAP)
    return back


def paint_of(random: Random) -> Look:
    """The lacquer of a car."""
    return tinted(random, PAINT, 0.15, rough=0.28, noise=0.05, metal=0.1)
