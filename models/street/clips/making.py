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

from models.errors import StreetError
from models.street import sensor
from models.street.assets.catalogue import NAMES
from models.street.assets.versions import version
from models.street.cameras import StreetCamera
from models.street.clips import exposing, film, placing, viewing
from models.street.clips.cast import Cast, cast
from models.street.clips.figures import Staged
from models.street.clips.forms import KINDS, REASONS
from models.street.clips.script import DWELL_SECONDS, SCRIPT_VERSION, Script
from models.street.encoding import encode_pictures
from models.street.lens import Lens
from models.street.light import Light, light_of
from models.street.seeing import Seen, eye_of

WIDTH, HEIGHT, SAMPLES = 1280, 720, 4
RATE = 10
"""Pictures a second of a clip."""
TAKES, WELL_SEEN = 8, 0.75
"""How many streets are tried for a camera that sees every event, and how well it must (1: 0.7 of a violation's surface, 65 of 720 pixels)."""
PASSING = ("pedestrian", "cyclist", "scooterist", "car", "van", "bus", "truck")


def make(script: Script, folder: Path, cache: Path, *, threads: int = 0, progress: Callable[[str], None] = print) -> dict[str, Any]:
    """Makes `<folder>/<name>.mp4` with its truth beside it as JSON, which is returned; what is there and of today's assets is not made again.

    Raises:
        StreetError: no such split, or no street has room for all events.
    """
    known = finished(script, folder)
    if known is not None:
        return known
    folder.mkdir(parents=True, exist_ok=True)
    key = _key(script)
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
        _render(script, light, size, shots, threads, tell)
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


def _key(script: Script) -> str:
    """Of everything that a clip's shots depend on; any asset may stand about in its street."""
    parts = [repr(script), repr(_versions()), repr((WIDTH, HEIGHT, SAMPLES)), *(f"{name} {version(name)}" for name in NAMES)]
    return hashlib.blake2s("\n".join(parts).encode(), digest_size=6).hexdigest()


def _assets(made: Cast) -> dict[str, str]:
    names = {one.event.asset for one in made.staged} | {one.name for one in made.plan.stood} | set(PASSING)
    return {name: version(name) for name in sorted(names)}


def _render(script: Script, light: Light, size: tuple[int, int], shots: Path, threads: int, progress: Callable[[str], None]) -> None:
    """Renders what the folder lacks, and writes the truth last."""
    made, taken = _staged(script, light, size, threads, shots / "take")
    truth = _truth(made, taken)
    film.shoot_all(taken, shots, progress)
    cameras = [asdict(taken.camera)]
    if script.nudged_second is not None:
        cameras.append(asdict(taken.nudge()[0]))
    (shots / "truth.json").write_text(json.dumps({**truth, "cameras": cameras}, ensure_ascii=False) + "\n", encoding="utf-8")


def _staged(script: Script, light: Light, size: tuple[int, int], threads: int, known: Path) -> tuple[Cast, film.Film]:
    """The first take in which a camera sees every event well, or the best of those tried; the file `known` keeps which one that was.

    Raises:
        StreetError: no such split, or in no take has any street room for all events.
    """

    def staged(take: int) -> tuple[Cast, film.Film]:
        made = cast(script, take)
        return made, film.Film(made, light, *size, SAMPLES, threads=threads)

    if known.exists():
        return staged(int(known.read_text(encoding="ascii")))
    worths: dict[int, float] = {}
    no_room: StreetError | None = None
    for take in range(TAKES):
        try:
            tried = staged(take)
        except StreetError as error:
            no_room = error
            continue
        worths[take] = tried[1].worth
        if worths[take] >= WELL_SEEN:
            break
    if not worths:
        assert no_room is not None  # each take gave a worth or an error
        raise no_room
    best = max(worths, key=lambda take: worths[take])
    known.write_text(str(best), encoding="ascii")
    return tried if best == max(worths) else staged(best)


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
    """Acts, baits, zones, lines and permits, all in 0..1 of the picture before any nudge; of each event its ground in metres too."""
    script, eye, camera = made.script, taken.eye, taken.camera
    drawn = viewing.zones(made, eye, WIDTH), viewing.lines(eye, made.plan.layout, WIDTH, viewing.notches(made)), viewing.permits(made, eye)
    acts: list[dict[str, Any]] = []
    baits: list[dict[str, Any]] = []
    for index, staged in enumerate(made.staged):
        seen, shade = (taken.see(index, eye, names) if names else None for names in (taken.names[index], taken.shades[index]))
        (acts if staged.event.violation else baits).append(event_truth(staged, seen, shade, *drawn))
    return {
        "file": f"{script.name}.mp4", "camera_id": script.name, "seed": script.seed, "turn": script.turn, "split": script.split, "seeds_of": script.seeds_of,
        "seconds": script.seconds,
        "codec": script.codec, "width": WIDTH, "height": HEIGHT, "bit_rate": script.bit_rate, "began": script.began.isoformat(),
        "dwell_seconds": DWELL_SECONDS, "kinds": list(KINDS), "weather": script.weather, "view": f"{camera.view}, {camera.mount}",
        "camera_height_metres": round(camera.position[2], 2), "nudged_second": script.nudged_second, "acts": acts, "baits": baits, "zones": drawn[0],
        "lines": drawn[1], "permits": drawn[2], "families": list(made.families), "assets": _assets(made), "versions": _versions(),
    }  # fmt: skip


def event_truth(
    staged: Staged, seen: Seen | None, shade: Seen | None, zones: list[dict[str, Any]], lines: list[dict[str, Any]], permits: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the truth tells of one event: what it is and why, from when to when, where in the picture and on the ground (metres along and across the street),
    and how clearly it stands where it must.

    Args:
        seen: its visible extent, None where the camera does not see it.
        shade: that of its parasol or tent, which has a class of its own.
    """
    event = staged.event
    box = seen.xyxy if seen else (0.0, 0.0, 0.0, 0.0)
    (x0, x1), (y0, y1) = ((middle - half, middle + half) for middle, half in zip((staged.x, staged.y), staged.half, strict=True))
    told = {"kind": event.of, "also": list(event.also), "violation": True} if event.violation else {"what": event.twin, "of": event.of, "violation": False}
    return {
        **told, "class": event.label, "reason": event.reason, "why": event.why or REASONS[event.reason], "permit": event.permit,
        "xyxy": [round(v, 4) for v in box], "shade_xyxy": [round(v, 4) for v in shade.xyxy] if shade else None,
        "zones": placing.zones_of(event, box, zones) if seen else [],
        "clearness": round(placing.clearness(event, box, zones, lines, permits), 2) if seen else 0.0,
        "ground_metres": [[round(x, 2), round(y, 2)] for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))],
        "visible": seen.visible if seen else 0.0, "truncated": bool(seen and seen.truncated),
        "start_second": event.start_second, "end_second": event.end_second, "asset": event.asset,
    }  # fmt: skip


def told(truth: dict[str, Any]) -> str:
    """One line about a clip."""
    began = dt.datetime.fromisoformat(truth["began"])
    kinds = ", ".join(f"{act['kind']} {act['asset']}" for act in truth["acts"]) or "nothing unlawful"
    lawful = f"{len(truth['baits'])} things that must not fire"
    nudge = "" if truth["nudged_second"] is None else f"; turned away at {truth['nudged_second']} s"
    return f"{truth['file']}: {truth['weather']}, {began:%H:%M}, {truth['view']}: {kinds}; {lawful}{nudge}; {truth['core_seconds']:.0f} s of a core"


def write_truths(folder: Path) -> Path:
    """Writes truth.json of all clips that lie in a folder, and returns it."""
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")) if path.with_suffix(".mp4").is_file()]
    path, part = folder / "truth.json", folder / "truth.part"
    part.write_text(json.dumps({"clips": truths}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path
