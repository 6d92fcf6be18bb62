from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.commands.models import models
from models.errors import TrainingError
from models.photographs.hashes import hashes_of
from models.training.recipe import Recipe
from tests.models.photographs.making import blotches, write

NEEDED = ["--base", "b.pt", "--out", "run"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param([], "--real", id="no pictures"),
        pytest.param(["--real", "a", "--data", "b.yaml"], "either --real", id="two sets of pictures"),
        pytest.param(["--data", "b.yaml", "--fold", "1"], "--fold", id="a fold of pictures without origins"),
        pytest.param(["--data", "b.yaml", "--small-share", "0.2"], "--small-share goes with --real", id="a share of small copies of nothing"),
        pytest.param(["--data", "b.yaml", "--kinds-share", "0"], "--kinds-share goes with --real", id="a share of kinds that are none"),
        pytest.param(["--data", "b.yaml", "--rendered-share", "0.25"], "--rendered-share goes with --real", id="a share at its default, of nothing"),
        pytest.param(["--real", "a", "--small-share", "0.6", "--rendered-share", "0.4"], "leave nothing for photographs", id="shares of more than all"),
        pytest.param(["--real", "a", "--image-epochs", "50000"], "50000", id="over the budget"),
        pytest.param(["--real", "a", "--fold", "0"], "0", id="no such fold"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], named: str) -> None:
    done = CliRunner().invoke(models, ["train", *NEEDED, *arguments])
    assert done.exit_code == 2
    assert named in done.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["--start", "gone.onnx"], r"gone\.onnx does not exist", id="a start that is not there"),
        pytest.param(["--pictures-per-epoch", "100"], "whole batches of 32", id="half a batch"),
        pytest.param(["--image-size", "450"], "multiple of 32", id="a side that does not fit"),
    ],
)
def test_what_cannot_be_trained_is_told_before_anything_is_loaded(arguments: list[str], named: str) -> None:
    with pytest.raises(TrainingError, match=named):
        CliRunner().invoke(models, ["train", *NEEDED, "--real", "a", *arguments], catch_exceptions=False)


def test_the_help_tells_the_recipe_s_own_numbers() -> None:
    text = " ".join(CliRunner().invoke(models, ["train", "--help"]).output.split())
    numbers = (f"default: {Recipe().image_epochs}", "default: 7;", "default: 0.25", "default: 448")
    for told in (*numbers, "--fold", "--kinds", "--rendered", "Example: curbwatch models train"):
        assert told in text


def test_an_export_wants_the_training_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(TrainingError, match="make setup-train"):
        CliRunner().invoke(models, ["export", "--base", "b.pt", "--out", str(tmp_path / "x.onnx")], catch_exceptions=False)


def test_an_input_that_is_no_multiple_of_32_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.environment.NEEDED", ())
    arguments = ["export", "--base", "b.pt", "--out", str(tmp_path / "x.onnx"), "--width", "650", "--height", "390"]
    with pytest.raises(TrainingError, match=r"x\.onnx: an input of 650x390 pixels cannot be: .* multiples of 32") as error:
        CliRunner().invoke(models, arguments, catch_exceptions=False)
    assert "\n" not in str(error.value)


def own_set(folder: Path, *, names: str = "stall", val: str = "val", seeds: tuple[int, ...] = (3, 4)) -> Path:
    for part, numbers in (("train", (1, 2)), ("val", seeds)):
        for number in numbers:
            write(folder / part / "images" / f"{number}.jpg", blotches(number, 120, 90), 60)
    data = folder / "data.yaml"
    data.write_text(f"train: train/images\nval: {val}/images\nnames: [{names}]\n", encoding="utf-8")
    return data


def refused(data: Path, *more: str) -> str:
    """What `models train --data` says, before it opens its ledger or looks for torch."""
    out = data.parent / "run"
    with pytest.raises(TrainingError) as error:
        CliRunner().invoke(models, ["train", "--base", "b.pt", "--out", str(out), "--data", str(data), *more], catch_exceptions=False)
    assert not out.exists()
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def training_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.environment.NEEDED", ())


@pytest.mark.usefixtures("training_here")
def test_own_pictures_whose_numbers_mean_other_classes_are_refused(tmp_path: Path) -> None:
    assert "calls class 0 'vendedor_ambulante'; number the labels, and write names, in this order: stall" in refused(
        own_set(tmp_path, names="vendedor_ambulante")
    )


@pytest.mark.usefixtures("training_here")
def test_own_pictures_on_both_sides_are_refused(tmp_path: Path) -> None:
    assert "2.jpg (train) and 2.jpg (val) are nearly the same picture" in refused(own_set(tmp_path, seeds=(2, 3)))


@pytest.mark.usefixtures("training_here")
@pytest.mark.parametrize("val", ["val", "train"])
def test_frames_of_footage_are_refused_where_nothing_is_held_back_too(tmp_path: Path, val: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = own_set(tmp_path, val=val)
    frame = hashes_of(data.parent / "train" / "images" / "1.jpg")[0]
    monkeypatch.setattr("models.photographs.refusal.hashes_in", lambda folder: [(frame, f"{folder.name}/a.mp4")])
    assert "1.jpg (train) is a frame of footage that is for tests (footage/a.mp4)" in refused(data, "--footage", str(tmp_path / "footage"))


@pytest.mark.usefixtures("training_here")
def test_own_pictures_that_would_be_passed_over_are_named(tmp_path: Path) -> None:
    data = own_set(tmp_path)
    (tmp_path / "train" / "labels").mkdir()
    (tmp_path / "train" / "labels" / "1.txt").write_text("0 320 240 64 48\n", encoding="ascii")
    (tmp_path / "train" / "images" / "2.jpg").write_bytes(b"\xff\xd8\xff")
    said = refused(data)
    assert "1.txt, line 1: '0 320 240 64 48' is no box of a picture" in said
    assert ", and 1 more; 2 of 4 pictures would be passed over" in said
