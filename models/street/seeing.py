"""What a camera sees of a thing: exact visible extent, how much of it others hide, whether it leaves the picture, how far it is.

All surfaces of the scene are put into one tree of triangles (Blender's BVHTree), those that move from picture to picture into a second; the
extent is walked in from each of its four ends until a point shows, so an unhidden thing costs four rays and its box is exact to the vertex.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.street.lens import Lens

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE_METRES = 0.04
STEPS = 56
"""How many points are tried from each end of an extent."""
SHARE_SAMPLES = 72


@dataclass(frozen=True, slots=True)
class Eye:
    """A camera as numbers: where it is, its axes as rows (right, up, backwards), tangent of half its horizontal field, width by height, lens."""

    at: Floats
    axes: Floats
    half_tangent: float
    aspect: float
    lens: Lens

    def project(self, points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Points (n, 3) of the street in the bent picture, 0..1 from the top left, and which of them lie before the camera."""
        seen = (points - self.at) @ self.axes.T
        depth = -seen[:, 2]
        front = depth > 0.15
        safe = np.where(front, depth, 1.0)
        x = 0.5 + seen[:, 0] / safe / (2 * self.half_tangent)
        y = 0.5 - seen[:, 1] / safe / (2 * self.half_tangent) * self.aspect
        # A point far outside needs no exact place, and the lens's cubic none of its size.
        flat = np.clip(np.stack([x, y], 1), -3.0, 4.0)
        return self.lens.bend(flat, self.aspect), front


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture shows of a thing.

    Attributes:
        xyxy: visible extent, 0..1.
        visible: share of its surface towards the camera that is in the picture and that nothing hides, 0..1.
        occlusion: share of what lies in the picture that others hide, 0..1.
        truncated: whether it leaves the picture.
        distance_metres: from the camera to its nearest sampled point.
    """

    xyxy: tuple[float, float, float, float]
    visible: float
    occlusion: float
    truncated: bool
    distance_metres: float


@dataclass(slots=True)
class Body:
    """An object's surface in the street's frame: points (n, 3); faces' middles, normals, areas; corner lists for the tree."""

    points: Floats
    middles: Floats
    normals: Floats
    areas: Floats
    corners: list[int]
    sizes: list[int]


def body(thing: Any) -> Body:
    """Reads a Blender mesh object; faces of clear pictures (smoke, nets, stains) are left out, since they hide nothing and mark no extent."""
    mesh = thing.data
    matrix = np.array(thing.matrix_world, np.float64)
    count, faces = len(mesh.vertices), len(mesh.polygons)
    co = np.empty(count * 3, np.float32)
    mesh.vertices.foreach_get("co", co)
    middles, normals, areas = np.empty(faces * 3, np.float32), np.empty(faces * 3, np.float32), np.empty(faces, np.float32)
    mesh.polygons.foreach_get("center", middles)
    mesh.polygons.foreach_get("normal", normals)
    mesh.polygons.foreach_get("area", areas)
    corners, sizes, slots = np.empty(len(mesh.loops), np.int32), np.empty(faces, np.int32), np.empty(faces, np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.polygons.foreach_get("loop_total", sizes)
    mesh.polygons.foreach_get("material_index", slots)
    clear = np.array([bool(material is not None and material.get("clear", False)) for material in mesh.materials] or [False])
    kept = ~clear[np.minimum(slots, len(clear) - 1)]
    used, renumbered = np.unique(corners[np.repeat(kept, sizes)], return_inverse=True)
    return Body(
        co.reshape(-1, 3)[used].astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3],
        middles.reshape(-1, 3)[kept].astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3],
        normals.reshape(-1, 3)[kept].astype(np.float64) @ matrix[:3, :3].T,
        areas[kept].astype(np.float64),
        renumbered.ravel().tolist(),
        sizes[kept].tolist(),
    )


@dataclass(slots=True)
class Sight:
    """The bodies of a scene and the trees that rays are cast into; objects are known by name."""

    bodies: dict[str, Body] = field(default_factory=dict)
    _trees: list[Any] = field(default_factory=list)
    _owners: list[list[str]] = field(default_factory=list)

    def build(self, still: list[Any], movers: list[Any]) -> None:
        """Reads the objects that stay and those that move, and grows a tree of each."""
        self._trees.clear()
        self._owners.clear()
        self.bodies = {thing.name: body(thing) for thing in (*still, *movers)}
        self._grow([thing.name for thing in still])
        self._grow([thing.name for thing in movers])

    def move(self, movers: list[Any]) -> None:
        """Reads the moved objects anew."""
        for thing in movers:
            self.bodies[thing.name] = body(thing)
        self._trees.pop()
        self._owners.pop()
        self._grow([thing.name for thing in movers])

    def _grow(self, names: list[str]) -> None:
        from mathutils.bvhtree import BVHTree

        points: list[list[float]] = []
        faces: list[list[int]] = []
        owners: list[str] = []
        for name in names:
            one = self.bodies[name]
            first, at = len(points), 0
            points.extend(one.points.tolist())
            corners = [first + corner for corner in one.corners]
            for size in one.sizes:
                faces.append(corners[at : at + size])
                at += size
            owners.extend([name] * len(one.sizes))
        self._trees.append(BVHTree.FromPolygons(points, faces) if faces else None)
        self._owners.append(owners)

    def first_hit(self, start: Floats, end: Floats) -> tuple[str | None, float]:
        """The first object on the way from start to end, and how far; (None, length) where the way is clear."""
        way = end - start
        length = float(np.linalg.norm(way))
        found: str | None = None
        nearest = length + TOLERANCE_METRES
        origin, direction = tuple(start), tuple(way / max(length, 1e-9))
        for tree, owners in zip(self._trees, self._owners, strict=True):
            if tree is None:
                continue
            _, _, index, distance = tree.ray_cast(origin, direction, nearest)
            if index is not None and distance < nearest:
                found, nearest = owners[index], float(distance)
        return found, min(nearest, length)

    def shows(self, eye: Eye, point: Floats, names: frozenset[str], through: frozenset[str] = frozenset()) -> bool:
        """Whether nothing else hides a point of the named objects, but for those that are seen `through`."""
        start = eye.at
        while True:
            who, distance = self.first_hit(start, point)
            length = float(np.linalg.norm(point - start))
            if who is None or who in names or distance > length - TOLERANCE_METRES:
                return True
            if who not in through:
                return False
            start = start + (point - start) * ((distance + TOLERANCE_METRES) / length)

    def see(self, eye: Eye, names: tuple[str, ...], through: frozenset[str] = frozenset()) -> Seen | None:
        """What the camera sees of some objects as one thing, or None where that is nothing; objects that it sees `through` hide nothing."""
        points = np.concatenate([self.bodies[name].points for name in names])
        if not len(points):
            return None
        flat, front = eye.project(points)
        inside = front & ((flat >= 0) & (flat <= 1)).all(axis=1)
        if not inside.any():
            return None
        own = frozenset(names)
        share = self._share(eye, names, own, through)
        if share is None:
            return None
        visible, occlusion = share
        candidates = np.flatnonzero(inside)
        ends = []
        for axis, sign in ((0, 1.0), (1, 1.0), (0, -1.0), (1, -1.0)):
            end = self._end(eye, points, flat, candidates, axis, sign, own, through)
            if end is None:
                return None
            ends.append(end)
        x0, y0, x1, y1 = ends
        truncated = bool((~inside).any())
        if truncated:
            x0, y0, x1, y1 = _to_the_edge((x0, y0, x1, y1), flat[front], visible > 0.02)
        if x1 <= x0 or y1 <= y0:
            return None
        distance = float(np.linalg.norm(points[candidates] - eye.at, axis=1).min())
        return Seen((x0, y0, x1, y1), round(visible, 3), round(occlusion, 3), truncated, round(distance, 2))

    def _end(
        self, eye: Eye, points: Floats, flat: Floats, candidates: Ints, axis: int, sign: float, own: frozenset[str], through: frozenset[str]
    ) -> float | None:
        """The first visible point from one end."""
        order = candidates[np.argsort(sign * flat[candidates, axis], kind="stable")]
        last = len(order) - 1
        tried = sorted({round(last * (k / (STEPS - 1)) ** 2) for k in range(STEPS)})
        for index in tried:
            if self.shows(eye, points[order[index]], own, through):
                return float(flat[order[index], axis])
        return None

    def _share(self, eye: Eye, names: tuple[str, ...], own: frozenset[str], through: frozenset[str]) -> tuple[float, float] | None:
        """Visible share of all and hidden share of what is in the picture, by faces drawn by their size towards the camera."""
        middles = np.concatenate([self.bodies[name].middles for name in names])
        normals = np.concatenate([self.bodies[name].normals for name in names])
        areas = np.concatenate([self.bodies[name].areas for name in names])
        way = middles - eye.at
        far = np.linalg.norm(way, axis=1) + 1e-9
        weight = areas * np.maximum(-(normals * way).sum(axis=1) / far, 0) / far**2
        total = float(weight.sum())
        if total <= 0:
            weight = areas / far**2  # single-sided cloth seen from its back
            total = float(weight.sum())
        if total <= 0:
            return None
        at = (np.arange(SHARE_SAMPLES) + 0.5) / SHARE_SAMPLES * total
        picked = np.minimum(np.searchsorted(np.cumsum(weight), at), len(weight) - 1)
        flat, front = eye.project(middles[picked])
        inside = front & ((flat >= 0) & (flat <= 1)).all(axis=1)
        if not inside.any():
            return 0.0, 0.0
        shown = sum(self.shows(eye, middles[face], own, through) for face in picked[inside])
        in_picture = int(inside.sum())
        return shown / SHARE_SAMPLES, 1 - shown / in_picture


def _to_the_edge(box: tuple[float, float, float, float], flat: Floats, shows: bool) -> tuple[float, float, float, float]:
    """A box of a thing that leaves the picture reaches the border where its surface crosses it, though no vertex lies exactly there."""
    x0, y0, x1, y1 = box
    if not shows or not len(flat):
        return box
    low, high = flat.min(axis=0), flat.max(axis=0)
    if low[0] < 0 and x0 < 0.06:
        x0 = 0.0
    if low[1] < 0 and y0 < 0.06:
        y0 = 0.0
    if high[0] > 1 and x1 > 0.94:
        x1 = 1.0
    if high[1] > 1 and y1 > 0.94:
        y1 = 1.0
    return x0, y0, x1, y1


def eye_of(position: tuple[float, float, float], aim: tuple[float, float, float], roll_degrees: float, field_degrees: float, aspect: float, lens: Lens) -> Eye:
    """A camera's numbers from where it hangs, what it looks at and how it is rolled."""
    at = np.array(position, np.float64)
    back = at - np.array(aim, np.float64)
    back /= np.linalg.norm(back)
    right = np.cross(np.array([0.0, 0.0, 1.0]), back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    c, s = math.cos(math.radians(roll_degrees)), math.sin(math.radians(roll_degrees))
    return Eye(at, np.stack([c * right + s * up, c * up - s * right, back]), math.tan(math.radians(field_degrees) / 2), aspect, lens)
