"""The worked example of docs/permits.md: the scene file as it stands there, checked and judged row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from detector.judgement.geometry import Box, footprint
from detector.judgement.kinds_on import in_force
from detector.judgement.permits import permit_verdict
from detector.scene.checking import check_scene
from detector.scene.scene import Scene, read_scene
from evidence.holidays import knows
from evidence.kinds import load_catalogue

from .street import Street, person, stall

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "watermelon-map.yaml"
JINAN = ZoneInfo("Asia/Shanghai")

MELON_17: Box = (0.22, 0.60, 0.36, 0.78)
MELON_17_HALF_OUT: Box = (0.32, 0.60, 0.50, 0.78)
MELON_17_ON_THE_BIKE_LANE: Box = (0.22, 0.46, 0.36, 0.64)
MELON_18: Box = (0.62, 0.60, 0.76, 0.78)
MELON_18_BESIDE: Box = (0.82, 0.60, 0.94, 0.78)
PAVEMENT: Box = (0.60, 0.40, 0.72, 0.52)
BLIND: Box = (0.82, 0.42, 0.94, 0.59)
VEGETABLES: Box = (0.15, 0.60, 0.27, 0.75)
BREAKFAST: Box = (0.42, 0.60, 0.55, 0.75)
SNACKS: Box = (0.70, 0.60, 0.82, 0.75)
NO_PITCH: Box = (0.10, 0.46, 0.20, 0.56)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return read_scene(EXAMPLE)


def street(scene: Scene, camera: str) -> Street:
    view = scene.view(camera)
    assert view is not None
    return Street(view, in_force(scene.catalogue(load_catalogue()), view, "the example"))


def stands(scene: Scene, camera: str, label: str, box: Box, at: str, seconds: int = 330) -> list[tuple[str, datetime]]:
    """What a thing that is put down at a moment becomes while it stays, attended, for so long: the kinds and when."""
    judged = street(scene, camera)
    begins = datetime.fromisoformat(at).replace(tzinfo=JINAN)
    left, top, right, bottom = box
    seller = person((left + (right - left) / 4, top - 0.05, left + (right - left) / 2, bottom - 0.02))
    for passed in range(0, seconds + 1, 10):
        judged.look(float(passed), [stall(box, label=label), seller], wall=begins + timedelta(seconds=passed))
    return [(event.kind, event.stay.confirmed_wall.astimezone(JINAN)) for event in judged.of("confirmed") if event.stay.confirmed_wall is not None]


def test_the_example_is_a_sound_scene() -> None:
    checked = check_scene(EXAMPLE, load_catalogue(), datetime(2026, 7, 1, tzinfo=UTC))
    assert checked.contradictions == ()
    warned = [warning.field for warning in checked.warnings]
    assert warned == ([] if knows(2028) else ["views[0].permits[1]", "views[1].permits[1]"]), "what goes by the calendar is told to end where it does"
    assert all("which the installed calendar does not know from" in warning.what for warning in checked.warnings)


@pytest.mark.parametrize(
    ("camera", "box", "at", "kind"),
    [
        pytest.param("lane-3", MELON_17, "2026-07-01 12:00", None, id="melon 17: in its box, in its summer, by day"),
        pytest.param("lane-3", MELON_17, "2021-05-01 06:00", None, id="from its first day's first minute"),
        pytest.param("lane-3", MELON_17, "2026-07-01 23:00", "V18", id="at night: a breach of the permit"),
        pytest.param("lane-3", MELON_17, "2026-10-08 12:00", "V18", id="in autumn: out of its season"),
        pytest.param("lane-3", MELON_17, "2028-07-01 12:00", "V18", id="the permit is over"),
        pytest.param("lane-3", MELON_17_HALF_OUT, "2026-07-01 12:00", "V18", id="half out of its box"),
        pytest.param("lane-3", MELON_17_ON_THE_BIKE_LANE, "2026-07-01 12:00", "V18", id="beside its box, on the bike lane"),
        pytest.param("lane-3", PAVEMENT, "2026-07-01 12:00", "V2", id="on the pavement, far from any box: a stall like any other"),
        pytest.param("lane-3", BLIND, "2026-07-01 12:00", "V2", id="on tactile paving, of no permit"),
        pytest.param("lane-3", MELON_18, "2026-07-04 12:00", None, id="melon 18: on a Saturday"),
        pytest.param("lane-3", MELON_18, "2026-05-09 12:00", "V2", id="on a Saturday that is worked for Labour Day"),
        pytest.param("lane-3", MELON_18, "2026-05-04 12:00", None, id="on a Monday off for it"),
        pytest.param("lane-3", MELON_18, "2026-07-01 12:00", "V2", id="on a Wednesday: this permit's hours are 09006"),
        pytest.param("lane-3", MELON_18_BESIDE, "2026-07-04 12:00", "V18", id="beside its box on a Saturday: its area is 09002"),
        pytest.param("lane-3", MELON_18_BESIDE, "2026-07-01 12:00", "V2", id="there on a Wednesday: nobody's permit"),
        pytest.param("market-1", VEGETABLES, "2026-07-01 07:30", None, id="vegetables before eight"),
        pytest.param("market-1", VEGETABLES, "2026-07-01 09:00", "V18", id="and after"),
        pytest.param("market-1", BREAKFAST, "2026-07-01 08:15", None, id="breakfast until half past eight"),
        pytest.param("market-1", BREAKFAST, "2026-10-01 07:00", "V18", id="not on National Day"),
        pytest.param("market-1", VEGETABLES, "2026-04-01 18:30", None, id="the night market in spring, from six"),
        pytest.param("market-1", VEGETABLES, "2026-07-01 18:30", "V18", id="in summer not before seven"),
        pytest.param("market-1", VEGETABLES, "2026-07-01 19:30", None, id="in summer at half past seven"),
        pytest.param("market-1", VEGETABLES, "2026-12-01 17:30", None, id="in winter from five"),
        pytest.param("market-1", VEGETABLES, "2026-12-01 22:30", "V18", id="and nowhere after ten"),
        pytest.param("market-1", SNACKS, "2026-07-05 00:30", None, id="snacks on Saturday night, past midnight"),
        pytest.param("market-1", SNACKS, "2026-07-05 01:30", "V2", id="half past one is too late, and here a stall like any other"),
        pytest.param("market-1", SNACKS, "2026-07-06 00:30", "V2", id="Sunday night is none of its nights"),
        pytest.param("market-1", NO_PITCH, "2026-07-01 12:00", "V2", id="in the square, on no pitch"),
    ],
)
def test_the_map_row_by_row(scene: Scene, camera: str, box: Box, at: str, kind: str | None) -> None:
    assert [found for found, _ in stands(scene, camera, "stall", box, at)] == ([] if kind is None else [kind])


def test_who_is_still_there_when_the_market_is_over_has_the_dwell_to_pack_up(scene: Scene) -> None:
    ((kind, confirmed),) = stands(scene, "market-1", "stall", VEGETABLES, "2026-12-01 21:50", seconds=1200)
    assert kind == "V18"
    assert timedelta(minutes=5) <= confirmed - datetime(2026, 12, 1, 22, 0, tzinfo=JINAN) <= timedelta(minutes=5, seconds=20)


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        pytest.param((0.10, 0.36, 0.18, 0.45), None, id="on the fruit shop's own strip"),
        pytest.param((0.10, 0.42, 0.18, 0.52), "V3", id="beyond it, on the pavement"),
        pytest.param((0.50, 0.36, 0.58, 0.45), None, id="before the silk shop, where nothing is drawn"),
        pytest.param((0.50, 0.42, 0.58, 0.52), "V3", id="on the pavement before the silk shop"),
    ],
)
def test_the_shops_of_the_lane(scene: Scene, box: Box, kind: str | None) -> None:
    assert [found for found, _ in stands(scene, "lane-3", "goods_out", box, "2026-07-01 12:00", seconds=640)] == ([] if kind is None else [kind])


def test_the_packet_s_words_for_a_melon_point(scene: Scene) -> None:
    view = scene.view("lane-3")
    assert view is not None
    by_day, at_night = (permit_verdict(view, footprint(MELON_17), datetime(2026, 7, 1, hour, tzinfo=JINAN)).checked[0] for hour in (12, 23))
    assert (by_day.id, by_day.version, by_day.source, by_day.verdict) == ("melon-17", 6, "济南市 2026 年西瓜地图", "covers")
    assert by_day.reason.zh == "许可有效：2021-05-01 至 2027-12-31，每年 05-01 至 08-31，周三 06:00-22:00"
    assert by_day.goods is not None
    assert by_day.goods.reason.zh == "许可品类 西瓜：没有类别能识别 西瓜"
    assert (at_night.verdict, at_night.breach, at_night.code) == ("outside_hours", "hours", "09002")
    assert at_night.reason.zh == "23:00 不在许可时段 06:00-22:00 内"
