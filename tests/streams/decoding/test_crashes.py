from __future__ import annotations

import pytest

from streams.decoding.crashes import CrashBook


@pytest.mark.parametrize(
    ("crashes", "aside"),
    [
        ([("a", 0.0)], [False]),
        ([("a", 0.0), ("a", 3599.0)], [False, True]),
        ([("a", 0.0), ("a", 3600.0)], [False, False]),
        ([("a", 0.0), ("b", 1.0), ("a", 2.0)], [False, False, True]),
        ([("a", 0.0), ("a", 1.0), ("a", 2.0), ("a", 3.0)], [False, True, False, True]),
    ],
    ids=["one", "two within the hour", "two an hour apart", "each camera has its own", "let in again it has two more"],
)
def test_the_second_crash_within_an_hour_sets_a_camera_aside(crashes: list[tuple[str, float]], aside: list[bool]) -> None:
    book = CrashBook()
    assert [book.note(camera_id, at) for camera_id, at in crashes] == aside


def test_old_accounts_are_thrown_away() -> None:
    book = CrashBook()
    for number in range(1000):
        book.note(f"c{number}", float(number * 100))
    assert len(book._times) <= 37
