"""People: jointed figures with a posture, clothes, hair, hats, and what they hold."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from models.street.assets import families
from models.street.assets.clothing import WARDROBE, dress, hat_of
from models.street.assets.looks import BLACK, CANOPY, CARDBOARD, HAIR, SKIN, STEEL, Colour, Look, Picture, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.poses import POSES, Joints, joints

FAMILY = "person"


@dataclass(frozen=True, slots=True)
class Body:
    """What stays the same of somebody from step to step."""

    k: float
    """Height over 1.7 m."""
    build: float
    skin: Look
    hair: Look
    long_hair: bool


def person(
    random: Random, split: str, *, pose: str = "stand", phase: float = 0.0, umbrella: bool = False, carries: str | None = None, role: str | None = None,
    seat: float | None = None,
    uniform: Colour | None = None,
) -> Mesh:  # fmt: skip
    """Somebody of 1.5 to 1.85 m (or a child's 1.1), facing -y, feet at the origin.

    Args:
        random: the looks; a generator of the same seed gives the same person in any pose.
        split: whose families of clothes.
        pose: a name of `poses.POSES`.
        phase: moment of the step, 0..1.
        umbrella: whether an open one is held up.
        carries: carton | bag | basket | broom | tray | None.
        role: vendor | cook | worker | courier | rider | cleaner | None.
        seat: height of what is sat on, metres.
        uniform: colour of a courier's or rider's firm; else drawn.
    """
    wardrobe = WARDROBE[families.draw(FAMILY, random, split)]
    young = random.random() < 0.06 and role is None and pose in ("stand", "walk")
    height = random.uniform(1.05, 1.35) if young else random.uniform(1.5, 1.84)
    body = Body(
        height / 1.7, random.uniform(0.88, 1.2), tinted(random, SKIN, noise=0.06), tinted(random, HAIR, rough=0.5), random.random() < wardrobe.long_hair
    )
    clothes = dress(random, split, wardrobe, role, bare_legs=pose in ("stand", "walk", "phone", "serve", "hand_over"), uniform=uniform)
    stance = POSES[pose](random, phase)
    if umbrella:
        stance = replace(stance, arms=(stance.arms[0], replace(stance.arms[1], swing=0.45, elbow=1.55, out=0.1, inward=0.1)))
    if carries == "carton":
        stance = replace(stance, arms=(replace(stance.arms[0], swing=0.45, elbow=1.05, out=0.2), replace(stance.arms[1], swing=0.45, elbow=1.05, out=0.2)))
    at = joints(stance, body.k, body.build, seat=seat)
    mesh = Mesh()
    _legs(mesh, body, clothes.bottom, clothes.shoes, at, clothes.legs)
    clothes.torso(mesh, body.k, body.build, at)
    _arms(mesh, body, clothes.sleeves, at, short=clothes.short_sleeves)
    _head(mesh, body, at)
    hat_of(mesh, random, split, body.k, at.head, role, wardrobe, uniform)
    if umbrella:
        _umbrella(mesh, random, body, at)
    if carries:
        _hold(mesh, random, carries, body, at)
    elif pose == "phone":
        mesh.box(at.hands[1], (0.05, 0.02, 0.1), BLACK)
    if pose in ("walk", "stand") and role is None and carries is None:
        _luggage(mesh, random, body, at)
    return mesh


def _legs(mesh: Mesh, body: Body, cloth: Look, shoes: Look, at: Joints, length: float) -> None:
    """Legs; the cloth goes down to `length` of the whole leg (1: trousers, 0.5: shorts, 0: under a skirt)."""
    k, b = body.k, body.build
    for i, side in enumerate((-1, 1)):
        hip = (side * 0.085 * k * b, at.hip[1], at.hip[2])
        knee, ankle = at.knees[i], at.ankles[i]
        upper = cloth if length >= 0.4 else body.skin
        lower = cloth if length >= 0.9 else body.skin
        mesh.limb((hip, _between(hip, knee, 0.5), knee), (0.088 * b * k, 0.078 * b * k, 0.057 * k), upper)
        thick = 1.15 if lower is cloth else 0.9
        mesh.limb((knee, _between(knee, ankle, 0.35), ankle), (0.057 * k * thick, 0.056 * k * thick, 0.040 * k * thick), lower)
        mesh.ball((ankle[0], ankle[1] - 0.06 * k, ankle[2] - 0.035 * k), (0.045 * k, 0.125 * k, 0.042 * k), shoes, rings=5, sides=8)


def _arms(mesh: Mesh, body: Body, sleeve: Look, at: Joints, *, short: bool) -> None:
    k, b = body.k, body.build
    for shoulder, elbow, hand in zip(at.shoulders, at.elbows, at.hands, strict=True):
        mesh.limb((shoulder, _between(shoulder, elbow, 0.5), elbow), (0.058 * b * k, 0.052 * b * k, 0.042 * k), sleeve)
        mesh.limb((elbow, hand), (0.041 * k, 0.028 * k), body.skin if short else sleeve)
        mesh.ball(hand, (0.036 * k, 0.036 * k, 0.05 * k), body.skin, rings=4, sides=6)


def _head(mesh: Mesh, body: Body, at: Joints) -> None:
    k, (x, y, z) = body.k, at.head
    mesh.limb((at.neck, (x, y + 0.02, z - 0.08 * k)), (0.055 * k, 0.05 * k), body.skin)
    face = (
        (-0.115, -0.02, 0.030, 0.038),
        (-0.085, -0.012, 0.055, 0.066),
        (-0.03, 0.0, 0.073, 0.088),
        (0.03, 0.0, 0.077, 0.094),
        (0.085, 0.0, 0.062, 0.078),
        (0.115, 0.0, 0.022, 0.03),
    )
    mesh.loft([((x, y + dy * k, z + dz * k), rx * k, ry * k) for dz, dy, rx, ry in face], body.skin)
    mesh.ball((x, y - 0.092 * k, z - 0.012 * k), (0.014 * k, 0.02 * k, 0.022 * k), body.skin, rings=4, sides=6)
    cap = ((-0.06, 0.052, 0.066, 0.05), (0.0, 0.034, 0.082, 0.078), (0.045, 0.018, 0.085, 0.094), (0.095, 0.010, 0.068, 0.082), (0.128, 0.008, 0.03, 0.036))
    mesh.loft([((x, y + dy * k, z + dz * k), rx * k, ry * k) for dz, dy, rx, ry in cap], body.hair)
    if body.long_hair:
        mesh.ball((x, y + 0.06 * k, z - 0.06 * k), (0.082 * k, 0.06 * k, 0.17 * k), body.hair, rings=6, sides=10)


def _umbrella(mesh: Mesh, random: Random, body: Body, at: Joints) -> None:
    hand, (x, y, z) = at.hands[1], at.head
    tip = (0.5 * hand[0] + 0.5 * x, 0.5 * hand[1] + 0.5 * y, z + 0.36)
    mesh.tube(hand, tip, 0.011, STEEL, sides=6)
    cloth = tinted(random, CANOPY, rough=0.5)
    second = tinted(random, CANOPY, rough=0.5) if random.random() < 0.3 else cloth
    canopy(mesh, (tip[0], tip[1], tip[2] - 0.2), random.uniform(0.46, 0.6), 0.2, (cloth, second), ribs=8, drop=0.0)


def canopy(mesh: Mesh, centre: Point, radius: float, rise: float, cloths: tuple[Look | Picture, ...], *, ribs: int = 8, drop: float = 0.12) -> None:
    """The cloth of an umbrella or parasol: panels that sag between the ribs, and a hanging rim of `drop` metres."""
    cx, cy, cz = centre
    for i in range(ribs):
        angles = [2 * math.pi * (i + part) / ribs for part in (0.0, 0.5, 1.0)]
        rows = []
        for share, up in ((0.04, 1.0), (0.35, 0.86), (0.7, 0.52), (1.0, 0.0)):
            sag = (1.0, 1.0 - 0.07 * share, 1.0)
            rows.append(
                [(cx + radius * share * s * math.cos(a), cy + radius * share * s * math.sin(a), cz + rise * up) for a, s in zip(angles, sag, strict=True)]
            )
        if drop:
            rows.append([(x, y, z - drop) for x, y, z in rows[-1]])
        mesh.sheet(rows, cloths[i % len(cloths)], smooth=False)


def _hold(mesh: Mesh, random: Random, what: str, body: Body, at: Joints) -> None:
    (lx, ly, lz), (rx, ry, rz) = at.hands
    middle = ((lx + rx) / 2, (ly + ry) / 2, (lz + rz) / 2)
    if what == "carton":
        size = random.uniform(0.3, 0.42)
        mesh.box((middle[0], middle[1] - 0.06, middle[2] + size * 0.3), (size * 1.2, size * 0.9, size * 0.8), CARDBOARD)
    elif what == "tray":
        mesh.box((middle[0], middle[1] - 0.1, middle[2] + 0.03), (0.42, 0.3, 0.03), STEEL)
    elif what == "broom":
        mesh.tube((rx, ry, rz + 0.35), (rx + 0.1, ry - 0.55, 0.08), 0.014, tinted(random, ((0.45, 0.31, 0.18),)), sides=6)
        mesh.tube((rx + 0.08, ry - 0.47, 0.2), (rx + 0.12, ry - 0.65, 0.03), 0.06, tinted(random, ((0.4, 0.3, 0.12), (0.1, 0.3, 0.12))), end_radius=0.16)
    else:
        cloth = tinted(random, ((0.7, 0.68, 0.65), (0.6, 0.08, 0.06), (0.1, 0.2, 0.5), (0.3, 0.5, 0.2)), rough=0.4)
        for hand in at.hands if random.random() < 0.3 else at.hands[:1]:
            mesh.ball((hand[0], hand[1], hand[2] - 0.2 * body.k), (0.09, 0.13, 0.17), cloth, wobble=0.25, seed=random.randrange(9999))


def _luggage(mesh: Mesh, random: Random, body: Body, at: Joints) -> None:
    k, cloth = body.k, tinted(random, CANOPY + HAIR, scale=12.0)
    choice = random.random()
    back = (at.neck[0], at.neck[1] + 0.17 * k * body.build, at.neck[2] - 0.2 * k)
    if choice < 0.2:
        mesh.soft_box(back, (0.3 * k, 0.17 * k, 0.42 * k), cloth, tilt=at.lean)
    elif choice < 0.4:
        side = random.choice((-1, 1))
        bag = (side * 0.26 * k, at.hip[1], at.hip[2] - 0.02)
        mesh.soft_box(bag, (0.1, 0.3, 0.24), cloth)
        mesh.tube(bag, at.shoulders[0 if side < 0 else 1], 0.012, cloth, sides=5)
    elif choice < 0.5:
        _hold(mesh, random, "bag", body, at)


def _between(a: Point, b: Point, t: float) -> Point:
    return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]))
