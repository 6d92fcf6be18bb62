"""What the log tells of a reviewer at the page: what was on the screen as a look, what was only read ahead as that, and why it was read."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.roles import Role
from tests.api.conftest import Packet

from .conftest import House, ready
from .test_care import several, within
from .test_desk import CURRENT, second_person

pytestmark = pytest.mark.browser


def looks(house: House, by: str) -> list[dict[str, Any]]:
    """What stands in the log of somebody's looks: the case, the file or version, why, and whether it was only read ahead."""
    entries: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        told = house.ask("GET", f"/log?limit=1000&after={after}", Role.ADMIN).json()
        entries += [one["document"] | {"case": one["case_id"]} for one in told["items"] if one["event"] == "evidence_read" and one["by"] == by]
        after = told["next_after"]
    return [{"case": one["case"], **one.get("body", one)} for one in entries]


def test_what_is_read_ahead_is_no_look(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    page.goto("about:blank")  # nobody else at a desk
    ids = several(house, packet, 3)
    with second_person(browser, house.link_of("Sun Mei")) as reader:
        ready(reader)
        reader.wait_for_function("() => document.querySelectorAll('.stage.behind video').length === 2")
        reader.wait_for_timeout(1000)

        def files_of(case_id: str, ahead: bool) -> set[str]:
            kept = (one for one in looks(house, "Sun Mei") if one["case"] == case_id and bool(one.get("ahead")) == ahead)
            return {one["file_role"] for one in kept if one.get("file_role")}

        clip = "clip_confirmed"
        assert clip in files_of(ids[0], ahead=False)
        for one in ids[1:]:
            assert clip in files_of(one, ahead=True)
            assert clip not in files_of(one, ahead=False)
        reader.keyboard.press("ArrowDown")
        expect(reader.locator(CURRENT)).to_contain_text(house.number(ids[1]))
        within(reader, lambda: files_of(ids[1], ahead=False), {clip, "snapshot_first", "snapshot_confirming", "closeup"})
        assert clip not in files_of(ids[2], ahead=False)


def test_an_auditor_reads_to_audit(house: House, browser: Browser, page: Page, packet: Packet) -> None:
    page.goto("about:blank")
    case_id = house.bring(packet)
    with second_person(browser, house.link_of("Eva Gao", "auditor")) as auditor:
        auditor.goto(f"{house.address}/#/cases/{case_id}")
        expect(auditor.get_by_text("Your account can look at cases")).to_be_visible()
        auditor.wait_for_function("() => document.querySelector('.stage:not(.behind) video')?.currentTime > 0.1")
        time.sleep(0.5)
        seen = [one for one in looks(house, "Eva Gao") if one["case"] == case_id]
        assert {one["purpose"] for one in seen} == {"audit"}
        assert any(one.get("file_role") == "clip_confirmed" for one in seen)
