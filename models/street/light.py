"""Hours and weathers: day, hard shadow, low sun with glare, overcast, rain, dusk, lit night, rain at night, infrared.

`draw_light` is pure; `shine` turns the built scene's lights, which costs no rebuilding. Streets lit by lamps keep their exposure by a gain
that the sensor's noise shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from models.street.furniture import Lamp

DRY: tuple[tuple[str, float], ...] = (
    ("day", 0.24),
    ("hard_shadow", 0.2),
    ("overcast", 0.22),
    ("glare", 0.08),
    ("dusk", 0.1),
    ("lit_night", 0.12),
    ("infrared", 0.04),
)
WET: tuple[tuple[str, float], ...] = (("rain", 0.6), ("rain_night", 0.25), ("dusk", 0.15))
DARK = ("lit_night", "rain_night", "infrared")


Colour = tuple[float, float, float]
LAMP_COLOURS: tuple[Colour, ...] = ((1.0, 0.66, 0.33), (1.0, 0.80, 0.52), (0.90, 0.95, 1.0), (1.0, 0.88, 0.70))


@dataclass(frozen=True, slots=True)
class Light:
    """A light: its kind, the sun (elevation and azimuth in degrees, strength, softness in radians, colour), the sky, the lamps, the exposure in stops.

    Attributes:
        wet: 0 dry .. 1 puddles.
        glow: factor on whatever glows by itself (rooms, boards).
        haze: 0 clear .. 1 rain or smog takes the distance.
        glare: strength of the veil that a low sun or headlights throw into the lens, 0 for none.
    """

    kind: str
    elevation: float
    azimuth: float
    sun: float
    softness: float
    sun_colour: Colour
    sky: float
    sky_colour: Colour
    lamps: float
    lamp_colour: Colour
    glow: float
    exposure: float
    wet: float = 0.0
    haze: float = 0.0
    glare: float = 0.0


def draw_light(random: Random, *, wet: bool) -> Light:
    """Draws an hour and a weather; a wet scene's people carry umbrellas, so its weathers are wet ones."""
    names = WET if wet else DRY
    kind = random.choices([name for name, _ in names], weights=[share for _, share in names])[0]
    return light_of(kind, random)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The ranges a kind of light draws from; see `Light`."""

    sun: tuple[float, float]
    sky: tuple[float, float]
    exposure: tuple[float, float]
    elevation: tuple[float, float] = (40, 60)
    softness: float = 1.0
    sun_colour: Colour = (1.0, 1.0, 1.0)
    sky_colours: tuple[Colour, ...] = ((0.72, 0.77, 0.82),)
    lamps: float = 0.0
    glow: float = 0.3
    wet: tuple[float, float] = (0.0, 0.0)
    haze: tuple[float, float] = (0.0, 0.25)
    glare: tuple[float, float] = (0.0, 0.0)


NIGHT_SKY: tuple[Colour, ...] = ((0.36, 0.40, 0.55), (0.5, 0.42, 0.38))
KINDS: dict[str, _Kind] = {
    "day": _Kind((2.2, 3.1), (0.65, 0.85), (-0.1, 0.2), (35, 65), 0.03, (1.0, 0.95, 0.87), ((0.55, 0.68, 0.90),)),
    "hard_shadow": _Kind((4.0, 5.4), (0.34, 0.46), (-0.3, 0.1), (22, 60), 0.009, (1.0, 0.93, 0.82), ((0.42, 0.58, 0.90),), haze=(0.0, 0.1)),
    "glare": _Kind((3.6, 4.8), (0.42, 0.6), (-0.1, 0.4), (8, 22), 0.01, (1.0, 0.80, 0.55), ((0.62, 0.62, 0.72),), glare=(0.4, 1.0)),
    "overcast": _Kind((0.3, 0.6), (0.9, 1.25), (-0.2, 0.2), softness=1.2),
    "rain": _Kind((0.15, 0.35), (0.65, 0.9), (0.0, 0.5), softness=1.4, glow=0.5, wet=(0.55, 1.0), haze=(0.1, 0.4)),
    "dusk": _Kind((0.1, 0.35), (0.16, 0.26), (0.8, 1.4), (8, 16), 0.6, (1.0, 0.72, 0.5), ((0.44, 0.42, 0.55), (0.6, 0.46, 0.42)), 0.5, 0.8),
    "lit_night": _Kind((0.0, 0.0), (0.004, 0.012), (1.5, 2.1), sky_colours=NIGHT_SKY, lamps=1.0, glow=0.9, haze=(0.0, 0.1), glare=(-0.9, 0.5)),
    "rain_night": _Kind((0.0, 0.0), (0.006, 0.014), (1.5, 2.1), sky_colours=NIGHT_SKY, lamps=1.0, glow=0.9, wet=(0.6, 1.0), glare=(-0.9, 0.5)),
    "infrared": _Kind((0.0, 0.0), (0.02, 0.05), (1.6, 2.3), sky_colours=((1.0, 1.0, 1.0),), lamps=0.4, glow=0.4),
}  # fmt: skip


def light_of(kind: str, random: Random) -> Light:
    """A light of a kind, a little different each time."""
    one = KINDS[kind]
    return Light(
        kind=kind,
        elevation=random.uniform(*one.elevation),
        azimuth=random.uniform(0, 360),
        sun=random.uniform(*one.sun),
        softness=one.softness,
        sun_colour=one.sun_colour,
        sky=random.uniform(*one.sky),
        sky_colour=random.choice(one.sky_colours),
        lamps=one.lamps * random.uniform(0.8, 1.2),
        lamp_colour=(1.0, 1.0, 1.0) if kind == "infrared" else random.choice(LAMP_COLOURS),
        glow=one.glow,
        exposure=random.uniform(*one.exposure),
        wet=random.uniform(*one.wet),
        haze=random.choice((0.0, random.uniform(*one.haze))),
        glare=max(0.0, random.uniform(*one.glare)),
    )


SEEN_SKY: dict[str, tuple[float, float, float]] = {
    "day": (0.62, 0.76, 0.98), "hard_shadow": (0.42, 0.60, 0.95), "glare": (1.3, 1.1, 0.85), "overcast": (0.86, 0.88, 0.90), "rain": (0.66, 0.69, 0.72),
    "dusk": (0.30, 0.30, 0.42), "lit_night": (0.012, 0.013, 0.02), "rain_night": (0.03, 0.03, 0.035), "infrared": (0.01, 0.01, 0.01),
}  # fmt: skip
"""What the camera shows of the sky, by light, as it comes out of the exposure: brighter than what it lights the street with."""


class Lamps:
    """The sun, the sky and the street's lamps of a built scene."""

    def __init__(self, scene: Any, lamps: list[Lamp], rooms: list[tuple[float, float, float]]) -> None:
        import bpy

        self.scene = scene
        world = bpy.data.worlds.new("sky")
        world.use_nodes = True
        scene.world = world
        self.background, self.seen = _sky(world)
        self.sun = self._hang("SUN", (0.0, 0.0, 20.0))
        self.street = [self._hang("SPOT", lamp.at) if lamp.tall else self._hang("POINT", lamp.at) for lamp in lamps]
        self.tall = [lamp.tall for lamp in lamps]
        self.rooms = [self._hang("POINT", at) for at in rooms]
        self.own: list[tuple[Any, float]] = []
        self.diodes = self._hang("POINT", (0.0, 0.0, 5.0))
        self.diodes.data.shadow_soft_size = 0.1
        for spot in (one for one, tall in zip(self.street, self.tall, strict=True) if tall):
            spot.data.spot_size, spot.data.spot_blend = math.radians(130), 0.8
            spot.data.shadow_soft_size = 0.2
        for room in self.rooms:
            room.data.shadow_soft_size = 0.5

    def add_own(self, at: tuple[float, float, float], watts: float, colour: tuple[float, float, float]) -> None:
        """A stall's own lamp."""
        lamp = self._hang("POINT", at)
        lamp.data.color = colour
        self.own.append((lamp, watts))

    def _hang(self, kind: str, at: tuple[float, float, float]) -> Any:
        import bpy

        data = bpy.data.lights.new("light", kind)
        thing = bpy.data.objects.new("light", data)
        thing.location = at
        self.scene.collection.objects.link(thing)
        return thing

    def shine(self, light: Light, glowing: list[tuple[Any, float]], camera_at: tuple[float, float, float]) -> None:
        """Turns the lights to an hour; `glowing` are emission inputs with their strength by day."""
        self.background.inputs["Color"].default_value = (*light.sky_colour, 1)
        self.background.inputs["Strength"].default_value = light.sky
        self.seen.inputs["Color"].default_value = (*SEEN_SKY[light.kind], 1)
        self.seen.inputs["Strength"].default_value = 2.0**-light.exposure
        self.sun.hide_render = light.sun <= 0
        self.sun.data.energy, self.sun.data.angle, self.sun.data.color = light.sun, light.softness, light.sun_colour
        self.sun.rotation_euler = (math.radians(90 - light.elevation), 0.0, math.radians(light.azimuth))
        for lamp, tall in zip(self.street, self.tall, strict=True):
            lamp.hide_render = light.lamps <= 0
            lamp.data.energy, lamp.data.color = (1100.0 if tall else 150.0) * light.lamps, light.lamp_colour
        for room in self.rooms:
            room.hide_render = light.lamps <= 0
            room.data.energy, room.data.color = 130.0 * light.lamps, (1.0, 0.93, 0.82)
        for lamp, watts in self.own:
            lamp.hide_render = light.lamps <= 0
            lamp.data.energy = watts
        for socket, strength in glowing:
            socket.default_value = strength * light.glow
        self.scene.view_settings.exposure = light.exposure
        # An infrared camera's own ring of diodes is a lamp beside its lens.
        self.diodes.hide_render = light.kind != "infrared"
        self.diodes.location, self.diodes.data.energy = camera_at, 900.0


def _sky(world: Any) -> tuple[Any, Any]:
    """The light of the sky and what is seen of it, as two inputs; the sky is found by rays alone, which a plain sky needs no table for."""
    world.cycles.sampling_method = "NONE"
    nodes, links = world.node_tree.nodes, world.node_tree.links
    lights, seen = nodes["Background"], nodes.new("ShaderNodeBackground")
    path, mix = nodes.new("ShaderNodeLightPath"), nodes.new("ShaderNodeMixShader")
    links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    links.new(lights.outputs[0], mix.inputs[1])
    links.new(seen.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], nodes["World Output"].inputs["Surface"])
    return lights, seen
