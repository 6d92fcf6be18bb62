"""The bodies of cars and vans: shells through sections, glass houses, doors, lamps, grilles, plates, wheels. Front towards -x, centred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.street.assets import chassis, shapes
from models.street.assets.looks import DARK_STEEL, GAP, STEEL, WINDOW, Look
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


def shell(mesh: Mesh, body: Body, paint: Look) -> None:
    """Body, glass house, doors, lamps and wheels of a car or van."""
    long, w, b = body.length, body.width / 2, body.bonnet
    line = b + (0.07 if body.height < 1.8 else 0.02)

    def at(share: float) -> float:
        return (share - 0.5) * long

    nose = 0.10 if body.cowl > 0.2 else body.cowl * 0.5
    sections = [
        (at(0.0), w * 0.80, w * 0.74, 0.32, b * 0.76),
        (at(0.012), w * 0.92, w * 0.84, 0.24, b * 0.85),
        (at(nose * 0.5), w * 0.985, w * 0.88, 0.19, b * 0.93),
        (at(nose), w, w * 0.90, 0.18, b * 0.98),
        (at(body.cowl), w, w * 0.93, 0.18, line),
        (at(0.6), w, w * 0.95, 0.18, line + 0.02),
        (at(0.88), w * 0.995, w * 0.93, 0.18, body.boot),
        (at(0.965), w * 0.98, w * 0.89, 0.20, body.boot - 0.01),
        (at(0.99), w * 0.93, w * 0.85, 0.26, body.boot - 0.06),
        (at(1.0), w * 0.86, w * 0.80, 0.32, body.boot - 0.13),
    ]
    mesh.add(shapes.hull(sections, sides=20, roundness=0.3), paint, smooth=True)
    house = [
        (at(body.cowl), w * 0.86, w * 0.80, line - 0.06, line + 0.01),
        (at(body.roof_front), w * 0.93, w * 0.72, line - 0.04, body.height - 0.02),
        (at((body.roof_front + body.roof_rear) / 2), w * 0.94, w * 0.76, line - 0.04, body.height),
        (at(body.roof_rear), w * 0.93, w * 0.73, line - 0.04, body.height - 0.03),
        (at(body.tail), w * 0.86, w * 0.76, line - 0.06, body.boot + 0.02),
    ]
    mesh.add(shapes.hull(house, roundness=0.22), WINDOW, smooth=True)
    _roof(mesh, body, paint, at, line)
    _doors(mesh, body, at, line)
    _ends(mesh, body)
    radius = 0.31 if body.height < 1.6 else 0.34
    for share in (0.185, 0.80):
        for side in (-1, 1):
            mesh.tube((at(share), side * (w - 0.25), radius), (at(share), side * w * 0.992, radius), radius * 1.16, GAP, sides=20)
            chassis.wheel(mesh, (at(share), side * (w - 0.09), radius), radius, width=0.2)
    mesh.box((0, 0, 0.2), (long * 0.84, body.width * 0.9, 0.1), GAP)


def _roof(mesh: Mesh, body: Body, paint: Look, at: Callable[[float], float], line: float) -> None:
    """The painted roof, its pillars, and closed sides where there are no windows."""
    top, w = body.height, body.width / 2
    front, rear = at(body.roof_front), at(body.roof_rear)
    sections = [
        (front - 0.06, w * 0.69, w * 0.62, top - 0.08, top - 0.015),
        (front + 0.1, w * 0.77, w * 0.68, top - 0.08, top + 0.015),
        (rear - 0.1, w * 0.78, w * 0.69, top - 0.09, top + 0.01),
        (rear + 0.05, w * 0.71, w * 0.64, top - 0.11, top - 0.03),
    ]
    mesh.add(shapes.hull(sections, roundness=0.3), paint, smooth=True)
    middle = front + (rear - front) * (0.45 if body.glazed else 0.3)
    for side in (-1, 1):
        for low, high, r in ((at(body.cowl), front, 0.035), (middle, middle + 0.04, 0.04), (at(body.tail), rear, 0.06)):
            mesh.tube((low, side * w * 0.88, line - 0.03), (high, side * w * 0.75, top - 0.05), r, paint, sides=6)
        if body.glazed and body.roof_rear > 0.8:
            mesh.tube((at(0.78), side * w * 0.9, line - 0.02), (at(0.77), side * w * 0.76, top - 0.06), 0.04, paint, sides=6)
        if not body.glazed:
            mesh.box(((middle + rear) / 2, side * w * 0.84, (line + top) / 2 - 0.03), (rear - middle + 0.06, 0.12, top - line - 0.02), paint, tilt=side * 0.15)


def _doors(mesh: Mesh, body: Body, at: Callable[[float], float], line: float) -> None:
    """Gaps of the doors, handles, sills and mirrors."""
    w = body.width / 2
    front = body.cowl + 0.02
    edges = (front, front + 0.235, front + 0.45) if body.glazed else (front, front + 0.2)
    for side in (-1, 1):
        for share in edges:
            mesh.tube((at(share), side * w * 0.962, 0.32), (at(share), side * w * 0.955, line - 0.02), 0.009, GAP, sides=4)
        for share in edges[1:]:
            mesh.box((at(share) - 0.14, side * w * 0.975, line - 0.13), (0.15, 0.03, 0.03), DARK_STEEL)
        mesh.box((0, side * w * 0.975, 0.24), (body.length * 0.42, 0.05, 0.1), GAP)
        mesh.tube((at(body.cowl), side * w * 0.95, line - 0.01), (at(0.86), side * w * 0.955, line + 0.005), 0.012, GAP, sides=4)
        mesh.soft_box((at(front + 0.03), side * (w + 0.1), line + 0.09), (0.14, 0.2, 0.13), GAP)


def _ends(mesh: Mesh, body: Body) -> None:
    """Lamps, grille, intakes, bumpers, plates."""
    front, rear, w, b = -body.length / 2, body.length / 2, body.width / 2, body.bonnet
    for side in (-1, 1):
        mesh.ball((front + 0.1, side * w * 0.66, b * 0.745), (0.13, 0.23, 0.09), GAP, rings=6, sides=10)
        mesh.ball((front + 0.075, side * w * 0.66, b * 0.745), (0.12, 0.18, 0.068), chassis.LAMP, rings=6, sides=10)
        mesh.box((front + 0.015, side * w * 0.62, 0.36), (0.05, 0.22, 0.07), GAP)
        mesh.ball((rear - 0.055, side * w * 0.68, body.boot * 0.8), (0.07, 0.2, 0.085), chassis.TAIL, rings=6, sides=10)
    mesh.box((front - 0.004, 0, b * 0.72), (0.03, w * 0.85, b * 0.13), GAP)
    mesh.box((front - 0.012, 0, b * 0.72), (0.03, w * 0.8, 0.015), STEEL)
    mesh.box((front + 0.005, 0, 0.36), (0.05, w * 0.95, 0.1), GAP)
    mesh.box((front - 0.02, 0, 0.47), (0.03, 0.44, 0.13), chassis.PLATE)
    mesh.box((rear + 0.006, 0, body.boot * 0.68), (0.03, 0.44, 0.13), chassis.PLATE)
    mesh.box((rear + 0.004, 0, 0.38), (0.05, w * 1.5, 0.14), GAP)
