"""Each entry of the log is signed by the API as it is written: a row that somebody else adds, rightly chained, is named at once and stays named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from api import housekeeping, log, log_signing
from api.backup import backup, restore
from api.checking import Unchecked, faults
from api.database import Database
from api.roles import Role
from api.schema import about
from api.schema import log as log_table
from api.service import Api, opened
from api.settings import Settings
from evidence.canonical import canonical_json, sha256_hex
from evidence.packet import Signature
from evidence.verify import verify_path

from .conftest import START, Clock, Packet, Site
from .desks import person
from .stores import unguard

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def found(api: Api, unchecked: Unchecked | None = None) -> list[str]:
    with api.database.read() as connection:
        return [str(fault) for fault in faults(connection, api.key.public_key, api.blobs, api.settings.heads_dir, unchecked)]


def written(api: Api, entries: int = 3) -> None:
    for number in range(entries):
        with api.database.write() as connection:
            log.append(connection, log.LogEvent.EVIDENCE_READ, START, "anna", {"sha256": str(number)}, "case")


def forged(connection: Connection, **signed: str | None) -> int:
    """A row at the end that anybody with the database can make: chained by the right hash."""
    last = log.head(connection)
    document = {"event": "evidence_read", "at": "2026-11-25T08:00:00+00:00", "by": "eve", "log_index": last.index + 1, "previous_sha256": last.sha256}
    told = {"log_index": last.index + 1, "event": "evidence_read", "at": START, "by": "eve", "case_id": None}
    text = canonical_json(document)
    connection.execute(insert(log_table).values(**told, document=text.decode(), sha256=sha256_hex(text), **signed))
    return last.index + 1


async def test_every_entry_bears_the_signature_of_the_api_over_its_hash(site: Site) -> None:
    receipt = (await site.deliver(Packet()))["receipt"]
    written(site.api)
    with site.api.database.read() as connection:
        rows = connection.execute(select(log_table)).all()
    for row in rows:
        signature = Signature(algorithm="ed25519-sha256", key_id=row.signed_by, value=row.signature)
        site.api.key.public_key.verify(json.loads(row.document), signature)
    (manifest,) = (row for row in rows if row.event == "manifest")
    assert manifest.signature == receipt["signature"]["value"], "a receipt's signature is that of its entry"
    assert found(site.api) == []


NOBODY = "is signed by nobody: it was not written by the API"


@pytest.mark.parametrize("signed", ["nothing", "the one before", "noise", "another key"])
async def test_a_row_that_sql_added_at_the_end_is_named_before_any_head_and_after_it(site: Site, signed: str) -> None:
    written(site.api)
    with site.api.database.write() as connection:
        before = connection.execute(select(log_table).order_by(log_table.c.log_index.desc()).limit(1)).one()
        with_it: dict[str, dict[str, str | None]] = {
            "nothing": {},
            "the one before": {"signed_by": before.signed_by, "signature": before.signature},
            "noise": {"signed_by": before.signed_by, "signature": "AAAA"},
            "another key": {"signed_by": site.key.key_id, "signature": site.key.sign_digest(bytes.fromhex(before.sha256)).value},
        }
        index = forged(connection, **with_it[signed])
    (one,) = found(site.api)
    assert one.startswith(f"log {index}: ")
    assert (NOBODY if signed == "nothing" else "was not written by the API: ") in one
    written(site.api)
    housekeeping.sign_head(site.api)
    assert found(site.api) == [one]


OTHER = log_table.alias()
SECOND = select(OTHER.c.signature).where(OTHER.c.log_index == 2).scalar_subquery()
TAMPERINGS: dict[str, tuple[Callable[[Connection], Any], tuple[str, ...]]] = {
    "a signature removed": (
        lambda c: c.execute(update(log_table).where(log_table.c.log_index == 3).values(signature=None, signed_by=None)),
        (f"log 3: {NOBODY}, or its signature was removed",),
    ),
    "signatures swapped": (
        lambda c: c.execute(update(log_table).where(log_table.c.log_index == 3).values(signature=SECOND)),
        ("log 3: was not written by the API: the signature by the key",),
    ),
    "a signature's key": (
        lambda c: c.execute(update(log_table).where(log_table.c.log_index == 2).values(signed_by="0" * 16)),
        ("log 2: was not written by the API: it is signed by the key 0000000000000000, not by",),
    ),
    "all signatures removed": (
        lambda c: c.execute(update(log_table).values(signature=None, signed_by=None)),
        (f"log 1: {NOBODY}", f"log 3: {NOBODY}"),
    ),
    "all signatures removed, and where they begin": (
        lambda c: (c.execute(update(log_table).values(signature=None, signed_by=None)), c.execute(delete(about).where(about.c.name == "log_signed"))),
        ("about log_signed: was removed", f"log 1: {NOBODY}"),
    ),
    "where they begin set later": (
        lambda c: c.execute(update(about).where(about.c.name == "log_signed").values(value=_later(c))),
        ("about log_signed: the signature by the key", "is not the record that lies in"),
    ),
    "where they begin made unreadable": (
        lambda c: c.execute(update(about).where(about.c.name == "log_signed").values(value="[]")),
        ("about log_signed: is no record of where signatures begin",),
    ),
}


def _later(connection: Connection) -> str:
    told = json.loads(connection.execute(select(about.c.value).where(about.c.name == "log_signed")).scalar_one())
    told["record"] |= {"after": 3, "sha256": connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == 3)).scalar_one()}
    return json.dumps(told)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_found_and_named(api: Api, name: str) -> None:
    written(api)
    tamper, named = TAMPERINGS[name]
    with api.database.write() as connection:
        unguard(connection)
        tamper(connection)
    told = found(api)
    for part in named:
        assert any(part in one for one in told), told


async def test_who_sets_where_they_begin_later_hides_no_row_from_an_export_either(site: Site, tmp_path: Path) -> None:
    """The row that was put in is told; what is said of where signatures begin counts only by the API's key."""
    written(site.api)
    eva = person(site, "eva", Role.AUDITOR)
    with site.api.database.write() as connection:
        unguard(connection)
        index = forged(connection)
        told = json.loads(connection.execute(select(about.c.value).where(about.c.name == "log_signed")).scalar_one())
        told["record"] |= {"after": index, "sha256": log.head(connection).sha256}
        connection.execute(update(about).where(about.c.name == "log_signed").values(value=json.dumps(told)))
    path = tmp_path / "audit.zip"
    path.write_bytes((await eva.ask("GET", "/export", params={"purpose": "audit"})).content)
    report = verify_path(path, [site.api.key.public_key])
    assert [str(fault) for _, fault in report.all_faults()] == [f"log log/log.jsonl entry {index}: is signed by nobody: it was not written by the API"]


def unsigned(api: Api) -> None:
    """As a version of before left it."""
    with api.database.write() as connection:
        unguard(connection)
        connection.execute(update(log_table).values(signature=None, signed_by=None))
        connection.execute(delete(about).where(about.c.name == "log_signed"))
        for column in ("signature", "signed_by"):
            connection.exec_driver_sql(f"ALTER TABLE log DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0015'")
    (api.settings.heads_dir / log_signing.FILE_NAME).unlink()


def test_entries_of_before_have_none_and_the_check_says_up_to_where(settings: Settings, clock: Clock) -> None:
    with opened(settings, clock, clock.steady) as api:
        written(api)
        unsigned(api)
    with opened(settings, clock, clock.steady) as api:
        with api.database.read() as connection:
            after = log_signing.signed_after(connection, api.key.public_key)
        written(api)
        unchecked = Unchecked()
        assert found(api, unchecked) == []
        assert [one for one in unchecked.sentences() if "of the log" in one] == [
            f"{after} entries of the log, up to entry {after}, have no signature of their own; what was signed after them vouches for them"
        ]
        with api.database.write() as connection:
            index = forged(connection)
        assert [one.partition(",")[0] for one in found(api)] == [f"log {index}: {NOBODY}"]
        with api.database.write() as connection:
            if connection.dialect.name != "sqlite":  # there its guards are gone since `unsigned`
                unguard(connection)
            connection.execute(update(log_table).where(log_table.c.log_index == after).values(sha256="f" * 64))
        assert any(one.startswith(f"about log_signed: vouches for another entry {after}") for one in found(api))


def test_who_takes_all_signatures_away_with_the_record_does_not_have_them_begin_anew(settings: Settings, clock: Clock) -> None:
    """The record beside the heads is put back at the next start; and where that is gone too, no new one is made as long as anything is signed."""
    with opened(settings, clock, clock.steady) as api:
        written(api)
        with api.database.write() as connection:
            unguard(connection)
            connection.execute(update(log_table).values(signature=None, signed_by=None))
            connection.execute(delete(about).where(about.c.name == "log_signed"))
    with opened(settings, clock, clock.steady) as api:
        written(api)
        assert sum(NOBODY in one for one in found(api)) >= 3
        with api.database.write() as connection:
            connection.execute(delete(about).where(about.c.name == "log_signed"))
        (settings.heads_dir / log_signing.FILE_NAME).unlink()
    with opened(settings, clock, clock.steady) as api:
        assert any("about log_signed: was removed" in one for one in found(api))


def test_a_record_of_another_database_in_the_folder_is_replaced(settings: Settings, clock: Clock, api: Api) -> None:
    path = settings.heads_dir / log_signing.FILE_NAME
    kept = path.read_text("utf-8")
    path.write_text(kept.replace('"after": 0', '"after": 7'), "utf-8")
    assert any("is not the record that lies in" in one for one in found(api))
    with api.database.write() as connection:
        connection.execute(delete(about).where(about.c.name == "log_signed"))
    log_signing.begun(api.database, api.key, settings.heads_dir, clock())
    assert json.loads(path.read_text("utf-8"))["record"]["after"] == 0
    assert found(api) == []


def test_the_log_goes_on_signed_after_a_restore(settings: Settings, clock: Clock, tmp_path: Any) -> None:
    with opened(settings, clock, clock.steady) as api:
        written(api)
    backup(settings, tmp_path / "copy")
    target = replace(Settings.of(tmp_path / "restored"), double_review_share=0.0)
    restore(tmp_path / "copy", target)
    with opened(target, clock, clock.steady) as api:
        written(api)
        assert found(api) == []
        with api.database.read() as connection:
            events = connection.execute(select(log_table.c.event).where(log_table.c.signature.is_not(None))).scalars().all()
    assert "restored" in events
    assert len(events) >= 7


def test_a_log_of_nobody_s_key_is_not_written(api: Api) -> None:
    other = Database(api.settings.database)
    other.connect()
    try:
        with pytest.raises(AssertionError, match="by which key the log is signed"), other.write() as connection:
            log.append(connection, log.LogEvent.EXPORT, START, "eva", {})
    finally:
        other.close()


def test_the_file_of_the_record_is_not_writable_and_nothing_ends(settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    settings.heads_dir.parent.mkdir(exist_ok=True)
    settings.heads_dir.write_bytes(b"")
    with opened(settings, clock, clock.steady) as api:
        assert "cannot be written" in caplog.text
        written(api)
        os.unlink(settings.heads_dir)
    with opened(settings, clock, clock.steady) as api:
        assert found(api) == []
    assert (settings.heads_dir / log_signing.FILE_NAME).exists()


def stripped(api: Api) -> None:
    """A row that nobody wrote, and then all that would tell it from the others, as far as SQL reaches."""
    with api.database.write() as connection:
        unguard(connection)
        forged(connection)
        connection.execute(update(log_table).values(signature=None, signed_by=None))
        connection.execute(delete(about).where(about.c.name == "log_signed"))


def test_a_restore_does_not_have_signatures_begin_after_a_forged_row(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    """What lies beside the heads goes into a backup: from there it says from where on rows must be signed."""
    with opened(settings, clock, clock.steady) as api:
        written(api)
        stripped(api)
    backup(settings, tmp_path / "copy.tar")
    target = replace(Settings.of(tmp_path / "restored"), double_review_share=0.0)
    restore(tmp_path / "copy.tar", target)
    with opened(target, clock, clock.steady) as api:
        assert sum(NOBODY in one for one in found(api)) >= 4
        with api.database.read() as connection:
            assert log_signing.signed_after(connection, api.key.public_key) == 0


def test_without_what_lies_beside_the_heads_a_restore_has_them_begin_nowhere(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    with opened(settings, clock, clock.steady) as api:
        written(api)
        stripped(api)
        (settings.heads_dir / log_signing.FILE_NAME).unlink()
    backup(settings, tmp_path / "copy.tar")
    target = replace(Settings.of(tmp_path / "restored"), double_review_share=0.0)
    restore(tmp_path / "copy.tar", target)
    for _ in range(2):
        with opened(target, clock, clock.steady) as api:
            told = found(api)
            assert any("about log_signed: was removed" in one for one in told)
            assert sum(NOBODY in one for one in told) >= 4


@pytest.mark.parametrize("store", ["files"], indirect=True)
def test_a_database_of_before_that_comes_by_a_backup_has_them_begin_where_it_is_restored(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    with opened(settings, clock, clock.steady) as api:
        written(api)
        unsigned(api)
        with api.database.read() as connection:
            last = connection.exec_driver_sql("SELECT max(log_index) FROM log").scalar_one()
    backup(settings, tmp_path / "copy.tar")
    target = replace(Settings.of(tmp_path / "restored"), double_review_share=0.0)
    restore(tmp_path / "copy.tar", target)
    with opened(target, clock, clock.steady) as api:
        assert found(api) == []
        with api.database.read() as connection:
            assert log_signing.signed_after(connection, api.key.public_key) == last
    assert (target.heads_dir / log_signing.FILE_NAME).exists()
