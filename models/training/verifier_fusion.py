"""Fitting the fusion on origins that neither detector nor heads were trained on, its threshold, and its reliability curve. numpy only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.cards import Fusion, Voice
from models.verifier.fusion import VOICES, sigmoid

DECAY = 1.0
"""Of the weights of standardised voices, in pictures: with some hundred pictures it shrinks them by a few percent."""
ITERATIONS = 50


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of a reliability curve: boxes with a fused score in a range, what they were said to be on average, and what share was right."""

    low: float
    high: float
    boxes: int
    said: float
    right: float


def fit_fusion(voices: Mapping[Voice, NDArray[np.float32]], right: NDArray[np.bool_], weights: NDArray[np.float32], heard: Sequence[Voice] = VOICES) -> Fusion:
    """Logistic regression of boxes' voices, by Newton's method with weight decay; weights are kept from turning negative.

    Args:
        voices: name → (n,) as `Verifier.ask` gives them.
        right: (n,) whether the box is something selling.
        weights: (n,) of the boxes; those of one picture add up to 1, so that a picture with many boxes counts once.
        heard: the voices that get a weight.

    Raises:
        ValueError: only right boxes, or only wrong ones.
    """
    if right.all() or not right.any():
        raise ValueError("a fusion needs boxes of both kinds")
    names = list(heard)
    while True:
        bias, slopes = _newton(np.stack([voices[name].astype(np.float64) for name in names], 1), right, weights.astype(np.float64))
        worst = int(np.argmin(slopes))
        if slopes[worst] >= 0 or len(names) == 1:
            break
        del names[worst]  # a voice that speaks against itself is noise here, and would be wrong elsewhere
    return Fusion(bias=round(float(bias), 4), weights={name: round(float(slope), 4) for name, slope in zip(names, slopes, strict=True)})


def _newton(x: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    mean, spread = np.average(x, axis=0, weights=weights), x.std(0) + 1e-6
    design = np.concatenate([np.ones((len(x), 1)), (x - mean) / spread], 1)
    decay = np.diag([0.0] + [DECAY] * x.shape[1])
    at = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        p = sigmoid(design @ at)
        gradient = design.T @ (weights * (p - right)) + decay @ at
        curvature = (design * (weights * p * (1 - p))[:, None]).T @ design + decay + 1e-9 * np.eye(len(at))
        step = np.linalg.solve(curvature, gradient)
        at -= step / max(1.0, float(np.abs(step).max()) / 2)
        if np.abs(step).max() < 1e-8:
            break
    slopes = at[1:] / spread
    return float(at[0] - slopes @ mean), slopes


def threshold_at(best: NDArray[np.float32], positive: NDArray[np.bool_], flagged: float = 0.05) -> float:
    """The lowest score at which at most this share of the negatives is flagged, by pictures' best fused scores (n,)."""
    order = np.sort(best[~positive].astype(np.float64))
    if not len(order):
        return 0.5
    highest_passed = float(order[len(order) - int(flagged * len(order)) - 1])
    return min(1.0, (math.floor(highest_passed * 1e5 + 0.01) + 1) / 1e5)  # the next number of five digits, as a card holds it


def reliability(fused: NDArray[np.float32], right: NDArray[np.bool_], weights: NDArray[np.float32], bins: int = 10) -> tuple[Bin, ...]:
    """The reliability curve of fused scores (n,); empty ranges are left out."""
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(fused, edges) - 1, 0, bins - 1)
    curve = []
    for i in range(bins):
        own = place == i
        if own.any():
            said, share = np.average(fused[own], weights=weights[own]), np.average(right[own], weights=weights[own])
            curve.append(Bin(float(edges[i]), float(edges[i + 1]), int(own.sum()), round(float(said), 4), round(float(share), 4)))
    return tuple(curve)
