"""Whether two boxes show the same thing: histogram intersection of their signatures (Swain and Ballard 1991)."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.quiet import intersection

SAME_LOOK = 0.5
"""From this intersection on two signatures are one thing's; ours: a parked car against itself through a day of light keeps 0.7 and more, two
cars of other colours in one bay share little but the ground about them."""
LEARNING_RATE = 0.1
"""How fast a stay's signature follows the light."""


def similarity(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection of two normalised histograms, 0..1; 1 where either is unknown, since nothing speaks against it then."""
    if not a or not b:
        return 1.0
    return intersection(a, b)


def followed(old: tuple[float, ...], new: tuple[float, ...]) -> tuple[float, ...]:
    """The signature after another look at the same thing."""
    if not old or not new:
        return old or new
    return tuple([(1 - LEARNING_RATE) * x + LEARNING_RATE * y for x, y in zip(old, new, strict=True)])
