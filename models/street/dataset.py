"""Training pictures of the rendered street with labels; resumable, the same seeds and split give the same labels.

A scene is built once and photographed several times by other cameras, at other hours, in other weathers, with passers-by elsewhere: building
costs about as much as rendering. Each picture's draw depends on seed, split and its own number alone, so that an interrupted run goes on as if
nothing had happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.errors import StreetError
from models.street.assets.catalogue import NAMES
from models.street.assets.versions import version
from models.street.formats import Picture, read_meta, write_meta, yolo_lines

SCENE_VERSION = 2
"""Which street this is: folders of different versions, splits or sizes are never mixed."""
PICTURES_PER_SCENE = 6
WIDTH, HEIGHT, SAMPLES = 640, 360, 4
ANYWHERE_SHARE = 0.08
"""Share of pictures whose camera was hung for no subject."""
KEPT_QUALITY = 92
"""JPEG quality of pictures that an H.264 encoder has spoilt already."""


def render_dataset(
    folder: Path, first_seed: int, count: int, *, split: str = "train", width: int = WIDTH, height: int = HEIGHT, samples: int = SAMPLES, threads: int = 0
) -> Iterator[Picture]:
    """Renders `count` pictures of the scenes from `first_seed` on into `folder` (images/, labels/, meta/) and yields each as it is done.

    What is there already is passed over, unless one of its assets has changed since.

    Raises:
        StreetError: the folder holds pictures of another street, split or size; no such split.
    """
    for name in ("images", "labels", "meta"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _agree(folder, {"scene_version": SCENE_VERSION, "split": split, "width": width, "height": height, "samples": samples})
    for seed, numbers in wanted(first_seed, count):
        missing = [number for number in numbers if not fresh(folder, f"{seed}_{number}")]
        for picture, shot, quality in _shots(seed, missing, split, width, height, samples, threads):
            write_jpeg(folder / "images" / f"{picture.name}.jpg", shot, quality)
            (folder / "labels" / f"{picture.name}.txt").write_text("".join(yolo_lines(picture)), encoding="ascii")
            write_meta(folder / "meta" / f"{picture.name}.json", picture)
            yield picture


def wanted(first_seed: int, count: int) -> Iterator[tuple[int, range]]:
    """The scenes of `count` pictures, each with its pictures' numbers."""
    for done in range(0, count, PICTURES_PER_SCENE):
        yield first_seed + done // PICTURES_PER_SCENE, range(min(PICTURES_PER_SCENE, count - done))


def names(first_seed: int, count: int) -> list[str]:
    """The names of `count` pictures, in order."""
    return [f"{seed}_{number}" for seed, numbers in wanted(first_seed, count) for number in numbers]


def finished(folder: Path, first_seed: int, count: int) -> int:
    """How many of the pictures are in the folder and of today's assets."""
    return sum(fresh(folder, name) for name in names(first_seed, count))


def fresh(folder: Path, name: str) -> bool:
    """Whether a picture is there, made of assets as they are today."""
    try:
        known = read_meta(folder / "meta" / f"{name}.json").assets
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return all(asset in NAMES and version(asset) == made_by for asset, made_by in known.items())


def render_picture(seed: int, path: Path, *, split: str = "train", width: int, height: int, samples: int, threads: int = 0) -> Picture:
    """Renders the first picture of a scene to `path`; the ending chooses the format.

    Raises:
        StreetError: no picture can be written there; no such split.
    """
    picture, shot, quality = next(iter(_shots(seed, [0], split, width, height, samples, threads)))
    write_jpeg(path, shot, quality)
    return picture


def write_jpeg(path: Path, shot: NDArray[np.uint8], quality: int) -> None:
    """Writes an RGB picture.

    Raises:
        StreetError: it cannot be written.
    """
    import cv2

    try:
        done = cv2.imwrite(str(path), shot[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error:
        done = False
    if not done:
        raise StreetError(f"{path} cannot be written: its name must end in .jpg or .png, in a folder that can be written to")


def _agree(folder: Path, terms: dict[str, object]) -> None:
    """Keeps the folder's terms, and refuses others."""
    path = folder / "set.json"
    if path.exists():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise StreetError(f"{path} cannot be read: delete it if the pictures beside it are of the street {terms}") from None
        other = [f"{name} {known.get(name)!r}" for name, value in terms.items() if known.get(name) != value]
        if other:
            raise StreetError(f"{folder} holds pictures of {', '.join(other)}: name another folder with --out")
    elif any((folder / "meta").iterdir()):
        raise StreetError(f"{folder} holds pictures of an older street: name another folder with --out")
    path.write_text(json.dumps(terms) + "\n", encoding="utf-8")


def _shots(seed: int, numbers: list[int], split: str, width: int, height: int, samples: int, threads: int) -> Iterator[tuple[Picture, NDArray[np.uint8], int]]:
    """The pictures of a scene by their numbers, each with its JPEG quality."""
    if not numbers:
        return
    from models.street import light, sensor
    from models.street.compose import compose
    from models.street.stage import SHUTTER_SECONDS, Stage

    plan = compose(seed, split)
    stage = Stage(plan, threads=threads)
    families = tuple(sorted({family for stood in plan.stood for family in stood.asset.families} | {f"street/{plan.layout.family}"}))
    assets = {name: version(name) for name in sorted({one.name for one in plan.stood} | {one.name for one in plan.movers})}
    subjects = [stood for stood in plan.stood if stood.weight > 0]
    for number in numbers:
        random = Random(f"picture {split} {seed} {number}")
        stage.scatter(random)
        hour = light.draw_light(random, wet=plan.wet)
        subject = None
        if subjects and random.random() >= ANYWHERE_SHARE:
            subject = random.choices(subjects, weights=[stood.weight for stood in subjects])[0]
        camera, eye = stage.hang(random, subject, width / height)
        imager = sensor.draw_imager(random)
        stage.shine(hour, camera)
        resolved = (round(width * imager.resolve / 2) * 2, round(height * imager.resolve / 2) * 2)
        raw = sensor.enlarged(stage.render(*resolved, samples), width, height)
        shutter = random.choice(SHUTTER_SECONDS[2:] if hour.kind in light.DARK else SHUTTER_SECONDS[:3])
        streaks, beams = stage.streaks(eye, shutter, width, height), stage.beams(eye, width, height)
        shot = sensor.expose(raw, eye, hour, imager, random.randrange(1 << 30), streaks=streaks, beams=beams)
        picture = Picture(
            name=f"{seed}_{number}",
            seed=seed,
            weather=hour.kind,
            boxes=tuple(stage.boxes(eye)),
            width=width,
            height=height,
            split=split,
            view=f"{camera.view}, {camera.mount}",
            families=families,
            assets=assets,
        )
        picture = replace(picture, boxes=tuple(picture.counted()))
        yield picture, shot, imager.quality if imager.crf is None else KEPT_QUALITY
