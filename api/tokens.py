"""Tokens and sessions. Both are 256 random bits; the database holds only their SHA-256 (against so many bits no slow hash is needed).

The first tokens lie in `<data-dir>/tokens/<role>.token`, readable by their owner alone. A file that is removed makes a new token at the next
start, and the old one is revoked. A session cookie stands for a token and ends with it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from api.errors import StartError
from api.roles import RIGHTS, Right, Role
from api.schema import sessions, tokens

FIRST_ROLES = (Role.REVIEWER, Role.ADMIN, Role.WORKER)
SESSION = timedelta(hours=12)
"""A working day; then the link is followed again."""
PREFIX = "cw"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `token_id` is the row of the token."""

    name: str
    role: Role
    token_id: int

    def may(self, right: Right) -> bool:
        """Whether the caller's role has the right."""
        return right in RIGHTS[self.role]


def new_token(connection: Connection, role: Role, name: str, now: datetime) -> str:
    """Makes a token; it is told only here."""
    token = _random_token(role)
    _remember(connection, token, role, name, now, from_file=False)
    return token


def caller_by_token(connection: Connection, token: str) -> Caller | None:
    """Whose token it is."""
    row = connection.execute(select(tokens).where(tokens.c.sha256 == _hash(token), tokens.c.revoked_at.is_(None))).first()
    return None if row is None else Caller(row.name, Role(row.role), row.id)


def begin_session(connection: Connection, caller: Caller, now: datetime) -> str:
    """Makes a session for a caller, and forgets those that are over."""
    cookie = secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.ends_at < now))
    connection.execute(insert(sessions).values(sha256=_hash(cookie), token_id=caller.token_id, made_at=now, ends_at=now + SESSION))
    return cookie


def end_session(connection: Connection, cookie: str) -> None:
    """Ends a session; an unknown one is over already."""
    connection.execute(delete(sessions).where(sessions.c.sha256 == _hash(cookie)))


def caller_by_session(connection: Connection, cookie: str, now: datetime) -> Caller | None:
    """Whose session it is."""
    query = (
        select(tokens)
        .join(sessions, sessions.c.token_id == tokens.c.id)
        .where(sessions.c.sha256 == _hash(cookie), sessions.c.ends_at > now, tokens.c.revoked_at.is_(None))
    )
    row = connection.execute(query).first()
    return None if row is None else Caller(row.name, Role(row.role), row.id)


def read_token_files(connection: Connection, folder: Path, now: datetime) -> dict[Role, str]:
    """The first tokens by role, made where there are none.

    Raises:
        StartError: a file cannot be read or written.
    """
    return {role: _from_file(connection, folder / f"{role.value}.token", role, now) for role in FIRST_ROLES}


def _from_file(connection: Connection, path: Path, role: Role, now: datetime) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            connection.execute(update(tokens).where(tokens.c.role == role.value, tokens.c.from_file, tokens.c.revoked_at.is_(None)).values(revoked_at=now))
            _write_private(path, _random_token(role))
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path}: cannot be used as a token file ({getattr(error, 'strerror', None) or 'not a token'}); remove it for a new token") from None
    if len(token) < 32:
        raise StartError(f"{path}: holds no token; remove it for a new one")
    if caller_by_token(connection, token) is None:
        _remember(connection, token, role, role.value, now, from_file=True)
    return token


def _write_private(path: Path, token: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _remember(connection: Connection, token: str, role: Role, name: str, now: datetime, *, from_file: bool) -> None:
    connection.execute(insert(tokens).values(role=role.value, name=name, sha256=_hash(token), from_file=from_file, made_at=now))


def _random_token(role: Role) -> str:
    return f"{PREFIX}-{role.value}-{secrets.token_urlsafe(32)}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
