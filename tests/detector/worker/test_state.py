"""The worker's durable memory on a disk that is full, and files that are no state."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.worker.held import HeldEvidence
from detector.worker.state import Debt, SavedView, StateError, StateFault, StateStore, is_disk_fault

VIEW = SavedView("c1", "main", "boot", 1.0, "2026-11-25T08:00:00+00:00", {"stays": []})
DEBT = Debt("act/confirmed", "c1", {"phase": "confirmed"})


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    store = StateStore(tmp_path / "state.sqlite")
    store.open()
    return store


@pytest.mark.parametrize(
    "write",
    [lambda store: store.save([VIEW], [DEBT]), lambda store: store.settle("old"), lambda store: store.remember("views", [1])],
    ids=["save", "settle", "remember"],
)
def test_a_full_disk_is_told_by_type_and_the_next_write_succeeds(
    store: StateStore, full_disk: Callable[[int], Any], write: Callable[[StateStore], None]
) -> None:
    store.save([], [Debt("old", "c1", {})])
    with full_disk(0):
        for _ in range(2):
            with pytest.raises(StateFault, match="free space there"):
                write(store)
    assert [debt.key for debt in store.debts()] == ["old"], "nothing was written, nothing was lost"
    write(store)


def test_views_and_debts_are_written_together_or_not_at_all(store: StateStore) -> None:
    with pytest.raises(TypeError):
        store.save([VIEW], [Debt("a", "c1", {"not JSON": object()})])
    assert store.view("c1", "main") is None
    store.save([VIEW], [DEBT])
    assert store.view("c1", "main") == VIEW
    assert store.debts() == [DEBT]


def test_what_is_owed_or_remembered_is_known_by_its_stay_whatever_else_cannot_be_read(store: StateStore, tmp_path: Path) -> None:
    """The pictures of a debt that this version cannot read, and of a camera that is not watched now, are nobody's to remove."""
    stays = {"stays": [{"stay_id": "seen", "of a newer version": 1}], "bystanders": []}
    store.save([SavedView("left the list", "main", "boot", 1.0, VIEW.wall, stays)], [Debt("a/confirmed", "c1", {"stay": {"stay_id": "owed"}, "phase": "new"})])
    store.save([VIEW], [DEBT])
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute("INSERT INTO debts VALUES ('b/confirmed', 'c1', '{\"stay\": \"none\"}')")
        db.execute("INSERT INTO debts VALUES ('broken', 'c1', '{\"stay\": {')")
    db.close()
    assert store.stay_ids() == {"seen", "owed"}
    assert [(debt.key, debt.body) for debt in store.debts()][-1] == ("broken", {})
    held = HeldEvidence(tmp_path / "held")
    for stay_id in ("seen", "owed", "nobody's"):
        (tmp_path / "held" / stay_id).mkdir(parents=True)
    assert store.unreadable() == 3
    assert held.sweep(store.stay_ids(), tmp_path / "aside", unreadable=store.unreadable()) == 0, "whose pictures they are cannot be told"
    for key in ("b/confirmed", "broken", DEBT.key):
        store.settle(key)
    assert store.unreadable() == 0
    assert held.sweep(store.stay_ids(), tmp_path / "aside") == 1
    assert sorted(path.name for path in (tmp_path / "held").iterdir()) == ["owed", "seen"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("{", 1), ("7", 1), ("{}", 1), ('{"stays": [{"stay_id": "s"}, {}]}', 1), ('{"stays": [{"stay_id": "s"}]}', 0), ('{"stays": []}', 0)],
    ids=["no JSON", "a number", "without stays", "a stay without its name", "a stay", "none"],
)
def test_a_view_that_does_not_name_its_stays_is_counted(store: StateStore, tmp_path: Path, text: str, count: int) -> None:
    store.save([VIEW])
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute("UPDATE views SET state = ?", (text,))
    db.close()
    assert store.unreadable() == count
    assert store.stay_ids() == ({"s"} if '"s"' in text else set())


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at. " * 40)


def newer(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()


@pytest.mark.parametrize(("spoil", "told"), [(no_database, "not usable"), (newer, "newer curbwatch")], ids=["no database", "a newer version"])
def test_a_file_that_is_no_state_of_this_version_is_no_fault_of_the_disk(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    path = tmp_path / "state.sqlite"
    spoil(path)
    with pytest.raises(StateError, match=told) as caught:
        StateStore(path).open()
    assert not is_disk_fault(caught.value)


def test_a_full_disk_at_the_start_is_one(tmp_path: Path, full_disk: Callable[[int], Any]) -> None:
    store = StateStore(tmp_path / "state.sqlite")
    with full_disk(0), pytest.raises(StateFault, match="free space there"):
        store.open()
    store.open()
    assert store.debts() == []


def test_a_store_that_is_closed_says_so(store: StateStore) -> None:
    store.close()
    with pytest.raises(StateError, match="not open"):
        store.debts()
