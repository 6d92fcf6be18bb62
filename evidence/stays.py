"""A stay as a manifest tells it: every keyframe of it that was looked at or left unlooked, every gap, and how it ended."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from evidence.model import Box, Moment, Number, Seconds, Strict


class Sample(Strict):
    """One keyframe of the stay. `unchanged`: the picture was the same as at the last look and was not detected; it is never a look and shows no box."""

    at: Moment
    monotonic_seconds: Number
    status: Literal["looked", "unchanged"]
    xyxy: Box | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    label: str | None = Field(default=None, alias="class")
    attended: bool = False

    @model_validator(mode="after")
    def _honest(self) -> Self:
        seen = (self.xyxy, self.score, self.label)
        if self.status == "unchanged" and (any(one is not None for one in seen) or self.attended):
            raise ValueError("an unchanged keyframe was not detected, so it has no box, score, class or attendant")
        if self.status == "looked" and any(one is None for one in seen):
            raise ValueError("a look that saw the thing has a box, a score and a class")
        return self


class Gap(Strict):
    """A stretch beyond the grace in which nobody saw it; it is no dwell.

    `reason`: `nobody looked` (an outage, a restart), `view not seen` (the camera showed something else), `hidden` (something stood before it), `not seen`.
    """

    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="until")
    reason: str


MOST_BINS = 512
"""Of a look; this version's have 64."""


class Shift(Strict):
    """The thing was moved a little and is taken for the same one: it looks the same, and its old place was empty.

    Attributes:
        at: when it was first seen in its new place.
        before, after: where it stood, shares of the picture.
        metres: how far it was moved, by the height that such a thing usually has; good to a third.
    """

    at: Moment
    before: Box
    after: Box
    metres: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class StayRecord(Strict):
    """The continuing presence of the thing. `attended_looks` of `attended_of` (the looks of the kind's last dwell) and `mean_score` (of the looks that saw an
    object of the kind) are what the rule counted. Where `attended_of` is None, an older worker counted them over all looks.

    A long stay's samples are thinned: there may be fewer than `looks` and `unchanged` say, and never more.

    Attributes:
        look: what the thing looks like: a normalised colour histogram without whoever stood before it, as the worker follows it through the light of the day;
            empty where it is not known. By it a thing is told from another one in its place.
        new_share: share of its place that was new on the ground since before it was first seen; near 0 where what was seen had stood there all along. None
            where the ground was not known before.
    """

    first_seen: Moment
    last_seen: Moment
    confirmed_at: Moment | None
    dwell_seconds: Seconds
    looks: Annotated[int, Field(ge=0)]
    missed: Annotated[int, Field(ge=0)]
    unchanged: Annotated[int, Field(ge=0)]
    attended_looks: Annotated[int, Field(ge=0)] | None = None
    attended_of: Annotated[int, Field(ge=0)] | None = None
    mean_score: Annotated[float, Field(ge=0, le=1)] | None = None
    samples: Annotated[tuple[Sample, ...], Field(strict=False)]
    gaps: Annotated[tuple[Gap, ...], Field(strict=False)] = ()
    shifts: Annotated[tuple[Shift, ...], Field(strict=False)] = ()
    look: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(strict=False, max_length=MOST_BINS)] = ()
    new_share: Annotated[float, Field(ge=0, le=1)] | None = None


class Ending(Strict):
    """How an act ended: when the thing was last seen, when a look first did not see it any more, and when that was sure (the picture of the empty place).

    `replaced` where another thing stood in its place by then. `unseen` where nobody could see the place for so long that whatever stands there afterwards is
    judged anew: then `first_gone` is when the place was last seen before, and nothing says that the thing was gone by then. `too_few` of a kind that takes
    several: since `first_gone` there were too few of them, though the thing itself may stand there still. `allowed` where a permit or a policy had begun to
    allow it, at `first_gone`: the thing may stand there still, as another stay, and no picture shows an empty place. `breach_over` the same, where the permit
    that it breached asks nothing of it any more (its hours are over): what stands there is another kind's.
    """

    reason: Literal["gone", "replaced", "unseen", "too_few", "allowed", "breach_over"]
    last_seen: Moment
    first_gone: Moment
    sure_at: Moment
