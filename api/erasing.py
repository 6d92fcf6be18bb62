"""Deletes the evidence of a case whose time is over, and proves it: a signed record in the log of what was deleted, why, by which rule.

Two steps, so that a crash between them loses nothing: first the case is marked and the plan stands in the log, then the files go and the record is
signed. A step that was begun is finished at the next run. Manifests and files go; receipts, the manifests' hashes and their places in the
workers' chains stay, so that what was deleted leaves no unexplained gap. A file that another case names too stays, and the record says so; so it does of one
that was missing already.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from api import log, search
from api.blobs import BlobStore
from api.case_rows import row_for_plan
from api.errors import Unavailable
from api.moments import iso
from api.retention import Due, is_due
from api.schema import cases, erased_files, erasures, packet_files, packets
from api.schema import log as log_table
from evidence.canonical import canonical_json, sha256_hex
from evidence.errors import EvidenceError
from evidence.signing import PublicKey, SigningKey, receipt_sha256, verify_receipt_json

log_ = logging.getLogger(__name__)
SCHEMA = "curbwatch.erasure/1"


def begin(connection: Connection, blobs: BlobStore, key: PublicKey, one: Due, by: str, now: datetime) -> int | None:
    """Marks a case and writes down what will be deleted, within a write transaction; its place in the log, None where it is due no more, or where something of
    it did not come to it: whoever moved that would have it deleted by this case's rule. A file that is not there then is `missing`: no record
    says of it that it was deleted.

    Args:
        key: of this API, which signed all receipts.
    """
    row = connection.execute(select(cases).where(cases.c.id == one.case_id, is_due(one.rule, now)).with_for_update()).first()
    if row is None:
        return None
    still_here = select(packets).where(packets.c.case_id == row.id, packets.c.manifest != "")
    of_case = connection.execute(still_here.order_by(packets.c.received_at, packets.c.packet_id)).all()
    fault = _moved(connection, row.id, of_case, key)
    if fault is not None:
        log_.error("case %s: %s: nothing of the case is deleted; ask `serve check`", row.id, fault)
        return None
    plan = _plan(connection, row, of_case, one, by, now)
    for file in plan["files"]:
        if blobs.size(file["sha256"]) is None:
            file["missing"] = True
    counts = {"packets": len(plan["packets"]), "files": len(plan["files"]), "bytes": sum(file["bytes"] for file in plan["files"])}
    body = {"rule": one.rule.id, "plan_sha256": sha256_hex(canonical_json(plan)), **counts}
    index = log.append(connection, log.LogEvent.ERASURE_BEGUN, now, by, body, one.case_id)
    connection.execute(insert(erasures).values(log_index=index, case_id=row.id, rule=one.rule.id, begun_at=now, by=by, plan=json.dumps(plan)))
    if plan["files"]:
        rows = [{"log_index": index, **{name: file[name] for name in ("packet_id", "name", "sha256")}} for file in plan["files"]]
        connection.execute(insert(erased_files), rows)
    connection.execute(delete(packet_files).where(packet_files.c.case_id == row.id))
    connection.execute(update(packets).where(packets.c.case_id == row.id).values(manifest="", boot_id=None))
    gone = {"erased_at": now, "thumbnail_sha256": None, "claimed_by": None, "claimed_until": None}
    connection.execute(update(cases).where(cases.c.id == row.id).values(version=row.version + 1, updated_at=now, changed_index=index, **gone))
    search.refresh(connection, row.id)
    return index


def _moved(connection: Connection, case_id: str, of_case: Sequence[Row[Any]], key: PublicKey) -> str | None:
    """Which of the packets and files that are filed under a case the API's signed receipts do not bear out to have come to it, and why; None where they do."""
    named: set[tuple[str, str]] = set()
    for packet in of_case:
        why = _not_received(connection, case_id, packet, key)
        if why is not None:
            return f"the packet {packet.packet_id} {why}"
        named |= {(packet.packet_id, file["sha256"]) for file in json.loads(packet.manifest)["files"]}
    filed = connection.execute(select(packet_files.c.packet_id, packet_files.c.sha256).where(packet_files.c.case_id == case_id))
    stray = next((file for file in filed if tuple(file) not in named), None)
    return None if stray is None else f"no packet of it names the file {stray.sha256[:12]}… of the packet {stray.packet_id}: it was moved"


def _not_received(connection: Connection, case_id: str, packet: Row[Any], key: PublicKey) -> str | None:
    """Why a packet's receipt does not show that it came to a case: what stands in it is believed once the API's signature and log bear it out."""
    try:
        receipt = verify_receipt_json(json.loads(packet.receipt), key)
    except (EvidenceError, ValueError) as error:
        return f"has a receipt that was changed ({error})"
    if not packet.manifest_sha256 == receipt.manifest_sha256 == sha256_hex(packet.manifest.encode()):
        return "has another packet's receipt, or its manifest was changed"
    entry = connection.execute(select(log_table.c.sha256, log_table.c.case_id).where(log_table.c.log_index == receipt.log_index)).first()
    if entry is None or entry.sha256 != receipt_sha256(receipt):
        return f"has a receipt that is not entry {receipt.log_index} of the log"
    if receipt.case_id not in (None, case_id) or entry.case_id != case_id:
        return f"came to another case ({receipt.case_id or entry.case_id}), and was moved"
    return None


def finish(connection: Connection, blobs: BlobStore, key: SigningKey, index: int, now: datetime) -> int | None:
    """Deletes the files of an erasure that was begun, and signs the record, within a write transaction; the record's place in the log.

    No packet comes in meanwhile (writers take turns), so none can come to name a file that is just going; `api.packets` looks again at files that
    were ever deleted.
    """
    row = connection.execute(select(erasures).where(erasures.c.log_index == index, erasures.c.done_at.is_(None))).first()
    if row is None:
        return None
    plan = json.loads(row.plan)
    holders = _holders(connection, {file["sha256"] for file in plan["files"]})
    found = set()
    for sha256 in sorted({file["sha256"] for file in plan["files"]} - set(holders)):
        if blobs.delete(sha256):
            found.add(sha256)
        if blobs.size(sha256) is not None:
            raise Unavailable(f"{blobs.shown}: the evidence file {sha256} is still there after it was deleted; no record is signed, and it is tried again")
    files = [file | {"outcome": _outcome(file, holders, found), "named_by": holders.get(file["sha256"])} for file in plan["files"]]
    record = {**plan, "schema": SCHEMA, "begun_index": index, "files": files, "done_at": iso(now)}
    signature = key.sign(record).model_dump(mode="json")
    counts = {outcome: sum(1 for file in files if file["outcome"] == outcome) for outcome in ("deleted", "kept", "missing")}
    body = {"begun_index": index, "rule": row.rule, "record_sha256": sha256_hex(canonical_json(record)), **counts}
    if counts["missing"]:
        log_.error("case %s: %d of its %d files were not there when they were to be deleted; its record says so", row.case_id, counts["missing"], len(files))
    done = log.append(connection, log.LogEvent.ERASURE, now, row.by, body, row.case_id)
    text = json.dumps({"record": record, "signature": signature}, ensure_ascii=False)
    connection.execute(update(erasures).where(erasures.c.log_index == index).values(done_at=now, done_index=done, record=text))
    return done


def _outcome(file: dict[str, Any], holders: dict[str, str], found: set[str]) -> str:
    if file["sha256"] in holders:
        return "kept"
    return "missing" if file.get("missing") and file["sha256"] not in found else "deleted"


def unfinished(connection: Connection, case_ids: Iterable[str] | None = None) -> list[int]:
    """Erasures that were begun and whose record is not signed yet; of these cases only, or of all."""
    query = select(erasures.c.log_index).where(erasures.c.done_at.is_(None)).order_by(erasures.c.log_index)
    return list(connection.execute(query if case_ids is None else query.where(erasures.c.case_id.in_(list(case_ids)))).scalars())


def were_erased(connection: Connection, hashes: list[str]) -> set[str]:
    """Of these files, those that were ever deleted, or are about to be."""
    return set(connection.execute(_ERASED, {"hashes": hashes}).scalars())


_ERASED = select(erased_files.c.sha256).where(erased_files.c.sha256.in_(bindparam("hashes", expanding=True)))


def _plan(connection: Connection, row: Row[Any], of_case: Sequence[Row[Any]], one: Due, by: str, now: datetime) -> dict[str, Any]:
    """What will be deleted and why; a worker's chain goes on over what is told of each packet."""
    files = connection.execute(select(packet_files).where(packet_files.c.case_id == row.id).order_by(packet_files.c.packet_id, packet_files.c.name))
    return {
        "case_id": row.id,
        "number": row.number,
        "kind": row.kind,
        "grade": row.grade,
        "camera_id": row.camera_id,
        "district": row.district,
        "state": row.state,
        "decided_at": None if row.decided_at is None else iso(row.decided_at),
        "last_seen": iso(row.last_seen),
        "case": row_for_plan(row),
        "rule": {**one.rule.to_json(), "due_at": iso(one.due_at)},
        "by": by,
        "begun_at": iso(now),
        "packets": [_packet(packet) for packet in of_case],
        "files": [{name: getattr(file, name) for name in ("packet_id", "name", "role", "sha256", "bytes")} for file in files],
    }


def _packet(row: Row[Any]) -> dict[str, Any]:
    return {
        "packet_id": row.packet_id,
        "act_id": row.act_id,
        "phase": row.phase,
        "last_seen": iso(row.last_seen),
        "ended_at": None if row.ended_at is None else iso(row.ended_at),
        "worker": row.worker,
        "sequence": row.sequence,
        "previous_sha256": json.loads(row.manifest)["chain"]["previous_sha256"],
        "key_id": json.loads(row.signature)["key_id"],
        "manifest_sha256": row.manifest_sha256,
        "receipt_log_index": json.loads(row.receipt)["log_index"],
    }


def _holders(connection: Connection, hashes: set[str]) -> dict[str, str]:
    """Cases that name these files and keep them."""
    named = select(packet_files.c.sha256, packet_files.c.case_id).where(packet_files.c.sha256.in_(sorted(hashes)))
    return {row.sha256: row.case_id for row in connection.execute(named)}
