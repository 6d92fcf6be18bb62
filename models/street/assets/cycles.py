"""Bicycles, scooters, those who ride them, rows of them. Front towards -x, centred."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import chassis
from models.street.assets.asset import Asset, Draft
from models.street.assets.families import family
from models.street.assets.looks import BLACK, DARK_STEEL, PAINT, PLASTIC, STEEL, Colour, Look, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person

FLEET: dict[str, Colour] = {
    "yellow_fleet": (0.80, 0.56, 0.02),
    "blue_fleet": (0.02, 0.30, 0.62),
    "green_fleet": (0.03, 0.42, 0.25),
    "orange_fleet": (0.75, 0.22, 0.02),
}


def bicycle_mesh(random: Random, name: str, frame: Look, *, basket: bool) -> Mesh:
    """A bicycle along x."""
    mesh = Mesh()
    r = 0.24 if name == "folding_bike" else 0.33
    axle = 0.48 if r < 0.3 else 0.53
    for x in (-axle, axle):
        chassis.spoked(mesh, (x, 0, r + 0.01), r)
    crank, seat, head = (0.04, 0.0, 0.3), (0.2, 0.0, 0.8), (-0.37, 0.0, 0.84)
    low = name in ("ladies", "folding_bike") or name.endswith("fleet")
    bars = [(crank, seat), (crank, head), ((axle, 0, r), seat), ((axle, 0, r), crank), ((-axle, 0, r), head)]
    bars.append(((0.12, 0.0, 0.55), (-0.36, 0.0, 0.72)) if low else (seat, head))
    for start, end in bars:
        mesh.tube(start, end, 0.026 if name == "mountain" or low else 0.02, frame, sides=6)
    mesh.tube(head, (-0.34, 0, 1.02), 0.018, DARK_STEEL, sides=6)
    bend = 0.0 if name == "mountain" else 0.12
    for side in (-1, 1):
        mesh.limb([(-0.34, 0, 1.02), (-0.36, side * 0.16, 1.05), (-0.36 + bend, side * 0.28, 1.03)], (0.013, 0.013, 0.018), BLACK, sides=5)
        mesh.box((0.04, side * 0.12, 0.3), (0.09, 0.06, 0.02), BLACK)
    mesh.tube(seat, (0.22, 0, 0.9), 0.014, STEEL, sides=5)
    mesh.soft_box((0.23, 0, 0.93), (0.27, 0.17, 0.07), BLACK)
    for x in (-axle, axle):
        mesh.limb([(x + (r + 0.03) * math.cos(a), 0, r + (r + 0.03) * math.sin(a)) for a in (0.5, 1.2, 1.9, 2.6)], (0.02,) * 4, frame, sides=4)
    if basket:
        look = tinted(random, ((0.1, 0.1, 0.1), (0.3, 0.3, 0.3)))
        mesh.tube((-0.58, 0, 0.8), (-0.58, 0, 1.02), 0.13, look, end_radius=0.19, sides=8, caps=False)
        mesh.disc((-0.58, 0, 0.82), 0.13, look)
    elif random.random() < 0.4:
        mesh.box((0.5, 0, 0.72), (0.36, 0.13, 0.02), STEEL)
    mesh.tube((0.1, 0.05, 0.3), (0.16, 0.22, 0.0), 0.01, STEEL, sides=4)
    return mesh


def scooter_mesh(random: Random, name: str, *, box: Colour | None = None) -> Mesh:
    """An electric scooter along x; with `box` a delivery box of that colour behind."""
    mesh = Mesh()
    paint = tinted(random, (*PAINT, (0.5, 0.05, 0.05), (0.05, 0.2, 0.4), (0.55, 0.45, 0.4)), 0.2, rough=0.3, noise=0.08)
    r = 0.25 if name == "sport" else 0.22
    for x in (-0.6, 0.58):
        chassis.wheel(mesh, (x, 0, r), r, width=0.1)
        mesh.limb([(x + (r + 0.05) * math.cos(a), 0, r + (r + 0.05) * math.sin(a)) for a in (0.5, 1.57, 2.64)], (0.03, 0.06, 0.03), paint, sides=6)
    mesh.soft_box((-0.02, 0, 0.3), (0.7, 0.3, 0.13), paint)
    mesh.soft_box((0.42, 0, 0.52), (0.62, 0.3, 0.36), paint)
    mesh.soft_box((0.36, 0, 0.75), (0.72, 0.28, 0.13), BLACK)
    mesh.soft_box((-0.45, 0, 0.62), (0.13, 0.42 if name != "retro" else 0.5, 0.62), paint)
    mesh.soft_box((-0.46, 0, 0.98), (0.2, 0.3, 0.2), paint)
    mesh.ball((-0.57, 0, 0.96), (0.05, 0.08, 0.08), chassis.LAMP, rings=5, sides=8)
    mesh.tube((-0.6, 0, r), (-0.44, 0, 0.95), 0.03, DARK_STEEL)
    mesh.tube((-0.4, -0.33, 1.04), (-0.4, 0.33, 1.04), 0.018, BLACK, sides=6)
    for side in (-1, 1):
        mesh.tube((-0.42, side * 0.25, 1.05), (-0.45, side * 0.32, 1.22), 0.008, BLACK, sides=4)
        mesh.box((-0.45, side * 0.34, 1.25), (0.02, 0.12, 0.08), BLACK)
    mesh.ball((0.76, 0, 0.6), (0.03, 0.09, 0.05), chassis.TAIL, rings=4, sides=6)
    if box is not None:
        mesh.soft_box((0.66, 0, 1.05), (0.46, 0.46, 0.46), Look(box, rough=0.5, noise=0.1))
        mesh.box((0.66, 0, 1.22), (0.47, 0.47, 0.03), BLACK)
    elif random.random() < 0.35:
        mesh.soft_box((0.68, 0, 0.95), (0.34, 0.36, 0.28), tinted(random, PLASTIC, rough=0.4))
    if random.random() < 0.3 and box is None:  # a wind apron, as in winter
        mesh.sheet(
            [[(-0.52, -0.4, 1.05), (-0.52, 0.4, 1.05)], [(-0.62, -0.4, 0.75), (-0.62, 0.4, 0.75)], [(-0.5, -0.34, 0.35), (-0.5, 0.34, 0.35)]],
            tinted(random, PAINT, rough=0.8),
        )
    return mesh


def _frame(random: Random) -> Look:
    return tinted(random, (*PAINT, (0.45, 0.03, 0.03), (0.03, 0.15, 0.4)), rough=0.35, noise=0.08)


def bicycle(random: Random, split: str) -> Asset:
    """A bicycle, parked."""
    draft = Draft("bicycle")
    draft.add(bicycle_mesh(random, family("bicycle", random, split, draft.families), _frame(random), basket=random.random() < 0.4), label="bicycle")
    return draft.done((1.8, 0.6))


def scooter(random: Random, split: str) -> Asset:
    """An electric scooter, parked."""
    draft = Draft("scooter")
    draft.add(scooter_mesh(random, family("scooter", random, split, draft.families)), label="motorcycle")
    return draft.done((1.8, 0.8))


def cyclist(random: Random, split: str) -> Asset:
    """Somebody who cycles, front towards -x."""
    draft = Draft("cyclist")
    draft.add(bicycle_mesh(random, family("bicycle", random, split, draft.families), _frame(random), basket=random.random() < 0.4), label="bicycle")
    draft.add(person(random, split, pose="ride", seat=0.86), (0.2, 0.0, 0.0), -math.pi / 2, label="person")
    return draft.done((1.8, 0.8))


def scooterist(random: Random, split: str) -> Asset:
    """Somebody on an electric scooter, front towards -x."""
    draft = Draft("scooterist")
    draft.add(scooter_mesh(random, family("scooter", random, split, draft.families)), label="motorcycle")
    role = "rider" if random.random() < 0.4 else None
    draft.add(person(random, split, pose="sit", role=role, seat=0.72), (0.25, 0.0, 0.0), -math.pi / 2, label="person")
    return draft.done((1.8, 0.8))


def bikes_row(random: Random, split: str, *, count: int | None = None) -> Asset:
    """A row of bicycles, shared ones or scooters across the way, a few askew, sometimes one on the ground."""
    draft = Draft("bikes_row")
    number = count or random.randint(5, 11)
    kind = random.choice(("shared", "shared", "bicycles", "scooters", "mixed"))
    fleet = [family("shared_bike", random, split, draft.families) for _ in range(random.choice((1, 1, 2)))]
    step = random.uniform(0.5, 0.72)
    fallen = random.randrange(number) if random.random() < 0.25 else -1
    slant = random.uniform(-0.5, 0.5)
    members = []
    for i in range(number):
        if kind == "shared" or (kind == "mixed" and random.random() < 0.5):
            name = random.choice(fleet)
            mesh, label = bicycle_mesh(random, name, Look(FLEET[name], rough=0.35, noise=0.08), basket=True), "bicycle"
        elif kind == "scooters" or (kind == "mixed" and random.random() < 0.5):
            mesh, label = scooter_mesh(random, family("scooter", random, split, draft.families)), "motorcycle"
        else:
            mesh, label = bicycle_mesh(random, family("bicycle", random, split, draft.families), _frame(random), basket=random.random() < 0.4), "bicycle"
        if i == fallen:
            lying = Mesh()
            lying.merge(mesh, (0, 0, 0.12), tilt=1.35)
            mesh = lying
        at = (step * (i - (number - 1) / 2) + random.uniform(-0.06, 0.06), random.uniform(-0.12, 0.12), 0.0)
        members.append(draft.add(mesh, at, math.pi / 2 + slant + random.gauss(0, 0.1), label=label))
    draft.box("bikes_row", members)
    return draft.done((step * number + 0.6, 1.9))
