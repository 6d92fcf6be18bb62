"""The solids as arrays: points (n, 3), corners of all faces one after another, and how many corners each face has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Points and faces of a solid."""

    points: Floats
    corners: Ints
    sizes: Ints


def of(points: Sequence[Point] | Floats, faces: Sequence[Sequence[int]]) -> Shape:
    """A shape from points and faces of any number of corners."""
    return Shape(np.asarray(points, np.float64), np.array([i for face in faces for i in face], np.int32), np.array([len(face) for face in faces], np.int32))


BOX = of(
    [(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)],
    [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (1, 3, 7, 5), (0, 4, 6, 2)],
)


def moved(points: Floats, at: Point, turn: float = 0.0, tilt: float = 0.0, roll: float = 0.0) -> Floats:
    """Points tilted about x, rolled about y, turned about z (radians), then moved to `at`."""
    out: Floats = points
    for angle, a, b in ((tilt, 1, 2), (roll, 2, 0), (turn, 0, 1)):
        if angle:
            out, was = out.copy(), out
            c, s = math.cos(angle), math.sin(angle)
            out[..., a], out[..., b] = was[..., a] * c - was[..., b] * s, was[..., a] * s + was[..., b] * c
    return np.asarray(out + np.asarray(at), np.float64)


@lru_cache(maxsize=64)
def ball(rings: int, sides: int) -> Shape:
    """The unit sphere."""
    points: list[Point] = [(0, 0, -1)]
    for i in range(1, rings):
        phi = -math.pi / 2 + math.pi * i / rings
        points += [(math.cos(phi) * math.cos(t), math.cos(phi) * math.sin(t), math.sin(phi)) for t in (2 * math.pi * j / sides for j in range(sides))]
    points.append((0, 0, 1))
    last, top = len(points) - 1, 1 + (rings - 2) * sides
    faces: list[tuple[int, ...]] = [(0, 1 + (j + 1) % sides, 1 + j) for j in range(sides)]
    for i in range(rings - 2):
        faces += _band(1 + i * sides, 1 + (i + 1) * sides, sides)
    faces += [(top + j, top + (j + 1) % sides, last) for j in range(sides)]
    return of(points, faces)


@lru_cache(maxsize=4)
def soft_cube() -> Shape:
    """The unit cube with rounded edges: a sphere pushed out towards its corners."""
    sphere = ball(8, 12)
    p = sphere.points
    bent = np.sign(p) * np.abs(p) ** 0.45
    return Shape(bent / np.abs(bent).max(axis=0) / 2, sphere.corners, sphere.sizes)


def _band(low: int, high: int, sides: int) -> list[tuple[int, ...]]:
    return [(low + j, low + (j + 1) % sides, high + (j + 1) % sides, high + j) for j in range(sides)]


@lru_cache(maxsize=64)
def _storeys(rings: int, sides: int, caps: bool) -> tuple[Ints, Ints]:
    """Corners and sizes of the faces between `rings` rings of `sides` points, closed below and above if `caps`."""
    faces = [face for i in range(rings - 1) for face in _band(i * sides, (i + 1) * sides, sides)]
    if caps:
        faces += [tuple(range(sides - 1, -1, -1)), tuple(range((rings - 1) * sides, rings * sides))]
    shape = of(np.zeros((1, 3)), faces)
    return shape.corners, shape.sizes


@lru_cache(maxsize=32)
def _circle(sides: int) -> Floats:
    angle = 2 * np.pi * np.arange(sides) / sides
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def tube(start: Point, end: Point, radius: float, end_radius: float, sides: int, caps: bool) -> Shape:
    """A cone's stump between two points."""
    return _swept(np.array([start, end], np.float64), np.array([radius, end_radius]), sides, caps)


def sweep(path: Sequence[Point], radii: Sequence[float], sides: int) -> Shape:
    """A closed round body along a path, its rings across the path."""
    return _swept(np.asarray(path, np.float64), np.asarray(radii, np.float64), sides, True)


def _swept(path: Floats, radii: Floats, sides: int, caps: bool) -> Shape:
    along = np.empty_like(path)
    along[1:-1] = path[2:] - path[:-2]
    along[0], along[-1] = path[1] - path[0], path[-1] - path[-2]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(along[:, 2:]) < 0.9, np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 0.0]]))
    if len(path) > 2:  # one helper for the whole body, so that its rings do not twist
        helper = np.broadcast_to(np.array([[1.0, 0.0, 0.0]]) if np.abs(along[:, 0]).max() < 0.9 else np.array([[0.0, 1.0, 0.1]]), along.shape)
    u = np.cross(along, helper)
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-9)
    v = np.cross(along, u)
    circle = _circle(sides)
    rings = path[:, None] + radii[:, None, None] * (circle[None, :, :1] * u[:, None] + circle[None, :, 1:] * v[:, None])
    corners, sizes = _storeys(len(path), sides, caps)
    return Shape(rings.reshape(-1, 3), corners, sizes)


def loft(rings: Sequence[tuple[Point, float, float]], sides: int, lean: float = 0.0) -> Shape:
    """A closed body through ellipses that lie level, or tilted about x by `lean` (forward, towards -y)."""
    circle = _circle(sides)
    parts = []
    for centre, rx, ry in rings:
        flat = np.column_stack([circle[:, 0] * rx, circle[:, 1] * ry, np.zeros(sides)])
        parts.append(moved(flat, centre, tilt=lean))
    corners, sizes = _storeys(len(rings), sides, True)
    return Shape(np.concatenate(parts), corners, sizes)


@lru_cache(maxsize=16)
def hoop(radius: float, thickness: float, sides: int) -> Shape:
    """A ring in the x-z plane."""
    a, b = 2 * np.pi * np.arange(sides) / sides, 2 * np.pi * np.arange(5) / 5
    r = radius + thickness * np.cos(b)
    points = np.stack([np.outer(np.cos(a), r), np.broadcast_to(thickness * np.sin(b), (sides, 5)), np.outer(np.sin(a), r)], -1)
    faces = [(i * 5 + j, i * 5 + (j + 1) % 5, (i + 1) % sides * 5 + (j + 1) % 5, (i + 1) % sides * 5 + j) for i in range(sides) for j in range(5)]
    return of(points.reshape(-1, 3), faces)


def prism(profile: Sequence[tuple[float, float]], y0: float, y1: float) -> Shape:
    """A side view (x, z) drawn out along y."""
    n = len(profile)
    faces = [tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1)), *((i, n + i, n + (i + 1) % n, (i + 1) % n) for i in range(n))]
    return of([(x, y, z) for y in (y0, y1) for x, z in profile], faces)


def sheet(grid: Floats) -> tuple[Shape, Floats]:
    """A grid of points (rows, columns, 3) as quads, and the texture coordinates of their corners: (0, 1) at the first point."""
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    corners = np.stack([index[1:, :-1], index[1:, 1:], index[:-1, 1:], index[:-1, :-1]], -1).reshape(-1)
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(1, 0, rows))
    uv = np.stack([u.ravel(), v.ravel()], 1)[corners]
    return Shape(grid.reshape(-1, 3), corners, np.full((rows - 1) * (columns - 1), 4, np.int32)), uv


def hull(sections: Sequence[tuple[float, float, float, float, float]], sides: int = 16, roundness: float = 0.42) -> Shape:
    """A body along x through rounded trapezoids (x, half width below, half width above, z below, z above): the shell of a car."""
    circle = _circle(sides)
    c, s = np.sign(circle[:, 0]) * np.abs(circle[:, 0]) ** roundness, np.sign(circle[:, 1]) * np.abs(circle[:, 1]) ** roundness
    rings = []
    for x, low, high, z0, z1 in sections:
        share = (s + 1) / 2
        rings.append(np.column_stack([np.full(sides, x), c * (low + (high - low) * share), z0 + (z1 - z0) * share]))
    corners, sizes = _storeys(len(sections), sides, True)
    return Shape(np.concatenate(rings), corners, sizes)
