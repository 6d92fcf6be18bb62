"""A verifier trained on photographs made by code, with a tiny detector and a tiny backbone: the whole way but the real backbone's weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.errors import TrainingError
from models.photographs import Fold, folds, read
from models.session import YoloSession, open_model
from models.training.verifier.backbones import FEATURES
from models.verifier import VOICES
from tests.models.conftest import build_model  # noqa: F401  # the tiny detectors of the models' tests
from tests.models.photographs.making import blotches, entry, folder_of

pytest.importorskip("torch", reason="needs the training environment (make setup-train)")

SEEN = {"class": "stall", "box": [0.125, 0.1875, 0.2917, 0.4375]}
"""Where the tiny detector sees a stall in every bright picture."""
ORIGINS = 18


def tiny_backbone(path: Path) -> None:
    """260 px crops to their mean red, green and blue, and nothing else."""
    spread = np.zeros((3, FEATURES), np.float32)
    spread[[0, 1, 2], [0, 1, 2]] = 1 / 50
    nodes = [
        helper.make_node("Cast", ["crops"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "spread"], ["features"]),
    ]
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["crops", 260, 260, 3])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["crops", FEATURES])],
        [numpy_helper.from_array(np.array([1, 2], np.int64), "axes"), numpy_helper.from_array(spread, "spread")],
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), str(path))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Pictures of which every second has a red thing for sale in it; the others are as bright."""
    entries, pictures = [], {}
    for number in range(ORIGINS * 2):
        name, sells = f"p{number:02}", number % 2 == 0
        picture = blotches(number) // 2 + 100
        if sells:
            picture[12:28, 12:28] = (250, 20, 20)
        entries.append(entry(name, f"author{number // 2}", [SEEN] if sells else []))
        pictures[name] = picture
    return folder_of(tmp_path / "street_real", entries, pictures)


@pytest.fixture
def fold(photographs: Path) -> Fold:
    return folds(read(photographs), 3)[0]


@pytest.fixture
def detector(build_model: Callable[..., Path]) -> YoloSession:  # noqa: F811
    return open_model(build_model(), provider="cpu", min_score=0.001, input_size=(96, 64))


def test_heads_fusion_and_threshold_come_of_one_fold(fold: Fold, detector: YoloSession, tmp_path: Path) -> None:
    from models.training.verifier.settings import VerifierSettings, Workshop
    from models.training.verifier.train import train_verifier

    cache = tmp_path / "cache"
    tiny_backbone(cache / "backbones" / "lite2.onnx")
    shop = Workshop(cache, detector, VerifierSettings(mirrored=False))
    steps: list[str] = []
    trained = train_verifier(shop, fold, progress=lambda step: (steps.append(step), lambda: None)[1])
    assert steps == ["whole pictures", "crops", "calibration", "held back"]
    auc, recall = trained.figures["verified"]
    assert auc > 0.9, "red things tell"
    assert recall > 0.6
    assert trained.figures["crop"][0] > trained.figures["detector"][0]
    assert set(trained.fusion.weights) <= set(VOICES)
    assert 0 < trained.threshold < 1
    assert trained.examples["stall"] >= 3 * 12
    assert trained.curve
    computed = shop.store.computed
    again = Workshop(cache, detector, VerifierSettings(mirrored=False))
    assert train_verifier(again, fold).fusion == trained.fusion
    assert (again.store.computed, computed > 0) == (0, True), "every crop lies in the cache"


def test_the_command_binds_the_verifier_and_tells_what_it_could_not_fit(photographs: Path, detector: YoloSession, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the training environment (make setup-train)")
    from click.testing import CliRunner

    from curbwatch.commands.models_verifier import train_verifier
    from models.cards import card_path, read_card

    cache = tmp_path / "cache"
    tiny_backbone(cache / "backbones" / "lite2.onnx")
    told = CliRunner().invoke(train_verifier, [str(detector.path), "--real", str(photographs), "--fold", "1/3", "--cache", str(cache), "--json"])
    assert told.exit_code == 0, told.output
    assert "zoom looks are fused as whole pictures are: " in told.stderr, "these photographs are too small to set others into"
    figures = json.loads(told.stdout)
    assert figures["zoom"] is None
    assert figures["fold"] == "1/3"
    bound = read_card(card_path(detector.path)).verifier
    assert bound is not None
    assert bound.fusion.model_dump() == figures["fusion"]
    assert bound.zoom is None


def test_photographs_of_one_kind_cannot_train(fold: Fold, detector: YoloSession, tmp_path: Path) -> None:
    from models.training.verifier.settings import VerifierSettings, Workshop
    from models.training.verifier.train import train_verifier

    tiny_backbone(tmp_path / "backbones" / "lite2.onnx")
    shop = Workshop(tmp_path, detector, VerifierSettings(mirrored=False))
    only = Fold(1, tuple(one for one in fold.train if one.selling), fold.calibration, fold.held_back)
    with pytest.raises(TrainingError, match="with something selling and without"):
        train_verifier(shop, only)


def test_rendered_pictures_have_their_share_however_many_they_are(tmp_path: Path) -> None:
    from models.training.verifier.examples import Example
    from models.training.verifier.fitting import picture_weights

    def crops(name: str, pictures: int) -> list[Example]:
        return [Example(tmp_path / f"{name}{i}", (0.1, 0.1, 0.5, 0.5), (64, 48), "stall") for i in range(pictures) for _ in range(2)]

    for drawn in (3, 300):
        counts = picture_weights(crops("photograph", 30), crops("drawn", drawn), 0.1)
        assert sum(counts.values()) / (30 + sum(counts.values())) == pytest.approx(0.1)
        assert not any(path.name.startswith("photograph") for path in counts)
    assert picture_weights(crops("photograph", 30), [], 0.1) == {}


def test_large_crops_are_shown_small_too_and_small_ones_are_not(tmp_path: Path) -> None:
    from models.training.verifier.examples import Example
    from models.training.verifier.fitting import SMALL_OF_PICTURE, SMALL_PX, small_ones

    boxes = [(0.0, 0.0, 0.5, 0.5)] * 5 + [(0.9, 0.9, 0.92, 0.92)] * 5
    own = [Example(tmp_path / "one.jpg", box, (1000, 800), "stall") for box in boxes]
    chosen = small_ones(own, boxes)
    assert 1 <= len(chosen) <= SMALL_OF_PICTURE
    assert all(i < 5 and px in SMALL_PX for i, px in chosen)
    assert small_ones(own, boxes) == chosen, "the same each time"
