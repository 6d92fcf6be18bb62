"""Clips of the rendered street: the still part of a shot is rendered once, then only the rectangles that changed, once a second.

A 1080p still costs about a minute and a half of one core, a walker's rectangle two to four seconds, so a minute of street costs a few
minutes instead of hours. Rendered states are kept as PNG in a cache folder, so an interrupted clip goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.street.encoding import encode
from models.street.polygons import cut_to_picture
from models.street.scripts import Script, Standing, Walker

SAMPLES = 5
MARGIN = 0.02
"""Around the extent of what changed, for its shadow, in 0..1 of the picture."""
PERMIT_BOX_METRES = (2.2, 1.3)
"""Half width and half depth of the painted box of a permitted pitch."""
BOX_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
SADDLE_METRES = 0.45
"""How much higher than a walker a cyclist sits."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished clip with its ground truth (a JSON object)."""

    path: Path
    truth: dict[str, Any]


def make_clip(script: Script, folder: Path, cache: Path, *, threads: int = 0, progress: Callable[[str], None] = print) -> Made:
    """Renders a script to `<folder>/<name>.mp4` and returns its truth; what the cache holds is not rendered again."""
    shots = _Shots(script, cache / script.name, threads, progress)
    frames = [shots.state(second) for second in range(script.seconds)]
    target = folder / f"{script.name}.mp4"
    encode(frames, target, script.codec)
    return Made(target, shots.truth(target))


class _Shots:
    """The states of a clip, second by second; builds the street only when something must be rendered or projected."""

    def __init__(self, script: Script, cache: Path, threads: int, progress: Callable[[str], None]) -> None:
        self.script, self.cache, self.threads, self.progress = script, cache, threads, progress
        cache.mkdir(parents=True, exist_ok=True)
        self.street: Any = None
        self.stills: dict[tuple[str, ...], NDArray[np.uint8]] = {}
        self.standing: dict[int, list[Any]] = {}

    def state(self, second: int) -> NDArray[np.uint8]:
        """The picture of a second."""
        import cv2

        file = self.cache / f"state_{second:03d}.png"
        if file.exists():
            picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
            if picture is not None:
                return np.asarray(picture, np.uint8)
        picture = self._still(second).copy()
        for walker in self.script.walkers:
            if walker.start_second <= second < walker.start_second + walker.seconds:
                self._draw_walker(picture, walker, second)
        cv2.imwrite(str(file), picture)
        self.progress(f"{self.script.name}: second {second + 1} of {self.script.seconds}")
        return picture

    def truth(self, clip: Path) -> dict[str, Any]:
        """Acts, baits, and the polygons that a scene file needs, all in 0..1 of the picture."""
        from models.street import shoot
        from models.street.ground import BIKE_LANE_Y, KERB_Y

        self._open()
        acts, baits = [], []
        for index, event in enumerate(self.script.standing):
            self._stand(index, event)
            extent = self._extent(self.standing[index][:1] if event.violation else self.standing[index], margin=0.0)  # an act's box is its goods
            entry = {"xyxy": [round(v, 4) for v in extent], "start_second": event.start_second, "end_second": event.end_second}
            if event.violation:
                acts.append({"kind": event.violation, "class": event.what, "violation": True, **entry})
            else:
                baits.append({"what": event.what, "why": event.bait, **entry})
        scene = self.street.scene

        def strip(y0: float, y1: float, z: float) -> list[list[float]]:
            xs = np.linspace(-30, 30, 121)
            edge = [(float(x), y0, z) for x in xs], [(float(x), y1, z) for x in xs]
            return cut_to_picture([*shoot.project(scene, _in_front(scene, edge[0])), *reversed(shoot.project(scene, _in_front(scene, edge[1])))])

        half_x, half_y = PERMIT_BOX_METRES
        permits = [
            cut_to_picture(shoot.project(scene, [(event.x + sx * half_x, event.y + sy * half_y, 0.08) for sx, sy in BOX_CORNERS]))
            for event in self.script.standing
            if event.what == "permitted_stall"
        ]
        line = [[round(v, 4) for v in at] for at in shoot.project(scene, [(-3.4, -0.35, 0.08), (3.4, -0.35, 0.08)])]
        return {
            "file": clip.name, "camera_id": self.script.camera_id, "seed": self.script.seed, "seconds": self.script.seconds, "codec": self.script.codec,
            "width": self.script.width, "height": self.script.height, "acts": acts, "baits": baits,
            "sidewalk": strip(KERB_Y, -0.05, 0.08), "carriageway": strip(BIKE_LANE_Y - 4, KERB_Y - 0.2, -0.05), "storefront_line": line,
            "outside": "right", "permit_boxes": permits,
        }  # fmt: skip

    def _open(self) -> None:
        from models.street import scenes, shoot

        if self.street is None:
            clear = (-4.0, -2.0, 0.0, 2.0, 4.0)
            self.street = scenes.open_street(self.script.seed, self.script.weather, threads=self.threads, clear_x=clear)
            random = Random(self.script.seed * 31)
            for x in (-13.0, 11.0):  # a parked car at either side, away from the middle
                from models.street import vehicles

                self.street.place("car", vehicles.car(self.street.palette, random), (x + random.uniform(-1, 1), -5.4, -0.05))
            if any(event.what == "permitted_stall" for event in self.script.standing):
                self._paint_box()
            position, target, angle = self.script.camera
            shoot.hang_camera(self.street.scene, shoot.PoleCamera(position, target, angle))

    def _paint_box(self) -> None:
        from models.street.mesh import MeshBuilder

        half_x, half_y = PERMIT_BOX_METRES
        white = self.street.palette.plain((0.7, 0.7, 0.68), rough=0.8, noise=0.2, scale=9.0)
        for event in self.script.standing:
            mesh = MeshBuilder()
            for sx in (-1, 1):
                mesh.box((sx * half_x, 0, 0.006), (0.1, 2 * half_y, 0.006), white)
                mesh.box((0, sx * half_y, 0.006), (2 * half_x, 0.1, 0.006), white)
            mesh.finish("permit box", location=(event.x, event.y, 0.082))

    def _still(self, second: int) -> NDArray[np.uint8]:
        """The picture without walkers, with what stands in this second."""
        import cv2

        from models.street import shoot

        present = tuple(i for i, event in enumerate(self.script.standing) if event.start_second <= second < event.end_second)
        key = ("still", *(str(i) for i in present))
        if key not in self.stills:
            file = self.cache / f"{'_'.join(key)}.png"
            if not file.exists():
                self._open()
                for index in list(self.standing):
                    if index not in present:
                        self._clear(index)
                for index in present:
                    self._stand(index, self.script.standing[index])
                self.progress(f"{self.script.name}: rendering the still part")
                picture = shoot.render(self.street.scene, self.script.width, self.script.height, SAMPLES)
                cv2.imwrite(str(file), picture[:, :, ::-1])
            self.stills[key] = np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR), np.uint8)
        return self.stills[key]

    def _stand(self, index: int, event: Standing) -> None:
        from models.street import goods, people, scenes, vehicles

        if index in self.standing:
            return
        self._open()
        random = Random(self.script.seed * 1009 + index)
        street, before = self.street, len(self.street.things)
        floor = 0.08 if event.y > -4.2 else -0.05
        if event.what in ("stall", "permitted_stall"):
            street.place("stall", goods.stall(street.palette, random), (event.x, event.y, floor), random.uniform(-0.15, 0.15))
            street.place("parasol", goods.parasol(street.palette, random, radius=1.25), (event.x + 0.35, event.y + 0.45, floor))
            street.place("person", people.person(street.palette, random, pose="serve"), (event.x - 0.45, event.y + 0.95, floor), 0.1)
        elif event.what == "goods_out":
            street.place("goods_out", goods.goods_out(street.palette, random, event.forms), (event.x, event.y, floor), 0.0)
        elif event.what == "unloading":
            street.place("truck", vehicles.van(street.palette, random, open_doors=True), (event.x, event.y, -0.05), 0.0)
            scenes.add_cartons(street, random, event.x + 3.0, -3.5)
        elif event.what == "bicycles":
            for i in range(7):
                mesh = vehicles.bicycle(street.palette, random, shared=i % 2 == 0)
                street.place("bicycle", mesh, (event.x + 0.62 * i - 1.9, event.y, floor), 1.5708 + random.uniform(-0.2, 0.2))
        elif event.what == "queue":
            for i in range(6):
                mesh = people.person(street.palette, random, umbrella=i % 3 != 2)
                street.place("person", mesh, (event.x + 0.85 * i - 2.1, event.y + random.uniform(-0.15, 0.15), floor), 1.5708 + random.uniform(-0.4, 0.4))
        else:
            raise ValueError(f"script {self.script.name}: nothing is known of {event.what!r}")
        self.standing[index] = [thing for _, thing in street.things[before:]]

    def _clear(self, index: int) -> None:
        for thing in self.standing.pop(index):
            self.street.remove(thing)

    def _draw_walker(self, picture: NDArray[np.uint8], walker: Walker, second: int) -> None:
        """Renders the walker's rectangle over the still, with what stands in this second about it."""
        from models.street import people, shoot, vehicles
        from models.street.mesh import MeshBuilder

        self._open()
        for index in list(self.standing):
            event = self.script.standing[index]
            if not event.start_second <= second < event.end_second:
                self._clear(index)
        for index, event in enumerate(self.script.standing):
            if event.start_second <= second < event.end_second:
                self._stand(index, event)
        looks = people.dressed(self.script.seed * 97 + walker.start_second)
        step = second - walker.start_second
        x = walker.x + walker.speed * step
        floor = 0.08 if walker.y > -4.2 else -0.05
        turn = 1.5708 if walker.speed > 0 else -1.5708
        pose = "sit" if walker.rides else "walk"
        figure = people.person(self.street.palette, looks, pose=pose, phase=(step * 0.37) % 1.0, umbrella=walker.umbrella, box=walker.carries)
        things = [self.street.place("person", figure, (x, walker.y, floor + (SADDLE_METRES if walker.rides else 0.0)), turn)]
        if walker.rides:
            bicycle: MeshBuilder = vehicles.bicycle(self.street.palette, looks)
            things.append(self.street.place("bicycle", bicycle, (x, walker.y, floor), 3.14159 if walker.speed > 0 else 0.0))
        try:
            box = self._extent(things, margin=MARGIN)
            if box[2] - box[0] < 0.005 or box[3] - box[1] < 0.005:
                return
            part = shoot.render(self.street.scene, self.script.width, self.script.height, SAMPLES, border=box)[:, :, ::-1]
            top = round(box[1] * self.script.height)
            left = round(box[0] * self.script.width)
            h = min(part.shape[0], self.script.height - top)
            w = min(part.shape[1], self.script.width - left)
            picture[top : top + h, left : left + w] = part[:h, :w]
        finally:
            for thing in things:
                self.street.remove(thing)

    def _extent(self, things: list[Any], *, margin: float) -> Box:
        """The rectangle of the picture that holds the things, clipped to it, on whole pixels."""
        import bpy

        from models.street import shoot

        bpy.context.view_layer.update()
        points = [tuple(thing.matrix_world @ vertex.co) for thing in things for vertex in list(thing.data.vertices)[:: max(1, len(thing.data.vertices) // 600)]]
        seen = shoot.project(self.street.scene, points)
        w, h = self.script.width, self.script.height
        x0, y0 = min(x for x, _ in seen) - margin, min(y for _, y in seen) - margin
        x1, y1 = max(x for x, _ in seen) + margin, max(y for _, y in seen) + margin
        x0, y0, x1, y1 = (min(1.0, max(0.0, v)) for v in (x0, y0, x1, y1))
        return int(x0 * w) / w, int(y0 * h) / h, int(np.ceil(x1 * w)) / w, int(np.ceil(y1 * h)) / h


def _in_front(scene: Any, points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Only what lies before the camera can be projected."""
    from bpy_extras.object_utils import world_to_camera_view  # type: ignore[import-not-found]  # comes with bpy
    from mathutils import Vector

    return [point for point in points if world_to_camera_view(scene, scene.camera, Vector(point)).z > 0.5]


def add_truth(one: Made, path: Path) -> None:
    """Puts one clip's ground truth into the file, in place of what it said of a clip of that name."""
    known = json.loads(path.read_text(encoding="utf-8"))["clips"] if path.exists() else []
    clips = [truth for truth in known if truth["file"] != one.truth["file"]] + [one.truth]
    path.write_text(json.dumps({"clips": sorted(clips, key=lambda truth: str(truth["file"]))}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_truth(made: list[Made], path: Path) -> None:
    """Writes the ground truth of clips beside them."""
    path.write_text(json.dumps({"clips": [one.truth for one in made]}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
