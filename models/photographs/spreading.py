"""Spreading groups over parts so that every count is as even as can be: the pure core of the folds.

Each group has counts by name (pictures with selling, pictures without, origins, boxes of a class…). A part's load is the share that it holds of each
total, weighted; the sum of squared loads is least where all parts hold the same of everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LEAST_GAIN = 1e-9
"""What a move must gain: more than rounding, so that the result is the same everywhere."""


def spread(each: Sequence[Mapping[str, int]], parts: int, weights: Mapping[str, float] | None = None) -> list[int]:
    """The part (0 to `parts` - 1) of each group, in the order given: put where it evens out most, then moved and exchanged while that helps.

    Raises:
        ValueError: fewer groups than parts.
    """
    if len(each) < parts:
        raise ValueError(f"{len(each)} groups cannot be spread over {parts} parts")
    shares = _shares(each, weights or {})
    loads = np.zeros((parts, shares.shape[1]))
    places: list[int] = []
    for own in shares:
        part = int(np.argmin(np.round(2 * loads @ own, 9)))  # what the sum of squares grows by, less what is the same for all parts
        places.append(part)
        loads[part] += own
    while _improve(places, shares, loads):
        pass
    return places


def nearest_part(each: Sequence[Mapping[str, int]], places: Sequence[int], parts: int, weights: Mapping[str, float] | None = None) -> int:
    """The part that comes nearest to its even share of everything."""
    shares = _shares(each, weights or {})
    total = shares.sum(axis=0)
    off = [float(np.square(shares[np.asarray(places) == part].sum(axis=0) - total / parts).sum()) for part in range(parts)]
    return int(np.argmin(np.round(off, 9)))


def _shares(each: Sequence[Mapping[str, int]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """(groups, counts): each group's share of a total times the root of the count's weight."""
    total: Counter[str] = Counter()
    for own in each:
        total.update(own)
    names = sorted(name for name, count in total.items() if count > 0)
    scale = [np.sqrt(weights.get(name, 1.0)) / total[name] for name in names]
    rows = [[own.get(name, 0) for name in names] for own in each]
    return np.asarray(np.asarray(rows, np.float64).reshape(len(each), len(names)) * scale)


def _improve(places: list[int], shares: NDArray[np.float64], loads: NDArray[np.float64]) -> bool:
    """Moves single groups and exchanges pairs wherever the sum of squares falls; whether it did."""
    better = False
    for i, own in enumerate(shares):
        for part in range(len(loads)):
            better |= part != places[i] and _shift(loads, own, places[i], part) and _note(places, i, part)
        for j in range(i):
            here, there = places[i], places[j]
            if here != there and _shift(loads, own - shares[j], here, there):
                places[i], places[j] = there, here
                better = True
    return better


def _shift(loads: NDArray[np.float64], what: NDArray[np.float64], here: int, there: int) -> bool:
    """Takes `what` from one part to another if the sum of squares falls: its change is 2 what·(there - here) + 2 what·what."""
    if 2 * float(what @ (loads[there] - loads[here] + what)) >= -LEAST_GAIN:
        return False
    loads[here] -= what
    loads[there] += what
    return True


def _note(places: list[int], i: int, part: int) -> bool:
    places[i] = part
    return True
