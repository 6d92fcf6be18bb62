"""What somebody changes in the database past the API is found and named: a table of tamperings."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from api import housekeeping
from api import whole as whole_files
from api.case_rows import Came
from api.checking import Hashed, faults, file_faults
from api.checking_cases import district_of
from api.roles import Role
from api.schema import about
from api.settings import Settings
from evidence.kinds import load_catalogue
from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import person

UNLOCK = ("DROP TRIGGER log_refuses_update", "DROP TRIGGER log_refuses_delete")
"""What a stranger with the database in hand does first."""


@pytest.fixture
def store() -> str:
    """Tampering is tried on SQLite; the checks are the same statements on both."""
    return "files"


@pytest.fixture
async def full(site: Site) -> Site:
    """Cases with packets, decisions, an undoing, a hold, a deletion, a look, and a signed head."""
    one = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10))
    two = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    await site.deliver(Packet(camera="gate-2", phase=Phase.ENDED, minutes=12))
    anna, olga = person(site, "anna", unit="brigade"), person(site, "olga", Role.OFFICER)
    await anna.decide(one, action="reject", reason="permit", note="a note")
    await anna.decide(two, action="confirm")
    await anna.decide(two, action="undo")
    await olga.decide(two, action="confirm")
    await olga.json("PUT", f"/cases/{two}/hold", json={"reason": "court"})
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    await site.deliver(Packet(camera="gate-3", first_minute=60 * 24 * 31))
    housekeeping.sign_head(site.api)
    return site


def found(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        told = [str(fault) for fault in faults(connection, site.api.key.public_key, site.api.blobs, site.api.settings.data_dir / "heads")]
    return told + [str(fault) for fault in file_faults(site.api.database, site.api.blobs)]


async def test_nothing_is_wrong_with_what_the_api_wrote(full: Site) -> None:
    assert found(full) == []


async def test_a_packet_of_before_keeps_the_grade_that_it_was_given_then(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older version took a clip of no length; its packet stays a case, and those that came after are graded by the rules of now."""
    with monkeypatch.context() as older:
        older.setattr(Came, "of", partial(Came.of, rules=1))
        older.setattr("api.gradings.begin", lambda *_: None)
        one = (await site.deliver(Packet(picture_seconds=None)))["case_id"]
    two = (await site.deliver(Packet(camera="gate-2", picture_seconds=None)))["case_id"]
    assert [(await site.case(case))["grade"] for case in (one, two)] == ["B", "C"]
    assert found(site) == []


async def test_what_came_by_the_rules_before_these_keeps_its_kinds_standing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(Came, "of", partial(Came.of, rules=2))
        older.setattr("api.gradings.begin", lambda connection, index: connection.execute(insert(about).values(name="grading_2_from", value=str(index))))
        one = (await site.deliver(Packet(kind="V4")))["case_id"]
    two = (await site.deliver(Packet(kind="V4", camera="gate-2")))["case_id"]
    assert [(await site.case(case))["grade"] for case in (one, two)] == ["B", "C"]
    assert found(site) == []


async def test_a_later_catalogue_finds_no_fault_with_the_standing_of_before(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.deliver(Packet(kind="V4"))
    await site.deliver(Packet(camera="gate-2"))
    for kinds in ({"V4": "proven"}, {"V2": "rendered_only"}):
        now = load_catalogue()
        later = now.model_copy(update={"kinds": tuple(kind.model_copy(update={"standing": kinds.get(kind.id, kind.standing)}) for kind in now.kinds)})
        monkeypatch.setattr("evidence.grading._catalogue", lambda later=later: later)
        assert found(site) == []


async def test_a_lead_of_a_kind_that_is_not_proven_is_not_made_a_case_in_the_store(site: Site) -> None:
    kind = Packet(kind="V4").manifest()["kind"] | {"catalogue_version": load_catalogue().version}
    await site.deliver(Packet(kind="V4", changes={"kind": kind}))
    with site.api.database.write() as connection:
        connection.exec_driver_sql("UPDATE packets SET grade = 'B', lowered = NULL")
        connection.exec_driver_sql("UPDATE cases SET grade = 'B'")
    assert any("grade is not as" in fault for fault in found(site))


LAST = "(SELECT MAX(log_index) FROM log)"
GATE_2 = "(SELECT id FROM cases WHERE camera_id = 'gate-2')"
HELD = "(SELECT packet_id FROM packets WHERE manifest != '' ORDER BY packet_id LIMIT 1)"
TAMPERINGS = [
    # the log
    pytest.param(
        "UPDATE log SET document = replace(document, 'anna', 'otto') WHERE event = 'decision'",
        "was changed: its hash is another", id="a log entry's person",
    ),
    pytest.param("UPDATE log SET sha256 = 'ff' WHERE log_index = 3", "log 3: was changed", id="a log entry's hash"),
    pytest.param("DELETE FROM log WHERE log_index = 2", "log 3: comes after entry 1", id="a log entry removed"),
    pytest.param(f"DELETE FROM log WHERE log_index = {LAST}", "vouches for entry", id="the log's end cut off"),
    pytest.param("UPDATE log SET log_index = 1000 WHERE log_index = 2", "log 1000: comes after", id="a log entry moved"),
    pytest.param("UPDATE log SET by = 'otto' WHERE event = 'hold'", "is filed under another", id="a log entry filed under another person"),
    pytest.param("UPDATE log SET case_id = 'x' WHERE event = 'decision'", "is filed under another", id="a log entry filed under another case"),
    pytest.param("UPDATE log SET at = at - 1 WHERE event = 'hold'", "is filed under another", id="a log entry dated back"),
    pytest.param("UPDATE log SET case_id = 'x' WHERE event = 'key_bound'", "is filed under another", id="an entry of no case filed under one"),
    pytest.param("UPDATE log SET by = 'worker 9' WHERE event = 'manifest'", "is filed under another worker", id="a manifest's entry filed under a worker"),
    pytest.param("UPDATE log SET at = at - 1 WHERE event = 'manifest'", "is filed under another worker or time", id="a manifest's entry dated back"),
    pytest.param(f"UPDATE log SET case_id = {GATE_2} WHERE event = 'manifest'", "is filed under another", id="a manifest's entry filed under another case"),
    pytest.param("UPDATE log SET event = 'manifest' WHERE event = 'key_bound'", "is filed under another", id="an entry filed as a manifest's"),
    pytest.param("UPDATE log SET document = 'x' WHERE log_index = 4", "log 4: is no JSON", id="a log entry that is nothing"),
    # heads
    pytest.param("UPDATE heads SET document = replace(document, '\"index\": ', '\"index\": 1')", "the signature by the key", id="a head's index"),
    pytest.param("UPDATE heads SET document = '{}'", "heads 20", id="a head that is nothing"),
    # packets
    pytest.param(
        f"UPDATE packets SET manifest = replace(manifest, 'worker-1', 'worker-9') WHERE packet_id = {HELD}",
        "its manifest was changed", id="a manifest's field",
    ),
    pytest.param(f"UPDATE packets SET manifest = '' WHERE packet_id = {HELD}", "no deletion says why", id="a manifest removed without a deletion"),
    pytest.param(f"DELETE FROM packets WHERE packet_id = {HELD}", "was removed", id="a packet removed"),
    pytest.param(f"UPDATE packets SET case_id = {GATE_2} WHERE manifest != ''", "was moved to another case", id="a packet moved to another case"),
    pytest.param(
        f"UPDATE packets SET worker = 'worker-2' WHERE packet_id = {HELD}",
        "was never bound to the worker worker-2", id="a packet given to another worker",
    ),
    pytest.param("UPDATE packets SET signature = replace(signature, 'value\": \"', 'value\": \"AAAA')", "signature", id="a signature"),
    pytest.param(
        "UPDATE packets SET receipt = replace(receipt, 'log_index\":', 'log_index\":1')",
        "its receipt: the signature", id="a receipt's place",
    ),
    pytest.param(
        "UPDATE packets SET receipt = (SELECT receipt FROM packets AS o WHERE o.packet_id != packets.packet_id LIMIT 1)",
        "for another manifest", id="receipts swapped",
    ),
    pytest.param("DELETE FROM packet_files WHERE name = 'clip.mp4'", "clip.mp4: is not as the manifest names it", id="a file's row removed"),
    pytest.param("UPDATE packet_files SET sha256 = '0' WHERE name = 'clip.mp4'", "clip.mp4: is not as the manifest", id="a file's hash"),
    pytest.param(
        "INSERT INTO packet_files SELECT packet_id, 'more.jpg', case_id, sha256, media_type, role, bytes, goes_at "
        f"FROM packet_files WHERE packet_id = {HELD} LIMIT 1",
        "more.jpg: is not as the manifest", id="a file's row added",
    ),
    # decisions
    pytest.param("UPDATE decisions SET by = 'otto' WHERE by = 'anna'", "by is not as the log has it", id="a decision given to another person"),
    pytest.param("UPDATE decisions SET reason = 'unloading' WHERE reason = 'permit'", "reason is not as the log has it", id="a decision's reason"),
    pytest.param("UPDATE decisions SET note = NULL", "note is not as the log has it", id="a decision's note"),
    pytest.param("DELETE FROM decisions WHERE action = 'reject'", "the row of this decision was removed", id="a decision removed"),
    pytest.param(
        f"INSERT INTO decisions SELECT 1, {GATE_2}, 99, at, by, 'confirm', NULL, NULL, NULL, unit, 'open', 'V2', NULL, 0, 0, 0, NULL FROM decisions LIMIT 1",
        "the log has no decision there", id="a decision added",
    ),
    pytest.param(f"UPDATE cases SET state = 'rejected' WHERE id = {GATE_2}", "is rejected, but its decisions lead to confirmed", id="a case's state"),
    pytest.param("UPDATE cases SET state = 'confirmed' WHERE camera_id = 'gate-3'", "its decisions lead to open", id="a case decided by nobody"),
    # keeping
    pytest.param("UPDATE holds SET reason = 'none'", "reason is not as the log has it", id="a hold's reason"),
    pytest.param("DELETE FROM holds", "the row of this hold was removed", id="a hold removed"),
    pytest.param("UPDATE erasures SET record = replace(record, 'rejected', 'confirmed')", "its record is not the one", id="a record of deletion"),
    pytest.param("UPDATE erasures SET plan = replace(plan, 'rejected', 'confirmed')", "its plan is not the one", id="a deletion's plan"),
    # what the rows say beside their entries
    pytest.param("UPDATE cases SET held = 0", "is under legal hold, but its row does not say so", id="a hold in the case's row"),
    pytest.param(f"UPDATE cases SET decided_at = decided_at - 40000000000000 WHERE id = {GATE_2}", "decided_at is not when", id="a case decided earlier"),
    pytest.param(f"UPDATE cases SET kind = 'V9' WHERE id = {GATE_2}", "kind is V9, but", id="a case's kind"),
    pytest.param(f"UPDATE cases SET kind_name = '{{}}' WHERE id = {GATE_2}", "kind_name is not", id="a case's kind's name"),
    pytest.param(f"UPDATE cases SET grade = 'C' WHERE id = {GATE_2}", "grade is not as its packets make it", id="a case's grade"),
    pytest.param("UPDATE cases SET last_seen = 0, first_seen = 0, dwell_seconds = 1", "last_seen is not as", id="a case's stay"),
    pytest.param(f"UPDATE cases SET camera_id = 'gate-9' WHERE id = {GATE_2}", "camera_id is not as", id="a case's camera"),
    pytest.param("UPDATE cases SET district = 'x'", "district is 'x', but its camera lay in ''", id="a case's district"),
    pytest.param("UPDATE cases SET x1 = 0.9, x2 = 0.95", "x1 is not as", id="a case's place"),
    pytest.param("UPDATE cases SET ground_cell = 7", "ground_cell is not as", id="a case's cell of the map"),
    pytest.param("UPDATE cases SET score = 0.01, value = -999", "value is not as", id="a case's place in the queue"),
    pytest.param(f"UPDATE cases SET erased_at = 1 WHERE id = {GATE_2}", "erased_at is not as its deletions have it", id="a case erased by its row"),
    pytest.param("UPDATE cases SET recurrence_of = NULL, ended_at = NULL", "ended_at is not as", id="a case's end"),
    pytest.param("UPDATE cases SET thumbnail_sha256 = (SELECT sha256 FROM packet_files LIMIT 1)", "thumbnail_sha256 is not", id="a case's picture"),
    pytest.param("UPDATE cases SET kept_from = 1", "kept_from is before", id="from when a case is kept"),
    pytest.param("UPDATE cases SET version = version + 1", "version is", id="a case's version"),
    pytest.param("UPDATE cases SET number = number + 10", "has the number", id="a case's number"),
    pytest.param("UPDATE cases SET sealed_by = 'anna'", "under seal is not as", id="a seal"),
    pytest.param(
        "INSERT INTO cases SELECT * FROM (SELECT * FROM cases LIMIT 1)", "no packet ever came to it", id="a case put in",
    ),
    pytest.param("DELETE FROM acts", "was removed, though packets are of it", id="acts removed"),
    pytest.param(f"UPDATE acts SET case_id = {GATE_2}", "belongs to another case", id="acts moved"),
    pytest.param("UPDATE packets SET received_at = received_at - 100000000000", "received_at is not as its receipt", id="when a packet came"),
    pytest.param("UPDATE packets SET phase = 'ended', sequence = 77, last_seen = 0", "sequence is not as", id="a packet's phase and place"),
    pytest.param("UPDATE packets SET boot_id = 'x' WHERE manifest != ''", "boot_id is not as", id="the boot that a packet was made in"),
    pytest.param("UPDATE packets SET camera_id = 'gate-9' WHERE manifest != ''", "camera_id is not as", id="the camera that brought a packet"),
    pytest.param("UPDATE packets SET grade = 'A'", "grade is not as", id="the grade that a packet bears"),
    pytest.param("UPDATE packets SET last_seen = 0 WHERE manifest = ''", "last_seen is not as the deletion", id="a packet whose evidence is deleted"),
    pytest.param("UPDATE decisions SET undone = 1 WHERE action = 'confirm'", "undone is not as", id="a decision undone by its row"),
    pytest.param("UPDATE decisions SET kind_before = 'V9'", "do not follow one another", id="the kind before a decision"),
    pytest.param("UPDATE packet_files SET media_type = 'text/html'", "is not as the manifest names it", id="a file's type"),
    pytest.param("UPDATE packet_files SET case_id = (SELECT id FROM cases WHERE camera_id = 'gate-3')", "is not as the manifest", id="files moved to a case"),
    pytest.param("DELETE FROM heads", "was removed from the database", id="heads removed"),
    pytest.param("UPDATE heads SET day = '1999-01-01'", "stands under another day", id="a head's day"),
    pytest.param("DELETE FROM erased_files", "is not as the plan of the deletion", id="names of deleted files"),
    pytest.param("DELETE FROM erasures", "the row of this erasure_begun was removed", id="a deletion removed"),
    pytest.param("UPDATE erasures SET record = NULL, done_at = NULL, done_index = NULL", "its record was removed", id="a deletion's proof"),
    pytest.param("UPDATE erasures SET rule = 'lead'", "rule is not as the log has it", id="a deletion's rule"),
    pytest.param("UPDATE workers SET revoked_at = 1", "revoked_at is not as the log has it", id="a worker revoked by its row"),
    pytest.param("UPDATE workers SET public_key = 'AAAA'", "public_key is not as", id="a worker's key"),
    pytest.param("UPDATE holds SET released_at = 1, released_by = 'x', release_reason = 'y'", "was released, but the log has no", id="a hold released"),
    pytest.param("INSERT INTO restores VALUES (3, 1, 0, NULL)", "restores 3: is not as the log has it", id="a restore put in"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), TAMPERINGS)
async def test_each_tampering_is_found_and_named(full: Site, statement: str, told: str) -> None:
    with closing(sqlite3.connect(full.api.settings.data_dir / "curbwatch.sqlite")) as raw, raw:
        for step in UNLOCK:
            raw.execute(step)
        if statement.startswith("INSERT INTO cases"):
            names = [column[1] for column in raw.execute("PRAGMA table_info(cases)") if column[1] not in ("id", "number")]
            statement = f"INSERT INTO cases (id, number, {', '.join(names)}) SELECT 'f0', 999, {', '.join(names)} FROM cases LIMIT 1"
        assert raw.execute(statement).rowcount > 0
    assert any(told in one for one in found(full)), found(full)


async def test_a_packet_that_is_moved_to_another_case_with_its_entry_is_found_and_not_deleted_there(site: Site) -> None:
    """Whoever has the database in hand files a packet of a held case under one whose time will be over."""
    held = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10))
    rejected = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    anna, olga = person(site, "anna", unit="brigade"), person(site, "olga", Role.OFFICER)
    await olga.json("PUT", f"/cases/{held}/hold", json={"reason": "court"})
    await anna.decide(rejected, action="reject", reason="permit")
    last = "(SELECT packet_id FROM packets WHERE phase = 'ended')"
    with closing(sqlite3.connect(site.api.settings.data_dir / "curbwatch.sqlite")) as raw, raw:
        for step in UNLOCK:
            raw.execute(step)
        raw.execute(
            f"UPDATE log SET case_id = ? WHERE log_index = (SELECT json_extract(receipt, '$.log_index') FROM packets WHERE packet_id = {last})", [rejected]
        )
        raw.execute(f"UPDATE packets SET case_id = ? WHERE packet_id = {last}", [rejected])
        raw.execute(f"UPDATE packet_files SET case_id = ? WHERE packet_id = {last}", [rejected])
    moved = f"was moved to another case than it came to ({held}, by its receipt)"
    assert any(moved in one for one in found(site)), found(site)
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    with site.api.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM packets WHERE manifest = ''").scalar_one() == 0
    assert any(moved in one for one in found(site)), found(site)


CHANGES = [(3, "north"), (7, ""), (9, "south")]


@pytest.mark.parametrize(("came", "district"), [(1, "north"), (4, "north"), (8, "south"), (10, "south")])
def test_the_district_of_a_case_is_its_camera_s_when_it_came_or_the_first_after_that(came: int, district: str) -> None:
    assert district_of(CHANGES, came) == district
    assert district_of([], came) == ""


@pytest.mark.parametrize(("damage", "told"), [("remove", "its file is missing"), ("shorten", "bytes, not")])
async def test_a_file_that_is_not_whole(full: Site, settings: Settings, damage: str, told: str) -> None:
    with full.api.database.read() as connection:
        sha256 = connection.exec_driver_sql("SELECT sha256 FROM packet_files LIMIT 1").scalar_one()
    path = Path(settings.data_dir) / "evidence" / sha256[:2] / sha256[2:]
    assert path.is_file()
    if damage == "remove":
        path.unlink()
    else:
        path.chmod(0o600)
        path.write_bytes(b"x")
    assert any(told in one for one in found(full))


async def test_a_flipped_bit_in_a_file_is_found_and_the_file_is_not_handed_out(full: Site, settings: Settings) -> None:
    """Also of a file that is too large to be sent as it was hashed, in ranges; and a quick check does not look."""
    with full.api.database.read() as connection:
        row = connection.exec_driver_sql("SELECT sha256, case_id FROM packet_files WHERE name = 'first.jpg' LIMIT 1").one()
    path = Path(settings.data_dir) / "evidence" / row.sha256[:2] / row.sha256[2:]
    whole = path.read_bytes()
    olga = person(full, "ola", Role.OFFICER)
    url = f"/cases/{row.case_id}/files/{row.sha256}?purpose=court"
    for largest in (whole_files.SENT_AS_HASHED_BYTES, 10):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(whole_files, "SENT_AS_HASHED_BYTES", largest)
            path.chmod(0o600)
            path.write_bytes(whole)
            assert (await olga.ask("GET", url, 200)).content == whole
            assert (await olga.ask("GET", url, 206, headers={"Range": "bytes=2-5"})).content == whole[2:6]
            assert found(full) == []
            path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
            assert [one for one in found(full) if "is damaged" in one and row.sha256 in one]
            for headers in ({}, {"Range": "bytes=0-3"}):
                refused = await olga.ask("GET", url, 503, headers=headers)
                assert "damaged" in refused.json()["detail"]
                assert refused.headers["Content-Type"] == "application/problem+json"
            async with full.client() as client:
                assert (await client.get("/healthz")).json()["evidence_files_damaged"] == 1


async def test_hashing_tells_how_far_it_is(full: Site) -> None:
    told: list[Hashed] = []
    assert list(file_faults(full.api.database, full.api.blobs, told.append)) == []
    assert told[-1].files == told[-1].of_files > 3
    assert told[-1].bytes == told[-1].of_bytes > 0


async def test_the_log_s_end_is_under_a_head_ten_minutes_later(full: Site) -> None:
    """A decision, its entry and what it made of its case are cut off: by then a head vouches for it."""
    (case_id,) = await person(full, "berta").listed(state="open")
    await person(full, "carla").decide(case_id, action="confirm")
    full.clock.forward(minutes=10)
    housekeeping.sign_head(full.api)
    with closing(sqlite3.connect(full.api.settings.data_dir / "curbwatch.sqlite")) as raw, raw:
        for step in UNLOCK:
            raw.execute(step)
        raw.execute("DELETE FROM decisions WHERE log_index = (SELECT MAX(log_index) FROM log)")
        raw.execute("DELETE FROM log WHERE log_index = (SELECT MAX(log_index) FROM log)")
        raw.execute("UPDATE cases SET state = 'open', decided_at = NULL, version = version - 1 WHERE id = ?", (case_id,))
    assert any("the log was cut off" in one for one in found(full))
    before = found(full)
    await person(full, "dora").decide(case_id, action="confirm")
    full.clock.forward(minutes=10)
    assert housekeeping.sign_head(full.api) is False, "no new head hides what the last one tells"
    assert any("the log was written anew" in one or "the log was cut off" in one for one in found(full)), before
