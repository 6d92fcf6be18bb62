"""What a clip shows as values: single meshes with their place and the shots that show them, and events in their place. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from models.street.assets import fixtures
from models.street.assets.asset import Asset
from models.street.assets.looks import CONCRETE, DARK_STEEL, STEEL, tinted
from models.street.assets.mesh import Mesh, Point
from models.street.assets.people import person
from models.street.clips.script import Event

Place = tuple[float, float, float]
BALCONY_DEEP, RAIL_HIGH = 1.5, 1.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A mesh that shots show.

    Attributes:
        make: builds it; asked only where it must be rendered or measured.
        at, turn: where it stands.
        first, last: the shots that show it, `last` left out.
        passing: whether it is drawn over the still picture instead of being part of it.
        way: its velocity in metres a second.
        event: index of the event that it belongs to, None for passers-by.
        part: goods | vendor | people | shade | pile | passer | vehicle.
        lamps: half length and lamps' distance from the axis of a vehicle, None for others.
        label: the class of its own that a part has, such as `parasol`, None for others.
    """

    make: Callable[[], Mesh]
    at: Place
    turn: float
    first: int
    last: int
    passing: bool = False
    way: tuple[float, float] = (0.0, 0.0)
    event: int | None = None
    part: str = "people"
    lamps: tuple[float, float] | None = None
    label: str | None = None

    def seen(self, shot: int) -> bool:
        """Whether a shot shows it."""
        return self.first <= shot < self.last


@dataclass(frozen=True, slots=True)
class Staged:
    """An event in its place: its asset, half extents of its room along and across the street, and the corners on the ground of its painted box or zone where
    it has one."""

    event: Event
    asset: Asset
    x: float
    y: float
    z: float
    turn: float
    half: tuple[float, float]
    pitch: tuple[tuple[float, float], ...] = ()


def whole(asset: Asset) -> Mesh:
    """All parts of an asset as one mesh."""
    mesh = Mesh()
    for part in asset.parts:
        mesh.merge(part.mesh, part.at, part.turn)
    return mesh


def reach(mesh: Mesh) -> tuple[Point, Point]:
    """The lowest and highest corner of a mesh, single outliers left out."""
    points = mesh.arrays().points
    low, high = np.percentile(points, 0.5, axis=0), np.percentile(points, 99.5, axis=0)
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))


def cartons(seed: str) -> Mesh:
    """What a vendor unpacks: closed cartons."""
    mesh = Mesh()
    fixtures.cartons(mesh, Random(seed), (0.0, 0.0, 0.0), (1.0, 0.5), 5)
    return mesh


def balcony(random: Random, half: float, up: float) -> Mesh:
    """A balcony of the first floor about its middle: a slab `up` metres over the pavement, and a railing of bars."""
    mesh, deep = Mesh(), BALCONY_DEEP / 2
    wall = tinted(random, (CONCRETE.colour, (0.5, 0.47, 0.42), (0.42, 0.42, 0.43)), 0.1, rough=0.9, noise=0.15)
    bars = tinted(random, (STEEL.colour, DARK_STEEL.colour, (0.55, 0.54, 0.52)), 0.1, rough=0.5)
    mesh.box((0.0, 0.0, up - 0.08), (2 * half, 2 * deep, 0.14), wall)
    for z in (0.08, RAIL_HIGH):
        mesh.box((0.0, -deep + 0.03, up + z), (2 * half, 0.05, 0.04), bars)
        for side in (-1, 1):
            mesh.box((side * (half - 0.03), 0.0, up + z), (0.05, 2 * deep, 0.04), bars)
    count = round(2 * half / 0.13)
    for i in range(count + 1):
        x = -half + 0.03 + (2 * half - 0.06) * i / count
        mesh.tube((x, -deep + 0.03, up), (x, -deep + 0.03, up + RAIL_HIGH), 0.011, bars, sides=4)
    return mesh


def somebody(seed: str, split: str, pose: str, **rest: object) -> Callable[[], Mesh]:
    """A person of a seed in a posture."""
    return lambda: person(Random(seed), split, pose=pose, **rest)  # type: ignore[arg-type]
