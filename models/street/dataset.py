"""Training pictures of the rendered street with boxes of visible extent; resumable, one scene gives two pictures from two cameras.

Measured on two cores: about 5 s a picture at 512x288 with 5 samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classes import STREET_CLASSES
from models.errors import StreetError

MINIMUM_SIDE_PX = 8
MINIMUM_SHARE = 0.3
SHARE_WITHOUT_GOODS = 0.3
"""Share of scenes that hold none of the classes, only traffic and look-alikes."""
CAMERAS_PER_SCENE = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture: boxes as (label, xyxy in 0..1, share that is visible, truncated)."""

    name: str
    seed: int
    weather: str
    boxes: tuple[tuple[str, tuple[float, float, float, float], float, bool], ...]


def render_dataset(folder: Path, seeds: range, *, width: int = 512, height: int = 288, samples: int = 5, threads: int = 0) -> Iterator[Picture]:
    """Renders the scenes of `seeds` into `folder` (images/, labels/ in YOLO form, meta/) and yields each picture as it is done.

    A scene that is already there is passed over, so an interrupted run goes on where it stopped.
    """
    for name in ("images", "labels", "meta"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if not _last_of(folder, seed).exists():
            for picture, shot, quality in _shots(seed, width, height, samples, threads):
                _write_jpeg(folder / "images" / f"{picture.name}.jpg", shot, quality)
                (folder / "labels" / f"{picture.name}.txt").write_text("".join(yolo_lines(picture)), encoding="ascii")
                meta = {"seed": seed, "weather": picture.weather, "boxes": picture.boxes}
                (folder / "meta" / f"{picture.name}.json").write_text(json.dumps(meta), encoding="utf-8")
                yield picture


def finished_scenes(folder: Path, seeds: range) -> int:
    """How many of the scenes are in the folder, with all their pictures."""
    return sum(_last_of(folder, seed).exists() for seed in seeds)


def render_picture(seed: int, path: Path, *, width: int, height: int, samples: int, threads: int = 0) -> Picture:
    """Renders the first picture of a scene to `path`; the ending chooses the format.

    Raises:
        StreetError: no picture can be written there.
    """
    picture, shot, quality = next(iter(_shots(seed, width, height, samples, threads)))
    _write_jpeg(path, shot, quality)
    return picture


def write_data_file(folder: Path) -> Path:
    """Writes the `data.yaml` by which Ultralytics and `curbwatch models evaluate` find the pictures; each is in either split."""
    names = "\n".join(f"  {i}: {name}" for i, name in enumerate(STREET_CLASSES))
    path = folder / "data.yaml"
    path.write_text(f"train: images\nval: images\nnames:\n{names}\n", encoding="utf-8")
    return path


def _last_of(folder: Path, seed: int) -> Path:
    """What is written last of a scene."""
    return folder / "meta" / f"{seed}_{CAMERAS_PER_SCENE - 1}.json"


def _write_jpeg(path: Path, shot: NDArray[np.uint8], quality: int) -> None:
    import cv2

    try:
        done = cv2.imwrite(str(path), shot[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error:
        done = False
    if not done:
        raise StreetError(f"{path} cannot be written: its name must end in .jpg or .png, in a folder that can be written to")


def _shots(seed: int, width: int, height: int, samples: int, threads: int) -> Iterator[tuple[Picture, NDArray[np.uint8], int]]:
    """The pictures of a scene from its cameras, each with its JPEG quality."""
    from models.street import scenes, shoot

    random = Random(seed)
    weather = random.choice(("clear", "clear", "overcast", "overcast", "dusk"))
    x = random.uniform(-3, 3)
    street = scenes.open_street(seed, weather, threads=threads, clear_x=(x,))
    spots = furnish_scene(street, random, x)
    for index in range(CAMERAS_PER_SCENE):
        spot = random.choice(spots)
        shoot.hang_camera(street.scene, scenes.draw_camera(random, *spot))
        raw = shoot.render(street.scene, width, height, samples)
        picture = Picture(f"{seed}_{index}", seed, weather, tuple(boxes_of(street, random, width, height)))
        yield picture, shoot.as_cctv(raw, random, noise=random.uniform(1.5, 6.0), blur=random.choice((0.0, 0.4, 0.7))), random.randint(45, 88)


def furnish_scene(street: Any, random: Random, x: float) -> list[tuple[float, float]]:
    """Puts things into a street; returns the spots that are worth a camera's look."""
    from models.street import scenes

    spots: list[tuple[float, float]] = []
    if random.random() > SHARE_WITHOUT_GOODS:
        adders = random.sample(("stall", "stall", "vehicle", "goods", "goods", "parasol"), k=random.choice((1, 2, 2, 3)))
        for i, what in enumerate(adders):
            at = x + (0, 6.5, -6.5)[i] + random.uniform(-1, 1)
            if what == "stall":
                y = random.choice((-3.2, -2.2, -5.2, -1.4)) + random.uniform(-0.3, 0.3)
                scenes.add_stall(street, random, at, y, attended=random.random() < 0.85)
            elif what == "vehicle":
                y = random.choice((-3.3, -5.3, -5.6)) + random.uniform(-0.2, 0.2)
                scenes.add_vendor_vehicle(street, random, at, y)
            elif what == "goods":
                y = -1.2
                scenes.add_goods_out(street, random, at)
            else:
                from models.street import goods

                y = -2.5
                street.place("parasol", goods.parasol(street.palette, random), (at, y, 0.08))
            spots.append((at, y))
    if not spots or random.random() < 0.4:
        at = x - 11 if spots else x
        scenes.add_lookalike(street, random, at)
        spots.append((at, -2.0))
    scenes.add_traffic(street, random, clear=spots)
    return spots


def boxes_of(street: Any, random: Random, width: int, height: int) -> Iterator[tuple[str, tuple[float, float, float, float], float, bool]]:
    """The visible extents of everything that was placed."""
    from models.street import shoot

    for label, thing in street.things:
        seen = shoot.visible(street.scene, thing, random)
        if seen is None or seen.share < MINIMUM_SHARE:
            continue
        x0, y0, x1, y1 = seen.xyxy
        if min((x1 - x0) * width, (y1 - y0) * height) >= MINIMUM_SIDE_PX:
            yield label, seen.xyxy, round(seen.share, 3), seen.truncated


def yolo_lines(picture: Picture) -> Iterator[str]:
    """The picture's boxes of the trained classes in YOLO text form: class, centre and size in 0..1."""
    from models.street.scenes import CLASSES

    for label, (x0, y0, x1, y1), _, _ in picture.boxes:
        if label in CLASSES:
            yield f"{CLASSES.index(label)} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n"
