"""Tokens and one-time tokens against the log: which were made for whom, until when they hold, and which were revoked or used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from api.checking_rows import Entries, Entry, Fault, Unchecked, all_rows, differing
from api.log import LogEvent
from api.schema import enrolments, people, tokens

NAMED = ("role", "unit", "districts", "worker", "sha256")
"""Columns that an entry tells; older ones tell fewer."""
OF_BEFORE = "viewer"
"""A first token of before schema step 0002, an auditor's now."""


@dataclass(slots=True)
class _Log:
    """What the log says of tokens.

    Attributes:
        made: by number, the entry and what it says of the token.
        unnumbered: of entries that hold no number, by name and time.
        revoked, ends: by number.
        workers_over: of each worker, where in the log and when all its tokens were revoked.
    """

    made: dict[int, tuple[Entry, dict[str, Any]]] = field(default_factory=dict)
    unnumbered: dict[tuple[str, datetime], tuple[Entry, dict[str, Any]]] = field(default_factory=dict)
    revoked: dict[int, datetime] = field(default_factory=dict)
    ends: dict[int, datetime] = field(default_factory=dict)
    workers_over: dict[str, list[tuple[int, datetime]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, entry: Entry) -> None:
        """Takes one entry in."""
        document = entry.document
        if entry.event == LogEvent.WORKER.value:
            if entry.change in ("enrolled", "revoked"):
                self.workers_over[str(document.get("worker"))].append((entry.log_index, entry.at))
            if entry.change == "enrolled":
                name = f"worker {document.get('worker')}"
                self._made(entry, document.get("token") or {"name": name, "role": "worker", "worker": document.get("worker"), "until": None})
        elif entry.change == "made":
            self._made(entry, document)
        elif entry.change == "revoked":
            self.revoked[int(document.get("token", 0))] = entry.at
        elif entry.change == "ends":
            self.ends[int(document.get("token", 0))] = datetime.fromisoformat(str(document.get("until")))

    def _made(self, entry: Entry, told: dict[str, Any]) -> None:
        if "token" in told:
            self.made[int(told["token"])] = (entry, told)
        else:
            self.unnumbered[str(told.get("name")), entry.at] = (entry, told)

    def first_whole(self) -> int | None:
        """The least number of a token whose entry tells all: whatever has none is older."""
        return min((number for number, (_, told) in self.made.items() if "sha256" in told), default=None)

    def revoked_at(self, row: Row[Any], made: Entry | None) -> datetime | None:
        """When a token was revoked, by itself or with all others of its worker."""
        after = 0 if made is None else made.log_index
        of_worker = [at for index, at in self.workers_over.get(row.worker, ()) if index > after] if row.worker is not None else []
        return min([*of_worker[:1], *([self.revoked[row.id]] if row.id in self.revoked else [])], default=None)


def token_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """All of them."""
    told = _Log()
    for entry in entries.of(LogEvent.TOKEN, LogEvent.WORKER):
        told.note(entry)
    names = {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}
    first = told.first_whole()
    for row in all_rows(connection, select(tokens).order_by(tokens.c.id)):
        where = f"tokens {row.id}"
        made = told.made.pop(row.id, None) or told.unnumbered.pop((row.name, row.made_at), None)
        if row.person_id is not None and names.get(row.person_id) != row.name:
            yield Fault(where, "person_id is another person's")
        if row.from_file and (row.name not in (row.role, OF_BEFORE) or (row.districts, row.unit, row.worker, row.person_id) != (["*"], None, None, None)):
            yield Fault(where, "is a first token of another role or name than those of a data folder")
        if made is None and row.made_by is None and row.id > 0 and (first is None or row.id < first):
            unchecked["tokens that are older than the log, or than its entries of tokens"] += 1
        elif made is None:
            yield Fault(where, "the log has no entry by which it was made")
            continue
        else:
            yield from _made_faults(row, *made, where)
            if "sha256" not in made[1]:
                unchecked["tokens, whose entries do not hold their hash"] += 1
        yield from _end_faults(row, told, None if made is None else made, where)
    for number in sorted(told.made):
        yield Fault(f"tokens {number}", "was removed, though the log has it")
    for name, _ in sorted(told.unnumbered):
        yield Fault(f"tokens of {name}", "one was removed, though the log has it")


def _made_faults(row: Row[Any], entry: Entry, told: dict[str, Any], where: str) -> Iterator[Fault]:
    yield from differing(where, *((name, getattr(row, name), told[name]) for name in NAMED if name in told), ("made_at", row.made_at, entry.at))
    if row.name not in (told.get("name"), f"{str(told.get('name'))[:85]} #{row.id}"):  # schema step 0005 told some apart by their numbers
        yield Fault(where, "name is not as the log has it")
    if "of_person" in told and told["of_person"] != (row.person_id is not None):
        yield Fault(where, "person_id is not as the log has it")


def _end_faults(row: Row[Any], told: _Log, made: tuple[Entry, dict[str, Any]] | None, where: str) -> Iterator[Fault]:
    """One that is over may bear its end as when it was revoked, once another has its name; a first one was revoked without an entry where it is older."""
    until = None if made is None or made[1].get("until") is None else datetime.fromisoformat(str(made[1]["until"]))
    if (made is not None and "until" in made[1]) or row.id in told.ends:
        yield from differing(where, ("ends_at", row.ends_at, told.ends.get(row.id, until)))
    revoked_at = told.revoked_at(row, None if made is None else made[0])
    if revoked_at is not None and row.revoked_at is None:
        yield Fault(where, "was revoked by the log, and its row says that it is in force")
    elif revoked_at is not None or (row.revoked_at is not None and row.revoked_at != row.ends_at and not row.from_file):
        yield from differing(where, ("revoked_at", row.revoked_at, revoked_at))


@dataclass(slots=True)
class _Invitation:
    """A one-time token as the log has it."""

    entry: Entry
    ends_at: datetime
    used_at: datetime | None = None


def enrolment_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """One-time tokens that nobody was given, or that hold longer than they were given for. That one ends earlier is none: a restore ends all."""
    told: dict[tuple[str, datetime], _Invitation] = {}
    last: dict[str, _Invitation] = {}
    for entry in entries.of(LogEvent.WORKER):
        worker = str(entry.document.get("worker"))
        before = last.get(worker)
        if entry.change in ("invited", "revoked") and before is not None:
            before.ends_at = min(before.ends_at, entry.at) if before.used_at is None or entry.change == "revoked" else before.ends_at
        if entry.change == "enrolled" and before is not None:
            before.used_at = entry.at
        if entry.change == "invited":
            last[worker] = told[worker, entry.at] = _Invitation(entry, datetime.fromisoformat(str(entry.document.get("until"))))
    for row in all_rows(connection, select(enrolments).order_by(enrolments.c.id)):
        where, found = f"enrolments {row.id}", told.pop((row.worker, row.made_at), None)
        if found is None:
            yield Fault(where, "the log has no entry by which the worker was invited")
            continue
        yield from differing(where, ("made_by", row.made_by, found.entry.by), ("used_at", row.used_at, found.used_at))
        if row.ends_at > found.ends_at:
            yield Fault(where, "ends_at is later than the log has it")
        if "sha256" in found.entry.document:
            yield from differing(where, ("sha256", row.sha256, found.entry.document["sha256"]))
        else:
            unchecked["one-time tokens, whose entries do not hold their hash"] += 1
    for worker, _ in sorted(told):
        yield Fault(f"enrolments of {worker}", "one was removed, though the log has it")
