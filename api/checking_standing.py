"""What stands until somebody ends it, against the log: webhooks, orders to look again, doubts about the clock; and the key of double review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from api.checking_rows import Entries, Entry, Fault, Unchecked, all_rows, differing, document_of
from api.double_review import key_sha256
from api.log import LogEvent
from api.orders import FORGOTTEN
from api.schema import clock_doubts, log, orders, webhooks
from api.teaching import LOOK_WITHIN

GONE = 410
"""The status by which an address says that it is to be told no more."""


def standing_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """All of them."""
    yield from _webhook_faults(connection, entries, unchecked)
    yield from _order_faults(connection, entries, unchecked)
    yield from _doubt_faults(connection, entries)
    yield from _key_faults(connection)


def _webhook_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    made: dict[str, Entry] = {}
    saved: dict[str, Entry] = {}
    gone: dict[str, datetime] = {}
    for entry in entries.of(LogEvent.WEBHOOK):
        name = str(entry.document.get("webhook"))
        if entry.change == "saved":
            made.setdefault(name, entry)
            saved[name] = entry
            gone.pop(name, None)
        elif entry.change == "gone":
            gone.setdefault(name, entry.at)
        else:
            made.pop(name, None)
            saved.pop(name, None)
    for row in all_rows(connection, select(webhooks).order_by(webhooks.c.name)):
        where, found = f"webhooks {row.name}", saved.pop(row.name, None)
        if found is None:
            yield Fault(where, "the log has no entry by which it was made")
            continue
        first, told = made[row.name], found.document
        yield from differing(where, *((name, getattr(row, name), told.get(name)) for name in ("events", "districts")))
        yield from differing(where, ("made_at", row.made_at, first.at), ("made_by", row.made_by, first.by))
        disabled_at = gone.get(row.name) if told.get("enabled") else found.at
        if "url_sha256" in told:
            yield from differing(where, ("url", hashlib.sha256(row.url.encode()).hexdigest(), told["url_sha256"]))
        else:
            unchecked["addresses of webhooks, whose entries hold their host alone"] += 1
            yield from differing(where, ("url", urlsplit(row.url).hostname, told.get("host")))
            if disabled_at is None and row.last_status == GONE:
                continue
        yield from differing(where, ("disabled_at", row.disabled_at, disabled_at))
    for name in sorted(saved):
        yield Fault(f"webhooks {name}", "was removed, though the log has it")


def _order_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """Orders to look again that nobody gave, that say something else, or that are not there though they may still stand. Those to be quiet stand with their
    silence."""
    numbered: dict[int, Entry] = {}
    older: dict[tuple[str | None, datetime], Entry] = {}
    for entry in entries.of(LogEvent.ORDER):
        if entry.document.get("what") == "look_again":
            if "order" in entry.document:
                numbered[int(entry.document["order"])] = entry
            else:
                older[entry.case_id, entry.at] = entry
    for row in all_rows(connection, select(orders).where(orders.c.what != "be_quiet").order_by(orders.c.id)):
        where, found = f"orders {row.id}", numbered.pop(row.id, None)
        if found is None and (row.case_id, row.made_at) in older:
            unchecked["orders to look again, whose entries hold their camera alone"] += 1
            found = older[row.case_id, row.made_at]
        if found is None:
            yield Fault(where, "the log has no entry by which it was given")
            continue
        told = {"until": (found.at + LOOK_WITHIN).isoformat()} | found.document
        yield from differing(where, *((name, getattr(row, name), told[name]) for name in ("camera_id", "act_id", "view_id", "kind", "xyxy") if name in told))
        of_entry = (("case_id", row.case_id, found.case_id), ("made_at", row.made_at, found.at), ("made_by", row.made_by, found.by))
        yield from differing(where, *of_entry, ("what", row.what, told["what"]), ("until", row.until, datetime.fromisoformat(str(told["until"]))))
    last = entries.latest
    for number, entry in sorted(numbered.items()):
        if last is not None and datetime.fromisoformat(str(entry.document.get("until"))) >= last - FORGOTTEN:
            yield Fault(f"orders {number}", "was removed, though the log has it")


def _doubt_faults(connection: Connection, entries: Entries) -> Iterator[Fault]:
    told: dict[int, tuple[Any, ...]] = {}
    settled: dict[int, tuple[Any, ...]] = {}
    for entry in entries.of(LogEvent.CLOCK_IN_DOUBT, LogEvent.CLOCK_RIGHT):
        if entry.event == LogEvent.CLOCK_IN_DOUBT.value:
            told[entry.log_index] = (entry.at, entry.document.get("since_index"), entry.document.get("why"))
        else:
            settled[int(entry.document.get("doubt_index", 0))] = (entry.log_index, entry.at, entry.by)
    for row in connection.execute(select(clock_doubts).order_by(clock_doubts.c.log_index)):
        where, found = f"clock_doubts {row.log_index}", told.pop(row.log_index, None)
        if found is None:
            yield Fault(where, f"the log has no {LogEvent.CLOCK_IN_DOUBT.value} there")
            continue
        yield from differing(where, *zip(("at", "since_index", "why"), (row.at, row.since_index, row.why), found, strict=True))
        kept = None if row.settled_index is None else (row.settled_index, row.settled_at, row.settled_by)
        if kept != settled.get(row.log_index):
            yield Fault(where, "is settled by its row alone" if row.log_index not in settled else "who settled it is not as the log has it")
    for index in sorted(told):
        yield Fault(f"clock_doubts {index}", "was removed, though the log has it")


def _key_faults(connection: Connection) -> Iterator[Fault]:
    """Which cases are decided by two people follows from one key for as long as the database stands; each first decision under seal names it."""
    of_sealed = select(log.c.document).where(log.c.event == LogEvent.DECISION.value, log.c.document.contains('"sampled_by"'))
    told = {document_of(row.document).get("sampled_by") for row in all_rows(connection, of_sealed)} - {None}
    if told - {key_sha256(connection)}:
        yield Fault("about double_review_key", "is another than the log says that cases were chosen by")
