"""What each voice gains, alone and together, from saved looks.

A subset of the voices is fused as a card's fusion is, fitted on the photographs of the other folds and read on this one, so no photograph judges itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import cast

import numpy as np
from numpy.typing import NDArray

from models.cards import Fusion, Voice
from models.errors import EvaluationError
from models.measuring.held_back import By, Figures, Judged, figures, judge
from models.measuring.scores import ScoredPicture
from models.photographs import Photograph
from models.verifier.fitting import fit_fusion
from models.verifier.fusion import fuse

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
            judged += judge(part, scored, _by(fit(others, scored, subset)))
        found[subset] = figures(judged, times=times)
    return found


def fit(photographs: Sequence[Photograph], scored: Mapping[str, ScoredPicture], subset: Sequence[str]) -> Fusion:
    """The fusion of these voices on these photographs.

    Raises:
        EvaluationError: photographs of one kind only have boxes.
    """
    ranked = [one for one in photographs if one.path.stem in scored and (one.selling or one.empty)]
    voices = [cast(Mapping[Voice, NDArray[np.float32]], scored[one.path.stem].voices) for one in ranked]
    try:
        return fit_fusion(voices, np.array([one.selling for one in ranked], np.bool_), cast(Sequence[Voice], subset))
    except ValueError as error:
        raise EvaluationError(f"the voices cannot be fused: {error}") from None


def _by(fusion: Fusion) -> By:
    def fused(line: ScoredPicture) -> NDArray[np.float32]:
        return fuse(cast(Mapping[Voice, NDArray[np.float32]], line.voices), fusion) if line.voices else np.empty(0, np.float32)

    return fused


def _names(scored: Mapping[str, ScoredPicture]) -> tuple[str, ...]:
    names = dict.fromkeys(name for one in scored.values() for name in one.voices)
    if not names or any(set(one.voices) != set(names) for one in scored.values() if len(one.scores)):
        raise EvaluationError("the lines tell no voices: run `curbwatch detect --json --verify --voices`")
    return tuple(sorted(names, key=lambda name: (name != DETECTOR, name)))
