"""Hours of a permit against other ways to reckon them (property-based)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from detector.judgement.calendars import covers
from evidence.permits import Permit

JINAN = ZoneInfo("Asia/Shanghai")
BOX = ((0.4, 0.6), (0.8, 0.6), (0.8, 0.9), (0.4, 0.9))
MINUTES = st.integers(0, 24 * 60 - 1)
MOMENTS = st.integers(0, 126 * 24 * 60).map(lambda minutes: datetime(2026, 4, 29, tzinfo=JINAN) + timedelta(minutes=minutes))


EVERLASTING = {"from": date(2020, 1, 1), "until": date(2030, 1, 1)}
SUMMER = {"from": date(2026, 5, 1), "until": date(2026, 8, 31)}


def permit(**terms: Any) -> Permit:
    return Permit.model_validate({"id": "melon", "polygon": BOX, **terms})


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@given(begins=MINUTES, long=st.integers(2, 24 * 60 - 1), cut=st.floats(0.01, 0.99), at=MOMENTS)
def test_hours_cut_in_two_hold_when_the_whole_does(begins: int, long: int, cut: float, at: datetime) -> None:
    """Wherever a span is cut, midnight included; but the second part then belongs to the day on which it begins itself, so every day must be permitted."""
    middle = (begins + max(1, min(long - 1, int(long * cut)))) % (24 * 60)
    ends = (begins + long) % (24 * 60)
    whole = permit(**EVERLASTING, hours=(f"{clock(begins)}-{clock(ends)}",))
    cut_up = permit(**EVERLASTING, hours=(f"{clock(begins)}-{clock(middle)}", f"{clock(middle)}-{clock(ends)}"))
    in_openings = permit(**EVERLASTING, schedule=[{"hours": [f"{clock(begins)}-{clock(middle)}"]}, {"hours": [f"{clock(middle)}-{clock(ends)}"]}])
    said_of = {covers(one, at, "Asia/Shanghai")[0] for one in (whole, cut_up, in_openings)}
    assert len(said_of) == 1


@given(begins=MINUTES, long=st.integers(1, 24 * 60 - 1), days=st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])), at=MOMENTS)
def test_a_span_holds_for_its_minutes_from_its_beginning_on_a_permitted_day(begins: int, long: int, days: set[str], at: datetime) -> None:
    """Against another way to reckon it: some beginning on a permitted day lies less than the span's length back."""
    one = permit(**SUMMER, hours=(f"{clock(begins)}-{clock((begins + long) % (24 * 60))}",), weekdays=tuple(sorted(days)))
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    beginnings = [midnight - timedelta(days=back) + timedelta(minutes=begins) for back in (0, 1)]
    permitted = [begin for begin in beginnings if f"{begin:%a}".lower() in days and date(2026, 5, 1) <= begin.date() <= date(2026, 8, 31)]
    holds = any(begin <= at < begin + timedelta(minutes=long) for begin in permitted)
    assert (covers(one, at, "Asia/Shanghai")[0] == "covers") is holds
