"""How long evidence is kept: legal holds, what is due for deletion, and the records of what was deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import housekeeping, keeping, periods, summaries
from api.routes.access import Auditor, Governor, Holder, TheApi, problems
from api.routes.cases import NO_CASE
from api.routes.conditions import LogPlace
from api.shapes import CaseSummary, ErasurePage, HoldRequest, PeriodRequest, RetentionRun, RetentionShown

router = APIRouter(tags=["keeping"])


@router.put("/cases/{case_id}/hold", responses=problems(s404=NO_CASE, s409="the case is under legal hold already"))
def hold(api: TheApi, caller: Holder, case_id: str, told: HoldRequest) -> CaseSummary:
    """Puts a case under legal hold: nothing of it is deleted until it is released."""
    with api.database.write() as connection:
        index = keeping.hold(connection, case_id, told.reason, caller, api.clock())
        api.tell(connection, "case.updated", case_id, index)
        return summaries.summary(connection, case_id, caller)


@router.delete("/cases/{case_id}/hold", responses=problems(s404=NO_CASE, s409="the case is under no legal hold"))
def release(api: TheApi, caller: Holder, case_id: str, reason: Annotated[str, Query(min_length=1, max_length=2000)]) -> CaseSummary:
    """Releases a case from legal hold."""
    with api.database.write() as connection:
        index = keeping.release(connection, case_id, reason, caller, api.clock())
        api.tell(connection, "case.updated", case_id, index)
        return summaries.summary(connection, case_id, caller)


@router.get("/retention")
def retention(api: TheApi, caller: Auditor) -> RetentionShown:
    """The rules, and how many cases are due by each of them now."""
    return housekeeping.outlook(api)


@router.post("/retention", responses=problems(s409="the server's clock is in no doubt"))
def run_retention(
    api: TheApi, caller: Governor, clock_is_right: Annotated[bool, Query(description="The server's clock was in doubt, and is right now.")] = False
) -> RetentionRun:
    """Deletes now what the server would delete by itself within the hour; nothing while its clock is in doubt (`waits`)."""
    return housekeeping.retain(api, caller.name, clock_is_right=clock_is_right)


@router.put("/retention/{rule}", responses=problems(s404="there is no such rule"))
def set_period(api: TheApi, caller: Governor, rule: Annotated[str, Path(max_length=40)], told: PeriodRequest) -> RetentionShown:
    """Gives a rule another period. A longer one holds at once, a shorter one in a day; it stands in the log."""
    with api.database.write() as connection:
        periods.change(connection, rule, told.days, caller.name, api.clock())
    return housekeeping.outlook(api)


@router.get("/erasures")
def erasures(api: TheApi, caller: Auditor, after: LogPlace = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> ErasurePage:
    """Signed records of what was deleted, oldest first; `after` is the `log_index` of the last one that was read."""
    with api.database.read() as connection:
        items = keeping.erasures_of(connection, after=after, limit=limit)
    return ErasurePage(items=items, next_after=items[-1].log_index if len(items) == limit else None)
