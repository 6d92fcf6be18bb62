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
    """A stretch beyond the grace in which nobody looked; it is no dwell."""

    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="until")
    reason: str


class StayRecord(Strict):
    """The continuing presence of the thing. `attended_looks` and `mean_score` (of the looks that saw an object of the kind) are what the rule counted.

    A long stay's samples are thinned: there may be fewer than `looks` and `unchanged` say, and never more.
    """

    first_seen: Moment
    last_seen: Moment
    confirmed_at: Moment | None
    dwell_seconds: Seconds
    looks: Annotated[int, Field(ge=0)]
    missed: Annotated[int, Field(ge=0)]
    unchanged: Annotated[int, Field(ge=0)]
    attended_looks: Annotated[int, Field(ge=0)] | None = None
    mean_score: Annotated[float, Field(ge=0, le=1)] | None = None
    samples: Annotated[tuple[Sample, ...], Field(strict=False)]
    gaps: Annotated[tuple[Gap, ...], Field(strict=False)] = ()


class Ending(Strict):
    """How an act ended: when the thing was last seen, when a look first did not see it any more, and when that was sure (the picture of the empty place).

    `replaced` where another thing stood in its place by then.
    """

    reason: Literal["gone", "replaced"]
    last_seen: Moment
    first_gone: Moment
    sure_at: Moment
