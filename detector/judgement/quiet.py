"""Things that people have judged to be standing there for good: such a thing stays quiet, never the place. Pure.

A thing is known by its view, the kind that it was taken for, its outline and its look (`evidence.quiet`); another thing in its place looks otherwise, or is of
another size, and is judged as ever. One in twenty alarms about quiet things is shown to a reviewer all the same, so that a wrong silence is found out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detector.judgement.values import Box, Stay
from evidence.quiet import Likeness, QuietNamed, is_same_thing, is_shown


@dataclass(frozen=True, slots=True)
class QuietThing:
    """A thing that is quiet until a moment.

    Attributes:
        signature: what it looks like; empty where that is not known: then nothing is quiet, since it would be the place.
        order_id, case_id: the order of the case API that it is quiet by, and the rejected case that the order was given for.
    """

    view_id: str
    kind: str
    xyxy: Box
    signature: tuple[float, ...]
    until: datetime
    order_id: int = 0
    case_id: str | None = None

    def is_of(self, view_id: str, kind: str, stay: Stay, now: datetime) -> bool:
        """Whether a stay is this thing, now."""
        return now < self.until and is_same_thing(
            Likeness(self.view_id, self.kind, self.xyxy, self.signature), Likeness(view_id, kind, stay.xyxy, stay.signature)
        )

    @property
    def named(self) -> QuietNamed:
        """As the packet of an alarm that is shown all the same names it."""
        return QuietNamed(order=self.order_id, case_id=self.case_id, until=self.until)


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An alarm that was not raised: a stay that fulfilled its kind's rule and is a quiet thing.

    Attributes:
        act_id: of the act that it would have been.
        at: when its rule was fulfilled.
    """

    order_id: int
    camera_id: str
    act_id: str
    kind: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """As the case API is told of it."""
        return {"order": self.order_id, "camera_id": self.camera_id, "act_id": self.act_id, "kind": self.kind, "at": self.at.isoformat()}


def quiet_thing(things: Iterable[QuietThing], view_id: str, kind: str, stay: Stay, now: datetime) -> QuietThing | None:
    """Which of the quiet things a stay is; None of one that is to be heard."""
    return next((thing for thing in things if thing.is_of(view_id, kind, stay, now)), None)


def suppresses(thing: QuietThing | None, act_id: str) -> bool:
    """Whether the alarm of an act is kept back: its thing is quiet, and it is none of the one in twenty that are shown."""
    return thing is not None and not is_shown(act_id)
