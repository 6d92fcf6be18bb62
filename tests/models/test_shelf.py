from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.cards import ModelCard, sha256_of
from models.errors import ModelFileError
from models.session import open_model
from models.shelf import find_model, list_models, put_on_shelf

Build = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CURBWATCH_MODELS", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


def card_for(path: Path, name: str = "mine") -> ModelCard:
    return ModelCard(name=name, version="1", sha256=sha256_of(path), licence="MIT", classes=("stall", "parasol"), input_size=(96, 64))


def test_an_imported_model_opens_by_name_with_its_card(build_model: Build) -> None:
    path = build_model()
    put_on_shelf(path, card_for(path))
    session = open_model("mine", provider="cpu")
    assert session.card is not None
    assert session.version == "1"
    assert (session.input_width_px, session.input_height_px) == (96, 64)
    assert [shelved.name for shelved in list_models() if not shelved.shipped] == ["mine"]


def test_a_taken_name_is_kept_unless_it_is_to_be_replaced(build_model: Build) -> None:
    path = build_model()
    put_on_shelf(path, card_for(path))
    other = build_model("other.onnx", head="raw")
    with pytest.raises(ModelFileError, match="exists already"):
        put_on_shelf(other, card_for(other))
    put_on_shelf(other, card_for(other), replace=True)
    assert sha256_of(find_model("mine")) == sha256_of(other)
    with pytest.raises(ModelFileError, match="shipped model"):
        put_on_shelf(other, card_for(other, "curbwatch-n-street"), replace=True)


def test_a_faulty_card_does_not_hide_the_other_models(build_model: Build, own_shelf: Path) -> None:
    path = build_model()
    put_on_shelf(path, card_for(path))
    put_on_shelf(path, card_for(path, "broken"))
    (own_shelf / "broken.yaml").write_text("name: [", encoding="utf-8")
    listed = {shelved.name: shelved for shelved in list_models()}
    assert listed["mine"].card is not None
    assert listed["broken"].fault is not None
    assert "broken.yaml" in listed["broken"].fault


def test_a_verifier_is_no_model_to_open_by_name(build_model: Build, own_shelf: Path) -> None:
    path = build_model()
    put_on_shelf(path, card_for(path))
    (own_shelf / "mine.verifier.onnx").write_bytes(b"bound by the card of mine")
    assert [shelved.name for shelved in list_models() if not shelved.shipped] == ["mine"]
