"""Light, camera and rendering: Cycles on the CPU with few samples and the denoiser; only a rectangle is rendered again where only a rectangle changed."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.street.mesh import Point


@dataclass(frozen=True, slots=True)
class PoleCamera:
    """A camera on a pole: where it hangs, what it looks at, its horizontal field of view in degrees."""

    position: Point
    target: Point
    field_of_view_degrees: float


def reset(seed: int, *, threads: int = 0) -> Any:
    """Empties Blender and sets Cycles up; returns the scene."""
    load_blender(threads)
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.seed = seed % 2147483647
    scene.cycles.max_bounces = 3
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.render.image_settings.file_format = "PNG"
    if threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", threads
    return scene


def load_blender(threads: int) -> None:
    """Imports Blender with a pool of as many threads as will render, 0 for all cores; once it is loaded, nothing changes any more.

    The pool (TBB) is made for the cores that the process may use while Blender is loaded. A thread of it that gets no work spins: with one rendering thread on
    two cores it took half of the time, and beside another busy process a picture took ten times as long (30 s instead of 3).
    """
    if threads and "bpy" not in sys.modules and hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, set(sorted(allowed)[:threads]))
        try:
            import bpy  # noqa: F401  # loaded for its pool
        finally:
            os.sched_setaffinity(0, allowed)


def set_light(scene: Any, random: Random, weather: str) -> None:
    """Sky and sun for `clear`, `overcast` or `dusk`."""
    import bpy

    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    scene.world = world
    background = world.node_tree.nodes["Background"]
    tint = {"clear": (0.45, 0.60, 0.85), "overcast": (0.72, 0.76, 0.80), "dusk": (0.42, 0.38, 0.45)}[weather]
    background.inputs["Color"].default_value = (*tint, 1)
    background.inputs["Strength"].default_value = {"clear": 0.55, "overcast": 1.0, "dusk": 0.28}[weather] * random.uniform(0.85, 1.15)
    light = bpy.data.lights.new("sun", "SUN")
    light.energy = {"clear": random.uniform(2.5, 4.5), "overcast": 0.5, "dusk": 0.5}[weather]
    light.angle = {"clear": 0.01, "overcast": 1.2, "dusk": 0.3}[weather]
    light.color = {"clear": (1.0, 0.95, 0.86), "overcast": (1, 1, 1), "dusk": (1.0, 0.72, 0.5)}[weather]
    sun = bpy.data.objects.new("sun", light)
    sun.rotation_euler = (math.radians(random.uniform(25, 60)), 0.0, math.radians(random.uniform(-70, 70)))
    scene.collection.objects.link(sun)
    if weather == "dusk":
        for x in range(-24, 25, 8):
            lamp = bpy.data.lights.new("lamp", "POINT")
            lamp.energy, lamp.color = random.uniform(150, 350), (1.0, 0.8, 0.55)
            holder = bpy.data.objects.new("lamp", lamp)
            holder.location = (x, random.choice((-5.5, -0.6)), random.uniform(2.8, 7.0))
            scene.collection.objects.link(holder)


def hang_camera(scene: Any, camera: PoleCamera) -> Any:
    """Puts the camera up, or turns the one that hangs there."""
    import bpy
    from mathutils import Vector

    if scene.camera is None:
        data = bpy.data.cameras.new("camera")
        scene.camera = bpy.data.objects.new("camera", data)
        scene.collection.objects.link(scene.camera)
    scene.camera.location = camera.position
    direction = Vector(camera.target) - Vector(camera.position)
    scene.camera.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()
    scene.camera.data.angle = math.radians(camera.field_of_view_degrees)
    bpy.context.view_layer.update()
    return scene.camera


def render(scene: Any, width: int, height: int, samples: int, *, border: tuple[float, float, float, float] | None = None) -> NDArray[np.uint8]:
    """Renders the picture or, with `border` (x0, y0, x1, y1 in 0..1 from the top left), only that rectangle of it; RGB (h, w, 3)."""
    import bpy
    import cv2

    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.cycles.samples = samples
    scene.render.use_border = scene.render.use_crop_to_border = border is not None
    if border is not None:
        x0, y0, x1, y1 = border
        scene.render.border_min_x, scene.render.border_max_x = x0, x1
        scene.render.border_min_y, scene.render.border_max_y = 1 - y1, 1 - y0
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "picture.png")
        bpy.ops.render.render(write_still=True)
        picture = cv2.imread(scene.render.filepath, cv2.IMREAD_COLOR)
    if picture is None:
        raise RuntimeError("Blender wrote no picture")
    return np.ascontiguousarray(picture[:, :, ::-1])


def project(scene: Any, points: list[Point]) -> list[tuple[float, float]]:
    """Where points of the street lie in the picture, 0..1 from the top left (outside for what is out of view)."""
    from bpy_extras.object_utils import world_to_camera_view  # type: ignore[import-not-found]  # comes with bpy
    from mathutils import Vector

    seen = [world_to_camera_view(scene, scene.camera, Vector(point)) for point in points]
    return [(float(at.x), float(1.0 - at.y)) for at in seen]
