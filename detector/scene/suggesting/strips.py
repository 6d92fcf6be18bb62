"""Which rays of a fan are carriageway, pavement and wall: the split of the fan that fits edges, colours and what was seen best.

A street is a row of strips: wall, pavement, carriageway, pavement, wall, of which a picture shows some. Every split of the fan into such a row is weighed
(dynamic programming over its 240 rays): a strip should be of one colour, begin at an edge along the street, be as wide as such strips are, and hold what
belongs there. Weights are ours, set on rendered streets of the training split; none is fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.scene.suggesting.evidence import Foot
from detector.scene.suggesting.fan import BINS, Fan, Profile
from detector.scene.suggesting.vanishing import Floats

WALL, PAVEMENT, CARRIAGEWAY = "wall", "pavement", "carriageway"
ROW = (WALL, PAVEMENT, CARRIAGEWAY, PAVEMENT, WALL)
"""The strips in their order across the picture; a picture may lack any of them, but not all that is ground."""
NARROWEST = 5
"""Bins of a strip at least: narrower ones are markings and gutters."""
COLOUR_SPREAD = np.array([22.0, 7.0, 7.0])
"""Spread of L, a, b within a strip."""
COLOUR_WEIGHT, KERB_WEIGHT, BORDER_COST = 0.25, 26.0, 8.0
ROUGH_WALL, SMOOTH_GROUND = 1.6, 0.7
GREEN = 1.2
"""Grass and hedges are neither carriageway nor pavement; in a row of strips they stand for the wall."""
LIGHT = 0.3
"""Asphalt is darker than paving stones mostly."""
FOOT_REACH = 2.0
"""Bins over which a foot counts beside its own width."""
FOOT_WEIGHT, FOOT_HALF = 3.5, 1.2
"""What the feet of one ray count at most, and the weight of feet at which they count half of it."""
SPREAD_BINS, FEW, RARE = 40.0, 0.5, 0.15
"""Groups are compared by where each of them is, not by which is larger: a group that is spread evenly over so many rays counts 1 at each. Added to its weight
at a ray are so much, so that a single one is no crowd, and so much of the weight of all, so that the few vehicles on a pavement make no road."""
BELONGS = {
    "vehicles": {CARRIAGEWAY: 1.0, PAVEMENT: -1.0, WALL: -1.6},
    "people": {CARRIAGEWAY: -0.6, PAVEMENT: 0.8, WALL: -1.2},
    "cycles": {CARRIAGEWAY: 0.15, PAVEMENT: 0.0, WALL: -1.0},
    "pavement": {CARRIAGEWAY: -0.8, PAVEMENT: 1.0, WALL: -0.5},
}
"""What a foot says of the strip that it stands in. Cars stand on pavements too and people cross, so nothing is certain."""
NOBODY, MANY = 1.8, 1200.0
"""Where many were seen over the street (half of it at so much weight at all rays together, which a single picture never has), a ray on which nobody ever was
is more likely a wall, by so much."""
WALKED, DRIVEN_SHARE = 1.5, 0.05
"""From so much weight of people at each of its rays on, a strip with less than this share of vehicles is no carriageway."""
METRES = {PAVEMENT: (4.5, 0.5), CARRIAGEWAY: (9.5, 0.6)}
"""Usual widths: the middle and the spread of their logarithm."""
LEAST_METRES = {PAVEMENT: 0.8, CARRIAGEWAY: 2.4}
"""Narrower ones are kerbs, gutters and markings."""
WIDTH_WEIGHT = 4.0
Bits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip of the fan: what it is and its first and last border, as numbers of bins (`first` 0: cut off by the picture)."""

    what: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of a fan.

    Attributes:
        worth: how well it fits; comparable among fans of one picture.
        held: group → weight of its feet in each kind of strip.
    """

    strips: tuple[Strip, ...]
    worth: float
    held: dict[str, dict[str, float]]


def split(fan: Fan, profile: Profile, feet: Sequence[Foot], metres_per_tangent: float | None) -> Split:
    """The best row of strips.

    Args:
        metres_per_tangent: metres across the street for one unit of the tangent of a ray's angle, where sizes are known.
    """
    feet_of = {group: feet_by_bin(fan, [foot for foot in feet if foot.group == group]) for group in BELONGS}
    unary = _unary(profile, feet_of)
    spread = _prefix((profile.colour / COLOUR_SPREAD) * np.sqrt(np.minimum(1.0, profile.seen * 3))[:, None])
    kerb = KERB_WEIGHT * np.minimum(profile.kerb, 0.6) - BORDER_COST
    tangents = np.tan(np.clip(fan.edges, -1.55, 1.55))
    cost = {what: _costs(what, unary[what], spread, tangents, metres_per_tangent) for what in set(ROW)}
    strips, worth = _best(cost, kerb)
    strips = _walked_only(strips, feet_of)
    held = {group: {what: float(sum(feet_of[group][s.first : s.last].sum() for s in strips if s.what == what)) for what in set(ROW)} for group in BELONGS}
    return Split(strips, worth, held)


def _walked_only(strips: tuple[Strip, ...], feet_of: dict[str, Bits]) -> tuple[Strip, ...]:
    """The strips with what people use and no vehicle as pavement: a square, a pedestrian street."""
    out: list[Strip] = []
    for strip in strips:
        walked, driven = (float(feet_of[group][strip.first : strip.last].sum()) for group in ("people", "vehicles"))
        what = PAVEMENT if strip.what == CARRIAGEWAY and walked > WALKED * (strip.last - strip.first) and driven < DRIVEN_SHARE * walked else strip.what
        if out and out[-1].what == what:
            out[-1] = Strip(what, out[-1].first, strip.last)
        else:
            out.append(Strip(what, strip.first, strip.last))
    return tuple(out)


def feet_by_bin(fan: Fan, feet: Sequence[Foot]) -> Bits:
    """How much of a group stands at each ray: each foot's weight spread over the lower edge of its box and a little beside it."""
    out = np.zeros(BINS)
    for foot in feet:
        inner = foot.width * (0.35 if foot.group == "vehicles" else 0.25)
        ends = np.array([[foot.x - inner, foot.y], [foot.x + inner, foot.y], [foot.x, foot.y]])
        if ends[2, 1] - 0.5 <= fan.top - 0.02:
            continue  # so far away that a bin is less than its feet
        low, high = sorted(fan.bins_of(ends)[:2].tolist())
        bins = np.arange(BINS)
        away = np.maximum(0.0, np.maximum(low - bins, bins - high)) / FOOT_REACH
        shape = np.exp(-0.5 * away**2)
        out += foot.weight * shape
    return out


def _unary(profile: Profile, feet_of: dict[str, Bits]) -> dict[str, Bits]:
    """What each bin says for each kind of strip."""
    chroma = np.hypot(profile.colour[:, 1] - 128, profile.colour[:, 2] - 128)
    looks = np.minimum(1.0, profile.seen * 3)
    rough = np.clip(profile.rough - 1.0, -1.0, 2.5)
    wall = looks * (ROUGH_WALL * rough + 2.0 * np.minimum(profile.upright, 0.5) - 0.2)
    grey = looks * np.clip(1.0 - chroma / 10.0, -0.8, 0.6)
    light = looks * np.clip((profile.colour[:, 0] - np.median(profile.colour[:, 0])) / 30.0, -1.0, 1.0)
    green = looks * GREEN * np.clip(np.minimum(125.0 - profile.colour[:, 1], profile.colour[:, 2] - 133.0) / 8.0, 0.0, 1.0)
    out = {
        WALL: 0.35 * wall + green,
        PAVEMENT: -SMOOTH_GROUND * 0.5 * wall + LIGHT * light - green,
        CARRIAGEWAY: -SMOOTH_GROUND * 0.6 * wall + 0.3 * grey - LIGHT * light - green,
    }
    total = sum(feet_of.values(), np.zeros(BINS))
    density = {group: bins / ((bins.sum() + RARE * total.sum()) / SPREAD_BINS + FEW) for group, bins in feet_of.items()}
    together = np.maximum(sum(density.values(), np.zeros(BINS)), 1e-9)
    strength = FOOT_WEIGHT * total / (total + FOOT_HALF)
    for group, bins in density.items():
        for what, sign in BELONGS[group].items():
            out[what] = out[what] + sign * strength * bins / together
    everybody = float(total.sum())
    out[WALL] = out[WALL] + NOBODY * everybody / (everybody + MANY) * (1 - total / (total + FOOT_HALF / 4))
    return out


def _prefix(values: Floats) -> tuple[Floats, Floats]:
    """Running sums of values (n, 3) and of their squares, from 0 on."""
    zero = np.zeros((1, values.shape[1]))
    return np.vstack([zero, np.cumsum(values, 0)]), np.vstack([zero, np.cumsum(values**2, 0)])


def _costs(what: str, unary: Bits, spread: tuple[Floats, Floats], tangents: Floats, metres: float | None) -> Floats:
    """Worth (n + 1, n + 1) of a strip of that kind from one border to another; -inf where it cannot be."""
    sums = np.concatenate([[0.0], np.cumsum(unary)])
    first, last = np.arange(BINS + 1)[:, None], np.arange(BINS + 1)[None, :]
    count = np.maximum(last - first, 1)
    total, squares = (one[None, :, :] - one[:, None, :] for one in spread)
    scatter = (squares - total**2 / count[:, :, None]).sum(2)
    worth = sums[None, :] - sums[:, None] - (COLOUR_WEIGHT if what != WALL else 0.4 * COLOUR_WEIGHT) * scatter
    if metres is not None and what in METRES:
        middle, deviation = METRES[what]
        width = np.maximum((tangents[None, :] - tangents[:, None]) * metres, 0.05)
        off = (np.log(width) - np.log(middle)) / deviation
        cut = (first == 0) | (last == BINS)  # the picture ends it: it may be as narrow as it likes
        worth = worth - WIDTH_WEIGHT * 0.5 * np.minimum(np.where(cut, np.maximum(off, 0.0), off) ** 2, 9.0)
        worth = np.where(~cut & (width < LEAST_METRES[what]), -np.inf, worth)
    return np.where(last - first >= NARROWEST, worth, -np.inf)


def _best(cost: dict[str, Floats], kerb: Floats) -> tuple[tuple[Strip, ...], float]:
    """The best row of strips over all bins: at each border what the edge there is worth."""
    size = BINS + 1
    # worth[state, end]: the best row whose last strip is ROW[state] and ends at border `end`.
    worth = np.full((len(ROW), size), -np.inf)
    came = np.zeros((len(ROW), size, 2), int)
    for state, what in enumerate(ROW):
        table = cost[what]
        starts = np.full(size, -np.inf)
        starts[0] = 0.0 if state < len(ROW) - 1 else -np.inf  # a row of walls alone is no street
        before = np.full(size, -1)
        for earlier in range(state):
            if ROW[earlier] == what:
                continue  # two strips of one kind side by side are one
            better = worth[earlier] + kerb > starts
            better[0] = False
            starts = np.where(better, worth[earlier] + kerb, starts)
            before = np.where(better, earlier, before)
        reach = starts[:, None] + table
        came[state, :, 0] = reach.argmax(0)
        worth[state] = reach.max(0)
        came[state, :, 1] = before[came[state, :, 0]]
    end = 1 + int(np.argmax(worth[1:, BINS]))
    strips: list[Strip] = []
    state, border = end, BINS
    while state >= 0:
        first, earlier = (int(v) for v in came[state, border])
        strips.append(Strip(ROW[state], first, border))
        state, border = earlier, first
    return tuple(reversed(strips)), float(worth[end, BINS])
