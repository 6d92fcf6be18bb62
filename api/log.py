"""The append-only log: received manifests, decisions, evidence that was read or exported, views that were saved, keys that were bound.

Every entry is a canonical JSON document that holds its index and the SHA-256 of the entry before, so a changed or missing entry shows. The
entry of a received manifest is its receipt without the signature: a receipt that was given away vouches for the whole log before it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from api.moments import iso
from api.schema import log
from evidence.canonical import canonical_json, sha256_hex
from evidence.packet import Receipt
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
    WEBHOOK = "webhook"
    HOLD = "hold"
    HOLD_RELEASED = "hold_released"
    ERASURE_BEGUN = "erasure_begun"
    ERASURE = "erasure"
    SECOND_REVIEW_LAPSED = "second_review_lapsed"


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its index (0 of an empty log) and hash."""

    index: int
    sha256: str | None


def head(connection: Connection) -> Head:
    """The last entry."""
    row = connection.execute(select(log.c.log_index, log.c.sha256).order_by(log.c.log_index.desc()).limit(1)).first()
    return Head(0, None) if row is None else Head(row.log_index, row.sha256)


def append(connection: Connection, event: LogEvent, at: datetime, by: str, body: dict[str, Any], case_id: str | None = None) -> int:
    """Appends an entry within a write transaction; its index."""
    last = head(connection)
    document = {**body, "event": event.value, "at": iso(at), "by": by, "log_index": last.index + 1, "previous_sha256": last.sha256}
    if case_id is not None:
        document["case_id"] = case_id
    _insert(connection, event, at, by, document, last.index + 1, case_id)
    return last.index + 1


def append_manifest(connection: Connection, key: SigningKey, manifest_sha256: str, at: datetime, by: str, case_id: str) -> Receipt:
    """Appends a received manifest; the signed receipt of that entry."""
    last = head(connection)
    receipt = signed_receipt(key, manifest_sha256=manifest_sha256, received_at=at, log_index=last.index + 1, previous_sha256=last.sha256)
    _insert(connection, LogEvent.MANIFEST, at, by, receipt.model_dump(mode="json", exclude={"signature"}), receipt.log_index, case_id)
    return receipt


def first_break(connection: Connection) -> int | None:
    """The index of the first entry that does not fit the one before it or its own hash; None of a whole log."""
    previous: str | None = None
    for number, row in enumerate(connection.execute(select(log).order_by(log.c.log_index)), start=1):
        document = json.loads(row.document)
        fits = row.log_index == number == document["log_index"] and document["previous_sha256"] == previous
        if not fits or sha256_hex(canonical_json(document)) != row.sha256:
            return number
        previous = row.sha256
    return None


def _insert(connection: Connection, event: LogEvent, at: datetime, by: str, document: dict[str, Any], index: int, case_id: str | None) -> None:
    text = canonical_json(document)
    connection.execute(
        insert(log).values(log_index=index, event=event.value, at=at, by=by, case_id=case_id, document=text.decode("utf-8"), sha256=sha256_hex(text))
    )
