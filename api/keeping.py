"""Legal holds, and what is shown of holds and deletions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from api import log
from api.errors import Conflict
from api.roles import Caller
from api.schema import cases, erasures, holds
from api.shapes import ErasureShown, HoldShown
from api.summaries import row_of


def hold(connection: Connection, case_id: str, reason: str, by: Caller, now: datetime, *, again: dict[str, Any] | None = None) -> int:
    """Puts a case under legal hold, within a write transaction: nothing of it is deleted until it is released. Its place in the log.

    Args:
        again: of a hold that a restore sets again, who had set it and where that stood in the log.

    Raises:
        NotFound: there is no such case.
        Conflict: it is under hold already, or its evidence was deleted.
    """
    row = row_of(connection, case_id, by)
    if row.held:
        raise Conflict("the case is under legal hold already; release that one first to give another reason", "案件已处于法律保全中，如需更改理由请先解除")
    if row.erased_at is not None:
        raise Conflict("its evidence was deleted by a rule of retention: there is nothing left to hold", "证据已按保存期限删除，无可保全")
    body = {"reason": reason, "unit": by.unit} | ({} if again is None else {"again": again})
    index = log.append(connection, log.LogEvent.HOLD, now, by.name, body, case_id)
    connection.execute(insert(holds).values(log_index=index, case_id=case_id, reason=reason, at=now, by=by.name))
    _change(connection, case_id, index, now, held=True)
    return index


def release(connection: Connection, case_id: str, reason: str, by: Caller, now: datetime) -> int:
    """Releases a case from legal hold, within a write transaction; its place in the log.

    Raises:
        NotFound: there is no such case.
        Conflict: it is under none.
    """
    row = row_of(connection, case_id, by)
    if not row.held:
        raise Conflict("the case is under no legal hold", "案件未处于法律保全中")
    index = log.append(connection, log.LogEvent.HOLD_RELEASED, now, by.name, {"reason": reason, "unit": by.unit}, case_id)
    mine = update(holds).where(holds.c.case_id == case_id, holds.c.released_at.is_(None))
    connection.execute(mine.values(released_at=now, released_by=by.name, release_reason=reason))
    _change(connection, case_id, index, now, held=False)
    return index


def holds_of(connection: Connection, case_id: str) -> list[HoldShown]:
    """All holds of a case, oldest first."""
    rows = connection.execute(select(holds).where(holds.c.case_id == case_id).order_by(holds.c.log_index))
    return [HoldShown(**{name: getattr(row, name) for name in HoldShown.model_fields}) for row in rows]


def erasures_of(connection: Connection, case_id: str | None = None, after: int = 0, limit: int = 200) -> list[ErasureShown]:
    """What was deleted, of one case or of all, oldest first."""
    query = select(erasures).where(erasures.c.log_index > after).order_by(erasures.c.log_index).limit(limit)
    rows = connection.execute(query if case_id is None else query.where(erasures.c.case_id == case_id))
    return [
        ErasureShown(log_index=row.log_index, rule=row.rule, begun_at=row.begun_at, done_at=row.done_at, **_record(row.record))
        for row in rows
    ]  # fmt: skip


def _record(text: str | None) -> dict[str, Any]:
    return dict(json.loads(text)) if text is not None else {"record": None, "signature": None}


def _change(connection: Connection, case_id: str, index: int, now: datetime, *, held: bool) -> None:
    """A hold changes nothing that a decision is made by: the version stays."""
    connection.execute(update(cases).where(cases.c.id == case_id).values(held=held, updated_at=now, changed_index=index))
