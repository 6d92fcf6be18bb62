"""A vendor who moves on by two metres: the same thing in another place, so the same act.

A stay whose place is seen empty goes on as another that has just begun, if that looks the same, is of a class that vendors move, as large in the picture, and
no further away than a few steps. The picture's scale is the thing's own height: a stall is about as tall as a person. What two cameras and long pauses make of
it is judged by the same rule; every shift is told in the packet, since it is a conclusion and not a sight.
"""

from __future__ import annotations

import math
from dataclasses import replace

from detector.judgement.appearance import followed, similarity
from detector.judgement.kinds_on import kinds_on
from detector.judgement.unseen import NOT_SEEN, with_gap
from detector.judgement.values import Box, Stay, StayGap, StayShift
from evidence.kinds import Catalogue

CLASS_METRES = {"stall": 1.8, "vendor_vehicle": 1.7, "goods_out": 1.2, "open_grill": 1.2, "parasol": 2.4}
"""How tall what vendors and shops move usually is. Nothing else shifts: where a parked car was and another like it stands two metres on, it is another car."""
USUAL_METRES = 1.7
"""Of a class that is not named here, of a kind that asks for somebody to attend."""
SHIFT_METRES = 2.5
"""Two metres, and what the scale and a box may be wrong by."""
DEPTH_FORESHORTENING = 0.42
"""How much of a metre away from the camera is seen as height: the sine of 25 degrees, in the middle of the pitch of street cameras (10 to 40, DOMAIN.md 2)."""
SAME_SIZE = 0.7
"""Least ratio of two heights in the picture: two metres at eight from the camera change it by a quarter."""
SHIFTED_LOOK = 0.7
"""Intersection of two signatures: what a thing keeps against itself through a day of light (appearance.py). Where a look is not known, nothing shifts."""
SURE_LOOKS = 2
"""That the new place must have had: once may be somebody who walks past with the like."""
MOST_SHIFTS = 24


def metres_between(label_metres: float, before: Box, after: Box, aspect: float) -> float:
    """How far apart two boxes of one thing stand on the ground, by its height in the picture.

    Args:
        label_metres: how tall it is.
        aspect: width of the picture over its height, in pixels.
    """
    height = ((before[3] - before[1]) + (after[3] - after[1])) / 2
    across = abs((before[0] + before[2]) - (after[0] + after[2])) / 2 * aspect
    away = abs(before[3] - after[3]) / DEPTH_FORESHORTENING
    return math.hypot(across, away) / height * label_metres if height > 0 else math.inf


def moved_metres(old: Stay, young: Stay, aspect: float, catalogue: Catalogue) -> float | None:
    """How far the thing of one stay was moved if it is that of another, which has begun since; None where it is another thing."""
    if young.first_seconds <= old.known_seconds or young.looks < SURE_LOOKS or young.confirmed_kind is not None or old.absent:
        return None
    tall = _tall(old, young, catalogue)
    if tall is None:
        return None
    if old.confirmed_kind is not None and old.confirmed_kind not in young.in_place:  # where it is allowed, the act is over
        return None
    a, b = old.xyxy[3] - old.xyxy[1], young.xyxy[3] - young.xyxy[1]
    if min(a, b) < SAME_SIZE * max(a, b):
        return None
    if not old.signature or not young.signature or similarity(old.signature, young.signature) < SHIFTED_LOOK:
        return None
    metres = metres_between(tall, old.xyxy, young.xyxy, aspect)
    return metres if metres <= SHIFT_METRES else None


def _tall(old: Stay, young: Stay, catalogue: Catalogue) -> float | None:
    """How tall the thing is, by the class that both stays were seen as most; None where that is none that is moved."""
    shared = [label for label in young.votes if label in old.votes]
    label = max(shared, key=lambda one: old.votes[one] + young.votes[one], default=None)
    if label is None or label in CLASS_METRES:
        return None if label is None else CLASS_METRES[label]
    attended = any(label in kind.classes and kind.attendance == "required" for kind in kinds_on(catalogue).kinds)
    return USUAL_METRES if attended else None


def joined(old: Stay, young: Stay, metres: float, catalogue: Catalogue) -> Stay:
    """One stay of two: the act of the old one, in the place of the young one. The time between counts for the kinds whose grace bridges it."""
    passed = young.first_seconds - old.known_seconds
    on = kinds_on(catalogue)
    dwell = {name: old.dwell_seconds.get(name, 0.0) + young.dwell_seconds.get(name, 0.0) for name in {**old.dwell_seconds, **young.dwell_seconds}}
    for kind in on.kinds:
        if kind.id in old.in_place and kind.id in young.in_place and passed <= kind.grace_seconds:
            dwell[kind.id] = dwell.get(kind.id, 0.0) + max(0.0, passed)
    gaps = old.gaps
    if passed > on.shortest_grace:
        gaps = with_gap(gaps, StayGap(old.samples[-1].wall if old.samples else old.last_wall, young.first_wall, NOT_SEEN))
    shift = StayShift(young.first_wall, old.xyxy, young.xyxy, round(metres, 1))
    beside = {label: old.beside.get(label, 0) + young.beside.get(label, 0) for label in {**old.beside, **young.beside}}
    votes = {label: old.votes.get(label, 0.0) + young.votes.get(label, 0.0) for label in {**old.votes, **young.votes}}
    return replace(
        old, xyxy=young.xyxy, signature=followed(old.signature, young.signature), votes=votes, dwell_seconds=dwell, in_place=young.in_place,
        at_line=young.at_line, looks=old.looks + young.looks, attended_looks=old.attended_looks + young.attended_looks,
        missed=max(0, old.missed - young.looks) + young.missed, unchanged=old.unchanged + young.unchanged, last_seconds=young.last_seconds,
        last_wall=young.last_wall, known_seconds=young.known_seconds, missed_since_seconds=None, hidden_seconds=None, newcomer=young.newcomer,
        allowed_since_seconds=None, outside_seconds=young.outside_seconds,
        beside=beside, hidden_share=young.hidden_share,
        samples=(*old.samples, *young.samples), gaps=(*gaps, *young.gaps), shifts=(*old.shifts[: MOST_SHIFTS - 1], shift),
    )  # fmt: skip
