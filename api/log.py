"""The append-only log: received manifests, decisions, evidence that was read or exported, views that were saved, keys that were bound.

Every entry is a canonical JSON document that holds its index and the SHA-256 of the entry before, so a changed or missing entry shows. The
entry of a received manifest is its receipt without the signature: a receipt that was given away vouches for the whole log before it.

Each entry is signed by the API's key as it is written, over its hash, as a receipt is: a row that somebody else adds is nobody's from the first moment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from api.moments import iso
from api.schema import clock_doubts, log
from evidence.canonical import canonical_json, sha256_hex
from evidence.packet import Receipt, Signature
from evidence.signing import SigningKey, signed_receipt


class LogEvent(StrEnum):
    """What is logged."""

    MANIFEST = "manifest"
    DECISION = "decision"
    EVIDENCE_READ = "evidence_read"
    EXPORT = "export"
    VIEW_SAVED = "view_saved"
    KEY_BOUND = "key_bound"
    SIGNED_IN = "signed_in"
    PERSON = "person"
    TOKEN = "token"
    WORKER = "worker"
    CAMERA = "camera"
    PERMIT = "permit"
    ORDER = "order"
    QUIETED = "quieted"
    QUIET_ENDED = "quiet_ended"
    SUPPRESSED = "suppressed"
    CUTTINGS_DELETED = "cuttings_deleted"
    WEBHOOK = "webhook"
    HOLD = "hold"
    HOLD_RELEASED = "hold_released"
    ERASURE_BEGUN = "erasure_begun"
    ERASURE = "erasure"
    SECOND_REVIEW_LAPSED = "second_review_lapsed"
    CHAIN_GAP = "chain_gap"
    CHAIN_FILLED = "chain_filled"
    WORKER_HEAD = "worker_head"
    GIVEN_UP = "given_up"
    RETENTION = "retention"
    CLOCK_IN_DOUBT = "clock_in_doubt"
    CLOCK_RIGHT = "clock_right"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its index (0 of an empty log), hash and time."""

    index: int
    sha256: str | None
    at: datetime | None = None


def head(connection: Connection) -> Head:
    """The last entry."""
    row = connection.execute(_HEAD).first()
    return Head(0, None) if row is None else Head(row.log_index, row.sha256, row.at)


_HEAD = select(log.c.log_index, log.c.sha256, log.c.at).order_by(log.c.log_index.desc()).limit(1)


def append(connection: Connection, event: LogEvent, at: datetime, by: str, body: dict[str, Any], case_id: str | None = None) -> int:
    """Appends an entry within a write transaction; its index."""
    last = head(connection)
    document = {**body, "event": event.value, "at": iso(at), "by": by, "log_index": last.index + 1, "previous_sha256": last.sha256}
    if case_id is not None:
        document["case_id"] = case_id
    _insert(connection, event, at, by, document, last.index + 1, case_id)
    _doubt_a_step_back(connection, last, at)
    return last.index + 1


def append_manifest(connection: Connection, key: SigningKey, manifest_sha256: str, at: datetime, by: str, case_id: str) -> Receipt:
    """Appends a received manifest; the signed receipt of that entry."""
    last = head(connection)
    receipt = signed_receipt(key, manifest_sha256=manifest_sha256, received_at=at, log_index=last.index + 1, previous_sha256=last.sha256, case_id=case_id)
    document = receipt.model_dump(mode="json", exclude={"signature"})
    _insert(connection, LogEvent.MANIFEST, at, by, document, receipt.log_index, case_id, receipt.signature)
    _doubt_a_step_back(connection, last, at)
    return receipt


def append_restored(connection: Connection, at: datetime, index: int, restore_id: str) -> int:
    """Appends the entry of a restore at a place beyond all that may have been given out after the backup was made; its index.

    It is the only entry that may leave places out: it names the one before it by place (`former_index`) and hash.
    """
    last = head(connection)
    body = {"former_index": last.index, "log_index": index, "previous_sha256": last.sha256, "restore_id": restore_id}
    document = {**body, "event": LogEvent.RESTORED.value, "at": iso(at), "by": RESTORE}
    _insert(connection, LogEvent.RESTORED, at, RESTORE, document, index, None)
    return index


RESTORE = "restore"
"""Who writes the entry of a restore."""


def follows(document: Mapping[str, Any], before: int) -> bool:
    """Whether an entry may stand after the place `before`: at the next one, or further on where it says that a backup was restored."""
    index = document.get("log_index")
    restored = document.get("event") == LogEvent.RESTORED.value and document.get("former_index") == before
    return index == before + 1 or (restored and isinstance(index, int) and index > before)


def first_break(connection: Connection) -> int | None:
    """The index of the first entry that does not fit the one before it or its own hash; None of a whole log."""
    previous: str | None = None
    before = 0
    for row in connection.execute(select(log).order_by(log.c.log_index)):
        document = json.loads(row.document)
        fits = row.log_index == document["log_index"] and follows(document, before) and document["previous_sha256"] == previous
        if not fits or sha256_hex(canonical_json(document)) != row.sha256:
            return before + 1
        previous, before = row.sha256, row.log_index
    return None


def _doubt_a_step_back(connection: Connection, before: Head, at: datetime) -> None:
    """A clock that is far behind the entry before is in doubt, as `api.timekeeping` has it, from that entry on:
    also where nobody looks before it is set again.
    """
    if before.at is None or at >= before.at - STEP_BACK or connection.execute(_UNSETTLED).first() is not None:
        return
    why = f"the clock says {at:%Y-%m-%d %H:%M}, but the log's last entry is of {before.at:%Y-%m-%d %H:%M}"
    last = head(connection)
    body = {"why": why, "since_index": before.index, "log_index": last.index + 1, "previous_sha256": last.sha256}
    document = {**body, "event": LogEvent.CLOCK_IN_DOUBT.value, "at": iso(at), "by": "clock"}
    _insert(connection, LogEvent.CLOCK_IN_DOUBT, at, "clock", document, last.index + 1, None)
    connection.execute(insert(clock_doubts).values(log_index=last.index + 1, at=at, since_index=before.index, why=why))


STEP_BACK = timedelta(hours=2)
_UNSETTLED = select(clock_doubts.c.log_index).where(clock_doubts.c.settled_index.is_(None)).limit(1)


def _insert(
    connection: Connection, event: LogEvent, at: datetime, by: str, document: dict[str, Any], index: int, case_id: str | None, signed: Signature | None = None
) -> None:
    text = canonical_json(document)
    sha256 = sha256_hex(text)
    signature = signed or _key(connection).sign_digest(bytes.fromhex(sha256))
    told = {"log_index": index, "event": event.value, "at": at, "by": by, "case_id": case_id, "document": text.decode("utf-8"), "sha256": sha256}
    connection.execute(_ENTRY, told | {"signed_by": signature.key_id, "signature": signature.value})


def _key(connection: Connection) -> SigningKey:
    key = connection.get_execution_options().get(KEY)
    assert isinstance(key, SigningKey), "nobody said by which key the log is signed: `api.log_signing.begun`"
    return key


KEY = "log_key"
"""The option of a connection for writing that holds the API's key."""


_ENTRY = insert(log)
