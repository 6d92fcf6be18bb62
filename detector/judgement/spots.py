"""When two boxes are one place, and when something stands before a place so that nobody can tell what is there."""

from __future__ import annotations

from collections.abc import Iterable

from detector.judgement.geometry import Box, area, common_area, iou, share_in

SAME_PLACE_IOU = 0.3
SAME_PLACE_COVERED = 0.7
"""Boxes of one stall come with and without its parasol: where one holds the other they are one place."""
NEARER = 0.15
"""Of its own height that something's foot lies lower in the picture where it stands before a place and not in it; a stall with and without its parasol has one
foot. Our choice."""
HIDING_SHARE = 0.6
"""Of a place that is covered by what stands before it: then a look that does not see the thing has not seen it gone. Our choice: with less, a detector sees a
stall behind its customers (it was trained with people in front)."""
LOWER = 0.1
"""Of the place's height that the foot of what hides it lies lower at least: what has its foot where the thing had, took its place."""
MORE_HIDDEN = 0.2
"""By which more of the place must be covered than when the thing was last seen: what was seen over a parked lorry's bonnet has gone when it is not seen."""


def same_place(a: Box, b: Box) -> bool:
    """Whether two boxes are one place."""
    common = common_area(a, b)
    if common <= 0:
        return False
    one, other = area(a), area(b)
    return common >= SAME_PLACE_IOU * (one + other - common) or common >= SAME_PLACE_COVERED * min(one, other)


def stands_before(thing: Box, place: Box) -> bool:
    """Whether something much larger stands nearer to the camera: a bus that stops before a parked car holds its box, and is not in its place."""
    return iou(thing, place) < SAME_PLACE_IOU and thing[3] - place[3] >= NEARER * (thing[3] - thing[1])


def is_in_place(thing: Box, place: Box) -> bool:
    """Whether a thing of a look stands where a stay does."""
    return same_place(place, thing) and not stands_before(thing, place)


def hidden_share(place: Box, things: Iterable[Box]) -> float:
    """Share of a place (0..1) that things nearer to the camera cover together; below what can make a difference, at most so much."""
    left, top, right, bottom = place
    foot = bottom + LOWER * (bottom - top)
    before = [box for box in things if box[3] >= foot and box[0] < right and box[2] > left and box[1] < bottom]
    if not before or area(place) <= 0:
        return 0.0
    total = sum([common_area(place, box) for box in before]) / area(place)
    if len(before) == 1 or total < HIDING_SHARE - MORE_HIDDEN:  # they may cover one another too, which is dear to reckon and does not matter here
        return total
    return share_in(place, [((x0, y0), (x1, y0), (x1, y1), (x0, y1)) for x0, y0, x1, y1 in before])


def is_hidden(place: Box, things: Iterable[Box], seen_with: float = 0.0) -> bool:
    """Whether things nearer to the camera cover a place together.

    Args:
        seen_with: share of it that they covered when the thing was last seen all the same.
    """
    share = hidden_share(place, things)
    return share >= HIDING_SHARE and share >= seen_with + MORE_HIDDEN
