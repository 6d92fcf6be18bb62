"""Looks at a thing that people have silenced: no alarm and no hurry, but one act in twenty is confirmed as ever and says that it is such a one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from detector.judgement.quiet import QuietThing
from detector.worker import hush
from streams.media import AccessUnit
from tests.detector.worker.test_looks import START, Street


@pytest.fixture
def suspected(tmp_path: Path, units_of: Callable[[str], tuple[AccessUnit, ...]]) -> Street:
    """A camera before a stall that is under suspicion, and that people have silenced meanwhile."""
    street = Street(tmp_path, units_of("h264")[0])
    street.until("suspected")
    stay = street.watched.state.stays[0]
    street.watched.hush.order((QuietThing("main", "V2", stay.xyxy, stay.signature, START + timedelta(days=1), 7, "ca5e"),))
    return street


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Decides whether the act is one of those that are shown all the same."""

    def decide(is_shown: bool) -> None:
        monkeypatch.setattr(hush, "suppresses", lambda thing, _act: thing is not None and not is_shown)
        monkeypatch.setattr(hush, "is_shown", lambda _act: is_shown)

    return decide


def test_it_is_no_act_until_the_order_goes(suspected: Street, shown: Callable[[bool], None]) -> None:
    shown(False)
    for _ in range(15):
        suspected.look()
    assert "zoom_wanted" in suspected.told
    assert (suspected.confirmed, suspected.eye.zooms) == ([None], 0)
    (told,) = suspected.watched.hush.untold()
    assert (told.order_id, told.camera_id, told.kind) == (7, "c1", "V2")
    suspected.watched.hush.order(())
    suspected.until("confirmed")


def test_it_hurries_no_looks_meanwhile(suspected: Street, shown: Callable[[bool], None]) -> None:
    shown(False)
    assert (suspected.watched.suspicious, suspected.watched.interval_seconds(10, 4, 2)) == (True, 2)
    for _ in range(15):
        suspected.look()
    assert (suspected.watched.suspicious, suspected.watched.interval_seconds(10, 4, 2)) == (False, 4)


def test_one_in_twenty_is_confirmed_and_its_order_says_so(suspected: Street, shown: Callable[[bool], None]) -> None:
    shown(True)
    suspected.until("confirmed")
    assert suspected.watched.hush.untold() == []
    (stay,) = suspected.watched.state.stays
    named = suspected.watched.shown_though_quiet(stay, "V2", START)
    assert named is not None
    assert (named.order, named.case_id, named.one_in) == (7, "ca5e", 20)
    (debt,) = suspected.store.debts()
    assert debt.body["quiet"]["order"] == 7


def test_what_was_kept_back_is_forgotten_with_its_stay(suspected: Street, shown: Callable[[bool], None]) -> None:
    shown(False)
    for _ in range(15):
        suspected.look()
    (stay,) = suspected.watched.state.stays
    suspected.watched.hush.forget_all_but([])
    assert suspected.watched.hush.keeps_quiet(suspected.watched.document, "V2", stay, START)
    assert len(suspected.watched.hush.untold()) == 2, "it is noted again, under the same act's id"
