from __future__ import annotations

import pytest

from streams.backoff import ORDINARY, REFUSED, Backoff


@pytest.mark.parametrize(
    ("backoff", "failures", "least", "most"),
    [
        (ORDINARY, 1, 0.5, 1.0),
        (ORDINARY, 2, 1.0, 2.0),
        (ORDINARY, 5, 8.0, 16.0),
        (ORDINARY, 7, 30.0, 60.0),
        (ORDINARY, 10_000, 30.0, 60.0),
        (REFUSED, 1, 60.0, 120.0),
        (REFUSED, 3, 240.0, 480.0),
        (REFUSED, 5, 900.0, 1800.0),
        (REFUSED, 10_000, 900.0, 1800.0),
        (Backoff(2.0, 2.0), 9, 1.0, 2.0),
    ],
)
def test_pauses_double_up_to_their_bound_with_jitter(backoff: Backoff, failures: int, least: float, most: float) -> None:
    assert (backoff.pause(failures, 0.0), backoff.pause(failures, 1.0)) == (least, most)
