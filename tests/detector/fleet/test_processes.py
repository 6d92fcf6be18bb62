"""Processes that are kept alive, also where they cannot be started for a while."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.fleet.processes import EXIT_TRY_AGAIN, EXIT_WRONG_USE, HEALTHY_AFTER_SECONDS, LONGEST_PAUSE_SECONDS, Keeper, KeptProcess


def ending_with(status: int) -> list[str]:
    return [sys.executable, "-S", "-c", f"raise SystemExit({status})"]


@pytest.mark.parametrize(
    ("status", "gave_up"), [(EXIT_WRONG_USE, True), (EXIT_TRY_AGAIN, False), (1, False)], ids=["wrong use", "a full disk", "anything else"]
)
def test_only_wrong_use_is_given_up(status: int, gave_up: bool) -> None:
    kept = KeptProcess("worker w1", ending_with(status))
    kept.start()
    assert kept.process is not None
    kept.process.wait(10)
    kept.tend(1000.0)
    kept.tend(1000.0 + LONGEST_PAUSE_SECONDS)
    assert (kept.gave_up, kept.restarts) == (gave_up, 0 if gave_up else 1)
    kept.process.wait(10)


def test_a_process_that_cannot_be_started_is_tried_again_and_ends_no_keeper(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with Keeper() as keeper:
        kept = keeper.add(KeptProcess("api", ending_with(1)))
        assert kept.process is not None
        kept.process.wait(10)
        kept.command = ["/nowhere/at/all"]
        kept.tend(1000.0)
        kept.tend(1000.0 + LONGEST_PAUSE_SECONDS)
        assert (kept.alive, kept.restarts) == (False, 0)
        assert "api cannot be started (No such file or directory)" in caplog.text
        kept.command = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
        kept.tend(1000.0 + 2 * LONGEST_PAUSE_SECONDS)
        assert (kept.alive, kept.restarts) == (True, 1)
    assert not kept.alive


def test_a_child_that_listens_is_told_more_now_and_after_its_death(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    program = f"import sys\nfor line in sys.stdin:\n    open({str(heard)!r}, 'a').write(line)"
    with Keeper() as keeper:
        kept = keeper.add(KeptProcess("worker w1", [sys.executable, "-S", "-c", program], stdin_text="one\n", listens=True))
        kept.tell("two\n")
        assert until(lambda: heard.exists() and heard.read_text() == "one\ntwo\n")
        assert kept.process is not None
        kept.process.kill()
        kept.process.wait(10)
        kept.tell("three\n")
        kept.tend(1000.0)
        kept.tend(1000.0 + LONGEST_PAUSE_SECONDS)
        assert until(lambda: heard.read_text() == "one\ntwo\nthree\n"), "what was told to a dead child is told at its next start, and nothing older"


def until(done: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    return done()


@pytest.mark.parametrize(("to_file", "told"), [(False, False), (True, True)], ids=["it said why on this very screen", "it said why in its own log"])
def test_what_never_began_is_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture, to_file: bool, told: bool) -> None:
    caplog.set_level(logging.INFO)
    kept = KeptProcess("worker w1", ending_with(EXIT_WRONG_USE), output=tmp_path / "w1.log" if to_file else None)
    kept.start()
    assert kept.process is not None
    kept.process.wait(10)
    kept.tend(time.monotonic())
    assert kept.gave_up
    assert ("worker w1 ended with exit status 2 and is not started again" in caplog.text) is told


def test_what_ran_and_gives_up_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    kept = KeptProcess("worker w1", ending_with(EXIT_WRONG_USE))
    kept.start()
    assert kept.process is not None
    kept.process.wait(10)
    kept.tend(time.monotonic() + HEALTHY_AFTER_SECONDS + 1)
    assert "worker w1 ended with exit status 2 and is not started again" in caplog.text
