from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.commands.models import models
from models.errors import EvaluationError, ModelFileError, TrainingError
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
    assert "26 classes" in done.output
    names = [json.loads(line)["name"] for line in CliRunner().invoke(models, ["list", "--json"]).stdout.splitlines()]
    assert names == ["curbwatch-n-street", "copy"]


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


def test_evaluate_names_a_missing_set(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"data\.yaml"):
        CliRunner().invoke(models, ["evaluate", "--data", str(tmp_path / "data.yaml")], catch_exceptions=False)


def test_evaluate_ranks_whole_pictures_and_ends_with_no_where_it_is_too_low(tmp_path: Path) -> None:
    media = Path(__file__).parents[2] / "models" / "media"
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for name, label in (("stall", "0 0.5 0.6 0.15 0.25\n"), ("queue", "")):
        (tmp_path / "images" / f"{name}.jpg").write_bytes((media / f"{name}.jpg").read_bytes())
        (tmp_path / "labels" / f"{name}.txt").write_text(label, encoding="ascii")
    data = tmp_path / "data.yaml"
    data.write_text("val: images\nnames: [stall, goods_out, vendor_vehicle, parasol]\n", encoding="utf-8")
    done = CliRunner().invoke(models, ["evaluate", "--data", str(data), "--provider", "cpu", "--pictures-of", "stall", "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["ranking"]["positives"] == figures["ranking"]["negatives"] == 1
    assert figures["ranking"]["auc"] == 1.0
    wrong = CliRunner().invoke(models, ["evaluate", "--data", str(data), "--pictures-of", "kiosk"])
    assert wrong.exit_code == 2
    assert "kiosk" in wrong.output
    (tmp_path / "labels" / "stall.txt").write_text("0 0.05 0.05 0.05 0.05\n", encoding="ascii")  # where nothing stands
    assert CliRunner().invoke(models, ["evaluate", "--data", str(data), "--provider", "cpu", "--min-map50", "0.5"]).exit_code == 1
