"""A permit as it is written: what is refused, and what it means for a day of the year."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.model import first_fault
from evidence.permits import BreachCodes, Opening, Permit, Season

PERMIT: dict[str, Any] = {"id": "p1", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], "from": "2026-05-01", "until": "2049-08-31"}


def permit(**changes: Any) -> Permit:
    return Permit.model_validate({**PERMIT, **changes})


FULL: dict[str, Any] = {
    **PERMIT,
    "season": {"from": "05-01", "until": "08-31"},
    "schedule": [{"weekdays": ["workday"], "hours": ["18:00-22:00"]}, {"season": {"from": "06-01", "until": "06-30"}, "except_days": ["holiday"]}],
    "goods": ["西瓜", "苹果"],
    "goods_shown": [{"goods": "苹果", "classes": ["apple"], "recall": 0.4, "measured_on": "ten stalls"}],
    "holder": "便民瓜点 17 号",
    "source": "济南市 2026 年瓜点公告",
    "not_on": ["bike_lane", "sidewalk"],
    "breach": {"hours": "09006"},
    "version": 3,
}


def test_a_permit_comes_back_as_it_was() -> None:
    read = Permit.model_validate(FULL)
    written = json.loads(json.dumps(read.model_dump(mode="json", by_alias=True, exclude_none=True)))
    assert Permit.model_validate(written) == read
    assert hash(Permit.model_validate(written)) == hash(read)
    assert written["season"] == {"from": "05-01", "until": "08-31"}
    assert written["breach"] == {"area": "09002", "hours": "09006", "dates": "09002", "goods": "09002"}


def test_an_old_permit_means_what_it_meant() -> None:
    read = permit(weekdays=["fri", "sat"], hours=["19:00-01:00"])
    assert read.openings == (Opening(weekdays=("fri", "sat"), hours=("19:00-01:00",)),)
    assert (read.breach, read.not_on, read.season, read.needs_calendar) == (None, (), None, False)


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        pytest.param({}, False, id="every day"),
        pytest.param({"weekdays": ["workday"]}, True, id="working days"),
        pytest.param({"except_days": ["holiday"]}, True, id="but holidays"),
        pytest.param({"schedule": [{"weekdays": ["mon"]}, {"weekdays": ["day_off"]}]}, True, id="one of its openings"),
    ],
)
def test_who_needs_the_state_council_s_calendar(changes: dict[str, Any], needs: bool) -> None:
    assert permit(**changes).needs_calendar is needs


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a season that is no day": ({"season": {"from": "02-30", "until": "03-01"}}, "season.from: there is no day '02-30' in any year; write MM-DD"),
    "a season with a year": ({"season": {"from": "2026-05-01", "until": "08-31"}}, "season.from: String should match pattern"),
    "half a season": ({"season": {"from": "05-01"}}, "season.until: is missing"),
    "a word for a day": ({"weekdays": ["weekend"]}, "weekdays.0: Input should be 'mon'"),
    "an hour after the last": ({"hours": ["20:00-24:30"]}, "hours.0: is '20:00-24:30'; hours are written HH:MM-HH:MM"),
    "nearly a day, by an hour after the last": ({"schedule": [{"hours": ["00:10-24:59"]}]}, "schedule.0.hours.0: is '00:10-24:59'; hours are written"),
    "hours of no length": ({"hours": ["06:00-07:00", "08:00-08:00"]}, "hours.1: is '08:00-08:00'; hours are written HH:MM-HH:MM, such as 17:00-02:00"),
    "hours that no clock has": ({"hours": ["25:00-26:00"]}, "hours.0: is '25:00-26:00'; hours are written"),
    "hours beside a schedule": ({"hours": ["08:00-10:00"], "schedule": [{"hours": ["18:00-22:00"]}]}, "document: says weekdays or hours beside its schedule"),
    "days beside a schedule": ({"except_days": ["mon"], "schedule": [{}]}, "document: says weekdays or hours beside its schedule"),
    "goods that it does not have": (
        {"goods": ["西瓜"], "goods_shown": [{"goods": "苹果", "classes": ["apple"]}]},
        "document: goods_shown: '苹果' is none of its",
    ),
    "shown by nothing": ({"goods": ["苹果"], "goods_shown": [{"goods": "苹果", "classes": []}]}, "goods_shown.0.classes: Tuple should have at least 1 item"),
    "a recall of nothing": (
        {"goods": ["苹果"], "goods_shown": [{"goods": "苹果", "classes": ["apple"], "recall": 0.5}]},
        "goods_shown.0: recall: needs measured_on",
    ),
    "a number of no breach": ({"breach": "09003"}, "breach: is '09003'; it is 09002, 09006, or one of them each"),
    "a breach of nothing": ({"breach": {"holder": "09002"}}, "breach.holder: is not a known key"),
    "a zone of no kind": ({"not_on": ["moon"]}, "not_on.0: Input should be 'carriageway'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_permit_that_cannot_be(name: str) -> None:
    changes, what = BAD[name]
    with pytest.raises(ValidationError) as caught:
        permit(**changes)
    assert first_fault(caught.value).startswith(what)


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        pytest.param("05-01", "08-31", date(2026, 5, 1), True, id="its first day"),
        pytest.param("05-01", "08-31", date(2031, 8, 31), True, id="its last, in any year"),
        pytest.param("05-01", "08-31", date(2026, 4, 30), False, id="the day before"),
        pytest.param("11-15", "03-15", date(2026, 12, 31), True, id="over new year, before it"),
        pytest.param("11-15", "03-15", date(2027, 1, 1), True, id="and after"),
        pytest.param("11-15", "03-15", date(2027, 3, 16), False, id="and over"),
        pytest.param("02-01", "02-29", date(2027, 2, 28), True, id="February, in a year without the 29th"),
        pytest.param("06-18", "06-18", date(2026, 6, 18), True, id="one day a year"),
        pytest.param("06-18", "06-18", date(2026, 6, 19), False, id="and no other"),
    ],
)
def test_a_season(first: str, last: str, day: date, holds: bool) -> None:
    assert Season.model_validate({"from": first, "until": last}).holds(day) is holds


def test_one_number_for_all_breaches_and_tactile_paving_apart() -> None:
    codes = permit(breach="09006").breach
    assert codes == BreachCodes(area="09006", hours="09006", dates="09006", goods="09006")
    assert [codes.of(breach) for breach in ("area", "hours", "dates", "goods")] == ["09006"] * 4
    assert [codes.of(breach) for breach in ("tactile_paving", "zone")] == ["09002", "09002"]
