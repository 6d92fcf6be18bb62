"""Things that people have silenced: who silenced what, and ending a silence by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import quiet_list
from api.routes.access import Decider, Reader, TheApi, problems
from api.shapes_quiet import QuietPage, QuietShown

router = APIRouter(tags=["quiet"])
QuietId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/quiet")
def list_quiet(
    api: TheApi,
    caller: Reader,
    stands: Annotated[bool | None, Query(description="Only those that are quiet now, or only those that are no more.")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next_before` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> QuietPage:
    """Silenced things of the caller's districts, newest first: by whom and why, until when, how many alarms were kept back and shown, how it ended."""
    with api.database.read() as connection:
        items = quiet_list.page(connection, api.catalogue, caller, api.clock(), stands=stands, before=before, limit=limit)
    return QuietPage(items=items, next_before=items[-1].id if len(items) == limit else None)


@router.delete("/quiet/{quiet_id}", responses=problems(s404="there is no such silence", s409="this thing is quiet no more"))
def wake(api: TheApi, caller: Decider, quiet_id: QuietId, reason: Annotated[str, Query(min_length=1, max_length=2000)]) -> QuietShown:
    """Ends a silence: the worker judges the thing as ever from its next exchange on."""
    with api.database.write() as connection:
        return quiet_list.wake(connection, api.catalogue, quiet_id, reason, caller, api.clock())
