"""Whether something measured over an hour stays flat: the slope of its last three quarters, with its confidence, against what it may grow by.

Neighbouring samples are alike (a ring is full or not, a fault is on or off), so a straight fit over single samples would be far too sure of itself: samples
are averaged in blocks of some minutes first, and the fit is over the blocks. Runs that were broken off and taken up again have a level of their own each, and
what moves with the faults of the moment (a camera that is away holds no ring and no socket) is fitted beside the time, so that chance is not taken for growth.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BLOCKS = 18
SETTLING = 0.25
"""Share of the time at the beginning that does not count: rings fill, caches warm up."""
RUN_SETTLING_SECONDS = 180.0
"""The same at the beginning of a run that took up a broken one."""
SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope an hour with its 95 % confidence, beside the bound.

    Attributes:
        mean: of the counted samples.
        bound: most that it may grow by in an hour.
    """

    name: str
    unit: str
    mean: float
    slope: float
    low: float
    high: float
    bound: float

    @property
    def flat(self) -> bool:
        """Whether growth beyond the bound is ruled out."""
        return self.high <= self.bound


def trend(name: str, unit: str, samples: Sequence[tuple[int, float, float]], bound: float, beside: Mapping[float, float] | None = None) -> Trend | None:
    """The trend of samples (run, seconds, value); None where there are too few to tell.

    The slope is that of least squares with a level for each run; its confidence is by Student's t over the blocks.

    Args:
        beside: by seconds, what else moves the value (cameras that are away), fitted together with the time.
    """
    last = max((seconds for _, seconds, _ in samples), default=0.0)
    begins: dict[int, float] = {}
    for run, seconds, _ in samples:
        begins.setdefault(run, seconds if begins else seconds - RUN_SETTLING_SECONDS)
    counted = [sample for sample in samples if sample[1] >= SETTLING * last and sample[1] - begins[sample[0]] >= RUN_SETTLING_SECONDS]
    blocks = _blocks(counted, last)
    runs = {run for run, _, _ in blocks}
    xs, ys = _levelled(blocks, 1), _levelled(blocks, 2)
    others = _levelled(_blocks([(run, seconds, beside[seconds]) for run, seconds, _ in counted], last), 2) if beside else []
    freedom = len(blocks) - len(runs) - 1 - bool(any(others))
    if freedom < 2:
        return None
    if any(others):
        xs, ys = _without(xs, others), _without(ys, others)
    spread = sum(x * x for x in xs)
    if spread == 0:
        return None
    slope = sum(x * y for x, y in zip(xs, ys, strict=True)) / spread
    left = sum((y - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    margin = student_975(freedom) * math.sqrt(left / freedom / spread)
    mean = sum(value for _, _, value in counted) / len(counted)
    slope, margin = slope * SECONDS_AN_HOUR, margin * SECONDS_AN_HOUR
    return Trend(name, unit, round(mean, 3), round(slope, 4), round(slope - margin, 4), round(slope + margin, 4), round(bound, 4))


def _blocks(samples: Sequence[tuple[int, float, float]], last: float) -> list[tuple[int, float, float]]:
    """Means of neighbouring samples of one run, about BLOCKS of them."""
    length = max(1e-9, (1 - SETTLING) * last / BLOCKS)
    groups: defaultdict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for run, seconds, value in samples:
        groups[run, int(seconds / length)].append((seconds, value))
    return [
        (run, sum(seconds for seconds, _ in group) / len(group), sum(value for _, value in group) / len(group)) for (run, _), group in sorted(groups.items())
    ]


def _without(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """What is left of values when their share of the others is taken out (Frisch and Waugh 1933): a fit of what is left is a fit beside the others."""
    share = sum(value * other for value, other in zip(values, others, strict=True)) / sum(other * other for other in others)
    return [value - share * other for value, other in zip(values, others, strict=True)]


def _levelled(blocks: Sequence[tuple[int, float, float]], column: int) -> list[float]:
    """A column less its run's mean."""
    sums: defaultdict[int, list[float]] = defaultdict(list)
    for block in blocks:
        sums[block[0]].append(block[column])
    means = {run: sum(values) / len(values) for run, values in sums.items()}
    return [block[column] - means[block[0]] for block in blocks]


def student_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, good to a hundredth from five degrees of freedom on (its expansion in 1/n, Abramowitz & Stegun 26.7.5)."""
    z = 1.959964
    terms = (z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return sum((term / float(freedom) ** power for power, term in enumerate(terms)), 0.0)
