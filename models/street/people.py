"""People: jointed figures with a pose, clothes, hair and what they carry; they stand, walk, serve, sit or push."""

from __future__ import annotations

import math
from random import Random

from models.street.materials import CANOPY, CLOTH, SKIN, Palette
from models.street.mesh import MeshBuilder, Point

HAIR = ((0.02, 0.02, 0.02), (0.05, 0.03, 0.02), (0.25, 0.24, 0.23), (0.12, 0.07, 0.04))


def swing(origin: Point, length: float, forward: float, outward: float = 0.0) -> Point:
    """The lower end of a limb that hangs from `origin`, swung forward (towards -y) and outward (x), in radians."""
    return (
        origin[0] + length * math.sin(outward),
        origin[1] - length * math.sin(forward) * math.cos(outward),
        origin[2] - length * math.cos(forward) * math.cos(outward),
    )


def person(palette: Palette, random: Random, *, pose: str = "stand", phase: float = 0.0, umbrella: bool = False, box: bool = False) -> MeshBuilder:
    """A person of 1.5 to 1.85 m, facing -y, feet at the origin; `phase` (0..1) is the moment of the step."""
    mesh = MeshBuilder()
    height = random.uniform(1.52, 1.85)
    k = height / 1.7
    build = random.uniform(0.88, 1.18)
    skin, hair = palette.pick(SKIN, rough=0.6, noise=0.08), palette.pick(HAIR, rough=0.5)
    top, bottom = palette.pick(CLOTH, scale=12.0), palette.pick(CLOTH, scale=12.0)
    shoe = palette.plain((0.05, 0.05, 0.05))
    step = math.sin(2 * math.pi * phase) * 0.5 if pose == "walk" else random.uniform(-0.08, 0.08)
    hip = 0.88 * k if pose != "sit" else 0.45 * k
    lean = 0.06 if pose == "walk" else random.uniform(-0.02, 0.10)
    chest = (0.0, -lean * 0.5, hip + 0.30 * k)
    neck = (0.0, -lean * 0.8, hip + 0.56 * k)
    # Trunk: hips, waist, chest and shoulders as overlapping ellipsoids.
    mesh.ball((0, 0, hip), (0.165 * build * k, 0.115 * build * k, 0.13 * k), bottom)
    mesh.ball((0, -lean * 0.3, hip + 0.16 * k), (0.16 * build * k, 0.105 * build * k, 0.18 * k), top)
    mesh.ball(chest, (0.19 * build * k, 0.12 * build * k, 0.2 * k), top)
    mesh.ball((0, -lean * 0.7, hip + 0.46 * k), (0.215 * build * k, 0.10 * k, 0.09 * k), top)
    mesh.tube(neck, (0, neck[1] - 0.01, neck[2] + 0.09 * k), 0.05 * k, skin)
    head = (0.0, neck[1] - 0.03, neck[2] + 0.19 * k)
    mesh.ball(head, (0.078 * k, 0.095 * k, 0.115 * k), skin, rings=8, sides=12)
    mesh.ball((0, head[1] + 0.025, head[2] + 0.03 * k), (0.086 * k, 0.095 * k, 0.105 * k), hair, rings=8, sides=12)
    mesh.ball((0, head[1] - 0.1 * k, head[2] - 0.01), (0.015, 0.02, 0.02), skin, rings=4, sides=6)
    if random.random() < 0.25:  # a hat
        cloth = palette.pick(CLOTH)
        mesh.tube((0, head[1], head[2] + 0.06 * k), (0, head[1], head[2] + 0.13 * k), 0.1 * k, cloth, end_radius=0.085 * k)
        mesh.tube((0, head[1] - 0.03, head[2] + 0.06 * k), (0, head[1] - 0.03, head[2] + 0.07 * k), 0.15 * k, cloth)
    for side in (-1, 1):
        joint = (side * 0.09 * k, 0.0, hip)
        if pose == "sit":
            knee = (joint[0], -0.42 * k, hip + 0.02)
            foot = (joint[0], -0.42 * k, 0.05)
        else:
            knee = swing(joint, 0.42 * k, side * step + 0.04)
            bend = max(0.0, -side * step) * 1.1
            foot = swing(knee, 0.42 * k, side * step - bend)
        mesh.tube(joint, knee, 0.078 * build * k, bottom, end_radius=0.058 * k)
        mesh.tube(knee, foot, 0.058 * k, bottom, end_radius=0.042 * k)
        mesh.ball((foot[0], foot[1] - 0.05, max(0.035, foot[2] - 0.01)), (0.045 * k, 0.12 * k, 0.04), shoe, rings=4, sides=8)
        shoulder = (side * 0.205 * build * k, -lean * 0.7, hip + 0.48 * k)
        raised = umbrella and side == 1
        if raised:
            forward, fold = 0.35, 1.7
        elif pose in ("serve", "carry") or box:
            forward, fold = 0.7, 0.75
        else:
            forward, fold = -side * step * 0.9 + random.uniform(-0.1, 0.15), 0.3
        elbow = swing(shoulder, 0.29 * k, forward, side * 0.14)
        hand = swing(elbow, 0.27 * k, forward + fold, 0.0)
        sleeve = top if random.random() < 0.7 else skin
        mesh.tube(shoulder, elbow, 0.05 * build * k, top, end_radius=0.042 * k)
        mesh.tube(elbow, hand, 0.042 * k, sleeve, end_radius=0.03 * k)
        mesh.ball(hand, (0.035, 0.035, 0.05), skin, rings=4, sides=6)
        if raised:
            cloth = palette.pick(CANOPY, rough=0.5)
            tip = (hand[0] * 0.5, hand[1] * 0.6, head[2] + 0.38)
            mesh.tube(hand, tip, 0.012, shoe, sides=6)
            mesh.canopy((tip[0], tip[1], tip[2] - 0.12), random.uniform(0.48, 0.6), 0.2, [cloth], drop=0.02)
    if pose == "walk" and random.random() < 0.35:
        mesh.box((0.26 * k, 0, hip - 0.12), (0.08, 0.28, 0.24), palette.pick(CLOTH))
    if random.random() < 0.2:
        mesh.box((0, 0.16 * k, chest[2]), (0.28, 0.14, 0.38), palette.pick(CLOTH))
    if box:
        mesh.box((0, -0.38, hip + 0.22), (0.45, 0.34, 0.32), palette.plain((0.5, 0.36, 0.2), scale=3.0))
    return mesh


def dressed(seed: int) -> Random:
    """The generator of one person's looks, so that the same person looks alike at every step."""
    return Random(seed * 104729 + 7)
