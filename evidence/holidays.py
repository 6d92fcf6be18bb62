"""Chinese public holidays and make-up days, as the State Council's yearly notice has them, by the library `chinesecalendar`.

The notice for a year comes out in the November before it, and no rule foretells it: which Saturdays are worked for a bridge day is decided anew each year.
So a year that the installed library does not know is said (`None`) and never guessed. The last days of a year are settled by the next year's notice (New
Year's bridge days have lain on 29, 30 and 31 December); they are not known before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from chinese_calendar import Holiday, get_holiday_detail

SETTLED_UNTIL = (12, 24)
"""Month and day after which the next year's notice may still change a year; the earliest that one did since 2004 is 29 December."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What a day is by the notice.

    Attributes:
        off: nobody works: a holiday, or a weekend that is not made up.
        holiday: its name (Chinese, English) where it belongs to one, its bridge days included.
        makes_up_for: the holiday for which this weekend day is worked.
    """

    off: bool
    holiday: tuple[str, str] | None = None
    makes_up_for: tuple[str, str] | None = None


@lru_cache(maxsize=4096)
def calendar_day(day: date) -> CalendarDay | None:
    """What a day is; None where the installed calendar does not know it."""
    if not knows(day.year) or ((day.month, day.day) > SETTLED_UNTIL and not knows(day.year + 1)):
        return None
    off, name = get_holiday_detail(day)
    names = None if name is None else (str(Holiday(name).chinese), str(name))
    return CalendarDay(off, holiday=names) if off else CalendarDay(off, makes_up_for=names)


@lru_cache(maxsize=256)
def knows(year: int) -> bool:
    """Whether the installed calendar holds the notice of a year: National Day is a holiday in every one."""
    try:
        return get_holiday_detail(date(year, 10, 1))[1] is not None
    except (NotImplementedError, ValueError):
        return False


@lru_cache(maxsize=1)
def known_until() -> date:
    """The last day up to which the installed calendar knows every day since National Day 2025."""
    unknown = unknown_from(date(2025, 10, 1), date.max)
    assert unknown is not None
    return unknown - timedelta(days=1)


def known_until_seconds() -> float:
    """The end of that day in China as seconds since 1970, for metrics: an alarm a month before it leaves time to update."""
    return datetime.combine(known_until() + timedelta(days=1), time(), ZoneInfo("Asia/Shanghai")).timestamp()


def unknown_from(first: date, last: date) -> date | None:
    """The first day from `first` to `last`, both included, that the calendar does not know; None where it knows them all."""
    for year in range(first.year, last.year + 1):
        begins = date(year, 1, 1) if not knows(year) else date(year, *SETTLED_UNTIL) + timedelta(days=1)
        if not knows(year) or not knows(year + 1):
            return max(first, begins) if begins <= last else None
    return None
