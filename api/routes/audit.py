"""For whoever must check that nothing was changed or left out: the log, its signed heads, and an export that is verified without the API."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Row, select

from api import heads, worker_heads
from api.errors import Unusable
from api.export import Selection
from api.routes.access import Auditor, TheApi, Why, problems
from api.routes.cases import Originals
from api.routes.conditions import IsoTime, LogPlace, check_order
from api.schema import log
from api.shapes import HeadsPage, LogPage, LogShown
from api.shapes_people import WorkerHeads, WorkerHeadShown

router = APIRouter(tags=["audit"])


@router.get("/log")
def read_log(
    api: TheApi,
    caller: Auditor,
    after: LogPlace = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> LogPage:
    """Entries after an index, oldest first. Each `document` holds the SHA-256 of the one before as `previous_sha256`."""
    with api.database.read() as connection:
        rows = connection.execute(select(log).where(log.c.log_index > after).order_by(log.c.log_index).limit(limit)).all()
    items = [
        LogShown(
            log_index=row.log_index,
            event=row.event,
            at=row.at,
            by=row.by,
            case_id=row.case_id,
            document=json.loads(row.document),
            sha256=row.sha256,
            signed_by=row.signed_by,
            signature=row.signature,
        )
        for row in rows
    ]
    return LogPage(items=items, next_after=items[-1].log_index if len(items) == limit else None)


@router.get("/heads")
def read_heads(
    api: TheApi,
    caller: Auditor,
    after: Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="A day; those after it are given.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 400,
) -> HeadsPage:
    """The log's last entry of each day, signed by the API: keep them elsewhere, and no past day can be rewritten unseen."""
    if after and not heads.is_day(after):
        raise Unusable("after: is a day like 2026-11-25", "after 应为日期，如 2026-11-25")
    with api.database.read() as connection:
        items = heads.heads_after(connection, after, limit)
    return HeadsPage(items=items, next_after=items[-1].day if len(items) == limit else None)


@router.get("/heads/workers")
def read_worker_heads(api: TheApi, caller: Auditor) -> WorkerHeads:
    """The last head of each worker's chain, signed by the worker; and what contradicts it, or how many packets it counts that have not come."""
    with api.database.read() as connection:
        return WorkerHeads(items=[_worker_head(row) for row in worker_heads.all_heads(connection)])


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems(s403="unmasked originals leave for a court only", s404="there is no such case")},
)
def export(
    api: TheApi,
    caller: Auditor,
    why: Why,
    case: Annotated[list[str] | None, Query(max_length=500, description="These cases only; may be repeated.")] = None,
    since: Annotated[IsoTime | None, Query(description="Packets that came at or after this time.")] = None,
    until: Annotated[IsoTime | None, Query(description="Packets that came before this time.")] = None,
    originals: Originals = False,
) -> StreamingResponse:
    """Packets (masked copies), the whole log, signed heads, records of deletion and keys as one archive. The export is logged, and its entry is the last."""
    check_order(since, until)
    selection = Selection(None if case is None else tuple(case), since, until, originals, log=True)
    headers = {"Content-Disposition": f'attachment; filename="curbwatch-{api.clock():%Y%m%d-%H%M%S}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(api.export(selection, caller, why.value), media_type="application/zip", headers=headers)


def _worker_head(row: Row[Any]) -> WorkerHeadShown:
    document = None if row.document is None else json.loads(row.document)
    names = ("worker", "sha256", "at", "came_at", "checked_at", "missing", "fault", "fault_at")
    return WorkerHeadShown(index=row.chain_index, document=document, **{name: getattr(row, name) for name in names})
