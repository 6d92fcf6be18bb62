"""Where a street's edges meet: straight segments of the picture, and the point to which most of their length leads, through a lens that may bend them.

Kerbs, lane markings, sills, signs and roofs of one street are parallel, so in the picture they lead to one point on the horizon, mostly outside the frame.
Upright edges lead to another point, far below, which is found first and whose segments are left out. Points here are centred: x and y from the picture's
middle in heights of the picture, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.street.lens import Lens

Floats = NDArray[np.float64]

WORK_WIDTH = 960
"""Width to which a picture is scaled before segments are looked for. Our choice: finer ones are texture."""
SHORTEST = 0.035
"""Shortest segment, in heights of the picture."""
MOST_SEGMENTS = 360
PAIRS = 1600
ANGLE = np.radians(1.6)
"""A segment leads to a point if it points at it within so much; in full at 0, not at all from here on."""
LENSES = (0.0, 0.08, 0.16, 0.26)
"""Bends that are tried; measured on rendered wide lenses of 0 to 0.32."""
LENS_GAIN = 1.06
"""A bent lens must explain so much more length than a straight one."""
LOWEST, HIGHEST, FARTHEST = 0.12, -5.0, 40.0
"""A street's point lies not lower than a little below the middle; cameras look 10 to 40 degrees down."""
STEEP, STEEP_SIDE = -1.6, 0.5
"""Above this row a point that lies within so much of its height beside the middle is that of upright edges, seen by a camera that looks nearly level."""
UPRIGHT_DEGREES = 25.0
APART = 0.12
"""Two candidates nearer than this, as seen from the picture (radians), are one."""
LEAST_SHARE = 0.08
"""Share of the length that must lead to a point, for the point to be one."""


@dataclass(frozen=True, slots=True)
class Vanishing:
    """A point to which edges lead.

    Attributes:
        x, y: centred, of the straightened picture.
        lens: the bend that was taken out.
        share: of the segments' length that leads there; `segments` how many.
    """

    x: float
    y: float
    lens: float
    share: float
    segments: int


def straighten(points: Floats, lens: float, aspect: float) -> Floats:
    """Centred points (n, 2) of the picture as a lens without a bend would show them."""
    if not lens:
        return points
    half = 0.5 * float(np.hypot(aspect, 1.0))
    squared = (points**2).sum(-1, keepdims=True) / half**2
    return np.asarray(points * (1 + lens * squared) / (1 + lens))


def bend(points: Floats, lens: float, aspect: float) -> Floats:
    """The opposite of `straighten`."""
    if not lens:
        return points
    scale = np.array([aspect, 1.0])
    return np.asarray((Lens(lens).bend(points / scale + 0.5, aspect) - 0.5) * scale)


def centred(shares: Floats, aspect: float) -> Floats:
    """Points in shares of the picture as centred ones."""
    return np.asarray((shares - 0.5) * np.array([aspect, 1.0]))


def shares(points: Floats, aspect: float) -> Floats:
    """The opposite of `centred`."""
    return np.asarray(points / np.array([aspect, 1.0]) + 0.5)


def segments_of(grey: NDArray[np.uint8], hidden: NDArray[np.bool_] | None = None) -> Floats:
    """Straight segments (n, 4) of a grey picture (h, w), longest first, centred ends; those whose middle is `hidden` (h, w) left out."""
    height, width = grey.shape
    found = cv2.createLineSegmentDetector().detect(cv2.GaussianBlur(grey, (3, 3), 0))[0]
    if found is None or not len(found):
        return np.empty((0, 4))
    ends = np.asarray(found, np.float64).reshape(-1, 4)
    if hidden is not None:
        middle = ((ends[:, :2] + ends[:, 2:]) / 2).round().astype(int)
        ends = ends[~hidden[middle[:, 1].clip(0, height - 1), middle[:, 0].clip(0, width - 1)]]
    ends = (ends + 0.5 - np.array([width / 2, height / 2] * 2)) / height
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    order = np.argsort(-length, kind="stable")
    return np.asarray(ends[order[length[order] >= SHORTEST][:MOST_SEGMENTS]])


def vanishing_points(segments: Floats, aspect: float, most: int = 3) -> list[Vanishing]:
    """The points to which most length leads, best first, at most `most`; all with the lens that explains the best one best."""
    if len(segments) < 8:
        return []
    best: list[Vanishing] = []
    for lens in LENSES:
        found = _points(_straight(segments, lens, aspect), lens, most)
        if found and (not best or found[0].share > best[0].share * (LENS_GAIN if best[0].lens == 0 else 1.0)):
            best = found
    return best


def _straight(segments: Floats, lens: float, aspect: float) -> Floats:
    return np.hstack([straighten(segments[:, :2], lens, aspect), straighten(segments[:, 2:], lens, aspect)])


def _points(segments: Floats, lens: float, most: int) -> list[Vanishing]:
    middle, way = (segments[:, :2] + segments[:, 2:]) / 2, segments[:, 2:] - segments[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    total = float(length.sum())
    upright = np.degrees(np.arctan2(np.abs(way[:, 0]), np.abs(way[:, 1]))) < UPRIGHT_DEGREES
    if upright.sum() > 3:
        below = _candidates(segments[upright], seed=1)
        below = below[(below[:, 1] > 0.8) & (np.abs(below[:, 0]) < 2.0)]
        if len(below):
            leads = _lead(below, middle[upright], way[upright])
            nadir = below[int(np.argmax((leads * length[upright]).sum(1)))]
            kept = ~(upright & (_lead(nadir[None], middle, way)[0] > 0.2))
            segments, middle, way, length = segments[kept], middle[kept], way[kept], length[kept]
    if len(segments) < 6:
        return []
    points = _candidates(segments, seed=2)
    points = points[_is_street(points)]
    found: list[Vanishing] = []
    left = length.copy()
    for _ in range(most):
        if not len(points):
            break
        leads = _lead(points, middle, way)
        worth = (leads * left).sum(1)
        x, y = _refined(points[int(np.argmax(worth))], segments, left)
        own = _lead(np.array([[x, y]]), middle, way)[0]
        share = float((own * left).sum()) / max(total, 1e-9)
        if share < LEAST_SHARE or not _is_street(np.array([[x, y]]))[0]:
            break
        found.append(Vanishing(x, y, lens, share, int((own > 0.2).sum())))
        left = left * (own <= 0.05)
        points = points[_between(points, (x, y)) > APART]
    return found


def _is_street(points: Floats) -> NDArray[np.bool_]:
    """Which points (n, 2) a street may lead to."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    return np.asarray((y < LOWEST) & (y > HIGHEST) & (x < FARTHEST) & ~((y < STEEP) & (x < -STEEP_SIDE * y)))


def _candidates(segments: Floats, seed: int) -> Floats:
    """Where pairs of segments meet (n, 2), long ones more often."""
    ones = np.ones(len(segments))
    lines = np.cross(np.column_stack([segments[:, :2], ones]), np.column_stack([segments[:, 2:], ones]))
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    chosen = np.random.default_rng(seed).choice(len(segments), (PAIRS, 2), p=length / length.sum())
    chosen = chosen[chosen[:, 0] != chosen[:, 1]]
    meet = np.cross(lines[chosen[:, 0]], lines[chosen[:, 1]])
    meet = meet[np.abs(meet[:, 2]) > 1e-9]
    return np.asarray(meet[:, :2] / meet[:, 2:])


def _lead(points: Floats, middle: Floats, way: Floats) -> Floats:
    """How well segments (n) lead to points (m): (m, n) in 0..1."""
    dx, dy = points[:, 0, None] - middle[None, :, 0], points[:, 1, None] - middle[None, :, 1]
    length = np.hypot(way[:, 0], way[:, 1])
    off = np.abs(dx * way[None, :, 1] - dy * way[None, :, 0]) / np.maximum(np.hypot(dx, dy) * length[None], 1e-9)
    return np.asarray(np.maximum(0.0, 1 - (off / np.sin(ANGLE)) ** 2))


def _refined(point: Floats, segments: Floats, length: Floats) -> tuple[float, float]:
    """The point moved to where its segments' lines meet best (weighted least squares of the lines' distances, thrice)."""
    middle, way = (segments[:, :2] + segments[:, 2:]) / 2, segments[:, 2:] - segments[:, :2]
    normal = np.column_stack([-way[:, 1], way[:, 0]]) / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    offset = (normal * middle).sum(1)
    x, y = float(point[0]), float(point[1])
    for _ in range(3):
        leads = _lead(np.array([[x, y]]), middle, way)[0] * length
        away = np.maximum(np.hypot(x - middle[:, 0], y - middle[:, 1]), 0.05)
        weight = leads / away**2
        matrix = (normal[:, :, None] * normal[:, None, :] * weight[:, None, None]).sum(0)
        if np.linalg.cond(matrix) > 1e10:
            break
        nx, ny = np.linalg.solve(matrix, (normal * (weight * offset)[:, None]).sum(0))
        if not (np.isfinite(nx) and np.isfinite(ny)) or abs(nx) > 2 * FARTHEST:
            break
        x, y = float(nx), float(ny)
    return x, y


def _between(points: Floats, one: tuple[float, float]) -> Floats:
    """How far apart points (n, 2) are from one as directions of view, radians (a focal length of 1.4 heights: a normal lens)."""
    rays = np.column_stack([points / 1.4, np.ones(len(points))])
    mine = np.array([one[0] / 1.4, one[1] / 1.4, 1.0])
    cosine = np.abs(rays @ mine) / (np.linalg.norm(rays, axis=1) * np.linalg.norm(mine))
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)))
