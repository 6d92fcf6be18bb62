"""Whether a permit allows what stands there: its area, days, weekdays and hours, each with a reason that people can read.

Hours are read off the clock on the wall of the view's time zone, as a permit's holder reads them: a night that passes midnight belongs to the day on
which it began, and when the clock is put back, both passes of the doubled hour count alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from detector.judgement.geometry import Box, share_in
from evidence.model import Text
from evidence.packet import PermitChecked
from evidence.views import WEEKDAYS, Permit, ViewDocument

Verdict = Literal["covers", "outside_area", "outside_dates", "outside_hours", "outside_weekdays"]

MINIMUM_SHARE = 0.5
"""Share of the footprint that must lie in a permit's area; the same half as for zones (DOMAIN.md 1.2)."""
DAY_MINUTES = 24 * 60
WEEKDAYS_ZH = dict(zip(WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
WEEKDAYS_EN = dict(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))


@lru_cache(maxsize=4096)
def minutes_of(hours: str) -> tuple[int, int]:
    """Beginning and end of `HH:MM-HH:MM` in minutes after midnight of the day on which it begins; equal times are a whole day."""
    begins, ends = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
    return begins, ends if ends > begins else ends + DAY_MINUTES


def covers(permit: Permit, at: datetime, time_zone: str) -> tuple[Verdict, Text]:
    """Whether a permit's calendar allows the moment `at` (aware), and why or why not; the area is not looked at.

    Raises:
        ValueError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a permit's check needs a time zone")
    now = at.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    refused: tuple[Verdict, Text] | None = None
    for day in (now.date(), now.date() - timedelta(days=1)):
        midnight = datetime.combine(day, time())
        for hours in permit.hours:
            begins, ends = minutes_of(hours)
            if not midnight + timedelta(minutes=begins) <= now < midnight + timedelta(minutes=ends):
                continue
            fault = _day_fault(permit, day)
            if fault is None:
                return "covers", Text(
                    zh=f"许可有效：{permit.first_day} 至 {permit.last_day}，{WEEKDAYS_ZH[_weekday(day)]} {hours}",
                    en=f"permitted: {permit.first_day} to {permit.last_day}, {WEEKDAYS_EN[_weekday(day)]} {hours}",
                )
            refused = refused or fault
    refused = refused or _day_fault(permit, now.date())
    if refused is not None:
        return refused
    every = ", ".join(permit.hours)
    return "outside_hours", Text(zh=f"{now:%H:%M} 不在许可时段 {every} 内", en=f"{now:%H:%M} lies outside the permitted hours {every}")


def _day_fault(permit: Permit, day: date) -> tuple[Verdict, Text] | None:
    """Why a permit does not hold on a day, if so."""
    if not permit.first_day <= day <= permit.last_day:
        return "outside_dates", Text(
            zh=f"{day} 不在许可期限 {permit.first_day} 至 {permit.last_day} 内",
            en=f"{day} lies outside the permit's days {permit.first_day} to {permit.last_day}",
        )
    weekday = _weekday(day)
    if weekday not in permit.weekdays:
        zh, en = "、".join(WEEKDAYS_ZH[one] for one in permit.weekdays), ", ".join(WEEKDAYS_EN[one] for one in permit.weekdays)
        return "outside_weekdays", Text(zh=f"{WEEKDAYS_ZH[weekday]}不在许可日（{zh}）内", en=f"{WEEKDAYS_EN[weekday]} is none of the permitted days ({en})")
    return None


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def check_permits(view: ViewDocument, footprint_box: Box, at: datetime) -> tuple[PermitChecked, ...]:
    """Every permit of a view with its verdict on something that stands on `footprint_box` at the moment `at` (aware)."""
    return tuple(_check(permit, footprint_box, at, view.time_zone) for permit in view.permits)


def _check(permit: Permit, footprint_box: Box, at: datetime, time_zone: str) -> PermitChecked:
    share = share_in(footprint_box, (permit.polygon,))
    verdict: Verdict
    if share < MINIMUM_SHARE - 1e-9:
        verdict, reason = "outside_area", Text(zh=f"仅 {share:.0%} 位于许可区域内", en=f"only {share:.0%} of it stands in the permitted area")
    else:
        verdict, reason = covers(permit, at, time_zone)
    return PermitChecked(id=permit.id, version=permit.version, verdict=verdict, reason=reason)


def covered(checked: Iterable[PermitChecked]) -> bool:
    """Whether any of the permits allows it."""
    return any(permit.verdict == "covers" for permit in checked)
