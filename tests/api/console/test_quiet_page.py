"""The list of what is silenced, in a real browser: who silenced what, and ending it by hand."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.conftest import Packet

from .conftest import House, ready

pytestmark = pytest.mark.browser
LOOK = (0.9, 0.1)


@pytest.fixture
def order(house: House, packet: Packet) -> dict[str, Any]:
    """The order by which a thing is quiet that a reviewer and an administrator rejected, before anybody has the page open."""
    house.ask("PUT", f"/cameras/{packet.camera}", "worker", json={"worker": "worker-1"})
    for role, stay, minute in (("reviewer", "a", 0.0), ("admin", "b", 60.0)):
        case_id = house.bring(packet.but(look=LOOK, stay=stay, first_minute=minute))
        told = {"action": "reject", "reason": "static_fixture", "version": house.case(case_id)["version"]}
        house.ask("POST", f"/cases/{case_id}/decisions", role, json=told)
    (order,) = orders(house, packet)
    return order


def orders(house: House, packet: Packet) -> list[dict[str, Any]]:
    return [one for one in house.ask("GET", "/orders", "admin").json()["items"] if one["camera_id"] == packet.camera]


def row_of(page: Page, packet: Packet) -> Locator:
    """The line of the list that is of the packet's camera."""
    return page.get_by_role("row").filter(has=page.locator(f'a[href="#/cameras/{packet.camera}"]'))


def test_who_silenced_what_and_its_end(house: House, order: dict[str, Any], page: Page, packet: Packet) -> None:
    alarm = {"order": order["id"], "camera_id": packet.camera, "act_id": "a" * 32, "kind": "V2", "at": "2026-11-25T09:00:00+00:00"}
    house.ask("POST", "/workers/worker-1/health", "worker", json={"cameras": {}, "suppressed": [alarm]})
    page.get_by_role("link", name="Silenced").click()
    row = row_of(page, packet)
    expect(row).to_contain_text("reviewer: fixed object")
    expect(row).to_contain_text("admin: fixed object")
    expect(row).to_contain_text("1 kept back")
    expect(row).to_contain_text("0 shown")

    row.get_by_role("button", name="End").click()
    row.get_by_placeholder("Why end it?").fill("a vendor stands there")
    row.get_by_role("button", name="End").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="over").click()
    expect(row).to_contain_text("by reviewer: a vendor stands there")
    assert orders(house, packet) == []


def test_one_that_is_shown_all_the_same_says_so(house: House, order: dict[str, Any], page: Page, packet: Packet) -> None:
    mark = {"order": order["id"], "case_id": order["case_id"], "until": order["until"], "one_in": 20}
    house.bring(packet.but(look=LOOK, stay="c", first_minute=120, changes={**packet.changes, "quiet": mark}))
    ready(page)
    chip = page.get_by_role("link", name="silenced thing")
    expect(chip).to_have_attribute("title", "Two people silenced this thing; one in 20 of its alarms is shown all the same. "
                                            "Accepting it ends the silence, rejecting it lets it stand.")  # fmt: skip
    page.get_by_role("button", name="Accept A").click()
    page.get_by_role("link", name="Silenced", exact=True).click()
    page.get_by_role("button", name="over").click()
    expect(row_of(page, packet)).to_contain_text("reviewer confirmed a case")
