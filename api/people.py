"""People: made by an administrator with a role, a unit and districts; each has one name that stands beside every decision, and a password of their own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from api import log, names, passwords, sessions, throttles, tokens
from api.database import Database
from api.errors import NotFound, NotSignedIn, Unusable
from api.roles import EVERYWHERE, Caller, Role, districts_of
from api.schema import people
from api.shapes_people import PersonChange, PersonRequest

log_ = logging.getLogger(__name__)
FIRST_PASSWORD = timedelta(days=7)
"""How long a password that an administrator gave may wait to be changed."""


def caller_of_row(row: Row[Any]) -> Caller:
    """Whom a row of `people` stands for."""
    return Caller(row.name, Role(row.role), row.unit, districts_of(row.districts), person_id=row.id, must_change=row.must_change)


def all_people(connection: Connection) -> Sequence[Row[Any]]:
    """Everybody by name, also who is disabled: their decisions stay theirs."""
    return connection.execute(select(people).order_by(people.c.name)).all()


def person(connection: Connection, name: str) -> Row[Any]:
    """One person.

    Raises:
        NotFound: nobody has that name.
    """
    row = connection.execute(select(people).where(people.c.name == name)).first()
    if row is None:
        raise NotFound("there is nobody of that name", "没有此人员")
    return row


def add(connection: Connection, told: PersonRequest, password: str, by: Caller, now: datetime) -> None:
    """Makes a person with a first password (hashed by the caller, outside of the transaction), within a write transaction.

    Raises:
        Conflict: the name is taken (`api.names`).
    """
    names.check_free(connection, told.name, now, of_person=True)
    values = {"unit": told.unit, "role": told.role, "districts": sorted(districts_of(told.districts))}
    connection.execute(insert(people).values(name=told.name, password=password, must_change=True, made_at=now, made_by=by.name, changed_at=now, **values))
    log.append(connection, log.LogEvent.PERSON, now, by.name, {"person": told.name, "change": "made", **values, **_told_of(password)})


def change(connection: Connection, name: str, told: PersonChange, by: Caller, now: datetime) -> Row[Any]:
    """Changes role, unit or districts, disables or enables a person, within a write transaction; whoever is signed in has the new rights at once.

    Raises:
        NotFound: nobody has that name.
        Unusable: an administrator takes the office from themselves.
    """
    row = person(connection, name)
    asked = told.model_dump(exclude_unset=True)
    changes: dict[str, Any] = {field: value for field, value in asked.items() if value is not None or field == "unit"}
    if row.id == by.person_id and changes.keys() & {"role", "districts", "disabled"}:
        raise Unusable("role: nobody changes their own rights; another administrator does", "不能修改自己的权限")
    if "districts" in changes:
        changes["districts"] = sorted(districts_of(changes["districts"]))
    values = {key: value for key, value in changes.items() if key != "disabled"}
    if "disabled" in changes:
        values["disabled_at"] = now if changes["disabled"] else None
    if values:
        connection.execute(update(people).where(people.c.id == row.id).values(**values))
    if changes.get("disabled"):
        sessions.end_all_of(connection, person_id=row.id)
    log.append(connection, log.LogEvent.PERSON, now, by.name, {"person": name, "change": "changed", **changes})
    return person(connection, name)


def set_password(connection: Connection, person_id: int, name: str, kept: str, by: str, now: datetime, *, must_change: bool, but: str | None = None) -> None:
    """Gives a person another password, ends their sessions (but for the one where they do it) and revokes their own tokens: whoever knew the password of before
    may have made one. Within a write transaction. An administrator's own password ends the first tokens, in a while.
    """
    connection.execute(update(people).where(people.c.id == person_id).values(password=kept, must_change=must_change, changed_at=now))
    sessions.end_all_of(connection, person_id=person_id, but=but)
    log.append(connection, log.LogEvent.PERSON, now, by, {"person": name, "change": "password", "must_change": must_change, **_told_of(kept)})
    for row in tokens.tokens_of(connection, person_id):
        if row.revoked_at is None and (row.ends_at is None or row.ends_at > now):
            tokens.revoke(connection, row.id, now)
            log.append(connection, log.LogEvent.TOKEN, now, by, {"change": "revoked", "token": row.id, "name": name})
    who = connection.execute(select(people).where(people.c.id == person_id)).one()
    if not must_change and who.role == Role.ADMIN.value and districts_of(who.districts) == EVERYWHERE:
        for row in tokens.end_first(connection, now):
            until = row.ends_at.isoformat()
            log.append(connection, log.LogEvent.TOKEN, now, by, {"change": "ends", "token": row.id, "name": row.name, "until": until})


def _told_of(kept: str) -> dict[str, str]:
    """What the log says of a password: the hash of what is kept, whose salt stands nowhere else, so that nothing can be tried against it."""
    return {"kept_sha256": tokens.sha256_of(kept)}


def sign_in(database: Database, name: str, password: str, address: str, now: datetime) -> tuple[Caller, str]:
    """Signs a person in: the caller and the session's cookie.

    Raises:
        Refusal: as `check_password`.
    """
    row = check_password(database, name, password, address, now)
    caller = caller_of_row(row)
    fresh = passwords.hashed(password) if passwords.is_outdated(row.password) else None
    with database.write() as connection:
        if fresh is not None:
            connection.execute(update(people).where(people.c.id == row.id).values(password=fresh))
        cookie = sessions.begin(connection, caller, now)
        told = {"unit": caller.unit, "address": address, "session": tokens.sha256_of(cookie), **({} if fresh is None else _told_of(fresh))}
        log.append(connection, log.LogEvent.SIGNED_IN, now, caller.name, told)
    return caller, cookie


def check_password(database: Database, name: str, password: str, address: str, now: datetime) -> Row[Any]:
    """Whether this is the person's password: their row.

    Raises:
        TooOften: after too many failures.
        NotSignedIn: name and password do not fit; which of them is not said, nor whether the person is disabled.
    """
    subjects = throttles.subjects_of(name, address)
    with database.write() as connection:
        throttles.take(connection, subjects, now)
        row = connection.execute(select(people).where(people.c.name == name, people.c.disabled_at.is_(None))).first()
    fits = passwords.fits(password, None if row is None else row.password)
    if row is None or not fits or (row.must_change and now - row.changed_at > FIRST_PASSWORD):
        log_.warning("a signing in from %s has failed", address or "an unknown address")
        raise NotSignedIn("name and password do not fit", "姓名或密码不正确")
    with database.write() as connection:
        throttles.succeeded(connection, subjects, now)
    return row
