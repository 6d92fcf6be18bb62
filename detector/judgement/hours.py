"""Hours of a kind: those in which it is judged at all, and those in which it weighs more. Read off the clock on the wall of the view's time zone."""

from __future__ import annotations

from datetime import datetime

from detector.judgement.calendars import local_minute, within_hours
from evidence.kinds import Kind, Weight


def in_hours(hours: tuple[str, ...], at: datetime, time_zone: str) -> bool:
    """Whether a moment (aware) lies in any of the spans `HH:MM-HH:MM`, their beginning included and their end not; without a span always."""
    return not hours or within_hours(hours, local_minute(at, time_zone))


def weight_of(kind: Kind, at: datetime, time_zone: str) -> Weight | None:
    """The heaviest of the hours that a moment (aware) lies in; None where it weighs as ever."""
    there = [one for one in kind.weighs_more if in_hours((one.hours,), at, time_zone)]
    return max(there, key=lambda one: one.times, default=None)
