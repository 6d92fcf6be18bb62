"""A view and looks for the tables of judging: a pavement with a storefront line, things put down by a few numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from detector.judgement.confirmation import with_zoom
from detector.judgement.stays import judge
from detector.judgement.values import Box, Event, Look, Thing, ViewState, Zoom
from evidence.kinds import Catalogue, load_catalogue
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""
STALL: Box = (0.40, 0.50, 0.60, 0.70)
SELLER: Box = (0.45, 0.40, 0.50, 0.66)
RED, BLUE, GREY = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
DWELL, LOOKS, GRACE = 60.0, 5, 12.0


def view(permits: Sequence[Permit] = (), lines: Sequence[StorefrontLine] = ()) -> ViewDocument:
    pavement = Zone(id="pavement", kind=ZoneKind.SIDEWALK, polygon=((0.1, 0.4), (0.9, 0.4), (0.9, 0.9), (0.1, 0.9)))
    return ViewDocument(camera_id="c1", version=3, zones=(pavement,), lines=tuple(lines), permits=tuple(permits))


def catalogue(**changes: object) -> Catalogue:
    one = KindOverride(dwell_seconds=DWELL, minimum_looks=LOOKS, grace_seconds=GRACE, **changes)  # type: ignore[arg-type]
    return load_catalogue().overridden({"V2": one, "V3": one}, "the table")


def stall(box: Box = STALL, *, score: float = 0.6, colour: tuple[float, ...] = RED, label: str = "stall") -> Thing:
    return Thing(label, box, score, colour)


def person(box: Box = SELLER) -> Thing:
    return Thing("person", box, 0.8)


class Street:
    """Judges looks one after another and keeps what came of them; a zoom look agrees unless told otherwise."""

    def __init__(self, the_view: ViewDocument | None = None, the_catalogue: Catalogue | None = None, *, zoom_agrees: bool = True) -> None:
        self.view, self.catalogue = the_view or view(), the_catalogue or catalogue()
        self.state = ViewState()
        self.events: list[Event] = []
        self.zoom_agrees = zoom_agrees

    def look(self, at: float, things: Iterable[Thing] = (), *, wall: datetime | None = None, unchanged: bool = False) -> list[str]:
        moment = wall or NOON + timedelta(seconds=at)
        look = Look(at, moment, () if unchanged else tuple(things), "unchanged" if unchanged else "looked")
        self.state, events = judge(self.view, self.catalogue, self.state, look)
        came = list(events)
        for event in events:
            if event.name == "zoom_wanted":
                self.state, more = with_zoom(self.state, event.stay.stay_id, event.kind, Zoom(self.zoom_agrees, 0.7), moment)
                came += more
        self.events += came
        return [event.name for event in came]

    def every(self, step: float, begin: float, end: float, things: Iterable[Thing] = (), **options: bool) -> list[str]:
        names: list[str] = []
        at, fixed = begin, tuple(things)
        while at <= end:
            names += self.look(at, fixed, **options)  # type: ignore[arg-type]
            at += step
        return names

    def of(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]
