"""A street scene from a seed: what stands where, under which light, seen by which camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

from models.street import goods, people, vehicles
from models.street.ground import BIKE_LANE_Y, FAR_KERB_Y, KERB_Y, build_shops, furnish, lay_ground
from models.street.materials import Palette
from models.street.mesh import Point
from models.street.shoot import PoleCamera, reset, set_light

CLASSES = ("stall", "goods_out", "vendor_vehicle", "parasol")
"""The order of the class ids in training sets."""


@dataclass(slots=True)
class Street:
    """A built street: the Blender scene, its materials, its shops, and what was placed as (class name, object)."""

    seed: int
    scene: Any
    palette: Palette
    shops: list[tuple[float, float]]
    things: list[tuple[str, Any]] = field(default_factory=list)

    def place(self, label: str, mesh: Any, at: Point, turn: float = 0.0) -> Any:
        """Stands a thing in the street under a class name."""
        thing = mesh.finish(label, location=at, turn=turn)
        self.things.append((label, thing))
        return thing

    def remove(self, thing: Any) -> None:
        """Takes a thing away again."""
        import bpy

        self.things = [(label, other) for label, other in self.things if other != thing]
        mesh = thing.data
        bpy.data.objects.remove(thing, do_unlink=True)
        bpy.data.meshes.remove(mesh)


def open_street(seed: int, weather: str, *, threads: int = 0, clear_x: tuple[float, ...] = ()) -> Street:
    """Builds the empty street of a seed; no tree stands near the places `clear_x` (metres along the street)."""
    random = Random(seed)
    scene = reset(seed, threads=threads)
    palette = Palette(random)
    lay_ground(palette, random)
    shops = build_shops(palette, random)
    furnish(palette, random, clear_x=clear_x)
    set_light(scene, random, weather)
    return Street(seed, scene, palette, shops)


def draw_camera(random: Random, x: float, y: float, *, near: bool | None = None) -> PoleCamera:
    """A pole camera that has the spot (x, y) in view: 3.5 to 7.5 m high, from across the way or from along the kerb."""
    height = random.uniform(3.5, 7.5)
    side = random.choice((-1, 1))
    close = random.random() < 0.5 if near is None else near
    distance = random.uniform(5.5, 10) if close else random.uniform(10, 20)
    angle = random.uniform(math.radians(15), math.radians(80))
    position = (x + side * distance * math.cos(angle), max(FAR_KERB_Y - 2, y - distance * math.sin(angle)), height)
    target = (x + random.uniform(-1.5, 1.5), y + random.uniform(-1.0, 0.6), random.uniform(0.3, 1.2))
    return PoleCamera(position, target, random.uniform(42, 75))


def add_stall(street: Street, random: Random, x: float, y: float, *, attended: bool = True, shade: bool | None = None) -> None:
    """A stall at a spot, its vendor behind it, customers before it, mostly under a parasol."""
    turn = random.uniform(-0.3, 0.3) + random.choice((0.0, 0.0, 0.0, math.pi / 2, -math.pi / 2))
    street.place("stall", goods.stall(street.palette, random), (x, y, _floor(y)), turn)
    if random.random() < 0.65 if shade is None else shade:
        at = people.turned((x, y, _floor(y)), turn, (random.uniform(-0.6, 0.6), random.uniform(0.2, 0.7), 0.0))
        street.place("parasol", goods.parasol(street.palette, random), at, random.uniform(0, 1))
    if attended:
        at = people.turned((x, y, _floor(y)), turn, (random.uniform(-0.5, 0.5), random.uniform(0.8, 1.1), 0.0))
        street.place("person", people.person(street.palette, random, pose=random.choice(("serve", "stand"))), at, turn + random.uniform(-0.3, 0.3))
    for offset, facing in people.customers(random, random.choice((0, 0, 1, 1, 2, 3)), spread=1.0):
        street.place("person", people.person(street.palette, random), people.turned((x, y, _floor(y)), turn, offset), turn + facing)


def add_vendor_vehicle(street: Street, random: Random, x: float, y: float) -> None:
    """A selling tricycle or cart with its vendor."""
    turn = random.choice((0.0, math.pi, math.pi / 2)) + random.uniform(-0.3, 0.3)
    street.place("vendor_vehicle", goods.vendor_vehicle(street.palette, random), (x, y, _floor(y)), turn)
    if random.random() < 0.4:
        street.place("parasol", goods.parasol(street.palette, random), (x + random.uniform(-0.7, 0.7), y + random.uniform(0.3, 0.9), _floor(y)))
    for _ in range(random.choice((1, 1, 2))):
        at = (x + random.uniform(-1.2, 1.2), y + random.choice((-1.2, 1.1)), _floor(y))
        street.place("person", people.person(street.palette, random), at, random.uniform(0, 6.3))


def add_goods_out(street: Street, random: Random, x: float) -> None:
    """A shop's goods on the pavement before its line."""
    street.place("goods_out", goods.goods_out(street.palette, random), (x, -random.uniform(0.9, 1.6), _floor(-1)), random.uniform(-0.08, 0.08))
    if random.random() < 0.35:
        street.place("person", people.person(street.palette, random), (x + random.uniform(-1.5, 1.5), -2.3, _floor(-1)), random.uniform(0, 6.3))
    if random.random() < 0.2:
        street.place("parasol", goods.parasol(street.palette, random), (x + random.uniform(-1, 1), -1.8, _floor(-1)))


def add_traffic(street: Street, random: Random, *, clear: list[tuple[float, float]]) -> None:
    """Cars, bicycles, scooters and walkers about, none within 2 m of the spots in `clear`."""

    def free(x: float, y: float, room: float) -> bool:
        return all(abs(x - cx) > room or abs(y - cy) > 1.6 for cx, cy in clear)

    for _ in range(random.randint(1, 5)):
        x, y = random.uniform(-18, 18), random.choice((BIKE_LANE_Y - 1.6, BIKE_LANE_Y - 4.6, KERB_Y - 1.1))
        if free(x, y, 4.0):
            turn = (0.0 if y > BIKE_LANE_Y - 3 else math.pi) + random.uniform(-0.03, 0.03)
            mesh = vehicles.car(street.palette, random) if random.random() < 0.75 else vehicles.van(street.palette, random)
            street.place("car", mesh, (x, y, -0.05), turn)
            clear = [*clear, (x, y)]
    for _ in range(random.randint(0, 5)):
        x, y = random.uniform(-12, 12), random.choice((KERB_Y + 0.7, KERB_Y - 1.0, -0.8))
        if free(x, y, 1.5):
            mesh = vehicles.bicycle(street.palette, random, shared=random.random() < 0.4) if random.random() < 0.6 else vehicles.scooter(street.palette, random)
            street.place("bicycle", mesh, (x, y, _floor(y)), random.uniform(1.2, 1.9))
    wet = random.random() < 0.2
    for _ in range(random.randint(1, 8)):
        x, y = random.uniform(-11, 11), random.uniform(KERB_Y + 0.3, -0.6)
        if free(x, y, 1.0):
            mesh = people.person(street.palette, random, pose="walk", phase=random.random(), umbrella=wet and random.random() < 0.8)
            street.place("person", mesh, (x, y, _floor(y)), random.choice((math.pi / 2, -math.pi / 2)) + random.uniform(-0.4, 0.4))


def add_lookalike(street: Street, random: Random, x: float) -> None:
    """What must not be taken for trading: an unloading van, a row of bicycles, a queue, a parked tricycle-like load of cartons, planters."""
    kind = random.choice(("unloading", "bicycles", "queue", "planters", "umbrellas", "cartons"))
    if kind == "unloading":
        add_unloading(street, random, x)
    elif kind == "bicycles":
        for i in range(random.randint(4, 9)):
            mesh = vehicles.bicycle(street.palette, random, shared=random.random() < 0.6)
            street.place("bicycle", mesh, (x + 0.6 * i - 2, KERB_Y + 0.9, _floor(-3)), math.pi / 2 + random.uniform(-0.25, 0.25))
    elif kind in ("queue", "umbrellas"):
        for i in range(random.randint(4, 7)):
            mesh = people.person(street.palette, random, umbrella=kind == "umbrellas" or random.random() < 0.4)
            street.place("person", mesh, (x + 0.75 * i - 2, -0.9 + random.uniform(-0.2, 0.2), _floor(-1)), math.pi / 2 + random.uniform(-0.4, 0.4))
    elif kind == "planters":
        from models.street.mesh import MeshBuilder

        for i in range(3):
            mesh = MeshBuilder()
            mesh.box((0, 0, 0.25), (1.1, 0.45, 0.5), street.palette.plain((0.4, 0.38, 0.35)))
            for k in range(7):
                leaf = street.palette.pick(((0.06, 0.2, 0.04), (0.3, 0.05, 0.1), (0.1, 0.25, 0.05)), noise=0.5, scale=14.0)
                mesh.ball((-0.42 + 0.14 * k, 0, 0.6), (0.14, 0.2, 0.17), leaf, wobble=0.6, seed=random.randrange(9999))
            street.place("planter", mesh, (x + 1.4 * i - 1.5, -1.0, _floor(-1)), 0.0)
    else:
        add_cartons(street, random, x, -1.2)


def add_cartons(street: Street, random: Random, x: float, y: float) -> None:
    """Closed cartons that wait to be carried in."""
    from models.street.mesh import MeshBuilder

    mesh = MeshBuilder()
    for i in range(random.randint(2, 6)):
        size = random.uniform(0.3, 0.5)
        mesh.box(
            (0.45 * (i % 3) - 0.4, 0.35 * (i // 3), size / 2),
            (size, size * 0.8, size),
            street.palette.plain((0.5, 0.36, 0.2), scale=4.0),
            turn=random.uniform(-0.3, 0.3),
        )
    street.place("cartons", mesh, (x, y, _floor(y)), 0.0)


def add_unloading(street: Street, random: Random, x: float) -> None:
    """A van at the kerb with open doors, somebody carrying a carton, a few cartons on the pavement."""
    street.place("truck", vehicles.van(street.palette, random, open_doors=True), (x, KERB_Y - 1.15, -0.05), random.uniform(-0.04, 0.04))
    street.place("person", people.person(street.palette, random, pose="walk", phase=random.random(), box=True), (x + 2.6, -3.0, _floor(-3)), math.pi)
    if random.random() < 0.6:
        add_cartons(street, random, x + 3.2, KERB_Y + 0.6)


def _floor(y: float) -> float:
    """Height of the surface at y: the pavement lies 13 cm above the carriageway."""
    return 0.08 if y > KERB_Y else -0.05
