"""Who stands about: people that stay in one spot may attend to a stall, whoever walks past never does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detector.judgement.geometry import iou
from detector.judgement.values import Box, Bystander, Look

SAME_SPOT_IOU = 0.3
"""A walker at 1.2 m/s has left his own box after a second; somebody who serves or leans keeps most of it."""
FORGOTTEN_AFTER_SECONDS = 12.0
ATTENDS_AFTER_SECONDS = 5.0
ATTENDS_AFTER_LOOKS = 3


def followed(bystanders: Sequence[Bystander], look: Look) -> tuple[Bystander, ...]:
    """The people of this look, those who stood there before with their history; who was not seen for some seconds is forgotten."""
    people = [thing.xyxy for thing in look.things if thing.label == "person"]
    pairs = sorted(((iou(one.xyxy, box), i, j) for i, one in enumerate(bystanders) for j, box in enumerate(people)), key=lambda pair: pair[0], reverse=True)
    matched: dict[int, int] = {}
    for share, i, j in pairs:
        if share < SAME_SPOT_IOU:
            break
        if i not in matched and j not in matched.values():
            matched[i] = j
    out = []
    for i, one in enumerate(bystanders):
        if i in matched:
            out.append(replace(one, xyxy=people[matched[i]], last_seconds=look.at_seconds, looks=one.looks + 1))
        elif look.at_seconds - one.last_seconds <= FORGOTTEN_AFTER_SECONDS:
            out.append(one)
    taken = set(matched.values())
    out += [Bystander(box, look.at_seconds, look.at_seconds) for j, box in enumerate(people) if j not in taken]
    return tuple(out)


def attendants(bystanders: Sequence[Bystander], at_seconds: float) -> tuple[Box, ...]:
    """The boxes of those who are there now and have stayed."""
    return tuple(
        one.xyxy
        for one in bystanders
        if one.last_seconds == at_seconds and one.looks >= ATTENDS_AFTER_LOOKS and one.last_seconds - one.first_seconds >= ATTENDS_AFTER_SECONDS
    )
