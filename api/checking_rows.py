"""Rows that an entry of the log vouches for, against that entry: decisions, holds with their releases, deletions with plans and records, and the keys of
workers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from api.log import LogEvent
from api.schema import decisions, erased_files, erasures, former_keys, holds, log, workers
from evidence.canonical import canonical_json, sha256_hex
from evidence.errors import SignatureFault
from evidence.packet import Signature
from evidence.signing import PublicKey

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit: the table and row, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log, read."""

    log_index: int
    event: str
    at: datetime
    by: str
    case_id: str | None
    document: dict[str, Any]

    @property
    def change(self) -> str:
        """What it says was done, of those that say so."""
        return str(self.document.get("change"))


class Unchecked(Counter[str]):
    """How much could not be held against the log, since its entries are of before they held enough; by what it is."""

    def sentences(self) -> list[str]:
        """One line a kind."""
        return [f"{count} {what}" for what, count in sorted(self.items())]


def row_faults(connection: Connection, key: PublicKey) -> Iterator[Fault]:
    """All of them."""
    decided = ("action", "version", "seen_version", "reason", "kind", "note", "unit", "sealed")
    yield from _rows_without_entries(connection, decisions, LogEvent.DECISION, decided)
    yield from _rows_without_entries(connection, holds, LogEvent.HOLD, ("reason",))
    yield from _release_faults(connection)
    yield from _erasure_faults(connection, key)
    yield from _key_faults(connection)


def document_of(text: str | None) -> dict[str, Any]:
    """A JSON object; an empty one where it was made unreadable, which no hash fits."""
    try:
        told = json.loads(text or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def place_of(receipt: str) -> int:
    """The place in the log that a receipt names; 0 where it was made to name none, which its own check tells."""
    place = document_of(receipt).get("log_index")
    return place if isinstance(place, int) else 0


def all_rows(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """Rows as they are read, some at a time."""
    yield from connection.execute(query.execution_options(yield_per=AT_ONCE))


def entries_of(connection: Connection, *events: LogEvent) -> Iterator[Entry]:
    """The log's entries of these kinds, oldest first."""
    for row in all_rows(connection, select(log).where(log.c.event.in_([event.value for event in events])).order_by(log.c.log_index)):
        yield Entry(row.log_index, row.event, row.at, row.by, row.case_id, document_of(row.document))


class Entries:
    """The log's entries of kinds that are few (what administrators do), read once: no index of the log helps to find them.

    Attributes:
        latest: the latest time that any entry of the log bears, also of a clock that was wrong; None of an empty log.
    """

    def __init__(self, connection: Connection) -> None:
        self._few = list(entries_of(connection, *FEW))
        self.latest = latest(connection)

    def of(self, *events: LogEvent) -> Iterator[Entry]:
        """Those of these kinds, oldest first."""
        return (entry for entry in self._few if entry.event in events)


FEW = (
    LogEvent.VIEW_SAVED, LogEvent.PERMIT, LogEvent.CAMERA, LogEvent.PERSON, LogEvent.TOKEN, LogEvent.WORKER, LogEvent.WEBHOOK, LogEvent.ORDER,
    LogEvent.CLOCK_IN_DOUBT, LogEvent.CLOCK_RIGHT,
)  # fmt: skip


def latest(connection: Connection) -> datetime | None:
    """The latest time that any entry bears, also of a clock that was wrong; None of an empty log."""
    return connection.execute(select(func.max(log.c.at, type_=log.c.at.type))).scalar()


def differing(where: str, *pairs: tuple[str, Any, Any]) -> Iterator[Fault]:
    """A fault for each column (name, as it is, as the log has it) that is not as the log has it."""
    for name, kept, told in pairs:
        if kept != told:
            yield Fault(where, f"{name} is not as the log has it")


def _rows_without_entries(connection: Connection, table: Any, event: LogEvent, told: tuple[str, ...]) -> Iterator[Fault]:
    """Rows that their entry of the log does not bear out, and entries without a row."""
    both = select(table, log.c.document, log.c.event, log.c.at.label("entry_at"), log.c.by.label("entry_by"), log.c.case_id.label("entry_case"))
    for row in all_rows(connection, both.join(log, log.c.log_index == table.c.log_index, isouter=True).order_by(table.c.log_index)):
        where = f"{table.name} {row.log_index}"
        if row.document is None or row.event != event.value:
            yield Fault(where, f"the log has no {event.value} there")
            continue
        document = document_of(row.document)
        differing = [name for name in told if getattr(row, name) != document.get(name)]
        differing += [name for name, a, b in (("at", row.at, row.entry_at), ("by", row.by, row.entry_by), ("case_id", row.case_id, row.entry_case)) if a != b]
        for name in differing:
            yield Fault(where, f"{name} is not as the log has it")
    yield from _entries_without_rows(connection, table, event, table.c.log_index)


def _entries_without_rows(connection: Connection, table: Any, event: LogEvent, column: Any) -> Iterator[Fault]:
    lone = select(log.c.log_index).join(table, column == log.c.log_index, isouter=True).where(log.c.event == event.value, table.c.case_id.is_(None))
    for index in connection.execute(lone.order_by(log.c.log_index)).scalars().all():
        yield Fault(f"log {index}", f"the row of this {event.value} was removed")


def _release_faults(connection: Connection) -> Iterator[Fault]:
    """Each hold stands until the log releases it, and no longer."""
    events = (LogEvent.HOLD.value, LogEvent.HOLD_RELEASED.value)
    standing: dict[str, int] = {}
    told: dict[int, tuple[datetime, str, Any] | None] = {}
    entries = select(log.c.log_index, log.c.event, log.c.case_id, log.c.at, log.c.by, log.c.document).where(log.c.event.in_(events))
    for entry in all_rows(connection, entries.order_by(log.c.log_index)):
        if entry.event == LogEvent.HOLD.value:
            standing[entry.case_id], told[entry.log_index] = entry.log_index, None
        elif entry.case_id in standing:
            told[standing.pop(entry.case_id)] = (entry.at, entry.by, document_of(entry.document).get("reason"))
    for row in all_rows(connection, select(holds).order_by(holds.c.log_index)):
        found = None if row.released_at is None else (row.released_at, row.released_by, row.release_reason)
        if row.log_index in told and found != told[row.log_index]:
            known = told[row.log_index]
            yield Fault(f"holds {row.log_index}", "was released, but the log has no release" if known is None else "its release is not as the log has it")


def _erasure_faults(connection: Connection, key: PublicKey) -> Iterator[Fault]:
    done = select(log.c.log_index, log.c.document).where(log.c.event == LogEvent.ERASURE.value)
    records = {int(document_of(entry.document).get("begun_index", 0)): entry.log_index for entry in all_rows(connection, done.order_by(log.c.log_index))}
    for row in connection.execute(select(erasures).order_by(erasures.c.log_index)).all():
        where = f"erasures {row.log_index}"
        begun = connection.execute(select(log).where(log.c.log_index == row.log_index, log.c.event == LogEvent.ERASURE_BEGUN.value)).first()
        if begun is None:
            yield Fault(where, f"the log has no {LogEvent.ERASURE_BEGUN.value} there")
            continue
        told, plan = document_of(begun.document), document_of(row.plan)
        if told.get("plan_sha256") != sha256_hex(canonical_json(plan)):
            yield Fault(where, "its plan is not the one that the log has")
            continue
        kept = (("case_id", row.case_id, begun.case_id), ("rule", row.rule, told.get("rule")), ("by", row.by, begun.by), ("begun_at", row.begun_at, begun.at))
        for name, a, b in kept:
            if a != b:
                yield Fault(where, f"{name} is not as the log has it")
        yield from _erased_file_faults(connection, row, plan)
        yield from _record_faults(connection, row, records.get(row.log_index), key, where)
    yield from _entries_without_rows(connection, erasures, LogEvent.ERASURE_BEGUN, erasures.c.log_index)


def _erased_file_faults(connection: Connection, row: Row[Any], plan: dict[str, Any]) -> Iterator[Fault]:
    rows = connection.execute(select(erased_files).where(erased_files.c.log_index == row.log_index)).all()
    planned = {(file["packet_id"], file["name"], file["sha256"]) for file in plan.get("files", [])}
    for packet_id, name, _ in sorted(planned ^ {(file.packet_id, file.name, file.sha256) for file in rows}):
        yield Fault(f"erased_files {row.log_index} {packet_id} {name}", "is not as the plan of the deletion has it")


def _record_faults(connection: Connection, row: Row[Any], done_index: int | None, key: PublicKey, where: str) -> Iterator[Fault]:
    if row.record is None and done_index is None and row.done_at is None:
        return
    done = None if done_index is None else connection.execute(select(log).where(log.c.log_index == done_index)).first()
    if row.record is None:
        yield Fault(where, "its record was removed, though the log has it")
        return
    if done is None or (row.done_index, row.done_at) != (done_index, done.at):
        yield Fault(where, "when it was done is not as the log has it")
        return
    told = {"record": {}, "signature": None} | document_of(row.record)
    if document_of(done.document).get("record_sha256") != sha256_hex(canonical_json(told["record"])):
        yield Fault(where, "its record is not the one that the log has")
        return
    try:
        key.verify(told["record"], Signature.model_validate(told["signature"]))
    except (SignatureFault, ValueError) as fault:
        yield Fault(where, f"its record: {fault}")


KEY_NAMES = ("public_key", "key_id", "bound_at", "enrolled_at", "revoked_at", "revoked_by")


def _key_faults(connection: Connection) -> Iterator[Fault]:
    """Which key each worker's name is bound to, and was bound to before, as the log tells it."""
    now: dict[str, dict[str, Any]] = {}
    former: dict[tuple[str, str], dict[str, Any]] = {}
    entries = select(log.c.event, log.c.at, log.c.by, log.c.document).where(log.c.event.in_((LogEvent.KEY_BOUND.value, LogEvent.WORKER.value)))
    for entry in all_rows(connection, entries.order_by(log.c.log_index)):
        told = document_of(entry.document)
        name = str(told.get("worker") or entry.by.removeprefix("worker "))
        unbound = {"enrolled_at": None, "revoked_at": None, "revoked_by": None}
        if entry.event == LogEvent.KEY_BOUND.value:
            now[name] = {"public_key": told.get("public_key"), "key_id": told.get("key_id"), "bound_at": entry.at, **unbound}
        elif told.get("change") == "enrolled":
            before = now.get(name)
            if before is not None and before["key_id"] == told.get("key_id"):
                before["enrolled_at"] = entry.at
                continue
            if before is not None:
                former[name, before["key_id"]] = before
            now[name] = unbound | {"public_key": told.get("public_key"), "key_id": told.get("key_id"), "bound_at": entry.at, "enrolled_at": entry.at}
        elif told.get("change") == "revoked" and name in now:
            now[name] |= {"revoked_at": entry.at, "revoked_by": entry.by}
    for row in connection.execute(select(workers).order_by(workers.c.name)).all():
        bound = now.pop(row.name, None)
        if bound is None:
            yield Fault(f"workers {row.name}", "the log has bound no key to it")
            continue
        for column in KEY_NAMES:
            if getattr(row, column) != bound[column]:
                yield Fault(f"workers {row.name}", f"{column} is not as the log has it")
    for name in sorted(now):
        yield Fault(f"workers {name}", "was removed, though the log has its key")
    for row in connection.execute(select(former_keys)).all():
        bound = former.pop((row.name, row.key_id), None)
        kept = (row.public_key, row.bound_at, row.revoked_at)
        if bound is None or kept != (bound["public_key"], bound["bound_at"], bound["revoked_at"]):
            yield Fault(f"former_keys {row.name} {row.key_id}", "is not as the log has it")
    for name, key_id in sorted(former):
        yield Fault(f"former_keys {name} {key_id}", "was removed, though the log has the key")
