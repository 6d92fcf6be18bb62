"""Workers enrol with a one-time token that names them, and are revoked by name.

The token is told once and kept as its hash. The worker proves that it holds the private key by a signature over the token's hash; then its name is
bound to the key, and it gets a bearer token that speaks for that name alone. After the first enrolment nobody else speaks for the name, not even the
shared worker token of the data folder. A revoked worker delivers nothing more: what the API has receipted before stays valid, what comes
afterwards is refused, whenever it claims to have been signed (a stolen key can claim any time).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from api import log, tokens
from api.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Unusable
from api.roles import Caller, Role
from api.schema import enrolments, former_keys, workers
from api.shapes_people import EnrolRequest
from evidence.errors import EvidenceError, SignatureFault
from evidence.signing import PublicKey

SCHEMA = "curbwatch.enrolment/1"
FORGOTTEN = timedelta(days=30)


def signed_document(worker: str, token: str, public_key: str) -> dict[str, str]:
    """What a worker signs to enrol."""
    return {"schema": SCHEMA, "worker": worker, "token_sha256": tokens.sha256_of(token), "public_key": public_key}


def offer(connection: Connection, worker: str, by: Caller, ends_at: datetime, now: datetime) -> str:
    """Makes a one-time token for a worker, within a write transaction; it is told only here, and one that was made for it before is void.

    Raises:
        Conflict: the name is enrolled already; revoke it first.
    """
    row = connection.execute(select(workers).where(workers.c.name == worker)).first()
    if row is not None and row.enrolled_at is not None and row.revoked_at is None:
        raise Conflict(f"the worker {worker!r} is enrolled with the key {row.key_id}; revoke it first, or take another name", "该工作节点已登记")
    connection.execute(update(enrolments).where(enrolments.c.worker == worker, enrolments.c.used_at.is_(None), enrolments.c.ends_at > now).values(ends_at=now))
    token = tokens.random_token("enrol")
    connection.execute(insert(enrolments).values(worker=worker, sha256=tokens.sha256_of(token), made_at=now, made_by=by.name, ends_at=ends_at))
    told = {"worker": worker, "change": "invited", "until": ends_at.isoformat(), "sha256": tokens.sha256_of(token)}
    log.append(connection, log.LogEvent.WORKER, now, by.name, told)
    return token


def enrol(connection: Connection, worker: str, told: EnrolRequest, now: datetime) -> tuple[str, PublicKey]:
    """Binds a worker's name to its key, within a write transaction: its bearer token, told only here, and the key.

    The same again with the same key (an answer was lost) gives a new bearer token and revokes the one before.

    Raises:
        NotSignedIn: the one-time token is not known, is over, was used with another key, or names another worker.
        Unusable: the public key is none, or did not sign.
        Conflict: the name is bound to another key that is in force.
    """
    try:
        key = PublicKey.from_base64(told.public_key)
        key.verify(signed_document(worker, told.token, told.public_key), told.signature)
    except SignatureFault as fault:
        raise Unusable(f"signature: {fault}", "签名与公钥不符") from None
    except EvidenceError as error:
        raise Unusable(f"public_key: {error}", "公钥格式不正确") from None
    offered = connection.execute(select(enrolments).where(enrolments.c.sha256 == tokens.sha256_of(told.token))).first()
    row = connection.execute(select(workers).where(workers.c.name == worker)).first()
    again = offered is not None and offered.used_at is not None and row is not None and row.key_id == key.key_id and row.revoked_at is None
    if offered is None or offered.worker != worker or offered.ends_at <= now or (offered.used_at is not None and not again):
        raise NotSignedIn("the one-time token is not known, is over or was used; ask for another", "一次性令牌无效、已过期或已使用")
    _bind(connection, worker, key, row, now)
    connection.execute(update(enrolments).where(enrolments.c.id == offered.id).values(used_at=now))
    tokens.revoke_of_worker(connection, worker, now)
    bearer = tokens.new_token(connection, Role.WORKER, f"worker {worker}", now, worker=worker, made_by=offered.made_by)
    body = {"worker": worker, "change": "enrolled", "public_key": key.to_base64(), "key_id": key.key_id, "token": tokens.made(connection, bearer)}
    log.append(connection, log.LogEvent.WORKER, now, f"worker {worker}", body)
    return bearer, key


def revoke(connection: Connection, worker: str, by: Caller, now: datetime) -> None:
    """Takes a worker's rights away, within a write transaction: its tokens, its one-time tokens, its key from now on.

    Raises:
        NotFound: there is no such worker.
    """
    if connection.execute(select(workers.c.name).where(workers.c.name == worker)).first() is None:
        raise NotFound(f"there is no worker {worker!r}", "没有此工作节点")
    tokens.revoke_of_worker(connection, worker, now)
    connection.execute(update(enrolments).where(enrolments.c.worker == worker, enrolments.c.ends_at > now).values(ends_at=now))
    revoked = update(workers).where(workers.c.name == worker, workers.c.revoked_at.is_(None)).values(revoked_at=now, revoked_by=by.name)
    if connection.execute(revoked).rowcount:
        log.append(connection, log.LogEvent.WORKER, now, by.name, {"worker": worker, "change": "revoked"})


def all_workers(connection: Connection) -> Sequence[Row[Any]]:
    """All workers by name."""
    return connection.execute(select(workers).order_by(workers.c.name)).all()


def check_speaks_for(connection: Connection, caller: Caller, worker: str) -> None:
    """Whether a caller may act as this worker: with its own token; the shared one only where the name was never enrolled.

    Raises:
        NotAllowed: it may not, or the worker was revoked.
    """
    row = connection.execute(_RIGHTS, {"worker": worker}).first()
    if row is not None and row.revoked_at is not None:
        raise NotAllowed(f"the worker {worker!r} was revoked; an administrator enrols it anew", "该工作节点已被撤销")
    if caller.role is not Role.WORKER:
        return
    if caller.worker is None and row is not None and row.enrolled_at is not None:
        raise NotAllowed(f"the worker {worker!r} is enrolled: only its own token speaks for it", "该工作节点已登记，只能使用其自己的令牌")
    if caller.worker is not None and caller.worker != worker:
        raise NotAllowed(f"this token speaks for the worker {caller.worker!r} alone", "此令牌只能代表其所登记的工作节点")


_RIGHTS = select(workers.c.enrolled_at, workers.c.revoked_at).where(workers.c.name == bindparam("worker"))


def check_holds(connection: Connection, caller: Caller, holder: str | None) -> None:
    """Whether a caller may show what a camera sees: its holder alone, where the camera has one; the shared token where that one was never enrolled.

    Raises:
        NotAllowed: it may not.
    """
    if caller.worker is not None and holder not in (None, caller.worker):
        raise NotAllowed("this camera is another worker's", "该摄像机已分配给其他工作节点")
    if caller.worker is None and holder is not None:
        check_speaks_for(connection, caller, holder)


def _bind(connection: Connection, worker: str, key: PublicKey, row: Row[Any] | None, now: datetime) -> None:
    values = {"public_key": key.to_base64(), "key_id": key.key_id, "bound_at": now, "enrolled_at": now, "revoked_at": None, "revoked_by": None}
    if row is None:
        connection.execute(insert(workers).values(name=worker, **values))
        return
    if row.key_id == key.key_id:
        if row.revoked_at is not None:
            raise Conflict(f"the key {row.key_id} of the worker {worker!r} was revoked; make a new one", "该密钥已被撤销，请生成新密钥")
        connection.execute(update(workers).where(workers.c.name == worker).values(enrolled_at=now))
        return
    if row.revoked_at is None:
        raise Conflict(f"the worker {worker!r} is bound to the key {row.key_id}; revoke it first", "该工作节点已绑定其他密钥")
    was_before = select(former_keys.c.name).where(former_keys.c.name == worker, former_keys.c.key_id == key.key_id)
    if connection.execute(was_before).first() is not None:
        raise Conflict(f"the key {key.key_id} of the worker {worker!r} was revoked; make a new one", "该密钥已被撤销，请生成新密钥")
    connection.execute(insert(former_keys).values(name=worker, key_id=row.key_id, public_key=row.public_key, bound_at=row.bound_at, revoked_at=row.revoked_at))
    connection.execute(update(workers).where(workers.c.name == worker).values(**values))
