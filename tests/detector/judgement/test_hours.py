from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detector.judgement.hours import in_hours, weight_of
from evidence.kinds import Weight, load_catalogue


@pytest.mark.parametrize(
    ("hours", "hour", "minute", "inside"),
    [
        pytest.param((), 3, 0, True, id="without hours it is always judged"),
        pytest.param(("07:00-18:00",), 7, 0, True, id="the beginning belongs to them"),
        pytest.param(("07:00-18:00",), 17, 59, True, id="the last minute"),
        pytest.param(("07:00-18:00",), 18, 0, False, id="the end does not"),
        pytest.param(("07:00-18:00",), 6, 59, False, id="a minute before"),
        pytest.param(("17:00-02:00",), 1, 59, True, id="over midnight"),
        pytest.param(("17:00-02:00",), 2, 0, False, id="over midnight, past the end"),
        pytest.param(("17:00-02:00",), 16, 59, False, id="before the evening"),
        pytest.param(("05:00-07:30", "19:00-01:00"), 0, 30, True, id="the second of two"),
        pytest.param(("00:00-24:00",), 23, 59, True, id="all day"),
    ],
)
def test_hours_of_the_views_clock(hours: tuple[str, ...], hour: int, minute: int, inside: bool) -> None:
    at = datetime(2026, 7, 1, (hour - 8) % 24, minute, tzinfo=UTC)
    assert in_hours(hours, at, "Asia/Shanghai") is inside


def test_of_several_weights_the_heaviest_holds() -> None:
    grill = load_catalogue().kind("V12")
    assert grill is not None
    evening, noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC), datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    assert weight_of(grill, evening, "Asia/Shanghai") == Weight(hours="17:00-02:00", times=1.5)
    assert weight_of(grill, noon, "Asia/Shanghai") is None
    more = grill.model_copy(update={"weighs_more": (*grill.weighs_more, Weight(hours="19:00-21:00", times=3))})
    assert weight_of(more, evening, "Asia/Shanghai") == Weight(hours="19:00-21:00", times=3)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        in_hours(("07:00-18:00",), datetime(2026, 7, 1, 12, 0), "Asia/Shanghai")  # noqa: DTZ001
