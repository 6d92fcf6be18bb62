from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import TrainingError
from models.training.versions import version_of_manifest, version_of_names, version_of_pictures, version_of_set


def make(folder: Path, *, label: str = "0 0.5 0.5 0.1 0.1\n", picture: bytes = b"a picture") -> Path:
    for part in ("images", "labels"):
        (folder / part / "train").mkdir(parents=True)
    (folder / "images" / "train" / "a.jpg").write_bytes(picture)
    (folder / "labels" / "train" / "a.txt").write_text(label, encoding="ascii")
    return folder


def test_the_same_pictures_have_the_same_version_wherever_they_lie(tmp_path: Path) -> None:
    assert version_of_pictures(make(tmp_path / "here")) == version_of_pictures(make(tmp_path / "there"))


@pytest.mark.parametrize(("change"), [pytest.param({"label": ""}, id="a label"), pytest.param({"picture": b"another one"}, id="a picture")])
def test_what_changed_shows(tmp_path: Path, change: dict[str, str]) -> None:
    assert version_of_pictures(make(tmp_path / "before")) != version_of_pictures(make(tmp_path / "after", **change))  # type: ignore[arg-type]


def test_corrections_are_part_of_a_manifest_s_version(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    (tmp_path / "corrections.json").write_text("{}", encoding="utf-8")
    assert version_of_manifest(tmp_path) != version_of_manifest(tmp_path, tmp_path / "corrections.json")
    with pytest.raises(TrainingError, match=r"manifest\.json cannot be read"):
        version_of_manifest(tmp_path / "nowhere")


def test_a_choice_of_names_has_no_order() -> None:
    assert version_of_names(["a", "b"]) == version_of_names(["b", "a"]) != version_of_names(["a"])


def test_a_set_of_one_s_own_may_lie_otherwise(tmp_path: Path) -> None:
    """As Roboflow writes it: a folder a split, with images and labels in it."""

    def of_set(folder: Path, label: str) -> str:
        for part in ("images", "labels"):
            (folder / "train" / part).mkdir(parents=True)
        (folder / "train" / "images" / "a.jpg").write_bytes(b"a picture")
        (folder / "train" / "labels" / "a.txt").write_text(label, encoding="ascii")
        (folder / "data.yaml").write_text("train: train/images\nnames: [stall]\n", encoding="utf-8")
        return version_of_set(folder / "data.yaml")

    here = of_set(tmp_path / "here", "0 0.5 0.5 0.1 0.1\n")
    assert here == of_set(tmp_path / "there", "0 0.5 0.5 0.1 0.1\n") != of_set(tmp_path / "other", "0 0.5 0.5 0.2 0.1\n")
