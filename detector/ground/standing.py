"""What a place has looked like for weeks, whatever stands there: by that a planter or a kiosk is told from what was put there since.

The ground is learned where nothing is recognised, and anew where a night's picture fits nowhere. So what the detector takes for a stall in every look is never
ground. Here each cell keeps one look by daylight, and since when the pictures have agreed with it: every few minutes one that is lit and coloured is compared,
light aside. Dark and grey pictures say nothing and take nothing away; a day without one begins anew. A place that looks otherwise for twelve minutes (an
hour, where only its brightness differs) has looked so since then: a stall that comes every morning and leaves is new every day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.ground.difference import COLOURED, Mask, Plane, changed_colours, differences, light
from detector.ground.picture import GroundPicture, covered, spans
from detector.ground.settings import GroundSettings
from detector.ground.values import NOISE, UNKNOWN, GroundState, Standing
from detector.judgement.geometry import Box
from detector.judgement.values import Thing

EVERY_SECONDS = 240.0
LEAST_LIT = 40.0
"""Mean luma of a picture that is compared; by night a cell shows too little of a thing."""
OTHERWISE, PLAINLY, IN_LIGHT = 15, 5, 1
"""A comparison in which a cell plainly differs counts 5, one in which its brightness alone does 1 (it may be a shadow), one that agrees takes all back; at 15
the cell has another look."""
MOST_WEIGHT = 3
"""One that comes after a longer pause, a preset that is visited each quarter of an hour, counts as several."""
PAUSE_SECONDS = 86400.0
"""What nobody could compare for longer is known anew: longer than a night with a grey day behind it is not waited."""
FOLLOWS = 1.0
"""Levels by which a look that agrees takes the kept one with it."""
MOST_UNREST = np.uint8(2 * NOISE)
"""A cell's unrest counts up to two levels: what comes and goes every day is unrest to the ground that never learned it."""
LEAST_COMPARED = 0.05
"""Of the cells in view, else a picture is not compared: too much stands before it."""
ENOUGH_SHARE = 0.75
"""Of a place must have been compared since its thing was first seen."""
OLD_SHARE = 0.9
"""Of that must have looked so for the time that is told: of a smooth thing little more than the outline differs from the ground."""
HIDES = frozenset({"person", "bicycle", "car", "motorcycle", "bus", "truck"})
"""What passes or parks before a place; what else is recognised is what the place looks like."""


def begun(picture: GroundPicture, at_seconds: float) -> Standing:
    """Nothing is known yet."""
    size = picture.shape
    unknown = np.full(size, UNKNOWN, np.float32)
    return Standing(at_seconds, picture.cells.copy(), unknown, unknown, np.zeros(size, np.uint8))


def compared(state: GroundState, picture: GroundPicture, things: Sequence[Thing], unseen: Mask | None, settings: GroundSettings) -> Standing | None:
    """What is known of the view's places after a picture; as before where the next comparison is not due or the picture is too dark, grey or strange.

    Args:
        state: the ground after that picture, with what was known before.
        unseen: cells that are never looked at.
    """
    known, at = state.standing, state.at_seconds
    if (known is not None and 0 <= at - known.at_seconds < EVERY_SECONDS) or state.brightness < LEAST_LIT:
        return known
    if known is None or at - float(known.compared.max()) > PAUSE_SECONDS:
        known = begun(picture, at)
    now, old = picture.cells.astype(np.float32), known.picture.astype(np.float32)
    open_ = ~covered((thing.xyxy for thing in things if thing.label in HIDES), state.rectangle, state.shape)
    if unseen is not None:
        open_ &= ~unseen
    judged = open_ & (known.since > UNKNOWN / 2)
    first = not bool((known.since > UNKNOWN / 2).any())
    if not first and int(np.count_nonzero(judged)) < LEAST_COMPARED * judged.size:
        return state.standing
    gain, agreeing, _ = light(now[0], old[0], judged)
    lit = _under(old, gain)
    if changed_colours(now, lit, judged):
        grey = float(np.abs(now[1:] - 128).sum(axis=0).mean()) < COLOURED
        return state.standing if grey else _first(picture, at, open_)
    if first:
        return _first(picture, at, open_)
    seen = differences(now, lit, np.minimum(state.noise, MOST_UNREST).astype(np.int16), agreeing, settings)
    plain, differs = seen.evidence & judged, seen.differs & judged
    if int(np.count_nonzero(plain)) >= settings.upset_share * int(np.count_nonzero(judged)):
        return state.standing
    weight = np.uint8(min(MOST_WEIGHT, max(1, round((at - known.at_seconds) / EVERY_SECONDS))))
    doubts = known.doubts + weight * (differs * np.uint8(IN_LIGHT) + plain * np.uint8(PLAINLY - IN_LIGHT))
    doubts[judged & ~differs] = 0
    otherwise = (doubts >= OTHERWISE) | (open_ & ~judged)
    doubts[otherwise] = 0
    look = _under(now, np.reciprocal(gain))
    old += np.clip(look - old, -FOLLOWS, FOLLOWS) * (judged & ~differs)
    np.copyto(old, look, where=otherwise)
    anew = otherwise | (judged & (at - known.compared > PAUSE_SECONDS))
    since = np.where(anew, np.float32(at), known.since)
    return Standing(at, np.rint(np.clip(old, 0, 255)).astype(np.uint8), since, np.where(open_, np.float32(at), known.compared), doubts)


def _under(planes: Plane, gain: Plane) -> Plane:
    """Planes Y, Cr, Cb in another light: between dusk and noon a thing's colours go with its brightness."""
    grey = np.array([0, 128, 128], np.float32)[:, None, None]
    return np.asarray((planes - grey) * gain + grey, np.float32)


def _first(picture: GroundPicture, at_seconds: float, open_: Mask) -> Standing:
    times = np.where(open_, np.float32(at_seconds), np.float32(UNKNOWN))
    return Standing(at_seconds, picture.cells * open_, times, times, np.zeros(picture.shape, np.uint8))


def stood_seconds(state: GroundState, xyxy: Box, first_seconds: float) -> float | None:
    """For how long a box has looked as it does now, a thing that was first seen at a moment with it; 0 where it looks otherwise now.

    None where too little of it was compared since that moment, or nothing is known.
    """
    known = state.standing
    if known is None or known.at_seconds < first_seconds:
        return None
    place = spans(xyxy, state.rectangle, state.shape)
    since, doubts = known.since[place], known.doubts[place]
    usable = (known.compared[place] >= first_seconds) & (since > UNKNOWN / 2)
    if not usable.size or int(np.count_nonzero(usable)) < ENOUGH_SHARE * usable.size:
        return None
    ages = np.where(doubts > 0, np.float32(0), known.at_seconds - since)[usable]
    return max(0.0, float(np.quantile(ages, 1 - OLD_SHARE)))
