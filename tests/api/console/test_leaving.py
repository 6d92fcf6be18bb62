"""Signing out and taking back while the server answers badly: the page says what is so, and nothing is done in another person's name."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.api.conftest import Packet

from .conftest import House, ready
from .test_care import several, within
from .test_desk import CURRENT

pytestmark = pytest.mark.browser
DECISIONS = re.compile(r"/cases/\w+/decisions$")
KEPT = "() => [Object.keys(localStorage), Object.keys(sessionStorage)]"


def away(page: Page, address: str | re.Pattern[str], times: int | None = None) -> None:
    """Answers as a proxy does whose server is away; `times`: so often, then the server answers."""
    page.route(address, lambda route: route.fulfill(status=503, body="<h1>503</h1>"), times=times)


def test_a_sign_out_that_fails_is_said_and_tried_again(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    page.reload()
    ready(page)
    away(page, "**/logout")
    page.get_by_role("button", name="sign out").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("You are still signed in")
    expect(alert).to_contain_text("acts as reviewer")
    page.get_by_role("button", name="中文").click()
    expect(alert).to_contain_text("退出没有成功，您仍处于登录状态")
    page.get_by_role("button", name="English").click()
    within(page, lambda: house.case(case_id)["claimed_by"], "reviewer")  # who stays has the desk again
    alert.get_by_role("button", name="Go on working").click()
    expect(alert).to_have_count(0)
    page.keyboard.press("a")
    within(page, lambda: house.case(case_id)["state"], "confirmed")
    page.get_by_role("button", name="sign out").click()
    expect(alert).to_be_visible()
    assert page.evaluate(KEPT) == [["curbwatch.language"], ["curbwatch.decided"]]
    page.unroute("**/logout")
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    expect(page.get_by_text("Your session has ended")).to_have_count(0)
    assert page.evaluate(KEPT) == [["curbwatch.language"], []]
    page.reload()
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()


def test_signing_out_waits_for_a_decision_under_way(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 2)
    page.reload()
    ready(page)
    away(page, DECISIONS, times=2)
    page.keyboard.press("a")
    expect(page.get_by_text("1 waiting to be sent")).to_be_visible()
    page.get_by_role("button", name="sign out").click()
    expect(page.get_by_role("button", name="signing out")).to_be_disabled()
    page.wait_for_timeout(400)
    page.keyboard.press("a")  # nothing more is decided meanwhile
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    assert [house.case(one)["state"] for one in ids] == ["confirmed", "open"]
    assert [one["by"] for one in house.case(ids[0])["decisions"]] == ["reviewer"]
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], [None, None])


def test_what_is_given_back_while_signing_out_is_not_taken_again(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 3)
    page.reload()
    ready(page)
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], ["reviewer"] * 3)

    def slowly(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    page.route("**/logout", slowly)
    page.get_by_role("button", name="sign out").click()
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    page.wait_for_timeout(300)
    assert [house.case(one)["claimed_by"] for one in ids] == [None] * 3


def test_what_was_skipped_while_the_server_was_away_is_given_back_at_the_end(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 2)
    page.reload()
    ready(page)
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], ["reviewer"] * 2)
    away(page, re.compile(rf"/cases/{ids[0]}/claim$"))
    page.keyboard.press("s")
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    page.wait_for_timeout(3500)
    assert house.case(ids[0])["claimed_by"] == "reviewer", "it did not arrive"
    page.get_by_role("button", name="sign out").click()
    expect(page.get_by_role("heading", name="Please sign in")).to_be_visible()
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], [None, None])


def test_taking_back_is_sent_again_and_takes_nothing_else_back(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 2)
    page.reload()
    for case_id in ids:
        ready(page)
        page.keyboard.press("a")
        within(page, lambda case_id=case_id: house.case(case_id)["state"], "confirmed")  # type: ignore[misc]
    away(page, DECISIONS, times=3)
    page.keyboard.press("z")
    expect(page.get_by_text("1 waiting to be sent")).to_be_visible()
    page.keyboard.press("z")
    within(page, lambda: [house.case(one)["state"] for one in ids], ["confirmed", "open"])
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    within(page, lambda: house.case(ids[1])["claimed_by"], "reviewer")
    ready(page)
    page.keyboard.press("z")  # and the next press is for the case before
    within(page, lambda: [house.case(one)["state"] for one in ids], ["open", "open"])
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], ["reviewer"] * 2)


def test_a_case_whose_kind_was_changed_stays_on_the_desk(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    page.reload()
    ready(page)
    page.keyboard.press("k")
    page.keyboard.press("1")
    within(page, lambda: len(house.case(case_id)["decisions"]), 1)
    within(page, lambda: house.case(case_id)["claimed_by"], "reviewer")
    page.keyboard.press("z")
    within(page, lambda: len(house.case(case_id)["decisions"]), 2)
    within(page, lambda: house.case(case_id)["claimed_by"], "reviewer")


def test_a_window_that_was_left_open_decides_nothing_for_the_next_person(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    """Both windows are of one browser, and have one cookie."""
    case_id = house.bring(packet)
    page.reload()
    ready(page)
    page.route("**/events", lambda route: route.abort())  # so that it does not notice by itself
    other = page.context.new_page()
    other.goto(house.link_of("Sun Yue"))
    expect(other.get_by_role("button", name="Sun Yue")).to_be_visible()
    with page.expect_request(DECISIONS) as sent:
        page.keyboard.press("a")
    assert sent.value.headers["x-curbwatch-person"] == "reviewer"
    assert json.loads(sent.value.post_data or "")["action"] == "confirm"
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    assert house.case(case_id)["decisions"] == []
    expect(other.get_by_role("button", name="Sun Yue")).to_be_visible()


def test_a_decision_on_which_the_page_is_closed_at_once_arrives(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    page.reload()
    ready(page)
    page.wait_for_timeout(400)
    page.evaluate("() => { window.requestAnimationFrame = () => 0; }")  # no frame is drawn any more
    beside = page.context.new_page()
    beside.goto("about:blank")
    page.bring_to_front()
    page.keyboard.press("a")
    page.close()
    within(beside, lambda: house.case(case_id)["state"], "confirmed")
