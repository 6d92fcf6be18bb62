"""A planned scene built in Blender once and photographed many times: other cameras, other hours, passers-by elsewhere.

Geometry stays in Cycles' memory between pictures (persistent data): what changes is the light, the camera and where the movers are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classes import STREET_CLASSES
from models.street import fronts, shading, shoot, surfaces
from models.street.assets import blender, drawings
from models.street.assets.asset import LOOK_ALIKES, turned
from models.street.assets.mesh import Mesh
from models.street.cameras import StreetCamera, draw_camera
from models.street.compose import Moved, Plan, Stood, scatter
from models.street.formats import Box
from models.street.lens import Lens
from models.street.light import Lamps, Light
from models.street.seeing import Eye, Sight, eye_of
from models.street.sensor import Streak
from models.street.weather import Beam

CAMERA_TRIES = 14
SUBJECT_CLASSES = (*STREET_CLASSES, *LOOK_ALIKES)
SUBJECT_VISIBLE = 0.4
SUBJECT_SIDE = 0.03
"""Least short side of the subject that a camera was hung for, as a share of the picture's height."""
BLOCKED = ((2.5, 0.0), (4.0, 0.04), (8.0, 0.25))
"""A camera hangs badly where more than this share of its picture is nearer than so many metres, the ground left out."""
SHUTTER_SECONDS = (1 / 120, 1 / 50, 1 / 25, 1 / 12)


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that make one labelled thing, by their names; what is told of it in the labels."""

    label: str
    names: tuple[str, ...]
    asset: str
    stood: Stood | None = None
    mover: int | None = None


class Stage:
    """A scene that stands in Blender; without `survey` its sight is built by whoever adds to it."""

    def __init__(self, plan: Plan, *, threads: int = 0, survey: bool = True) -> None:
        drawings.PAINTERS.update({**surfaces.PAINTERS, **fronts.PAINTERS})
        self.plan = plan
        self.scene = shoot.reset(plan.seed, threads=threads)
        shading.quicken(self.scene)
        self._meshes: dict[int, Any] = {}
        self.groups: list[Group] = []
        self.still: list[Any] = []
        self.movers: list[list[Any]] = []
        self.wetness: list[Any] = []
        self._build()
        self.lamps = Lamps(self.scene, plan.furniture.lamps, [front.lamp for front in plan.fronts if front.trades][::2])
        for stood in plan.stood:
            for lamp in stood.asset.lights:
                self.lamps.add_own(turned((stood.x, stood.y, stood.z), stood.turn, lamp.at), lamp.watts, lamp.colour)
        self.glowing = list(shading.glowing())
        self.sight = Sight()
        self.moved: list[Moved] = []
        self._apart = [thing for parts in self.movers for thing in parts]
        self.update()
        if survey:
            self.sight.build(self.still, self._apart)

    def _build(self) -> None:
        plan = self.plan
        ground = self._stand(plan.ground, (0.0, 0.0, 0.0), "ground")
        self.ground = str(ground.name)
        self.wetness = [shading.wettable(material) for material in shading.materials(ground, plan.ground)]
        for front in plan.fronts:
            self._stand(front.mesh, (0.0, 0.0, 0.0), "front")
        self._stand(plan.far_side, (0.0, 0.0, 0.0), "far side")
        for mesh, at, turn in plan.furniture.things:
            self._stand(mesh, at, "furniture", turn)
        for mesh, x, y in plan.pitches:
            self._stand(mesh, (x, y, plan.layout.floor(y)), "pitch")
        for stood in plan.stood:
            placed = blender.place(stood.asset, (stood.x, stood.y, stood.z), stood.turn)
            self.still.extend(one.thing for one in placed)
            names = {one.part: one.thing.name for one in placed}
            for label, parts in stood.asset.boxes:
                self.groups.append(Group(label, tuple(names[part] for part in parts), stood.asset.name, stood))
        for index, mover in enumerate(plan.movers):
            placed = blender.place(mover.asset, (0.0, 0.0, -50.0))
            self.movers.append([one.thing for one in placed])
            names = {one.part: one.thing.name for one in placed}
            for label, parts in mover.asset.boxes:
                self.groups.append(Group(label, tuple(names[part] for part in parts), mover.asset.name, mover=index))

    def _stand(self, mesh: Mesh, at: tuple[float, float, float], name: str, turn: float = 0.0) -> Any:
        """Stands a mesh; one that stands already is shared."""
        import bpy

        known = self._meshes.get(id(mesh))
        if known is None:
            thing = blender.stand(mesh, at, turn, name=name)
            self._meshes[id(mesh)] = thing.data
        else:
            thing = bpy.data.objects.new(name, known)
            thing.location, thing.rotation_euler = at, (0.0, 0.0, turn)
            self.scene.collection.objects.link(thing)
        self.still.append(thing)
        return thing

    def update(self) -> None:
        """Lets Blender know that things were moved."""
        import bpy

        bpy.context.view_layer.update()

    def scatter(self, random: Random) -> None:
        """Moves all movers to other places."""
        self.moved = scatter(random, self.plan)
        for parts, mover, place in zip(self.movers, self.plan.movers, self.moved, strict=True):
            for thing, part in zip(parts, mover.asset.parts, strict=True):
                thing.location = turned((place.x, place.y, place.z), place.turn, part.at)
                thing.rotation_euler = (0.0, 0.0, place.turn + part.turn)
                thing.hide_render = place.hidden
        self.update()
        self.sight.move(self._apart)

    def hang(self, random: Random, stood: Stood | None, aspect: float) -> tuple[StreetCamera, Eye]:
        """Hangs a camera that has a subject in view; where none sees it well, the best of those tried."""
        best: tuple[float, StreetCamera, Eye] | None = None
        x, y = (stood.x, stood.y) if stood else (random.uniform(-6, 6), -self.plan.layout.pavement / 2)
        for _ in range(CAMERA_TRIES):
            camera = draw_camera(random, self.plan.layout, x, y)
            eye = eye_of(camera.position, camera.aim, camera.roll_degrees, camera.field_of_view_degrees, aspect, camera.lens)
            worth = self._worth(eye, stood)
            if best is None or worth > best[0]:
                best = (worth, camera, eye)
            if worth >= 1.0:
                break
        assert best is not None
        _, camera, eye = best
        self.point(camera, eye)
        return camera, eye

    def _worth(self, eye: Eye, stood: Stood | None) -> float:
        """How good a view is: 1 and more is good enough; a thing before the lens or a wall around it makes it worthless."""
        reaches = []
        for x in np.linspace(-0.92, 0.92, 8):
            for y in np.linspace(-0.88, 0.88, 5):
                way = eye.half_tangent * (x * eye.axes[0] + y / eye.aspect * eye.axes[1]) - eye.axes[2]
                who, reach = self.sight.first_hit(eye.at, eye.at + way / np.linalg.norm(way) * 2 * max(BLOCKED)[0])
                reaches.append(np.inf if who == self.ground else reach)
        clear = float(all(sum(reach < metres for reach in reaches) <= share * len(reaches) for metres, share in BLOCKED))
        if stood is None:
            return clear
        own = [group for group in self.groups if group.stood is stood]
        names = next((group.names for group in own if group.label in SUBJECT_CLASSES), own[0].names if own else ())
        seen = self.sight.see(eye, names) if names else None
        if seen is None:
            return 0.0
        side = min(seen.xyxy[2] - seen.xyxy[0], seen.xyxy[3] - seen.xyxy[1])
        return 0.01 + clear * min(1.0, 0.5 * seen.visible / SUBJECT_VISIBLE + 0.5 * side / SUBJECT_SIDE) * (1.0 if seen.visible >= SUBJECT_VISIBLE else 0.6)

    def point(self, camera: StreetCamera, eye: Eye) -> None:
        """Hangs this camera."""
        import bpy
        from mathutils import Matrix

        if self.scene.camera is None:
            self.scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
            self.scene.collection.objects.link(self.scene.camera)
        turn = Matrix([[float(v) for v in row] for row in eye.axes.T]).to_4x4()
        turn.translation = camera.position
        self.scene.camera.matrix_world = turn
        self.scene.camera.data.sensor_fit = "HORIZONTAL"
        self.scene.camera.data.angle = 2 * float(np.arctan(eye.half_tangent))
        self.scene.camera.data.clip_start = 0.05
        self.update()

    def shine(self, light: Light, camera: StreetCamera) -> None:
        """Turns the scene to an hour and a weather."""
        self.lamps.shine(light, self.glowing, camera.position)
        for value in self.wetness:
            value.default_value = light.wet

    def render(self, width: int, height: int, samples: int) -> NDArray[np.uint8]:
        """The straight picture, RGB (h, w, 3)."""
        return shoot.render(self.scene, width, height, samples)

    def boxes(self, eye: Eye) -> Iterator[Box]:
        """What the camera sees of everything that has a class."""
        for group in self.groups:
            gone = group.mover is not None and self.moved[group.mover].hidden
            seen = None if gone else self.sight.see(eye, group.names)
            if seen is not None and seen.visible >= 0.05:
                stood = group.stood
                x0, y0, x1, y1 = (round(v, 5) for v in seen.xyxy)
                yield Box(
                    label=group.label,
                    xyxy=(x0, y0, x1, y1),
                    visible=seen.visible,
                    occlusion=seen.occlusion,
                    truncated=seen.truncated,
                    distance_metres=seen.distance_metres,
                    asset=group.asset,
                    twin=stood.twin if stood else None,
                    covered=bool(stood and stood.asset.covered and group.label == "stall"),
                    attended=stood.attended if stood else True,
                )

    def beams(self, eye: Eye, width: int, height: int) -> list[Beam]:
        """The lit lamps of vehicles that the camera sees, in the straight picture."""
        straight = Eye(eye.at, eye.axes, eye.half_tangent, eye.aspect, Lens(0.0))
        out = []
        for parts, mover, place in zip(self.movers, self.plan.movers, self.moved, strict=True):
            if place.hidden or mover.where == "pavement":
                continue
            names = frozenset(thing.name for thing in parts)
            half, side = mover.asset.footprint[0] / 2, mover.asset.footprint[1] * 0.36
            for along, red in ((-half, False), (half, True)):
                ahead = turned((0, 0, 0), place.turn, (1.0 if red else -1.0, 0.0, 0.0))
                for across in (-side, side) if mover.where == "lane" else (0.0,):
                    at = np.array(turned((place.x, place.y, place.z), place.turn, (along, across, 0.68)))
                    way = eye.at - at
                    facing = float(way @ np.array(ahead)) / float(np.linalg.norm(way))
                    flat, front = straight.project(at[None])
                    if facing > 0.15 and front[0] and (flat > 0).all() and (flat < 1).all() and self.sight.shows(eye, at, names):
                        out.append(Beam((float(flat[0, 0]) * width, float(flat[0, 1]) * height), facing, float(np.linalg.norm(way)), red))
        return out

    def streaks(self, eye: Eye, seconds: float, width: int, height: int) -> list[Streak]:
        """What moves while the shutter is open, outlined in the straight picture."""
        import cv2

        straight = Eye(eye.at, eye.axes, eye.half_tangent, eye.aspect, Lens(0.0))
        out = []
        for parts, place in zip(self.movers, self.moved, strict=True):
            if place.hidden or not any(place.way):
                continue
            points = np.concatenate([self.sight.bodies[thing.name].points for thing in parts])
            flat, front = straight.project(points)
            if not front.all() or not ((flat > -0.2) & (flat < 1.2)).all(axis=1).any():
                continue
            moved, _ = straight.project(points.mean(axis=0, keepdims=True) + np.array([[*place.way, 0.0]]) * seconds)
            here, _ = straight.project(points.mean(axis=0, keepdims=True))
            way = (moved - here)[0] * (width, height)
            hull = cv2.convexHull((flat * (width, height)).astype(np.float32)).reshape(-1, 2)
            out.append(Streak(np.asarray(hull, np.float64), (float(way[0]), float(way[1]))))
        return out
