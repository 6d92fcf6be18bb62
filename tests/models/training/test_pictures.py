from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from models.classes import STREET_CLASSES
from models.errors import EvaluationError, TrainingError
from models.measuring.labelled import open_set
from models.photographs import Fold, folds, read
from models.training.pictures import lay_out, lay_out_set, refuse_other_classes, refuse_set, training_pictures
from tests.models.photographs.making import blotches, entry, folder_of, town, write


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> Fold:
    base = tmp_path_factory.mktemp("photographs")
    heap = [{"class": "garbage_pile", "box": [0.2, 0.1, 0.6, 0.5]}, {"class": "car_on_pavement", "box": [0, 0, 1, 1]}]
    kinds = folder_of(base / "street_kinds", [entry(f"k{i}", f"dump{i}", heap) for i in range(4)], {f"k{i}": blotches(400 + i) for i in range(4)})
    return folds(read(town(base / "street_real")), 3, others=read(kinds))[0]


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


def make_rendered(folder: Path, names: str | None = None) -> Path:
    (folder / "labels").mkdir(parents=True)
    write(folder / "images" / "100_0.jpg", blotches(50))
    write(folder / "images" / "101_0.jpg", blotches(51))  # still being rendered: no label yet
    (folder / "labels" / "100_0.txt").write_text("1 0.5 0.5 0.1 0.1\n", encoding="ascii")
    if names is not None:
        (folder / "data.yaml").write_text(names, encoding="utf-8")
    return folder


def test_train_and_calibration_lie_apart_and_what_is_held_back_nowhere(fold: Fold, tmp_path: Path) -> None:
    laid = lay_out(fold, tmp_path, small_copies=0)
    assert names_in(tmp_path / "images" / "train") == names_in(tmp_path / "labels" / "train") == {f"{p.collection}_{p.id}" for p in fold.train}
    assert names_in(tmp_path / "images" / "val") == names_in(tmp_path / "labels" / "val") == {f"{p.collection}_{p.id}" for p in fold.calibration}
    assert (laid.photographs, laid.small, laid.rendered, laid.calibration) == (len(fold.train), 0, 0, len(fold.calibration))
    assert not set(laid.origins) & set(laid.calibration_origins)
    fields = yaml.safe_load(laid.data.read_text(encoding="utf-8"))
    assert tuple(fields["names"].values()) == STREET_CLASSES
    assert len(training_pictures(laid.data)) == len(fold.train)


def test_labels_are_centre_and_size_with_the_class_s_number(fold: Fold, tmp_path: Path) -> None:
    lay_out(fold, tmp_path, small_copies=0)
    texts = {path.read_text(encoding="ascii") for path in (tmp_path / "labels").rglob("*.txt")}
    assert texts == {"", "0 0.50000 0.65000 0.50000 0.50000\n", f"{STREET_CLASSES.index('garbage_pile')} 0.40000 0.30000 0.40000 0.40000\n"}


def test_small_copies_lie_on_the_training_side_and_are_made_once(fold: Fold, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    laid = lay_out(fold, tmp_path, small_copies=0.3, told=lambda done, of: told.append((done, of)))
    copies = sorted(path for path in (tmp_path / "images" / "train").iterdir() if path.name.startswith(("half_", "third_")))
    assert len(copies) == laid.small > 3
    assert told[-1] == (laid.small, laid.small)
    made = [path.stat().st_mtime_ns for path in copies]
    lay_out(fold, tmp_path, small_copies=0.3)
    assert [path.stat().st_mtime_ns for path in copies] == made
    lay_out(fold, tmp_path, small_copies=0)
    assert not [path for path in copies if path.exists()]


def test_it_is_told_which_classes_are_boxed_completely_and_where_a_picture_is_from(fold: Fold, tmp_path: Path) -> None:
    lay_out(fold, tmp_path, rendered=[make_rendered(tmp_path / "r", "names: {0: stall, 1: parasol}\n")], small_copies=0)
    complete = json.loads((tmp_path / "pictures.json").read_text(encoding="utf-8"))
    origins = json.loads((tmp_path / "origins.json").read_text(encoding="utf-8"))
    real, kind = (next(p for p in fold.train if p.collection == name) for name in ("street_real", "street_kinds"))
    assert complete[f"street_real_{real.id}.jpg"] == ["stall", "goods_out", "vendor_vehicle", "parasol"]
    assert "stall" not in complete[f"street_kinds_{kind.id}.jpg"]
    assert complete["rendered0_r_100_0.jpg"] == ["stall", "parasol"]
    assert origins[f"street_real_{real.id}"] == real.origin
    assert origins["rendered0_r_100_0"] == "r_100"


@pytest.mark.parametrize(
    ("names", "number"),
    [
        pytest.param(None, 1, id="without a data.yaml in the order of the classes"),
        pytest.param("names: {0: stall, 1: parasol}\n", 3, id="by name"),
        pytest.param("names: [parasol, bikes_row]\n", STREET_CLASSES.index("bikes_row"), id="by a list"),
    ],
)
def test_rendered_pictures_join_the_training_side_as_often_as_asked(fold: Fold, tmp_path: Path, names: str | None, number: int) -> None:
    laid = lay_out(fold, tmp_path / "out", rendered=[make_rendered(tmp_path / "rendered", names)], repeat_rendered=2, small_copies=0)
    assert laid.rendered == 1
    labels = sorted((tmp_path / "out" / "labels" / "train").glob("rendered*"))
    assert [path.stem for path in labels] == ["rendered0_rendered_100_0", "rendered1_rendered_100_0"]
    assert labels[0].read_text(encoding="ascii") == f"{number} 0.50000 0.50000 0.10000 0.10000\n"
    assert not list((tmp_path / "out" / "images" / "val").glob("rendered*"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param("names: [stall]\n", r"100_0\.txt: '1 0.5 0.5 0.1 0.1' is not", id="an id beyond the names"),
        pytest.param("nothing: 1\n", r"data\.yaml names no classes", id="no names"),
    ],
)
def test_a_rendered_folder_that_is_not_one_is_told(fold: Fold, tmp_path: Path, names: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        lay_out(fold, tmp_path / "out", rendered=[make_rendered(tmp_path / "rendered", names)], small_copies=0)
    with pytest.raises(TrainingError, match="holds no images/ and labels/"):
        lay_out(fold, tmp_path / "out", rendered=[tmp_path / "elsewhere"], small_copies=0)


def test_a_rendered_label_that_is_not_utf8_is_told(fold: Fold, tmp_path: Path) -> None:
    folder = make_rendered(tmp_path / "rendered")
    (folder / "labels" / "100_0.txt").write_bytes(b"1 0.5 0.5 0.1 0.1 \xdf\n")
    with pytest.raises(EvaluationError, match=r"100_0\.txt is not in UTF-8"):
        lay_out(fold, tmp_path / "out", rendered=[folder], small_copies=0)


def test_an_unsound_fold_is_not_laid_out(fold: Fold, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="are of one origin"):
        lay_out(replace(fold, held_back=fold.train), tmp_path)
    assert not (tmp_path / "images").exists()


def own_set(folder: Path, val: str, seeds: tuple[int, ...]) -> Path:
    for part, numbers in (("train", (1, 2)), ("val", seeds)):
        for number in numbers:
            write(folder / "images" / part / f"{number}.jpg", blotches(number, 120, 90), 60)
    data = folder / "data.yaml"
    data.write_text(f"train: images/train\nval: {val}\nnames: [stall]\n", encoding="utf-8")
    return data


@pytest.mark.parametrize(
    ("val", "seeds"),
    [pytest.param("images/val", (3, 4), id="other pictures"), pytest.param("images/train", (1,), id="the same pictures: nothing is held back")],
)
def test_a_sound_set_of_one_s_own_passes(tmp_path: Path, val: str, seeds: tuple[int, ...]) -> None:
    refuse_set(own_set(tmp_path, val, seeds))


def test_a_set_of_one_s_own_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = own_set(tmp_path / "own", "images/val", (3,))
    (tmp_path / "own" / "some.txt").write_text("images/train/2.jpg\n", encoding="utf-8")
    (tmp_path / "own" / "pictures.json").write_text('{"2.jpg": ["stall"]}', encoding="utf-8")
    data.write_text("path: .\ntrain: some.txt\nval: images/val\nnames: [stall]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    laid = lay_out_set(Path("own/data.yaml"), Path("run/data"))
    assert (tmp_path / "run" / "data" / "train.txt").read_text(encoding="utf-8") == f"{tmp_path}/own/images/train/2.jpg\n"
    assert yaml.safe_load(laid.read_text(encoding="utf-8"))["path"] == str(tmp_path / "run" / "data")
    assert open_set(laid, "val").pictures == (tmp_path / "own" / "images" / "val" / "3.jpg",)
    assert json.loads((tmp_path / "run" / "data" / "pictures.json").read_text(encoding="utf-8")) == {"2.jpg": ["stall"]}
    (tmp_path / "own" / "pictures.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"own/pictures\.json cannot be read as JSON"):
        lay_out_set(Path("own/data.yaml"), Path("run/data"))


def test_a_picture_of_both_splits_of_one_s_own_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"2\.jpg \(train\) and 2\.jpg \(val\) are nearly the same picture"):
        refuse_set(own_set(tmp_path, "images/val", (2, 3)))


@pytest.mark.parametrize(
    ("label", "told"),
    [
        pytest.param(b"0 0.5 0.5 1.5 0.1\n", r"1\.txt, line 1: '0 0.5 0.5 1.5 0.1' is no box", id="beyond the picture"),
        pytest.param(b"3 0.5 0.5 0.1 0.1\n", r"1\.txt, line 1: .* of a known class", id="a class beyond the names"),
        pytest.param(b"\xdf\n", r"1\.txt is not in UTF-8", id="another encoding"),
    ],
)
def test_labels_that_would_be_passed_over_are_refused(tmp_path: Path, label: bytes, told: str) -> None:
    data = own_set(tmp_path, "images/val", (3, 4))
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "1.txt").write_bytes(label)
    with pytest.raises(TrainingError, match=rf"data\.yaml: .*{told}.*; 1 of 4 pictures would be passed over: mend them or leave them out"):
        refuse_set(data)


def test_pictures_that_would_be_passed_over_are_counted(tmp_path: Path) -> None:
    data = own_set(tmp_path, "images/val", (3, 4))
    cut = tmp_path / "images" / "train" / "1.jpg"
    cut.write_bytes(cut.read_bytes()[:-200])
    write(tmp_path / "images" / "train" / "2.jpg", blotches(2, 40, 9))
    with pytest.raises(TrainingError, match=r"1\.jpg is cut short: .*, and 1 more; 2 of 4 pictures") as error:
        refuse_set(data)
    assert "\n" not in str(error.value)
    write(cut, blotches(1, 120, 90))
    with pytest.raises(TrainingError, match=r"2\.jpg is 40x9 pixels, and training takes 10 a side or more; 1 of 4"):
        refuse_set(data)


@pytest.mark.parametrize(("names", "told"), [("vendedor", "class 0 'vendedor'"), ("stall, parasol", "class 1 'parasol'"), ("stall, goods_out", None)])
def test_a_set_whose_numbers_mean_other_classes_is_refused(tmp_path: Path, names: str, told: str | None) -> None:
    data = own_set(tmp_path, "images/train", (1,))
    data.write_text(f"train: images/train\nval: images/train\nnames: [{names}]\n", encoding="utf-8")
    if told is None:
        refuse_other_classes(data)
        return
    with pytest.raises(TrainingError, match=rf"data\.yaml: calls {told}; number the labels, and write names, in this order: stall, goods_out"):
        refuse_set(data)
