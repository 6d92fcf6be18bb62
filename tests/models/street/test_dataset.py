"""Which pictures a set is made of, and that folders are never mixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import StreetError
from models.street.assets.versions import version
from models.street.dataset import _agree, finished, fresh, names, wanted
from models.street.formats import Picture, write_meta

TERMS = {"scene_version": 2, "split": "train", "width": 640}


@pytest.mark.parametrize(
    ("count", "scenes"),
    [
        pytest.param(1, [(5, 1)], id="one picture"),
        pytest.param(6, [(5, 6)], id="one scene"),
        pytest.param(14, [(5, 6), (6, 6), (7, 2)], id="two scenes and two pictures of a third"),
    ],
)
def test_six_pictures_of_a_scene(count: int, scenes: list[tuple[int, int]]) -> None:
    assert [(seed, len(numbers)) for seed, numbers in wanted(5, count)] == scenes
    assert len(names(5, count)) == count


def test_what_is_there_is_counted(tmp_path: Path) -> None:
    assert finished(tmp_path, 5, 12) == 0
    (tmp_path / "meta").mkdir()
    for name in ("5_3", "9_0"):
        write_meta(tmp_path / "meta" / f"{name}.json", Picture(name, 5, "rain", (), 640, 360, assets={"car": version("car")}))
    assert finished(tmp_path, 5, 12) == 1


@pytest.mark.parametrize(
    ("assets", "counts"),
    [
        pytest.param({"car": version("car"), "parasol": version("parasol")}, True, id="assets of today"),
        pytest.param({"car": version("car"), "parasol": "0" * 12}, False, id="a parasol of yesterday"),
        pytest.param({"zeppelin": "0" * 12}, False, id="an asset that is gone"),
    ],
)
def test_a_changed_asset_makes_its_pictures_stale(assets: dict[str, str], counts: bool, tmp_path: Path) -> None:
    write_meta(tmp_path / "meta.json", Picture("5_0", 5, "rain", (), 640, 360, assets=assets))
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta.json").rename(tmp_path / "meta" / "5_0.json")
    assert fresh(tmp_path, "5_0") is counts


def test_a_broken_file_beside_a_picture_is_no_finished_picture(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "5_0.json").write_text('{"name": "5_0"', encoding="utf-8")
    assert not fresh(tmp_path, "5_0")


@pytest.mark.parametrize(
    ("known", "message"),
    [
        pytest.param({**TERMS, "split": "open"}, "split 'open'", id="another split"),
        pytest.param({**TERMS, "scene_version": 1}, "scene_version 1", id="another street"),
        pytest.param({}, "None", id="nothing said"),
    ],
)
def test_a_folder_of_another_kind_is_refused(known: dict[str, object], message: str, tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "set.json").write_text(json.dumps(known), encoding="utf-8")
    with pytest.raises(StreetError, match=message):
        _agree(tmp_path, dict(TERMS))


def test_pictures_without_terms_are_of_an_older_street(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "300000_0.json").touch()
    with pytest.raises(StreetError, match="older street"):
        _agree(tmp_path, dict(TERMS))


def test_the_terms_of_a_new_folder_are_kept(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    _agree(tmp_path, dict(TERMS))
    _agree(tmp_path, dict(TERMS))
    assert json.loads((tmp_path / "set.json").read_text(encoding="utf-8")) == TERMS
