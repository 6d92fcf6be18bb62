"""Procedural materials: no surface is bare. Colour noise, dirt towards the ground, brick and tile patterns, glass."""

from __future__ import annotations

from random import Random
from typing import Any

Colour = tuple[float, float, float]

FRUIT: tuple[Colour, ...] = (
    (0.75, 0.08, 0.04), (0.85, 0.35, 0.03), (0.80, 0.62, 0.08), (0.25, 0.45, 0.06), (0.10, 0.30, 0.05),
    (0.45, 0.05, 0.18), (0.65, 0.15, 0.10), (0.55, 0.60, 0.12), (0.85, 0.75, 0.45), (0.30, 0.12, 0.25),
)  # fmt: skip
CLOTH: tuple[Colour, ...] = (
    (0.05, 0.05, 0.07), (0.08, 0.12, 0.30), (0.45, 0.04, 0.05), (0.60, 0.58, 0.55), (0.12, 0.25, 0.15), (0.35, 0.30, 0.22),
    (0.70, 0.45, 0.10), (0.20, 0.35, 0.55), (0.55, 0.25, 0.40), (0.25, 0.25, 0.28), (0.75, 0.72, 0.68),
)  # fmt: skip
SKIN: tuple[Colour, ...] = ((0.55, 0.34, 0.23), (0.62, 0.40, 0.28), (0.45, 0.27, 0.18), (0.68, 0.47, 0.35))
CANOPY: tuple[Colour, ...] = (
    (0.65, 0.03, 0.03), (0.03, 0.12, 0.50), (0.03, 0.35, 0.12), (0.80, 0.55, 0.03), (0.78, 0.76, 0.72), (0.75, 0.20, 0.03), (0.25, 0.03, 0.30),
)  # fmt: skip
PAINT: tuple[Colour, ...] = ((0.75, 0.75, 0.74), (0.03, 0.03, 0.04), (0.35, 0.36, 0.38), (0.35, 0.03, 0.03), (0.03, 0.08, 0.25), (0.55, 0.50, 0.42))


class Palette:
    """Makes materials on demand, one Blender material for each look, from a seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._made: dict[tuple[Any, ...], Any] = {}

    def pick(self, colours: tuple[Colour, ...], **look: Any) -> Any:
        """A material of one of the colours, slightly off."""
        r, g, b = self.random.choice(colours)
        k = self.random.uniform(0.8, 1.2)
        return self.plain((min(1, r * k), min(1, g * k), min(1, b * k)), **look)

    def plain(self, colour: Colour, *, rough: float = 0.7, metal: float = 0.0, noise: float = 0.25, scale: float = 6.0, glow: float = 0.0) -> Any:
        """A painted, woven or plastic surface: its colour wanders by `noise` (0..1) at `scale` per metre."""
        key = ("plain", tuple(round(c, 2) for c in colour), rough, metal, noise, scale, glow)
        if key not in self._made:
            self._made[key] = _noisy(colour, rough=rough, metal=metal, noise=noise, scale=scale, glow=glow)
        return self._made[key]

    def pattern(self, kind: str, a: Colour, b: Colour, *, scale: float, joint: Colour = (0.2, 0.2, 0.2), rough: float = 0.85) -> Any:
        """Bricks, tiles or planks: two colours and a joint, `scale` stones a metre, broken up by noise."""
        key = (kind, a, b, scale, joint)
        if key not in self._made:
            self._made[key] = _brick(a, b, joint, scale, rough, offset=0.0 if kind == "tile" else 0.5, width=0.5 if kind == "tile" else 1.0)
        return self._made[key]

    def glass(self, tint: Colour = (0.05, 0.07, 0.08)) -> Any:
        """A shop window by day: dark, glossy, a little of the lit room behind it."""
        return self.plain(tint, rough=0.08, metal=0.0, noise=0.6, scale=1.2)


def _nodes(name: str) -> tuple[Any, Any, Any]:
    import bpy

    material = bpy.data.materials.new(name)
    material.use_nodes = True
    return material, material.node_tree.nodes, material.node_tree.links


def _coordinates(nodes: Any, links: Any, target: Any) -> None:
    where = nodes.new("ShaderNodeTexCoord")
    links.new(where.outputs["Object"], target.inputs["Vector"])


def _noisy(colour: Colour, *, rough: float, metal: float, noise: float, scale: float, glow: float) -> Any:
    material, nodes, links = _nodes("plain")
    surface = nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = rough
    surface.inputs["Metallic"].default_value = metal
    grain = nodes.new("ShaderNodeTexNoise")
    grain.inputs["Scale"].default_value = scale
    grain.inputs["Detail"].default_value = 5.0
    _coordinates(nodes, links, grain)
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position = 0.3
    ramp.color_ramp.elements[1].position = 0.7
    ramp.color_ramp.elements[0].color = (*(c * (1 - noise) for c in colour), 1)
    ramp.color_ramp.elements[1].color = (*(min(1.0, c * (1 + noise)) for c in colour), 1)
    links.new(grain.outputs["Fac"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], surface.inputs["Base Color"])
    if glow:
        links.new(ramp.outputs["Color"], surface.inputs["Emission Color"])
        surface.inputs["Emission Strength"].default_value = glow
    return material


def _brick(a: Colour, b: Colour, joint: Colour, scale: float, rough: float, *, offset: float, width: float) -> Any:
    material, nodes, links = _nodes("brick")
    surface = nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = rough
    brick = nodes.new("ShaderNodeTexBrick")
    brick.offset = offset
    brick.inputs["Scale"].default_value = scale
    brick.inputs["Brick Width"].default_value = width
    brick.inputs["Row Height"].default_value = 0.5
    brick.inputs["Mortar Size"].default_value = 0.025
    for name, colour in (("Color1", a), ("Color2", b), ("Mortar", joint)):
        brick.inputs[name].default_value = (*colour, 1)
    where = nodes.new("ShaderNodeTexCoord")
    turn = nodes.new("ShaderNodeMapping")
    links.new(where.outputs["Object"], turn.inputs["Vector"])
    # The pattern lies in the x-y plane of its vector; on walls (normal along y) x-z is wanted: y takes the sum of y and z.
    split, joinv, add = nodes.new("ShaderNodeSeparateXYZ"), nodes.new("ShaderNodeCombineXYZ"), nodes.new("ShaderNodeMath")
    links.new(turn.outputs["Vector"], split.inputs[0])
    links.new(split.outputs["Y"], add.inputs[0])
    links.new(split.outputs["Z"], add.inputs[1])
    links.new(split.outputs["X"], joinv.inputs["X"])
    links.new(add.outputs[0], joinv.inputs["Y"])
    links.new(joinv.outputs[0], brick.inputs["Vector"])
    dirt = nodes.new("ShaderNodeTexNoise")
    dirt.inputs["Scale"].default_value = 0.9
    dirt.inputs["Detail"].default_value = 8.0
    links.new(where.outputs["Object"], dirt.inputs["Vector"])
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.35, 0.65
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (0.62, 0.60, 0.57, 1), (1, 1, 1, 1)
    links.new(dirt.outputs["Fac"], ramp.inputs["Fac"])
    mix = nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    # The node has an A, a B and a result for each data type; the colours' are the third set.
    mix.inputs[0].default_value = 1.0
    links.new(brick.outputs["Color"], mix.inputs[6])
    links.new(ramp.outputs["Color"], mix.inputs[7])
    links.new(mix.outputs[2], surface.inputs["Base Color"])
    return material
