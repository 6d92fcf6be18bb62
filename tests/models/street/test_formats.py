"""The files that carry the labels say the same thing in their own forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.classes import STREET_CLASSES
from models.street.formats import Box, Picture, coco, crops, pictures_in, read_meta, write_meta, write_sets, yolo_lines

STALL = Box("stall", (0.1, 0.2, 0.3, 0.6), 0.8, 0.1, False, 12.5, "stall_table", "permitted_pitch")
COVERED = Box("stall", (0.5, 0.5, 0.7, 0.9), covered=True, attended=False)
UNLOADING = Box("unloading", (0.6, 0.1, 0.9, 0.4))
PERSON = Box("person", (0.4, 0.4, 0.45, 0.6))


def picture(*boxes: Box, name: str = "200000_0") -> Picture:
    return Picture(name, int(name.split("_")[0]), "rain", boxes, 640, 360, families=("stall/x",))


def test_meta_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = picture(STALL, COVERED, UNLOADING, PERSON)
    write_meta(tmp_path / "one.json", one)
    assert read_meta(tmp_path / "one.json") == one


def test_yolo_names_the_detector_s_classes_only() -> None:
    lines = list(yolo_lines(picture(STALL, UNLOADING, PERSON)))
    assert lines == [f"{STREET_CLASSES.index('stall')} 0.20000 0.40000 0.20000 0.40000\n"]


@pytest.mark.parametrize(
    ("box", "counts"),
    [
        pytest.param(STALL, True, id="a stall"),
        pytest.param(Box("stall", (0.1, 0.1, 0.11, 0.2)), False, id="six pixels wide"),
        pytest.param(Box("stall", (0.1, 0.1, 0.3, 0.3), visible=0.1), False, id="nearly hidden"),
    ],
)
def test_what_nobody_could_see_is_not_counted(box: Box, counts: bool) -> None:
    assert bool(list(picture(box).counted())) is counts


def test_the_verifier_is_told_look_alikes_and_covers() -> None:
    told = [(crop["class"], crop["covered"], crop["twin"]) for crop in crops(picture(STALL, COVERED, UNLOADING, PERSON))]
    assert told == [("stall", False, "permitted_pitch"), ("stall", True, None), ("unloading", False, None)]


def test_coco_has_all_lists_in_pixels() -> None:
    made = coco([picture(STALL, PERSON), picture(UNLOADING, name="200001_0")])
    names = {category["id"]: category["name"] for category in made["categories"]}
    assert [names[one["category_id"]] for one in made["annotations"]] == ["stall", "person", "unloading"]
    assert made["annotations"][0]["bbox"] == [64.0, 72.0, 128.0, 144.0]
    assert made["annotations"][0]["distance_metres"] == 12.5
    assert [one["image_id"] for one in made["annotations"]] == [1, 1, 2]


def test_sets_are_written_from_what_lies_beside_the_pictures(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    for name in ("200001_10", "200001_9", "200000_1"):
        write_meta(tmp_path / "meta" / f"{name}.json", picture(STALL, name=name))
    path = write_sets(tmp_path)
    assert [one.name for one in pictures_in(tmp_path)] == ["200000_1", "200001_9", "200001_10"]
    assert f"{len(STREET_CLASSES) - 1}: {STREET_CLASSES[-1]}" in path.read_text(encoding="utf-8")
    assert len((tmp_path / "verifier.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert len(json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))["images"]) == 3
    assert len(list((tmp_path / "labels").glob("*.txt"))) == 3
