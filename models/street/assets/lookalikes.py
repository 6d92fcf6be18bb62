"""What is no trading and looks like it: classes of the verifier, none of the detector."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import chassis, cycles, fixtures, lettering, vehicles, waste
from models.street.assets.asset import Asset, Draft
from models.street.assets.clothing import LIVERY
from models.street.assets.fixtures import family
from models.street.assets.goods import heap
from models.street.assets.looks import CANOPY, CONCRETE, DARK_STEEL, GLASS, PLASTIC, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.vendors import tricycle_bed


def _cartons(mesh: Mesh, random: Random, x: float, y: float, count: int) -> None:
    for i in range(count):
        size = random.uniform(0.3, 0.5)
        level = 0.0 if i < count * 0.6 else 0.42
        fixtures.carton(
            mesh,
            random,
            (x + random.uniform(-0.55, 0.55), y + random.uniform(-0.3, 0.3), level + size * 0.36),
            (size * 1.15, size * 0.85, size * 0.72),
            random.uniform(-0.5, 0.5),
        )


def unloading(random: Random, split: str) -> Asset:
    """A van with its rear doors open, closed cartons on the ground, somebody who carries one in. Front towards -x, doors towards +x."""
    draft = Draft("unloading")
    mesh, length = vehicles.van_mesh(random, split, draft.families, open_doors=True)
    members = [draft.add(mesh, label="truck")]
    load = Mesh()
    for i in range(random.randint(3, 6)):
        fixtures.carton(load, random, (length / 2 + 0.05, -0.55 + 0.36 * (i % 4), 0.72 + 0.36 * (i // 4)), (0.3, 0.34, 0.34))
    _cartons(load, random, length / 2 + 1.2, random.uniform(-0.5, 0.8), random.randint(2, 7))
    if random.random() < 0.5:  # a hand truck
        x = length / 2 + 1.0
        for side in (-1, 1):
            load.tube((x, 0.9 + side * 0.2, 0.1), (x + 0.25, 0.9 + side * 0.2, 1.15), 0.016, STEEL, sides=5)
            chassis.wheel(load, (x, 0.9 + side * 0.25, 0.11), 0.11, width=0.05)
        for level in range(3):
            fixtures.carton(load, random, (x - 0.2, 0.9, 0.25 + 0.3 * level), (0.36, 0.42, 0.29))
    members.append(draft.add(load))
    draft.box("unloading", members)
    for _ in range(random.choice((1, 1, 2))):
        pose, what = random.choice((("carry", "carton"), ("carry", "carton"), ("bend", None)))
        role = random.choice((None, "worker", "courier"))
        draft.add(
            person(random, split, pose=pose, phase=random.random(), carries=what, role=role),
            (length / 2 + random.uniform(0.9, 2.4), random.uniform(-0.6, 1.4), 0),
            random.uniform(0, 6.28),
            label="person",
        )
    return draft.done((length + 3.0, 3.0))


def courier(random: Random, split: str) -> Asset:
    """A courier's closed tricycle and parcels laid out on the pavement to be sorted."""
    draft, mesh = Draft("courier"), Mesh()
    name = family("livery", random, split, draft.families)
    colour = Look(LIVERY[name], rough=0.4, noise=0.1)
    length, width, high = 1.6, 1.05, 1.25
    mesh.box((0.4, 0, 0.42 + high / 2), (length, width, high), colour)
    mesh.box((0.4, 0, 0.4), (length, width * 0.9, 0.08), DARK_STEEL)
    for side in (-1, 1):
        chassis.wheel(mesh, (0.75, side * width * 0.46, 0.26), 0.26, width=0.11)
        mesh.panel(
            (0.4, side * (width / 2 + 0.006), 1.15),
            1.3,
            0.36,
            Picture("sign", random.choice(("快递", "速运", "EXPRESS", "物流")), (LIVERY[name], (0.70, 0.69, 0.67), LIVERY[name]), random.randrange(9)),
            turn=0.0 if side < 0 else math.pi,
        )
    chassis.tricycle_front(mesh, random, family("tricycle", random, split, draft.families), 0.4 - length / 2, 0.42, colour)
    if random.random() < 0.6:  # a side or rear door stands open
        mesh.box((0.4 + length / 2 + 0.35, width / 2, 0.42 + high / 2), (0.7, 0.03, high), colour)
        mesh.box((0.4 + length / 2 + 0.005, 0, 0.42 + high / 2), (0.02, width * 0.9, high * 0.9), Look((0.02, 0.02, 0.02)))
    members = [draft.add(mesh)]
    parcels = Mesh()
    for _ in range(random.randint(8, 26)):
        at = (random.uniform(-0.9, 1.9), -random.uniform(0.9, 1.9), 0.0)
        size = random.uniform(0.14, 0.42)
        if random.random() < 0.55:
            fixtures.carton(parcels, random, (at[0], at[1], size * 0.3), (size * 1.2, size * 0.85, size * 0.6), random.uniform(0, 3))
        else:
            parcels.soft_box(
                (at[0], at[1], size * 0.18),
                (size * 1.3, size, size * 0.35),
                tinted(random, ((0.55, 0.55, 0.56), (0.06, 0.06, 0.07), (0.62, 0.60, 0.56), (0.2, 0.3, 0.5)), rough=0.35),
                turn=random.uniform(0, 3),
            )
    members.append(draft.add(parcels))
    draft.box("courier", members)
    draft.add(
        person(random, split, pose=random.choice(("bend", "squat", "phone", "stand", "bend")), role="courier", uniform=LIVERY[name]),
        (random.uniform(-0.5, 1.5), -random.uniform(0.75, 2.2), 0),
        random.uniform(0, 6.28),
        label="person",
    )
    return draft.done((3.6, 3.8))


def rider(random: Random, split: str) -> Asset:
    """A delivery rider who waits by or on a scooter with a box."""
    draft = Draft("rider")
    name = family("livery", random, split, draft.families)
    colour = LIVERY[name]
    members = []
    for i in range(random.choice((1, 1, 2, 3))):
        x = 1.0 * i
        scooter = cycles.scooter_mesh(random, family("scooter", random, split, draft.families), box=colour)
        turn = math.pi / 2 + random.uniform(-0.3, 0.3)
        members.append(draft.add(scooter, (x, 0, 0), turn, label="motorcycle"))
        if random.random() < 0.5:
            members.append(
                draft.add(person(random, split, pose="sit", role="rider", seat=0.72, uniform=colour), (x, 0.22, 0), turn - math.pi / 2, label="person")
            )
        elif random.random() < 0.8:
            members.append(
                draft.add(
                    person(random, split, pose=random.choice(("phone", "phone", "stand")), role="rider", uniform=colour),
                    (x + random.uniform(-0.3, 0.3), -random.uniform(1.0, 1.3), 0),
                    random.uniform(0, 6.28),
                    label="person",
                )
            )
    draft.box("rider", members)
    return draft.done((3.2, 2.6))


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


def cleaning_cart(random: Random, split: str) -> Asset:
    """A street cleaner with a tricycle or hand cart of bins and brooms."""
    draft, mesh = Draft("cleaning_cart"), Mesh()
    name = family("bin", random, split, draft.families)
    paint = tinted(random, ((0.75, 0.30, 0.02), (0.05, 0.28, 0.12), (0.05, 0.18, 0.42), (0.5, 0.5, 0.48)), rough=0.5, noise=0.2)
    if random.random() < 0.5:
        x, length, _, deck = tricycle_bed(mesh, random, family("tricycle", random, split, draft.families), paint)
        for i in range(2):
            tub, _ = waste.bin_mesh(random, name)
            mesh.merge(tub, (x - length / 4 + i * length / 2, 0, deck), math.pi / 2, scale=0.75)
        for _ in range(2):
            waste.bag(mesh, random, (x + random.uniform(-0.3, 0.3), random.uniform(-0.2, 0.2), deck + 0.5), 0.22, tinted(random, waste.BAGS, rough=0.3))
        _broom(mesh, random, (x + length / 2, -0.3, deck))
        reach = length / 2 + 1.4
    else:
        tub, _ = waste.bin_mesh(random, name)
        mesh.merge(tub, (0, 0, 0.12))
        for side in (-1, 1):
            chassis.spoked(mesh, (0.05, side * 0.36, 0.28), 0.27)
            mesh.tube((-0.1, side * 0.3, 0.6), (-0.75, side * 0.25, 0.95), 0.018, paint, sides=5)
        mesh.tube((-0.75, -0.25, 0.95), (-0.75, 0.25, 0.95), 0.018, paint, sides=5)
        _broom(mesh, random, (0.3, -0.25, 0.3))
        reach = 1.0
    members = [draft.add(mesh)]
    draft.box("cleaning_cart", members)
    if random.random() < 0.85:
        draft.add(
            person(random, split, pose="sweep", role="cleaner", carries="broom"),
            (-reach * random.uniform(0.3, 1.0), -random.uniform(0.7, 1.1), 0),
            random.uniform(0, 6.28),
            label="person",
        )
    return draft.done((3.2, 2.4))


def _broom(mesh: Mesh, random: Random, at: tuple[float, float, float]) -> None:
    x, y, z = at
    mesh.tube((x, y, z), (x + 0.15, y, z + 1.1), 0.014, tinted(random, WOOD), sides=5)
    mesh.tube((x + 0.14, y, z + 1.05), (x + 0.2, y, z + 1.5), 0.05, tinted(random, ((0.40, 0.30, 0.12), (0.10, 0.32, 0.14))), end_radius=0.2, sides=8)


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


def parked_tricycle(random: Random, split: str) -> Asset:
    """A tricycle that stands there, empty, covered, or with a load that is not for sale; nobody by it."""
    draft, mesh = Draft("parked_tricycle"), Mesh()
    x, length, width, deck = tricycle_bed(
        mesh, random, family("tricycle", random, split, draft.families), tinted(random, (*PLASTIC, (0.3, 0.3, 0.32)), 0.25, rough=0.4, noise=0.25)
    )
    load = random.choice(("empty", "empty", "covered", "cartons", "tools", "card"))
    if load == "covered":
        rows = [
            [
                (x + length * (u - 0.5) * 1.04, width * 0.53 * v, deck + (0.62 if abs(v) < 0.6 and 0.1 < u < 0.9 else 0.3) * random.uniform(0.9, 1.05))
                for u in (0.0, 0.2, 0.5, 0.8, 1.0)
            ]
            for v in (1.0, 0.5, 0.0, -0.5, -1.0)
        ]
        mesh.sheet(rows, tinted(random, ((0.05, 0.14, 0.40), (0.10, 0.28, 0.14), (0.45, 0.44, 0.42)), rough=0.5))
    elif load == "cartons":
        for i in range(random.randint(3, 7)):
            fixtures.carton(
                mesh,
                random,
                (x + random.uniform(-0.35, 0.35) * length, random.uniform(-0.25, 0.25) * width, deck + 0.2 + 0.36 * (i // 3)),
                (0.45, 0.36, 0.36),
                random.uniform(-0.3, 0.3),
            )
    elif load == "tools":
        for _ in range(6):
            mesh.box(
                (x + random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3), deck + 0.15),
                (random.uniform(0.3, length), 0.08, 0.06),
                tinted(random, (*WOOD, (0.3, 0.3, 0.3))),
                turn=random.uniform(-0.2, 0.2),
            )
        mesh.tube((x, 0.2, deck), (x, 0.2, deck + 0.35), 0.15, tinted(random, PLASTIC), end_radius=0.18)
    elif load == "card":
        for level in range(random.randint(4, 12)):
            mesh.box(
                (x, 0, deck + 0.08 + 0.06 * level),
                (length * 0.85, width * 0.8, 0.05),
                Look((0.40, 0.27, 0.15), rough=0.95, noise=0.3),
                turn=random.uniform(-0.06, 0.06),
            )
    draft.add(mesh, label="parked_tricycle")
    return draft.done((3.0, 1.6))
