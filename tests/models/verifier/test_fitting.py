from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.cards import Voice
from models.verifier.fitting import CONTRAST, fit_fusion
from models.verifier.fusion import VOICES, fuse

COUNT = 3000
Heard = dict[Voice, NDArray[np.float32]]


def heard(seed: int = 1, boxes: int = 1) -> tuple[list[Heard], NDArray[np.bool_]]:
    """Pictures whose truth is drawn by a known sum of two voices of their best box; `picture` speaks against the truth, `parts` says nothing."""
    random = np.random.default_rng(seed)
    detector, crop = random.normal(-2, 2, COUNT), random.normal(0, 2, COUNT)
    sells = random.random(COUNT) < 1 / (1 + np.exp(-(-1.0 + 0.5 * detector + 1.5 * crop)))
    pictures: list[Heard] = []
    for number in range(COUNT):
        less = np.arange(boxes, dtype=np.float32) * random.uniform(0.5, 2.0)
        one: Heard = {"detector": (detector[number] - less).astype(np.float32), "crop": (crop[number] - less).astype(np.float32)}
        one |= {"picture": np.full(boxes, random.normal(-1.0 * sells[number], 1.0), np.float32)}
        pictures.append(one | {"things": np.zeros(boxes, np.float32), "parts": np.zeros(boxes, np.float32)})
    return pictures, sells


@pytest.mark.parametrize("boxes", [1, 4])
def test_the_sum_that_made_the_truth_is_found_again(boxes: int) -> None:
    fusion = fit_fusion(*heard(boxes=boxes), ("detector", "crop"))
    assert fusion.bias == pytest.approx(-1.0, abs=0.25)
    assert fusion.weights == pytest.approx({"detector": 0.5, "crop": 1.5}, abs=0.3)
    assert fusion.contrast == CONTRAST


def test_few_pictures_hold_the_voices_together() -> None:
    pictures, sells = heard()
    few = fit_fusion(pictures[:120], sells[:120], ("detector", "crop")).weights
    many = fit_fusion(pictures, sells, ("detector", "crop")).weights
    assert few["crop"] / few["detector"] < 2 < many["crop"] / many["detector"]


def test_the_parts_rule_is_told_and_not_fused() -> None:
    assert "parts" in VOICES
    assert "parts" not in fit_fusion(*heard()).weights


def test_a_voice_that_speaks_against_itself_is_not_heard() -> None:
    assert "picture" not in fit_fusion(*heard(), VOICES).weights


def test_the_fused_score_means_what_it_says() -> None:
    fusion = fit_fusion(*heard(boxes=3), ("detector", "crop"))
    pictures, sells = heard(seed=2, boxes=3)
    best = np.array([fuse(one, fusion).max() for one in pictures])
    for low in np.arange(0, 1, 0.2):
        inside = (best >= low) & (best < low + 0.2)
        assert abs(best[inside].mean() - sells[inside].mean()) < 0.12


def test_pictures_without_boxes_teach_nothing() -> None:
    pictures, sells = heard()
    empty: Heard = {name: np.empty(0, np.float32) for name in VOICES}
    assert fit_fusion([*pictures, empty, empty], np.append(sells, [True, False])) == fit_fusion(pictures, sells)


@pytest.mark.parametrize("sells", [True, False])
def test_pictures_of_one_kind_cannot_be_fitted(sells: bool) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        fit_fusion(heard()[0], np.full(COUNT, sells))
