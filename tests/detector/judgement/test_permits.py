from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detector.judgement.permits import PermitVerdict, asks_for_breaches, permit_verdict
from evidence.permits import Permit
from evidence.views import ViewDocument, Zone, ZoneKind

BOX = ((0.4, 0.6), (0.8, 0.6), (0.8, 0.9), (0.4, 0.9))
JINAN = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 7, 1, 9, 0, tzinfo=JINAN)
NIGHT = datetime(2026, 7, 1, 23, 0, tzinfo=JINAN)
AUTUMN = datetime(2026, 10, 8, 9, 0, tzinfo=JINAN)
STRIP = Zone(id="strip", kind=ZoneKind.TACTILE_PAVING, polygon=((0.4, 0.7), (0.8, 0.7), (0.8, 0.8), (0.4, 0.8)))
LANE = Zone(id="lane", kind=ZoneKind.BIKE_LANE, polygon=((0.7, 0.6), (0.8, 0.6), (0.8, 0.9), (0.7, 0.9)))
IN_THE_BOX = (0.42, 0.62, 0.52, 0.66)
HALF_OUT = (0.30, 0.62, 0.49, 0.66)
BESIDE = (0.26, 0.62, 0.36, 0.66)
ELSEWHERE = (0.1, 0.2, 0.2, 0.24)


def permit(**changes: Any) -> Permit:
    return Permit.model_validate({"id": "melon", "polygon": BOX, "from": date(2026, 5, 1), "until": date(2026, 8, 31), **changes})


def day_permit(**changes: Any) -> Permit:
    return permit(**{"hours": ("06:00-22:00",), "breach": "09002", **changes})


def view(*permits: Permit, zones: tuple[Zone, ...] = ()) -> ViewDocument:
    return ViewDocument(camera_id="cam1", permits=permits, zones=zones)


def short(verdict: PermitVerdict) -> tuple[bool, str | None, str | None]:
    return verdict.covers, verdict.breach, verdict.breach_code


@pytest.mark.parametrize(
    ("foot", "verdict"),
    [
        pytest.param((0.5, 0.7, 0.6, 0.75), "covers", id="in the painted box"),
        pytest.param((0.3, 0.7, 0.5, 0.75), "covers", id="half over its edge"),
        pytest.param((0.29, 0.7, 0.5, 0.75), "outside_area", id="more than half outside"),
        pytest.param((0.1, 0.2, 0.2, 0.3), "outside_area", id="somewhere else"),
    ],
)
def test_a_permit_covers_what_stands_by_half_in_its_area(foot: tuple[float, float, float, float], verdict: str) -> None:
    found = permit_verdict(view(permit(version=4)), foot, datetime(2026, 7, 1, 12, 0, tzinfo=JINAN))
    (checked,) = found.checked
    assert checked.verdict == verdict
    assert (checked.id, checked.version) == ("melon", 4)
    assert found.covers is (verdict == "covers")


def test_every_permit_of_the_view_is_told_with_its_reason() -> None:
    found = permit_verdict(
        view(
            permit(source="济南市 2026 年瓜点公告"),
            permit(id="old", **{"from": date(2025, 5, 1), "until": date(2025, 8, 31)}),
            permit(id="late", hours=("20:00-23:00",)),
        ),
        (0.5, 0.7, 0.6, 0.75),
        datetime(2026, 7, 1, 12, 0, tzinfo=JINAN),
    )
    checked = found.checked
    assert [one.verdict for one in checked] == ["covers", "outside_dates", "outside_hours"]
    assert found.covers
    assert checked[0].source == "济南市 2026 年瓜点公告"
    assert checked[2].reason.en == "12:00 lies outside the permitted hours 20:00-23:00"
    assert checked[1].reason.zh == "2026-07-01 不在许可期限 2025-05-01 至 2025-08-31 内"


@pytest.mark.parametrize(
    ("changes", "foot", "at", "said"),
    [
        pytest.param({}, IN_THE_BOX, MORNING, (True, None, None), id="in its box, in its hours: no violation"),
        pytest.param({}, IN_THE_BOX, NIGHT, (False, "hours", "09002"), id="in its box at night: a breach"),
        pytest.param({"breach": {"hours": "09006"}}, IN_THE_BOX, NIGHT, (False, "hours", "09006"), id="which the city calls a stall like any other"),
        pytest.param({"breach": "09006"}, IN_THE_BOX, NIGHT, (False, "hours", "09006"), id="one number for all breaches"),
        pytest.param({"weekdays": ("mon",)}, IN_THE_BOX, MORNING, (False, "hours", "09002"), id="on another weekday: as out of hours"),
        pytest.param({}, IN_THE_BOX, AUTUMN, (False, "dates", "09002"), id="after its last day"),
        pytest.param({"breach": {"dates": "09006"}}, IN_THE_BOX, AUTUMN, (False, "dates", "09006"), id="whose permit is over is a stall like any other"),
        pytest.param({"season": {"from": "07-15", "until": "08-31"}}, IN_THE_BOX, MORNING, (False, "dates", "09002"), id="before its season"),
        pytest.param({"from": date(2026, 7, 2)}, IN_THE_BOX, MORNING, (False, None, None), id="the day before it begins: nobody had a permit yet"),
        pytest.param({"from": date(2026, 7, 2)}, IN_THE_BOX, NIGHT, (False, None, None), id="nor at an hour that it will not have"),
        pytest.param({"from": date(2026, 7, 1)}, IN_THE_BOX, NIGHT, (False, "hours", "09002"), id="on its first day, out of hours"),
        pytest.param(
            {"from": date(2026, 7, 1), "season": {"from": "07-15", "until": "08-31"}},
            IN_THE_BOX,
            MORNING,
            (False, "dates", "09002"),
            id="begun, its season has not",
        ),
        pytest.param({}, HALF_OUT, MORNING, (False, "area", "09002"), id="half out of its box, in its hours"),
        pytest.param({}, BESIDE, MORNING, (False, "area", "09002"), id="beside it, within its own width"),
        pytest.param({"breach": {"area": "09006"}}, BESIDE, MORNING, (False, "area", "09006"), id="which another city calls a stall"),
        pytest.param({}, BESIDE, NIGHT, (False, None, None), id="beside it at night: nothing ties it to the permit"),
        pytest.param({}, ELSEWHERE, MORNING, (False, None, None), id="far from it"),
        pytest.param({"breach": None}, IN_THE_BOX, NIGHT, (False, "hours", None), id="a permit that says nothing of breaches"),
        pytest.param({"breach": None}, BESIDE, MORNING, (False, "area", None), id="nor of where"),
    ],
)
def test_the_breach_of_a_permit(changes: dict[str, Any], foot: Any, at: datetime, said: tuple[bool, str | None, str | None]) -> None:
    verdict = permit_verdict(view(day_permit(**changes)), foot, at)
    assert short(verdict) == said
    (checked,) = verdict.checked
    assert (checked.breach, checked.code) == said[1:]


@pytest.mark.parametrize(
    ("changes", "zones", "foot", "verdict", "said"),
    [
        pytest.param({}, (STRIP,), (0.42, 0.70, 0.52, 0.74), "on_tactile_paving", (False, "tactile_paving", "09002"), id="in its box, on tactile paving"),
        pytest.param({}, (STRIP,), (0.42, 0.66, 0.52, 0.71), "on_tactile_paving", (False, "tactile_paving", "09002"), id="a fifth of it on the strip"),
        pytest.param({}, (STRIP,), (0.42, 0.64, 0.52, 0.705), "covers", (True, None, None), id="a hair over the strip's edge"),
        pytest.param({"breach": "09006"}, (STRIP,), (0.42, 0.70, 0.52, 0.74), "on_tactile_paving", (False, "tactile_paving", "09002"), id="always a breach"),
        pytest.param({"breach": None}, (STRIP,), (0.42, 0.70, 0.52, 0.74), "on_tactile_paving", (False, "tactile_paving", None), id="never covered"),
        pytest.param({}, (LANE,), (0.70, 0.62, 0.78, 0.66), "covers", (True, None, None), id="on the bike lane, on which this permit may be"),
        pytest.param(
            {"not_on": ("bike_lane",)},
            (LANE,),
            (0.70, 0.62, 0.78, 0.66),
            "on_forbidden_zone",
            (False, "zone", "09002"),
            id="which another may not",
        ),
        pytest.param({"not_on": ("bike_lane",)}, (LANE,), IN_THE_BOX, "covers", (True, None, None), id="beside that lane"),
    ],
)
def test_where_no_permit_holds(changes: dict[str, Any], zones: tuple[Zone, ...], foot: Any, verdict: str, said: tuple[bool, str | None, str | None]) -> None:
    found = permit_verdict(view(day_permit(**changes), zones=zones), foot, MORNING)
    assert short(found) == said
    assert found.checked[0].verdict == verdict


def shown(goods: str, label: str, recall: float) -> dict[str, Any]:
    return {"goods": goods, "classes": (label,), "recall": recall, "measured_on": "ten stalls"}


APPLES: dict[str, Any] = {"goods": ("苹果", "橙子"), "goods_shown": (shown("苹果", "apple", 0.6), shown("橙子", "orange", 0.4))}
MELONS_TOO: dict[str, Any] = {**APPLES, "goods": ("苹果", "橙子", "西瓜")}
UNMEASURED: dict[str, Any] = {"goods": ("苹果",), "goods_shown": ({"goods": "苹果", "classes": ("apple",)},)}


@pytest.mark.parametrize(
    ("changes", "labels", "verdict", "goods", "said", "doubtful"),
    [
        pytest.param({}, ("banana",), "covers", None, (True, None, None), False, id="a permit for any goods"),
        pytest.param({"goods": ("西瓜",)}, ("banana",), "covers", "not_judged", (True, None, None), False, id="melons, which no class shows"),
        pytest.param(APPLES, ("stall", "apple"), "covers", "as_permitted", (True, None, None), False, id="what it names was seen"),
        pytest.param(APPLES, ("stall", "banana"), "other_goods", "others", (False, "goods", "09002"), False, id="other fruit and none of its own"),
        pytest.param(APPLES, ("apple", "banana"), "covers", "as_permitted", (True, None, None), False, id="its own and other fruit"),
        pytest.param(APPLES, ("stall", "person"), "covers", "not_judged", (True, None, None), False, id="no goods were recognised"),
        pytest.param(MELONS_TOO, ("banana",), "covers", "not_judged", (True, None, None), False, id="one of its goods is unseen"),
        pytest.param(UNMEASURED, ("banana",), "other_goods", "others", (False, "goods", "09002"), True, id="by a class that nobody measured: a lead"),
    ],
)
def test_goods_as_far_as_a_class_shows_them(
    changes: dict[str, Any], labels: tuple[str, ...], verdict: str, goods: str | None, said: tuple[bool, str | None, str | None], doubtful: bool
) -> None:
    found = permit_verdict(view(day_permit(**changes)), IN_THE_BOX, MORNING, labels)
    (checked,) = found.checked
    assert (checked.verdict, checked.goods and checked.goods.verdict) == (verdict, goods)
    assert short(found) == said
    assert found.doubtful is doubtful


def test_the_packet_tells_what_shows_the_goods_and_how_well() -> None:
    (checked,) = permit_verdict(view(day_permit(**APPLES)), IN_THE_BOX, MORNING, ("apple",)).checked
    assert checked.goods is not None
    assert (checked.goods.shown_by, checked.goods.recall) == (("apple", "orange"), 0.4)
    assert checked.goods.reason.zh == "许可品类 苹果、橙子：识别到苹果"


@pytest.mark.parametrize(
    ("others", "breach"),
    [
        pytest.param((), "area", id="the box is empty: its holder may stand beside it"),
        pytest.param((IN_THE_BOX,), None, id="somebody has the box: beside it stands another"),
        pytest.param((BESIDE, ELSEWHERE), "area", id="what stands elsewhere says nothing"),
    ],
)
def test_beside_an_occupied_box_stands_nobody_s_permit(others: tuple[Any, ...], breach: str | None) -> None:
    assert permit_verdict(view(day_permit()), BESIDE, MORNING, others=others).breach == breach


def test_one_permit_that_covers_is_enough_and_of_breaches_the_nearest_is_named() -> None:
    over, night = day_permit(id="over", **{"from": date(2025, 5, 1), "until": date(2025, 8, 31)}), day_permit(id="night", hours=("19:00-23:30",))
    found = permit_verdict(view(over, night), IN_THE_BOX, MORNING)
    assert short(found) == (False, "hours", "09002")
    assert permit_verdict(view(over, night, day_permit()), IN_THE_BOX, MORNING).covers
    assert [one.verdict for one in permit_verdict(view(over, night), IN_THE_BOX, NIGHT).checked] == ["outside_dates", "covers"]


def test_a_day_that_the_calendar_does_not_know_is_neither_permitted_nor_a_breach() -> None:
    at = datetime(2190, 7, 1, 9, tzinfo=JINAN)
    found = permit_verdict(view(day_permit(weekdays=("workday",), until=date(2190, 12, 31))), IN_THE_BOX, at)
    assert short(found) == (False, None, None)
    assert found.doubtful
    assert found.checked[0].verdict == "not_judged"


def test_a_view_without_permits_asks_none() -> None:
    assert permit_verdict(view(), IN_THE_BOX, MORNING) == PermitVerdict(False)


def test_breaches_are_judged_where_a_permit_asks_for_it() -> None:
    assert asks_for_breaches(view(permit(), day_permit(id="other")))
    assert not asks_for_breaches(view(permit()))
    assert not asks_for_breaches(view())


def test_a_permit_that_was_moved_is_not_taken_for_the_one_before() -> None:
    first = day_permit()
    far = ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1))
    assert permit_verdict(view(first), IN_THE_BOX, MORNING).covers
    moved = view(first).model_copy(update={"permits": (first.model_copy(update={"polygon": far, "version": 2}),)})
    found = permit_verdict(moved, IN_THE_BOX, MORNING)
    assert not found.covers
    assert found.checked[0].version == 2
    assert found.checked[0].reason.en == "only 0% of it stands in the permitted area"
