"""What the page says of a case and how all of it is reached: why a case is only a lead, every kind by keys, a login link that is over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from evidence.kinds import load_catalogue
from tests.api.conftest import Packet

from .conftest import WINDOW, House, ready

pytestmark = pytest.mark.browser


def test_why_a_case_is_only_a_lead(house: House, page: Page, packet: Packet) -> None:
    clip, (first, *one), (confirming, *_), closeup = packet.files
    house.bring(packet.but(files=(clip, (first, *one), (confirming, "again.jpg", *one[1:]), closeup)))
    why = page.locator("dd.lead")
    expect(why).to_contain_text("are the same byte for byte")
    expect(why).to_contain_text("less than ten seconds")
    expect(page.locator("aside .chip", has_text="grade C")).to_have_attribute("title", f"a lead\n{why.inner_text()}")
    page.get_by_role("button", name="中文").click()
    expect(why).to_contain_text("逐字节相同")
    page.get_by_role("button", name="English").click()


def test_why_a_worker_s_lead_is_one(house: House, page: Page, packet: Packet) -> None:
    house.bring(packet.but(grade="C"))
    expect(page.locator("dd.lead")).to_have_text("its worker reports it as no more")


def test_every_kind_by_keys(house: House, page: Page, packet: Packet) -> None:
    case_id = house.bring(packet)
    expect(page.get_by_role("button", name="Accept A")).to_be_visible()
    ready(page)
    page.keyboard.press("k")
    offered = page.get_by_role("group", name="Which kind is it?").locator("li:not(.whole)")
    expect(offered).to_have_count(9)
    first = offered.all_inner_texts()
    page.keyboard.press("0")
    expect(offered).to_have_count(len(load_catalogue().kinds) - 1 - 9)
    second = offered.all_inner_texts()
    assert not {told[1:] for told in first} & {told[1:] for told in second}
    page.keyboard.press("0")
    expect(offered).to_have_count(9)
    page.keyboard.press("0")
    wanted = second[7].split(maxsplit=1)[1]
    page.keyboard.press("8")
    expect(page.get_by_role("heading", name=wanted)).to_be_visible()
    (named,) = [kind.id for kind in load_catalogue().kinds if kind.name.en == wanted]
    assert house.case(case_id)["kind"] == named
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("0 for the next nine")


@pytest.mark.parametrize(("locale", "told"), [("en-GB", "The login link is not valid, was revoked, or is over."), ("zh-CN", "登录链接无效、已撤销或已过期")])
def test_a_login_link_that_is_over(browser: Browser, house: House, locale: str, told: str) -> None:
    context = browser.new_context(viewport=WINDOW, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{house.address}/login?token=bogus")
    expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
    assert page.url == f"{house.address}/"
    page.goto(house.login)
    page.goto(f"{house.address}/login?token=bogus")
    expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()
    expect(page.locator(".queue")).to_be_visible()
    context.close()


def test_the_lists_of_an_officer_stand_apart(browser: Browser, house: House) -> None:
    context = browser.new_context(viewport=WINDOW, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(house.link_of("An officer", "officer"))
    tabs = page.get_by_role("group", name="State").get_by_role("button")
    expect(tabs).to_have_count(4)
    assert all(tabs.nth(place).evaluate("one => one.scrollWidth <= one.clientWidth && one.clientWidth > 90") for place in range(4))
    context.close()
