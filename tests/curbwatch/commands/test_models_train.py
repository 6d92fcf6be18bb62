from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.commands.models import models
from models.errors import TrainingError
from models.training.recipe import Recipe

NEEDED = ["--base", "b.pt", "--out", "run"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param([], "--real", id="no pictures"),
        pytest.param(["--real", "a", "--data", "b.yaml"], "either --real", id="two sets of pictures"),
        pytest.param(["--data", "b.yaml", "--fold", "1"], "--fold", id="a fold of pictures without origins"),
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
