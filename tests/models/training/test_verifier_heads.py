"""Heads and the file that they go into, in the training environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import TrainingError
from models.training.verifier.backbones import backbone
from models.verifier.crops import Tiles
from models.verifier.network import LOOK_CLASSES, Plan, open_network
from models.verifier.things import LENGTH

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
pytest.importorskip("onnxslim", reason="needs the training environment (make setup-train)")
# PyTorch's older exporter, which writes dynamic shapes well, warns of its age at each step.
pytestmark = pytest.mark.filterwarnings("ignore")

PLAN = Plan("tiny", 8, Tiles(1, 2, 0.6, 1.0), 1.5)


def blobs(seed: int = 0) -> tuple[Any, Any]:
    """400 points of 6 features, three classes about three centres far from the origin, on different scales."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, 400)
    centres = np.array([[5, 0, 0, 100, 0, 0], [0, 5, 0, 100, 0, 0], [0, 0, 5, 100, 0, 0]], np.float32)
    return (centres[y] + random.normal(0, 1, (400, 6))).astype(np.float32), y


@pytest.mark.parametrize("hidden", [0, 16], ids=["logistic", "one hidden layer"])
def test_heads_tell_classes_apart_on_features_as_they_come(hidden: int) -> None:
    from models.training.verifier.heads import HeadSettings, apply, fit_binary, fit_classes

    x, y = blobs()
    others, truth = blobs(1)
    settings = HeadSettings(decay=0.01, hidden=hidden, epochs=20, learning_rate=5e-3)
    assert (apply(fit_classes(x, y, 4, None, settings), others).argmax(1) == truth).mean() > 0.95
    assert ((apply(fit_binary(x, y == 1, None, settings), others)[:, 0] > 0) == (truth == 1)).mean() > 0.95


def test_a_class_without_examples_is_never_likely_and_one_kind_alone_is_no_fault() -> None:
    from models.training.verifier.heads import apply, fit_binary, fit_classes

    x, y = blobs()
    logits = apply(fit_classes(x, y, 5), x)
    assert (logits[:, 3:] <= -20).all()
    assert (apply(fit_binary(x, np.zeros(400, bool)), x) == -4).all()


def test_the_written_file_says_what_the_heads_say(tmp_path: Path) -> None:
    from models.training.verifier.export import export_verifier
    from models.training.verifier.heads import Heads, apply

    class Means(torch.nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, crops: Any) -> Any:
            return crops.float().mean((1, 2)) / 255

    torch.manual_seed(0)
    heads = Heads(*(torch.nn.Sequential(torch.nn.Linear(inputs, outputs)).eval() for inputs, outputs in ((3, 1), (LENGTH, 1), (3, len(LOOK_CLASSES)), (3, 1))))
    path = tmp_path / "t.verifier.onnx"
    size = export_verifier(Means(), heads, PLAN, path, described={"license": "MIT"})
    assert size == path.stat().st_size
    network = open_network(path)
    assert network.plan == PLAN
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[:, :8, 0], picture[8:, :, 1] = 255, 128
    boxes = np.array([[0, 0, 8, 8], [8, 8, 16, 16]], np.float32)
    from models.verifier.crops import cut

    means = np.stack([cut(picture, one, 8).mean((0, 1)) / 255 for one in (*PLAN.tiles.rectangles(16, 16), *PLAN.squares(boxes, 16, 16))]).astype(np.float32)
    seen = np.linspace(-1, 1, LENGTH, dtype=np.float32)
    opinion = network.ask(picture, boxes, seen)
    assert opinion.things == pytest.approx(float(apply(heads.things, seen[None])[0, 0]), abs=1e-4)
    assert opinion.picture == pytest.approx(float(apply(heads.picture, means[:2].max(0)[None])[0, 0]), abs=1e-4)
    logits = apply(heads.looks, means[2:])
    assert opinion.looks.argmax(1).tolist() == logits.argmax(1).tolist()
    assert network.ask(picture, boxes[:0], seen).looks.shape == (0, len(LOOK_CLASSES))


def test_an_unknown_backbone_is_named() -> None:
    with pytest.raises(TrainingError, match="lite0"):
        backbone("resnet")


def test_rare_look_alikes_are_learned_and_closed_stalls_among_many_open_ones() -> None:
    """A class of one in a hundred is named, and what sells keeps its weight."""
    from models.training.verifier.fitting import with_share_of_alikes

    other, rider, flag = (LOOK_CLASSES.index(name) for name in ("other", "rider", "flag"))
    looks = np.array([0] * 100 + [other] * 96 + [rider] * 3 + [flag])
    weights = with_share_of_alikes(looks, np.ones(200, np.float32), 0.5)
    assert weights[looks == 0].tolist() == [1.0] * 100
    assert [float(weights[looks == look].sum()) for look in (other, rider, flag)] == pytest.approx([50.0, 25.0, 25.0])
    plain = np.array([0] * 10 + [other] * 10)
    assert with_share_of_alikes(plain, np.ones(20, np.float32), 0.5).tolist() == [1.0] * 20
