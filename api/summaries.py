"""Cases as the queue shows them, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from api.errors import NotFound
from api.roles import Caller
from api.schema import cameras, cases
from api.shapes import CaseSummary
from api.sight import Seen, of_districts


def summaries() -> Select[Any]:
    """Rows of `cases` with the name that the registry has for the camera."""
    return select(cases, cameras.c.name.label("registered_name")).join(cameras, cameras.c.camera_id == cases.c.camera_id, isouter=True)


_ONE = summaries().where(cases.c.id == bindparam("case"))


def row_of(connection: Connection, case_id: str, caller: Caller | None = None) -> Row[Any]:
    """One case's row, where the caller may see it.

    Raises:
        NotFound: there is no such case, or it is of another district.
    """
    row = connection.execute(_ONE if caller is None else _ONE.where(of_districts(caller)), {"case": case_id}).first()
    if row is None:
        raise NotFound("there is no such case")
    return row


def summary(connection: Connection, case_id: str, caller: Caller) -> CaseSummary:
    """One case as the caller sees it in the queue.

    Raises:
        NotFound: there is no such case, or it is of another district.
    """
    found = seen_of(row_of(connection, case_id)).by(caller)
    if found is None:
        raise NotFound("there is no such case")
    return found


def seen(connection: Connection, case_id: str) -> Seen:
    """One case, to be shown to whoever may see it.

    Raises:
        NotFound: there is no such case.
    """
    return seen_of(row_of(connection, case_id))


def changed_since(connection: Connection, log_index: int, limit: int) -> list[tuple[int, bool, Seen]]:
    """Cases that came or changed after a place in the log, in that order: the place of the last change, whether the case is new, the case."""
    rows = connection.execute(summaries().where(cases.c.changed_index > log_index).order_by(cases.c.changed_index).limit(limit)).all()
    return [(row.changed_index, row.created_index > log_index, seen_of(row)) for row in rows]


def seals_of(connection: Connection, case_ids: Sequence[str]) -> list[tuple[str, str, str | None]]:
    """Of cases: id, district, and whose first decision is under seal."""
    found = connection.execute(select(cases.c.id, cases.c.district, cases.c.sealed_by).where(cases.c.id.in_(case_ids))) if case_ids else ()
    return [(row.id, row.district, row.sealed_by) for row in found]


def seen_of(row: Row[Any]) -> Seen:
    """A row of `summaries`."""
    thumbnail = None if row.thumbnail_sha256 is None else f"/cases/{row.id}/files/{row.thumbnail_sha256}?purpose=review"
    names = {"camera_name": row.camera_name if row.camera_name is not None else row.registered_name, "thumbnail_url": thumbnail}
    plain = {name: getattr(row, name) for name in CaseSummary.model_fields if name not in names}
    return Seen(CaseSummary(**plain, **names), row.sealed_by, row.sealed_state, row.hidden)
