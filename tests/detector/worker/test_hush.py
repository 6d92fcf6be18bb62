"""What one camera keeps quiet about: noted once, under no suspicion meanwhile, and judged again when its order goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detector.judgement.quiet import QuietThing
from detector.judgement.values import Stay, ViewState
from detector.worker.hush import Hush
from evidence.packet import act_id_of
from evidence.quiet import is_shown
from evidence.views import whole_view

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


def test_stays_that_are_over_are_forgotten() -> None:
    hush, one = hushed(), stay("a")
    hush.keeps_quiet(VIEW, "V2", one, NOW)
    hush.forget_all_but([one])
    assert not hush.is_suspicious(ViewState((one,)))
    hush.forget_all_but([])
    assert hush.is_suspicious(ViewState((one,)))
