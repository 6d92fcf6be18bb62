"""Whether the database still says what the log vouches for: every entry of the log, and every packet, decision, hold, deletion and head against it.

What was changed, removed, swapped or added past the API is named by table and row. The log itself is a chain; its signed heads tell where its end was cut
off or all of it was written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from api.blobs import BlobStore
from api.log import LogEvent
from api.moments import iso
from api.replaying import Made, Standing, replayed
from api.schema import cases, decisions, erasures, former_keys, heads, holds, log, packet_files, packets, workers
from api.states import Action, State
from evidence.canonical import canonical_json, sha256_hex
from evidence.errors import EvidenceError, SignatureFault
from evidence.heads import read_head
from evidence.packet import Receipt, Signature, SignedManifest
from evidence.signing import PublicKey, receipt_sha256, verify_receipt

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit: the table and row, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def faults(connection: Connection, own_key: PublicKey, blobs: BlobStore | None = None) -> Iterator[Fault]:
    """Everything that does not fit. With `blobs`, also files that packets name and that are missing or of another size."""
    yield from log_faults(connection)
    yield from _head_faults(connection, own_key)
    yield from _packet_faults(connection, own_key, blobs)
    yield from _rows_without_entries(connection, decisions, LogEvent.DECISION, ("action", "version", "reason", "kind", "note", "unit"))
    yield from _rows_without_entries(connection, holds, LogEvent.HOLD, ("reason",))
    yield from _erasure_faults(connection, own_key)
    yield from _state_faults(connection)


def log_faults(connection: Connection) -> Iterator[Fault]:
    """Entries of the log that do not follow the one before them, or are not what their hash says."""
    previous, number = None, 0
    for row in _all(connection, select(log).order_by(log.c.log_index)):
        number += 1
        where = f"log {row.log_index}"
        if row.log_index != number:
            yield Fault(where, f"comes after entry {number - 1}: what was between them was removed")
            number = row.log_index
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
        elif any(document.get(name, told) != told for name, told in (("event", row.event), ("by", row.by), ("case_id", row.case_id), ("at", iso(row.at)))):
            yield Fault(where, "is filed under another event, person, case or time than it names")
        previous = row.sha256


def _head_faults(connection: Connection, key: PublicKey) -> Iterator[Fault]:
    for row in connection.execute(select(heads).order_by(heads.c.day)).all():
        where = f"heads {row.day}"
        try:
            read = read_head(json.loads(row.document), where)
            read.verify(key)
        except (ValueError, SignatureFault, EvidenceError) as error:
            yield Fault(where, str(error).removeprefix(f"{where}: "))
            continue
        entry = connection.execute(select(log.c.sha256).where(log.c.log_index == read.head.index)).scalar()
        if entry is None:
            yield Fault(where, f"vouches for entry {read.head.index} of the log, which is not there: the log was cut off")
        elif entry != read.head.sha256:
            yield Fault(where, f"vouches for another entry {read.head.index} of the log: the log was written anew")


def _packet_faults(connection: Connection, key: PublicKey, blobs: BlobStore | None) -> Iterator[Fault]:
    keys = [*connection.execute(select(workers.c.name, workers.c.public_key)), *connection.execute(select(former_keys.c.name, former_keys.c.public_key))]
    known: dict[tuple[str, str], PublicKey] = {}
    for holder in keys:
        bound = PublicKey.from_base64(holder.public_key)
        known[holder.name, bound.key_id] = bound
    erased = _erased_packets(connection)
    for row in _all(connection, select(packets).order_by(packets.c.packet_id)):
        where = f"packets {row.packet_id}"
        yield from _receipt_faults(connection, row, where, key)
        if row.manifest == "":
            if row.packet_id not in erased:
                yield Fault(where, "has no manifest, and no deletion says why")
            continue
        if sha256_hex(row.manifest.encode()) != row.manifest_sha256:
            yield Fault(where, "its manifest was changed: its hash is another")
            continue
        manifest = json.loads(row.manifest)
        signed = SignedManifest(manifest=manifest, signature=Signature.model_validate_json(row.signature))
        public = known.get((row.worker, signed.signature.key_id))
        try:
            if public is None:
                yield Fault(where, f"is signed by the key {signed.signature.key_id}, which was never bound to the worker {row.worker}")
            else:
                public.verify(signed.manifest, signed.signature)
        except SignatureFault as fault:
            yield Fault(where, str(fault))
        yield from _file_faults(connection, row, manifest, where, blobs)
    yield from _missing_packets(connection)


def _receipt_faults(connection: Connection, row: Row[Any], where: str, key: PublicKey) -> Iterator[Fault]:
    receipt = Receipt.model_validate_json(row.receipt)
    try:
        verify_receipt(receipt, key)
    except SignatureFault as fault:
        yield Fault(where, f"its receipt: {fault}")
        return
    if receipt.manifest_sha256 != row.manifest_sha256:
        yield Fault(where, "its receipt is for another manifest")
    entry = connection.execute(select(log.c.sha256, log.c.case_id).where(log.c.log_index == receipt.log_index)).first()
    if entry is None or entry.sha256 != receipt_sha256(receipt):
        yield Fault(where, f"its receipt is not entry {receipt.log_index} of the log")
    elif entry.case_id != row.case_id:
        yield Fault(where, "was moved to another case than it came to")


def _file_faults(connection: Connection, row: Row[Any], manifest: Mapping[str, Any], where: str, blobs: BlobStore | None) -> Iterator[Fault]:
    told = {(file["name"], file["sha256"], file["role"], file["bytes"]) for file in manifest["files"]}
    rows = connection.execute(select(packet_files).where(packet_files.c.packet_id == row.packet_id)).all()
    kept = {(file.name, file.sha256, file.role, file.bytes) for file in rows}
    for name, *_ in sorted(told ^ kept):
        yield Fault(f"packet_files {row.packet_id} {name}", "is not as the manifest names it")
    for name, sha256, _, size in sorted(told) if blobs is not None else ():
        found = None if blobs is None else blobs.size(sha256)
        if found != size:
            yield Fault(f"{where} {name}", "its file is missing" if found is None else f"its file has {found} bytes, not {size}")


def _missing_packets(connection: Connection) -> Iterator[Fault]:
    """Manifests that the log says were received and that no packet holds."""
    received = select(log.c.log_index, log.c.document).where(log.c.event == LogEvent.MANIFEST.value).order_by(log.c.log_index)
    for row in _all(connection, received):
        sha256 = str(_document(row.document).get("manifest_sha256"))
        if connection.execute(select(packets.c.packet_id).where(packets.c.manifest_sha256 == sha256).limit(1)).first() is None:
            yield Fault(f"log {row.log_index}", f"the packet with the manifest {sha256[:12]}… was removed")


def _rows_without_entries(connection: Connection, table: Any, event: LogEvent, told: tuple[str, ...]) -> Iterator[Fault]:
    """Rows that their entry of the log does not bear out, and entries without a row."""
    both = select(table, log.c.document, log.c.event, log.c.at.label("entry_at"), log.c.by.label("entry_by"), log.c.case_id.label("entry_case"))
    for row in _all(connection, both.join(log, log.c.log_index == table.c.log_index, isouter=True).order_by(table.c.log_index)):
        where = f"{table.name} {row.log_index}"
        if row.document is None or row.event != event.value:
            yield Fault(where, f"the log has no {event.value} there")
            continue
        document = _document(row.document)
        differing = [name for name in told if getattr(row, name) != document.get(name)]
        differing += [name for name, a, b in (("at", row.at, row.entry_at), ("by", row.by, row.entry_by), ("case_id", row.case_id, row.entry_case)) if a != b]
        for name in differing:
            yield Fault(where, f"{name} is not as the log has it")
    lone = select(log.c.log_index).join(table, table.c.log_index == log.c.log_index, isouter=True).where(log.c.event == event.value, table.c.case_id.is_(None))
    for index in connection.execute(lone.order_by(log.c.log_index)).scalars().all():
        yield Fault(f"log {index}", f"the row of this {event.value} was removed")


def _erasure_faults(connection: Connection, key: PublicKey) -> Iterator[Fault]:
    for row in connection.execute(select(erasures).order_by(erasures.c.log_index)).all():
        where = f"erasures {row.log_index}"
        begun = connection.execute(select(log.c.document).where(log.c.log_index == row.log_index)).scalar()
        if _document(begun).get("plan_sha256") != sha256_hex(canonical_json(_document(row.plan))):
            yield Fault(where, "its plan is not the one that the log has")
        if row.record is None:
            continue
        told = {"record": {}, "signature": None} | _document(row.record)
        done = connection.execute(select(log.c.document).where(log.c.log_index == row.done_index)).scalar()
        if _document(done).get("record_sha256") != sha256_hex(canonical_json(told["record"])):
            yield Fault(where, "its record is not the one that the log has")
            continue
        try:
            key.verify(told["record"], Signature.model_validate(told["signature"]))
        except SignatureFault as fault:
            yield Fault(where, f"its record: {fault}")


def _state_faults(connection: Connection) -> Iterator[Fault]:
    """Cases that stand elsewhere than their decisions lead."""
    lapsed = select(log.c.case_id, log.c.log_index).where(log.c.event == LogEvent.SECOND_REVIEW_LAPSED.value)
    lapses: dict[str, list[Made]] = {}
    for one in connection.execute(lapsed):
        lapses.setdefault(one.case_id, []).append(Made(one.log_index, "", Action.UNDO, 0, State.OPEN, None, sealed=False, lapsed=True))
    by_case = groupby(_all(connection, select(decisions).order_by(decisions.c.case_id, decisions.c.log_index)), key=lambda row: row.case_id)
    found: dict[str, Standing | None] = {}
    for case_id, rows in by_case:
        made = [_made(row) for row in rows] + lapses.get(case_id, [])
        found[case_id] = replayed(sorted(made, key=lambda one: one.log_index))
    for row in _all(connection, select(cases.c.id, cases.c.state, cases.c.sealed_index).order_by(cases.c.id)):
        standing = found.get(row.id, Standing())
        if standing is None:
            yield Fault(f"cases {row.id}", "its decisions do not follow one another")
        elif (row.state, row.sealed_index) != (standing.state.value, standing.seal):
            yield Fault(f"cases {row.id}", f"is {row.state}, but its decisions lead to {standing.state.value}")


def _made(row: Row[Any]) -> Made:
    told = (row.log_index, row.by, Action(row.action), row.version, State(row.state_before), row.seal_before)
    return Made(*told, sealed=row.sealed)


def _erased_packets(connection: Connection) -> set[str]:
    plans = connection.execute(select(erasures.c.plan)).scalars()
    return {packet["packet_id"] for plan in plans for packet in _document(plan).get("packets", [])}


def _document(text: str | None) -> dict[str, Any]:
    """A JSON object; an empty one where it was made unreadable, which no hash fits."""
    try:
        told = json.loads(text or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _all(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """Rows as they are read, some at a time."""
    yield from connection.execute(query.execution_options(yield_per=AT_ONCE))
