from __future__ import annotations

import pytest

from benchmarks.contenders.keyframe_ledger import CLOCK_RATE, KeyframeLedger


@pytest.mark.parametrize(
    ("seconds", "missing", "restarts"),
    [
        pytest.param([0, 2, 4, 6, 8], 0, 0, id="all of them"),
        pytest.param([0, 2, 6, 8], 1, 0, id="one is missing"),
        pytest.param([0, 2, 12, 14], 4, 0, id="four in a row"),
        pytest.param([0, 2, 4, 5000, 5002], 0, 1, id="another session's time"),
        pytest.param([100, 102, 1, 3, 7], 1, 1, id="time goes back, and one is missing after it"),
    ],
)
def test_what_is_missing_is_told_by_the_cameras_time(seconds: list[float], missing: int, restarts: int) -> None:
    ledger = KeyframeLedger(2.0)
    for number, at in enumerate(seconds):
        ledger.note("a", round(at * CLOCK_RATE), 1000.0 + 2 * number)
        ledger.note("b", round(2 * number * CLOCK_RATE), 1000.0 + 2 * number)
    told = ledger.counters()
    assert (told["keyframes_missing"], told["restarts"]) == (missing, restarts)
    assert ledger.by_camera() == {"a": len(seconds), "b": len(seconds)}


def test_lateness_is_above_the_earliest_and_begins_when_a_camera_has_settled() -> None:
    ledger = KeyframeLedger(2.0)
    for number, late in enumerate([1.9, 0.0, 0.5, 0.001, 0.030, 0.002, 0.7]):
        ledger.note("a", round(2 * number * CLOCK_RATE), 50.0 + 2 * number + late)
    told = ledger.counters()
    assert told["late_worst_ms"] == 700
    assert told["late_p50_ms"] == 5
    assert told["keyframes_known"] == 1
