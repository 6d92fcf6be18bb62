"""Looks at cases stand in the log, as looks at files do."""

from __future__ import annotations

from api.roles import Role

from .conftest import Packet, Site
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
