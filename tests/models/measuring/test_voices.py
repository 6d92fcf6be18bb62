from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring.scores import read_scores
from models.measuring.voices import fit, gains, subsets
from models.photographs import PhotoBox, Photograph

HALF = (0.0, 0.0, 0.5, 1.0)


def test_subsets_are_each_alone_with_the_detector_all_but_one_and_all() -> None:
    assert subsets(("detector", "crop", "parts")) == [
        ("detector",), ("crop",), ("parts",), ("detector", "crop"), ("detector", "parts"), ("crop", "parts"), ("detector", "crop", "parts"),
    ]  # fmt: skip


def test_photographs_of_one_kind_fit_nothing(photograph: Callable[..., Photograph], scores_file: Callable[..., Path]) -> None:
    lines = read_scores([scores_file({"a": [("stall", 0.5, 0.5, HALF, {"detector": 0.0})], "b": [("stall", 0.5, 0.5, HALF, {"detector": 1.0})]})])
    with pytest.raises(EvaluationError, match="both kinds"):
        fit([photograph("a"), photograph("b")], lines, ("detector",))


def test_a_voice_that_knows_gains_and_one_that_guesses_does_not(photograph: Callable[..., Photograph], scores_file: Callable[..., Path]) -> None:
    random = np.random.default_rng(1)
    parts: list[list[Photograph]] = [[], [], []]
    lines = {}
    for i in range(90):
        sells = i % 2 == 0
        name = f"p{i}"
        parts[i % 3].append(photograph(name, *([PhotoBox(HALF, "stall")] if sells else [])))
        knows = float(random.normal() + (3 if sells else -3))
        voices = {"detector": float(random.normal() + (0.5 if sells else -0.5)), "crop": knows, "parts": float(random.normal())}
        lines[name] = [("stall", 0.5, 0.5, HALF, voices)]
    found = gains(parts, read_scores([scores_file(lines)]), times=10)
    auc = {names: one.ranking.auc for names, one in found.items()}
    assert auc["crop",] > 0.95 > 0.8 > auc["parts",]
    assert auc["detector", "crop"] > auc["detector",] + 0.1
    assert auc["detector", "crop", "parts"] > 0.95


def test_gains_need_voices_and_two_folds(photograph: Callable[..., Photograph], scores_file: Callable[..., Path]) -> None:
    lines = read_scores([scores_file({"a": [("stall", 0.5, 0.5, HALF, None)]})])
    with pytest.raises(EvaluationError, match="--voices"):
        gains([[photograph("a")], []], lines)
    told = read_scores([scores_file({"a": [("stall", 0.5, 0.5, HALF, {"detector": 0.0})]})])
    with pytest.raises(EvaluationError, match="all folds"):
        gains([[photograph("a")]], told)
