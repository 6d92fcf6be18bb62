"""Look-alikes that the city puts up or that form by themselves: building sites, bus shelters, planters, queues under umbrellas."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import lettering
from models.street.assets.asset import Asset, Draft
from models.street.assets.families import family
from models.street.assets.goods import heap
from models.street.assets.looks import CANOPY, CONCRETE, DARK_STEEL, GLASS, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person


def construction(random: Random, split: str) -> Asset:
    """Barriers and cones about a hole or a heap, workers in hi-vis."""
    draft, mesh = Draft("construction"), Mesh()
    name = family("barrier", random, split, draft.families)
    width, depth = random.uniform(2.2, 4.0), random.uniform(1.4, 2.2)
    for x, y, turn, long in ((0, -depth / 2, 0.0, width), (0, depth / 2, 0.0, width), (-width / 2, 0, math.pi / 2, depth), (width / 2, 0, math.pi / 2, depth)):
        if random.random() < 0.85:
            side = Mesh()
            count = max(1, round(long / 1.15))
            for i in range(count):
                _barrier(side, random, name, (i - (count - 1) / 2) * long / count, long / count)
            mesh.merge(side, (x, y, 0), turn)
    for _ in range(random.randint(2, 6)):
        cone(mesh, random, random.uniform(-0.6, 0.6) * width, random.choice((-1, 1)) * random.uniform(0.55, 0.8) * depth)
    mesh.slab(
        (0, 0, 0.01),
        width * 0.7,
        depth * 0.7,
        Picture("stain", "", (random.choice(((0.22, 0.16, 0.10), (0.08, 0.08, 0.08))),), random.randrange(16), clear=True, rough=0.95),
    )
    if random.random() < 0.7:
        heap(
            mesh,
            random,
            (random.uniform(-0.3, 0.3) * width, 0, 0),
            (1.0, 0.8),
            random.uniform(0.2, 0.45),
            tinted(random, ((0.25, 0.18, 0.11), (0.35, 0.33, 0.30)), rough=0.95, scale=20.0),
            rough=0.5,
        )
    if random.random() < 0.5:
        mesh.panel(
            (width * 0.3, -depth / 2 - 0.06, 0.95),
            0.6,
            0.6,
            Picture("card", random.choice(("施工", "慢", "STOP")), ((0.72, 0.50, 0.03), (0.02, 0.02, 0.02)), 0),
        )
    members = [draft.add(mesh)]
    draft.box("construction", members)
    for _ in range(random.choice((0, 1, 1, 2))):
        draft.add(
            person(random, split, pose=random.choice(("bend", "sweep", "stand", "squat")), role="worker"),
            (random.uniform(-0.35, 0.35) * width, random.uniform(-0.3, 0.3) * depth, 0),
            random.uniform(0, 6.28),
            label="person",
        )
    return draft.done((width + 0.8, depth + 1.2))


def _barrier(mesh: Mesh, random: Random, name: str, x: float, long: float) -> None:
    if name == "water_barrier":
        look = tinted(random, ((0.70, 0.16, 0.02), (0.66, 0.65, 0.63), (0.70, 0.50, 0.03)), 0.1, rough=0.4)
        one = Mesh()
        one.prism([(-0.24, 0), (0.24, 0), (0.1, 0.35), (0.08, 0.85), (-0.08, 0.85), (-0.1, 0.35)], -long * 0.48, long * 0.48, look)
        mesh.merge(one, (x, 0, 0), math.pi / 2)
    elif name == "striped_board":
        mesh.panel((x, -0.02, 0.78), long * 0.95, 0.26, Picture("hazard", "", ((0.68, 0.67, 0.65), (0.55, 0.03, 0.02)), 1))
        mesh.panel((x, -0.02, 0.4), long * 0.95, 0.2, Picture("hazard", "", ((0.68, 0.67, 0.65), (0.55, 0.03, 0.02)), 1))
        for side in (-0.4, 0.4):
            mesh.tube((x + side * long, 0, 0), (x + side * long, 0, 0.95), 0.022, STEEL, sides=5)
            mesh.box((x + side * long, 0, 0.03), (0.08, 0.5, 0.06), DARK_STEEL)
    elif name == "mesh_fence":
        mesh.panel((x, 0, 0.95), long * 0.96, 1.7, Picture("net", "", ((0.10, 0.30, 0.14),), 0, clear=True))
        for side in (-0.48, 0.48):
            mesh.tube((x + side * long, 0, 0), (x + side * long, 0, 1.85), 0.02, STEEL, sides=5)
    else:
        for z in (0.25, 1.0):
            mesh.tube((x - long * 0.46, 0, z), (x + long * 0.46, 0, z), 0.018, STEEL, sides=5)
        for i in range(9):
            u = x + (i / 8 - 0.5) * long * 0.92
            mesh.tube((u, 0, 0.25), (u, 0, 1.0), 0.009, STEEL, sides=4)
        for side in (-0.4, 0.4):
            mesh.box((x + side * long, 0, 0.02), (0.05, 0.5, 0.04), STEEL)


def cone(mesh: Mesh, random: Random, x: float, y: float) -> None:
    """A traffic cone."""
    orange, white = Look((0.75, 0.17, 0.02), rough=0.5, noise=0.1), Look((0.68, 0.67, 0.66), rough=0.4)
    h = random.choice((0.5, 0.72))
    mesh.box((x, y, 0.02), (0.36, 0.36, 0.04), Look((0.03, 0.03, 0.03)), turn=random.uniform(0, 1))
    for low, high, look in ((0.0, 0.35, orange), (0.35, 0.55, white), (0.55, 0.7, orange), (0.7, 0.84, white), (0.84, 1.0, orange)):
        mesh.tube((x, y, 0.04 + h * low), (x, y, 0.04 + h * high), 0.14 - 0.11 * low, look, end_radius=0.14 - 0.11 * high, sides=12)


def bus_shelter(random: Random, split: str) -> Asset:
    """A bus shelter with a bench, a lit poster and people who wait."""
    draft, mesh = Draft("bus_shelter"), Mesh()
    name = family("shelter", random, split, draft.families)
    width, depth, high = random.uniform(3.2, 5.0), random.uniform(1.2, 1.6), 2.45
    frame = {
        "glass_shelter": STEEL,
        "steel_shelter": Look((0.30, 0.31, 0.33), rough=0.4, metal=0.4),
        "tiled_shelter": tinted(random, WOOD),
        "green_shelter": Look((0.04, 0.20, 0.10), rough=0.5),
    }[name]
    for side in (-1, 1):
        mesh.box((side * width / 2, depth * 0.45, high / 2), (0.1, 0.1, high), frame)
        mesh.box((side * width / 2, -depth * 0.2, high / 2), (0.07, 0.07, high), frame)
    roof = frame if name != "tiled_shelter" else Look((0.16, 0.17, 0.18), rough=0.9)
    mesh.box((0, 0, high + 0.05), (width + 0.4, depth + 0.3, 0.1), roof, tilt=0.05 if name != "tiled_shelter" else 0.2)
    mesh.box((0, depth * 0.47, 1.35), (width * 0.55, 0.02, 1.7), GLASS)
    poster = Picture("poster", lettering.words(random, split), (random.choice(CANOPY), (0.70, 0.69, 0.66)), random.randrange(24), glow=0.35)
    mesh.box((-width * 0.36, depth * 0.3, 1.2), (1.15, 0.16, 1.9), frame)
    mesh.panel((-width * 0.36, depth * 0.3 - 0.09, 1.25), 1.0, 1.65, poster)
    mesh.box((width * 0.12, depth * 0.2, 0.45), (width * 0.45, 0.35, 0.05), tinted(random, WOOD))
    for side in (-1, 1):
        mesh.box((width * 0.12 + side * width * 0.18, depth * 0.2, 0.22), (0.06, 0.3, 0.44), frame)
    mesh.panel(
        (0, -depth / 2 - 0.17, high - 0.08),
        width * 0.7,
        0.22,
        Picture(
            "sign", random.choice(("公交车站", "BUS 101 K52", "解放路站")), ((0.03, 0.15, 0.35), (0.70, 0.69, 0.66), (0.03, 0.15, 0.35)), random.randrange(9)
        ),
    )
    members = [draft.add(mesh)]
    draft.box("bus_shelter", members)
    for _ in range(random.choice((0, 1, 2, 3, 4))):
        if random.random() < 0.35:
            draft.add(
                person(random, split, pose="sit", seat=0.46),
                (width * 0.12 + random.uniform(-0.2, 0.2) * width, depth * 0.14, 0),
                random.uniform(-0.3, 0.3),
                label="person",
            )
        else:
            draft.add(
                person(random, split, pose=random.choice(("stand", "phone"))),
                (random.uniform(-0.5, 0.5) * width, random.uniform(-0.9, 0.0), 0),
                random.uniform(-0.9, 0.9),
                label="person",
            )
    return draft.done((width + 0.6, depth + 1.2))


def umbrella_queue(random: Random, split: str, *, count: int | None = None) -> Asset:
    """People who queue, most under umbrellas."""
    draft = Draft("umbrella_queue")
    number = count or random.randint(4, 9)
    members = []
    for i in range(number):
        figure = person(random, split, pose="stand", umbrella=random.random() < 0.8)
        at = (random.uniform(0.7, 0.9) * (i - (number - 1) / 2), random.uniform(-0.2, 0.2), 0)
        members.append(draft.add(figure, at, math.pi / 2 + random.uniform(-0.5, 0.5), label="person"))
    draft.box("umbrella_queue", members)
    return draft.done((0.85 * number + 0.5, 1.4))


def planter(random: Random, split: str) -> Asset:
    """Planters with shrubs or flowers, as the city puts them."""
    draft, mesh = Draft("planter"), Mesh()
    name = family("planter", random, split, draft.families)
    count = random.randint(1, 4)
    for i in range(count):
        one = Mesh()
        tub = {
            "trough_planter": CONCRETE,
            "wood_planter": tinted(random, WOOD),
            "round_planter": tinted(random, ((0.40, 0.39, 0.37), (0.28, 0.14, 0.09))),
            "pots": tinted(random, ((0.36, 0.15, 0.09), (0.10, 0.20, 0.35))),
        }[name]
        rim = 0.5
        if name in ("round_planter", "pots"):
            rim = 0.55 if name == "round_planter" else 0.4
            one.tube((0, 0, 0), (0, 0, rim), 0.32, tub, end_radius=0.45 if name == "round_planter" else 0.36, sides=16)
            spots = [(0.22 * math.cos(a), 0.22 * math.sin(a)) for a in (0.3, 2.4, 4.4)]
        else:
            one.box((0, 0, 0.26), (1.15, 0.45, 0.5), tub)
            one.box((0, 0, 0.5), (1.2, 0.5, 0.05), tub)
            spots = [(0.2 * (k - 2.5), 0.0) for k in range(6)]
        leaf = tinted(random, ((0.05, 0.16, 0.03), (0.10, 0.22, 0.05), (0.16, 0.24, 0.06)), noise=0.5, scale=16.0)
        bloom = tinted(random, ((0.55, 0.03, 0.08), (0.70, 0.45, 0.05), (0.55, 0.20, 0.50), (0.66, 0.65, 0.62)), noise=0.3)
        for sx, sy in spots:
            one.ball((sx, sy, rim + 0.12), (0.17, 0.2, random.uniform(0.14, 0.32)), leaf, wobble=0.6, seed=random.randrange(9999))
            if random.random() < 0.7:
                one.balls(
                    [(sx + random.gauss(0, 0.08), sy + random.gauss(0, 0.1), rim + random.uniform(0.2, 0.34)) for _ in range(7)],
                    (0.045, 0.045, 0.035),
                    [bloom],
                    wobble=0.4,
                    seed=3,
                )
        mesh.merge(
            one, (1.4 * (i - (count - 1) / 2) if name not in ("round_planter", "pots") else 1.05 * (i - (count - 1) / 2), 0, 0), random.uniform(-0.05, 0.05)
        )
    draft.add(mesh, label="planter")
    return draft.done((1.4 * count, 0.9))
