from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.cards import Voice
from models.training.verifier_fusion import fit_fusion, reliability, threshold_at
from models.verifier.fusion import VOICES, fuse

COUNT = 4000


def heard(seed: int = 1) -> tuple[dict[Voice, NDArray[np.float32]], NDArray[np.bool_]]:
    """Boxes whose truth is drawn by a known sum of two voices; `picture` speaks against the truth, `parts` says nothing."""
    random = np.random.default_rng(seed)
    detector, crop = random.normal(-2, 2, COUNT), random.normal(0, 2, COUNT)
    right = random.random(COUNT) < 1 / (1 + np.exp(-(-1.0 + 0.5 * detector + 1.5 * crop)))
    voices = {"detector": detector, "crop": crop, "picture": random.normal(-1.0 * right, 1.0)}
    voices |= {"things": np.zeros(COUNT), "parts": np.zeros(COUNT)}
    return {name: np.asarray(value, np.float32) for name, value in voices.items()}, right  # type: ignore[misc]


def test_the_sum_that_made_the_truth_is_found_again() -> None:
    voices, right = heard()
    fusion = fit_fusion(voices, right, np.ones(COUNT, np.float32), ("detector", "crop"))
    assert fusion.bias == pytest.approx(-1.0, abs=0.2)
    assert fusion.weights == pytest.approx({"detector": 0.5, "crop": 1.5}, abs=0.15)


def test_a_voice_that_speaks_against_itself_is_not_heard() -> None:
    voices, right = heard()
    assert "picture" not in fit_fusion(voices, right, np.ones(COUNT, np.float32), VOICES).weights


def test_the_fused_score_means_what_it_says() -> None:
    voices, right = heard()
    fusion = fit_fusion(voices, right, np.ones(COUNT, np.float32), ("detector", "crop"))
    others, truth = heard(seed=2)
    curve = reliability(fuse(others, fusion.bias, fusion.weights), truth, np.ones(COUNT, np.float32))
    assert sum(one.boxes for one in curve) == COUNT
    assert all(abs(one.said - one.right) < 0.12 for one in curve if one.boxes > 100)


@pytest.mark.parametrize("all_right", [True, False])
def test_boxes_of_one_kind_cannot_be_fitted(all_right: bool) -> None:
    voices, _ = heard()
    with pytest.raises(ValueError, match="both kinds"):
        fit_fusion(voices, np.full(COUNT, all_right), np.ones(COUNT, np.float32))


def test_the_threshold_flags_no_more_than_it_may() -> None:
    best = np.arange(100, dtype=np.float32) / 100
    positive = np.zeros(100, np.bool_)
    threshold = threshold_at(best, positive, 0.05)
    assert (best >= threshold).sum() == 5
    assert threshold_at(best[:0], positive[:0]) == 0.5
