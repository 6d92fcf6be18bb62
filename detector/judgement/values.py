"""What judging takes and gives: plain frozen values. Boxes are shares of the picture (0..1), times seconds of the arrival clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """One detection of a look.

    Attributes:
        xyxy: left, top, right, bottom, shares of the whole picture.
        signature: what it looks like, a normalised colour histogram; empty where none was made.
    """

    label: str
    xyxy: Box
    score: float
    signature: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One keyframe that was detected, or that the change gate let pass as `unchanged` (then without things).

    Attributes:
        at_seconds: monotonic arrival clock; in a replay, seconds of video.
        wall: the same moment as wall time, with zone.
    """

    at_seconds: float
    wall: datetime
    things: tuple[Thing, ...] = ()
    status: Literal["looked", "unchanged"] = "looked"


@dataclass(frozen=True, slots=True)
class StaySample:
    """One keyframe of a stay; without a box where it was `unchanged`."""

    at_seconds: float
    wall: datetime
    status: Literal["looked", "unchanged"]
    label: str | None = None
    xyxy: Box | None = None
    score: float | None = None
    attended: bool = False


@dataclass(frozen=True, slots=True)
class StayGap:
    """A stretch beyond the grace in which nobody looked."""

    begins: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Zoom:
    """What the zoom look said; `xyxy` in shares of the picture."""

    agreed: bool
    score: float | None
    xyxy: Box | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Something that stands in a stay's place and looks otherwise, not yet sure to be another thing."""

    signature: tuple[float, ...]
    samples: tuple[StaySample, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """The continuing presence of one thing.

    Attributes:
        stay_id: unique within the camera's history, made of the first sample.
        xyxy: where it stands: the running mean of its boxes.
        votes: label → summed scores of the looks that saw it so.
        dwell_seconds: kind id → seconds during which the kind's place, line and permit conditions held.
        in_place: kind ids whose place, line and permit conditions held at the last sample.
        at_line: kind ids at whose storefront line it stood at the last sample.
        known_seconds: arrival time until which it is known to stand (a look that saw it, or an unchanged picture after one).
        missed_since_seconds: of the first look in a row that did not see it; None while it is seen.
        samples: thinned where there are many; the first and the last are always there.
        suspected, confirmed_kind: how far it got.
        continued: packets that said that it goes on, after its confirmation; `told_seconds`: arrival time of the last packet, None before any.
        zoom_due_seconds: not before this moment is the next zoom look asked for; `zoom_refusals` lengthen the pause.
    """

    stay_id: str
    first_seconds: float
    first_wall: datetime
    last_seconds: float
    last_wall: datetime
    known_seconds: float
    xyxy: Box
    signature: tuple[float, ...]
    votes: Mapping[str, float]
    dwell_seconds: Mapping[str, float] = field(default_factory=dict)
    in_place: tuple[str, ...] = ()
    at_line: tuple[str, ...] = ()
    looks: int = 1
    attended_looks: int = 0
    missed: int = 0
    unchanged: int = 0
    missed_since_seconds: float | None = None
    samples: tuple[StaySample, ...] = ()
    gaps: tuple[StayGap, ...] = ()
    newcomer: Newcomer | None = None
    suspected: bool = False
    halfway: bool = False
    confirmed_kind: str | None = None
    confirmed_wall: datetime | None = None
    zoom: Zoom | None = None
    zoom_due_seconds: float = 0.0
    zoom_refusals: int = 0
    continued: int = 0
    told_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Bystander:
    """A person that stands about: whoever is still there after some looks may attend to a stay."""

    xyxy: Box
    first_seconds: float
    last_seconds: float
    looks: int = 1


@dataclass(frozen=True, slots=True)
class ViewState:
    """All that judging remembers of one view. `last_look_seconds` is None before the first look."""

    stays: tuple[Stay, ...] = ()
    bystanders: tuple[Bystander, ...] = ()
    last_look_seconds: float | None = None

    @property
    def suspicious(self) -> bool:
        """Whether something stands there that may become a violation."""
        return any(stay.suspected and stay.confirmed_kind is None for stay in self.stays)


EventName = Literal["suspected", "halfway", "zoom_wanted", "confirmed", "continued", "ended", "dropped"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a look brought about.

    `suspected`: keep the ring and this picture. `halfway`: keep this picture. `zoom_wanted`: look at the place at native resolution and tell
    `judgement.confirmation.with_zoom`. `confirmed`: a violation of `kind`. `continued`: it still stands there. `ended`: a confirmed stay is over
    (`stay.last_seconds`). `dropped`: a suspected stay ended innocent. `case`: the case for which somebody ordered this look.
    """

    name: EventName
    stay: Stay
    kind: str
    case: str | None = None
