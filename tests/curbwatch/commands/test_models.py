from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.commands.models import models
from models.errors import ModelFileError, TrainingError
from models.shelf import ZOO


@pytest.fixture(autouse=True)
def own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURBWATCH_MODELS", str(tmp_path / "shelf"))


def test_list_names_the_shipped_model() -> None:
    done = CliRunner().invoke(models, ["list", "--json"])
    (line,) = (json.loads(text) for text in done.stdout.splitlines())
    assert (line["name"], line["shipped"], line["fault"]) == ("curbwatch-n-street", True, None)


def test_import_writes_a_card_and_the_model_is_listed(tmp_path: Path) -> None:
    done = CliRunner().invoke(models, ["import", str(ZOO / "curbwatch-n-street.onnx"), "--name", "copy", "--licence", "AGPL-3.0"])
    assert done.exit_code == 0, done.output
    assert "33 classes" in done.output
    names = [json.loads(line)["name"] for line in CliRunner().invoke(models, ["list", "--json"]).stdout.splitlines()]
    assert names == ["curbwatch-n-street", "copy"]


@pytest.mark.parametrize("name", ["Street", "../x", "", "街"])
def test_import_says_what_a_model_may_be_called(name: str) -> None:
    done = CliRunner().invoke(models, ["import", str(ZOO / "curbwatch-n-street.onnx"), "--name", name])
    assert done.exit_code == 2
    assert "small letters, digits" in done.output


def test_import_makes_a_name_of_the_file_s(tmp_path: Path) -> None:
    path = tmp_path / "_Street 街.onnx"
    path.write_bytes((ZOO / "curbwatch-n-street.onnx").read_bytes())
    done = CliRunner().invoke(models, ["import", str(path)], catch_exceptions=False)
    assert done.output.startswith("street--:")


def test_import_refuses_what_is_no_detector(tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("no model", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"notes\.onnx"):
        CliRunner().invoke(models, ["import", str(path)], catch_exceptions=False)


def test_train_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    arguments = ["train", "--base", str(tmp_path / "b.pt"), "--real", str(tmp_path), "--out", str(tmp_path / "run")]
    with pytest.raises(TrainingError, match="make setup-train"):
        CliRunner().invoke(models, arguments, catch_exceptions=False)
