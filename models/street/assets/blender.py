"""Stands assets into the open Blender scene.

Every look is a row of attributes on the mesh's faces, read by one shader: any number of colours costs one material. A drawn picture is a
material with an image texture. Emission is kept out of the light sampling (`Light` parts light the night), so that a glowing sign costs nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.street.assets.asset import Asset, turned
from models.street.assets.drawings import paint
from models.street.assets.looks import Look, Picture, Surface
from models.street.assets.mesh import Mesh, Point

FACES = "street faces"
"""Name of the material that reads its looks from the faces."""
GLOW = 20.0
"""Glow of a face whose attribute is 1."""
GRIME_M = 0.45
"""Up to this height over the carriageway things are dirty, most at the ground."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part that stands in the scene: its index in the asset, its class, the Blender object."""

    part: int
    label: str | None
    thing: Any


def place(asset: Asset, at: Point, turn: float = 0.0, *, lit: bool = False) -> tuple[Placed, ...]:
    """Stands an asset at a point of the street, turned about z (radians); with `lit` its lamps shine."""
    if lit:
        for lamp in asset.lights:
            hang_lamp(turned(at, turn, lamp.at), lamp.watts, lamp.colour)
    return tuple(
        Placed(index, part.label, stand(part.mesh, turned(at, turn, part.at), turn + part.turn, name=part.label or asset.name))
        for index, part in enumerate(asset.parts)
    )


def hang_lamp(at: Point, watts: float, colour: tuple[float, float, float]) -> Any:
    """A point light."""
    import bpy

    light = bpy.data.lights.new("lamp", "POINT")
    light.energy, light.color, light.shadow_soft_size = watts, colour, 0.12
    thing = bpy.data.objects.new("lamp", light)
    thing.location = at
    bpy.context.scene.collection.objects.link(thing)
    return thing


def stand(mesh: Mesh, at: Point = (0.0, 0.0, 0.0), turn: float = 0.0, *, name: str = "thing") -> Any:
    """Makes the Blender object of a mesh and links it into the scene."""
    import bpy

    data, given = bpy.data.meshes.new(name), mesh.arrays()
    data.vertices.add(len(given.points))
    data.vertices.foreach_set("co", given.points.astype(np.float32).ravel())
    data.loops.add(len(given.corners))
    data.loops.foreach_set("vertex_index", given.corners)
    data.polygons.add(len(given.sizes))
    data.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(given.sizes)[:-1]]).astype(np.int32))
    data.polygons.foreach_set("use_smooth", given.smooth)
    _dress(data, given.surfaces, given.slots, given.uv)
    data.update(calc_edges=True)
    thing = bpy.data.objects.new(name, data)
    thing.location, thing.rotation_euler = at, (0.0, 0.0, turn)
    if given.surfaces and all(isinstance(surface, Picture) and surface.clear for surface in given.surfaces):
        thing["see_through"] = True  # smoke, litter on the ground: hides nothing
    bpy.context.scene.collection.objects.link(thing)
    return thing


def _dress(data: Any, surfaces: tuple[Surface, ...], slots: Any, uv: Any) -> None:
    """Gives the faces their looks as attributes and their materials."""
    looks = [surface if isinstance(surface, Look) else Look((0.5, 0.5, 0.5)) for surface in surfaces]
    paints = np.array([(*look.colour, look.rough) for look in looks], np.float32)[slots]
    grains = np.array([(look.noise, look.scale / 40, look.metal, look.glow / GLOW) for look in looks], np.float32)[slots]
    for name, values in (("paint", paints), ("grain", grains)):
        data.attributes.new(name, "FLOAT_COLOR", "FACE").data.foreach_set("color", values.ravel())
    pictures = [surface for surface in surfaces if isinstance(surface, Picture)]
    data.materials.append(_faces())
    if pictures:
        data.uv_layers.new(name="picture").data.foreach_set("uv", uv.astype(np.float32).ravel())
        for picture in pictures:
            data.materials.append(material(picture))
    which = np.array([1 + pictures.index(surface) if isinstance(surface, Picture) else 0 for surface in surfaces], np.int32)
    data.polygons.foreach_set("material_index", which[slots])


def _faces() -> Any:
    """The material of all looks: colour that wanders, grime towards the ground, a grain that catches light."""
    import bpy

    known = bpy.data.materials.get(FACES)
    if known is not None:
        return known
    material = bpy.data.materials.new(FACES)
    material.use_nodes = True
    material.cycles.emission_sampling = "NONE"
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    paint_, grain = _attribute(nodes, "paint"), _attribute(nodes, "grain")
    split = nodes.new("ShaderNodeSeparateColor")
    links.new(grain.outputs["Color"], split.inputs[0])
    where, noise = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeTexNoise")
    noise.inputs["Detail"].default_value = 3.0
    links.new(where.outputs["Object"], noise.inputs["Vector"])
    links.new(_math(nodes, links, "MULTIPLY", split.outputs[1], 40.0), noise.inputs["Scale"])
    wander = _math(nodes, links, "MULTIPLY", _math(nodes, links, "SUBTRACT", noise.outputs["Fac"], 0.5), 4.0)
    light = _math(nodes, links, "ADD", _math(nodes, links, "MULTIPLY", wander, split.outputs[0]), 1.0)
    shade = nodes.new("ShaderNodeMix")
    shade.data_type, shade.blend_type = "RGBA", "MULTIPLY"
    shade.inputs[0].default_value = 1.0
    links.new(paint_.outputs["Color"], shade.inputs[6])
    links.new(light, shade.inputs[7])
    links.new(_grimy(nodes, links, shade.outputs[2], noise.outputs["Fac"]), surface.inputs["Base Color"])
    links.new(paint_.outputs["Alpha"], surface.inputs["Roughness"])
    links.new(split.outputs[2], surface.inputs["Metallic"])
    links.new(paint_.outputs["Color"], surface.inputs["Emission Color"])
    links.new(_math(nodes, links, "MULTIPLY", grain.outputs["Alpha"], GLOW), surface.inputs["Emission Strength"])
    return material


def material(surface: Surface) -> Any:
    """The Blender material of a surface: all looks share one, a picture has its own; made once a scene."""
    return _drawn(surface) if isinstance(surface, Picture) else _faces()


def _drawn(picture: Picture) -> Any:
    """The material of a drawn picture."""
    import bpy

    name = f"drawn {hashlib.blake2s(repr(picture).encode(), digest_size=12).hexdigest()}"
    known = bpy.data.materials.get(name)
    if known is not None:
        return known
    canvas = paint(picture)
    h, w = canvas.shape[:2]
    image = bpy.data.images.new(name, w, h, alpha=picture.clear)
    pixels = np.ones((h, w, 4), np.float32)
    pixels[..., : canvas.shape[2]] = canvas[::-1].astype(np.float32) / 255
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.cycles.emission_sampling = "NONE"
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface, texture = nodes["Principled BSDF"], nodes.new("ShaderNodeTexImage")
    texture.image, texture.extension = image, "EXTEND" if picture.clear else "REPEAT"
    surface.inputs["Roughness"].default_value = picture.rough
    links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    if picture.clear:
        material["clear"] = True
        links.new(texture.outputs["Alpha"], surface.inputs["Alpha"])
    if picture.glow:
        links.new(texture.outputs["Color"], surface.inputs["Emission Color"])
        surface.inputs["Emission Strength"].default_value = material["glow"] = picture.glow
    return material


def _attribute(nodes: Any, name: str) -> Any:
    node = nodes.new("ShaderNodeAttribute")
    node.attribute_name = name
    return node


def _math(nodes: Any, links: Any, operation: str, a: Any, b: Any) -> Any:
    """The output of one step of arithmetic; each of a and b is an output or a number."""
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    for index, value in enumerate((a, b)):
        if isinstance(value, float):
            node.inputs[index].default_value = value
        else:
            links.new(value, node.inputs[index])
    return node.outputs[0]


def _grimy(nodes: Any, links: Any, colour: Any, noise: Any) -> Any:
    """The colour, turned to dust where it is near the ground and the noise is high."""
    place_, split = nodes.new("ShaderNodeNewGeometry"), nodes.new("ShaderNodeSeparateXYZ")
    links.new(place_.outputs["Position"], split.inputs[0])
    height = nodes.new("ShaderNodeMapRange")
    height.inputs["From Min"].default_value, height.inputs["From Max"].default_value = 0.0, GRIME_M
    height.inputs["To Min"].default_value, height.inputs["To Max"].default_value = 0.9, 0.0
    links.new(split.outputs["Z"], height.inputs["Value"])
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    links.new(_math(nodes, links, "MULTIPLY", height.outputs[0], noise), mix.inputs[0])
    links.new(colour, mix.inputs[6])
    mix.inputs[7].default_value = (0.13, 0.115, 0.095, 1)
    return mix.outputs[2]
