"""When a permit holds: its first and last day, season, weekdays, the State Council's calendar, hours; each with a reason that people can read.

Hours are read off the clock on the wall of the view's time zone, as a permit's holder reads them: a night that passes midnight belongs to the day on
which it began, and when the clock is put back, both passes of the doubled hour count alike. What is asked of a day that the calendar does not know is not
judged (evidence.holidays): neither allowed nor forbidden, and a reviewer is told so.

A verdict holds for a minute and is kept: a look asks it once for each thing that stands there. CPU time of one core: 2 µs where it is kept, 21 µs anew.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from evidence.holidays import CalendarDay, calendar_day, unknown_from
from evidence.model import Text
from evidence.permits import CALENDAR_WORDS, WEEKDAYS, Opening, Permit

CalendarVerdict = Literal["covers", "not_judged", "outside_hours", "outside_weekdays", "outside_season", "outside_dates"]
NEARNESS: tuple[CalendarVerdict, ...] = ("covers", "not_judged", "outside_hours", "outside_weekdays", "outside_season", "outside_dates")
"""Of several openings the nearest to holding speaks for the permit."""
DAY_MINUTES = 24 * 60
WORDS_ZH = dict(zip((*WEEKDAYS, *CALENDAR_WORDS), ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "工作日", "休息日", "节假日"), strict=True))
WORDS_EN = dict(
    zip(
        (*WEEKDAYS, *CALENDAR_WORDS),
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "working days", "days off", "holidays"),
        strict=True,
    )
)
LOOKED_AHEAD_DAYS = 366

Judged = tuple[CalendarVerdict, Text]


@lru_cache(maxsize=4096)
def minutes_of(hours: str) -> tuple[int, int]:
    """Beginning and end of `HH:MM-HH:MM` in minutes after midnight of the day on which it begins; equal times are a whole day."""
    begins, ends = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
    return begins, ends if ends > begins else ends + DAY_MINUTES


def covers(permit: Permit, at: datetime, time_zone: str) -> Judged:
    """Whether a permit's calendar allows the moment `at` (aware), and why or why not; the area is not looked at.

    Raises:
        ValueError: `at` has no time zone.
    """
    return _at_minute(permit, local_minute(at, time_zone))


def has_begun(permit: Permit, at: datetime, time_zone: str) -> bool:
    """Whether a permit's first day has come by the moment `at` (aware): before that nobody was permitted anything.

    Raises:
        ValueError: `at` has no time zone.
    """
    return local_minute(at, time_zone).date() >= permit.first_day


def local_minute(at: datetime, time_zone: str) -> datetime:
    """The clock on the wall of a time zone, to the minute, without a zone.

    Raises:
        ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a permit's check needs a time zone")
    return at.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, second=0, microsecond=0)


def within_hours(hours: tuple[str, ...], now: datetime) -> bool:
    """Whether a local time lies in any of the hours, those included that began the day before."""
    minutes = now.hour * 60 + now.minute
    return any(begins <= moment < ends for begins, ends in map(minutes_of, hours) for moment in (minutes, minutes + DAY_MINUTES))


@lru_cache(maxsize=4096)
def _at_minute(permit: Permit, now: datetime) -> Judged:
    judged = [_opening_at(permit, opening, now) for opening in permit.openings]
    return min(judged, key=lambda one: NEARNESS.index(one[0]))


def _opening_at(permit: Permit, opening: Opening, now: datetime) -> Judged:
    refused: Judged | None = None
    for day in (now.date(), now.date() - timedelta(days=1)):
        midnight = datetime.combine(day, time())
        for hours in opening.hours:
            begins, ends = minutes_of(hours)
            if not midnight + timedelta(minutes=begins) <= now < midnight + timedelta(minutes=ends):
                continue
            fault = _day_fault(permit, opening, day)
            if fault is None:
                return "covers", _covered(permit, opening, day, hours)
            if refused is None or NEARNESS.index(fault[0]) < NEARNESS.index(refused[0]):
                refused = fault
    if refused is None:
        refused = _day_fault(permit, opening, now.date())
        if refused is not None and refused[0] == "not_judged":
            refused = None  # whatever the day is, these are not its hours
    if refused is not None:
        return refused
    every = ", ".join(opening.hours)
    return "outside_hours", Text(zh=f"{now:%H:%M} 不在许可时段 {every} 内", en=f"{now:%H:%M} lies outside the permitted hours {every}")


def _day_fault(permit: Permit, opening: Opening, day: date) -> Judged | None:
    """Why an opening does not hold on a day, if so."""
    if not permit.first_day <= day <= permit.last_day:
        return "outside_dates", Text(
            zh=f"{day} 不在许可期限 {permit.first_day} 至 {permit.last_day} 内",
            en=f"{day} lies outside the permit's days {permit.first_day} to {permit.last_day}",
        )
    for season in (permit.season, opening.season):
        if season is not None and not season.holds(day):
            return "outside_season", Text(
                zh=f"{day} 不在每年 {season.first} 至 {season.last} 的许可季节内",
                en=f"{day} lies outside the permitted season {season.first} to {season.last} of each year",
            )
    return _weekday_fault(opening, day)


def _weekday_fault(opening: Opening, day: date) -> Judged | None:
    known = calendar_day(day) if opening.needs_calendar else None
    allowed, excepted = _among(opening.weekdays, day, known), _among(opening.except_days, day, known)
    if excepted is True:
        zh, en = _listed(opening.except_days)
        return "outside_weekdays", Text(zh=f"{_named(day, known)[0]}属于除外的日子（{zh}）", en=f"{_named(day, known)[1]} is one of the days excepted ({en})")
    if allowed is False:
        zh, en = _listed(opening.weekdays)
        return "outside_weekdays", Text(zh=f"{_named(day, known)[0]}不在许可日（{zh}）内", en=f"{_named(day, known)[1]} is none of the permitted days ({en})")
    if allowed is None or excepted is None:
        return "not_judged", Text(
            zh=f"所装节假日历不含 {day}，无法判断是否为许可日，请更新日历或人工核实",
            en=f"the installed holiday calendar does not know {day}: whether it is a permitted day is not judged; update the calendar, or check by hand",
        )
    return None


def _among(words: tuple[str, ...], day: date, known: CalendarDay | None) -> bool | None:
    """Whether a day is one of the words; None where only the calendar could say so and does not know the day."""
    if WEEKDAYS[day.weekday()] in words:
        return True
    asked = [word for word in words if word in CALENDAR_WORDS]
    if not asked:
        return False
    if known is None:
        return None
    facts = {"workday": not known.off, "day_off": known.off, "holiday": known.holiday is not None}
    return any(facts[word] for word in asked)


def _listed(words: tuple[str, ...]) -> tuple[str, str]:
    return "、".join(WORDS_ZH[one] for one in words), ", ".join(WORDS_EN[one] for one in words)


def _named(day: date, known: CalendarDay | None) -> tuple[str, str]:
    """A day as people say it, with its holiday where the calendar was asked."""
    zh, en = WORDS_ZH[WEEKDAYS[day.weekday()]], WORDS_EN[WEEKDAYS[day.weekday()]]
    if known is not None and known.holiday is not None:
        return f"{zh}（{known.holiday[0]}放假）", f"{en} ({known.holiday[1]})"
    if known is not None and known.makes_up_for is not None:
        return f"{zh}（{known.makes_up_for[0]}调休上班）", f"{en} (worked for {known.makes_up_for[1]})"
    return zh, en


def _covered(permit: Permit, opening: Opening, day: date, hours: str) -> Text:
    zh, en = _named(day, calendar_day(day) if opening.needs_calendar else None)
    season = opening.season or permit.season
    each_zh, each_en = ("", "") if season is None else (f"，每年 {season.first} 至 {season.last}", f", {season.first} to {season.last} of each year")
    return Text(
        zh=f"许可有效：{permit.first_day} 至 {permit.last_day}{each_zh}，{zh} {hours}",
        en=f"permitted: {permit.first_day} to {permit.last_day}{each_en}, {en} {hours}",
    )


def never_holds(permit: Permit) -> bool:
    """Whether no day of a permit is one on which it holds; its first year is looked through, which holds every season and nearly every calendar."""
    days = min((permit.last_day - permit.first_day).days, LOOKED_AHEAD_DAYS)
    openings = [opening for opening in permit.openings if opening.hours and not set(opening.weekdays) <= set(opening.except_days)]
    return not any(
        fault is None or fault[0] == "not_judged"
        for number in range(days + 1)
        for fault in (_day_fault(permit, opening, permit.first_day + timedelta(days=number)) for opening in openings)
    )


def not_known_from(permit: Permit, today: date) -> date | None:
    """The first day to come of a permit that the State Council's calendar decides on and the installed one does not know."""
    if not permit.needs_calendar or permit.last_day < today:
        return None
    return unknown_from(max(permit.first_day, today), permit.last_day)
