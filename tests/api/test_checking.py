"""What somebody changes in the database past the API is found and named: a table of tamperings."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api import housekeeping
from api.checking import faults
from api.roles import Role
from api.settings import Settings
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
    anna, olga = person(site, "anna", unit="brigade"), person(site, "olga", Role.OFFICER)
    await anna.decide(one, action="reject", reason="permit", note="a note")
    await anna.decide(two, action="confirm")
    await anna.decide(two, action="undo")
    await olga.decide(two, action="confirm")
    await olga.json("PUT", f"/cases/{two}/hold", json={"reason": "court"})
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    await site.deliver(Packet(camera="gate-3"))
    housekeeping.sign_head(site.api)
    return site


def found(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        return [str(fault) for fault in faults(connection, site.api.key.public_key, site.api.blobs)]


async def test_nothing_is_wrong_with_what_the_api_wrote(full: Site) -> None:
    assert found(full) == []


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
        f"INSERT INTO packet_files SELECT packet_id, 'more.jpg', case_id, sha256, media_type, role, bytes FROM packet_files WHERE packet_id = {HELD} LIMIT 1",
        "more.jpg: is not as the manifest", id="a file's row added",
    ),
    # decisions
    pytest.param("UPDATE decisions SET by = 'otto' WHERE by = 'anna'", "by is not as the log has it", id="a decision given to another person"),
    pytest.param("UPDATE decisions SET reason = 'unloading' WHERE reason = 'permit'", "reason is not as the log has it", id="a decision's reason"),
    pytest.param("UPDATE decisions SET note = NULL", "note is not as the log has it", id="a decision's note"),
    pytest.param("DELETE FROM decisions WHERE action = 'reject'", "the row of this decision was removed", id="a decision removed"),
    pytest.param(
        f"INSERT INTO decisions SELECT 1, {GATE_2}, 99, at, by, 'confirm', NULL, NULL, NULL, unit, 'open', 'V2', NULL, 0, 0 FROM decisions LIMIT 1",
        "the log has no decision there", id="a decision added",
    ),
    pytest.param(f"UPDATE cases SET state = 'rejected' WHERE id = {GATE_2}", "is rejected, but its decisions lead to confirmed", id="a case's state"),
    pytest.param("UPDATE cases SET state = 'confirmed' WHERE camera_id = 'gate-3'", "its decisions lead to open", id="a case decided by nobody"),
    # keeping
    pytest.param("UPDATE holds SET reason = 'none'", "reason is not as the log has it", id="a hold's reason"),
    pytest.param("DELETE FROM holds", "the row of this hold was removed", id="a hold removed"),
    pytest.param("UPDATE erasures SET record = replace(record, 'rejected', 'confirmed')", "its record is not the one", id="a record of deletion"),
    pytest.param("UPDATE erasures SET plan = replace(plan, 'rejected', 'confirmed')", "its plan is not the one", id="a deletion's plan"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), TAMPERINGS)
async def test_each_tampering_is_found_and_named(full: Site, statement: str, told: str) -> None:
    with closing(sqlite3.connect(full.api.settings.data_dir / "curbwatch.sqlite")) as raw, raw:
        for step in UNLOCK:
            raw.execute(step)
        assert raw.execute(statement).rowcount > 0
    assert any(told in one for one in found(full)), found(full)


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
