"""A painted street with exact geometry: shop fronts at y = 0, pavement to the kerb, carriageway, pavement and houses across the way; x runs along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detector.scene.suggesting import Foot

KERB_Y, FAR_KERB_Y, FAR_FRONT_Y = -4.0, -13.0, -16.0
SKY, FRONT, PAVEMENT, CARRIAGEWAY, FAR_FRONT = range(5)
FAR_METRES = 28.0
"""Farther ground is not asked for: a person there is too small."""


@dataclass(frozen=True)
class PaintedStreet:
    """A street and a pole camera: across the street at `camera_y`, `height` up, turned from the street's run, looking down."""

    camera_y: float = -4.5
    height: float = 5.0
    aside_degrees: float = 20.0
    down_degrees: float = 18.0
    view_degrees: float = 65.0
    size: tuple[int, int] = (640, 360)
    seed: int = 1

    @cached_property
    def _axes(self) -> NDArray[np.float64]:
        aside, down = np.radians(self.aside_degrees), np.radians(self.down_degrees)
        ahead = np.array([np.cos(aside) * np.cos(down), np.sin(aside) * np.cos(down), -np.sin(down)])
        right = np.array([np.sin(aside), -np.cos(aside), 0.0])
        return np.stack([right, np.cross(ahead, right), ahead])

    @property
    def _at(self) -> NDArray[np.float64]:
        return np.array([0.0, self.camera_y, self.height])

    @property
    def _focal(self) -> float:
        return 0.5 / float(np.tan(np.radians(self.view_degrees / 2)))  # in widths

    def project(self, x: float, y: float, z: float = 0.0) -> tuple[float, float] | None:
        """A point of the street in shares of the picture; None behind the camera."""
        seen = self._axes @ (np.array([x, y, z]) - self._at)
        if seen[2] < 0.3:
            return None
        aspect = self.size[0] / self.size[1]
        return float(0.5 + self._focal * seen[0] / seen[2]), float(0.5 + self._focal * aspect * seen[1] / seen[2])

    @cached_property
    def _hits(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """For each pixel what it shows, and where along the street, across it and up that is."""
        width, height = self.size
        columns, rows = np.meshgrid((np.arange(width) + 0.5) / width - 0.5, ((np.arange(height) + 0.5) / height - 0.5) * height / width)
        rays = columns[..., None] * self._axes[0] + rows[..., None] * self._axes[1] + self._focal * self._axes[2]
        best = np.full((height, width), np.inf)
        what = np.full((height, width), SKY)
        with np.errstate(divide="ignore", invalid="ignore"):
            for plane, name in ((0.0, FRONT), (FAR_FRONT_Y, FAR_FRONT)):
                reach = (plane - self.camera_y) / rays[..., 1]
                up = self.height + reach * rays[..., 2]
                hit = (reach > 0) & (up >= 0) & (up < 9) & (reach < best)
                best, what = np.where(hit, reach, best), np.where(hit, name, what)
            reach = -self.height / rays[..., 2]
        y = self.camera_y + reach * rays[..., 1]
        hit = (reach > 0) & (reach < best) & (y < 0) & (y > FAR_FRONT_Y)
        best = np.where(hit, reach, best)
        what = np.where(hit, np.where((y < KERB_Y) & (y > FAR_KERB_Y), CARRIAGEWAY, PAVEMENT), what)
        reach = np.where(np.isfinite(best), best, 0.0)[..., None]
        spots = self._at + reach * rays
        return what, spots[..., 0], spots[..., 1], spots[..., 2]

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """The picture, RGB."""
        what, x, y, z = self._hits
        rng = np.random.default_rng(self.seed)
        out = np.full((*what.shape, 3), (170, 190, 215), np.float64)
        wall = np.where((x % 4 < 1.6)[..., None] & (z < 2.4)[..., None], (60, 66, 74), (166, 140, 120))
        wall = np.where(((z > 2.7) & (z < 3.4))[..., None], np.where((x % 8 < 4)[..., None], (170, 40, 40), (40, 90, 160)), wall)
        wall = np.where(((x % 1.0 < 0.06) & (z < 2.4))[..., None], (225, 225, 220), wall)
        tiles = np.where(((x % 0.8 < 0.05) | (y % 0.8 < 0.05))[..., None], (128, 118, 106), (178, 166, 150))
        road = np.where(((np.abs(y + 8.5) < 0.08) & (x % 6 < 3))[..., None], (220, 220, 215), (84, 85, 88))
        kerb = ((np.abs(y - KERB_Y) < 0.12) | (np.abs(y - FAR_KERB_Y) < 0.12))[..., None] & (z < 0.1)[..., None]
        for name, paint in ((FRONT, wall), (FAR_FRONT, wall * 0.8), (PAVEMENT, tiles), (CARRIAGEWAY, road)):
            out = np.where((what == name)[..., None], paint, out)
        out = np.where(kerb & ((what == PAVEMENT) | (what == CARRIAGEWAY))[..., None], (205, 203, 198), out)
        return np.clip(out + rng.normal(0, 4.0, what.shape)[..., None], 0, 255).astype(np.uint8)

    @property
    def what(self) -> NDArray[np.int64]:
        """For each pixel what it shows."""
        return self._hits[0]

    def truth(self, name: int) -> NDArray[np.bool_]:
        """Where the picture shows that, as far as people are large enough there."""
        what, x, y, _ = self._hits
        return (what == name) & (np.hypot(x, y - self.camera_y) < FAR_METRES)

    @cached_property
    def asked(self) -> NDArray[np.bool_]:
        """The ground that is near enough to be proposed."""
        return self.truth(PAVEMENT) | self.truth(CARRIAGEWAY)

    def feet(self, people: int, vehicles: int, weight: float = 1.0) -> list[Foot]:
        """People on the pavements, a quarter of them across the way, and vehicles on the carriageway, where they are in the picture."""
        rng = np.random.default_rng(self.seed + 7)
        found: list[Foot] = []
        groups = (("people", people, (KERB_Y + 0.4, -0.4), 1.65, 0.6), ("vehicles", vehicles, (FAR_KERB_Y + 1.5, KERB_Y - 1.2), 1.5, 1.9))
        for group, count, (low, high), tall, wide in groups:
            tries = 0
            while sum(foot.group == group for foot in found) < count and tries < 4000:
                tries += 1
                x, y = float(rng.uniform(2, FAR_METRES)), float(rng.uniform(low, high))
                if group == "people" and rng.random() < 0.25:
                    y = float(rng.uniform(FAR_FRONT_Y + 0.4, FAR_KERB_Y - 0.4))
                foot, head = self.project(x, y), self.project(x, y, tall)
                beside = self.project(x, y + wide / 2)
                if foot is None or head is None or beside is None or not (0.02 < foot[0] < 0.98 and head[1] > 0.02 and foot[1] < 0.98):
                    continue
                found.append(Foot(group, foot[0], foot[1], max(0.01, 2 * abs(beside[0] - foot[0])), foot[1] - head[1], weight))
        return found
