"""Evidence goes when its time is over, not before, never under legal hold; and what went leaves a signed record."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from api import checking, engines, erasing, housekeeping, log
from api.errors import StartError
from api.retention import RULES, due, with_days
from api.roles import Role
from api.schema import cases, packet_files, packets
from api.states import State
from evidence.canonical import canonical_json, sha256_hex
from evidence.packet import Grade, Phase, Signature
from evidence.signing import signed_receipt

from .conftest import JPEG, START, Packet, Site
from .desks import person
from .stores import unguard

REJECT = {"action": "reject", "reason": "permit"}
SHARED = ("closeup", "closeup.jpg", JPEG + b"2", "image/jpeg")
"""Also a file of the usual packet."""
OWN = ("closeup", "closeup.jpg", JPEG + b"own", "image/jpeg")


async def rejected(site: Site, **changes: Any) -> str:
    case_id: str = (await site.deliver(Packet(**changes)))["case_id"]
    assert (await site.decide(case_id, version=1, **REJECT)).status_code == 200
    return case_id


@pytest.mark.parametrize(
    ("decision", "grade", "days"),
    [
        pytest.param(REJECT, "B", 30, id="rejected"),
        pytest.param({"action": "confirm"}, "C", 183, id="a lead"),
        pytest.param({"action": "confirm"}, "B", 365, id="a case"),
        pytest.param(None, "B", 365, id="undecided"),
    ],
)
async def test_each_state_has_its_time(site: Site, decision: dict[str, str] | None, grade: str, days: int) -> None:
    case_id = (await site.deliver(Packet(grade=grade)))["case_id"]
    if decision is not None:
        await site.decide(case_id, version=1, **decision)
    site.clock.forward(days=days - 1)
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(days=1, minutes=1)
    assert housekeeping.retain(site.api).erased == 1
    assert housekeeping.retain(site.api).erased == 0
    assert (await site.case(case_id))["packets"] == []


def test_a_penalty_s_file_is_kept_for_ten_years() -> None:
    (rule,) = [one for one in RULES if Grade.A in one.grades and State.CONFIRMED in one.states]
    assert rule.days >= 3650


def test_every_state_and_grade_has_exactly_one_rule() -> None:
    for state in State:
        for grade in Grade:
            assert len([rule for rule in RULES if state in rule.states and grade in rule.grades]) == 1, (state, grade)


async def test_what_was_deleted_is_gone_and_the_record_proves_it(site: Site) -> None:
    case_id = await rejected(site)
    before = await site.case(case_id)
    packet = before["packets"][0]
    site.clock.forward(days=31)
    admin = person(site, "ada", Role.ADMIN, unit="city")
    assert (await admin.json("GET", "/retention"))["rules"][0] | {"text": None} == {
        "id": "rejected", "days": 30, "counts_from": "decided_at", "text": None, "due": 1, "next_days": None, "next_at": None
    }  # fmt: skip
    assert await admin.json("POST", "/retention") == {"erased": 1, "waits": None}
    hashes = {file["sha256"] for file in packet["manifest"]["files"]}
    assert [site.api.blobs.size(one) for one in hashes] == [None] * 4
    assert not hashes & set(site.api.blobs.all())
    case = await site.case(case_id)
    assert (case["packets"], case["thumbnail_url"], case["state"]) == ([], None, "rejected")
    assert case["erased_at"] is not None
    (erasure,) = case["erasures"]
    record = erasure["record"]
    site.api.key.public_key.verify(record, Signature.model_validate(erasure["signature"]))
    assert (record["rule"]["id"], record["by"], record["state"], record["begun_index"]) == ("rejected", "ada", "rejected", erasure["log_index"])
    assert {(file["sha256"], file["outcome"]) for file in record["files"]} == {(one, "deleted") for one in hashes}
    (told,) = record["packets"]
    assert told["manifest_sha256"] == packet["receipt"]["manifest_sha256"]
    assert told["receipt_log_index"] == packet["receipt"]["log_index"]
    assert (told["sequence"], told["key_id"]) == (1, packet["signature"]["key_id"])
    with site.api.database.read() as connection:
        assert log.first_break(connection) is None
        entries = connection.exec_driver_sql("SELECT event, document FROM log WHERE event IN ('erasure_begun', 'erasure') ORDER BY log_index").all()
        kept = connection.exec_driver_sql("SELECT manifest, manifest_sha256, receipt FROM packets").one()
    assert [row.event for row in entries] == ["erasure_begun", "erasure"]
    assert sha256_hex(canonical_json(record)) in entries[1].document
    assert (kept.manifest, kept.manifest_sha256) == ("", told["manifest_sha256"])
    assert packet["receipt"]["signature"]["value"] in kept.receipt
    shown = (await admin.json("GET", "/erasures"))["items"]
    assert [one["record"] for one in shown] == [record]


async def test_a_file_that_another_case_names_stays(site: Site) -> None:
    case_id = await rejected(site)
    other = (await site.deliver(Packet(camera="gate-2", files=(SHARED,))))["case_id"]
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1
    sha256 = hashlib.sha256(SHARED[2]).hexdigest()
    assert site.api.blobs.size(sha256) == len(SHARED[2])
    files = {file["sha256"]: (file["outcome"], file["named_by"]) for file in (await site.case(case_id))["erasures"][0]["record"]["files"]}
    assert files.pop(sha256) == ("kept", other)
    assert set(files.values()) == {("deleted", None)}


async def test_no_record_says_of_a_missing_file_that_it_was_deleted(site: Site) -> None:
    case_id = await rejected(site)
    gone, *others = sorted(site.api.blobs.all())
    site.api.blobs.delete(gone)
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1
    record = (await site.case(case_id))["erasures"][0]["record"]
    assert {file["sha256"]: file["outcome"] for file in record["files"]} == {gone: "missing", **dict.fromkeys(others, "deleted")}
    with site.api.database.read() as connection:
        assert [str(fault) for fault in checking.faults(connection, site.api.key.public_key, site.api.blobs)] == []


async def test_a_legal_hold_stops_every_rule(site: Site) -> None:
    case_id = await rejected(site)
    officer = person(site, "olga", Role.OFFICER, unit="legal")
    held = await officer.json("PUT", f"/cases/{case_id}/hold", json={"reason": "an objection was filed"})
    assert (held["held"], held["version"]) == (True, 2)
    await officer.ask("PUT", f"/cases/{case_id}/hold", 409, json={"reason": "again"})
    await person(site, "anna").ask("PUT", f"/cases/{case_id}/hold", 403, json={"reason": "x"})
    site.clock.forward(days=4000)
    assert housekeeping.retain(site.api).erased == 0
    assert await officer.listed(held="true") == [case_id]
    await officer.json("DELETE", f"/cases/{case_id}/hold", params={"reason": "settled"})
    await officer.ask("DELETE", f"/cases/{case_id}/hold", 409, params={"reason": "again"})
    (shown,) = (await officer.case(case_id))["holds"]
    assert (shown["reason"], shown["by"], shown["release_reason"]) == ("an objection was filed", "olga", "settled")
    site.clock.forward(days=1, minutes=1)
    assert housekeeping.retain(site.api).erased == 1
    await officer.ask("PUT", f"/cases/{case_id}/hold", 409, json={"reason": "too late"})


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
async def test_a_legal_hold_is_in_the_case_and_in_the_log(site: Site, role: Role) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    holder = person(site, "olga", role, unit="legal")
    for other in (Role.REVIEWER, Role.AUDITOR, Role.WORKER):
        for method, told in (("PUT", {"json": {"reason": "x"}}), ("DELETE", {"params": {"reason": "x"}})):
            async with site.client() as client:
                token = person(site, f"a {other.value} by {method}", other).token
                refused = await client.request(method, f"/cases/{case_id}/hold", headers={"Authorization": f"Bearer {token}"}, **told)
            assert refused.status_code == 403, (other, method, refused.text)
    await holder.json("PUT", f"/cases/{case_id}/hold", json={"reason": "复议 17"})
    shown = await person(site, "anna").case(case_id)
    assert (shown["held"], [(one["reason"], one["by"], one["released_at"]) for one in shown["holds"]]) == (True, [("复议 17", "olga", None)])
    await holder.json("DELETE", f"/cases/{case_id}/hold", params={"reason": "settled"})
    assert (await holder.case(case_id))["held"] is False
    async with site.client(Role.ADMIN) as admin:
        entries = [one["document"] for one in (await admin.get("/log")).json()["items"] if one["event"].startswith("hold")]
    told = [(one["event"], one["by"], one["case_id"], one["reason"], one["unit"]) for one in entries]
    assert told == [("hold", "olga", case_id, "复议 17", "legal"), ("hold_released", "olga", case_id, "settled", "legal")]


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_what_was_deleted_is_in_no_byte_of_the_database_s_files(site: Site) -> None:
    """Neither in freed pages and cells nor in the write-ahead log; one of the texts fills pages of its own, the other shares one."""
    short, long = f"boot-{secrets.token_hex(8)}", f"boot-{secrets.token_hex(4000)}"
    for number, text in enumerate((short, long)):
        packet = Packet(camera=f"gate-{number}")
        worker = {**packet.manifest()["worker"], "boot_id": text}
        case_id = (await site.deliver(packet.but(changes={"worker": worker})))["case_id"]
        await site.decide(case_id, version=1, **REJECT)
    await site.deliver(Packet(camera="gate-9"))

    def bytes_of_files() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(site.api.settings.data_dir.glob("curbwatch.sqlite*")))

    assert all(text[:200].encode() in bytes_of_files() for text in (short, long)), "they were there"
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 2
    left = bytes_of_files()
    assert not any(text[at : at + 20].encode() in left for text in (short, long) for at in range(0, len(text) - 20, 20))
    assert b"gate-9" in left


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_a_reader_of_a_state_of_before_is_waited_for_another_time(site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(engines, "FORGET_WAIT_SECONDS", 0)
    text = f"boot-{secrets.token_hex(8)}"
    packet = Packet()
    case_id = (await site.deliver(packet.but(changes={"worker": {**packet.manifest()["worker"], "boot_id": text}})))["case_id"]
    await site.decide(case_id, version=1, **REJECT)
    site.clock.forward(days=31)
    log_file = site.api.settings.data_dir / "curbwatch.sqlite-wal"
    with site.api.database.read() as reading:
        reading.exec_driver_sql("SELECT count(*) FROM cases").scalar()
        assert housekeeping.retain(site.api).erased == 1
        assert "stays in the write-ahead log until retention runs again" in caplog.text
        assert text.encode() in log_file.read_bytes()
    assert housekeeping.retain(site.api).erased == 0
    assert log_file.read_bytes() == b""


async def test_a_hold_that_comes_between_looking_and_deleting(site: Site) -> None:
    case_id = await rejected(site)
    site.clock.forward(days=31)
    with site.api.database.read() as connection:
        (one,) = due(connection, RULES, site.clock(), 10)
    await person(site, "olga", Role.OFFICER).json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    assert housekeeping.erase(site.api, one, "retention") is False
    assert len((await site.case(case_id))["packets"]) == 1


OTHERS = "the receipt of another packet"


def _receipt_for(what: str, own: dict[str, Any], other: dict[str, Any]) -> str:
    """What whoever files a packet under another case makes of its receipt."""
    told = {name: value for name, value in own.items() if name != "case_id"}
    return {
        "as it was": json.dumps(own),
        "no case": json.dumps(told),
        "no case, of the schema before": json.dumps(told | {"schema": "curbwatch.receipt/2"}),
        "the other case": json.dumps(own | {"case_id": other["case_id"]}),
        "a place that is none": json.dumps(own | {"case_id": other["case_id"], "log_index": "x"}),
        "no receipt": "[1",
        OTHERS: json.dumps(other),
        f"{OTHERS}, with its hash": json.dumps(other),
    }[what]


@pytest.mark.parametrize(
    "what",
    ["as it was", "no case", "no case, of the schema before", "the other case", "a place that is none", "no receipt", OTHERS, f"{OTHERS}, with its hash"],
)
async def test_a_packet_that_is_moved_to_a_case_that_is_due_is_not_deleted_whatever_its_receipt_is_made_to_say(
    site: Site, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    held, due_one = (await site.deliver(Packet()))["case_id"], await rejected(site, camera="gate-2")
    await person(site, "olga", Role.OFFICER).json("PUT", f"/cases/{held}/hold", json={"reason": "court"})
    also_due = await rejected(site, camera="gate-3", minutes=7)
    with site.api.database.write() as connection:
        unguard(connection)
        rows = {row.case_id: row for row in connection.execute(select(packets))}
        own, other = rows[held], rows[due_one]
        changed = {"receipt": _receipt_for(what, json.loads(own.receipt), json.loads(other.receipt)), "case_id": due_one}
        if "with its hash" in what:
            changed["manifest_sha256"] = other.manifest_sha256
            connection.execute(update(packets).where(packets.c.packet_id == other.packet_id).values(manifest_sha256="ab" * 32))
        connection.execute(update(packets).where(packets.c.packet_id == own.packet_id).values(**changed))
        connection.execute(update(packet_files).where(packet_files.c.packet_id == own.packet_id).values(case_id=due_one))
    with site.api.database.read() as connection:
        assert [str(fault) for fault in checking.faults(connection, site.api.key.public_key, site.api.blobs)]
    files = set(site.api.blobs.all())
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1, "what nobody moved is deleted"
    with site.api.database.read() as connection:
        erased = connection.execute(select(cases.c.id).where(cases.c.erased_at.is_not(None))).scalars().all()
        manifests = connection.execute(select(packets.c.manifest).where(packets.c.case_id == due_one)).scalars().all()
    assert (list(erased), [bool(one) for one in manifests]) == ([also_due], [True, True])
    assert _hashes_of(site, due_one) <= files & set(site.api.blobs.all())
    assert f"case {due_one}: the packet" in caplog.text
    assert "nothing of the case is deleted; ask `serve check`" in caplog.text


def _hashes_of(site: Site, case_id: str) -> set[str]:
    with site.api.database.read() as connection:
        return set(connection.execute(select(packet_files.c.sha256).where(packet_files.c.case_id == case_id)).scalars())


async def test_a_file_of_a_held_case_that_is_filed_under_one_that_is_due_is_not_deleted(site: Site) -> None:
    held, due_one = (await site.deliver(Packet(files=(OWN,))))["case_id"], await rejected(site, camera="gate-2")
    await person(site, "olga", Role.OFFICER).json("PUT", f"/cases/{held}/hold", json={"reason": "court"})
    with site.api.database.write() as connection:
        connection.execute(update(packet_files).where(packet_files.c.case_id == held).values(case_id=due_one))
    site.clock.forward(days=31)
    before = set(site.api.blobs.all())
    assert housekeeping.retain(site.api).erased == 0
    assert set(site.api.blobs.all()) == before


async def test_a_receipt_of_the_schema_before_that_names_no_case_stops_no_deletion(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "signed_receipt", lambda key, **told: signed_receipt(key, **(told | {"case_id": None})))
    case_id = await rejected(site)
    assert (await site.case(case_id))["packets"][0]["receipt"]["schema"] == "curbwatch.receipt/2"
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1


async def test_a_deletion_that_was_cut_off_is_finished(site: Site) -> None:
    case_id = await rejected(site)
    site.clock.forward(days=31)
    with site.api.database.read() as connection:
        (one,) = due(connection, RULES, site.clock(), 10)
    with site.api.database.write() as connection:
        index = erasing.begin(connection, site.api.blobs, site.api.key.public_key, one, "retention", site.clock())
    assert index is not None
    assert (await site.case(case_id))["erasures"][0]["record"] is None
    assert housekeeping.outlook(site.api).unfinished == 1
    assert housekeeping.retain(site.api).erased == 1
    assert (await site.case(case_id))["erasures"][0]["record"]["begun_index"] == index
    assert housekeeping.outlook(site.api).unfinished == 0
    assert list(site.api.blobs.all()) == []


async def test_a_case_without_evidence_is_not_decided_nor_claimed(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    site.clock.forward(days=400)
    housekeeping.retain(site.api)
    anna = person(site, "anna")
    assert await anna.claim() == []
    assert "deleted by a rule" in (await anna.decide(case_id, 409, action="confirm"))["detail"]


async def test_the_same_packet_again_is_answered_the_same_and_brings_nothing_back(site: Site) -> None:
    first = await site.deliver(Packet())
    await site.decide(first["case_id"], version=1, **REJECT)
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    answer = await site.post(Packet())
    assert (answer.status_code, answer.json()["receipt"]) == (200, first["receipt"])
    assert (await site.case(first["case_id"]))["packets"] == []


async def test_new_evidence_of_an_erased_case_wants_its_files_and_is_under_the_rules_again(site: Site) -> None:
    case_id = await rejected(site)
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    ended = Packet(phase=Phase.ENDED, minutes=10)
    missing = await site.post(ended)
    assert missing.status_code == 424
    assert len(missing.json()["missing"]) == 4
    assert (await site.deliver(ended))["case_id"] == case_id
    assert (await site.case(case_id))["erased_at"] is None
    assert housekeeping.retain(site.api).erased == 0
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1
    assert len((await site.case(case_id))["erasures"]) == 2


def test_other_periods() -> None:
    rules = with_days(RULES, {"rejected": 15})
    assert (rules[0].id, rules[0].days) == ("rejected", 15)
    assert rules[1:] == RULES[1:]
    assert "15" in rules[0].en
    for wrong, names in (({"nothing": 3}, "there is no rule 'nothing'"), ({"lead": 0}, "lead has 1 to"), ({"lead": 10**9}, "lead has 1 to")):
        with pytest.raises(StartError, match=names):
            with_days(RULES, wrong)
    assert RULES[0].due_at(START) - START == timedelta(days=30)


async def _overdue_tomorrow(site: Site, decision: dict[str, str] | None = None) -> str:
    """A case whose last evidence came 364 days ago."""
    case_id: str = (await site.deliver(Packet()))["case_id"]
    if decision is not None:
        assert (await site.decide(case_id, version=1, **decision)).status_code == 200
    site.clock.forward(days=364)
    return case_id


async def _is_kept_for(site: Site, days: int) -> None:
    """Its evidence is there until so many days from now, no longer; and what the database says of it fits the log."""
    site.clock.forward(days=days - 1)
    assert housekeeping.retain(site.api).erased == 0
    with site.api.database.read() as connection:
        assert [str(fault) for fault in checking.faults(connection, site.api.key.public_key, site.api.blobs)] == []
    site.clock.forward(days=1, minutes=1)
    assert housekeeping.retain(site.api).erased == 1


async def test_a_case_that_is_reopened_late_is_kept_as_one_that_just_came(site: Site) -> None:
    case_id = await _overdue_tomorrow(site, {"action": "confirm"})
    site.clock.forward(hours=23)
    await person(site, "olga", Role.OFFICER).decide(case_id, action="reopen", note="a complaint came")
    await _is_kept_for(site, 365)


async def test_an_open_case_whose_kind_somebody_changed_is_kept_from_then(site: Site) -> None:
    case_id = await _overdue_tomorrow(site)
    await person(site, "anna").decide(case_id, action="change_kind", kind="V3")
    await _is_kept_for(site, 365)


async def test_a_first_decision_under_seal_waits_for_its_second_person_though_the_year_is_over(site: Site) -> None:
    object.__setattr__(site.api, "settings", replace(site.api.settings, double_review_share=1.0))
    case_id = await _overdue_tomorrow(site)
    await person(site, "anna").decide(case_id, action="confirm")
    site.clock.forward(days=1, hours=2)
    assert housekeeping.retain(site.api).erased == 0
    decided = await person(site, "bob").decide(case_id, action="confirm")
    assert decided["state"] == "confirmed"
    await _is_kept_for(site, 365)


async def test_two_who_disagree_late_leave_a_year_to_settle_it(site: Site) -> None:
    object.__setattr__(site.api, "settings", replace(site.api.settings, double_review_share=1.0))
    case_id = await _overdue_tomorrow(site)
    await person(site, "anna").decide(case_id, action="confirm")
    disputed = await person(site, "bob").decide(case_id, action="reject", reason="permit")
    assert disputed["state"] == "disputed"
    await _is_kept_for(site, 365)


async def test_who_sets_a_reopened_case_back_to_when_its_evidence_came_is_found(site: Site) -> None:
    case_id = await _overdue_tomorrow(site, {"action": "confirm"})
    await person(site, "olga", Role.OFFICER).decide(case_id, action="reopen", note="a complaint came")
    with site.api.database.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET kept_from = created_at")
        found = [str(fault) for fault in checking.faults(connection, site.api.key.public_key, site.api.blobs)]
    assert found == [f"cases {case_id}: kept_from is before its last packet came or it was last decided"]


async def test_a_hold_that_was_released_leaves_a_day_to_set_it_again(site: Site) -> None:
    case_id = await rejected(site)
    officer = person(site, "olga", Role.OFFICER)
    await officer.json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    site.clock.forward(days=60)
    await officer.json("DELETE", f"/cases/{case_id}/hold", params={"reason": "a slip of the hand"})
    site.clock.forward(hours=23)
    assert housekeeping.retain(site.api).erased == 0
    assert housekeeping.outlook(site.api).rules[0].due == 0
    await officer.json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    await officer.json("DELETE", f"/cases/{case_id}/hold", params={"reason": "settled"})
    await _is_kept_for(site, 1)
