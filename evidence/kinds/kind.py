"""A kind of violation: what makes it, where, for how long, what excludes it, its codes and laws, and how far it is proven."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from evidence.hours import Spans, whole_span, whole_spans
from evidence.kinds.codes import Code, codes_in
from evidence.model import Strict, Text
from evidence.views import KindOverride, ZoneKind

PROVEN_POSITIVES, PROVEN_NEGATIVES, PROVEN_ORIGINS = 30, 100, 2
"""Real pictures with and without it, and origins that they come from (split by them, so at least two), from which a kind may be called proven."""
LEAST_OF_DWELL, LEAST_OF_LOOKS, LEAST_OF_FOOTPRINT = 0.2, 0.5, 0.5
"""Of what a proven kind asks, down to which a city's catalogue may go and keep its standing: photographs show what a thing is and not for how long or how far
within a zone it stands, so these are a city's to set; but below a minute in place of five a cart that halts is a stall. Our choice."""
Standing = Literal["proven", "rendered_only", "manual"]
TimeUnit = Literal["urgent_working_hours", "working_hours", "working_days", "calendar_days", "hours", "days"]
"""Of a time limit; `hours` and `days` where the source does not say of which sort."""
Names = Annotated[tuple[str, ...], Field(strict=False)]
ZoneKinds = Annotated[tuple[Annotated[ZoneKind, Field(strict=False)], ...], Field(strict=False)]


class Count(Strict):
    """So many things make it, anywhere or in these zones; of several counts one is enough."""

    at_least: Annotated[int, Field(ge=1, le=1000)]
    zones: ZoneKinds = ()


class Weight(Strict):
    """Hours in which it weighs more: its place in a queue counts `times` as much. Dwell and grade stay what they are."""

    hours: str
    times: Annotated[float, Field(ge=1, le=10)]

    _hours = field_validator("hours")(whole_span)


class TimeLimit(Strict):
    """How long a city gives to put it right."""

    amount: Annotated[float, Field(gt=0)]
    unit: TimeUnit
    source: str
    verify_with_official_text: bool
    note: Text | None = None


class Law(Strict):
    """A provision: its title and article in both languages, what it says in short, and where it was read."""

    title: Text
    says: Text
    source: str
    verify_with_official_text: bool


class Proof(Strict):
    """On what a kind was proven: real pictures with and without it, split by origin. The figures stand in the model's card."""

    model: str
    version: str
    positives: Annotated[int, Field(ge=0)]
    negatives: Annotated[int, Field(ge=0)]
    origins: Annotated[int, Field(ge=0)]
    note: Text

    @property
    def suffices(self) -> bool:
        """Whether that is enough to call a kind proven."""
        return self.positives >= PROVEN_POSITIVES and self.negatives >= PROVEN_NEGATIVES and self.origins >= PROVEN_ORIGINS


class Kind(Strict):
    """An entry of the catalogue. Every threshold is a default that a city changes in its scene or its own catalogue.

    Attributes:
        standing: `proven` on real pictures, `rendered_only` (nothing real has proven it), or `manual` (nothing has: people name it). What is not proven
            is off by default, and switched on it gives leads (grade C) only.
        proof: what it was proven on.
        objects: detector classes that make it; none where people alone can see it. `supporting` ones may stand in for them from look to look, but never
            begin it.
        line_objects: classes that make it only at a drawn storefront line: beyond it, and no further from it than `line_reach` times their height.
            A table of goods looks like a stall; whose it is, is told by the shop behind it.
        attendance: whether somebody must stay with it, in at least `attended_share` of the looks.
        zones: zone kinds in which it is one; the object's footprint must lie in them by `minimum_footprint_share`.
        except_zones: zone kinds in which it is none, though they lie within the others: bays, a site.
        anchor: what of a box must lie in the zones: its contact with the `ground`, or the whole `box` of what hangs.
        line: `beyond` where the footprint must lie beyond a storefront line, if the view has one.
        dwell_seconds, minimum_looks, grace_seconds: how long it must stand, seen how often, with what gaps.
        minimum_seen_share: of all looks at its place since it was first seen, those that must have seen it.
        counts: how many things make it; empty: one does. `counts_as` says for how many a class stands.
        hours: in which it is judged at all; empty: always.
        weighs_more: hours in which it comes first.
        permit_breach: whether a breach of a permit alone makes it (out of its area, days, hours, or on tactile paving).
        exclusions: ids of what looks like it and is none.
        unseen: parts of its definition that no class and no measurement shows; a packet names them as not judged.
        confusion: kinds that it is often taken for; a reviewer is offered these first.
        laws, time_limit: for people; nothing is judged by them.
        origin, changed: whether it is as shipped, changed by a city's file (in these fields) or a city's own.
        unproven: fields by which a city's file or a scene asks other or less than what was proven, so that it is proven no longer.
    """

    id: str
    slug: str
    name: Text
    standing: Standing = "manual"
    proof: Proof | None = None
    codes: Annotated[tuple[Code, ...], Field(strict=False)]
    objects: Names
    line_objects: Names = ()
    line_reach: Annotated[float, Field(gt=0, le=10)] = 0.8
    supporting: Names = ()
    attendance: Literal["off", "required"]
    attended_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    zones: Annotated[ZoneKinds, Field(min_length=1)]
    except_zones: ZoneKinds = ()
    anchor: Literal["ground", "box"] = "ground"
    line: Literal["beyond"] | None = None
    minimum_footprint_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    minimum_score: Annotated[float, Field(gt=0, lt=1)] = 0.35
    dwell_seconds: Annotated[float, Field(gt=0)]
    minimum_looks: Annotated[int, Field(ge=2)]
    minimum_seen_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    grace_seconds: Annotated[float, Field(gt=0)]
    counts: Annotated[tuple[Count, ...], Field(strict=False)] = ()
    counts_as: dict[str, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    hours: Spans = ()
    weighs_more: Annotated[tuple[Weight, ...], Field(strict=False)] = ()
    permit_breach: bool = False
    exclusions: Names = ()
    unseen: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    confusion: Names = ()
    laws: Annotated[tuple[Law, ...], Field(strict=False)] = ()
    time_limit: TimeLimit | None = None
    explanation: Text
    enabled: bool = False
    overridden: Names = ()
    origin: Literal["shipped", "changed", "own"] = "shipped"
    changed: Names = ()
    unproven: Names = ()

    _hours = field_validator("hours")(whole_spans)

    @model_validator(mode="before")
    @classmethod
    def _off_unless_proven(cls, data: Any) -> Any:
        if isinstance(data, dict) and "enabled" not in data:
            return {**data, "enabled": data.get("standing") == "proven"}
        return data

    @property
    def leads_only(self) -> bool:
        """Whether it may give leads (grade C) only, since nothing real has proven it."""
        return self.standing != "proven"

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that make it, at a line or elsewhere."""
        return (*self.objects, *self.line_objects)

    def codes_in(self, zones: Iterable[ZoneKind]) -> tuple[Code, ...]:
        """Its codes for something that stands in these zones."""
        return codes_in(self.codes, zones)

    def with_override(self, override: KindOverride) -> Kind:
        """This kind with a scene's thresholds, the changed ones named in `overridden`.

        A street's dwell, looks, grace and attendance are a scene's to set, and every packet tells them; with a lower score it is proven no longer.
        """
        changed = {name: value for name, value in override.model_dump(exclude_none=True).items() if getattr(self, name) != value}
        if not changed:
            return self
        kind = self.model_copy(update={**changed, "overridden": tuple(sorted({*self.overridden, *changed}))})
        return kind.no_longer_proven(("minimum_score",)) if kind.minimum_score < self.minimum_score and self.standing == "proven" else kind

    def no_longer_proven(self, fields: tuple[str, ...]) -> Kind:
        """This kind without its proof, which these fields are beyond."""
        return self.model_copy(update={"standing": "rendered_only", "proof": None, "unproven": fields})

    def asks_less_than(self, proven: Kind) -> tuple[str, ...]:
        """The fields by which it asks less than a proven kind, or of other things: what was shown of that one is not shown of it.

        Other classes were counted in no figure, and fewer were counted together with the rest. What asks more (fewer zones, a line) keeps what was proven.
        """
        less = {
            "objects": set(self.objects) != set(proven.objects),
            "line_objects": set(self.line_objects) != set(proven.line_objects),
            "line_reach": bool(self.line_objects) and self.line_reach > proven.line_reach,
            "supporting": not set(self.supporting) <= set(proven.supporting),
            "attendance": self.attendance == "off" and proven.attendance == "required",
            "attended_share": self.attendance == proven.attendance == "required" and self.attended_share < proven.attended_share,
            "zones": not set(self.zones) <= set(proven.zones),
            "except_zones": not set(proven.except_zones) <= set(self.except_zones),
            "anchor": self.anchor != proven.anchor,
            "line": self.line is None and proven.line is not None,
            "permit_breach": proven.permit_breach and not self.permit_breach,
            "exclusions": not set(proven.exclusions) <= set(self.exclusions),
            "minimum_score": self.minimum_score < proven.minimum_score,
            "minimum_footprint_share": self.minimum_footprint_share < LEAST_OF_FOOTPRINT * proven.minimum_footprint_share,
            "dwell_seconds": self.dwell_seconds < LEAST_OF_DWELL * proven.dwell_seconds,
            "minimum_seen_share": self.minimum_seen_share < proven.minimum_seen_share,
            "minimum_looks": self.minimum_looks < LEAST_OF_LOOKS * proven.minimum_looks,
        }
        return tuple(field for field, is_less in less.items() if is_less)
