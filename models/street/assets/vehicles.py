"""Cars, vans, buses and trucks of the traffic. Front towards -x, centred."""

from __future__ import annotations

from random import Random

from models.street.assets import chassis, lettering, shapes
from models.street.assets.asset import Asset, Draft
from models.street.assets.bodywork import BODIES, shell
from models.street.assets.families import family
from models.street.assets.looks import BLACK, CANOPY, DARK_STEEL, GAP, GLASS, Look, Picture, tinted
from models.street.assets.mesh import Mesh


def car(random: Random, split: str) -> Asset:
    """A car."""
    draft, mesh = Draft("car"), Mesh()
    name = family("car", random, split, draft.families)
    shell(mesh, BODIES[name], chassis.paint_of(random))
    if random.random() < 0.12:  # a taxi's sign
        mesh.box((0, 0, BODIES[name].height + 0.07), (0.2, 0.4, 0.13), Look((0.75, 0.55, 0.05), glow=0.2))
    draft.add(mesh, label="car")
    return draft.done((BODIES[name].length, 1.9))


def van_mesh(random: Random, split: str, used: list[str], *, open_doors: bool = False) -> tuple[Mesh, float]:
    """A van and its length; with `open_doors` its rear doors stand open before a dark hold."""
    name = family("van", random, split, used)
    body, mesh = BODIES[name], Mesh()
    paint = tinted(random, ((0.70, 0.70, 0.69), (0.50, 0.51, 0.53), (0.05, 0.12, 0.35), (0.62, 0.45, 0.05), (0.15, 0.30, 0.15)), 0.1, rough=0.3, noise=0.06)
    shell(mesh, body, paint)
    rear, w = body.length / 2, body.width / 2
    if random.random() < 0.5:
        words = Picture(
            "sign",
            lettering.words(random, split),
            (paint.colour, random.choice(((0.05, 0.1, 0.4), (0.45, 0.02, 0.02))), random.choice(CANOPY)),
            random.randrange(20),
        )
        for side in (-1, 1):
            mesh.panel((body.length * 0.18, side * (w + 0.012), body.bonnet * 0.82), 1.5, 0.36, words, turn=0.0 if side < 0 else 3.14159)
    if open_doors:
        high = body.height - 0.55
        mesh.box((rear - 0.0, 0, 0.5 + high / 2), (0.05, body.width * 0.84, high), Look((0.02, 0.02, 0.02), rough=0.95))
        for side in (-1, 1):
            mesh.box((rear + 0.38, side * (w + 0.1), 0.5 + high / 2), (0.75, 0.05, high), paint, turn=side * 0.3)
            mesh.box((rear + 0.38, side * (w + 0.1), 0.5 + high * 0.75), (0.5, 0.056, high * 0.32), GLASS, turn=side * 0.3)
    return mesh, body.length


def van(random: Random, split: str) -> Asset:
    """A van."""
    draft = Draft("van")
    mesh, length = van_mesh(random, split, draft.families)
    draft.add(mesh, label="car")
    return draft.done((length, 2.0))


def bus(random: Random, split: str) -> Asset:
    """A bus."""
    draft, mesh = Draft("bus"), Mesh()
    name = family("bus", random, split, draft.families)
    length, high = {"city_bus": (10.5, 3.0), "coach": (11.0, 3.4), "minibus": (6.5, 2.6), "electric_bus": (8.5, 3.1)}[name]
    paint, stripe = (
        tinted(random, ((0.70, 0.70, 0.69), (0.05, 0.20, 0.45), (0.10, 0.35, 0.15), (0.55, 0.08, 0.05)), rough=0.3, noise=0.05),
        tinted(random, CANOPY, rough=0.3),
    )
    half, w = length / 2, 1.23
    mesh.add(
        shapes.hull(
            [
                (-half, w * 0.92, w * 0.86, 0.35, high - 0.25),
                (-half + 0.25, w, w * 0.97, 0.28, high),
                (half - 0.2, w, w * 0.97, 0.28, high),
                (half, w * 0.95, w * 0.9, 0.4, high - 0.15),
            ],
            roundness=0.25,
        ),
        paint,
        smooth=True,
    )
    mesh.box((-half + 0.06, 0, high * 0.62), (0.14, w * 1.7, high * 0.42), GLASS)
    for side in (-1, 1):
        mesh.box((0, side * (w + 0.005), high * 0.66), (length * 0.94, 0.03, high * 0.3), GLASS)
        for i in range(int(length / 1.4)):
            mesh.box((-half + 0.9 + 1.4 * i, side * (w + 0.012), high * 0.66), (0.08, 0.03, high * 0.3), BLACK)
        mesh.box((0, side * (w + 0.006), 0.75), (length * 0.96, 0.02, 0.3), stripe)
        for share in (-0.3, 0.28):
            chassis.wheel(mesh, (length * share, side * (w - 0.12), 0.48), 0.48, width=0.28)
        mesh.box((-half - 0.01, side * w * 0.75, 0.65), (0.05, 0.35, 0.2), chassis.LAMP)
        mesh.box((half + 0.01, side * w * 0.8, 0.9), (0.05, 0.2, 0.4), chassis.TAIL)
    mesh.panel(
        (-half - 0.02, 0, high - 0.28),
        1.5,
        0.22,
        Picture("sign", f"K{random.randint(1, 199)}", ((0.01, 0.01, 0.01), (0.8, 0.3, 0.02)), 1, glow=0.4),
        turn=-1.5708,
    )
    draft.add(mesh, label="bus")
    return draft.done((length, 2.6))


def truck(random: Random, split: str) -> Asset:
    """A light truck with a closed body or an empty bed."""
    draft, mesh = Draft("truck"), Mesh()
    name = family("truck", random, split, draft.families)
    width, paint = random.uniform(1.7, 2.0), tinted(random, ((0.66, 0.66, 0.65), (0.05, 0.14, 0.42), (0.45, 0.05, 0.04)), rough=0.35, noise=0.12)
    back = chassis.truck_cab(mesh, random, -2.6, width, paint) + 0.1
    length = random.uniform(3.0, 3.8)
    x = back + length / 2
    mesh.box((x, 0, 0.72), (length, width * 0.7, 0.16), DARK_STEEL)
    if name == "box_truck":
        mesh.box((x, 0, 1.75), (length, width + 0.1, 1.9), tinted(random, ((0.66, 0.66, 0.65), (0.10, 0.25, 0.45)), rough=0.4, noise=0.08))
    else:
        mesh.box((x, 0, 0.83), (length, width, 0.08), DARK_STEEL)
        for side in (-1, 1):
            mesh.box((x, side * width / 2, 1.05), (length, 0.05, 0.42), paint)
        mesh.box((x + length / 2, 0, 1.05), (0.05, width, 0.42), paint)
    strip = Picture("hazard", "", ((0.68, 0.67, 0.65), (0.55, 0.03, 0.02)), 1)
    for side in (-1, 1):
        chassis.wheel(mesh, (back + length * 0.72, side * (width / 2 - 0.14), 0.4), 0.4, width=0.26)
        mesh.box((back + length * 0.72, side * (width / 2 - 0.14), 0.84), (1.0, 0.3, 0.03), GAP)
        mesh.box((back + length * 0.3, side * (width / 2 - 0.18), 0.5), (0.7, 0.3, 0.3), DARK_STEEL)
        mesh.panel(
            (x, side * (width / 2 + 0.06), 0.78),
            length * 0.95,
            0.09,
            strip,
            turn=0.0 if side < 0 else 3.14159,
        )
        mesh.box((x + length / 2 + 0.03, side * width * 0.4, 0.72), (0.04, 0.22, 0.12), chassis.TAIL)
    mesh.box((x + length / 2, 0, 0.5), (0.08, width * 0.9, 0.12), GAP)
    draft.add(mesh, label="truck")
    return draft.done((length + 1.8, width + 0.2))


def car_on_pavement(random: Random, split: str) -> Asset:
    """A car that stands where people walk; zone and car decide, so it has no class of its own."""
    asset = car(random, split)
    return Asset("car_on_pavement", asset.families, asset.parts, asset.boxes, asset.footprint)
