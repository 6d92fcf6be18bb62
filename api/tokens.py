"""Tokens: 256 random bits, of which the database holds only the SHA-256 (against so many bits no slow hash is needed); told once, never readable again.

The first tokens lie in `<data-dir>/tokens/<role>.token`, readable by their owner alone. A file that is removed revokes its token at the next start; another is
made only where nobody else could do what it is for. One that was revoked stays so, and the start goes on without it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from api.errors import NotFound, StartError
from api.log import LogEvent, append, head
from api.names import check_free
from api.roles import EVERYWHERE, Caller, Role, districts_of
from api.schema import people, tokens
from evidence.folders import make_folder, sync

log = logging.getLogger(__name__)
FIRST_ROLES = (Role.REVIEWER, Role.ADMIN, Role.WORKER)
PREFIX = "cw"
COMMAND_LINE = "command line"
"""Who makes and revokes the first tokens: whoever has the data folder."""
FIRST_END = timedelta(days=14)
"""So long after an administrator has set a password of their own the first tokens of people still serve."""


def new_token(
    connection: Connection,
    role: Role,
    name: str,
    now: datetime,
    *,
    unit: str | None = None,
    districts: frozenset[str] = EVERYWHERE,
    worker: str | None = None,
    ends_at: datetime | None = None,
    made_by: str | None = None,
) -> str:
    """Makes a program's token, within a write transaction; it is told only here. `worker` binds it to one worker's name.

    Raises:
        Conflict: the name is a person's, another token's, or one that curbwatch uses itself.
    """
    if worker is None:
        check_free(connection, name, now, of_person=False)
    over = update(tokens).where(tokens.c.name == name, tokens.c.person_id.is_(None), tokens.c.revoked_at.is_(None), tokens.c.ends_at <= now)
    connection.execute(over.values(revoked_at=tokens.c.ends_at))
    token = random_token(role.value)
    told = {"unit": unit, "districts": sorted(districts), "worker": worker, "ends_at": ends_at, "made_by": made_by}
    _remember(connection, token, role, name, now, from_file=False, **told)
    return token


def new_token_of_person(connection: Connection, person: Row[Any], now: datetime, ends_at: datetime | None, made_by: str) -> str:
    """Makes a token of a person's own, within a write transaction: whoever uses it is that person, with the rights that the person has then."""
    token = random_token(person.role)
    told = {"unit": person.unit, "districts": person.districts, "ends_at": ends_at, "made_by": made_by, "person_id": person.id}
    _remember(connection, token, Role(person.role), person.name, now, from_file=False, **told)
    return token


def caller_by_token(connection: Connection, token: str, now: datetime) -> Caller | None:
    """Whose token it is; None where it is not known, was revoked, or is over, or its person is disabled."""
    row = connection.execute(select(tokens).where(tokens.c.sha256 == sha256_of(token), in_force(now))).first()
    return None if row is None else caller_of_row(connection, row)


def caller_by_id(connection: Connection, token_id: int, now: datetime, session_id: str | None = None) -> Caller | None:
    """Whose token it is (that a session was begun with); None where it is not in force any more."""
    row = connection.execute(select(tokens).where(tokens.c.id == token_id, in_force(now))).first()
    return None if row is None else caller_of_row(connection, row, session_id)


def in_force(now: datetime) -> ColumnElement[bool]:
    """The condition that a token is neither revoked nor over."""
    return and_(tokens.c.revoked_at.is_(None), or_(tokens.c.ends_at.is_(None), tokens.c.ends_at > now))


def caller_of_row(connection: Connection, row: Row[Any], session_id: str | None = None) -> Caller | None:
    """Whom a row of `tokens` stands for: a program, or a person as that person is now; None where the person is disabled."""
    who = row if row.person_id is None else connection.execute(select(people).where(people.c.id == row.person_id, people.c.disabled_at.is_(None))).first()
    if who is None:
        return None
    return Caller(who.name, Role(who.role), who.unit, districts_of(who.districts), row.id, session_id, person_id=row.person_id, worker=row.worker)


def all_tokens(connection: Connection) -> Sequence[Row[Any]]:
    """Every token ever made, newest first."""
    return connection.execute(select(tokens).order_by(tokens.c.id.desc())).all()


def tokens_of(connection: Connection, person_id: int) -> Sequence[Row[Any]]:
    """A person's own, newest first."""
    return connection.execute(select(tokens).where(tokens.c.person_id == person_id).order_by(tokens.c.id.desc())).all()


def made(connection: Connection, token: str) -> dict[str, Any]:
    """What the log says of a token that was just made: all that it may, and the SHA-256 by which it is known; never the token."""
    row = connection.execute(select(tokens).where(tokens.c.sha256 == sha256_of(token))).one()
    until = None if row.ends_at is None else row.ends_at.isoformat()
    told = {"token": row.id, "name": row.name, "role": row.role, "unit": row.unit, "districts": row.districts, "worker": row.worker, "until": until}
    return {**told, "of_person": row.person_id is not None, "sha256": row.sha256}


def revoke(connection: Connection, token_id: int, now: datetime) -> Row[Any]:
    """Revokes a token, within a write transaction; one that was revoked stays so. Its row.

    Raises:
        NotFound: there is none.
    """
    connection.execute(update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=now))
    row = connection.execute(select(tokens).where(tokens.c.id == token_id)).first()
    if row is None:
        raise NotFound("there is no such token")
    return row


def revoke_of_worker(connection: Connection, worker: str, now: datetime) -> None:
    """Revokes the tokens that are bound to a worker's name, within a write transaction."""
    connection.execute(update(tokens).where(tokens.c.worker == worker, tokens.c.revoked_at.is_(None)).values(revoked_at=now))


def end_first(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Gives the first tokens of reviewer and administrator an end where they have none, within a write transaction: by then people sign in. Their rows.

    That of workers goes on, since an end would stop evidence: a worker that is enrolled does without.
    """
    first = and_(tokens.c.from_file, tokens.c.role != Role.WORKER.value, tokens.c.ends_at.is_(None), tokens.c.revoked_at.is_(None))
    ids = list(connection.execute(update(tokens).where(first).values(ends_at=now + FIRST_END).returning(tokens.c.id)).scalars())
    return connection.execute(select(tokens).where(tokens.c.id.in_(ids)).order_by(tokens.c.id)).all()


def read_token_files(connection: Connection, folder: Path, now: datetime) -> dict[Role, str]:
    """The first tokens by role that are in force, made where there is neither their file nor anybody else who could do what they are for.

    Raises:
        StartError: a file cannot be read or written.
    """
    found = {role: _from_file(connection, folder / f"{role.value}.token", role, now) for role in FIRST_ROLES}
    return {role: token for role, token in found.items() if token is not None}


def random_token(what: str) -> str:
    """A new secret of 256 bits that says what it is for."""
    return f"{PREFIX}-{what}-{secrets.token_urlsafe(32)}"


def sha256_of(secret: str) -> str:
    """What the database holds of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _from_file(connection: Connection, path: Path, role: Role, now: datetime) -> str | None:
    try:
        make_folder(path.parent, 0o700)
        if not path.exists():
            _revoke_first(connection, role, now)
            if _somebody_may(connection, role, now):
                return None
            _write_private(path, random_token(role.value))
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path}: cannot be used as a token file ({getattr(error, 'strerror', None) or 'not a token'}); remove it for a new token") from None
    if len(token) < 32:
        raise StartError(f"{path}: holds no token; remove it for a new one")
    row = connection.execute(select(tokens.c.revoked_at, tokens.c.ends_at).where(tokens.c.sha256 == sha256_of(token))).first()
    if row is None:
        _remember(connection, token, role, role.value, now, from_file=True, districts=sorted(EVERYWHERE))
        _log_first(connection, {"change": "made", **made(connection, token)}, now)
    elif row.revoked_at is not None or (row.ends_at is not None and row.ends_at <= now):
        log.warning("%s: holds a token that is not in force any more, and the start goes on without it; remove the file", path)
        return None
    return token


def _revoke_first(connection: Connection, role: Role, now: datetime) -> None:
    mine = update(tokens).where(tokens.c.role == role.value, tokens.c.from_file, tokens.c.revoked_at.is_(None)).values(revoked_at=now)
    for row in connection.execute(mine.returning(tokens.c.id, tokens.c.name)).all():
        _log_first(connection, {"change": "revoked", "token": row.id, "name": row.name}, now)


def _log_first(connection: Connection, told: dict[str, Any], now: datetime) -> None:
    """Writes down what became of a first token, once there is a log: those of a data folder's first start are older than it."""
    if head(connection).sha256 is not None:
        append(connection, LogEvent.TOKEN, now, COMMAND_LINE, told)


def _somebody_may(connection: Connection, role: Role, now: datetime) -> bool:
    """Whether there is a person of a role with all districts, or another token of it (for workers: any worker's)."""
    other = select(tokens.c.districts).where(tokens.c.role == role.value, in_force(now), tokens.c.person_id.is_(None))
    person = select(people.c.districts).where(people.c.role == role.value, people.c.disabled_at.is_(None))
    return any(districts_of(row.districts) == EVERYWHERE for query in (other, person) for row in connection.execute(query))


def _write_private(path: Path, token: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def _remember(connection: Connection, token: str, role: Role, name: str, now: datetime, *, from_file: bool, **told: Any) -> None:
    connection.execute(insert(tokens).values(role=role.value, name=name, sha256=sha256_of(token), from_file=from_file, made_at=now, **told))
