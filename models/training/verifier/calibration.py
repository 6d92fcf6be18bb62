"""Fusion, threshold and reliability of a verifier from the calibration origins, and what each voice is worth on what was held back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.cards import Fusion
from models.errors import TrainingError
from models.measuring.curves import Bin, reliability
from models.measuring.ranking import rank
from models.training.verifier.voices import Heard
from models.verifier.fitting import fit_fusion
from models.verifier.fusion import VOICES


def calibrate(heard: Sequence[Heard], flagged: float = 0.05) -> tuple[Fusion, float, tuple[Bin, ...]]:
    """Fusion, threshold and reliability curve from the calibration origins.

    Raises:
        TrainingError: there is nothing right, or nothing wrong, or the detector finds nothing there.
    """
    ranked = [one for one in heard if one.photograph.selling or one.photograph.empty]
    positive = np.array([one.photograph.selling for one in ranked], np.bool_)
    try:
        fusion = fit_fusion([one.voices for one in ranked], positive)
        best = np.array([one.best(fusion) for one in ranked], np.float64)
        threshold = rank(best, positive, flagged=flagged).threshold
    except ValueError as error:
        raise TrainingError(f"the fusion cannot be fitted on the calibration photographs: {error}") from None
    asked = np.array([len(one.xyxy) > 0 for one in ranked], np.bool_)
    return fusion, card_threshold(threshold), reliability(best[asked], positive[asked])


def card_threshold(score: float) -> float:
    """A threshold in five digits, as a card holds it, and not below the score."""
    return min(1.0, math.ceil(score * 1e5) / 1e5)


def figures_of(heard: Sequence[Heard], fusion: Fusion) -> dict[str, tuple[float, float]]:
    """AUC and recall at 5 % of the negatives flagged, of whole pictures by their best box: each voice alone, and the fusion."""
    ranked = [one for one in heard if one.photograph.selling or one.photograph.empty]
    positive = np.array([one.photograph.selling for one in ranked])
    scores: dict[str, list[float]] = {name: [float(one.voices[name].max()) if len(one.xyxy) else -99.0 for one in ranked] for name in VOICES}
    scores["verified"] = [one.best(fusion) for one in ranked]
    found = {name: rank(np.array(values, np.float64), positive) for name, values in scores.items()}
    return {name: (round(one.auc, 4), round(one.recall, 4)) for name, one in found.items()}
