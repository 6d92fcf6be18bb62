from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.cards import ModelCard, SeedRange, read_card, sha256_of, write_card
from models.errors import CardError

VERIFIER: dict[str, Any] = {
    "file": "tiny.verifier.onnx",
    "sha256": "1" * 64,
    "threshold": 0.4,
    "fusion": {"bias": -1.5, "weights": {"detector": 0.5, "crop": 1.0}},
}
GOOD: dict[str, Any] = {
    "name": "tiny",
    "version": "1",
    "sha256": "0" * 64,
    "licence": "AGPL-3.0",
    "classes": ["stall", "parasol"],
    "score_thresholds": {"stall": 0.3},
    "input_size": [640, 384],
    "trained_seeds": [{"first": 100, "last": 199}],
    "figures": [{"what": "mAP50", "on": "rendered pictures of unseen seeds", "value": 0.5}],
}


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = ModelCard.model_validate(GOOD)
    write_card(card, tmp_path / "tiny.yaml")
    assert read_card(tmp_path / "tiny.yaml") == card


def test_a_card_binds_detector_verifier_and_fusion(tmp_path: Path) -> None:
    assert ModelCard.model_validate(GOOD).verifier is None, "a card without one works as before"
    card = ModelCard.model_validate(GOOD | {"verifier": VERIFIER})
    write_card(card, tmp_path / "tiny.yaml")
    read = read_card(tmp_path / "tiny.yaml")
    assert read == card
    assert read.verifier is not None
    assert (read.verifier.candidates, read.verifier.fusion.weights) == (0.001, {"detector": 0.5, "crop": 1.0})


def test_seeds_are_known_to_the_last() -> None:
    card = ModelCard.model_validate(GOOD)
    assert [card.saw_seed(seed) for seed in (99, 100, 199, 200)] == [False, True, True, False]
    assert 5 in SeedRange(first=5, last=5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"colour": "red"}, "colour", id="an unknown field"),
        pytest.param({"sha256": "abc"}, "sha256", id="no hash"),
        pytest.param({"classes": []}, "classes", id="no class"),
        pytest.param({"classes": ["a", "a"]}, "named twice", id="a class twice"),
        pytest.param({"score_thresholds": {"stool": 0.3}}, "stool", id="a threshold for an unknown class"),
        pytest.param({"score_thresholds": {"stall": 3}}, "score_thresholds.stall", id="a threshold above 1"),
        pytest.param({"input_size": [640, 360]}, "multiple of 32", id="an odd size"),
        pytest.param({"trained_seeds": [{"first": 9, "last": 1}]}, "after last", id="seeds backwards"),
        pytest.param({"name": "../../etc"}, "name", id="a name that is a path"),
        pytest.param({"verifier": VERIFIER | {"file": "../tiny.verifier.onnx"}}, "verifier.file", id="a verifier elsewhere"),
        pytest.param({"verifier": VERIFIER | {"file": "tiny.onnx"}}, "verifier.file", id="a verifier under a detector's name"),
        pytest.param({"verifier": VERIFIER | {"threshold": 1.5}}, "verifier.threshold", id="a verifier's threshold above 1"),
        pytest.param({"verifier": VERIFIER | {"fusion": {"bias": 0, "weights": {"gut": 1}}}}, "verifier.fusion.weights", id="a voice that there is not"),
        pytest.param({"verifier": VERIFIER | {"fusion": {"bias": 0, "weights": {}}}}, "verifier.fusion.weights", id="a fusion that hears nothing"),
    ],
)
def test_a_faulty_card_names_file_and_field(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(GOOD | change), encoding="utf-8")
    with pytest.raises(CardError, match=says) as caught:
        read_card(path)
    assert "tiny.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text("name: tiny\nclasses: [a, b\nversion: 1\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"tiny\.yaml is not YAML at line \d"):
        read_card(path)


def test_sha256_of_a_known_text(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
