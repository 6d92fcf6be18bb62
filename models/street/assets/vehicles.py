"""Cars, vans, buses and trucks of the traffic: shells through sections, glass houses, lamps, plates, wheels. Front towards -x, centred."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from models.street.assets import chassis, lettering, shapes
from models.street.assets.asset import Asset, Draft
from models.street.assets.fixtures import family
from models.street.assets.looks import BLACK, CANOPY, DARK_STEEL, GLASS, Look, Picture, tinted
from models.street.assets.mesh import Mesh


@dataclass(frozen=True, slots=True)
class Body:
    """The build of a car or van: metres, and shares of the length counted from the front.

    Attributes:
        length, width, height: outer.
        bonnet, boot: height of the bonnet and of what lies behind the rear window.
        cowl, roof_front, roof_rear, tail: where the windscreen begins, the roof begins and ends, the rear window ends.
        glazed: whether the sides behind the front doors have windows.
    """

    length: float
    width: float
    height: float
    bonnet: float
    boot: float
    cowl: float
    roof_front: float
    roof_rear: float
    tail: float
    glazed: bool = True


BODIES: dict[str, Body] = {
    "saloon": Body(4.65, 1.80, 1.46, 0.86, 0.98, 0.27, 0.43, 0.70, 0.84),
    "hatchback": Body(4.05, 1.74, 1.49, 0.90, 0.98, 0.24, 0.40, 0.84, 0.97),
    "offroad": Body(4.55, 1.86, 1.70, 1.06, 1.08, 0.26, 0.39, 0.88, 0.97),
    "old_saloon": Body(4.30, 1.68, 1.42, 0.84, 0.92, 0.29, 0.41, 0.68, 0.78),
    "mpv": Body(4.70, 1.83, 1.75, 1.00, 1.05, 0.17, 0.34, 0.90, 0.98),
    "coupe": Body(4.45, 1.82, 1.36, 0.84, 0.94, 0.32, 0.47, 0.62, 0.86),
    "mini": Body(3.45, 1.60, 1.55, 0.95, 1.00, 0.20, 0.36, 0.88, 0.97),
    "estate": Body(4.70, 1.80, 1.48, 0.88, 0.98, 0.27, 0.42, 0.90, 0.98),
    "breadbox": Body(4.10, 1.64, 1.88, 1.10, 1.15, 0.05, 0.20, 0.97, 0.99),
    "panel_van": Body(5.10, 1.92, 2.10, 1.12, 1.30, 0.13, 0.27, 0.975, 0.99, glazed=False),
    "minivan": Body(4.50, 1.72, 1.80, 1.02, 1.10, 0.12, 0.27, 0.95, 0.99),
    "high_roof": Body(5.60, 2.00, 2.55, 1.15, 1.40, 0.12, 0.24, 0.98, 0.99, glazed=False),
}


def shell(mesh: Mesh, body: Body, paint: Look, *, belt: float | None = None) -> None:
    """Body, glass house, lamps and wheels of a car or van."""
    long, w = body.length, body.width / 2
    line = belt or (body.bonnet + 0.06 if body.height < 1.8 else body.bonnet + 0.02)

    def at(share: float) -> float:
        return (share - 0.5) * long

    mesh.add(
        shapes.hull(
            [
                (at(0.0), w * 0.72, w * 0.66, 0.34, body.bonnet * 0.72),
                (at(0.03), w * 0.93, w * 0.86, 0.26, body.bonnet * 0.88),
                (at(0.14), w, w * 0.92, 0.24, body.bonnet),
                (at(body.cowl), w, w * 0.94, 0.24, line),
                (at(0.6), w, w * 0.96, 0.24, line + 0.02),
                (at(0.9), w * 0.99, w * 0.93, 0.26, body.boot),
                (at(0.975), w * 0.95, w * 0.88, 0.30, body.boot - 0.02),
                (at(1.0), w * 0.82, w * 0.78, 0.42, body.boot - 0.12),
            ]
        ),
        paint,
        smooth=True,
    )
    top = body.height
    mesh.add(
        shapes.hull(
            [
                (at(body.cowl), w * 0.86, w * 0.80, line - 0.06, line + 0.01),
                (at(body.roof_front), w * 0.93, w * 0.72, line - 0.04, top - 0.02),
                (at((body.roof_front + body.roof_rear) / 2), w * 0.94, w * 0.76, line - 0.04, top),
                (at(body.roof_rear), w * 0.93, w * 0.73, line - 0.04, top - 0.03),
                (at(body.tail), w * 0.86, w * 0.76, line - 0.06, body.boot + 0.02),
            ],
            roundness=0.3,
        ),
        GLASS,
        smooth=True,
    )
    _roof(mesh, body, paint, w, line)
    _fittings(mesh, body, w)
    radius = 0.31 if body.height < 1.6 else 0.35
    for share in (0.19, 0.80):
        for side in (-1, 1):
            mesh.tube((at(share), side * (w - 0.22), radius), (at(share), side * (w + 0.006), radius), radius * 1.17, BLACK, sides=16)
            chassis.wheel(mesh, (at(share), side * (w - 0.09), radius), radius, width=0.2)
    mesh.box((0, 0, 0.22), (long * 0.8, body.width * 0.86, 0.12), BLACK)


def _roof(mesh: Mesh, body: Body, paint: Look, w: float, line: float) -> None:
    """The painted roof, its pillars, and closed sides where there are no windows."""
    top = body.height

    def at(share: float) -> float:
        return (share - 0.5) * body.length

    front, rear = at(body.roof_front), at(body.roof_rear)
    mesh.add(
        shapes.hull(
            [
                (front - 0.06, w * 0.68, w * 0.6, top - 0.09, top - 0.015),
                (front + 0.1, w * 0.76, w * 0.66, top - 0.08, top + 0.015),
                (rear - 0.1, w * 0.77, w * 0.67, top - 0.09, top + 0.01),
                (rear + 0.05, w * 0.70, w * 0.62, top - 0.11, top - 0.03),
            ]
        ),
        paint,
        smooth=True,
    )
    middle = front + (rear - front) * (0.5 if body.glazed else 0.3)
    for side in (-1, 1):
        posts = [(at(body.cowl), front, 0.035), (middle, middle + 0.04, 0.04), (at(body.tail), rear, 0.055)]
        for low, high, r in posts:
            mesh.tube((low, side * w * 0.87, line - 0.03), (high, side * w * 0.74, top - 0.05), r, paint, sides=6)
        if not body.glazed:
            mesh.add(
                shapes.hull([(middle, w * 0.02, w * 0.02, line - 0.05, top - 0.04), (rear + 0.12, w * 0.02, w * 0.02, line - 0.05, top - 0.06)], roundness=0.2),
                paint,
            )
            half = (line + top) / 2
            mesh.box(((middle + rear) / 2 + 0.08, side * w * 0.865, half - 0.02), (rear - middle + 0.16, 0.1, top - line), paint, tilt=side * 0.12)


def _fittings(mesh: Mesh, body: Body, w: float) -> None:
    front, rear = -body.length / 2, body.length / 2
    low = body.bonnet * 0.72
    for side in (-1, 1):
        mesh.ball((front + 0.1, side * w * 0.68, low), (0.1, 0.2, 0.085), chassis.LAMP, rings=5, sides=8)
        mesh.ball((rear - 0.05, side * w * 0.76, body.boot * 0.82), (0.07, 0.14, 0.11), chassis.TAIL, rings=5, sides=8)
        mesh.ball((front + body.length * (body.cowl + 0.06), side * (w + 0.1), body.bonnet + 0.12), (0.07, 0.1, 0.07), BLACK, rings=4, sides=7)
    mesh.box((front - 0.005, 0, 0.44), (0.03, 0.44, 0.13), chassis.PLATE)
    mesh.box((rear + 0.005, 0, 0.62), (0.03, 0.44, 0.13), chassis.PLATE)
    mesh.box((front + 0.03, 0, 0.58), (0.06, w * 1.0, 0.12), BLACK)
    mesh.box((front + 0.02, 0, 0.32), (0.1, w * 1.5, 0.1), DARK_STEEL)


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
    for side in (-1, 1):
        chassis.wheel(mesh, (back + length * 0.72, side * (width / 2 - 0.14), 0.4), 0.4, width=0.26)
    draft.add(mesh, label="truck")
    return draft.done((length + 1.8, width + 0.2))


def car_on_pavement(random: Random, split: str) -> Asset:
    """A car that stands where people walk; zone and car decide, so it has no class of its own."""
    asset = car(random, split)
    return Asset("car_on_pavement", asset.families, asset.parts, asset.boxes, asset.footprint)
