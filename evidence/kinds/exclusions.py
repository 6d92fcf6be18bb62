"""What looks like a violation and is none: exclusions as data, each with the class or measurement that shows it.

An exclusion that nothing shows is no rule: a packet names it as not judged, and a reviewer rejects with its reason.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from evidence.model import Strict, Text

SeenBy = Literal["class", "verifier", "measurement", "nothing"]


class Exclusion(Strict):
    """A situation that is no violation.

    Attributes:
        rule: in words, what must be so.
        seen_by: a class of the detector, a class or output of the verifier, a measurement (place, clock, dwell, attendance), or nothing.
        shows: names of the classes, or of the measurement.
        recall: share of its real cases that are recognised; None where it was not measured.
        measured_on: the data that the recall was measured on.
        within_seconds: how long it may excuse; longer is a violation after all. None: without end.
        reason: the reason with which a reviewer rejects what it excuses.
        source: who says that it is none.
        switched_on: False where a city has to decide first, such as for a policy that may have lapsed.
    """

    id: str
    name: Text
    rule: Text
    seen_by: SeenBy
    shows: Annotated[tuple[str, ...], Field(strict=False)] = ()
    recall: Annotated[float, Field(ge=0, le=1)] | None = None
    measured_on: str | None = None
    within_seconds: Annotated[float, Field(gt=0)] | None = None
    reason: str
    source: str
    switched_on: bool = True

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.seen_by == "nothing") != (not self.shows):
            raise ValueError("shows: names what shows it, and is empty where seen_by is nothing")
        if self.recall is not None and (self.seen_by == "nothing" or not self.measured_on):
            raise ValueError("recall: belongs to what is seen, and needs measured_on, the data that it was measured on")
        return self

    @property
    def can_be_judged(self) -> bool:
        """Whether something shows it and the city wants it; what cannot is `not judged` in a packet."""
        return self.switched_on and self.seen_by != "nothing"
