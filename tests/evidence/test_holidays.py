"""The State Council's calendar: what is known of a day, and that nothing is said of one that is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.holidays import CalendarDay, calendar_day, known_until, known_until_seconds, knows, unknown_from

LAST_KNOWN = next(year for year in range(2026, 2200) if knows(year) and not knows(year + 1))
"""The last year of the installed calendar; it moves on with each release."""


@pytest.mark.parametrize(
    ("day", "known"),
    [
        pytest.param(date(2026, 7, 1), CalendarDay(off=False), id="an ordinary Wednesday"),
        pytest.param(date(2026, 7, 4), CalendarDay(off=True), id="an ordinary Saturday"),
        pytest.param(date(2026, 5, 1), CalendarDay(off=True, holiday=("劳动节", "Labour Day")), id="Labour Day"),
        pytest.param(date(2026, 5, 5), CalendarDay(off=True, holiday=("劳动节", "Labour Day")), id="a Tuesday off for it"),
        pytest.param(date(2026, 5, 9), CalendarDay(off=False, makes_up_for=("劳动节", "Labour Day")), id="a Saturday worked for it"),
        pytest.param(date(2026, 2, 17), CalendarDay(off=True, holiday=("春节", "Spring Festival")), id="the lunar new year"),
        pytest.param(date(2026, 2, 28), CalendarDay(off=False, makes_up_for=("春节", "Spring Festival")), id="a Saturday worked for it"),
        pytest.param(date(2026, 10, 1), CalendarDay(off=True, holiday=("国庆节", "National Day")), id="National Day"),
        pytest.param(date(2026, 9, 25), CalendarDay(off=True, holiday=("中秋", "Mid-autumn Festival")), id="the Mid-Autumn Festival"),
        pytest.param(date(1999, 10, 1), None, id="before the library's first year"),
        pytest.param(date(LAST_KNOWN + 1, 7, 1), None, id="a year whose notice is not out"),
        pytest.param(date(LAST_KNOWN, 12, 24), CalendarDay(off=date(LAST_KNOWN, 12, 24).weekday() > 4), id="the last day that no other notice changes"),
        pytest.param(date(LAST_KNOWN, 12, 25), None, id="days that the next notice may change"),
        pytest.param(date(LAST_KNOWN - 1, 12, 25), CalendarDay(off=date(LAST_KNOWN - 1, 12, 25).weekday() > 4), id="it is out: they are known"),
    ],
)
def test_a_day(day: date, known: CalendarDay | None) -> None:
    assert calendar_day(day) == known


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        pytest.param(date(2025, 1, 1), date(2025, 12, 24), None, id="all known"),
        pytest.param(date(LAST_KNOWN, 1, 1), date(LAST_KNOWN, 12, 24), None, id="to the last day that is known"),
        pytest.param(date(LAST_KNOWN, 1, 1), date(LAST_KNOWN, 12, 25), date(LAST_KNOWN, 12, 25), id="a day further"),
        pytest.param(date(2025, 1, 1), date(2199, 1, 1), date(LAST_KNOWN, 12, 25), id="for ever"),
        pytest.param(date(2190, 3, 1), date(2199, 1, 1), date(2190, 3, 1), id="beginning in the unknown"),
    ],
)
def test_from_when_on_nothing_is_known(first: date, last: date, found: date | None) -> None:
    assert unknown_from(first, last) == found


def test_until_when_it_knows_every_day() -> None:
    assert known_until() == date(LAST_KNOWN, 12, 24)
    assert known_until_seconds() == datetime(LAST_KNOWN, 12, 24, 16, 0, tzinfo=UTC).timestamp(), "midnight in China"


def test_every_notice_that_the_calendar_knows_moves_days_within_its_own_settled_part() -> None:
    """No notice before changed a day of the year before earlier than 29 December, so nothing is known too early."""
    for year in range(2005, LAST_KNOWN):
        moved = [
            day
            for day in (date(year, 12, 1) + timedelta(days=number) for number in range(31))
            if (known := calendar_day(day)) and (known.holiday or known.makes_up_for)
        ]
        assert all(day >= date(year, 12, 29) for day in moved), (year, moved)
