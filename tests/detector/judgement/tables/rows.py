"""What the rule tables are written in: a street drawn as boxes of zones, what stands there from when to when, and which kinds must come of it.

Every kind that a class shows is on, with the dwell and looks of the shipped catalogue; a look every twenty seconds sees what stands there. A row says which
sentence of the field it is about, and how far it is shown: `pixels` names what a rendered clip shows for it, by its name in the clips' script, and `rule only`
says why no clip does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from detector.judgement.confirmation import with_zoom, zoom_verdict
from detector.judgement.exclusions import refused_by_look
from detector.judgement.rulebook import rulebook_of
from detector.judgement.stays import judge
from detector.judgement.values import Box, Event, Look, Thing, ViewState
from evidence.kinds import Catalogue, load_catalogue
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
"""Noon in Jinan, a Wednesday."""
EVENING = datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
GROUND: Box = (0.0, 0.3, 1.0, 1.0)
THING: Box = (0.40, 0.50, 0.60, 0.70)
"""Its footprint is 0.66 to 0.70 down."""
EVERY = 20.0
SEES = KindOverride(enabled=True)
ALWAYS = math.inf


@cache
def all_on(*off: str, **changed: KindOverride) -> Catalogue:
    """The shipped catalogue with every kind on that a class shows and that no permit makes, but for those that are named."""
    shipped = load_catalogue()
    on = {kind.id: SEES for kind in shipped.kinds if kind.classes and not kind.permit_breach and kind.id not in off}
    return shipped.overridden(on | {name: KindOverride(enabled=False) for name in off} | changed, "the table")


def corners(box: Box) -> tuple[tuple[float, float], ...]:
    x0, y0, x1, y1 = box
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def street(*zones: str, permits: Sequence[Permit] = (), lines: Sequence[StorefrontLine] = (), **areas: Box) -> ViewDocument:
    """A view: zones over all the ground, and others in their boxes."""
    drawn = {**dict.fromkeys(zones, GROUND), **areas}
    return ViewDocument(
        camera_id="c1",
        zones=tuple(Zone(id=name, kind=ZoneKind(name), polygon=corners(box)) for name, box in drawn.items()),
        permits=tuple(permits),
        lines=tuple(lines),
    )


@dataclass(frozen=True)
class Shown:
    """Something that stands (or walks: shares of the picture a look) in a street.

    Attributes:
        attended: seconds until which somebody stays with it, and `attended_from` when on.
        seen: in every so many looks.
        looks_like, covered: what the verifier says of it.
    """

    label: str
    box: Box = THING
    begins: float = 0.0
    ends: float = math.inf
    attended: float = 0.0
    attended_from: float = 0.0
    seen: int = 1
    score: float = 0.6
    walks: float = 0.0
    looks_like: str | None = None
    covered: float | None = None

    def things(self, number: int, at: float) -> list[Thing]:
        if not self.begins <= at < self.ends:
            return []
        x0, y0, x1, y1 = self.box
        x0, x1 = x0 + self.walks * number, x1 + self.walks * number
        there = [Thing("person", (x0 + 0.05, y0 - 0.05, x0 + 0.1, y1 - 0.02), 0.8)] if self.attended_from <= at < self.attended else []
        if number % self.seen == 0:
            there.append(Thing(self.label, (x0, y0, x1, y1), self.score, (), self.looks_like, self.covered))
        return there


@dataclass(frozen=True)
class Row:
    """A situation and what must come of it.

    Attributes:
        says: the sentence of the field, in short.
        kinds: of the violations, in their order.
        pixels: what shows it in a rendered clip, by its name in the clips' script; or `rule_only`, why none does.
        confirmed_within: from when to when the first violation is confirmed.
        stood: seconds for which the pictures of its place have looked so; None where that is not known.
    """

    says: str
    view: ViewDocument
    shown: tuple[Shown, ...]
    kinds: tuple[str, ...]
    pixels: str = ""
    rule_only: str = ""
    seconds: float = 900.0
    catalogue: Catalogue = field(default_factory=all_on)
    began: datetime = NOON
    confirmed_within: tuple[float, float] | None = None
    stood: float | None = None

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True)
class Came:
    """What came of a row: the events, and the memory at the end."""

    events: tuple[tuple[float, Event], ...]
    state: ViewState

    def of(self, name: str) -> list[tuple[float, Event]]:
        return [(at, event) for at, event in self.events if event.name == name]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(event.kind for _, event in self.of("confirmed"))


def played(row: Row, every: float = EVERY) -> Came:
    """Looks at a row from its beginning to its end; the zoom look sees what the look sees."""
    state, came, number = ViewState(), [], 0
    while (at := number * every) <= row.seconds:
        things = tuple(thing for shown in row.shown for thing in shown.things(number, at))
        wall = row.began + timedelta(seconds=at)
        state, events = judge(row.view, row.catalogue, state, Look(at, wall, things))
        state = replace(state, stays=tuple(replace(stay, stood_seconds=row.stood) for stay in state.stays))
        came += [(at, event) for event in events]
        for event in events:
            kind = row.catalogue.kind(event.kind)
            if event.name == "zoom_wanted" and kind is not None:
                verdict = refused_by_look(rulebook_of(row.view, row.catalogue).rule(kind), event.stay, zoom_verdict(kind, event.stay, things))
                state, more = with_zoom(state, event.stay.stay_id, event.kind, verdict, wall)
                came += [(at, one) for one in more]
        number += 1
    return Came(tuple(came), state)


def check(row: Row) -> None:
    """Plays a row and compares."""
    came = played(row)
    assert came.kinds == row.kinds
    if row.confirmed_within is not None:
        first, last = row.confirmed_within
        assert first <= came.of("confirmed")[0][0] <= last
