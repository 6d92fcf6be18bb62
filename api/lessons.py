"""What a decided case teaches a detector about the thing in its cuttings. Pure.

A detector learns what things look like; whether something is a violation depends on place, time and permits. So a stall that was rejected because it has a
permit is a stall all the same, and only a reason that says that the thing is another one makes an example of what it is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from api.states import State
from evidence.kinds import Catalogue
from evidence.kinds.classes import STREET_CLASSES

Use = Literal["positive", "negative", "unlabelled"]
VALIDATION_SHARE = 5
"""Of the cameras one in so many is for validation: a split within a camera would show the same wall on both sides."""
NOT_EMPTY = {
    "replaced": "another thing stood in its place",
    "unseen": "nobody had seen the place when its act ended",
    "too_few": "there were too few for an act, and it may have stood there still",
    "breach_over": "it breached its permit no longer, and may have stood there still",
    "allowed": "a permit or a policy had begun to allow it, and it may have stood there still",
}
"""Why the place of an act teaches no empty place, by how the act ended."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What people made of a case.

    Attributes:
        kind: as it was decided.
        reason: of a rejection.
    """

    state: State
    kind: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a cutting shows, as its worker says: the class that the look took the thing for, or the place once the act had ended.

    Attributes:
        ended: how it had, as `evidence.stays.Ending` has it, empty where nothing says so; None of a picture of the thing.
    """

    label: str | None
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to learn: `positive`, a box of `label`; `negative`, that the cutting shows none of `label` (of a place that is empty: of nothing that is learned);
    `unlabelled`, nothing that can be told from the decision alone.
    """

    use: Use
    label: str | None
    why: str


def lesson(decided: Decided, seen: Seen, catalogue: Catalogue) -> Lesson:
    """What a cutting of a decided case teaches."""
    if seen.ended == "gone":
        return Lesson("negative", None, "the place after the thing had gone")
    if seen.ended is not None:
        return Lesson("unlabelled", None, NOT_EMPTY.get(seen.ended, "nothing says that its place was empty"))
    if seen.label is None:
        return Lesson("unlabelled", None, "no look saw this very picture")
    if decided.state is State.CONFIRMED:
        kind = catalogue.kind(decided.kind)
        if kind is None or seen.label not in (*kind.objects, *kind.line_objects):
            return Lesson("unlabelled", seen.label, f"the class makes no {decided.kind}")
        return Lesson("positive", seen.label, "confirmed")
    reason = catalogue.reason(decided.reason or "")
    teaches = "nothing" if reason is None else reason.teaches
    if teaches == "same":
        return Lesson("positive", seen.label, f"rejected for {decided.reason}, which is not for what it looks like")
    if teaches == "other":
        return Lesson("negative", seen.label, f"rejected for {decided.reason}")
    return Lesson("unlabelled", seen.label, f"rejected for {decided.reason}, which says nothing of its look")


def is_for_validation(camera_id: str) -> bool:
    """On which side of the split a camera lies; the same in every export."""
    return int.from_bytes(hashlib.sha256(f"validation/{camera_id}".encode()).digest()[:8]) % VALIDATION_SHARE == 0


def trained_classes(own: Collection[str]) -> tuple[str, ...]:
    """The classes that are learned, in the order of their numbers: the street branch's, then a city's own. COCO's were learned from far more, and stay."""
    return (*STREET_CLASSES, *(name for name in own if name not in STREET_CLASSES))
