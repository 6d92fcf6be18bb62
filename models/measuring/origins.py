"""Intervals by resampling origins.

Pictures of one data set, author or video resemble each other, so a figure on many pictures of few origins is less sure than the number of pictures
says. The bootstrap draws whole origins with replacement (B. Efron and R. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 8: the cluster
is the unit) and takes percentiles of what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TIMES = 1000
SEED = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """Between these lies the figure in 95 % of the resamplings."""

    low: float
    high: float


def resampled(origins: Sequence[str], *, times: int = TIMES, seed: int = SEED) -> Iterator[NDArray[np.int64]]:
    """Indices of pictures, `times` times: as many origins as there are, drawn with replacement, each with all its pictures."""
    members: dict[str, list[int]] = {}
    for index, origin in enumerate(origins):
        members.setdefault(origin, []).append(index)
    groups = [np.array(members[name], np.int64) for name in sorted(members)]
    random = np.random.default_rng(seed)
    for _ in range(times):
        yield np.concatenate([groups[i] for i in random.integers(0, len(groups), len(groups))])


def intervals(origins: Sequence[str], figures: Callable[[NDArray[np.int64]], Mapping[str, float]], *, times: int = TIMES) -> dict[str, Interval]:
    """95 % intervals of figures that are reckoned from indices of pictures.

    A draw for which `figures` raises ValueError (no positive in it, say) is left out. Fewer than three origins give no interval.
    """
    if len(set(origins)) < 3:
        return {}
    drawn: dict[str, list[float]] = {}
    for chosen in resampled(origins, times=times):
        try:
            values = figures(chosen)
        except ValueError:
            continue
        for name, value in values.items():
            drawn.setdefault(name, []).append(value)
    return {name: Interval(*(float(v) for v in np.percentile(values, (2.5, 97.5)))) for name, values in drawn.items()}
