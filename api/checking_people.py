"""People against the log: made, changed, disabled, given a password; and their sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from api.checking_rows import Entries, Entry, Fault, Unchecked, all_rows, differing, entries_of
from api.log import LogEvent
from api.schema import people, sessions, tokens
from api.sessions import SESSION
from api.tokens import sha256_of

RIGHTS = ("unit", "role", "districts")
COLUMNS = (*RIGHTS, "disabled_at", "made_at", "made_by", "must_change", "changed_at")


@dataclass(slots=True)
class _SignedIn:
    """What the entries of signing in hold: who began the sessions that there are, since when they tell sessions at all, and passwords that were hashed anew."""

    begun: dict[str, Entry] = field(default_factory=dict)
    since: datetime | None = None
    hashed_anew: list[Entry] = field(default_factory=list)


def people_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """All of them."""
    signed_in = _signed_in(connection)
    told = _told(sorted([*entries.of(LogEvent.PERSON), *signed_in.hashed_anew], key=lambda entry: entry.log_index))
    for row in all_rows(connection, select(people).order_by(people.c.name)):
        where, found = f"people {row.name}", told.pop(row.name, None)
        if found is None:
            yield Fault(where, "the log has no entry by which it was made")
            continue
        yield from differing(where, *((name, getattr(row, name), found[name]) for name in COLUMNS if name in found))
        if "kept_sha256" in found:
            yield from differing(where, ("password", None if row.password is None else sha256_of(row.password), found["kept_sha256"]))
        else:
            unchecked["passwords, whose entries do not hold their hash"] += 1
    for name in sorted(told):
        yield Fault(f"people {name}", "was removed, though the log has it")
    yield from _session_faults(connection, signed_in, unchecked)


def _signed_in(connection: Connection) -> _SignedIn:
    here = set(connection.execute(select(sessions.c.sha256)).scalars())
    found = _SignedIn()
    for entry in entries_of(connection, LogEvent.SIGNED_IN):
        session = entry.document.get("session")
        if session is not None:
            found.since = entry.at if found.since is None else min(found.since, entry.at)
        if isinstance(session, str) and session in here:
            found.begun[session] = entry
        if "kept_sha256" in entry.document:
            found.hashed_anew.append(entry)
    return found


def _told(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """Each person's row as the log has it, without what its entries do not tell."""
    told: dict[str, dict[str, Any]] = {}
    for entry in entries:
        document = entry.document
        if entry.event == LogEvent.SIGNED_IN.value:
            if entry.by in told:
                told[entry.by] |= _password(document)
        elif entry.change == "made":
            given = {name: document.get(name) for name in RIGHTS}
            made = {"disabled_at": None, "made_at": entry.at, "made_by": entry.by, "must_change": True, "changed_at": entry.at}
            told[str(document.get("person"))] = given | made | _password(document)
        elif (row := told.get(str(document.get("person")))) is not None:
            _apply(row, entry)
    return told


def _apply(row: dict[str, Any], entry: Entry) -> None:
    """What a further entry changes of a person."""
    document = entry.document
    if entry.change == "password":
        for name in ("must_change", "kept_sha256"):  # of an older entry neither is known any more
            row.pop(name, None)
        row |= {"changed_at": entry.at} | _password(document) | {name: document[name] for name in ("must_change",) if name in document}
        return
    row |= {name: document[name] for name in RIGHTS if name in document}
    if "disabled" in document:
        row["disabled_at"] = entry.at if document["disabled"] else None


def _password(document: dict[str, Any]) -> dict[str, Any]:
    return {"kept_sha256": document["kept_sha256"]} if "kept_sha256" in document else {}


def _session_faults(connection: Connection, signed_in: _SignedIn, unchecked: Unchecked) -> Iterator[Fault]:
    """Sessions that no signing in has begun; those of before the log held their hash are over within a day."""
    since = signed_in.since
    names = {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}
    programs = {row.id: row.name for row in connection.execute(select(tokens.c.id, tokens.c.name))}
    for row in all_rows(connection, select(sessions).order_by(sessions.c.sha256)):
        where, found = f"sessions {row.sha256[:12]}…", signed_in.begun.get(row.sha256)
        if found is not None:
            whose = names.get(row.person_id) if row.token_id is None else programs.get(row.token_id)
            told = (("made_at", row.made_at, found.at), ("ends_at", row.ends_at, found.at + SESSION), ("whose it is", whose, found.by))
            yield from differing(where, *told, ("token_id", row.token_id, found.document.get("token")))
        elif (since is None or row.made_at < since) and row.ends_at <= row.made_at + SESSION:
            unchecked["sessions, whose entries do not hold their hash"] += 1
        else:
            yield Fault(where, "nobody has signed in by it, by the log")
