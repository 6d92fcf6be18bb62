from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring.pasted import PastedLook, size_table
from models.measuring.photographs_report import measure_photographs, read_causes, write_photographs_report
from models.measuring.scores import ScoredPicture, read_scores
from models.photographs import Fold, PhotoBox, Photograph

HALF = (0.0, 0.0, 0.5, 1.0)


@pytest.fixture
def saved(photograph: Callable[..., Photograph], scores_file: Callable[..., Path]) -> tuple[list[Fold], dict[str, ScoredPicture]]:
    """Three folds of eight photographs, half of them with a stall; the score knows most of them, p0 is missed and n0 flagged."""
    random = np.random.default_rng(2)
    folds, lines = [], {}
    for number in (1, 2, 3):
        held = []
        for i in range(8):
            sells = i % 2 == 0
            name = f"{'p' if sells else 'n'}{number}{i}"
            boxes = [PhotoBox(HALF, "stall", covered=i == 2)] if sells else []
            held.append(photograph(name, *boxes, origin=f"{number}{i // 2}", view="elevated" if i < 2 else "street_level", reason=None if sells else "courier"))
            verified = 0.9 if sells else 0.1
            verified = {"p10": 0.05, "n11": 0.95}.get(name, verified)
            voices = {"detector": float(random.normal()) + (1 if sells else -1), "crop": 4 * verified - 2 + float(random.normal())}
            lines[name] = [("stall", 0.5, verified, HALF, voices)]
        folds.append(Fold(number, (), (), tuple(held)))
    return folds, read_scores([scores_file(lines)])


def test_the_page_of_held_back_photographs(saved: tuple[list[Fold], dict[str, ScoredPicture]], tmp_path: Path) -> None:
    folds, scored = saved
    looks = [PastedLook(f"x{i}", f"o{i % 4}", i % 2 == 0, 64, "zone", 0.9 if i % 2 == 0 else 0.1, 0.5) for i in range(12)]
    measured = measure_photographs(folds, scored, threshold=0.5, sizes=size_table(looks, times=20), times=50)
    assert measured.whole.ranking.positives == measured.whole.ranking.negatives == 12
    assert set(measured.parts) == {"fold 1", "fold 2", "fold 3", "elevated views", "detector alone"}
    assert measured.shipped is not None
    assert measured.shipped.recall == pytest.approx(11 / 12)
    assert measured.shipped.flagged == pytest.approx(1 / 12)
    assert measured.covered is not None
    assert ("detector", "crop") in measured.voices
    assert measured.models == ("sibling",)
    page = write_photographs_report(tmp_path / "report", "three folds", measured, {"p10": "a courier's boxes"})
    text = page.read_text(encoding="utf-8")
    for part in ("留出照片评估", "Set into streets", "detector + crop", "elevated views", "a courier&#x27;s boxes", "misses_1.jpg"):
        assert part in text or part in {path.name for path in page.parent.iterdir()}
    figures = json.loads((page.parent / "figures.json").read_text(encoding="utf-8"))
    assert figures["whole"]["auc"] == pytest.approx(measured.whole.ranking.auc)
    assert "p10" in figures["misses"]
    assert figures["sizes"][0]["ranking"]["recall"] == 1.0


def test_one_fold_alone_and_without_verifier(saved: tuple[list[Fold], dict[str, ScoredPicture]], scores_file: Callable[..., Path]) -> None:
    folds, _ = saved
    plain = read_scores([scores_file({one.path.stem: [("stall", 0.9 if one.selling else 0.2, None, HALF, None)] for one in folds[0].held_back}, "plain.jsonl")])
    measured = measure_photographs(folds[:1], plain, times=10)
    assert measured.whole.ranking.auc == 1.0
    assert measured.voices == {}
    assert set(measured.parts) == {"elevated views"}
    assert measured.shipped is None


def test_causes_are_a_json_object(tmp_path: Path) -> None:
    path = tmp_path / "causes.json"
    path.write_text('{"a": "too dark"}', encoding="utf-8")
    assert read_causes(path) == {"a": "too dark"}
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"causes\.json"):
        read_causes(path)
