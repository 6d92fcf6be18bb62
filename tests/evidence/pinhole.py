"""A street camera as optics has it: what is where in its picture, so that a place on the map can be held against the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.ground import Plane
from evidence.views import Zone, ZoneKind

JINAN = Plane(117.02, 36.66)
"""The map's origin: metres east and north of it."""
Flat = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Pinhole:
    """A camera that stands somewhere and looks at a point of the ground. Metres east and north; `across` is its horizontal field of view in degrees."""

    east: float
    north: float
    height: float = 5.0
    at: Flat = (0.0, 0.0)
    across: float = 60.0
    aspect: float = 16 / 9

    def seen(self, east: float, north: float, up: float = 0.0) -> Flat:
        """Where a point is in the picture, in shares of it."""
        distance = math.hypot(self.at[0] - self.east, self.at[1] - self.north)
        yaw, pitch = math.atan2(self.at[1] - self.north, self.at[0] - self.east), math.atan2(self.height, distance)
        x, y, z = east - self.east, north - self.north, up - self.height
        ahead = (x * math.cos(yaw) + y * math.sin(yaw)) * math.cos(pitch) - z * math.sin(pitch)
        right = x * math.sin(yaw) - y * math.cos(yaw)
        above = (x * math.cos(yaw) + y * math.sin(yaw)) * math.sin(pitch) + z * math.cos(pitch)
        width = 2 * math.tan(math.radians(self.across / 2))
        return 0.5 + right / ahead / width, 0.5 - above / ahead / width * self.aspect

    def box(self, east: float, north: float, size: tuple[float, float, float] = (2.0, 1.2, 1.9)) -> Box:
        """The box about a block that stands on the ground, by default a stall: how far it reaches east, north and up."""
        corners = [
            self.seen(east + x * size[0] / 2, north + y * size[1] / 2, up) for x in (-1, 1) for y in (-1, 1) for up in (0.0, size[2])
        ]  # fmt: skip
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def zone(self, zone_id: str, corners: tuple[Flat, ...], *, mapped: int | None = None) -> Zone:
        """An area of the ground as this camera's zone, on the map by its corners, or by so many points of its edge that are not its corners."""
        ring = corners if mapped is None else tuple(_along(corners, step / mapped) for step in range(mapped))
        on_map = tuple(JINAN.to_degrees(corner) for corner in ring)
        return Zone(id=zone_id, kind=ZoneKind.SIDEWALK, polygon=tuple(self.seen(*corner) for corner in corners), map_polygon=on_map)


def square(half: float, east: float = 0.0, north: float = 0.0) -> tuple[Flat, ...]:
    """A square of the ground about a point."""
    return (east - half, north - half), (east + half, north - half), (east + half, north + half), (east - half, north + half)


def _along(corners: tuple[Flat, ...], share: float) -> Flat:
    at = share * len(corners)
    one, other, rest = corners[int(at)], corners[(int(at) + 1) % len(corners)], at - int(at)
    return one[0] + (other[0] - one[0]) * rest, one[1] + (other[1] - one[1]) * rest
