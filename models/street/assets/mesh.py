"""One mesh out of many simple solids, as arrays: a thing is one object, so that labels and visibility are asked of one object.

A thousand small Blender objects cost seconds of synchronisation a picture; one mesh whose faces carry their colours costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.street.assets import shapes
from models.street.assets.looks import Surface

Point = tuple[float, float, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Arrays:
    """A mesh in the form Blender takes: points (n, 3) in metres, corners of all faces one after another, corners per face,
    slot and smoothness per face, texture coordinates (corners, 2), and the surfaces that the slots name."""

    points: Floats
    corners: Ints
    sizes: Ints
    slots: Ints
    smooth: NDArray[np.bool_]
    uv: Floats
    surfaces: tuple[Surface, ...]


class Mesh:
    """Collects solids in metres, in the thing's own frame: origin on the ground, x to its right, front towards -y, z up."""

    def __init__(self) -> None:
        self._points: list[Floats] = []
        self._corners: list[Ints] = []
        self._sizes: list[Ints] = []
        self._slots: list[Ints] = []
        self._smooth: list[NDArray[np.bool_]] = []
        self._uv: list[Floats] = []
        self._known: dict[Surface, int] = {}
        self._count = 0

    def slot(self, surface: Surface) -> int:
        """The number of a surface in this mesh."""
        return self._known.setdefault(surface, len(self._known))

    def add(self, shape: shapes.Shape, surface: Surface | Ints, *, smooth: bool = False, uv: ArrayLike | None = None) -> None:
        """Adds faces; `surface` is one for all, or the slot of each face."""
        faces = len(shape.sizes)
        slots = surface if isinstance(surface, np.ndarray) else np.full(faces, self.slot(surface), np.int32)
        self._points.append(shape.points)
        self._corners.append(shape.corners + np.int32(self._count))
        self._sizes.append(shape.sizes)
        self._slots.append(slots)
        self._smooth.append(np.full(faces, smooth))
        self._uv.append(np.zeros((len(shape.corners), 2)) if uv is None else np.asarray(uv, np.float64))
        self._count += len(shape.points)

    def merge(self, other: Mesh, at: Point = (0.0, 0.0, 0.0), turn: float = 0.0, *, tilt: float = 0.0, roll: float = 0.0, scale: float | Point = 1.0) -> None:
        """Adds another mesh, scaled, then tilted about x, rolled about y, turned about z (radians), then moved."""
        given = other.arrays()
        if not len(given.points):
            return
        points = shapes.moved(given.points * np.asarray(scale), at, turn, tilt, roll)
        slots = np.array([self.slot(surface) for surface in given.surfaces], np.int32)[given.slots]
        self._points.append(points)
        self._corners.append(given.corners + np.int32(self._count))
        self._sizes.append(given.sizes)
        self._slots.append(slots)
        self._smooth.append(given.smooth)
        self._uv.append(given.uv)
        self._count += len(points)

    def arrays(self) -> Arrays:
        """The whole mesh as arrays."""
        if not self._points:
            none = np.zeros(0, np.int32)
            return Arrays(np.zeros((0, 3)), none, none, none, np.zeros(0, np.bool_), np.zeros((0, 2)), ())
        return Arrays(
            np.concatenate(self._points),
            np.concatenate(self._corners),
            np.concatenate(self._sizes),
            np.concatenate(self._slots),
            np.concatenate(self._smooth),
            np.concatenate(self._uv),
            tuple(self._known),
        )

    def box(self, centre: Point, size: Point, surface: Surface, *, turn: float = 0.0, tilt: float = 0.0, roll: float = 0.0) -> None:
        """A box by centre and size."""
        shape = shapes.BOX
        self.add(shapes.Shape(shapes.moved(shape.points * size, centre, turn, tilt, roll), shape.corners, shape.sizes), surface)

    def soft_box(self, centre: Point, size: Point, surface: Surface, *, turn: float = 0.0, tilt: float = 0.0) -> None:
        """A box with rounded edges: a cushion, a folded garment, a parcel, a sack of cement."""
        shape = shapes.soft_cube()
        self.add(shapes.Shape(shapes.moved(shape.points * size, centre, turn, tilt), shape.corners, shape.sizes), surface, smooth=True)

    def tube(self, start: Point, end: Point, radius: float, surface: Surface, *, end_radius: float | None = None, sides: int = 8, caps: bool = True) -> None:
        """A round bar or cone between two points."""
        self.add(shapes.tube(start, end, radius, radius if end_radius is None else end_radius, sides, caps), surface, smooth=sides > 6)

    def limb(self, path: Sequence[Point], radii: Sequence[float], surface: Surface, *, sides: int = 8) -> None:
        """A round body along a path with a radius at each point: an arm, a hose, a branch."""
        self.add(shapes.sweep(path, radii, sides), surface, smooth=True)

    def loft(self, rings: Sequence[tuple[Point, float, float]], surface: Surface | Sequence[Surface], *, sides: int = 12, lean: float = 0.0) -> None:
        """A smooth body through level ellipses (centre, radius x, radius y); one surface, or one for each storey between two rings."""
        shape = shapes.loft(rings, sides, lean)
        if isinstance(surface, Sequence):
            slots = np.repeat([self.slot(one) for one in surface], sides)
            self.add(shape, np.concatenate([slots, [slots[0], slots[-1]]]).astype(np.int32), smooth=True)
        else:
            self.add(shape, surface, smooth=True)

    def ball(self, centre: Point, radii: Point, surface: Surface, *, rings: int = 6, sides: int = 10, wobble: float = 0.0, seed: int = 0) -> None:
        """An ellipsoid; `wobble` (0..1) dents it, for shrubs, melons and sacks."""
        self.balls(np.array([centre]), np.array([radii]), [surface], rings=rings, sides=sides, wobble=wobble, seed=seed)

    def balls(
        self, centres: ArrayLike, radii: ArrayLike, surfaces: Sequence[Surface], *, rings: int = 4, sides: int = 7, wobble: float = 0.0, seed: int = 0
    ) -> None:
        """Many ellipsoids at once: centres (n, 3), radii (n, 3) or (3,), surfaces taken in turn."""
        places = np.asarray(centres, np.float64).reshape(-1, 3)
        count = len(places)
        if not count:
            return
        shape = shapes.ball(rings, sides)
        sizes = np.broadcast_to(np.asarray(radii, np.float64), (count, 3))
        points = shape.points[None] * sizes[:, None]
        if wobble:
            points = points * (1 + wobble * (np.random.default_rng(seed).random((count, len(shape.points), 1)) - 0.5))
        corners = shape.corners[None] + (np.arange(count, dtype=np.int32) * len(shape.points))[:, None]
        slots = np.array([self.slot(surfaces[i % len(surfaces)]) for i in range(count)], np.int32)
        whole = shapes.Shape((points + places[:, None]).reshape(-1, 3), corners.ravel(), np.tile(shape.sizes, count))
        self.add(whole, np.repeat(slots, len(shape.sizes)).astype(np.int32), smooth=wobble < 0.5)

    def boxes(self, centres: ArrayLike, sizes: ArrayLike, surfaces: Sequence[Surface], turns: ArrayLike = 0.0) -> None:
        """Many boxes at once: centres (n, 3), sizes (n, 3) or (3,), surfaces in turn, turns (n,) about z."""
        places = np.asarray(centres, np.float64).reshape(-1, 3)
        count = len(places)
        if not count:
            return
        points = shapes.BOX.points[None] * np.broadcast_to(np.asarray(sizes, np.float64), (count, 3))[:, None]
        angle = np.broadcast_to(np.asarray(turns, np.float64), (count,))[:, None]
        x, y = points[..., 0] * np.cos(angle) - points[..., 1] * np.sin(angle), points[..., 0] * np.sin(angle) + points[..., 1] * np.cos(angle)
        turned = np.stack([x, y, points[..., 2]], -1) + places[:, None]
        corners = shapes.BOX.corners[None] + (np.arange(count, dtype=np.int32) * 8)[:, None]
        slots = np.array([self.slot(surfaces[i % len(surfaces)]) for i in range(count)], np.int32)
        self.add(shapes.Shape(turned.reshape(-1, 3), corners.ravel(), np.tile(shapes.BOX.sizes, count)), np.repeat(slots, 6).astype(np.int32))

    def hoop(self, centre: Point, radius: float, thickness: float, surface: Surface, *, sides: int = 18) -> None:
        """A ring standing in the x-z plane: the wheel of a bicycle."""
        shape = shapes.hoop(radius, thickness, sides)
        self.add(shapes.Shape(shape.points + centre, shape.corners, shape.sizes), surface, smooth=True)

    def prism(self, profile: Sequence[tuple[float, float]], y0: float, y1: float, surface: Surface) -> None:
        """A side view (x, z), counter-clockwise, drawn out from y0 to y1."""
        self.add(shapes.prism(profile, y0, y1), surface)

    def sheet(self, grid: ArrayLike, surface: Surface, *, smooth: bool = True) -> None:
        """A cloth: grid (rows, columns, 3) of points; a picture lies over the whole of it, its first row at the picture's top."""
        points = np.asarray(grid, np.float64)
        shape, uv = shapes.sheet(points)
        self.add(shape, surface, smooth=smooth, uv=uv)

    def panel(self, centre: Point, width: float, height: float, surface: Surface, *, turn: float = 0.0, tilt: float = 0.0) -> None:
        """A standing rectangle that faces -y before it is turned; a picture reads from its left to its right."""
        w, h = width / 2, height / 2
        points = shapes.moved(np.array([(-w, 0, h), (w, 0, h), (-w, 0, -h), (w, 0, -h)], np.float64), centre, turn, tilt)
        self.sheet(points.reshape(2, 2, 3), surface, smooth=False)

    def slab(self, centre: Point, width: float, depth: float, surface: Surface, *, turn: float = 0.0, tilt: float = 0.0) -> None:
        """A lying rectangle that faces up: a mat, a poster on a table."""
        self.panel(centre, width, depth, surface, turn=turn, tilt=tilt - math.pi / 2)

    def disc(self, centre: Point, radius: float, surface: Surface, *, sides: int = 16) -> None:
        """A lying round plate, a millimetre thick."""
        self.tube(centre, (centre[0], centre[1], centre[2] + 0.002), radius, surface, sides=sides)
