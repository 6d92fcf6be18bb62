"""Makes clips: script, cast, shots, exposure, encoder, truth; what is finished is kept, and what an asset's change makes stale is made again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from models.street import sensor
from models.street.assets.catalogue import NAMES
from models.street.assets.versions import version
from models.street.cameras import StreetCamera
from models.street.clips import exposing, film, viewing
from models.street.clips.cast import Cast, cast
from models.street.clips.script import DWELL_SECONDS, SCRIPT_VERSION, Script
from models.street.encoding import encode_pictures
from models.street.lens import Lens
from models.street.light import Light, light_of
from models.street.seeing import eye_of

WIDTH, HEIGHT, SAMPLES = 1280, 720, 4
RATE = 10
"""Pictures a second of a clip."""
PASSING = ("pedestrian", "cyclist", "scooterist", "car", "van", "bus", "truck")


def make(script: Script, folder: Path, cache: Path, *, threads: int = 0, progress: Callable[[str], None] = print) -> dict[str, Any]:
    """Makes `<folder>/<name>.mp4` with its truth beside it as JSON, which is returned; what is there and of today's assets is not made again.

    Raises:
        StreetError: no such split.
    """
    known = finished(script, folder)
    if known is not None:
        return known
    folder.mkdir(parents=True, exist_ok=True)
    made = cast(script)
    key = _key(made)
    shots = cache / f"{script.name}-{key}"
    shots.mkdir(parents=True, exist_ok=True)
    light = light_of(script.weather, Random(f"light {script.split} {script.seed}"))
    imager = exposing.draw_camera_electronics(script)
    size = (round(WIDTH * imager.resolve / 2) * 2, round(HEIGHT * imager.resolve / 2) * 2)
    cost = _Cost(shots / "core_seconds")

    def tell(line: str) -> None:
        cost.keep()
        progress(line)

    if not (shots / "truth.json").exists():
        _render(made, light, size, shots, threads, tell)
    kept = json.loads((shots / "truth.json").read_text(encoding="utf-8"))
    cameras = [_camera(one) for one in kept.pop("cameras")]
    _expose(script, light, imager, cameras, shots, folder / f"{script.name}.mp4")
    truth = {**kept, "key": key, "core_seconds": round(cost.keep(), 1)}
    part = folder / f"{script.name}.part.json"
    part.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / f"{script.name}.json")
    shutil.rmtree(shots)
    return truth


class _Cost:
    """Seconds of a core that a clip took, over all the runs that it took."""

    def __init__(self, path: Path) -> None:
        self.path, self.began = path, time.process_time()
        self.before = float(path.read_text(encoding="ascii")) if path.exists() else 0.0

    def keep(self) -> float:
        """Notes what was spent so far, and returns it."""
        spent = self.before + time.process_time() - self.began
        self.path.write_text(f"{spent:.2f}", encoding="ascii")
        return spent


def finished(script: Script, folder: Path) -> dict[str, Any] | None:
    """The truth of a clip that is there, made of today's assets; else None."""
    try:
        truth: dict[str, Any] = json.loads((folder / f"{script.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    made_of = truth.get("assets", {}).items()
    fresh = (folder / f"{script.name}.mp4").is_file() and all(name in NAMES and version(name) == made for name, made in made_of)
    return truth if fresh and truth.get("versions") == _versions() else None


def _versions() -> list[int]:
    return [SCRIPT_VERSION, film.FILM_VERSION]


def _key(made: Cast) -> str:
    """Of everything that a clip's shots depend on."""
    parts = [repr(made.script), repr(_versions()), repr((WIDTH, HEIGHT, SAMPLES)), *(f"{name} {version}" for name, version in _assets(made).items())]
    return hashlib.blake2s("\n".join(parts).encode(), digest_size=6).hexdigest()


def _assets(made: Cast) -> dict[str, str]:
    names = {one.event.asset for one in made.staged} | {one.name for one in made.plan.stood} | set(PASSING)
    return {name: version(name) for name in sorted(names)}


def _render(made: Cast, light: Light, size: tuple[int, int], shots: Path, threads: int, progress: Callable[[str], None]) -> None:
    """Renders what the folder lacks, and writes the truth last."""
    taken = film.Film(made, light, *size, SAMPLES, threads=threads)
    truth = _truth(made, taken)
    film.shoot_all(taken, shots, progress)
    cameras = [asdict(taken.camera)]
    if made.script.nudged_second is not None:
        cameras.append(asdict(taken.nudge()[0]))
    (shots / "truth.json").write_text(json.dumps({**truth, "cameras": cameras}, ensure_ascii=False) + "\n", encoding="utf-8")


def _camera(kept: dict[str, Any]) -> StreetCamera:
    x, y, z = kept["position"]
    aim_x, aim_y, aim_z = kept["aim"]
    field, roll = float(kept["field_of_view_degrees"]), float(kept["roll_degrees"])
    return StreetCamera((x, y, z), (aim_x, aim_y, aim_z), field, roll, Lens(**kept["lens"]), str(kept["view"]), str(kept["mount"]))


def _expose(script: Script, light: Light, imager: sensor.Imager, cameras: list[StreetCamera], shots: Path, target: Path) -> None:
    import cv2

    exposure = exposing.Exposure(script, light, imager, WIDTH, HEIGHT)
    eyes = [eye_of(one.position, one.aim, one.roll_degrees, one.field_of_view_degrees, WIDTH / HEIGHT, one.lens) for one in cameras]

    def shot(index: int) -> exposing.Canvas:
        away = script.nudged_second is not None and index * script.step_seconds >= script.nudged_second
        raw = cv2.imread(str(shots / f"shot_{index:03d}.png"), cv2.IMREAD_COLOR)
        assert raw is not None
        return exposure.shot(np.ascontiguousarray(raw[:, :, ::-1], np.uint8), eyes[-1 if away else 0], film.read_look(shots / f"shot_{index:03d}.json"))

    encode_pictures(exposure.pictures(shot, RATE), target, script.codec, WIDTH, HEIGHT, RATE, script.bit_rate, script.began)


def _truth(made: Cast, taken: film.Film) -> dict[str, Any]:
    """Acts, baits, zones, lines and permits, all in 0..1 of the picture before any nudge."""
    script, eye = made.script, taken.eye
    acts, baits = [], []
    for index, staged in enumerate(made.staged):
        event = staged.event
        seen = taken.stage.sight.see(eye, taken.names[index])
        entry: dict[str, Any] = {
            "xyxy": [round(v, 4) for v in seen.xyxy] if seen else [0.0, 0.0, 0.0, 0.0], "visible": seen.visible if seen else 0.0,
            "truncated": bool(seen and seen.truncated), "start_second": event.start_second, "end_second": event.end_second, "asset": event.asset,
        }  # fmt: skip
        if event.kind is not None:
            acts.append({"kind": event.kind, "also": list(event.also), "class": event.label, "violation": True, "permit": event.permit, **entry})
        else:
            baits.append({"what": event.twin, "class": event.label, "why": event.why, **entry})
    camera = taken.camera
    return {
        "file": f"{script.name}.mp4", "camera_id": script.name, "seed": script.seed, "split": script.split, "seconds": script.seconds, "codec": script.codec,
        "width": WIDTH, "height": HEIGHT, "bit_rate": script.bit_rate, "began": script.began.isoformat(), "dwell_seconds": DWELL_SECONDS,
        "weather": script.weather, "view": f"{camera.view}, {camera.mount}", "camera_height_metres": round(camera.position[2], 2),
        "nudged_second": script.nudged_second, "acts": acts, "baits": baits, "zones": viewing.zones(made, eye, WIDTH),
        "lines": viewing.lines(eye, made.plan.layout, WIDTH, viewing.notches(made)), "permits": viewing.permits(made, eye),
        "families": list(made.families), "assets": _assets(made), "versions": _versions(),
    }  # fmt: skip


def told(truth: dict[str, Any]) -> str:
    """One line about a clip."""
    began = dt.datetime.fromisoformat(truth["began"])
    kinds = ", ".join(f"{act['kind']} {act['asset']}" for act in truth["acts"]) or "nothing unlawful"
    lawful = f"{len(truth['baits'])} things that must not fire"
    return f"{truth['file']}: {truth['weather']}, {began:%H:%M}, {truth['view']}: {kinds}; {lawful}; {truth['core_seconds']:.0f} s of a core"


def write_truths(folder: Path) -> Path:
    """Writes truth.json of all clips that lie in a folder, and returns it."""
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")) if path.with_suffix(".mp4").is_file()]
    path, part = folder / "truth.json", folder / "truth.part"
    part.write_text(json.dumps({"clips": truths}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path
