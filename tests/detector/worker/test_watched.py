"""A camera's judging: intervals, views that change under it, counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.values import Look, Thing
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, ViewDocument, Zone, ZoneKind, whole_view

START = datetime(2026, 11, 25, 4, tzinfo=UTC)
LUMA = np.zeros((36, 64), np.uint8)
STALL = Thing("stall", (0.4, 0.4, 0.6, 0.6), 0.7)


def watched(own_interval: float | None = None) -> Watched:
    return Watched.of(WatchedCamera("c1", "x.mp4", look_interval_seconds=own_interval), load_catalogue(), whole_view("c1"))


def look(one: Watched, at: float, *things: Thing) -> None:
    take(one, Look(at, START + timedelta(seconds=at), things))


def take(one: Watched, look: Look) -> None:
    state, _ = one.judged(look)
    one.took(look, LUMA if look.status == "looked" else None, state, written=False)


@pytest.mark.parametrize(
    ("things", "looks", "own", "interval"),
    [((), 1, None, 10.0), ((Thing("car", (0, 0, 0.1, 0.1), 0.9),), 1, None, 4.0), ((STALL,), 3, None, 2.0), ((), 1, 1.5, 1.5), ((STALL,), 3, 30.0, 2.0)],
    ids=["calm", "something there", "under suspicion", "the camera's own interval bounds it", "a long own interval does not slow suspicion"],
)
def test_suspicion_shortens_the_interval_and_calm_lengthens_it(things: tuple[Thing, ...], looks: int, own: float | None, interval: float) -> None:
    one = watched(own)
    for i in range(looks):
        look(one, 4.0 * i, *things)
    assert one.interval_seconds(10, 4, 2) == interval


def test_a_new_view_is_in_force_at_once_and_the_next_keyframe_is_looked_at() -> None:
    one = watched()
    look(one, 0, STALL)
    zone = Zone(id="z1", kind=ZoneKind.SIDEWALK, polygon=((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))
    document = ViewDocument(camera_id="c1", version=1, zones=(zone,), kinds={"V2": KindOverride(dwell_seconds=7)})
    assert one.take_view(document)
    assert one.reference is None
    kind = one.catalogue.kind("V2")
    assert kind is not None
    assert (kind.dwell_seconds, kind.overridden) == (7, ("dwell_seconds",))
    assert not one.take_view(document), "the same view again changes nothing"
    look(one, 4, STALL)
    assert one.state.stays[0].in_place == (), "the stall stands outside what is drawn now"


def test_unchanged_pictures_are_counted_apart_from_looks() -> None:
    one = watched()
    look(one, 0)
    take(one, Look(4, START, (), "unchanged"))
    assert (one.looks, one.unchanged) == (1, 1)
    assert one.first_look_wall == START


def test_what_was_judged_is_in_force_only_once_it_was_taken() -> None:
    one = watched()
    look(one, 0, STALL)
    before = one.state
    state, _ = one.judged(Look(4, START + timedelta(seconds=4), (STALL,)))
    assert one.state is before
    assert state != before
    one.failed()
    assert (one.state, one.reference, one.looks) == (before, None, 1), "and a look that failed has the next keyframe looked at"


@pytest.mark.parametrize(
    ("looks", "written", "dirty"),
    [([()], False, False), ([(STALL,)], False, True), ([(STALL,)], True, False), ([(STALL,), *[()] * 9], False, True)],
    ids=["nothing there", "something there", "it is on disk already", "something left, which the disk does not know yet"],
)
def test_a_memory_is_dirty_while_the_disk_knows_less(looks: list[tuple[Thing, ...]], written: bool, dirty: bool) -> None:
    one = watched()
    for number, things in enumerate(looks):
        made = Look(4.0 * number, START + timedelta(seconds=4 * number), things)
        state, _ = one.judged(made)
        one.took(made, LUMA, state, written=written)
    assert one.dirty is dirty
