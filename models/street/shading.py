"""What a built scene's materials and renderer are set to: few bounces, grounds that can be wet, emissions that follow the hour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.street.assets.looks import Picture
from models.street.assets.mesh import Mesh


def quicken(scene: Any) -> None:
    """Few bounces and the denoiser's quick way, measured at 640x360 with 6 samples: 7.1 s of a core instead of 10.3."""
    cycles = scene.cycles
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transmission_bounces = 2, 2, 1, 0
    cycles.transparent_max_bounces = 4
    cycles.sample_clamp_indirect = 3.0
    cycles.blur_glossy = 1.0
    cycles.use_adaptive_sampling = False
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"
    scene.view_settings.look = "None"


def materials(thing: Any, mesh: Mesh) -> list[Any]:
    """The materials of an object's drawn pictures; the first is that of all plain looks."""
    drawn = [surface for surface in mesh.arrays().surfaces if isinstance(surface, Picture)]
    return list(thing.data.materials)[1 : 1 + len(drawn)]


def wettable(material: Any) -> Any:
    """Makes a ground's material darken, shine and puddle with the value that is returned (0..1)."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    texture = surface.inputs["Base Color"].links[0].from_socket
    dry = surface.inputs["Roughness"].default_value
    wet = nodes.new("ShaderNodeValue")
    wet.outputs[0].default_value = 0.0
    where, noise = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 0.55, 2.0
    links.new(where.outputs["Object"], noise.inputs["Vector"])
    puddle = nodes.new("ShaderNodeMapRange")
    puddle.inputs["From Min"].default_value, puddle.inputs["From Max"].default_value = 0.42, 0.62
    puddle.inputs["To Min"].default_value, puddle.inputs["To Max"].default_value = 0.45, 1.0
    links.new(noise.outputs["Fac"], puddle.inputs["Value"])
    amount = nodes.new("ShaderNodeMath")
    amount.operation = "MULTIPLY"
    links.new(puddle.outputs[0], amount.inputs[0])
    links.new(wet.outputs[0], amount.inputs[1])
    rough = nodes.new("ShaderNodeMapRange")
    rough.inputs["To Min"].default_value, rough.inputs["To Max"].default_value = dry, 0.08
    links.new(amount.outputs[0], rough.inputs["Value"])
    links.new(rough.outputs[0], surface.inputs["Roughness"])
    shade = nodes.new("ShaderNodeMix")
    shade.data_type, shade.blend_type = "RGBA", "MULTIPLY"
    shade.inputs[7].default_value = (0.42, 0.43, 0.45, 1)
    links.new(amount.outputs[0], shade.inputs[0])
    links.new(texture, shade.inputs[6])
    links.new(shade.outputs[2], surface.inputs["Base Color"])
    return wet.outputs[0]


def glowing() -> Iterator[tuple[Any, float]]:
    """The emission inputs of all materials that glow by a number of their own."""
    import bpy

    for material in bpy.data.materials:
        node = material.node_tree.nodes.get("Principled BSDF") if material.use_nodes else None
        if node is not None and not node.inputs["Emission Strength"].links and node.inputs["Emission Strength"].default_value > 0:
            yield node.inputs["Emission Strength"], float(node.inputs["Emission Strength"].default_value)
