from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detector.judgement.calendars import CalendarVerdict, covers, never_holds, not_known_from, within_hours
from evidence.holidays import knows
from evidence.permits import Permit

BOX = ((0.4, 0.6), (0.8, 0.6), (0.8, 0.9), (0.4, 0.9))
JINAN = ZoneInfo("Asia/Shanghai")
UNKNOWN_YEAR = 2190


def permit(**changes: Any) -> Permit:
    return Permit.model_validate({"id": "melon", "polygon": BOX, "from": date(2026, 5, 1), "until": date(2026, 8, 31), **changes})


def said(changes: dict[str, Any], at: str) -> CalendarVerdict:
    verdict, reason = covers(permit(**changes), datetime.fromisoformat(at).replace(tzinfo=JINAN), "Asia/Shanghai")
    assert reason.zh
    assert reason.en
    return verdict


NIGHT = {"hours": ("19:00-01:00",)}
MARKET = {"hours": ("05:00-07:30", "17:00-22:00")}
WEEKEND_NIGHT = {"hours": ("20:00-02:00",), "weekdays": ("sat",)}


@pytest.mark.parametrize(
    ("changes", "at", "verdict"),
    [
        pytest.param({}, "2026-07-01 03:00", "covers", id="no hours named: all day"),
        pytest.param({}, "2026-05-01 00:00", "covers", id="from the first day's midnight"),
        pytest.param({}, "2026-04-30 23:59", "outside_dates", id="not a minute before"),
        pytest.param({}, "2026-08-31 23:59:59", "covers", id="until the end of the last day"),
        pytest.param({}, "2026-09-01 00:00", "outside_dates", id="and no longer: expired"),
        pytest.param(MARKET, "2026-07-01 07:29:59", "covers", id="morning market"),
        pytest.param(MARKET, "2026-07-01 07:30", "outside_hours", id="its end is outside"),
        pytest.param(MARKET, "2026-07-01 17:00", "covers", id="its second hours begin"),
        pytest.param(NIGHT, "2026-07-01 18:59", "outside_hours", id="before the night market"),
        pytest.param(NIGHT, "2026-07-02 00:59", "covers", id="after midnight"),
        pytest.param(NIGHT, "2026-07-02 01:00", "outside_hours", id="night market over"),
        pytest.param(NIGHT, "2026-09-01 00:30", "covers", id="the last night runs past the last day"),
        pytest.param(NIGHT, "2026-09-01 19:30", "outside_dates", id="but the next night does not begin"),
        pytest.param(NIGHT, "2026-05-01 00:30", "outside_dates", id="the night before the first day is none"),
        pytest.param(WEEKEND_NIGHT, "2026-07-05 01:30", "covers", id="Sunday 01:30 belongs to Saturday"),
        pytest.param(WEEKEND_NIGHT, "2026-07-04 01:30", "outside_weekdays", id="Saturday 01:30 belongs to Friday"),
        pytest.param(WEEKEND_NIGHT, "2026-07-05 20:30", "outside_weekdays", id="Sunday evening"),
        pytest.param({"weekdays": ("mon", "fri")}, "2026-07-01 12:00", "outside_weekdays", id="Wednesday"),
        pytest.param({"weekdays": ("mon", "wed")}, "2026-07-01 12:00", "covers", id="among the weekdays"),
        pytest.param({"hours": ("00:00-24:00",)}, "2026-07-01 07:00", "covers", id="round the clock"),
        pytest.param({"hours": ("22:00-24:00",)}, "2026-07-01 23:59", "covers", id="until 24:00"),
        pytest.param({"hours": ("22:00-24:00",)}, "2026-07-02 00:00", "outside_hours", id="24:00 itself is the next day"),
        pytest.param({"until": date(2026, 5, 1)}, "2026-05-01 23:00", "covers", id="a permit of one day"),
    ],
)
def test_the_calendar(changes: dict[str, Any], at: str, verdict: CalendarVerdict) -> None:
    assert said(changes, at) == verdict


def test_the_moment_is_read_in_the_views_time_zone() -> None:
    evening = permit(hours=("18:00-22:00",))
    at = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)  # 19:00 in Jinan, 13:00 in Berlin
    assert covers(evening, at, "Asia/Shanghai")[0] == "covers"
    assert covers(evening, at, "Europe/Berlin")[0] == "outside_hours"


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        pytest.param(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "covers", id="01:30, the clock not yet put back"),
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "covers", id="02:30 for the first time"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "covers", id="02:30 for the second time"),
        pytest.param(datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "outside_hours", id="03:00"),
        pytest.param(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "covers", id="spring: 01:59"),
        pytest.param(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "outside_hours", id="spring: the next minute is 03:00"),
    ],
)
def test_hours_hold_when_the_clock_changes(at: datetime, verdict: CalendarVerdict) -> None:
    night = permit(**{"from": date(2026, 1, 1), "until": date(2026, 12, 31)}, hours=("20:00-03:00",))
    assert covers(night, at, "Europe/Berlin")[0] == verdict


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        covers(permit(), datetime(2026, 7, 1, 12, 0), "Asia/Shanghai")  # noqa: DTZ001


YEARS = {"from": date(2020, 1, 1), "until": date(2049, 12, 31)}
SUMMERS = {**YEARS, "season": {"from": "05-01", "until": "08-31"}}
WINTERS = {**YEARS, "season": {"from": "11-15", "until": "02-29"}}
TENGZHOU: dict[str, Any] = {
    **YEARS,
    "schedule": [
        {"season": {"from": "03-01", "until": "05-31"}, "hours": ["18:00-22:00"]},
        {"season": {"from": "06-01", "until": "08-31"}, "hours": ["19:00-22:00"]},
        {"season": {"from": "09-01", "until": "11-30"}, "hours": ["18:00-22:00"]},
        {"season": {"from": "12-01", "until": "02-29"}, "hours": ["17:00-22:00"]},
    ],
}
"""The hours of a night market by season, as a city of Shandong had them (DOMAIN.md 1.3)."""
WEEK: dict[str, Any] = {**YEARS, "schedule": [{"weekdays": ["workday"], "hours": ["18:00-22:00"]}, {"weekdays": ["day_off"], "hours": ["09:00-22:00"]}]}
"""Evenings on working days, all day on days off."""


@pytest.mark.parametrize(
    ("changes", "at", "verdict"),
    [
        pytest.param(SUMMERS, "2027-07-01 12:00", "covers", id="every summer"),
        pytest.param(SUMMERS, "2027-05-01 00:00", "covers", id="from the season's first day"),
        pytest.param(SUMMERS, "2027-08-31 23:59", "covers", id="to its last"),
        pytest.param(SUMMERS, "2027-09-01 00:00", "outside_season", id="and not a day longer"),
        pytest.param(SUMMERS, "2050-07-01 12:00", "outside_dates", id="a summer after the permit's years"),
        pytest.param({**SUMMERS, **NIGHT}, "2027-09-01 00:30", "covers", id="the season's last night runs past it"),
        pytest.param({**SUMMERS, **NIGHT}, "2027-05-01 00:30", "outside_season", id="the night before the season is none of it"),
        pytest.param(WINTERS, "2026-12-31 23:00", "covers", id="a season over new year, before it"),
        pytest.param(WINTERS, "2027-01-01 01:00", "covers", id="and after it"),
        pytest.param(WINTERS, "2028-02-29 12:00", "covers", id="to the end of February in a leap year"),
        pytest.param(WINTERS, "2027-02-28 12:00", "covers", id="and in another"),
        pytest.param(WINTERS, "2027-03-01 00:00", "outside_season", id="but not in March"),
        pytest.param(WINTERS, "2026-11-14 23:59", "outside_season", id="nor before it begins"),
        pytest.param(TENGZHOU, "2026-04-01 18:00", "covers", id="spring: from 18:00"),
        pytest.param(TENGZHOU, "2026-07-01 18:30", "outside_hours", id="summer: not yet at 18:30"),
        pytest.param(TENGZHOU, "2026-07-01 19:00", "covers", id="summer: from 19:00"),
        pytest.param(TENGZHOU, "2026-10-08 18:00", "covers", id="autumn: from 18:00"),
        pytest.param(TENGZHOU, "2026-12-01 17:00", "covers", id="winter: from 17:00"),
        pytest.param(TENGZHOU, "2026-11-30 17:30", "outside_hours", id="the day before winter it is not"),
        pytest.param(TENGZHOU, "2026-12-01 22:00", "outside_hours", id="over at 22:00 in every season"),
        pytest.param(
            {"schedule": [{"hours": ["08:00-10:00"]}], "season": {"from": "06-01", "until": "06-30"}},
            "2026-07-01 09:00",
            "outside_season",
            id="the permit's season bounds its schedule",
        ),
    ],
)
def test_seasons(changes: dict[str, Any], at: str, verdict: CalendarVerdict) -> None:
    assert said(changes, at) == verdict


@pytest.mark.parametrize(
    ("changes", "at", "verdict"),
    [
        pytest.param({"weekdays": ("workday",)}, "2026-07-01 12:00", "covers", id="an ordinary Wednesday is a working day"),
        pytest.param({"weekdays": ("workday",)}, "2026-07-04 12:00", "outside_weekdays", id="a Saturday is none"),
        pytest.param({"weekdays": ("workday",)}, "2026-05-09 12:00", "covers", id="a Saturday worked for Labour Day is one"),
        pytest.param({"weekdays": ("workday",)}, "2026-05-05 12:00", "outside_weekdays", id="a Tuesday off for Labour Day is none"),
        pytest.param({"weekdays": ("day_off",)}, "2026-05-05 12:00", "covers", id="that Tuesday is a day off"),
        pytest.param({"weekdays": ("day_off",)}, "2026-05-09 12:00", "outside_weekdays", id="that Saturday is none"),
        pytest.param({"weekdays": ("holiday",)}, "2026-06-19 12:00", "covers", id="the Dragon Boat Festival"),
        pytest.param({"weekdays": ("holiday",)}, "2026-07-05 12:00", "outside_weekdays", id="a plain Sunday is no holiday"),
        pytest.param({"weekdays": ("sat",)}, "2026-05-09 12:00", "covers", id="a named Saturday is a Saturday, worked or not"),
        pytest.param({"weekdays": ("sat", "sun", "holiday")}, "2026-05-05 12:00", "covers", id="weekends and holidays"),
        pytest.param({"except_days": ("holiday",)}, "2026-05-05 12:00", "outside_weekdays", id="every day but holidays"),
        pytest.param({"except_days": ("holiday",)}, "2026-05-06 12:00", "covers", id="the day after them"),
        pytest.param({"except_days": ("mon",)}, "2026-07-06 12:00", "outside_weekdays", id="closed on Mondays"),
        pytest.param({**NIGHT, "weekdays": ("day_off",)}, "2026-05-06 00:30", "covers", id="the last night of the holidays, past midnight"),
        pytest.param({**NIGHT, "weekdays": ("day_off",)}, "2026-05-09 20:00", "outside_weekdays", id="the night of a worked Saturday"),
        pytest.param(WEEK, "2026-05-09 12:00", "outside_hours", id="a worked Saturday has a working day's hours"),
        pytest.param(WEEK, "2026-05-05 12:00", "covers", id="a holiday has a day off's"),
        pytest.param(WEEK, "2026-05-09 19:00", "covers", id="the worked Saturday's evening"),
        pytest.param(WEEK, f"{UNKNOWN_YEAR}-07-01 19:00", "outside_dates", id="long after the permit's years: no calendar is asked"),
    ],
)
def test_days_by_the_state_council_s_calendar(changes: dict[str, Any], at: str, verdict: CalendarVerdict) -> None:
    assert said(changes, at) == verdict


LONG = {"from": date(2026, 1, 1), "until": date(UNKNOWN_YEAR, 12, 31)}


@pytest.mark.parametrize(
    ("changes", "at", "verdict"),
    [
        pytest.param({"weekdays": ("workday",)}, "07-01 12:00", "not_judged", id="whether it is worked is in a notice to come"),
        pytest.param({"weekdays": ("mon", "holiday")}, "07-01 12:00", "not_judged", id="a Thursday may be a holiday"),
        pytest.param({"except_days": ("holiday",)}, "07-01 12:00", "not_judged", id="or one of the days excepted"),
        pytest.param({"weekdays": ("thu", "holiday")}, "07-01 12:00", "covers", id="a Thursday is a Thursday"),
        pytest.param({"weekdays": ("mon",), "except_days": ("holiday",)}, "07-01 12:00", "outside_weekdays", id="no Monday, whatever the notice says"),
        pytest.param({"weekdays": ("workday",), "hours": ("18:00-22:00",)}, "07-01 12:00", "outside_hours", id="nor its hours"),
        pytest.param({"weekdays": ("workday",), "hours": ("18:00-22:00",)}, "07-01 19:00", "not_judged", id="in its hours it is open"),
        pytest.param({"weekdays": ("workday",), "season": {"from": "01-01", "until": "03-31"}}, "07-01 12:00", "outside_season", id="nor its season"),
    ],
)
def test_a_year_that_the_calendar_does_not_know_is_not_guessed(changes: dict[str, Any], at: str, verdict: CalendarVerdict) -> None:
    assert not knows(UNKNOWN_YEAR)
    assert said({**LONG, **changes}, f"{UNKNOWN_YEAR}-{at}") == verdict


def test_an_unknown_day_is_told_in_both_languages() -> None:
    _, reason = covers(permit(**LONG, weekdays=("workday",)), datetime(UNKNOWN_YEAR, 7, 1, 12, tzinfo=JINAN), "Asia/Shanghai")
    assert f"{UNKNOWN_YEAR}-07-01" in reason.zh
    assert "节假日历" in reason.zh
    assert reason.en.startswith(f"the installed holiday calendar does not know {UNKNOWN_YEAR}-07-01")


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        pytest.param(
            "2026-05-05 12:00",
            "周二（劳动节放假）不在许可日（工作日）内",
            "Tuesday (Labour Day) is none of the permitted days (working days)",
            id="a bridge day",
        ),
        pytest.param(
            "2026-05-09 12:00",
            "许可有效：2026-05-01 至 2026-08-31，周六（劳动节调休上班） 00:00-24:00",
            "permitted: 2026-05-01 to 2026-08-31, Saturday (worked for Labour Day) 00:00-24:00",
            id="a worked Saturday",
        ),
    ],
)
def test_the_reason_names_the_holiday(at: str, zh: str, en: str) -> None:
    _, reason = covers(permit(weekdays=("workday",)), datetime.fromisoformat(at).replace(tzinfo=JINAN), "Asia/Shanghai")
    assert (reason.zh, reason.en) == (zh, en)


def test_of_several_openings_the_nearest_speaks() -> None:
    verdict, reason = covers(permit(**TENGZHOU), datetime(2026, 7, 1, 12, tzinfo=JINAN), "Asia/Shanghai")
    assert (verdict, reason.en) == ("outside_hours", "12:00 lies outside the permitted hours 19:00-22:00")


@pytest.mark.parametrize(
    ("hours", "at", "within"),
    [
        pytest.param(("07:00-18:00",), "07:00", True, id="from its first minute"),
        pytest.param(("07:00-18:00",), "18:00", False, id="not its last"),
        pytest.param(("17:00-02:00",), "01:59", True, id="after midnight"),
        pytest.param(("17:00-02:00",), "02:00", False, id="over"),
        pytest.param(("17:00-02:00",), "16:59", False, id="not yet"),
        pytest.param(("05:00-07:00", "22:00-24:00"), "23:59", True, id="the second of two"),
        pytest.param((), "12:00", False, id="no hours"),
    ],
)
def test_hours_of_any_day(hours: tuple[str, ...], at: str, within: bool) -> None:
    assert within_hours(hours, datetime.fromisoformat(f"2026-07-01 {at}")) is within


@pytest.mark.parametrize(
    ("changes", "never"),
    [
        pytest.param({}, False, id="every day"),
        pytest.param({"weekdays": ()}, True, id="no weekday at all"),
        pytest.param({"until": date(2026, 5, 2), "weekdays": ("sun",)}, True, id="Friday and Saturday, for Sundays"),
        pytest.param({"season": {"from": "10-01", "until": "10-31"}}, True, id="a season outside its days"),
        pytest.param({**YEARS, "season": {"from": "02-29", "until": "02-29"}}, False, id="leap days alone"),
        pytest.param({"weekdays": ("holiday",)}, False, id="holidays: Labour Day is one"),
        pytest.param({"from": date(2026, 7, 1), "weekdays": ("holiday",)}, True, id="holidays, in months without any"),
        pytest.param({"from": date(UNKNOWN_YEAR, 1, 1), "until": date(UNKNOWN_YEAR, 1, 2), "weekdays": ("holiday",)}, False, id="nobody knows yet"),
        pytest.param({"hours": ()}, True, id="no hours"),
        pytest.param({**LONG, "weekdays": ("holiday",), "except_days": ("holiday",)}, True, id="holidays but for holidays, in years that nobody knows too"),
        pytest.param({**LONG, "weekdays": ("sat", "holiday"), "except_days": ("holiday",)}, False, id="Saturdays but for holidays"),
        pytest.param({"schedule": [{"hours": ()}, {"weekdays": ("sun",), "except_days": ("sun", "mon")}]}, True, id="no entry of its schedule ever"),
    ],
)
def test_a_permit_that_never_holds(changes: dict[str, Any], never: bool) -> None:
    assert never_holds(permit(**changes)) is never


def test_from_when_on_the_calendar_is_not_known() -> None:
    today = date(2026, 7, 1)
    assert not_known_from(permit(weekdays=("workday",)), today) is None, "2026 is known"
    assert not_known_from(permit(**LONG), today) is None, "no calendar is asked"
    found = not_known_from(permit(**LONG, weekdays=("workday",)), today)
    assert found is not None
    assert (found.month, found.day) == (12, 25), "the next notice may change a year's last days"
    assert not knows(found.year + 1)
    assert not_known_from(permit(**{**LONG, "until": date(2026, 6, 30)}, weekdays=("workday",)), today) is None, "it is over"
