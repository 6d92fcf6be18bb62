"""A permit on the page: drawn, with its season, its days by the calendar and what its breach is; and what the page does not change stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.roles import Role
from tests.api.conftest import Packet

from .conftest import House

pytestmark = pytest.mark.browser
BOX = [[0.2, 0.6], [0.4, 0.6], [0.4, 0.8], [0.2, 0.8]]
SHOPS = [{"id": "fruit", "name": "老王水果店"}, {"id": "silk", "name": "瑞蚨祥"}]
SCHEDULE = [{"season": {"from": "06-01", "until": "08-31"}, "weekdays": ["workday"], "except_days": [], "hours": ["19:00-22:00"]}]


def open_view(house: House, page: Page, packet: Packet, **document: Any) -> None:
    """The page of a camera whose view is this document."""
    house.ask("PUT", f"/cameras/{packet.camera}", Role.WORKER, json={"name": packet.camera, "public_url": "rtsp://192.0.2.7/1", "worker": "w"})
    house.ask("PUT", f"/cameras/{packet.camera}/last-look", Role.WORKER, content=packet.files[1][2][:-1], headers={"X-Looked-At": "2026-11-25T08:00:00+00:00"})
    house.ask("PUT", f"/views/{packet.camera}", json={"zones": [], "lines": [], "permits": [], **document}).raise_for_status()
    page.goto(f"{house.address}/#/cameras/{packet.camera}")
    expect(page.locator(".picture img")).to_be_visible()


def saved(house: House, page: Page, packet: Packet) -> dict[str, Any]:
    """The view as the API has it after it was saved on the page."""
    page.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_text("Saved as version 2")).to_be_visible()
    view: dict[str, Any] = house.ask("GET", f"/views/{packet.camera}").json()
    return view


def test_a_permit_gets_its_season_days_and_breach(house: House, page: Page, packet: Packet) -> None:
    open_view(house, page, packet, permits=[{"id": "melon", "polygon": BOX, "from": "2026-05-01", "until": "2026-12-31", "not_on": ["bike_lane"]}])
    page.get_by_role("button", name="melon").first.click()
    page.get_by_label("Season from (MM-DD)").fill("05-01")
    page.get_by_label("Season until").fill("8-31")
    page.keyboard.press("Tab")
    expect(page.get_by_text("melon: a season looks like 05-01")).to_be_visible()
    page.get_by_label("Season until").fill("08-31")
    page.keyboard.press("Tab")
    for day in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"):
        if day == "Su":
            page.get_by_role("button", name="days off", exact=True).click()  # one day is always left
        page.get_by_role("button", name=day, exact=True).click()
    page.get_by_role("button", name="Except holidays").click()
    page.get_by_label("Its breach goes as").select_option("09002")
    page.get_by_label("Source").fill("济南市 2026 年西瓜地图")
    page.keyboard.press("Tab")
    permit = saved(house, page, packet)["permits"][0]
    assert (permit["season"], permit["weekdays"], permit["except_days"]) == ({"from": "05-01", "until": "08-31"}, ["day_off"], ["holiday"])
    assert (permit["breach"]["hours"], permit["source"]) == ("09002", "济南市 2026 年西瓜地图")
    assert permit["not_on"] == ["bike_lane"], "what the page does not show stays"


def test_a_schedule_is_shown_and_kept_and_lines_are_bound_to_shops(house: House, page: Page, packet: Packet) -> None:
    permit = {"id": "night", "polygon": BOX, "from": "2026-01-01", "until": "2027-12-31", "schedule": SCHEDULE, "breach": {"hours": "09006"}}
    line = {"id": "front", "points": [[0.1, 0.5], [0.9, 0.5]], "outside": "right", "shop": "fruit"}
    open_view(house, page, packet, permits=[permit], lines=[line], shops=SHOPS)
    page.get_by_role("button", name="night").first.click()
    expect(page.get_by_text("06-01–08-31 · working days · 19:00-22:00")).to_be_visible()
    expect(page.get_by_label("Its breach goes as")).to_have_value("mixed")
    page.get_by_label("Holder").fill("夜市 3 号")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="line · 老王水果店").click()
    page.get_by_role("combobox").select_option(label="瑞蚨祥")
    view = saved(house, page, packet)
    assert (view["permits"][0]["schedule"], view["permits"][0]["holder"], view["permits"][0]["breach"]["hours"]) == (SCHEDULE, "夜市 3 号", "09006")
    assert (view["lines"][0]["shop"], view["shops"]) == ("silk", SHOPS)
