"""The street as a fan of rays from its vanishing point: everything that runs along the street (kerb, markings, foot of the walls) is one ray.

Rays are told apart by their angle at the point, 0 straight down, growing to the right. On level ground the tangent of that angle grows evenly with metres
across the street, so strips can be measured in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.scene.suggesting.vanishing import Floats, bend, centred, shares, straighten

BINS, STEPS = 240, 96
"""Rays, and spots along each."""
FAR = 8.0
"""Rays are followed so many picture heights from the point, or from the picture's middle where the point is farther."""
ALIGNED = np.radians(12.0)
"""An edge runs along a ray if it is within so much of it."""


@dataclass(frozen=True)
class Fan:
    """The rays of one vanishing point over one picture.

    Attributes:
        x, y: the point, centred, of the straightened picture; lens: the bend taken out; aspect: width by height.
        top: no ray is followed above this centred row: beyond it a person is too small to be judged.
    """

    x: float
    y: float
    lens: float
    aspect: float
    top: float

    @cached_property
    def span(self) -> tuple[float, float]:
        """The least and greatest angle at which a ray crosses the picture below `top`."""
        edge = np.linspace(-0.5, 0.5, 41)
        sides = [np.column_stack([np.full(41, side * self.aspect / 2), edge]) for side in (-1, 1)]
        frame = np.concatenate([*sides, np.column_stack([edge * self.aspect, np.full(41, 0.5)])])
        frame = np.concatenate([frame, np.column_stack([edge * self.aspect, np.full(41, max(-0.5, self.top))])])
        straight = straighten(frame, self.lens, self.aspect)
        angles = self.angles(straight[straight[:, 1] >= self.top - 1e-6])
        return float(angles.min()), float(angles.max())

    @cached_property
    def edges(self) -> Floats:
        """The angles (241) between which the bins lie."""
        return np.linspace(*self.span, BINS + 1)

    @cached_property
    def middles(self) -> Floats:
        """The angles (240) of the bins' middles."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    def angles(self, straight: Floats) -> Floats:
        """Angles of straightened, centred points (n, 2)."""
        return np.asarray(np.arctan2(straight[:, 0] - self.x, straight[:, 1] - self.y))

    def angles_of(self, points: Floats) -> Floats:
        """Angles of points in shares of the picture."""
        return self.angles(straighten(centred(points, self.aspect), self.lens, self.aspect))

    def bins_of(self, points: Floats) -> Floats:
        """Where points in shares of the picture lie among the bins, as fractions of a bin (-0.5 is the first one's left edge)."""
        low, high = self.span
        return np.asarray((self.angles_of(points) - low) / (high - low) * BINS - 0.5)

    @cached_property
    def spots(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Spots (bins, steps, 2) along the middle of each bin in shares of the picture, evenly within it, and which of them lie there."""
        directions = np.column_stack([np.sin(self.middles), np.cos(self.middles)])
        near, far = self._within(directions)
        inside = (far - near) > 0.02
        along = (np.arange(STEPS) + 0.5) / STEPS
        reach = near[:, None] + np.maximum(far - near, 0.0)[:, None] * along[None]
        straight = np.array([self.x, self.y]) + directions[:, None, :] * reach[:, :, None]
        flat = shares(bend(straight.reshape(-1, 2), self.lens, self.aspect), self.aspect).reshape(BINS, STEPS, 2)
        return flat, inside[:, None] & ((flat >= 0) & (flat < 1)).all(-1)

    def _within(self, directions: Floats) -> tuple[Floats, Floats]:
        """From where to where along its direction (n, 2) a ray lies in the picture below `top` (slabs; Kay and Kajiya 1986)."""
        half = self.aspect / 2
        low, high = np.array([-half, max(-0.5, self.top)]), np.array([half, 0.5])
        origin = np.array([self.x, self.y])
        safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
        a, b = (low - origin) / safe, (high - origin) / safe
        return np.maximum(np.minimum(a, b).max(1), 1e-3), np.maximum(a, b).min(1)

    def ray(self, angle: float, count: int = 48) -> Floats:
        """Points (n, 2) of a ray in shares of the picture, from `top` (or where it begins) to beyond the picture's edge."""
        direction = np.array([[np.sin(angle), np.cos(angle)]])
        near, far = self._within(direction)
        begins = (self.top - self.y) / max(float(direction[0, 1]), 1e-3) if self.top > self.y else 1e-3
        begins = max(begins, min(float(near[0]), float(far[0])) - 0.05) if far[0] > near[0] else begins
        ends = max(float(far[0]) * 1.02, begins + 0.1)
        reach = np.concatenate([np.linspace(begins, ends, count), [ends + FAR]])
        straight = np.array([self.x, self.y]) + direction * reach[:, None]
        return shares(bend(straight, self.lens, self.aspect), self.aspect)

    def wedge(self, first: float, last: float) -> list[tuple[float, float]]:
        """The outline of all between two rays from `top` on, beyond the picture's edges, in shares of the picture."""
        angles = np.linspace(first, last, 9)
        left, right = self.ray(first), self.ray(last)
        beyond = [tuple(self.ray(float(angle))[-1]) for angle in angles[1:-1]]
        far_end = [tuple(self.ray(float(angle))[0]) for angle in angles[1:-1]]
        outline = [tuple(p) for p in left] + beyond + [tuple(p) for p in right[::-1]] + far_end[::-1]
        return [(float(x), float(y)) for x, y in outline]


@dataclass(frozen=True)
class Profile:
    """What each bin of a fan shows; one row a bin.

    Attributes:
        colour: (bins, 3) median L, a, b (CIE, 0..255 each) of what no thing hides.
        rough: (bins,) median strength of edges that do not run along the ray.
        upright: (bins,) share of spots with a strong upright edge: doors, windows, legs.
        kerb: (bins + 1,) share of spots along the border of two bins where an edge runs along it.
        seen: (bins,) share of the spots that lie in the picture and that nothing hides.
    """

    colour: Floats
    rough: Floats
    upright: Floats
    kerb: Floats
    seen: Floats


def profile(fan: Fan, picture: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> Profile:
    """Unwraps a picture (h, w, 3) RGB along a fan; what is `hidden` (h, w) by things counts for nothing."""
    height, width = picture.shape[:2]
    lab = np.asarray(cv2.cvtColor(cv2.GaussianBlur(picture, (5, 5), 0), cv2.COLOR_RGB2LAB), np.float32)
    gx, gy = (cv2.Sobel(lab[:, :, 0], cv2.CV_32F, dx, dy, ksize=3) / 8 for dx, dy in ((1, 0), (0, 1)))
    flat, inside = fan.spots
    columns = np.clip((flat[:, :, 0] * width).astype(int), 0, width - 1)
    rows = np.clip((flat[:, :, 1] * height).astype(int), 0, height - 1)
    usable = inside & ~hidden[rows, columns]
    way = np.gradient(flat * np.array([fan.aspect, 1.0]), axis=1)
    way /= np.maximum(np.linalg.norm(way, axis=2, keepdims=True), 1e-9)
    # An edge one bin beside is still this one's: the point is never exact, and a wide lens bends.
    strength, across, sx = np.zeros((3, len(rows), STEPS), np.float32), np.zeros((3, len(rows), STEPS), np.float32), np.zeros_like(rows, np.float32)
    for number, shift in enumerate((0, -1, 1)):
        r, c = (np.clip(rows + shift, 0, height - 1), columns) if _flat_rays(fan) else (rows, np.clip(columns + shift, 0, width - 1))
        x, y = gx[r, c], gy[r, c]
        strength[number] = np.hypot(x, y)
        across[number] = np.abs(-x * way[:, :, 1] + y * way[:, :, 0])
        sx = np.maximum(sx, np.abs(x))
    which = strength.argmax(0)[None]
    strong, lies = np.take_along_axis(strength, which, 0)[0], np.take_along_axis(across, which, 0)[0]
    noise = float(np.median(strong[usable])) + 0.5 if usable.any() else 1.0
    along = (lies > np.cos(ALIGNED) * strong) & (strong > 2.0 * noise) & usable
    crossing = np.where(along, 0.0, strong)
    count = np.maximum(usable.sum(1), 1)
    kerb_bins = along.sum(1) / count
    return Profile(
        colour=_medians(lab[rows, columns], usable),
        rough=_median(crossing, usable) / noise,
        upright=((sx > 4 * noise) & ~along & usable).sum(1) / count,
        kerb=np.maximum(np.concatenate([kerb_bins[:1], kerb_bins]), np.concatenate([kerb_bins, kerb_bins[-1:]])),
        seen=usable.sum(1) / STEPS,
    )


def _flat_rays(fan: Fan) -> bool:
    """Whether the street runs across the picture rather than into it."""
    return abs(fan.x) > 1.5 * max(0.5 - fan.y, 0.3)


def _median(values: NDArray[np.float32], usable: NDArray[np.bool_]) -> Floats:
    """The median of each row's usable values; a row without any takes its neighbours'."""
    out = np.full(len(values), np.nan)
    for number, (row, use) in enumerate(zip(values, usable, strict=True)):
        if use.sum() >= 4:
            out[number] = np.median(row[use])
    known = np.flatnonzero(~np.isnan(out))
    return np.zeros(len(out)) if not len(known) else np.interp(np.arange(len(out)), known, out[known])


def _medians(values: NDArray[np.float32], usable: NDArray[np.bool_]) -> Floats:
    return np.column_stack([_median(values[:, :, channel], usable) for channel in range(values.shape[2])])
