"""What an asset is: parts with their own class, and which parts together make the box of which class."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from models.street.assets.mesh import Mesh, Point

LOOK_ALIKES = (
    "unloading", "courier", "rider", "construction", "cleaning_cart", "bus_shelter", "umbrella_queue", "planter", "flag", "parked_tricycle",
)  # fmt: skip
"""Classes of the verifier for what is no trading and looks like it; no class of the detector."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object of an asset: where it stands in the asset's frame, and the class of its own (COCO's name, a street class, or None)."""

    mesh: Mesh
    at: Point = (0.0, 0.0, 0.0)
    turn: float = 0.0
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp or glow that shines at night: place in the asset's frame, watts as Blender counts them, colour."""

    at: Point
    watts: float
    colour: tuple[float, float, float] = (1.0, 0.86, 0.62)


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that stands in the street.

    Attributes:
        name: its name in the catalogue.
        families: kind/family of everything it was made of.
        parts: its objects; origin on the ground in the middle, front towards -y, metres.
        boxes: class and the indices of the parts whose joint visible extent is the box of that class.
        footprint: room it takes along x and y, people included.
        covered: a closed and covered stall.
        lights: what shines at night.
    """

    name: str
    families: tuple[str, ...]
    parts: tuple[Part, ...]
    boxes: tuple[tuple[str, tuple[int, ...]], ...]
    footprint: tuple[float, float]
    covered: bool = False
    lights: tuple[Light, ...] = ()


@dataclass(slots=True)
class Draft:
    """An asset in the making."""

    name: str
    families: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    boxes: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)

    def add(self, mesh: Mesh, at: Point = (0.0, 0.0, 0.0), turn: float = 0.0, *, label: str | None = None) -> int:
        """Adds a part; one with a label has a box of its own."""
        self.parts.append(Part(mesh, at, turn, label))
        index = len(self.parts) - 1
        if label is not None:
            self.boxes.append((label, (index,)))
        return index

    def box(self, label: str, parts: list[int]) -> None:
        """Tells that these parts together are one thing of a class."""
        self.boxes.append((label, tuple(parts)))

    def done(self, footprint: tuple[float, float], *, covered: bool = False) -> Asset:
        """The finished asset."""
        return Asset(self.name, tuple(dict.fromkeys(self.families)), tuple(self.parts), tuple(self.boxes), footprint, covered, tuple(self.lights))


def turned(place: Point, turn: float, offset: Point) -> Point:
    """Where an offset in a thing's own frame lies in the frame the thing stands in."""
    c, s = math.cos(turn), math.sin(turn)
    return (place[0] + c * offset[0] - s * offset[1], place[1] + s * offset[0] + c * offset[1], place[2] + offset[2])
