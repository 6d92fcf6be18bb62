"""Who has which case on the desk: claiming the next, a heartbeat, skipping."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from api import claims, queue
from api.claims import MOST_CLAIMED
from api.errors import NotAllowed
from api.examples import CASE_ID, SUMMARY, answer
from api.roles import Right, may_not
from api.routes.access import Decider, TheApi, problems
from api.routes.cases import NO_CASE
from api.shapes import CaseSummary, ClaimRequest, Claims, HeartbeatRequest
from api.states import State
from evidence.packet import Grade

router = APIRouter(tags=["claims"])
CaseId = Annotated[str, Field(max_length=32)]
CLAIMED: dict[str, Any] = SUMMARY | {"claimed_by": "anna", "claimed_until": "2026-11-25T08:20:06Z"}
NEXT: dict[str, Any] = {"three": {"value": {"count": 3, "having": [CASE_ID]}}, "after a reload": {"value": {"count": 3, "again": True}}}


@router.post("/cases/claim", responses={**answer({"items": [CLAIMED], "claimed_until": CLAIMED["claimed_until"]}), **problems(s403="the role may not")})
def claim_next(api: TheApi, caller: Decider, told: Annotated[ClaimRequest, Body(openapi_examples=NEXT)]) -> Claims:
    """Puts the most valuable cases that lie on nobody's desk on the caller's. What the caller skipped comes after all others; disputes are for officers."""
    if told.state == "disputed" and not caller.may(Right.SETTLE):
        raise NotAllowed(*may_not(caller, Right.SETTLE))
    grade = None if told.grade is None else Grade(told.grade)
    which = queue.Filter(State(told.state), told.kind, told.camera, told.district, grade)
    now = api.clock()
    until = now + timedelta(seconds=told.seconds)
    with api.database.write() as connection:
        items = claims.claim_next(connection, caller, which, told.count, until, now, having=told.having, again=told.again)
        api.tell_claims(connection, [item.id for item in items], caller.name, until)
    return Claims(items=items, claimed_until=until)


@router.delete("/cases/claim", status_code=204)
def release_all(
    api: TheApi,
    caller: Decider,
    case: Annotated[list[CaseId] | None, Query(max_length=MOST_CLAIMED, description="Only these; without any, all that the caller has.")] = None,
) -> Response:
    """Clears the caller's desk, as when the page is closed: of one of several windows what that has. Nothing is remembered as skipped."""
    with api.database.write() as connection:
        api.tell_claims(connection, claims.release_all(connection, caller.name, case), None, None)
    return Response(status_code=204)


@router.post("/cases/{case_id}/claim", responses={**answer(CLAIMED), **problems(s404=NO_CASE, s409="anna has this case on the desk until 08:20")})
def claim_one(api: TheApi, caller: Decider, case_id: str, told: HeartbeatRequest) -> CaseSummary:
    """Puts this case on the caller's desk, or keeps it there: the heartbeat of an open page."""
    now = api.clock()
    until = now + timedelta(seconds=told.seconds)
    with api.database.write() as connection:
        shown = claims.claim_one(connection, caller, case_id, until, now)
        api.tell_claims(connection, [shown.id], caller.name, until)
    return shown


@router.delete("/cases/{case_id}/claim", status_code=204, responses=problems(s404=NO_CASE))
def skip(api: TheApi, caller: Decider, case_id: str) -> Response:
    """Puts a case aside: it lies on nobody's desk, and comes to this person again after all others."""
    with api.database.write() as connection:
        if claims.skip(connection, caller, case_id, api.clock()):
            api.tell_claims(connection, [case_id], None, None)
    return Response(status_code=204)
