"""The log, entry by entry, for whoever must check that nothing was changed or left out."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from api.routes.access import Auditor, TheApi
from api.schema import log
from api.shapes import LogPage, LogShown

router = APIRouter(tags=["audit"])


@router.get("/log")
def read_log(
    api: TheApi,
    caller: Auditor,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> LogPage:
    """Entries after an index, oldest first. Each `document` holds the SHA-256 of the one before as `previous_sha256`."""
    with api.database.read() as connection:
        rows = connection.execute(select(log).where(log.c.log_index > after).order_by(log.c.log_index).limit(limit)).all()
    items = [
        LogShown(log_index=row.log_index, event=row.event, at=row.at, by=row.by, case_id=row.case_id, document=json.loads(row.document), sha256=row.sha256)
        for row in rows
    ]
    return LogPage(items=items, next_after=items[-1].log_index if len(items) == limit else None)
