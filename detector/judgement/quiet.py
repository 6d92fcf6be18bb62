"""Things that people have judged not to be what they looked like: such a thing stays quiet, never the place. Pure.

A thing is known by its view, the kind that it was taken for, where it stands and what it looks like; another thing in its place looks otherwise and is
judged as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from detector.judgement.appearance import similarity
from detector.judgement.stays import same_place
from detector.judgement.values import Box, Stay

SAME_THING = 0.7
"""Intersection of two signatures: a thing keeps so much against itself through a day of light (appearance.py), and a false silence costs more than a case."""


@dataclass(frozen=True, slots=True)
class QuietThing:
    """A thing that is quiet until a moment.

    Attributes:
        signature: what it looks like; empty where that is not known: then nothing is quiet, since it would be the place.
    """

    view_id: str
    kind: str
    xyxy: Box
    signature: tuple[float, ...]
    until: datetime

    def is_of(self, view_id: str, kind: str, stay: Stay, now: datetime) -> bool:
        """Whether a stay is this thing, now."""
        return (
            bool(self.signature)
            and len(self.signature) == len(stay.signature)
            and now < self.until
            and (view_id, kind) == (self.view_id, self.kind)
            and same_place(self.xyxy, stay.xyxy)
            and similarity(self.signature, stay.signature) >= SAME_THING
        )


def is_quiet(things: Iterable[QuietThing], view_id: str, kind: str, stay: Stay, now: datetime) -> bool:
    """Whether a stay is one of the quiet things."""
    return any(thing.is_of(view_id, kind, stay, now) for thing in things)
