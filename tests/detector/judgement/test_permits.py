from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detector.judgement.permits import Verdict, check_permits, covered, covers
from evidence.views import Permit, ViewDocument

BOX = ((0.4, 0.6), (0.8, 0.6), (0.8, 0.9), (0.4, 0.9))
JINAN = ZoneInfo("Asia/Shanghai")


def permit(**changes: Any) -> Permit:
    return Permit.model_validate({"id": "melon", "polygon": BOX, "from": date(2026, 5, 1), "until": date(2026, 8, 31), **changes})


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
        pytest.param({"hours": ("08:00-08:00",)}, "2026-07-01 07:00", "covers", id="equal times: round the clock"),
        pytest.param({"hours": ("22:00-24:00",)}, "2026-07-01 23:59", "covers", id="until 24:00"),
        pytest.param({"hours": ("22:00-24:00",)}, "2026-07-02 00:00", "outside_hours", id="24:00 itself is the next day"),
        pytest.param({"until": date(2026, 5, 1)}, "2026-05-01 23:00", "covers", id="a permit of one day"),
    ],
)
def test_the_calendar(changes: dict[str, Any], at: str, verdict: Verdict) -> None:
    found, reason = covers(permit(**changes), datetime.fromisoformat(at).replace(tzinfo=JINAN), "Asia/Shanghai")
    assert found == verdict
    assert reason.zh
    assert reason.en


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
def test_hours_hold_when_the_clock_changes(at: datetime, verdict: Verdict) -> None:
    night = permit(**{"from": date(2026, 1, 1), "until": date(2026, 12, 31)}, hours=("20:00-03:00",))
    assert covers(night, at, "Europe/Berlin")[0] == verdict


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        covers(permit(), datetime(2026, 7, 1, 12, 0), "Asia/Shanghai")  # noqa: DTZ001


def view(*permits: Permit) -> ViewDocument:
    return ViewDocument(camera_id="cam1", permits=permits)


@pytest.mark.parametrize(
    ("foot", "verdict"),
    [
        pytest.param((0.5, 0.7, 0.6, 0.75), "covers", id="in the painted box"),
        pytest.param((0.3, 0.7, 0.5, 0.75), "covers", id="half over its edge"),
        pytest.param((0.29, 0.7, 0.5, 0.75), "outside_area", id="more than half outside"),
        pytest.param((0.1, 0.2, 0.2, 0.3), "outside_area", id="somewhere else"),
    ],
)
def test_a_permit_covers_what_stands_by_half_in_its_area(foot: tuple[float, float, float, float], verdict: Verdict) -> None:
    (checked,) = check_permits(view(permit(version=4)), foot, datetime(2026, 7, 1, 12, 0, tzinfo=JINAN))
    assert checked.verdict == verdict
    assert (checked.id, checked.version) == ("melon", 4)
    assert covered([checked]) is (verdict == "covers")


def test_every_permit_of_the_view_is_told_with_its_reason() -> None:
    checked = check_permits(
        view(permit(), permit(id="old", **{"from": date(2025, 5, 1), "until": date(2025, 8, 31)}), permit(id="late", hours=("20:00-23:00",))),
        (0.5, 0.7, 0.6, 0.75),
        datetime(2026, 7, 1, 12, 0, tzinfo=JINAN),
    )
    assert [one.verdict for one in checked] == ["covers", "outside_dates", "outside_hours"]
    assert covered(checked)
    assert checked[2].reason.en == "12:00 lies outside the permitted hours 20:00-23:00"
    assert checked[1].reason.zh == "2026-07-01 不在许可期限 2025-05-01 至 2025-08-31 内"
    assert not covered(())
