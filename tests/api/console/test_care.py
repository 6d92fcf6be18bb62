"""What keeps a hurried hand from harm: keys for a case that nobody saw, taking back after a reload, one desk in searches too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import Packet

from .conftest import House, ready
from .test_desk import CURRENT, second_person

pytestmark = pytest.mark.browser
STRIKES = """
(keys) => {
  const made = (name, shiftKey) => {
    const [key, code] = shiftKey ? ['$', name] : [name, ''];
    return new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true });
  };
  const began = performance.now();
  keys.forEach((key, at) => setTimeout(() => {
    if (performance.now() - began < 220) document.body.dispatchEvent(made(key.replace('Shift+', ''), key.startsWith('Shift+')));
  }, at * 50));
}
"""
"""Keys struck 50 ms apart, and none that a busy machine would strike so late that the next case has been seen (after 250 ms)."""


def several(house: House, packet: Packet, count: int) -> list[str]:
    """Cases of the same value but for the order, which is theirs in the queue."""
    return [house.bring(packet.but(camera=f"{packet.camera}-{number}", score=0.95 - 0.05 * number)) for number in range(count)]


def within(page: Page, told: Callable[[], object], wanted: object) -> None:
    """Waits until something is told."""
    for _ in range(200):
        if told() == wanted:
            return
        page.wait_for_timeout(50)
    assert told() == wanted


def decided(house: House, ids: list[str]) -> int:
    return sum(house.case(one)["state"] != "open" for one in ids)


@pytest.mark.parametrize("key", ["a", "Shift+Digit4", "s"])
def test_quick_presses_take_no_case_that_nobody_saw(house: House, page: Page, packet: Packet, key: str) -> None:
    ids = several(house, packet.but(camera=f"quick-{key.lower()}"), 4)
    page.reload()
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[0]))
    ready(page)
    page.wait_for_timeout(1500)  # the next two are read ahead
    page.evaluate(STRIKES, [key] * 4)
    page.wait_for_timeout(200)
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    page.wait_for_timeout(600)
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    assert decided(house, ids) == (0 if key == "s" else 1)
    page.keyboard.press(key)  # and a moment later the keys are heeded
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[2]))


def test_a_reason_that_comes_too_soon_leaves_the_question_open(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 2)
    page.reload()
    ready(page)
    page.wait_for_timeout(1000)
    page.evaluate(STRIKES, ["a", "r", "3"])
    expect(page.get_by_role("group", name="Reject: why?")).to_be_visible()
    ready(page)
    assert decided(house, ids) <= 1
    page.keyboard.press("3")
    within(page, lambda: house.case(ids[1])["state"], "rejected")


def test_the_space_bar_clicks_no_button_again(house: House, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 2)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Accept A").dblclick()  # the second click is for a case that nobody saw
    within(page, lambda: decided(house, ids), 1)
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('.stage:not(.behind) video').paused")
    assert decided(house, ids) == 1


def test_taking_back_after_a_reload(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    page.reload()
    ready(page)
    page.keyboard.press("a")
    within(page, lambda: house.case(case_id)["state"], "confirmed")
    page.reload()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    assert [(one["action"], one["undone"]) for one in house.case(case_id)["decisions"]] == [("confirm", True), ("undo", False)]
    page.keyboard.press("z")
    expect(page.get_by_role("status").filter(has_text="Nothing to undo")).to_be_visible()


def test_a_search_leads_to_the_desk(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    ids = several(house, packet.but(camera="needle"), 2)
    page.reload()
    expect(page.locator("button.case")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type(f"{house.case(ids[1])['number']}")
    page.keyboard.press("Enter")
    expect(page.locator("button.case")).to_have_count(1)
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[1]))
    assert page.evaluate("document.activeElement === document.body")
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], [None, "reviewer"])  # and what lay on the desk before is free
    with second_person(browser, house.link_of("Zhao Lei")) as other:
        other.goto(f"{house.address}/#/cases/{ids[1]}")
        expect(other.get_by_text(f"reviewer has {house.number(ids[1])} on the desk").first).to_be_visible()
        expect(other.get_by_role("button", name="Accept A")).to_have_count(0)
    ready(page)
    page.keyboard.press("a")  # the keys are the desk's at once
    within(page, lambda: house.case(ids[1])["state"], "confirmed")


def test_a_case_opened_by_its_link_is_on_the_desk(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    ids = several(house, packet, 3)
    page.reload()
    expect(page.locator("button.case")).to_have_count(3)
    page.goto("about:blank")
    within(page, lambda: [house.case(one)["claimed_by"] for one in ids], [None, None, None])
    page.goto(f"{house.address}/#/cases/{ids[2]}")
    expect(page.locator(CURRENT)).to_contain_text(house.number(ids[2]))
    within(page, lambda: house.case(ids[2])["claimed_by"], "reviewer")


def test_a_search_that_finds_nothing_stays_empty_and_holds_nothing(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet.but(camera="hay"))
    page.reload()
    expect(page.locator(CURRENT)).to_contain_text(house.number(case_id))
    ready(page)
    page.keyboard.press("/")
    page.keyboard.type("nothingatall")
    page.keyboard.press("Enter")
    expect(page.locator("button.case")).to_have_count(0)
    page.wait_for_timeout(7000)  # the desk's heartbeat comes by
    expect(page.locator("button.case")).to_have_count(0)
    assert house.case(case_id)["claimed_by"] is None
