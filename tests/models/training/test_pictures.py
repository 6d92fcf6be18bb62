from __future__ import annotations

import json
from pathlib import Path

from models.training.pictures import is_aside, lay_out

ORIGINS = [f"author{i}/street" for i in range(40)]


def make_real(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    entries = []
    for i, origin in enumerate(ORIGINS * 2):
        (folder / "images" / f"p{i}.jpg").write_bytes(b"a picture")
        boxes = [{"class": "parasol", "box": [0.2, 0.1, 0.6, 0.5]}] if i % 2 else []
        entries.append({"id": f"p{i}", "file": f"images/p{i}.jpg", "origin": origin, "boxes": boxes})
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def test_an_origin_is_wholly_on_one_side_and_about_a_fifth_is_aside(tmp_path: Path) -> None:
    split = lay_out(make_real(tmp_path / "real"), [], tmp_path / "out")
    aside = {path.stem for path in (tmp_path / "out" / "images" / "val").iterdir()}
    assert aside == {f"p{i}" for i, origin in enumerate(ORIGINS * 2) if is_aside(origin)}
    assert split.train + split.aside == 80
    assert 2 <= len(split.aside_origins) <= 16


def test_labels_are_centre_and_size_with_the_class_s_number(tmp_path: Path) -> None:
    lay_out(make_real(tmp_path / "real"), [], tmp_path / "out")
    texts = {path.read_text(encoding="ascii") for path in (tmp_path / "out" / "labels").rglob("*.txt")}
    assert texts == {"", "3 0.40000 0.30000 0.40000 0.40000\n"}


def test_rendered_pictures_join_the_training_side_as_often_as_asked(tmp_path: Path) -> None:
    rendered = tmp_path / "rendered"
    for part in ("images", "labels"):
        (rendered / part).mkdir(parents=True)
    (rendered / "images" / "100_0.jpg").write_bytes(b"a picture")
    (rendered / "labels" / "100_0.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="ascii")
    (rendered / "images" / "101_0.jpg").write_bytes(b"still being rendered: no label yet")
    split = lay_out(make_real(tmp_path / "real"), [rendered], tmp_path / "out", repeat_rendered=2)
    assert split.rendered == 1
    assert len(list((tmp_path / "out" / "images" / "train").glob("rendered*"))) == 2
    assert not list((tmp_path / "out" / "images" / "val").glob("rendered*"))
