from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from curbwatch.commands.models import models
from models.errors import EvaluationError, TrainingError

HALF = [0.0, 0.0, 100.0, 100.0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two photographs that were made by code: a rendered stall, and a queue without one."""
    media = Path(__file__).parents[2] / "models" / "media"
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for name, label in (("stall", "0 0.5 0.6 0.15 0.25\n"), ("queue", "")):
        (tmp_path / "images" / f"{name}.jpg").write_bytes((media / f"{name}.jpg").read_bytes())
        (tmp_path / "labels" / f"{name}.txt").write_text(label, encoding="ascii")
    path = tmp_path / "data.yaml"
    path.write_text("val: images\nnames: [stall, goods_out, vendor_vehicle, parasol]\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Grey photographs of twelve origins, every other one with a stall in its left half."""
    random = np.random.default_rng(4)
    entries = []
    (tmp_path / "photos" / "images").mkdir(parents=True)
    for i in range(24):
        name = f"p{i:02d}"
        picture = cv2.resize(random.integers(0, 255, (12, 16, 3), np.uint8), (200, 100), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(tmp_path / "photos" / "images" / f"{name}.jpg"), picture)
        boxes = [{"box": [0, 0, 0.5, 1], "class": "stall"}] if i % 2 else []
        entries.append({"id": name, "file": f"images/{name}.jpg", "width": 200, "height": 100, "origin": f"o{i // 2}", "boxes": boxes})
    (tmp_path / "photos" / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    return tmp_path / "photos"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.jsonl"
    lines = []
    for i in range(24):
        box = {"class": "stall", "score": 0.5, "verified": 0.9 if i % 2 else 0.2, "xyxy": HALF}
        lines.append(json.dumps({"image": f"p{i:02d}.jpg", "width": 200, "height": 100, "model": "sibling", "detections": [box]}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"data\.yaml"):
        CliRunner().invoke(models, ["evaluate", "--data", str(tmp_path / "data.yaml")], catch_exceptions=False)


def test_whole_pictures_are_ranked_and_the_answer_is_no_where_it_is_too_low(data: Path) -> None:
    arguments = ["evaluate", "--data", str(data), "--provider", "cpu"]
    done = CliRunner().invoke(models, [*arguments, "--pictures-of", "stall", "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["ranking"]["positives"] == figures["ranking"]["negatives"] == 1
    assert figures["ranking"]["auc"] == 1.0
    wrong = CliRunner().invoke(models, [*arguments, "--pictures-of", "kiosk"])
    assert wrong.exit_code == 2
    assert "kiosk" in wrong.output
    (data.parent / "labels" / "stall.txt").write_text("0 0.05 0.05 0.05 0.05\n", encoding="ascii")  # where nothing stands
    assert CliRunner().invoke(models, [*arguments, "--min-map50", "0.5"]).exit_code == 1


def test_a_report_of_one_class_at_another_input_size(data: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--data", str(data), "--provider", "cpu", "--class", "stall", "--size", "320x192", "--report", str(tmp_path / "report")]
    done = CliRunner().invoke(models, arguments)
    assert done.exit_code == 0, done.output
    assert "stall" in done.stdout
    assert "goods_out" not in done.stdout
    figures = json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8"))
    assert figures["input"] == [320, 192]
    assert "320x192" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(models, [*arguments[:-2], "--size", "big"]).exit_code == 2


def test_held_back_photographs_by_saved_looks(folder: Path, scores: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--photographs", str(folder), "--scores", str(scores), "--threshold", "0.5"]
    done = CliRunner().invoke(models, [*arguments, "--report", str(tmp_path / "report"), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["whole"]["positives"], figures["whole"]["negatives"], figures["whole"]["auc"]) == (12, 12, 1.0)
    assert figures["whole"]["box_recall"] == figures["shipped"]["box_precision"] == 1.0
    assert (tmp_path / "report" / "index.html").exists()
    one = CliRunner().invoke(models, [*arguments, "--fold", "2"])
    assert one.exit_code == 0, one.output
    assert "at the shipped threshold 0.500: precision 1.000" in one.stdout


def test_what_a_fold_holds_back_is_listed(folder: Path) -> None:
    listed = [CliRunner().invoke(models, ["evaluate", "--photographs", str(folder), "--fold", str(fold), "--list"]).stdout.splitlines() for fold in (1, 2, 3)]
    assert sorted(path for paths in listed for path in paths) == sorted(str(path) for path in (folder / "images").iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "--data", id="neither"),
        pytest.param(["--photographs", "{folder}", "--data", "x.yaml"], "either", id="both"),
        pytest.param(["--photographs", "{folder}"], "--scores", id="no looks"),
        pytest.param(["--photographs", "{folder}", "--fold", "7", "--scores", "{scores}"], "no fold '7'", id="no such fold"),
        pytest.param(["--photographs", "{folder}", "--paste-into", "x", "--sizes", "y"], "one --fold", id="pasting for all folds at once"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], says: str, folder: Path, scores: Path) -> None:
    done = CliRunner().invoke(models, ["evaluate", *(part.format(folder=folder, scores=scores) for part in arguments)])
    assert done.exit_code == 2
    assert says in done.output


def test_a_folder_without_a_manifest_is_told(tmp_path: Path, scores: Path) -> None:
    with pytest.raises(TrainingError, match=r"manifest\.json"):
        CliRunner().invoke(models, ["evaluate", "--photographs", str(tmp_path), "--scores", str(scores)], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--min-map50", "0.3"], "--min-map50 goes with --data", id="a floor of another figure"),
        pytest.param(["--size", "640x384"], "--size goes with --data", id="a size of nothing"),
        pytest.param(["--class", "stall"], "--class goes with --data", id="a class"),
        pytest.param(["--pictures-of", "stall"], "--pictures-of goes with --data", id="pictures of a class"),
        pytest.param(["--split", "val"], "--split goes with --data", id="a split, its default"),
        pytest.param(["--min-score", "0.5"], "--min-score goes with --data", id="a score of looks that are saved"),
        pytest.param(["--causes", "causes.json"], "--causes needs --report", id="causes without a page"),
        pytest.param(["--provider", "cpu"], "--provider needs --paste-into", id="a provider where nothing is looked at"),
    ],
)
def test_options_that_say_nothing_of_photographs_are_refused(arguments: list[str], says: str, folder: Path, scores: Path) -> None:
    done = CliRunner().invoke(models, ["evaluate", "--photographs", str(folder), "--scores", str(scores), *arguments])
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize(("option", "value"), [("--threshold", "0.5"), ("--report", "page")])
def test_figures_of_saved_looks_want_them(option: str, value: str, folder: Path) -> None:
    done = CliRunner().invoke(models, ["evaluate", "--photographs", str(folder), "--sizes", "looks.jsonl", option, value])
    assert done.exit_code == 2
    assert f"{option} needs --scores" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fold", "all"], ["--threshold", "0.5"], ["--list"], ["--scores", "a.jsonl"], ["--paste-into", "pasted"], ["--sizes", "b.jsonl"],
        ["--causes", "causes.json"],
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_options_that_say_nothing_of_a_labelled_set_are_refused(arguments: list[str], data: Path) -> None:
    done = CliRunner().invoke(models, ["evaluate", "--data", str(data), *arguments])
    assert done.exit_code == 2
    assert f"{arguments[0]} goes with --photographs" in done.output
