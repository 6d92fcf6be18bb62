"""Rendered pictures for the branch that are denser and nearer than the street's general set: much to learn per second of rendering.

The general set (`models.street.dataset`) shows about one stall or shop's goods a picture, mostly small; after a first stage with 270 of those the
demo-like view of shelves before a shop scored 0.06. Each scene here holds four trading things or look-alikes along one pavement, seen
by near cameras that look at each in turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from models.street.first import Picture, boxes_of, yolo_lines

CAMERAS = 4
SPACING_M = 5.0
WIDTH, HEIGHT, SAMPLES = 512, 288, 5


def render_close_ups(folder: Path, seeds: range, *, threads: int = 1) -> Iterator[Picture]:
    """Renders the scenes of `seeds` into `folder` (images/, labels/, meta/), four pictures each; finished scenes are passed over."""
    for name in ("images", "labels", "meta"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        if not (folder / "meta" / f"{seed}_{CAMERAS - 1}.json").exists():
            yield from _render_scene(folder, seed, threads)


def _render_scene(folder: Path, seed: int, threads: int) -> Iterator[Picture]:
    import cv2

    from models.street import scenes, shoot

    random = Random(seed)
    weather = random.choice(("clear", "overcast", "overcast", "dusk"))
    spots = [((i - 1.5) * SPACING_M + random.uniform(-0.6, 0.6)) for i in range(4)]
    street = scenes.open_street(seed, weather, threads=threads, clear_x=tuple(spots))
    seen = [(x, _stand(street, random, x)) for x in spots]
    scenes.add_traffic(street, random, clear=list(seen))
    for index, (x, y) in enumerate(seen):
        shoot.hang_camera(street.scene, scenes.draw_camera(random, x, y, near=random.random() < 0.8))
        raw = shoot.render(street.scene, WIDTH, HEIGHT, SAMPLES)
        picture = Picture(f"{seed}_{index}", seed, weather, tuple(boxes_of(street, random, WIDTH, HEIGHT)))
        shot = shoot.as_cctv(raw, random, noise=random.uniform(1.0, 5.0), blur=random.choice((0.0, 0.4, 0.7)))
        cv2.imwrite(str(folder / "images" / f"{picture.name}.jpg"), shot[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, random.randint(55, 92)])
        (folder / "labels" / f"{picture.name}.txt").write_text("".join(yolo_lines(picture)), encoding="ascii")
        (folder / "meta" / f"{picture.name}.json").write_text(json.dumps({"seed": seed, "boxes": picture.boxes}), encoding="utf-8")
        yield picture


def _stand(street: Any, random: Random, x: float) -> float:
    """Puts one thing at x; returns where across the street it stands."""
    from models.street import scenes

    what = random.choices(("goods", "stall", "vehicle", "lookalike"), (4, 4, 1, 3))[0]
    if what == "goods":
        scenes.add_goods_out(street, random, x)
        return -1.3
    if what == "stall":
        y = random.choice((-3.1, -2.4, -1.6)) + random.uniform(-0.3, 0.3)
        scenes.add_stall(street, random, x, y, attended=random.random() < 0.8)
        return y
    if what == "vehicle":
        scenes.add_vendor_vehicle(street, random, x, -3.2)
        return -3.2
    scenes.add_lookalike(street, random, x)
    return -2.0
