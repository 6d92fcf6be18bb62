"""Room held back for what a worker must remember: on a real small file system that is full."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.worker.ballast import ROOM, Ballast
from detector.worker.state import Debt, SavedView, StateFault, StateStore
from tests.small_disk import fill, mounted

MIB = 1024**2


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


def test_it_takes_no_room_that_is_short(small_disk: Path) -> None:
    size = shutil.disk_usage(small_disk).free // ROOM + 1
    ballast = Ballast(small_disk, size)
    ballast.open()
    assert ballast.held_bytes == 0
    assert not ballast.give()
