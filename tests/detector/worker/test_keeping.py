"""Memories of cameras over restarts and reboots of the worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.values import Look, Thing
from detector.worker import clocks, keeping
from detector.worker.state import SavedView, StateFault, StateStore
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import whole_view

LUMA = np.zeros((36, 64), np.uint8)


def watched() -> Watched:
    return Watched.of(WatchedCamera("c1", "rtsp://nobody:secret@127.0.0.1/x"), load_catalogue(), whole_view("c1"))


def with_a_stall(at: float) -> Watched:
    one = watched()
    for i in range(3):
        look = Look(at - 8 + 4 * i, datetime.now(UTC) - timedelta(seconds=8 - 4 * i), (Thing("stall", (0.4, 0.4, 0.6, 0.6), 0.7),))
        state, _ = one.judged(look)
        one.took(look, LUMA, state, written=False)
    return one


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    store = StateStore(tmp_path / "state.sqlite")
    store.open()
    return store


def test_within_one_boot_a_restart_goes_on_where_it_stopped(store: StateStore) -> None:
    now = time.monotonic()
    before = with_a_stall(now)
    keeping.keep(store, [before])
    assert not before.dirty
    after = watched()
    keeping.take_up(store, after, now + 3, datetime.now(UTC))
    assert after.state == before.state


def test_after_a_reboot_the_pause_is_told_by_the_wall_clock(store: StateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    before = with_a_stall(now)
    keeping.keep(store, [before])
    monkeypatch.setattr(clocks, "boot_id", lambda: "another boot")
    monkeypatch.setattr(keeping, "boot_id", lambda: "another boot")
    after = watched()
    keeping.take_up(store, after, 50.0, datetime.now(UTC) + timedelta(seconds=600))
    assert after.state.last_look_seconds == pytest.approx(50 - 600, abs=2)
    assert after.state.stays[0].first_seconds == pytest.approx(50 - 608, abs=2)


def test_after_a_reboot_with_a_clock_that_went_back_what_stood_there_is_over_and_begins_anew(
    store: StateStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Hours without power, and a clock that is behind until it hears of the time: nobody can say for how long nobody looked."""
    now = time.monotonic()
    before = with_a_stall(now)
    keeping.keep(store, [before])
    monkeypatch.setattr(keeping, "boot_id", lambda: "another boot")
    after = watched()
    wall = datetime.now(UTC) - timedelta(hours=3)
    keeping.take_up(store, after, 50.0, wall)
    assert "c1" in caplog.text
    assert [stay.stay_id for stay in after.state.stays] == [stay.stay_id for stay in before.state.stays], "so that its end is told"
    state, _ = after.judged(Look(51.0, wall + timedelta(seconds=1), (Thing("stall", (0.4, 0.4, 0.6, 0.6), 0.7),)))
    (stay,) = state.stays
    assert stay.stay_id != before.state.stays[0].stay_id
    assert (stay.looks, sum(stay.dwell_seconds.values())) == (1, 0.0)


@pytest.mark.parametrize(("hours", "lost"), [(-3, True), (0, False)], ids=["its clock went back", "its clock went on"])
def test_a_confirmed_act_over_such_a_reboot_ends_unseen(store: StateStore, monkeypatch: pytest.MonkeyPatch, hours: float, lost: bool) -> None:
    before = with_a_stall(time.monotonic())
    before.remember(replace(before.state, stays=tuple(replace(stay, confirmed_kind="V2") for stay in before.state.stays)), 0.0)
    before.preset.dirty = True
    keeping.keep(store, [before])
    monkeypatch.setattr(keeping, "boot_id", lambda: "another boot")
    after = watched()
    wall = datetime.now(UTC) + timedelta(hours=hours, seconds=20)
    keeping.take_up(store, after, 50.0, wall)
    _, events = after.judged(Look(51.0, wall + timedelta(seconds=1), (Thing("stall", (0.4, 0.4, 0.6, 0.6), 0.7),)))
    assert [(event.name, event.unseen) for event in events if event.name == "ended"] == ([("ended", True)] if lost else [])


def test_a_memory_that_cannot_be_read_begins_anew_and_says_so(store: StateStore, caplog: pytest.LogCaptureFixture) -> None:
    store.save([SavedView("c1", "main", "some boot", 1.0, datetime.now(UTC).isoformat(), {"stays": [{"stay_id": 7}]})])
    one = watched()
    keeping.take_up(store, one, 10.0, datetime.now(UTC))
    assert one.state.stays == ()
    assert "c1" in caplog.text


def test_a_memory_that_a_full_disk_did_not_take_stays_to_be_written(store: StateStore, full_disk: Callable[[int], Any]) -> None:
    one = with_a_stall(time.monotonic())
    with full_disk(0), pytest.raises(StateFault):
        keeping.keep(store, [one])
    assert one.dirty
    keeping.keep(store, [one])
    assert not one.dirty
    assert store.view("c1", "main") is not None


def test_a_camera_that_is_being_judged_is_passed_over_and_stays_dirty(store: StateStore) -> None:
    busy, idle = with_a_stall(time.monotonic()), with_a_stall(time.monotonic())
    held, over = threading.Event(), threading.Event()

    def judge() -> None:
        with busy.lock:
            held.set()
            over.wait(10)

    thread = threading.Thread(target=judge)
    thread.start()
    try:
        assert held.wait(10)
        keeping.keep(store, [busy, idle], wait_seconds=0)
        assert (busy.dirty, idle.dirty) == (True, False)
    finally:
        over.set()
        thread.join()
    keeping.keep(store, [busy], wait_seconds=0)
    assert not busy.dirty, "and its lock was left as it was found"
