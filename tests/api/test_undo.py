"""One's own last decision is taken back for ten minutes, where nobody has acted since."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import person

REJECT = {"action": "reject", "reason": "permit"}
UNDOABLE = [
    pytest.param({"action": "confirm"}, id="a confirmation"),
    pytest.param(REJECT, id="a rejection"),
    pytest.param({"action": "change_kind", "kind": "V3"}, id="a change of kind"),
]


@pytest.mark.parametrize("decision", UNDOABLE)
async def test_the_case_stands_where_it_stood(site: Site, decision: dict[str, Any]) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna")
    before = await anna.case(case_id)
    decided = await anna.decide(case_id, **decision)
    site.clock.forward(minutes=9)
    undone = await anna.decide(case_id, action="undo", version=decided["version"])
    assert (undone["state"], undone["kind"], undone["kind_name"]) == ("open", before["kind"], before["kind_name"])
    told = (await anna.case(case_id))["decisions"]
    assert [(one["action"], one["undone"]) for one in told] == [(decision["action"], True), ("undo", False)]
    assert (await anna.decide(case_id, action="confirm"))["state"] == "confirmed"


async def test_undoing_a_reopening(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.decide(case_id, **REJECT)
    await otto.decide(case_id, action="reopen")
    assert (await otto.decide(case_id, action="undo"))["state"] == "rejected"


async def test_not_twice_not_late_not_another_s(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    assert "nothing of this case" in (await anna.decide(case_id, 409, action="undo"))["detail"]
    await anna.decide(case_id, action="confirm")
    for never in (await otto.decide(case_id, 409, action="undo"), await person(site, "eva").decide(case_id, 409, action="undo")):
        assert ("nothing of this case" in never["detail"], "anna" in never["detail"]) == (True, False), "who never decided has nothing to undo"
    await anna.decide(case_id, action="undo")
    assert "undone already" in (await anna.decide(case_id, 409, action="undo"))["detail"]
    await anna.decide(case_id, action="confirm")
    site.clock.forward(minutes=11)
    late = await anna.decide(case_id, 409, action="undo")
    assert "reopen it" in late["detail"]
    assert late["current"]["state"] == "confirmed"


async def test_somebody_acted_since(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    await anna.decide(case_id, action="confirm")
    await otto.decide(case_id, action="reopen")
    assert "otto has acted" in (await anna.decide(case_id, 409, action="undo"))["detail"]


async def test_new_evidence_is_nobody_s_act_but_wants_the_new_version(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna")
    version = (await anna.decide(case_id, action="confirm"))["version"]
    await site.deliver(Packet(phase=Phase.CONTINUED, minutes=20))
    told = await anna.decide(case_id, 409, action="undo", version=version)
    assert (await anna.decide(case_id, action="undo", version=told["current"]["version"]))["state"] == "open"


async def test_the_same_undoing_sent_again_is_answered_the_same(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna")
    version = (await anna.decide(case_id, action="confirm"))["version"]
    first = await anna.decide(case_id, action="undo", version=version)
    assert await anna.decide(case_id, action="undo", version=version) == first
