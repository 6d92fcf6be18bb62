"""What judging takes and gives: plain frozen values. Boxes are shares of the picture (0..1), times seconds of the arrival clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from detector.judgement.geometry import USUAL_ASPECT

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """One detection of a look.

    Attributes:
        xyxy: left, top, right, bottom, shares of the whole picture.
        signature: what it looks like, a normalised colour histogram; empty where none was made.
        looks_like, covered: of one that the verifier was asked about, what it looks like most, and the probability that it is closed or covered.
    """

    label: str
    xyxy: Box
    score: float
    signature: tuple[float, ...] = ()
    looks_like: str | None = None
    covered: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One keyframe: detected, or let pass by the change gate as `unchanged` (then without things), or of something else than the view (`away`).

    Attributes:
        at_seconds: monotonic arrival clock; in a replay, seconds of video.
        wall: the same moment as wall time, with zone.
        aspect: width of the picture over its height, in pixels.
    """

    at_seconds: float
    wall: datetime
    things: tuple[Thing, ...] = ()
    status: Literal["looked", "unchanged", "away"] = "looked"
    aspect: float = USUAL_ASPECT


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
    """A stretch beyond the grace in which nobody saw it; reasons as `evidence.stays.Gap` names them."""

    begins: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class StayShift:
    """The thing was moved a little and is taken for the same one. `wall`: when it was first seen there; boxes in shares of the picture."""

    wall: datetime
    before: Box
    after: Box
    metres: float


@dataclass(frozen=True, slots=True)
class Zoom:
    """What the zoom look said; `xyxy` in shares of the picture, `looks_like` and `covered` as of a thing."""

    agreed: bool
    score: float | None
    xyxy: Box | None = None
    looks_like: str | None = None
    covered: float | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Something that stands in a stay's place and looks otherwise, not yet sure to be another thing."""

    signature: tuple[float, ...]
    samples: tuple[StaySample, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Another thing that counts towards the violation of a kind of which it takes several.

    Attributes:
        stands_for: how many things it counts as; a row of bicycles is several.
        dwell_seconds: for the kind.
    """

    stay_id: str
    label: str
    xyxy: Box
    first_wall: datetime
    last_wall: datetime
    stands_for: int
    dwell_seconds: float


@dataclass(frozen=True, slots=True)
class Stay:
    """The continuing presence of one thing.

    Attributes:
        stay_id: unique within the camera's history, made of the first sample.
        xyxy: where it stands: the running mean of its boxes.
        votes: label → summed scores of the looks that saw it so.
        dwell_seconds: kind id → seconds during which the kind's place, line and permit conditions held.
        outside_seconds: kind id → arrival time since when its conditions have not held, of those of which something was counted.
        in_place: kind ids whose place, line and permit conditions held at the last sample.
        at_line: kind ids at whose storefront line it stood at the last sample.
        known_seconds: arrival time until which it is known to stand (a look that saw it, or an unchanged picture after one).
        missed_since_seconds: of the first look in a row that did not see it; None while it is seen.
        hidden_seconds: of the last look at which something stood before it; None once it was seen again.
        hidden_share: share of its place that things before it covered when it was last seen, 0..1.
        shifts: how it was moved.
        samples: thinned where there are many; the first and the last are always there.
        suspected, confirmed_kind: how far it got.
        continued: packets that said that it goes on, after its confirmation; `told_seconds`: arrival time of the last packet, None before any.
        members: of one that leads several things that make a violation together, the others.
        short_since_seconds: of one that leads an act, since when there have not been enough of them; None while there are.
        allowed_since_seconds: of an act, since when a permit or a policy has allowed what stands there, or it is no breach any more; None while none does.
        beside: class whose presence beside it is an exclusion, or of goods in its box → looks that saw it there.
        found_standing: whether it may have stood there before anybody looked.
        new_share: share of its place that is new on the ground since before it was first seen, 0..1; None where the ground was not known.
        stood_seconds: for how long its place has looked as it does with it, by pictures of daylight; 0 where it looked otherwise before. None where that is
            not known.
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
    outside_seconds: Mapping[str, float] = field(default_factory=dict)
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
    hidden_seconds: float | None = None
    hidden_share: float = 0.0
    shifts: tuple[StayShift, ...] = ()
    members: tuple[Member, ...] = ()
    short_since_seconds: float | None = None
    allowed_since_seconds: float | None = None
    beside: Mapping[str, int] = field(default_factory=dict)
    found_standing: bool = False
    new_share: float | None = None
    stood_seconds: float | None = None

    @property
    def absent(self) -> bool:
        """Whether it leads an act of several things that goes on without it: they were seen after its own last sample."""
        return bool(self.samples) and self.samples[-1].at_seconds < self.last_seconds


@dataclass(frozen=True, slots=True)
class Bystander:
    """A person that stands about: whoever is still there after some looks may attend to a stay. `missed`: looks in a row that did not see it."""

    xyxy: Box
    first_seconds: float
    last_seconds: float
    looks: int = 1
    missed: int = 0


@dataclass(frozen=True, slots=True)
class ViewState:
    """All that judging remembers of one view. `last_look_seconds` is None before the first look; `away`: since then the camera showed something else.

    `since_seconds`: arrival time of the first look of those that go on without a pause.
    """

    stays: tuple[Stay, ...] = ()
    bystanders: tuple[Bystander, ...] = ()
    last_look_seconds: float | None = None
    away: bool = False
    since_seconds: float | None = None

    @property
    def unsettled(self) -> bool:
        """Whether the last look missed something that may have gone: the next ones decide that, so that an act ends when it ends."""
        return any(stay.missed_since_seconds is not None or stay.newcomer is not None for stay in self.stays)

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
    (`stay.last_seconds`). `dropped`: a suspected stay ended innocent. `case`: the case for which somebody ordered this look. `unseen`: it ended since nobody
    could see its place for too long; what stands there now is judged anew. `allowed`: it ended since a permit or a policy allows what stands there, which is
    another stay from then on; `breach_over`: since the permit that it breached asks nothing of it any more (its hours are over), and another kind does.
    """

    name: EventName
    stay: Stay
    kind: str
    case: str | None = None
    unseen: bool = False
    allowed: bool = False
    breach_over: bool = False
