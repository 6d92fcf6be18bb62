"""Sessions: a cookie of 256 random bits that stands for a person or for a token, and ends with it.

A session lasts a working day at most, and two hours without a request; every signing in makes a new one, so none can be fixed before.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from api.roles import Caller, Role, districts_of
from api.schema import people, sessions, tokens
from api.tokens import caller_by_id, sha256_of

SESSION = timedelta(hours=12)
"""A working day; then one signs in again."""
IDLE = timedelta(hours=2)
"""Without any request; a page that is looked at asks every few seconds."""
TOUCHED = timedelta(minutes=5)
"""How exactly the last request is remembered: a write for each would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session that holds: whose it is, and whether its last request must be noted."""

    caller: Caller
    is_due: bool


def begin(connection: Connection, caller: Caller, now: datetime) -> str:
    """Makes a session for a caller, and forgets those that are over; within a write transaction. The cookie is told only here."""
    cookie = secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(or_(sessions.c.ends_at < now, sessions.c.seen_at < now - IDLE)))
    whose = {"person_id": caller.person_id} if caller.token_id is None else {"token_id": caller.token_id}
    connection.execute(insert(sessions).values(sha256=sha256_of(cookie), made_at=now, seen_at=now, ends_at=now + SESSION, **whose))
    return cookie


def find(connection: Connection, cookie: str, now: datetime) -> Found | None:
    """Whose session it is; None where it is not known or over, or its person or token is not in force any more."""
    return find_again(connection, sha256_of(cookie), now)


def find_again(connection: Connection, sha256: str, now: datetime) -> Found | None:
    """The session of a caller who was found before (`Caller.session_id`), as it is now."""
    row = connection.execute(select(sessions).where(sessions.c.sha256 == sha256, sessions.c.ends_at > now, sessions.c.seen_at > now - IDLE)).first()
    if row is None:
        return None
    caller = caller_by_id(connection, row.token_id, now, sha256) if row.person_id is None else _by_person(connection, row.person_id, sha256)
    return None if caller is None else Found(caller, now - row.seen_at >= TOUCHED)


def touch(connection: Connection, session_id: str, now: datetime) -> None:
    """Notes a request, within a write transaction."""
    connection.execute(update(sessions).where(sessions.c.sha256 == session_id).values(seen_at=now))


def end(connection: Connection, cookie: str) -> None:
    """Ends a session; an unknown one is over already."""
    connection.execute(delete(sessions).where(sessions.c.sha256 == sha256_of(cookie)))


def end_all_of(connection: Connection, *, person_id: int | None = None, token_id: int | None = None, but: str | None = None) -> int:
    """Ends every session of a person or of a token, but for one; how many there were."""
    query = delete(sessions).where(of(person_id=person_id, token_id=token_id))
    return connection.execute(query if but is None else query.where(sessions.c.sha256 != but)).rowcount


def of(*, person_id: int | None, token_id: int | None) -> ColumnElement[bool]:
    """The sessions of a person, those that were begun by a token of the person among them; or of a program's token."""
    if person_id is None:
        return sessions.c.token_id == token_id
    return or_(sessions.c.person_id == person_id, sessions.c.token_id.in_(select(tokens.c.id).where(tokens.c.person_id == person_id)))


def _by_person(connection: Connection, person_id: int, session_id: str) -> Caller | None:
    row = connection.execute(select(people).where(people.c.id == person_id, people.c.disabled_at.is_(None))).first()
    return (
        None if row is None else Caller(row.name, Role(row.role), row.unit, districts_of(row.districts), None, session_id, row.id, must_change=row.must_change)
    )
