"""The shots of a clip: the still part is rendered whole once, then only the rectangles of what changed, and over that what passes.

What is kept is the straight picture before the camera's lens and electronics (`exposing`), one file a shot, so an interrupted clip goes on where it
stopped and another camera costs no rendering. Two renderings of the same rectangle differ a little where the denoiser had other neighbours: only pixels
that really changed are taken over, so nothing flickers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.street import sensor, shading
from models.street.assets import blender
from models.street.cameras import StreetCamera
from models.street.clips import viewing
from models.street.clips.cast import Cast
from models.street.clips.figures import Figure
from models.street.clips.patches import Pixels, Rect, joined, lay
from models.street.lens import Lens
from models.street.light import DARK, Light
from models.street.seeing import Eye, Seen
from models.street.sensor import Streak
from models.street.stage import SHUTTER_SECONDS, Stage
from models.street.weather import Beam

FILM_VERSION = 1
"""Rises when the same cast would look otherwise."""
FAR_OUT = 1.2
"""Who stands further than so many pictures from the middle of this one is not measured."""
ATTENDED = ("V1", "V2")
LAMP_METRES = 4.0
"""How far a stall's lamp lights the ground."""
SHADOW_SUN = 0.8
"""A weaker sun throws no shadow that leaves a thing's own rectangle."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the exposing of a shot must know beside its picture: lamps of vehicles in pixels of the rendered picture."""

    beams: tuple[Beam, ...] = ()


class Film:
    """A cast on a stage, and a camera before it."""

    def __init__(self, cast: Cast, light: Light, width: int, height: int, samples: int, *, threads: int = 0) -> None:
        self.cast, self.light, self.width, self.height, self.samples = cast, light, width, height, samples
        self.stage = Stage(cast.plan, threads=threads, survey=False)
        self.objects: dict[int, Any] = {}
        self.shown: set[int] = set()
        self.lamps: list[tuple[int, Any]] = []
        for event, at, lamp in cast.lamps:
            self.stage.lamps.add_own(at, lamp.watts, lamp.colour)
            self.lamps.append((event, self.stage.lamps.own[-1][0]))
        self.shades: dict[int, tuple[str, ...]] = {}
        self.owned: dict[int, frozenset[str]] = {}
        self.names, vendors = self._build()
        self.camera, self.eye, self.worth = viewing.hang(cast, self.see, vendors, self.stage.sight, self.stage.ground, width / height)
        self._aim(self.camera, self.eye)
        self.shutter = Random(f"shutter {cast.script.seed}").choice(SHUTTER_SECONDS[2:] if light.kind in DARK else SHUTTER_SECONDS[:3])

    def _build(self) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
        """Makes the goods, shades and vendors of all events; returns the objects of each event, and of who attends those that must be attended."""
        names: dict[int, tuple[str, ...]] = {}
        vendors: dict[int, tuple[str, ...]] = {}
        solid = []
        for event, staged in enumerate(self.cast.staged):
            own = [i for i, figure in enumerate(self.cast.figures) if figure.event == event and not figure.passing]
            first = min(self.cast.figures[i].first for i in own if self.cast.figures[i].part == "goods")
            goods = [i for i in own if self.cast.figures[i].part == "goods" and self.cast.figures[i].first <= first + 1]
            shade = [i for i in own if self.cast.figures[i].part == "shade"]
            vendor = [i for i in own if self.cast.figures[i].part == "vendor"][1:2]
            solid += [self._object(i) for i in (*goods, *shade, *vendor)]
            self.owned[event] = frozenset(self.objects[i].name for i in (*goods, *shade, *vendor))
            names[event] = tuple(self.objects[i].name for i in goods)
            self.shades[event] = () if staged.event.of == "V15" else tuple(self.objects[i].name for i in shade if self.cast.figures[i].label == "parasol")
            if vendor and (staged.event.kind in ATTENDED or staged.event.reason == "handled"):
                vendors[event] = (self.objects[vendor[0]].name,)
        self.stage.glowing = list(shading.glowing())
        self.stage.update()
        self.stage.sight.build([*self.stage.still, *solid], [])
        return names, vendors

    def see(self, event: int, eye: Eye, names: tuple[str, ...] | None = None) -> Seen | None:
        """What a camera sees of an event, or of these objects of it: as if what is there for less than half of its time were not there."""
        staged = self.cast.staged
        own = staged[event].event
        shared = {
            other: min(own.end_second, one.event.end_second) - max(own.start_second, one.event.start_second)
            for other, one in enumerate(staged)
            if other != event
        }
        away = [self.owned[other] for other, seconds in shared.items() if seconds < (own.end_second - own.start_second) / 2]
        return self.stage.sight.see(eye, self.names[event] if names is None else names, frozenset().union(*away))

    def _aim(self, camera: StreetCamera, eye: Eye) -> None:
        self.stage.point(camera, eye)
        self.stage.shine(self.light, camera)
        self.eye_now = Eye(eye.at, eye.axes, eye.half_tangent, eye.aspect, Lens(0.0))

    def nudge(self) -> tuple[StreetCamera, Eye]:
        """Turns the camera away."""
        random = Random(f"nudge {self.cast.script.split} {self.cast.script.seed}")
        camera, eye = viewing.nudged(self.camera, random, self.width / self.height)
        self._aim(camera, eye)
        return camera, eye

    def _object(self, index: int) -> Any:
        """The Blender object of a figure, made when it is first asked for, hidden."""
        if index not in self.objects:
            figure = self.cast.figures[index]
            thing = blender.stand(figure.make(), figure.at, figure.turn, name=figure.part)
            thing.hide_render = True
            self.objects[index] = thing
        return self.objects[index]

    def _show(self, wanted: set[int]) -> None:
        """Shows these figures and no others; who passed is taken away for good."""
        import bpy

        for index in self.shown - wanted:
            self.objects[index].hide_render = True
            if self.cast.figures[index].passing:
                thing = self.objects.pop(index)
                data = thing.data
                bpy.data.objects.remove(thing, do_unlink=True)
                bpy.data.meshes.remove(data)
        for index in wanted - self.shown:
            self._object(index).hide_render = False
        selling = {self.cast.figures[index].event for index in wanted if self.cast.figures[index].part == "goods"}
        for event, lamp in self.lamps:
            lamp.hide_render = self.light.lamps <= 0 or event not in selling
        self.shown = set(wanted)
        bpy.context.view_layer.update()

    def still(self, present: set[int], before: Pixels | None, changed: Iterable[int]) -> Pixels:
        """The picture without passers-by: whole, or the one before with the rectangles of what changed."""
        if before is None:
            self._show(present)
            return self._render(None)
        rects = [rect for index in changed if (rect := self._rect(index)) is not None]
        self._show(present)
        return self._over(before, rects)

    def shot(self, still: Pixels, present: set[int], passing: set[int]) -> tuple[Pixels, Look]:
        """The still picture with who passes drawn over it, smeared as the shutter has it."""
        rects = {index: rect for index in sorted(passing) if (rect := self._rect(index)) is not None}
        beams = [beam for index in rects for beam in self._beams(self.cast.figures[index])] if self.light.kind in DARK else []
        if not rects:
            return still, Look(tuple(beams))
        self._show(present | set(rects))
        out = self._over(still, list(rects.values())).astype(np.float32)
        for index in rects:
            streak = self._streak(index)
            if streak is not None:
                sensor.smear(out, streak)
        return np.asarray(np.clip(out, 0, 255), np.uint8), Look(tuple(beams))

    def _render(self, rect: Rect | None) -> Pixels:
        from models.street import shoot

        border = None
        if rect is not None:
            x0, y0, x1, y1 = rect
            border = (x0 / self.width, y0 / self.height, x1 / self.width, y1 / self.height)
        return shoot.render(self.stage.scene, self.width, self.height, self.samples, border=border)

    def _over(self, before: Pixels, rects: list[Rect]) -> Pixels:
        out = before.copy()
        for rect in joined(rects):
            lay(out, self._render(rect), rect)
        return out

    def _points(self, index: int) -> NDArray[np.float64]:
        thing = self._object(index)
        count = len(thing.data.vertices)
        local = np.empty(count * 3, np.float32)
        thing.data.vertices.foreach_get("co", local)
        figure = self.cast.figures[index]
        c, s = math.cos(figure.turn), math.sin(figure.turn)
        x, y, z = local.reshape(-1, 3).astype(np.float64)[:: max(1, count // 900)].T
        return np.stack([figure.at[0] + c * x - s * y, figure.at[1] + s * x + c * y, figure.at[2] + z], 1)

    def _rect(self, index: int) -> Rect | None:
        """The rectangle of the picture that a figure and its shadow can change, or None where it is out of view."""
        stood, front = self.eye_now.project(np.array([self.cast.figures[index].at]))
        if not front[0] or (np.abs(stood[0] - 0.5) > FAR_OUT).any():
            return None
        points = self._points(index)
        flat, front = self.eye_now.project(points)
        inside = front & (flat > -0.02).all(axis=1) & (flat < 1.02).all(axis=1)
        if not inside.any():
            return None
        if self.light.sun > SHADOW_SUN:
            points = np.concatenate([points, self._shadow(points)])
        figure = self.cast.figures[index]
        if self.light.lamps > 0 and figure.part == "goods" and any(event == figure.event for event, _ in self.lamps):
            angles = np.linspace(0, 2 * math.pi, 16, endpoint=False)
            lit = LAMP_METRES * np.stack([np.cos(angles), np.sin(angles), np.zeros(16)], 1)
            points = np.concatenate([points, lit + np.array(figure.at)])
        flat, front = self.eye_now.project(points)
        seen = flat[front] * (self.width, self.height)
        low, high = seen.min(axis=0), seen.max(axis=0)
        margin = 5 + 0.05 * float(max(high - low))
        x0, y0 = (max(0, math.floor(float(v) - margin)) for v in low)
        x1, y1 = (min(side, math.ceil(float(v) + margin)) for v, side in zip(high, (self.width, self.height), strict=True))
        return (x0, y0, x1, y1) if x1 - x0 > 6 and y1 - y0 > 6 else None

    def _shadow(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the sun throws points onto the pavement's level; long shadows of a low sun end after 12 m."""
        tilt, turn = math.radians(90 - self.light.elevation), math.radians(self.light.azimuth)
        way = np.array([-math.sin(turn) * math.sin(tilt), math.cos(turn) * math.sin(tilt), -math.cos(tilt)])
        fall = np.maximum(points[:, 2], 0.0) / max(math.cos(tilt), 0.05)
        thrown: NDArray[np.float64] = points + way * np.minimum(fall, 12.0)[:, None]
        thrown[:, 2] = 0.0
        return thrown

    def _streak(self, index: int) -> Streak | None:
        import cv2

        figure = self.cast.figures[index]
        if not any(figure.way):
            return None
        points = self._points(index)
        size = (self.width, self.height)
        flat, front = self.eye_now.project(points)
        middle = points.mean(axis=0, keepdims=True)
        here, ahead = self.eye_now.project(middle)[0], self.eye_now.project(middle + np.array([[*figure.way, 0.0]]) * self.shutter)[0]
        way = (ahead - here)[0] * size
        if not front.all() or not ((flat > -0.2) & (flat < 1.2)).all(axis=1).any():
            return None
        hull = cv2.convexHull((flat * size).astype(np.float32)).reshape(-1, 2)
        return Streak(np.asarray(hull, np.float64), (float(way[0]), float(way[1])))

    def _beams(self, figure: Figure) -> Iterable[Beam]:
        """The lamps of a vehicle by night, in the rendered picture."""
        if figure.lamps is None:
            return
        half, side = figure.lamps
        c, s = math.cos(figure.turn), math.sin(figure.turn)
        for along, red in ((-half, False), (half, True)):
            ahead = np.array([-c, -s, 0.0]) * (-1.0 if red else 1.0)
            for across in (-side, side) if side else (0.0,):
                at = np.array([figure.at[0] + c * along - s * across, figure.at[1] + s * along + c * across, figure.at[2] + 0.68])
                way = self.eye_now.at - at
                facing = float(way @ ahead) / float(np.linalg.norm(way))
                flat, front = self.eye_now.project(at[None])
                if facing > 0.15 and front[0] and (flat > 0).all() and (flat < 1).all() and self.stage.sight.shows(self.eye_now, at, frozenset()):
                    yield Beam((float(flat[0, 0]) * self.width, float(flat[0, 1]) * self.height), facing, float(np.linalg.norm(way)), red)


def shoot_all(film: Film, folder: Path, progress: Callable[[str], None]) -> None:
    """Renders the shots that the folder lacks, one PNG and one JSON each; the still parts lie beside them."""
    import cv2

    script, figures = film.cast.script, film.cast.figures
    nudge_shot = None if script.nudged_second is None else script.nudged_second // script.step_seconds
    before: Pixels | None = None
    known: set[int] = set()
    turned_away = False
    for shot in range(script.shots):
        present = {i for i, figure in enumerate(figures) if not figure.passing and figure.seen(shot)}
        passing = {i for i, figure in enumerate(figures) if figure.passing and figure.seen(shot)}
        if nudge_shot is not None and shot >= nudge_shot and not turned_away:
            film.nudge()
            turned_away, before = True, None
        still_file, shot_file, look_file = (folder / f"{name}_{shot:03d}.{ending}" for name, ending in (("still", "png"), ("shot", "png"), ("shot", "json")))
        if before is None or present != known:
            kept = cv2.imread(str(still_file), cv2.IMREAD_COLOR) if still_file.exists() else None
            before = np.ascontiguousarray(kept[:, :, ::-1], np.uint8) if kept is not None else film.still(present, before, present ^ known)
            if kept is None:
                _write(still_file, before)
            known = present
        if shot_file.exists() and look_file.exists():
            continue
        picture, look = film.shot(before, present, passing)
        look_file.write_text(json.dumps([(beam.at, beam.facing, beam.distance_metres, beam.red) for beam in look.beams]), encoding="ascii")
        _write(shot_file, picture)
        progress(f"{script.name}: shot {shot + 1} of {script.shots}")


def _write(path: Path, picture: Pixels) -> None:
    """Writes an RGB picture whole or not at all."""
    import cv2

    part = path.with_suffix(".part.png")
    cv2.imwrite(str(part), picture[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    part.replace(path)


def read_look(path: Path) -> list[Beam]:
    """The beams of a shot."""
    return [Beam((float(x), float(y)), float(facing), float(metres), bool(red)) for (x, y), facing, metres, red in json.loads(path.read_text(encoding="ascii"))]
