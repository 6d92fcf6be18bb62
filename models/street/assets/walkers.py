"""People who only pass or stand about: pedestrians, groups, somebody with a pram or a suitcase."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import chassis
from models.street.assets.asset import Asset, Draft
from models.street.assets.looks import CANOPY, CLOTH, DARK_STEEL, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person


def pedestrian(
    random: Random, split: str, *, pose: str = "walk", phase: float | None = None, umbrella: bool = False, carries: str | None = None, role: str | None = None
) -> Asset:
    """One person, facing -y."""
    draft = Draft("pedestrian")
    step = random.random()
    draft.add(person(random, split, pose=pose, phase=step if phase is None else phase, umbrella=umbrella, carries=carries, role=role), label="person")
    return draft.done((0.7, 0.8))


def group(random: Random, split: str) -> Asset:
    """Two to four people who stand and talk or look at something."""
    draft = Draft("group")
    count = random.randint(2, 4)
    for i in range(count):
        a = 2 * math.pi * i / count + random.uniform(-0.3, 0.3)
        at = (0.55 * math.sin(a), 0.55 * math.cos(a), 0.0)
        draft.add(person(random, split, pose=random.choice(("stand", "stand", "phone"))), at, -a + random.uniform(-0.4, 0.4), label="person")
    return draft.done((1.8, 1.8))


def pram(random: Random, split: str) -> Asset:
    """Somebody who pushes a pram or a wheelchair, walking towards -y."""
    draft, mesh = Draft("pram"), Mesh()
    cloth = tinted(random, CANOPY + CLOTH, scale=10.0)
    for x in (-0.24, 0.24):
        for y in (-0.3, 0.3):
            axle = Mesh()
            chassis.wheel(axle, (0, 0, 0), 0.13, width=0.05)
            mesh.merge(axle, (x, y, 0.13), math.pi / 2)
        mesh.tube((x, -0.3, 0.15), (x * 0.9, 0.45, 1.0), 0.014, DARK_STEEL, sides=5)
    mesh.soft_box((0, -0.05, 0.5), (0.4, 0.7, 0.25), cloth)
    mesh.ball((0, 0.12, 0.72), (0.24, 0.3, 0.28), cloth, rings=6, sides=10)
    mesh.tube((-0.22, 0.45, 1.0), (0.22, 0.45, 1.0), 0.016, DARK_STEEL, sides=5)
    draft.add(mesh, (0, -0.75, 0))
    draft.add(person(random, split, pose="push", phase=random.random()), label="person")
    return draft.done((0.8, 2.0))


def folding_seat(random: Random, split: str) -> Asset:
    """Somebody, mostly old, on a folding stool: sits, sells nothing."""
    draft, mesh = Draft("folding_seat"), Mesh()
    cloth = tinted(random, CLOTH)
    mesh.box((0, 0, 0.36), (0.34, 0.3, 0.02), cloth)
    for side in (-1, 1):
        mesh.tube((-0.15, side * 0.14, 0), (0.15, side * 0.14, 0.36), 0.012, DARK_STEEL, sides=5)
        mesh.tube((0.15, side * 0.14, 0), (-0.15, side * 0.14, 0.36), 0.012, DARK_STEEL, sides=5)
    draft.add(mesh)
    draft.add(person(random, split, pose="sit", seat=0.37), label="person")
    return draft.done((0.8, 1.0))
