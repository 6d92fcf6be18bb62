"""What was kept back is told to the API until it has it, over a restart too, and the memory of it is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.judgement.quiet import Suppressed
from detector.worker import suppressed
from detector.worker.hush import Hush
from detector.worker.state import StateFault, StateStore
from detector.worker.suppressed import SuppressedAlarms

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)


class Camera(Hush):
    """One that has just kept these back."""

    def __init__(self, *numbers: int) -> None:
        self._news = [Suppressed(7, "c1", f"{number:032x}", "V2", NOW) for number in numbers]

    def untold(self) -> list[Suppressed]:
        news, self._news = self._news, []
        return news


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateStore]:
    store = StateStore(tmp_path / "state.sqlite")
    store.open()
    yield store
    store.close()


def ids(told: list[dict[str, object]]) -> list[int]:
    return [int(str(one["act_id"]), 16) for one in told]


def test_it_is_told_again_until_the_api_has_it(state: StateStore) -> None:
    alarms = SuppressedAlarms(state)
    first = alarms.collect([Camera(1, 2)])
    assert ids(first) == [1, 2]
    second = alarms.collect([Camera(3), Camera(2)])
    assert ids(second) == [1, 2, 3], "the first report did not arrive; what is told twice is one"
    alarms.told(first)
    assert ids(alarms.collect([])) == [3]
    alarms.told(second)
    assert (alarms.collect([]), alarms.waiting) == ([], 0)


def test_it_is_remembered_over_a_restart(state: StateStore) -> None:
    SuppressedAlarms(state).collect([Camera(1, 2)])
    again = SuppressedAlarms(state)
    again.open()
    assert ids(again.collect([])) == [1, 2]
    again.told(again.collect([]))
    empty = SuppressedAlarms(state)
    empty.open()
    assert empty.collect([]) == []


@pytest.mark.parametrize("kept", [{"a": 1}, [3, None, {}, {"act_id": 5}], "x"], ids=["no list", "of other things", "a word"])
def test_what_cannot_be_read_of_it_is_passed_over(state: StateStore, kept: object) -> None:
    state.remember(suppressed.DOCUMENT, kept)
    alarms = SuppressedAlarms(state)
    alarms.open()
    assert alarms.collect([]) == []


def test_only_so_many_are_told_at_once_and_wait(state: StateStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(suppressed, "AT_ONCE", 2)
    monkeypatch.setattr(suppressed, "MOST_WAITING", 3)
    alarms = SuppressedAlarms(state)
    assert ids(alarms.collect([Camera(1, 2, 3, 4, 5)])) == [3, 4]
    assert (alarms.waiting, [line for line in caplog.messages if "forgotten" in line][-1][:1]) == (3, "2")


def test_a_full_disk_stops_nothing(state: StateStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def full(_name: str, _value: object) -> None:
        raise StateFault("state.sqlite: cannot be written (database or disk is full)")

    monkeypatch.setattr(state, "remember", full)
    assert ids(SuppressedAlarms(state).collect([Camera(1)])) == [1]
    assert "cannot be remembered" in caplog.text
