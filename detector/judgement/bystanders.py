"""Who stands about: people that are seen in one spot again and again may attend to a stall, whoever walks past does not.

Nothing is kept of what people look like, so place alone decides: the same spot in three looks, with at most three between that saw nobody there. A walker is
in a spot in one look only, at a look every 2 s as at one every 10 s. A seller who moves about the stall comes back to his spots: he counts at 10 s as at 4 s,
with up to four spots (with eight, hardly). What place cannot tell: a seller who is never in one spot twice; one who stays from two who take turns; and a dense
stream of passers-by, of whom some are in a spot of another by chance. Twelve a minute past a stall (simulated) make somebody stay in 6 % of the looks at 2 s,
in 2 % at 4 s and at 10 s; twenty-four in 23, 12 and 12 %, and more make attendance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detector.judgement.geometry import iou
from detector.judgement.values import Box, Bystander, Look

SAME_SPOT_IOU = 0.3
"""A walker at 1.2 m/s has left his own box after a second; somebody who serves or leans keeps most of it."""
FORGOTTEN_AFTER_SECONDS = 12.0
FORGOTTEN_AFTER_LOOKS = 3
"""Looks that may see nobody in a spot: nobody is forgotten before both are over. At a look every 4 s, three take twelve seconds; where looks are rarer, seconds
alone would forget a spot between one look and the next but one. Counted in looks, chance makes as little of passers-by at 10 s as at 4 s."""
ATTENDS_AFTER_SECONDS = 5.0
ATTENDS_AFTER_LOOKS = 3


def followed(bystanders: Sequence[Bystander], look: Look) -> tuple[Bystander, ...]:
    """The people of this look, those who stood there before with their history; who was not seen for some seconds and looks is forgotten."""
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
            out.append(replace(one, xyxy=people[matched[i]], last_seconds=look.at_seconds, looks=one.looks + 1, missed=0))
        elif look.at_seconds - one.last_seconds <= FORGOTTEN_AFTER_SECONDS or one.missed < FORGOTTEN_AFTER_LOOKS:
            out.append(replace(one, missed=one.missed + 1))
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
