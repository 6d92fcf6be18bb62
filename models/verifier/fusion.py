"""From voices to one calibrated score: a logistic regression, so that a card can hold it and a person can read it.

    verified = 1 / (1 + exp(-(bias + sum of weight x voice)))

Voices are log odds; those of the parts rule have a floor, since a box without any parts is nothing unheard-of. A voice without a weight is not heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.cards import Voice

VOICES: tuple[Voice, ...] = get_args(Voice)
LARGEST_LOGIT = 8.0
"""Odds of 3,000 to 1: no voice is surer, so none shouts the others down."""
LEAST_PARTS = 1e-3


def logit(probability: ArrayLike) -> NDArray[np.float32]:
    """Log odds of probabilities, at most LARGEST_LOGIT either way."""
    p = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    return bounded(np.log(p / (1 - p)))


def parts_odds(share: ArrayLike) -> NDArray[np.float32]:
    """Log odds of the parts rule's 0..1, at least those of LEAST_PARTS."""
    return logit(np.maximum(np.asarray(share, np.float64), LEAST_PARTS))


def bounded(log_odds: ArrayLike) -> NDArray[np.float32]:
    """Log odds cut to LARGEST_LOGIT either way."""
    return np.asarray(np.clip(np.asarray(log_odds, np.float64), -LARGEST_LOGIT, LARGEST_LOGIT), np.float32)


def sigmoid(log_odds: ArrayLike) -> NDArray[np.float64]:
    """Probabilities of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, np.float64))))


def fuse(voices: Mapping[Voice, NDArray[np.float32]], bias: float, weights: Mapping[Voice, float]) -> NDArray[np.float32]:
    """The fused score (n,) float32 in 0..1 of boxes by their voices, each (n,).

    Raises:
        KeyError: a weight for a voice that is not there.
    """
    total = np.full(len(next(iter(voices.values()))), bias, np.float64)
    for name, weight in weights.items():
        total += weight * voices[name].astype(np.float64)
    return np.asarray(sigmoid(total), np.float32)
