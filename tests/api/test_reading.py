"""Looks at cases stand in the log, as looks at files do."""

from __future__ import annotations

from api.roles import Role

from .conftest import Clock, Packet, Site
from .desks import person


async def test_a_look_at_a_case_stands_in_the_log_once(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, eva = person(site, "anna", unit="brigade"), person(site, "eva", Role.AUDITOR)
    for _ in range(3):
        await anna.case(case_id)
    await eva.ask("GET", f"/cases/{case_id}", headers={"X-Purpose": "audit"})
    site.clock.forward(minutes=11)
    await anna.case(case_id)
    entries = [one["document"] for one in (await eva.json("GET", "/log", params={"limit": 1000}))["items"] if one["event"] == "evidence_read"]
    looks = [(one["by"], one["unit"], one["purpose"], one["case_id"]) for one in entries if one.get("what") == "case"]
    assert looks == [("anna", "brigade", "review", case_id), ("eva", None, "audit", case_id), ("anna", "brigade", "review", case_id)]
    await anna.ask("GET", "/cases/nothing", 404)


async def test_whoever_reads_all_ahead_is_looking(site: Site, clock: Clock) -> None:
    """A script that never says what is on the screen; and a page, which does."""
    ids = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(9)]
    script, page, eva = person(site, "script"), person(site, "anna"), person(site, "eva", Role.AUDITOR)

    async def counted(name: str) -> tuple[int, int]:
        entries = [one["document"] for one in (await eva.json("GET", "/log", params={"limit": 1000}))["items"] if one["event"] == "evidence_read"]
        own = [one.get("ahead", False) for one in entries if one["by"] == name]
        return own.count(True), own.count(False)

    for case_id in ids:
        await script.ask("GET", f"/cases/{case_id}", params={"ahead": "true", "purpose": "review"})
        await page.ask("GET", f"/cases/{case_id}", params={"ahead": "true", "purpose": "review"})
        await page.ask("POST", f"/cases/{case_id}/looks", 204, json={"purpose": "review", "version": 1})
    assert (await counted("script"), await counted("anna")) == ((6, 3), (9, 9))
    clock.forward(minutes=11)
    sha256 = Packet().manifest()["files"][0]["sha256"]
    for case_id in (ids[0], ids[8]):
        await script.ask("GET", f"/cases/{case_id}/files/{sha256}", params={"ahead": "true", "purpose": "review"})
    assert await counted("script") == (7, 4), "a file of a case that was read ahead is ahead; of one that counts as seen, seen"
    clock.forward(hours=12)
    await script.ask("GET", f"/cases/{ids[7]}", params={"ahead": "true", "purpose": "review"})
    assert await counted("script") == (8, 4)
