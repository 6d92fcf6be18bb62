"""Look-alikes on wheels: a van that unloads, couriers with parcels, delivery riders, cleaning carts, tricycles that stand there."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import chassis, cycles, fixtures, vehicles, waste
from models.street.assets.asset import Asset, Draft
from models.street.assets.clothing import LIVERY
from models.street.assets.families import family
from models.street.assets.looks import DARK_STEEL, PLASTIC, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.vendors import tricycle_bed


def unloading(random: Random, split: str) -> Asset:
    """A van with its rear doors open, closed cartons on the ground, somebody who carries one in. Front towards -x, doors towards +x."""
    draft = Draft("unloading")
    mesh, length = vehicles.van_mesh(random, split, draft.families, open_doors=True)
    members = [draft.add(mesh, label="truck")]
    load = Mesh()
    for i in range(random.randint(3, 6)):
        fixtures.carton(load, random, (length / 2 + 0.05, -0.55 + 0.36 * (i % 4), 0.72 + 0.36 * (i // 4)), (0.3, 0.34, 0.34))
    fixtures.cartons(load, random, (length / 2 + 1.2, random.uniform(-0.5, 0.8), 0.0), (1.2, 0.8), random.randint(2, 7))
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


def parked_tricycle(random: Random, split: str) -> Asset:
    """A tricycle that stands there, empty, covered, or with a load that is not for sale; nobody by it."""
    draft, mesh = Draft("parked_tricycle"), Mesh()
    x, length, width, deck = tricycle_bed(
        mesh, random, family("tricycle", random, split, draft.families), tinted(random, (*PLASTIC, (0.3, 0.3, 0.32)), 0.25, rough=0.4, noise=0.12)
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
        fixtures.cartons(mesh, random, (x, 0.0, deck), (length * 0.6, width * 0.5), random.randint(4, 9), (0.3, 0.45))
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
