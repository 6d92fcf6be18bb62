"""Whether the database still says what the log vouches for: every entry of the log; every packet, decision, hold, deletion, silence, key and head against it;
the registry, people, tokens and what stands; every case by what makes it; and every evidence file by its hash.

What was changed, removed, swapped or added past the API is named by table and row. The log itself is a chain; its signed heads tell where its end was cut
off or all of it was written anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from api.blobs import BlobStore
from api.checking_cases import case_faults
from api.checking_heads import HeadsSeen, worker_head_faults
from api.checking_packets import packet_faults
from api.checking_people import people_faults
from api.checking_periods import period_faults
from api.checking_quiet import quiet_faults
from api.checking_registry import registry_faults
from api.checking_rows import Entries, Fault, Unchecked, all_rows, document_of, row_faults
from api.checking_standing import standing_faults
from api.checking_tokens import enrolment_faults, token_faults
from api.database import Database
from api.errors import NotFound
from api.log import LogEvent, follows
from api.log_signing import record_faults, signature_fault, signed_after
from api.moments import iso
from api.schema import heads, log, packet_files, restores
from api.whole import hash_of
from evidence.canonical import canonical_json, sha256_hex
from evidence.errors import EvidenceError, SignatureFault
from evidence.heads import HeadRead, read_head
from evidence.packet import CASELESS_SCHEMA, RECEIPT_SCHEMA
from evidence.signing import PublicKey

__all__ = ["Fault", "Hashed", "HeadsSeen", "Unchecked", "faults", "file_faults", "log_faults"]


def faults(
    connection: Connection,
    own_key: PublicKey,
    blobs: BlobStore | None = None,
    heads_folder: Path | None = None,
    unchecked: Unchecked | None = None,
    seen: HeadsSeen | None = None,
) -> Iterator[Fault]:
    """Everything that does not fit. With `blobs`, also files that packets name and that are missing or of another size; with `heads_folder`, heads on the disk
    that the database does not hold, or that the log does not bear out, and those of workers. `unchecked` counts what older entries of the log do not hold
    enough for, `seen` the heads of workers.
    """
    counted = Unchecked() if unchecked is None else unchecked
    entries = cache(lambda: Entries(connection))
    yield from _each("log", lambda: log_faults(connection, own_key, counted))
    yield from _each("where the log's signatures begin", lambda: record_faults(connection, own_key, heads_folder))
    yield from _each("restores", lambda: _restore_faults(connection))
    yield from _each("heads", lambda: _head_faults(connection, own_key, heads_folder))
    yield from _each("heads of workers", lambda: worker_head_faults(connection, heads_folder, seen))
    yield from _each("packets", lambda: packet_faults(connection, own_key, blobs))
    yield from _each("decisions, holds and deletions", lambda: row_faults(connection, own_key))
    yield from _each("cases", lambda: case_faults(connection))
    yield from _each("what is quiet", lambda: quiet_faults(connection))
    yield from _each("periods of retention", lambda: period_faults(connection))
    yield from _each("registry", lambda: registry_faults(connection, entries(), counted))
    yield from _each("people", lambda: people_faults(connection, entries(), counted))
    yield from _each("tokens", lambda: token_faults(connection, entries(), counted))
    yield from _each("enrolments", lambda: enrolment_faults(connection, entries(), counted))
    yield from _each("webhooks, orders and doubts", lambda: standing_faults(connection, entries(), counted))


def _each(what: str, check: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    """What one check finds. A value that cannot be read ends that check alone: else whoever leaves one row unreadable has all the others passed over."""
    try:
        yield from check()
    except (ValueError, TypeError, AttributeError, LookupError, EvidenceError) as error:
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        yield Fault(what, f"holds a value that cannot be read ({why}): what comes after it there was not checked")


def log_faults(connection: Connection, key: PublicKey, unchecked: Unchecked) -> Iterator[Fault]:
    """Entries of the log that do not follow the one before them, are not what their hash says, or were not signed by the API as they were written."""
    previous, before, after = None, 0, signed_after(connection, key)
    for row in all_rows(connection, select(log).order_by(log.c.log_index)):
        where = f"log {row.log_index}"
        if row.log_index <= after:
            unchecked[f"entries of the log, up to entry {after}, have no signature of their own; what was signed after them vouches for them"] += 1
        if not follows(document_of(row.document) | {"log_index": row.log_index}, before):
            yield Fault(where, f"comes after entry {before}: what was between them was removed")
        before = row.log_index
        try:
            document = json.loads(row.document)
            found = sha256_hex(canonical_json(document))
        except (ValueError, EvidenceError):
            yield Fault(where, "is no JSON document any more")
            previous = row.sha256
            continue
        if found != row.sha256:
            yield Fault(where, "was changed: its hash is another")
        elif document.get("previous_sha256") != previous:
            yield Fault(where, "does not follow the entry before it: one of them was changed, swapped or put in")
        elif document.get("log_index") != row.log_index:
            yield Fault(where, f"says that it is entry {document.get('log_index')}: it was moved")
        elif is_filed_otherwise(row, document):
            yield Fault(where, "is filed under another event, person, case or time than it names")
        elif (unsigned := signature_fault(row, key, after)) is not None:
            yield Fault(where, unsigned)
        previous = row.sha256


def is_filed_otherwise(row: Row[Any], document: Mapping[str, Any]) -> bool:
    """Whether a row of the log stands under another event, person, case or time than its document names. The entry of a manifest is a receipt, which names
    no worker, and one of before not the case either: these are held against the packet (`api.checking_packets`).
    """
    told = {"event": row.event, "by": row.by, "case_id": row.case_id, "at": iso(row.at)}
    if row.event == LogEvent.MANIFEST.value:
        return document.get("schema") not in (RECEIPT_SCHEMA, CASELESS_SCHEMA) or document.get("case_id", row.case_id) != row.case_id
    return any(document.get(name) != value for name, value in told.items())


def _restore_faults(connection: Connection) -> Iterator[Fault]:
    entries = connection.execute(select(log.c.log_index, log.c.at, log.c.document).where(log.c.event == LogEvent.RESTORED.value)).all()
    documents = ((entry, document_of(entry.document)) for entry in entries)
    told = {entry.log_index: (document.get("former_index"), entry.at, document.get("restore_id")) for entry, document in documents}
    kept = {row.log_index: (row.former_index, row.at, row.restore_id) for row in connection.execute(select(restores))}
    for index in sorted(index for index in told.keys() | kept.keys() if told.get(index) != kept.get(index)):
        yield Fault(f"restores {index}", "is not as the log has it")


def _head_faults(connection: Connection, key: PublicKey, folder: Path | None) -> Iterator[Fault]:
    days: set[str] = set()
    for row in connection.execute(select(heads).order_by(heads.c.day)).all():
        where = f"heads {row.day}"
        days.add(row.day)
        read = yield from _one_head(connection, key, row.document, where)
        if read is None:
            continue
        told = (read.head.at.astimezone(UTC).date().isoformat(), read.head.index, read.head.sha256, read.head.at)
        if told != (row.day, row.log_index, row.sha256, row.made_at):
            yield Fault(where, "stands under another day, place or time than it was signed for")
    for path in sorted(folder.glob("*.json")) if folder is not None and folder.is_dir() else ():
        try:
            text = path.read_text("utf-8")
        except (OSError, ValueError) as error:
            yield Fault(str(path), f"cannot be read ({error})")
            continue
        read = yield from _one_head(connection, key, text, str(path))
        if read is not None and read.head.at.astimezone(UTC).date().isoformat() not in days:
            yield Fault(f"heads {path.stem}", "was removed from the database, though its file is here")


def _one_head(connection: Connection, key: PublicKey, text: str, where: str) -> Generator[Fault, None, HeadRead | None]:
    try:
        read = read_head(json.loads(text), where)
        read.verify(key)
    except (ValueError, SignatureFault, EvidenceError) as error:
        yield Fault(where, str(error).removeprefix(f"{where}: "))
        return None
    entry = connection.execute(select(log.c.sha256).where(log.c.log_index == read.head.index)).scalar()
    if entry is None:
        yield Fault(where, f"vouches for entry {read.head.index} of the log, which is not there: the log was cut off")
    elif entry != read.head.sha256:
        yield Fault(where, f"vouches for another entry {read.head.index} of the log: the log was written anew")
    return read


@dataclass(frozen=True, slots=True)
class Hashed:
    """How far the evidence files have been hashed."""

    files: int
    bytes: int
    of_files: int
    of_bytes: int


def file_faults(database: Database, blobs: BlobStore, progress: Callable[[Hashed], None] = lambda _: None) -> Iterator[Fault]:
    """Hashes every evidence file that a packet names; some at a time, so that no snapshot of the database is held for hours."""
    every = select(packet_files.c.sha256, func.max(packet_files.c.bytes).label("bytes")).group_by(packet_files.c.sha256)
    with database.read() as connection:
        of_files, of_bytes = connection.execute(select(func.count(), func.coalesce(func.sum(every.subquery().c.bytes), 0))).one()
    files = size = 0
    after = ""
    while True:
        with database.read() as connection:
            rows = connection.execute(every.where(packet_files.c.sha256 > after).order_by(packet_files.c.sha256).limit(FILES_AT_ONCE)).all()
        for row in rows:
            files, size, after = files + 1, size + row.bytes, row.sha256
            try:
                found = hash_of(blobs, row.sha256)
            except (FileNotFoundError, NotFound):
                found = None  # `faults` names it, unless it was deleted meanwhile
            if found not in (None, row.sha256):
                yield Fault(f"evidence {row.sha256}", f"is damaged: its SHA-256 is {str(found)[:12]}…; restore it from a backup")
            progress(Hashed(files, size, int(of_files), int(of_bytes)))
        if len(rows) < FILES_AT_ONCE:
            return


FILES_AT_ONCE = 500
