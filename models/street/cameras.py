"""Where street cameras hang and how they look: 3 to 8 m high, 10 to 40 degrees down, wide and telephoto, with their lenses' distortion.

Pure. Mounts are those of a street: a pole at either kerb, a front's wall, a mast in the junction, a gantry over the lanes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from models.street.layout import Layout
from models.street.lens import Lens

HEIGHT_METRES = (3.0, 8.0)
DOWN_DEGREES = (10.0, 40.0)
RANGES: tuple[tuple[str, float, tuple[float, float], tuple[float, float]], ...] = (
    ("wide", 0.34, (5.5, 11.0), (64.0, 96.0)),
    ("normal", 0.34, (9.0, 20.0), (38.0, 62.0)),
    ("telephoto", 0.18, (18.0, 38.0), (15.0, 34.0)),
    ("overview", 0.14, (12.0, 26.0), (60.0, 90.0)),
)
"""Kinds of view: name, share, distance to the subject in metres, horizontal field of view in degrees."""
MOUNTS = ("near pole", "near pole", "far pole", "far pole", "wall", "gantry")


@dataclass(frozen=True, slots=True)
class StreetCamera:
    """A camera: position and aim in metres, horizontal field of view and roll in degrees, lens, what kind of view and mount it is."""

    position: tuple[float, float, float]
    aim: tuple[float, float, float]
    field_of_view_degrees: float
    roll_degrees: float
    lens: Lens
    view: str
    mount: str

    @property
    def down_degrees(self) -> float:
        """How far it looks down."""
        dx, dy, dz = (a - p for a, p in zip(self.aim, self.position, strict=True))
        return math.degrees(math.atan2(-dz, math.hypot(dx, dy)))

    def distance(self, x: float, y: float, z: float) -> float:
        """Metres from the camera to a point."""
        return math.dist(self.position, (x, y, z))


def draw_camera(random: Random, layout: Layout, x: float, y: float) -> StreetCamera:
    """Draws a camera that has the spot (x, y) in view, not always in the middle of it."""
    view, _, reach, fields = random.choices(RANGES, weights=[share for _, share, _, _ in RANGES])[0]
    mount = random.choice(MOUNTS)
    field = random.uniform(*fields)
    distance, side = random.uniform(*reach), random.choice((-1.0, 1.0))
    at_y = {
        "near pole": layout.kerb_y + random.uniform(-0.2, 0.6),
        "far pole": layout.far_kerb_y - random.uniform(0.2, 1.5),
        "wall": -random.uniform(0.25, 0.6),
        "gantry": random.uniform(layout.far_kerb_y, layout.bike_y),
    }[mount]
    across = abs(at_y - y)
    along = math.sqrt(max(distance**2 - across**2, (0.35 * distance) ** 2))
    at_x = x + side * along
    ground = math.hypot(along, across)
    z_aim = layout.floor(y) + random.uniform(0.2, 1.2)
    low, high = (math.tan(math.radians(angle)) * ground + z_aim for angle in DOWN_DEGREES)
    height = random.uniform(max(HEIGHT_METRES[0], low), max(min(HEIGHT_METRES[1], high), max(HEIGHT_METRES[0], low) + 0.1))
    height = min(max(height, HEIGHT_METRES[0]), HEIGHT_METRES[1])
    aside = math.radians(field) * ground * 0.28
    heading = math.atan2(y - at_y, x - at_x)
    shift = random.uniform(-aside, aside)
    aim_x, aim_y = x - shift * math.sin(heading), y + shift * math.cos(heading)
    # The subject may stand anywhere between the lower and the upper third: the camera looks a little beyond or before it.
    reach_factor = random.uniform(0.85, 1.3)
    aim = (at_x + (aim_x - at_x) * reach_factor, at_y + (aim_y - at_y) * reach_factor, z_aim)
    aim = _look_down(aim, (at_x, at_y, height))
    k = {"wide": random.uniform(0.05, 0.32), "overview": random.uniform(0.05, 0.28), "normal": random.uniform(0.0, 0.1)}.get(view, 0.0)
    return StreetCamera((at_x, at_y, height), aim, field, random.gauss(0, 1.0), Lens(round(k, 4)), view, mount)


def _look_down(aim: tuple[float, float, float], position: tuple[float, float, float]) -> tuple[float, float, float]:
    """The aim, raised or lowered so that the camera looks 10 to 40 degrees down."""
    ground = math.hypot(aim[0] - position[0], aim[1] - position[1])
    down = math.degrees(math.atan2(position[2] - aim[2], ground))
    wanted = min(max(down, DOWN_DEGREES[0]), DOWN_DEGREES[1])
    return (aim[0], aim[1], position[2] - math.tan(math.radians(wanted)) * ground)
