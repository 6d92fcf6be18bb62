"""Names of callers. Claims, seals, undoing and the log tell callers apart by their name, so one name is one caller: a person, or a program.

Names that look alike are one (NFKC, without regard to case and to spaces). A person's name is never given again; a program's only to a token that
follows one which is over or revoked. Tokens of a person bear that person's name, however many there are.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import Connection, select

from api.errors import Conflict
from api.roles import Role
from api.schema import people, tokens

RESERVED = frozenset({*(role.value for role in Role), "retention", "silences", "double review", "command line"})
"""The first tokens of the data folder, and what the server does by itself."""
RESERVED_BEGINNINGS = ("worker ", "webhook ")
"""Enrolled workers, and webhooks where they read cases."""


def check_free(connection: Connection, name: str, now: datetime, *, of_person: bool) -> None:
    """Whether a person, or a token that is a program's, may be made under this name; within a write transaction, so that nobody takes it meanwhile.

    Raises:
        Conflict: it is somebody's.
    """
    key = key_of(name)
    if key in {key_of(one) for one in RESERVED} or f"{' '.join(name.split())} ".casefold().startswith(RESERVED_BEGINNINGS):
        raise Conflict(f"the name {name!r} is one that curbwatch uses itself; take another", "该名称为系统保留，请换一个")
    for one in connection.execute(select(people.c.name)).scalars():
        if key_of(one) == key:
            raise Conflict(
                f"there is somebody of the name {one!r} already; names are told apart by their letters alone, since decisions bear them", "已有同名人员"
            )
    for row in connection.execute(select(tokens).where(tokens.c.person_id.is_(None))):
        if key_of(row.name) == key and of_person:
            raise Conflict(f"a token bears the name {row.name!r}, or bore it once; take another, since decisions bear it", "该名称已被令牌使用，请换一个")
        if key_of(row.name) == key and row.revoked_at is None and (row.ends_at is None or row.ends_at > now):
            raise Conflict(f"the token {row.id} bears the name {row.name!r}: revoke it first, or take another name", "已有同名的有效令牌，请先撤销或换一个名称")


def key_of(name: str) -> str:
    """What is left of a name where it is compared with others."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
