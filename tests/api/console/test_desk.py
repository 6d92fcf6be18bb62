"""Two people at two pages: who has which case on the desk, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from api.roles import Role
from tests.api.conftest import Packet

from .conftest import PATIENCE_MS, WINDOW, House, ready

pytestmark = pytest.mark.browser
CURRENT = "button.case[aria-current='true']"


@contextmanager
def second_person(browser: Browser, link: str) -> Iterator[Page]:
    """Another reviewer's window."""
    context = browser.new_context(viewport=WINDOW, locale="en-GB", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(link)
    try:
        yield page
    finally:
        page.goto("about:blank")
        context.close()


def test_two_people_never_have_the_same_case(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    first = house.bring(packet)
    expect(page.locator(CURRENT)).to_contain_text(house.number(first))
    with second_person(browser, house.link_of("Li Na")) as other:
        expect(other.get_by_role("heading", name="Colleagues have the rest")).to_be_visible()
        other.locator("button.case").click()  # it may be looked at
        expect(other.get_by_text(f"reviewer has {house.number(first)} on the desk")).to_be_visible()
        expect(other.get_by_role("button", name="Accept A")).to_have_count(0)
        ready(other)
        other.keyboard.press("a")
        expect(other.get_by_role("status").filter(has_text="on the desk")).to_be_visible()
        assert house.case(first)["decisions"] == []

        page.keyboard.press("s")  # put back: it is the other's now
        expect(other.get_by_role("button", name="Accept A")).to_be_visible()
        other.keyboard.press("Shift+Digit4")
        expect(other.get_by_role("heading", name="All done")).to_be_visible()
        expect(page.get_by_role("heading", name="All done")).to_be_visible()
    decided = house.case(first)
    assert (decided["state"], [(one["by"], one["reason"]) for one in decided["decisions"]]) == ("rejected", [("Li Na", "static_fixture")])


def test_a_page_that_is_closed_gives_its_cases_back(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    for _ in range(100):
        if house.case(case_id)["claimed_by"]:
            break
        page.wait_for_timeout(50)
    assert house.case(case_id)["claimed_by"] == "reviewer"
    page.goto("about:blank")
    for _ in range(100):
        if not house.case(case_id)["claimed_by"]:
            break
        page.wait_for_timeout(50)
    assert house.case(case_id)["claimed_by"] is None


def claimed(house: House, page: Page, case_id: str, by: str | None) -> str | None:
    """Who has the case, once it is that one, or after some seconds."""
    for _ in range(100):
        if house.case(case_id)["claimed_by"] == by:
            break
        page.wait_for_timeout(50)
    return str(found) if (found := house.case(case_id)["claimed_by"]) is not None else None


def test_closing_one_window_leaves_the_case_on_the_desk_of_the_other(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    """Both are of one person, and show the same case."""
    case_id = house.bring(packet)
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    assert claimed(house, page, case_id, "reviewer") == "reviewer"
    with second_person(browser, house.login) as other:
        expect(other.get_by_role("button", name="Accept A")).to_be_visible()
    page.wait_for_timeout(500)  # what the other window gave back is heard of
    assert claimed(house, page, case_id, "reviewer") == "reviewer"
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()


def test_a_dropped_line_is_bridged(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.get_by_text("1 waiting to be sent")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("waiting to be sent")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text=re.compile("accepted|back in"))).to_contain_text("accepted")
    assert [one["action"] for one in house.case(case_id)["decisions"]] == ["confirm"]
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    assert [(one["action"], one["undone"]) for one in house.case(case_id)["decisions"]] == [("confirm", True), ("undo", False)]


def test_evidence_that_was_deleted_is_said(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    erasure = {"log_index": 41, "rule": "rejected_30_days", "begun_at": "2026-11-25T08:00:00+00:00", "done_at": None, "record": None, "signature": None}
    told = house.ask("GET", f"/cases/{case_id}", Role.ADMIN).json()
    page.route(re.compile(rf"/cases/{case_id}\?"), lambda route: route.fulfill(json={**told, "packets": [], "erasures": [erasure]}))
    page.reload()
    expect(page.get_by_role("heading", name="The evidence was deleted by rule")).to_be_visible()
    expect(page.get_by_text("by the rule rejected_30_days; log entry 41")).to_be_visible()


def test_signing_in_by_name(house: House, page: Page) -> None:
    made = house.ask("POST", "/people", Role.ADMIN, json={"name": "Wang Fang", "role": "reviewer", "unit": "Lixia", "districts": ["*"]}).json()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    page.get_by_role("button", name="sign out").click()
    page.get_by_label("Name").fill("Wang Fang")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Name and password do not fit")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(made["password"])
    page.keyboard.press("Enter")
    page.get_by_label("Present password").fill(made["password"])
    page.get_by_label("New password", exact=True).fill("a path along the brook 7")
    page.get_by_label("New password once more").fill("a path along the brook 7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Wang Fang")).to_be_visible()
