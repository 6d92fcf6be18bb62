"""Packets against their manifests, receipts and the log: every column of their rows, their files' rows, the acts that they began, and their workers' chains."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from api import packets as receiving
from api.blobs import BlobStore
from api.case_rows import Came, packet_columns, packet_more, packet_seen
from api.checking_heads import keys_of
from api.checking_rows import Fault, all_rows, document_of, place_of
from api.gradings import Graded, graded_from, rules_of
from api.log import LogEvent, head
from api.moments import iso
from api.schema import acts, erasures, given_up, log, packet_files, packets
from api.worker_chains import previous_of
from evidence.canonical import sha256_hex
from evidence.chains import Link, chain_faults
from evidence.errors import EvidenceError, SignatureFault
from evidence.files import CUTTINGS
from evidence.given_up import read_given_up
from evidence.grading import is_of_this_catalogue, is_unproven, lowered_of
from evidence.packet import Grade, Manifest, Receipt, Signature, SignedManifest
from evidence.signing import PublicKey, receipt_sha256, verify_receipt_json

LINK = ("worker", "key_id", "sequence", "previous_sha256", "manifest_sha256")


def came_of(row: Row[Any], manifest: Manifest, receipt: Receipt, graded: Graded) -> Came:
    """A packet as its case sees it; one of before schema step 0007 bears the grade that it claims.

    Whether its kind was proven when it came, its row says: a later catalogue may have another standing. Where it was judged by the catalogue of now, what that
    says counts too.
    """
    if row.grade is None:
        return Came(manifest, receipt.received_at, receipt.log_index, Grade(manifest.grade), (), rules=1)
    unproven = "unproven" in lowered_of(row.lowered) or (is_of_this_catalogue(manifest) and is_unproven(manifest))
    return Came.of(manifest, receipt.received_at, receipt.log_index, rules_of(receipt.log_index, graded), unproven=unproven)


def packet_faults(connection: Connection, key: PublicKey, blobs: BlobStore | None) -> Iterator[Fault]:
    """Everything about packets. With `blobs`, also files that are missing or of another size."""
    known = keys_of(connection)
    erased, until, graded = _erased_packets(connection), head(connection).at, graded_from(connection)
    for row in all_rows(connection, select(packets).order_by(packets.c.packet_id)):
        where = f"packets {row.packet_id}"
        receipt = yield from _receipt_faults(connection, row, where, key)
        if row.manifest == "":
            yield from _erased_faults(connection, row, erased.get(row.packet_id), where)
            continue
        if sha256_hex(row.manifest.encode()) != row.manifest_sha256:
            yield Fault(where, "its manifest was changed: its hash is another")
            continue
        document = json.loads(row.manifest)
        try:
            manifest, signature = Manifest.model_validate(document), Signature.model_validate_json(row.signature)
            public = known.get((row.worker, signature.key_id))
            if public is None:
                yield Fault(where, f"is signed by the key {signature.key_id}, which was never bound to the worker {row.worker}")
            else:
                public.verify(document, signature)
        except (SignatureFault, ValidationError) as fault:
            yield Fault(where, f"its manifest or signature: {str(fault).partition(chr(10))[0]}")
            continue
        if receipt is not None:
            yield from _column_faults(row, came_of(row, manifest, receipt, graded), where)
        yield from _file_faults(connection, row, manifest, where, blobs, until)
    yield from _missing_packets(connection)
    yield from _act_faults(connection)
    yield from _given_up_faults(connection, known)
    yield from _chain_faults(connection)


def _receipt_faults(connection: Connection, row: Row[Any], where: str, key: PublicKey) -> Generator[Fault, None, Receipt | None]:
    try:
        receipt = verify_receipt_json(json.loads(row.receipt), key)
    except (SignatureFault, EvidenceError, ValueError) as fault:
        yield Fault(where, f"its receipt: {fault}")
        return None
    if receipt.manifest_sha256 != row.manifest_sha256:
        yield Fault(where, "its receipt is for another manifest")
    if receipt.received_at != row.received_at:
        yield Fault(where, "received_at is not as its receipt has it")
    entry = connection.execute(select(log.c.sha256, log.c.case_id, log.c.by, log.c.at).where(log.c.log_index == receipt.log_index)).first()
    if entry is None or entry.sha256 != receipt_sha256(receipt):
        yield Fault(where, f"its receipt is not entry {receipt.log_index} of the log")
    elif entry.case_id != row.case_id:
        yield Fault(where, "was moved to another case than it came to")
    elif (entry.by, entry.at) != (f"worker {row.worker}", receipt.received_at):
        yield Fault(f"log {receipt.log_index}", f"is filed under another worker or time than those of {where}")
    if receipt.case_id not in (None, row.case_id):
        yield Fault(where, f"was moved to another case than it came to ({receipt.case_id}, by its receipt)")
    return receipt


def _column_faults(row: Row[Any], came: Came, where: str) -> Iterator[Fault]:
    told = packet_columns(came) | ({} if row.grade is None else packet_more(came)) | ({} if row.camera_id is None else packet_seen(came))
    for name, value in told.items():
        if getattr(row, name) != value:
            yield Fault(where, f"{name} is not as its manifest has it")
    if row.packet_id not in (came.manifest.packet_id, receiving.kept_as(came.manifest.packet_id, row.worker)):
        yield Fault(where, f"stands under another id than its manifest's ({came.manifest.packet_id})")


def _erased_faults(connection: Connection, row: Row[Any], plan: dict[str, Any] | None, where: str) -> Iterator[Fault]:
    """What is left of a packet whose evidence was deleted is what the deletion's plan says."""
    if plan is None:
        yield Fault(where, "has no manifest, and no deletion says why")
        return
    ended = None if row.ended_at is None else iso(row.ended_at)
    kept = {name: getattr(row, name) for name in ("act_id", "phase", "worker", "sequence", "manifest_sha256")} | {
        "last_seen": iso(row.last_seen),
        "ended_at": ended,
    }
    for name, value in kept.items():
        if name in plan and plan[name] != value:
            yield Fault(where, f"{name} is not as the deletion of its evidence has it")
    if connection.execute(select(packet_files.c.name).where(packet_files.c.packet_id == row.packet_id).limit(1)).first() is not None:
        yield Fault(where, "has files again, though its evidence was deleted")


def _file_faults(
    connection: Connection, row: Row[Any], manifest: Manifest, where: str, blobs: BlobStore | None, until: datetime | None
) -> Iterator[Fault]:  # fmt: skip
    """A cutting may be gone once its time is over, by the time of the log's last entry, and not before."""
    rows = connection.execute(select(packet_files).where(packet_files.c.packet_id == row.packet_id)).all()
    gone = _gone_cuttings(row, manifest, {one.name for one in rows}, until)
    here = [file for file in manifest.files if file.name not in gone]
    told = {(file.name, row.case_id, file.sha256, file.media_type[:100], file.role.value, file.bytes) for file in here}
    kept = {(file.name, file.case_id, file.sha256, file.media_type, file.role, file.bytes) for file in rows}
    for name in sorted({one[0] for one in told ^ kept}):
        yield Fault(f"packet_files {row.packet_id} {name}", "is not as the manifest names it")
    days = {file.name: file.keep_days for file in here}
    for one in rows:
        if (one.goes_at is None) != (days.get(one.name) is None) or (one.goes_at is not None and one.goes_at < _over(row, days.get(one.name))):
            yield Fault(f"packet_files {row.packet_id} {one.name}", "goes_at is not as its manifest has it")
    for file in here if blobs is not None else ():
        found = None if blobs is None else blobs.size(file.sha256)
        if found != file.bytes:
            what = "its file is missing" if found is None else f"its file has {found} bytes, not {file.bytes}"
            yield Fault(f"{where} {file.name}", what)


def _gone_cuttings(row: Row[Any], manifest: Manifest, here: set[str], until: datetime | None) -> set[str]:
    """Names of cuttings that are here no more, and whose time was over."""
    cut = (file for file in manifest.files if file.role in CUTTINGS and file.name not in here)
    return {file.name for file in cut if until is not None and _over(row, file.keep_days) <= until}


def _over(row: Row[Any], days: int | None) -> datetime:
    over: datetime = row.received_at + timedelta(days=days or 0)
    return over


def _missing_packets(connection: Connection) -> Iterator[Fault]:
    """Manifests that the log says were received and that no packet holds."""
    received = select(log.c.log_index, log.c.document).where(log.c.event == LogEvent.MANIFEST.value).order_by(log.c.log_index)
    here = set(connection.execute(select(packets.c.manifest_sha256)).scalars())
    for row in all_rows(connection, received):
        sha256 = str(document_of(row.document).get("manifest_sha256"))
        if sha256 not in here:
            yield Fault(f"log {row.log_index}", f"the packet with the manifest {sha256[:12]}… was removed")


def _act_faults(connection: Connection) -> Iterator[Fault]:
    """An act is the case's that its first packet came to; a worker that does not hold the camera begins none."""
    first: dict[str, tuple[int, str]] = {}
    for row in all_rows(connection, select(packets.c.act_id, packets.c.case_id, packets.c.receipt).where(packets.c.held_by.is_(None))):
        came = (place_of(row.receipt), row.case_id)
        if row.act_id not in first or came < first[row.act_id]:
            first[row.act_id] = came
    for act in all_rows(connection, select(acts.c.act_id, acts.c.case_id)):
        found = first.pop(act.act_id, None)
        if found is None or found[1] != act.case_id:
            yield Fault(f"acts {act.act_id}", "no packet began it" if found is None else "belongs to another case")
    for act_id in sorted(first):
        yield Fault(f"acts {act_id}", "was removed, though packets are of it")


def _given_up_faults(connection: Connection, keys: dict[tuple[str, str], PublicKey]) -> Iterator[Fault]:
    entries = select(log.c.log_index, log.c.document).where(log.c.event == LogEvent.GIVEN_UP.value)
    told = {entry.log_index: document_of(entry.document) for entry in connection.execute(entries)}
    for row in connection.execute(select(given_up).order_by(given_up.c.log_index)).all():
        where = f"given_up {row.worker} {row.sequence}"
        entry = told.pop(row.log_index, {})
        if any(entry.get(name) != getattr(row, name) for name in ("worker", "packet_id", "manifest_sha256", "sequence")):
            yield Fault(where, "is not as the log has it")
            continue
        try:
            document = json.loads(row.document)
            signed = SignedManifest(manifest=document["manifest"], signature=document["signature"])
            record = read_given_up(document["given_up"], where)
            keys[row.worker, signed.signature.key_id].verify(signed.manifest, signed.signature)
            record.verify(keys[row.worker, record.key_id])
            chain = Manifest.model_validate(signed.manifest).chain
            if (chain.sequence, chain.previous_sha256, record.record.manifest_sha256) != (row.sequence, row.previous_sha256, row.manifest_sha256):
                yield Fault(where, "its place in the chain is not as its manifest has it")
        except (SignatureFault, EvidenceError, ValueError, KeyError) as error:
            yield Fault(where, f"its documents: {error}".partition("\n")[0])
    for index in sorted(told):
        yield Fault(f"log {index}", "the row of this given_up was removed")


def _chain_faults(connection: Connection) -> Iterator[Fault]:
    """Forks, links that do not fit, and places that did not come; a matter of order, for an hour, is told too, since nobody can tell it from a loss yet."""
    links = [
        Link(row.worker, str(document_of(row.signature).get("key_id")), row.sequence, previous_of(row), row.manifest_sha256)
        for row in all_rows(connection, select(packets))
        if row.manifest or row.previous_sha256
    ]
    links += [
        Link(*row) for row in connection.execute(select(*(given_up.c[name] for name in ("worker", "key_id", "sequence", "previous_sha256", "manifest_sha256"))))
    ]
    links += _erased_links(connection)
    for fault in chain_faults(links):
        yield Fault(f"chain of {fault.where}", fault.what.partition("; if this is a selection")[0])


def _erased_links(connection: Connection) -> list[Link]:
    return [
        Link(str(one.get("worker")), str(one.get("key_id")), int(one.get("sequence", 0)), one.get("previous_sha256"), str(one.get("manifest_sha256")))
        for one in _erased_packets(connection).values()
    ]


def _erased_packets(connection: Connection) -> dict[str, dict[str, Any]]:
    plans = connection.execute(select(erasures.c.plan).order_by(erasures.c.log_index)).scalars()
    return {packet["packet_id"]: packet for plan in plans for packet in document_of(plan).get("packets", [])}
