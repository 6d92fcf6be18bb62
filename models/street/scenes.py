"""The first street from a seed, and what the demo's clips stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from models.street.ground import KERB_Y, build_shops, furnish, lay_ground
from models.street.materials import Palette
from models.street.mesh import Point
from models.street.shoot import reset, set_light


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


def _floor(y: float) -> float:
    """Height of the surface at y: the pavement lies 13 cm above the carriageway."""
    return 0.08 if y > KERB_Y else -0.05
