from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.photographs import Photograph, folds, read, refuse, refuse_pictures
from tests.models.photographs.making import blotches, town, write


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Photograph, ...]:
    return read(town(tmp_path_factory.mktemp("photographs") / "town"))


def test_an_origin_on_two_sides_is_refused_by_name(real: tuple[Photograph, ...]) -> None:
    fold = folds(real, 3)[0]
    moved = replace(fold, train=fold.train[1:], calibration=(*fold.calibration, fold.train[0]))
    with pytest.raises(
        TrainingError, match=rf"{fold.train[1].id} \(train\) and {fold.train[0].id} \(calibration\) are of one origin, '{fold.train[0].origin}'"
    ):
        refuse(moved)


def test_a_repository_on_two_sides_is_refused(real: tuple[Photograph, ...]) -> None:
    fold = folds(real, 3)[0]
    twice = replace(fold, train=(replace(fold.train[0], repository="r"), *fold.train[1:]), held_back=(replace(fold.held_back[0], repository="r"),))
    with pytest.raises(TrainingError, match="are of one repository, 'r'"):
        refuse(twice)


def test_a_copy_of_a_held_back_picture_under_another_name_is_refused(real: tuple[Photograph, ...], tmp_path: Path) -> None:
    fold = folds(real, 3)[0]
    number = real.index(fold.held_back[0])
    copy = replace(fold.train[0], id="copy", origin="elsewhere", path=write(tmp_path / "copy.jpg", blotches(number, 200, 140), 40))
    with pytest.raises(TrainingError, match=rf"copy\.jpg \(train\) and {fold.held_back[0].id}\.jpg \(held back\) are nearly the same picture"):
        refuse(replace(fold, train=(*fold.train, copy)))


def test_many_faults_are_counted_in_one_line(real: tuple[Photograph, ...]) -> None:
    fold = folds(real, 3)[0]
    with pytest.raises(TrainingError, match=r"; and \d+ more; cut by origin") as error:
        refuse(replace(fold, held_back=fold.train))
    assert "\n" not in str(error.value)


def test_plain_files_are_refused_by_what_they_show(tmp_path: Path) -> None:
    a, b, c = (write(tmp_path / f"{name}.jpg", blotches(seed)) for name, seed in (("a", 1), ("b", 2), ("c", 1)))
    refuse_pictures({"train": [a], "val": [b], "test": []})
    with pytest.raises(TrainingError, match=r"a\.jpg \(train\) and c\.jpg \(val\) are nearly the same picture \(0 of 64 bits differ\)"):
        refuse_pictures({"train": [a], "val": [b, c]})
