"""Labels of a rendered picture and the files that carry them: JSON beside each picture, YOLO text, COCO JSON, crops for the verifier.

The JSON beside a picture is the truth; the other files are written from it again at the end of every run, so that they always know the
classes of today.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.classes import COCO_STREET_CLASSES, STREET_CLASSES
from models.street.assets.asset import LOOK_ALIKES

MINIMUM_SIDE_PX = 8
"""Boxes with a shorter side are left out: a person sees nothing there either."""
MINIMUM_VISIBLE = 0.25
MINIMUM_CROP_PX = 20
"""A verifier's crop has at least this shorter side."""


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled thing.

    Attributes:
        label: class: of the detector, of the verifier's look-alikes, or COCO's.
        xyxy: visible extent in 0..1 of the picture.
        visible: share of its surface towards the camera that shows, 0..1.
        occlusion: share of what lies in the picture that others hide, 0..1.
        truncated: whether it leaves the picture.
        distance_metres: from the camera.
        asset: name in the catalogue.
        twin: which legal twin it is, else None.
        covered: closed and under a cover.
        attended: whether its vendor is there.
    """

    label: str
    xyxy: tuple[float, float, float, float]
    visible: float = 1.0
    occlusion: float = 0.0
    truncated: bool = False
    distance_metres: float = 0.0
    asset: str = ""
    twin: str | None = None
    covered: bool = False
    attended: bool = True

    def side_px(self, width: int, height: int) -> float:
        """The shorter side in pixels."""
        x0, y0, x1, y1 = self.xyxy
        return min((x1 - x0) * width, (y1 - y0) * height)


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture.

    Attributes:
        name: of its files; `seed` and `split` of its scene.
        weather: its hour or weather, see `light`.
        boxes: what it shows.
        width, height: in pixels.
        view: kind of view and mount of its camera.
        families: what the scene was made of.
        assets: names of the scene's assets with their versions.
    """

    name: str
    seed: int
    weather: str
    boxes: tuple[Box, ...]
    width: int
    height: int
    split: str = "train"
    view: str = ""
    families: tuple[str, ...] = ()
    assets: dict[str, str] = field(default_factory=dict)

    def counted(self) -> Iterator[Box]:
        """The boxes that are large and visible enough to be learnt."""
        for box in self.boxes:
            if box.visible >= MINIMUM_VISIBLE and box.side_px(self.width, self.height) >= MINIMUM_SIDE_PX:
                yield box


def write_meta(path: Path, picture: Picture) -> None:
    """Writes the JSON beside a picture."""
    path.write_text(json.dumps(asdict(picture), ensure_ascii=False) + "\n", encoding="utf-8")


def read_meta(path: Path) -> Picture:
    """Reads it again."""
    given = json.loads(path.read_text(encoding="utf-8"))
    boxes = tuple(Box(**{**box, "xyxy": tuple(box["xyxy"])}) for box in given.pop("boxes"))
    return Picture(**{**given, "boxes": boxes, "families": tuple(given.get("families", ()))})


def yolo_lines(picture: Picture) -> Iterator[str]:
    """The detector's boxes in YOLO text form: class id in the order of `STREET_CLASSES`, centre and size in 0..1."""
    for box in picture.counted():
        if box.label in STREET_CLASSES:
            x0, y0, x1, y1 = box.xyxy
            yield f"{STREET_CLASSES.index(box.label)} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n"


def crops(picture: Picture) -> Iterator[dict[str, Any]]:
    """What the verifier learns from: each box of a detector class or a look-alike, with its class and `covered`."""
    for box in picture.counted():
        if box.label in (*STREET_CLASSES, *LOOK_ALIKES) and box.side_px(picture.width, picture.height) >= MINIMUM_CROP_PX:
            yield {
                "image": f"{picture.name}.jpg", "xyxy": [round(v, 5) for v in box.xyxy], "class": box.label, "covered": box.covered, "attended": box.attended,
                "twin": box.twin, "visible": box.visible, "truncated": box.truncated,
            }  # fmt: skip


def coco(pictures: Iterable[Picture]) -> dict[str, Any]:
    """All boxes in COCO's form: the street's share of COCO, the detector's new classes, then the look-alikes; `iscrowd` is always 0."""
    names = (*COCO_STREET_CLASSES, *STREET_CLASSES, *LOOK_ALIKES)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, picture in enumerate(pictures, 1):
        images.append({"id": image_id, "file_name": f"{picture.name}.jpg", "width": picture.width, "height": picture.height})
        for box in picture.counted():
            if box.label not in names:
                continue
            x0, y0, x1, y1 = (v * side for v, side in zip(box.xyxy, (picture.width, picture.height) * 2, strict=True))
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": image_id, "category_id": names.index(box.label) + 1, "iscrowd": 0,
                    "bbox": [round(x0, 2), round(y0, 2), round(x1 - x0, 2), round(y1 - y0, 2)], "area": round((x1 - x0) * (y1 - y0), 1),
                    "occlusion": box.occlusion, "truncated": box.truncated, "distance_metres": box.distance_metres, "covered": box.covered,
                    "attended": box.attended, "twin": box.twin,
                }
            )  # fmt: skip
    return {"images": images, "annotations": annotations, "categories": [{"id": i, "name": name} for i, name in enumerate(names, 1)]}


def pictures_in(folder: Path) -> list[Picture]:
    """All pictures of a folder, by scene and number."""
    found = [read_meta(path) for path in (folder / "meta").glob("*.json")]
    return sorted(found, key=lambda picture: (picture.seed, int(picture.name.rsplit("_", 1)[1])))


def write_sets(folder: Path) -> Path:
    """Writes labels/, coco.json, verifier.jsonl and data.yaml of a folder from its meta/; returns data.yaml, whose splits are each all pictures."""
    pictures = pictures_in(folder)
    (folder / "labels").mkdir(exist_ok=True)
    for picture in pictures:
        (folder / "labels" / f"{picture.name}.txt").write_text("".join(yolo_lines(picture)), encoding="ascii")
    (folder / "coco.json").write_text(json.dumps(coco(pictures)) + "\n", encoding="utf-8")
    lines = [json.dumps(crop) + "\n" for picture in pictures for crop in crops(picture)]
    (folder / "verifier.jsonl").write_text("".join(lines), encoding="utf-8")
    names = "\n".join(f"  {i}: {name}" for i, name in enumerate(STREET_CLASSES))
    path = folder / "data.yaml"
    path.write_text(f"train: images\nval: images\nnames:\n{names}\n", encoding="utf-8")
    return path
