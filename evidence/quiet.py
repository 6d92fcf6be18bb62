"""Things that people have silenced: when two sights are of one thing, which alarms about a quiet thing are shown all the same, and how a packet says so. Pure.

A thing is known by its kind, its outline (the box, which says where it stands and how large it is) and its look (a colour histogram); never by its place alone,
so that something new there is judged afresh. The worker that keeps quiet and the case API that counts who rejected what go by the same rule, so it stands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from evidence.model import Moment, Strict

Outline = tuple[float, float, float, float]

SAME_LOOK = 0.7
"""Intersection of two looks from which they are one thing's: a parked car keeps so much against itself through a day of light, and a false silence costs more
than a case.
"""
SAME_OUTLINE = 0.6
"""Overlap (IoU) of two boxes from which they are one outline. Measured on what stands in two rendered clips (8 things, 45 looks in three minutes): the mean
box of the first third against that of the last had 0.76 or more, and the looks shared 0.96. What is a fifth larger to every side, or stands in front, has less.
"""
SHOWN_ONE_IN = 20
"""Of the alarms about quiet things one in so many is shown to a reviewer all the same."""


class QuietNamed(Strict):
    """By which order the thing of an act is quiet, though this alarm about it is shown: it is one of those by which the silence is watched.

    Attributes:
        order: the case API's number of the order `be_quiet`.
        case_id: the rejected case that it was given for.
        one_in: of so many suppressed alarms one is shown.
    """

    order: Annotated[int, Field(ge=0)]
    case_id: str | None = None
    until: Moment
    one_in: Annotated[int, Field(ge=1)] = SHOWN_ONE_IN


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a thing is known by, within one camera.

    Attributes:
        kind: id of the kind that it is taken for.
        outline: left, top, right, bottom, shares of the picture.
        look: a normalised colour histogram; empty where it is not known.
    """

    view_id: str
    kind: str
    outline: Outline
    look: tuple[float, ...]


def is_same_thing(a: Likeness, b: Likeness) -> bool:
    """Whether two sights are of one thing; never where a look is not known, or was made in another way: that would go by the place."""
    return (
        (a.view_id, a.kind) == (b.view_id, b.kind)
        and bool(a.look)
        and len(a.look) == len(b.look)
        and overlap(a.outline, b.outline) >= SAME_OUTLINE
        and intersection(a.look, b.look) >= SAME_LOOK
    )


def is_shown(act_id: str, one_in: int = SHOWN_ONE_IN) -> bool:
    """Whether the alarm about a quiet thing is one of those that are shown all the same. It follows from the act's id alone, so it is the same after a restart,
    and the API can tell whether a worker kept to it.
    """
    return int.from_bytes(hashlib.sha256(f"shown/{act_id}".encode()).digest()[:8]) % one_in == 0


def intersection(a: Sequence[float], b: Sequence[float]) -> float:
    """Of two normalised histograms of one length, 0..1 (Swain and Ballard 1991)."""
    return sum([x if x < y else y for x, y in zip(a, b, strict=True)])


def overlap(a: Outline, b: Outline) -> float:
    """Intersection over union of two boxes, 0..1; 0 where one has no area."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
