"""From voices to one calibrated score: a logistic regression, so that a card can hold it and a person can read it.

    own      = sum of weight x voice, of the voices about the box itself
    street   = sum of weight x voice, of those about the whole picture
    verified = 1 / (1 + exp(-(bias + street + best own + contrast x (own - best own))))

Whether something is sold in a picture is said by its best box and by the picture; which boxes it is, by the boxes alone. With a contrast of 1 that is the plain
sum, in which a picture full of fruit lifts each of its eight proposals over the threshold. Voices are log odds; those of the parts rule have a floor, since a
box without any parts is nothing unheard-of. A voice without a weight is not heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.cards import Fusion, Voice

VOICES: tuple[Voice, ...] = get_args(Voice)
OF_PICTURE: tuple[Voice, ...] = ("picture", "things")
"""The voices that say the same of every box of a picture."""
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


def fuse(voices: Mapping[Voice, NDArray[np.float32]], fusion: Fusion) -> NDArray[np.float32]:
    """The fused score (n,) float32 in 0..1 of the boxes of one question by their voices, each (n,).

    Raises:
        KeyError: a weight for a voice that is not there.
    """
    count = len(next(iter(voices.values())))
    street, own = np.full(count, fusion.bias, np.float64), np.zeros(count, np.float64)
    for name, weight in fusion.weights.items():
        (street if name in OF_PICTURE else own)[:] += weight * voices[name].astype(np.float64)
    best = own.max(initial=-np.inf)
    return np.asarray(sigmoid(street + best + fusion.contrast * (own - best)) if count else own, np.float32)
