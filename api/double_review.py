"""Which cases are decided by two people: a share of all, chosen by a keyed hash of the case's id, so that nobody can tell beforehand which."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from sqlalchemy import Connection, select

from api.schema import about


def is_sampled(key: bytes, case_id: str, share: float) -> bool:
    """Whether a case is of the share (0 to 1); the same answer whenever it is asked."""
    digest = hmac.new(key, case_id.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def sampler(connection: Connection, share: float) -> Callable[[str], bool]:
    """`is_sampled` under this database's own key."""
    key = _key(connection)
    return lambda case_id: is_sampled(key, case_id, share)


def key_sha256(connection: Connection) -> str:
    """By what the log tells that the key is the one of before: its hash; it has 256 random bits."""
    return hashlib.sha256(_key(connection)).hexdigest()


def _key(connection: Connection) -> bytes:
    return bytes.fromhex(connection.execute(select(about.c.value).where(about.c.name == "double_review_key")).scalar_one())
