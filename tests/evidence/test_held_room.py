"""Room on a disk that is held is really allocated; a file that only says so holds nothing."""

from __future__ import annotations

from pathlib import Path

from evidence.held_room import held_bytes, hold

MIB = 2**20


def sparse(path: Path, size: int = MIB) -> Path:
    """A file as `cp --sparse=always` leaves one of nothing."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert held_bytes(tmp_path / "none") == 0


def test_a_sparse_file_holds_nothing_until_it_is_held(tmp_path: Path) -> None:
    path = sparse(tmp_path / "ballast")
    assert held_bytes(path) == 0
    hold(path, MIB)
    assert (held_bytes(path), path.stat().st_size) == (MIB, MIB)
    assert path.stat().st_blocks * 512 >= MIB


def test_of_a_file_with_holes_what_is_allocated_counts(tmp_path: Path) -> None:
    path = sparse(tmp_path / "ballast", 4 * MIB)
    hold(path, MIB)
    assert MIB <= held_bytes(path) < 4 * MIB
    hold(path, 4 * MIB)
    assert held_bytes(path) == 4 * MIB
