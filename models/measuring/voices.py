"""What each voice gains, alone and together, from saved looks.

A subset of the voices is fused by the same logistic regression as a card's fusion, fitted on the boxes of the other folds and read on this one, so no
photograph judges itself. Boxes that touch a label without finding it teach nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.errors import EvaluationError
from models.measuring.held_back import By, Figures, Judged, by_detector, figures, judge
from models.measuring.scores import ScoredPicture
from models.overlap import pairwise_iou
from models.photographs import Photograph
from models.verifier.fusion import sigmoid

TOUCHES = 0.1
"""Overlap from which a box touches a label."""
RIDGE = 1e-2
ROUNDS = 30
DETECTOR = "detector"


def subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Each voice alone, the detector with each other, all but one, and all."""
    rest = [name for name in names if name != DETECTOR]
    wanted: list[tuple[str, ...]] = [(name,) for name in names]
    wanted += [(DETECTOR, name) for name in rest]
    wanted += [*combinations(names, len(names) - 1), tuple(names)]
    return sorted(dict.fromkeys(subset for subset in wanted if subset), key=len)


def gains(parts: Sequence[Sequence[Photograph]], scored: Mapping[str, ScoredPicture], *, times: int = 200) -> dict[tuple[str, ...], Figures]:
    """Figures of every subset of the voices over all photographs; `parts` are the folds' held-back photographs.

    Raises:
        EvaluationError: the lines tell no voices, or there are fewer than two folds to fit on the one and read on the other.
    """
    names = _names(scored)
    if len(parts) < 2:
        raise EvaluationError("the gain of voices is fitted on other folds than it is read on: give the scores of all folds")
    found = {}
    for subset in subsets(names):
        judged: list[Judged] = []
        for number, part in enumerate(parts):
            others = [one for other, photographs in enumerate(parts) if other != number for one in photographs]
            weights = fit(*examples(judge(others, scored, by_detector), scored, subset))
            judged += judge(part, scored, _by(subset, weights))
        found[subset] = figures(judged, times=times)
    return found


def examples(judged: Sequence[Judged], scored: Mapping[str, ScoredPicture], subset: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What the voices said of boxes (n, v) and whether each found a label (n,)."""
    rows, true = [np.empty((0, len(subset)))], [np.empty(0, np.bool_)]
    for one in judged:
        labels = np.array([box.xyxy for box in one.photograph.boxes], np.float32).reshape(-1, 4)
        touches = (pairwise_iou(one.xyxy, labels) >= TOUCHES).any(1)
        clear = (one.label >= 0) | ~(touches | one.passed)
        line = scored[one.photograph.path.stem]
        index = [_index(line, box) for box in one.xyxy]
        rows.append(heard(line, subset)[index][clear] if index else rows[0])
        true.append((one.label >= 0)[clear])
    return np.concatenate(rows), np.concatenate(true)


def heard(line: ScoredPicture, subset: Sequence[str]) -> NDArray[np.float64]:
    """What these voices said of each box (n, v)."""
    return np.stack([line.voices[name].astype(np.float64) for name in subset], 1) if line.voices else np.empty((0, len(subset)))


def fit(rows: NDArray[np.float64], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bias and weights (1 + v,) of a logistic regression by Newton's steps, with a light ridge on the weights.

    Raises:
        EvaluationError: no box that found a label, or none that did not.
    """
    if true.all() or not true.any():
        raise EvaluationError("the voices cannot be fused: there must be boxes that found a label and boxes that did not")
    x = np.column_stack([np.ones(len(rows)), rows])
    ridge = np.diag([0.0] + [RIDGE * len(rows)] * rows.shape[1]) / 100
    weights = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        p = sigmoid(np.clip(x @ weights, -30, 30))
        slope = x.T @ (p - true) + ridge @ weights
        curve = (x * (p * (1 - p) + 1e-6)[:, None]).T @ x + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def _by(subset: Sequence[str], weights: NDArray[np.float64]) -> By:
    def fused(line: ScoredPicture) -> NDArray[np.float32]:
        return np.asarray(sigmoid(np.clip(weights[0] + heard(line, subset) @ weights[1:], -30, 30)), np.float32)

    return fused


def _index(line: ScoredPicture, box: NDArray[np.float32]) -> int:
    return int(np.flatnonzero((line.xyxy == box).all(1))[0])


def _names(scored: Mapping[str, ScoredPicture]) -> tuple[str, ...]:
    names = dict.fromkeys(name for one in scored.values() for name in one.voices)
    if not names or any(set(one.voices) != set(names) for one in scored.values() if len(one.scores)):
        raise EvaluationError("the lines tell no voices: run `curbwatch detect --json --verify --voices`")
    return tuple(sorted(names, key=lambda name: (name != DETECTOR, name)))
