from __future__ import annotations

import numpy as np
import pytest

from models.verifier.fusion import LARGEST_LOGIT, fuse, logit, parts_odds, sigmoid


def test_the_fused_score_is_the_logistic_of_the_weighted_sum() -> None:
    voices = {"detector": np.array([0.0, 2.0], np.float32), "crop": np.array([1.0, -1.0], np.float32), "parts": np.array([9.0, 9.0], np.float32)}
    fused = fuse(voices, -0.5, {"detector": 1.0, "crop": 2.0})
    assert fused.dtype == np.float32
    assert fused == pytest.approx([1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(0.5))])


def test_log_odds_are_bounded_and_undone_by_the_logistic() -> None:
    assert logit([0.0, 1.0]).tolist() == [-LARGEST_LOGIT, LARGEST_LOGIT]
    assert sigmoid(logit([0.1, 0.5, 0.9])) == pytest.approx([0.1, 0.5, 0.9], abs=1e-6)


def test_a_box_without_any_parts_is_not_shouted_down() -> None:
    assert parts_odds([0.0, 0.5]).tolist() == pytest.approx([-6.907, 0.0], abs=1e-3)


def test_a_weight_for_a_voice_that_is_silent_is_an_error() -> None:
    with pytest.raises(KeyError):
        fuse({"detector": np.zeros(1, np.float32)}, 0.0, {"crop": 1.0})
