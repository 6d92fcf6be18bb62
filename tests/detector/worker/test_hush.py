"""What one camera keeps quiet about: noted once, under no suspicion meanwhile, and judged again when its order goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detector.judgement.quiet import QuietThing
from detector.judgement.rulebook import rulebook_of
from detector.judgement.stays import judge
from detector.judgement.values import Look, Member, Stay, Thing, ViewState
from detector.worker.hush import Hush
from evidence.packet import act_id_of
from evidence.quiet import is_shown
from evidence.views import whole_view
from tests.detector.judgement.tables.rows import all_on, street

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
LOOK = (0.9, 0.1)
VIEW = whole_view("c1")
THING = QuietThing("main", "V2", (0.4, 0.4, 0.6, 0.6), LOOK, NOW + timedelta(days=1), 7, "ca5e")


def stay(name: str, *, shown: bool = False) -> Stay:
    """One of the thing, whose alarm is, or is not, one of those that are shown all the same."""
    for number in range(1000):
        made = Stay(f"{name}{number}", 0.0, NOW, 0.0, NOW, 0.0, THING.xyxy, LOOK, {"stall": 1.0}, suspected=True)
        if is_shown(act_id_of("c1", "main", "V2", NOW, made.stay_id)) == shown:
            return made
    raise AssertionError("no such act")


def hushed() -> Hush:
    hush = Hush()
    hush.order((THING,))
    return hush


def test_an_alarm_is_kept_back_and_noted_once() -> None:
    hush, one = hushed(), stay("a")
    assert [hush.keeps_quiet(VIEW, "V2", one, NOW + timedelta(seconds=seconds)) for seconds in (0, 15, 30)] == [True] * 3
    (told,) = hush.untold()
    assert (told.order_id, told.camera_id, told.kind, told.at) == (7, "c1", "V2", NOW)
    assert told.act_id == act_id_of("c1", "main", "V2", NOW, one.stay_id)
    assert hush.untold() == []


def test_one_in_twenty_is_raised_and_says_by_which_order_it_is_quiet() -> None:
    hush, one = hushed(), stay("a", shown=True)
    assert not hush.keeps_quiet(VIEW, "V2", one, NOW)
    assert hush.untold() == []
    named = hush.named(VIEW, "V2", one, NOW)
    assert named is not None
    assert (named.order, named.case_id) == (7, "ca5e")


@pytest.mark.parametrize(
    "one",
    [replace(stay("a", shown=True), signature=(0.1, 0.9)), replace(stay("a", shown=True), xyxy=(0.0, 0.0, 0.1, 0.1)), stay("a")],
    ids=["another thing", "another place", "one that is kept back"],
)
def test_no_other_alarm_is_marked(one: Stay) -> None:
    assert hushed().named(VIEW, "V2", one, NOW) is None


def test_what_is_kept_back_hurries_nobody() -> None:
    hush, one, other = hushed(), stay("a"), replace(stay("b"), signature=(0.1, 0.9))
    assert hush.is_suspicious(ViewState((one,)))
    hush.keeps_quiet(VIEW, "V2", one, NOW)
    assert not hush.is_suspicious(ViewState((one,)))
    assert hush.is_suspicious(ViewState((one, other))), "another thing beside it does"
    assert not hush.is_suspicious(ViewState())


def test_once_its_order_goes_it_is_under_suspicion_again() -> None:
    hush, one = hushed(), stay("a")
    hush.keeps_quiet(VIEW, "V2", one, NOW)
    hush.order((THING, replace(THING, order_id=8)))
    assert not hush.is_suspicious(ViewState((one,))), "its own order still stands"
    hush.order(())
    assert hush.is_suspicious(ViewState((one,)))
    assert not hush.keeps_quiet(VIEW, "V2", one, NOW)


def test_once_its_time_is_over_it_is_judged_as_ever() -> None:
    hush, one = hushed(), stay("a")
    assert hush.keeps_quiet(VIEW, "V2", one, NOW)
    assert not hush.keeps_quiet(VIEW, "V2", one, THING.until)
    assert hush.is_suspicious(ViewState((one,)))


BICYCLE = (0.1, 0.5, 0.17, 0.65)
OLD = QuietThing("main", "V5", BICYCLE, LOOK, NOW + timedelta(days=1), 9, "ca5e")


def alarms(hush: Hush, came: list[float]) -> list[tuple[float, bool]]:
    """When a group with the quiet bicycle asks for its alarm, and whether that is kept back; the others came at these seconds."""
    view, state, told = street("sidewalk"), ViewState(), []
    things = [(0.0, Thing("bicycle", BICYCLE, 0.6, LOOK))]
    things += [(at, Thing("bicycle", (0.3 + 0.08 * number, 0.5, 0.37 + 0.08 * number, 0.65), 0.6, (0.1, 0.9))) for number, at in enumerate(came)]
    for second in range(0, 5000, 20):
        wall = NOW + timedelta(seconds=second)
        state, events = judge(view, all_on(), state, Look(second, wall, tuple(thing for at, thing in things if at <= second)))
        wanted = [event for event in events if event.name == "zoom_wanted"]
        told += [(float(second), hush.keeps_quiet(view, event.kind or "", event.stay, wall, rulebook_of(view, all_on()))) for event in wanted]
    return told


@pytest.fixture
def none_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.judgement.quiet.is_shown", lambda _act: False)


@pytest.mark.usefixtures("none_shown")
def test_a_quiet_bicycle_silences_no_later_group() -> None:
    hush = Hush()
    hush.order((OLD,))
    told = alarms(hush, [20.0, 20.0, 2500.0])
    assert {kept for second, kept in told if second < 2500} == {True}, "three with it: without it they are two"
    dwell = all_on().kind("V5").dwell_seconds  # type: ignore[union-attr]
    assert {kept for second, kept in told if second < 2500 + dwell} == {True}, "the new one has not stood for its dwell"
    assert {kept for second, kept in told if second > 2500 + dwell} == {False}
    assert len(hush.untold()) == 1


@pytest.mark.usefixtures("none_shown")
@pytest.mark.parametrize(("others", "kept"), [(1, True), (2, True), (3, False), (5, False)])
def test_what_is_enough_without_the_quiet_one_is_not_kept_back(others: int, kept: bool) -> None:
    hush, book = Hush(), rulebook_of(street("sidewalk"), all_on())
    hush.order((OLD,))
    members = tuple(Member(f"m{number}", "bicycle", (0.3, 0.5, 0.4, 0.6), NOW, NOW, 1, 9999.0) for number in range(others))
    leader = Stay("old", 0.0, NOW, 0.0, NOW, 0.0, BICYCLE, LOOK, {"bicycle": 1.0}, suspected=True, members=members)
    assert hush.keeps_quiet(street("sidewalk"), "V5", leader, NOW, book) is kept
    two = replace(leader, members=(replace(members[0], stands_for=3),))
    assert not hush.keeps_quiet(street("sidewalk"), "V5", two, NOW, book), "a row is several"


@pytest.mark.usefixtures("none_shown")
@pytest.mark.parametrize(("strip", "kept"), [((0.05, 0.585, 0.95, 0.59), False), ((0.05, 0.585, 0.95, 0.587), True)], ids=["presses on it", "only touches"])
def test_one_across_a_tactile_strip_is_enough_without_the_quiet_one(strip: tuple[float, float, float, float], kept: bool) -> None:
    view = street("sidewalk", tactile_paving=strip)
    hush, book = Hush(), rulebook_of(view, all_on())
    hush.order((OLD,))
    leader = Stay("old", 0.0, NOW, 0.0, NOW, 0.0, BICYCLE, LOOK, {"bicycle": 1.0}, suspected=True)
    leader = replace(leader, members=(Member("m", "bicycle", (0.3, 0.5, 0.4, 0.6), NOW, NOW, 1, 9999.0),))
    assert hush.keeps_quiet(view, "V5", leader, NOW, book) is kept


def test_stays_that_are_over_are_forgotten() -> None:
    hush, one = hushed(), stay("a")
    hush.keeps_quiet(VIEW, "V2", one, NOW)
    hush.forget_all_but([one])
    assert not hush.is_suspicious(ViewState((one,)))
    hush.forget_all_but([])
    assert hush.is_suspicious(ViewState((one,)))
