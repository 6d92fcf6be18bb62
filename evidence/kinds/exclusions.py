"""What looks like a violation and is none: exclusions as data, each with the class or measurement that shows it.

An exclusion that nothing shows is no rule: a packet names it as not judged, and a reviewer rejects with its reason.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from evidence.hours import Spans, whole_spans
from evidence.model import Strict, Text
from evidence.views import ZoneKind

SeenBy = Literal["class", "verifier", "measurement", "nothing"]
Measure = Literal["permit", "policy", "zones", "own_land", "line", "dwell", "attendance", "age"]
"""What is measured: a permit's area and calendar; a policy that the city has on; the share of the footprint in zones, and on the shop's own strip; the side of
the storefront line; the dwell in one place; the share of the looks in which somebody stayed with it; for how long it has stood there."""
ZoneKinds = Annotated[tuple[Annotated[ZoneKind, Field(strict=False)], ...], Field(strict=False)]


class Exclusion(Strict):
    """A situation that is no violation.

    Attributes:
        rule: in words, what must be so.
        seen_by: a class of the detector, a class or output of the verifier, a measurement (place, clock, dwell, attendance), or nothing.
        shows: names of the classes, or of the measurement.
        measured: of a measurement, which it is, for the judging; it applies where all of them say so. Without any it is not judged.
        zones: of the measure `zones`, the kinds of zones that excuse what stands in them.
        except_zones: kinds of zones in which it never excuses anything.
        hours: in which it excuses; empty: always.
        least_share: of the looks in which somebody must attend (measure `attendance`), or its class must be seen beside the thing.
        least_seconds: of the measure `age`, from when on it is known to belong there.
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
    measured: Annotated[tuple[Measure, ...], Field(strict=False)] = ()
    zones: ZoneKinds = ()
    except_zones: ZoneKinds = ()
    hours: Spans = ()
    least_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    least_seconds: Annotated[float, Field(gt=0)] = 14 * 86400.0
    recall: Annotated[float, Field(ge=0, le=1)] | None = None
    measured_on: str | None = None
    within_seconds: Annotated[float, Field(gt=0)] | None = None
    reason: str
    source: str
    switched_on: bool = True

    _hours = field_validator("hours")(whole_spans)

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.seen_by == "nothing") != (not self.shows):
            raise ValueError("shows: names what shows it, and is empty where seen_by is nothing")
        if self.recall is not None and (self.seen_by == "nothing" or not self.measured_on):
            raise ValueError("recall: belongs to what is seen, and needs measured_on, the data that it was measured on")
        if self.measured and self.seen_by != "measurement":
            raise ValueError("measured: is of what a measurement shows; this is seen by " + self.seen_by)
        if ("zones" in self.measured) != bool(self.zones):
            raise ValueError("zones: are those of the measure `zones`, which asks for them")
        return self

    @property
    def can_be_judged(self) -> bool:
        """Whether something shows it and the city wants it; what cannot is `not judged` in a packet."""
        return self.switched_on and self.seen_by != "nothing"

    @property
    def shown_by(self) -> str:
        """What shows it, in one line: `verifier: unloading`, `measurement: zones`, `nothing`."""
        names = self.measured if self.seen_by == "measurement" else self.shows
        return f"{self.seen_by}: {', '.join(names)}" if names else self.seen_by
