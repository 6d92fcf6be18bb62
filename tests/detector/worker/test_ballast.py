"""Room held back for what a worker must remember: on a real small file system that is full."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.worker.ballast import KEPT_BYTES, NAME, ROOM, Ballast
from detector.worker.outbox import Outbox
from detector.worker.state import Debt, SavedView, StateFault, StateStore
from evidence.signing import SigningKey
from tests.small_disk import fill, mounted

MIB = 1024**2
KEY = SigningKey.generate()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    with mounted(tmp_path / "disk", 16) as folder:
        yield folder


def view(number: int) -> SavedView:
    return SavedView(f"c{number}", "main", "b", 0.0, "2026-11-25T00:00:00+00:00", {"stays": ["x" * 50_000]})


def test_a_full_disk_lets_a_worker_remember_its_stays(small_disk: Path) -> None:
    ballast = Ballast(small_disk, 2 * MIB)
    ballast.open()
    assert ballast.held_bytes == 2 * MIB
    store = StateStore(small_disk / "state.sqlite", ballast)
    store.open()
    fill(small_disk)
    for number in range(15):
        store.save([view(number)], [Debt(f"{number}/confirmed", f"c{number}", {"act_id": str(number)})])
    assert ballast.held_bytes == 0
    with pytest.raises(StateFault):
        store.save([view(number) for number in range(15, 200)])
    assert len(store.debts()) == 15
    (small_disk / "filler").unlink()
    ballast.tend(0.0)
    assert ballast.held_bytes == 2 * MIB, "once there is room it is taken again"
    store.close()


def test_a_start_on_a_full_disk_lets_go_of_it(small_disk: Path) -> None:
    Ballast(small_disk, 2 * MIB).open()
    fill(small_disk)
    ballast = Ballast(small_disk, 2 * MIB)
    ballast.open()
    store = StateStore(small_disk / "state.sqlite", ballast)
    store.open()
    store.save([view(1)])
    store.close()


def started(folder: Path) -> tuple[Ballast, StateStore, Outbox]:
    """What a worker opens first, on a disk that has no room for a whole ballast."""
    ballast = Ballast(folder, 12 * MIB)
    ballast.open()
    store, outbox = StateStore(folder / "state.sqlite", ballast), Outbox(folder, key=KEY)
    store.open()
    outbox.open()
    return ballast, store, outbox


def stopped(ballast: Ballast, store: StateStore, outbox: Outbox) -> None:
    outbox.close()
    store.close()
    ballast.close()


def test_after_a_clean_stop_on_a_full_disk_a_worker_starts(small_disk: Path) -> None:
    """A clean stop removes the write-ahead logs and their indices, and a start makes them again."""
    stopped(*started(small_disk))
    assert not list(small_disk.glob("*-shm"))
    for _ in range(3):
        fill(small_disk)
        worker = started(small_disk)
        assert worker[0].held_bytes == 0
        assert worker[2].last_place() is None
        fill(small_disk)
        stopped(*worker)


def test_a_stop_keeps_room_where_there_was_too_little_for_a_ballast(small_disk: Path) -> None:
    ballast = Ballast(small_disk, 12 * MIB)
    ballast.open()
    assert ballast.held_bytes == 0
    ballast.close()
    assert (ballast.held_bytes, (small_disk / NAME).stat().st_blocks * 512) == (KEPT_BYTES, KEPT_BYTES)
    ballast.tend(0.0)
    assert ballast.held_bytes == KEPT_BYTES


def test_it_takes_no_room_that_is_short(small_disk: Path) -> None:
    size = shutil.disk_usage(small_disk).free // ROOM + 1
    ballast = Ballast(small_disk, size)
    ballast.open()
    assert ballast.held_bytes == 0
    assert not ballast.give()
