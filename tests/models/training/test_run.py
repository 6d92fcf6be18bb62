"""Real short trainings of a random network on drawn pictures, in the training environment."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.classes import STREET_CLASSES
from models.errors import TrainingError
from models.training import torchvision_standin
from models.training.drawing import Shares
from models.training.ledger import Ledger, open_ledger
from models.training.recipe import Recipe
from models.training.street_branch import FROZEN_LAYERS, begins_at
from models.training.where import CPU, Place, find_place
from tests.models.photographs.making import blotches, write

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")
torchvision_standin.install()
pytest.importorskip("ultralytics", reason="needs the training environment (make setup-train)")
pytestmark = pytest.mark.filterwarnings("ignore")

EARLIER = 7
TINY = Recipe(image_epochs=16, pictures_per_epoch=8, batch=4, image_size=64, trained_from=FROZEN_LAYERS, shares=Shares(photographs=0.5, rendered=0.5))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(1)
    names = [f"real_{i}" for i in range(4)] + [f"rendered0_{i}" for i in range(4)]
    for part in ("images", "labels"):
        (folder / part / "train").mkdir(parents=True)
    for i, name in enumerate(names):
        cv2.imwrite(str(folder / "images" / "train" / f"{name}.jpg"), rng.integers(0, 255, (48, 64, 3), np.uint8))
        (folder / "labels" / "train" / f"{name}.txt").write_text(f"{i % 4} 0.5 0.5 0.4 0.4\n", encoding="ascii")
    labelled = {f"real_{i}.jpg": list(STREET_CLASSES[:4]) for i in range(4)}
    (folder / "pictures.json").write_text(json.dumps(labelled), encoding="utf-8")
    rows = "\n".join(f"  {i}: {name}" for i, name in enumerate(STREET_CLASSES))
    (folder / "data.yaml").write_text(f"path: {folder}\ntrain: images/train\nval: images/train\nnames:\n{rows}\n", encoding="utf-8")
    return folder / "data.yaml"


class CutOff(Exception):
    pass


def run(base: Path, data: Path, folder: Path, *, recipe: Recipe = TINY, place: Place = CPU, stop_after: int | None = None) -> tuple[Path, Ledger]:
    from models.training.run import train
    from models.training.street_branch import build_start

    ledger = open_ledger(folder, recipe.as_settings(), {})
    shown = 0

    def show(pictures: int, losses: dict[str, float]) -> None:
        nonlocal shown
        shown += pictures
        assert set(losses) == {"box_loss", "cls_loss", "l1_loss"}
        if stop_after is not None and shown > stop_after:
            raise CutOff

    start = build_start(base, folder / "start.pt", recipe.trained_from)
    return train(start, data, folder, recipe, ledger, place=place, show=show), ledger


def weights_of(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=False)["model"].float().state_dict()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def whole(random_base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ledger]:
    return run(random_base, data, tmp_path_factory.mktemp("whole"))


def test_the_backbone_stays_the_base_s_and_the_rest_learns(random_base: Path, whole: tuple[Path, Ledger]) -> None:
    base, trained = weights_of(random_base), weights_of(whole[0])
    same = {name for name, value in base.items() if value.shape == trained[name].shape and torch.equal(value, trained[name])}
    frozen = {name for name in base if int(name.split(".")[1]) < FROZEN_LAYERS}
    assert frozen <= same
    assert "model.13.cv1.conv.weight" not in same
    assert "model.22.cv2.conv.weight" not in same
    assert trained["model.23.one2one_cv3.0.2.weight"].shape[0] == len(STREET_CLASSES)


def test_how_many_processes_load_pictures_changes_nothing(random_base: Path, data: Path, whole: tuple[Path, Ledger], tmp_path: Path) -> None:
    helped, ledger = run(random_base, data, tmp_path, place=Place(workers=2))
    assert ledger.device == "cpu"
    expected = weights_of(whole[0])
    for name, value in weights_of(helped).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)


def test_a_branch_that_begins_earlier_has_its_own_slower_backbone(random_base: Path, data: Path, tmp_path: Path) -> None:
    import onnx

    from models.training.export import export
    from models.training.shipped import start_from_file

    moved: dict[float, float] = {}
    base = weights_of(random_base)
    for rate in (0.0, 0.1):
        result, _ = run(random_base, data, tmp_path / str(rate), recipe=replace(TINY, trained_from=EARLIER, backbone_rate=rate))
        trained = weights_of(result)
        before = [name for name in base if int(name.split(".")[1]) < EARLIER]
        assert all(torch.equal(base[name], trained[name]) for name in before)
        moved[rate] = float((trained["model.8.cv1.conv.weight"] - base["model.8.cv1.conv.weight"]).abs().max())
        assert not torch.equal(base["model.22.cv2.conv.weight"], trained["model.22.cv2.conv.weight"])
    assert moved[0.0] == 0.0 < moved[0.1]
    saved = torch.load(result, weights_only=False)
    with torch.no_grad():  # so little learning leaves weights equal to the base's, which a file holds once
        for layer in saved["model"].model[EARLIER:]:
            for weight in layer.parameters():
                weight.mul_(1 + 0.2 * torch.rand_like(weight))
    torch.save(saved, result)
    written = export(random_base, result, tmp_path / "street.onnx")
    halved = {".".join(one.name.split(".")[:2]) for one in onnx.load(str(written.path)).graph.initializer if one.name.endswith(".half")}
    assert not {f"coco.{layer}" for layer in range(FROZEN_LAYERS)} & halved
    assert {"coco.13", "coco.23", "branch.1"} <= halved
    pictures = sorted((data.parent / "images" / "train").iterdir())
    again = start_from_file(random_base, written.path, pictures, tmp_path / "again.pt", image_size=64)
    assert begins_at(torch.load(again, weights_only=False)["model"]) == EARLIER


@pytest.mark.gpu
def test_a_card_trains_and_is_named(random_base: Path, data: Path, tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("torch finds no card")
    result, ledger = run(random_base, data, tmp_path, place=find_place("cuda", 1, 2))
    assert ledger.device == torch.cuda.get_device_name(0)
    assert all(torch.isfinite(value).all() for value in weights_of(result).values())


def test_a_card_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_place("auto", 2, None) == Place("cpu", 2, 0, "cpu")
    with pytest.raises(TrainingError, match=r"--device cuda:1: torch .* finds no cards here; use --device cpu"):
        find_place("cuda:1", 1, None)


def test_the_ledger_tells_what_it_was_and_cost(whole: tuple[Path, Ledger]) -> None:
    ledger = whole[1]
    assert (ledger.image_epochs, ledger.epochs_done, ledger.finished, ledger.starts) == (16, 2, True, 1)
    assert ledger.core_seconds > 0


def test_a_run_that_was_cut_off_ends_where_the_whole_one_did(
    random_base: Path, data: Path, whole: tuple[Path, Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.training.ledger.WRITE_EVERY_SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    folder = Path("cut")  # as people write it
    with pytest.raises(CutOff):
        run(random_base, data, folder, stop_after=12)  # in the middle of the second epoch
    random.seed(99)
    again, ledger = run(random_base, data, folder)
    assert ledger.starts == 2
    assert ledger.image_epochs == 24  # the lost pictures count
    expected = weights_of(whole[0])
    for name, value in weights_of(again).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)


def test_a_finished_run_is_not_run_again(random_base: Path, data: Path, whole: tuple[Path, Ledger]) -> None:
    before = whole[0].stat().st_mtime_ns
    result, ledger = run(random_base, data, whole[0].parent)
    assert (result.stat().st_mtime_ns, ledger.starts) == (before, 1)


def test_unlabelled_classes_count_little(random_base: Path, tmp_path: Path) -> None:
    from ultralytics.utils import DEFAULT_CFG

    from models.training.checkpoints import load_network
    from models.training.street_branch import build_start
    from models.training.trainer import LabelledLoss

    network = load_network(build_start(random_base, tmp_path / "start.pt"))
    network.args = DEFAULT_CFG
    network.train()
    pictures = torch.zeros(1, 3, 64, 64)
    nothing = {"batch_idx": torch.zeros(0), "cls": torch.zeros(0, 1), "bboxes": torch.zeros(0, 4), "im_file": ("a/real_1.jpg",)}
    preds = network(pictures)["one2many"]
    whole_loss = LabelledLoss(network, {}).loss(preds, nothing)[0][1]
    none_known = LabelledLoss(network, {"real_1.jpg": [0.25] * len(STREET_CLASSES)}).loss(preds, nothing)[0][1]
    torch.testing.assert_close(none_known, whole_loss * 0.25)


def test_pictures_that_ultralytics_passes_over_are_named(data: Path) -> None:
    from models.training.trainer import refuse_passed_over

    taken = [path.name for path in sorted((data.parent / "images" / "train").iterdir())]
    refuse_passed_over(data, taken)
    with pytest.raises(TrainingError, match=r"would pass over .*real_0\.jpg, and 1 more: write"):
        refuse_passed_over(data, taken[2:])


def test_the_command_trains_on_pictures_of_one_s_own_wherever_it_is_called(random_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from curbwatch.commands.models import models
    from models.training.export import export

    for part, seeds in (("train", range(8)), ("val", range(20, 22))):
        (tmp_path / "own" / part / "labels").mkdir(parents=True)
        for seed in seeds:
            write(tmp_path / "own" / part / "images" / f"{seed}.jpg", blotches(seed, 120, 90))
            (tmp_path / "own" / part / "labels" / f"{seed}.txt").write_text("0 0.5 0.5 0.3 0.3\n", encoding="ascii")
    (tmp_path / "own" / "data.yaml").write_text("path: .\ntrain: train/images\nval: val/images\nnames: [stall]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    small = ["--image-epochs", "8", "--pictures-per-epoch", "8", "--batch", "4", "--image-size", "64", "--trained-from", "11"]
    done = CliRunner().invoke(models, ["train", "--base", str(random_base), "--data", "own/data.yaml", "--out", "run", *small], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    written = export(random_base, tmp_path / "run" / "branch.pt", tmp_path / "own.onnx")
    assert written.classes[-len(STREET_CLASSES) :] == STREET_CLASSES, "a set that names one class trains a branch of all"
    said = json.loads((tmp_path / "run" / "data" / "pictures.json").read_text(encoding="utf-8"))
    assert said["3.jpg"] == ["stall"], "it says nothing about the others"
