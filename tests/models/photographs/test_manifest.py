from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import TrainingError
from models.photographs import CORRECTIONS, PhotoBox, read
from tests.models.photographs.making import STALL, entry, folder_of


def test_a_folder_is_read_by_id_with_marks_and_what_counts(tmp_path: Path) -> None:
    boxes = [STALL, STALL | {"difficult": True}, {"class": "parasol", "box": [-0.1, 0, 0.5, 1.2]}]
    folder = folder_of(tmp_path / "town", [entry("b", "x", boxes, hard_negative=None), entry("a", "y", hard_negative="a bus shelter", view="elevated")])
    first, second = read(folder, None)
    assert (first.id, first.collection, first.view, first.hard_negative) == ("a", "town", "elevated", "a bus shelter")
    assert first.empty
    assert not first.selling
    assert second.selling
    assert second.counted == (PhotoBox((0.25, 0.4, 0.75, 0.9), "stall"),)
    assert second.boxes[1].difficult
    assert second.boxes[2].xyxy == (0.0, 0.0, 0.5, 1.0)


def test_a_picture_with_only_parasols_or_difficult_boxes_is_neither(tmp_path: Path) -> None:
    boxes = [STALL | {"difficult": True}, {"class": "parasol", "box": [0, 0, 0.5, 0.5]}]
    (photograph,) = read(folder_of(tmp_path / "town", [entry("a", "x", boxes)]), None)
    assert not photograph.selling
    assert not photograph.empty


def test_a_size_that_is_not_told_is_read_from_the_picture(tmp_path: Path) -> None:
    (photograph,) = read(folder_of(tmp_path, [entry("a", "x", width=80, height=70)]), None)
    (tmp_path / "manifest.json").write_text(json.dumps([{"id": "a", "file": "images/a.jpg", "origin": "x", "boxes": []}]), encoding="utf-8")
    assert read(tmp_path, None) == (photograph,)


def corrected(folder: Path, **change: Any) -> Path:
    sha256 = hashlib.sha256((folder / "images" / "a.jpg").read_bytes()).hexdigest()
    path = folder / "corrections.json"
    path.write_text(json.dumps([{"id": "a", "sha256": sha256, "why": "seen", **change}, {"id": "elsewhere", "sha256": "0", "why": "of another folder"}]))
    return path


def test_corrections_give_other_boxes_marks_or_leave_a_picture_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "town", [entry("a", "x", [STALL]), entry("b", "x")])
    other = read(folder, corrected(folder, boxes=[STALL | {"class": "goods_out"}, STALL], covered=[1]))[0]
    assert [(box.name, box.covered) for box in other.boxes] == [("goods_out", False), ("stall", True)]
    assert other.given == (PhotoBox((0.25, 0.4, 0.75, 0.9), "stall"),)
    assert [p.left_out for p in read(folder, corrected(folder, leave_out=True))] == [True, False]
    assert not any(p.left_out for p in read(folder))


def test_a_correction_written_for_another_picture_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "town", [entry("a", "x", [STALL])])
    with pytest.raises(TrainingError, match=r"corrects a, but .*a\.jpg is another picture"):
        read(folder, corrected(folder, sha256="0" * 64))


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(None, r"manifest\.json is not there", id="none"),
        pytest.param("[", r"cannot be read as JSON", id="broken"),
        pytest.param("{}", r"holds no list", id="not a list"),
        pytest.param('[{"id": "a", "boxes": []}]', r"picture 0: KeyError 'file'", id="a field is missing"),
        pytest.param(json.dumps([entry("a", "x", [{"class": "stall", "box": [0.5, 0, 0.5, 1]}])]), r"without extent", id="a box without extent"),
        pytest.param(json.dumps([entry("a", "x")]), r"a\.jpg is not there", id="a picture is missing"),
    ],
)
def test_a_manifest_that_is_not_one_is_told_in_a_line(tmp_path: Path, manifest: str | None, message: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(TrainingError, match=message) as error:
        read(tmp_path)
    assert "\n" not in str(error.value)


def test_two_pictures_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="two pictures have the id a"):
        read(folder_of(tmp_path, [entry("a", "x"), entry("a", "y")]))


def test_every_correction_of_the_project_gives_its_reason() -> None:
    entries = json.loads(CORRECTIONS.read_text(encoding="utf-8"))
    assert all(one["why"] and len(one["sha256"]) == 64 for one in entries)
    assert len({one["id"] for one in entries}) == len(entries)


@pytest.mark.shared
def test_every_correction_of_the_project_meets_its_picture(shared: Path) -> None:
    ids = {one["id"] for one in json.loads(CORRECTIONS.read_text(encoding="utf-8"))}
    folders = [shared / "images" / name for name in ("street_real", "street_kinds")]
    assert ids <= {p.id for folder in folders for p in read(folder, None)}
    assert all(read(folder) for folder in folders)
