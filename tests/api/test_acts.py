"""Where a case stands in the queue, and when it ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.acts import Box, end_of, intersection_over_union, queue_value
from evidence.packet import Grade

from .conftest import START


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param((0, 0, 1, 1), (0, 0, 1, 1), 1.0, id="the same"),
        pytest.param((0, 0, 0.5, 1), (0.5, 0, 1, 1), 0.0, id="side by side"),
        pytest.param((0, 0, 0.4, 1), (0.2, 0, 0.6, 1), 1 / 3, id="half of each"),
        pytest.param((0.2, 0.2, 0.2, 0.9), (0, 0, 1, 1), 0.0, id="a box without area"),
    ],
)
def test_overlap(a: Box, b: Box, expected: float) -> None:
    assert intersection_over_union(a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        pytest.param([(minute(6), None)], None, id="only confirmed"),
        pytest.param([(minute(6), None), (minute(9), minute(10))], minute(10), id="ended"),
        pytest.param([(minute(9), minute(10)), (minute(14), None)], None, id="seen again after its end"),
        pytest.param([(minute(9), minute(10)), (minute(14), None), (minute(20), minute(21))], minute(21), id="ended at last"),
    ],
)
def test_the_end_is_the_last_end_unless_something_was_seen_after_it(packets: list[tuple[datetime, datetime | None]], expected: datetime | None) -> None:
    assert end_of(packets) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((Grade.B, 0.5, 0), (Grade.C, 0.5, 0), id="the better grade"),
        pytest.param((Grade.B, 0.9, 0), (Grade.B, 0.5, 0), id="of one grade the surer"),
        pytest.param((Grade.C, 0.5, 0), (Grade.C, 0.5, 60), id="of equals the one that waits longer"),
        pytest.param((Grade.C, 0.5, 0), (Grade.B, 0.5, 25 * 60), id="a lead that waited over a day"),
    ],
)
def test_the_queue(first: tuple[Grade, float, int], second: tuple[Grade, float, int]) -> None:
    values = [queue_value(grade, score, minute(came)) for grade, score, came in (first, second)]
    assert values[0] > values[1]
