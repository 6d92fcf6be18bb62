from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.cards import Fusion, Voice
from models.verifier.fusion import LARGEST_LOGIT, fuse, logit, parts_odds, sigmoid

VOICES: dict[Voice, NDArray[np.float32]] = {
    "detector": np.array([0.0, 2.0], np.float32), "crop": np.array([1.0, -1.0], np.float32), "picture": np.array([0.5, 0.5], np.float32),
    "parts": np.array([9.0, 9.0], np.float32),
}  # fmt: skip


def test_the_fused_score_is_the_logistic_of_the_weighted_sum() -> None:
    fused = fuse(VOICES, Fusion(bias=-0.5, weights={"detector": 1.0, "crop": 2.0, "picture": 1.0}))
    assert fused.dtype == np.float32
    assert fused == pytest.approx([1 / (1 + np.exp(-2.0)), 0.5])


def test_contrast_lowers_what_falls_behind_the_best_box_and_nothing_else() -> None:
    fused = fuse(VOICES, Fusion(bias=-0.5, weights={"detector": 1.0, "crop": 2.0, "picture": 1.0}, contrast=3.0))
    assert fused == pytest.approx([1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(4.0))]), "two behind: six times less"


def test_no_boxes_have_no_scores() -> None:
    assert fuse({name: values[:0] for name, values in VOICES.items()}, Fusion(bias=1.0, weights={"crop": 1.0, "picture": 1.0})).shape == (0,)


def test_log_odds_are_bounded_and_undone_by_the_logistic() -> None:
    assert logit([0.0, 1.0]).tolist() == [-LARGEST_LOGIT, LARGEST_LOGIT]
    assert sigmoid(logit([0.1, 0.5, 0.9])) == pytest.approx([0.1, 0.5, 0.9], abs=1e-6)


def test_a_box_without_any_parts_is_not_shouted_down() -> None:
    assert parts_odds([0.0, 0.5]).tolist() == pytest.approx([-6.907, 0.0], abs=1e-3)


def test_a_weight_for_a_voice_that_is_silent_is_an_error() -> None:
    with pytest.raises(KeyError):
        fuse({"detector": np.zeros(1, np.float32)}, Fusion(bias=0.0, weights={"crop": 1.0}))
