"""What people work on: the queue, a case, its files, and decisions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api import finding, queue, registry, teaching
from api.blob_response import blob_response
from api.examples import DECISIONS, PAGE, SUMMARY, answer
from api.export import Selection
from api.routes.access import Decider, Reader, TheApi, Why, WhyElseReview, problems
from api.routes.conditions import IsoTime, check_order
from api.shapes import CaseDetail, CaseSummary, DecisionRequest, LookAgain, LooksRequest, Page
from api.states import Action, Decision, State
from evidence.packet import Grade

router = APIRouter(tags=["cases"])
SHOWN_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "video/mp4", "video/h264", "video/h265", "application/json"})
"""What a browser may show of what manifests name; all else is handed over as bytes to save."""
NO_CASE = "there is no such case"
Originals = Annotated[bool, Query(description="Unmasked originals too: for a court (purpose=court), and by right.")]
Ahead = Annotated[bool, Query(description="It is read ahead and not on the screen: no look, until `POST /cases/ID/looks` says that it is.")]
Named = Annotated[str | None, Query(max_length=64)]


@router.get("/cases", responses={**answer(PAGE), **problems(s422="cursor: is not one that this list gave")})
def list_cases(
    api: TheApi,
    caller: Reader,
    state: State | None = None,
    kind: Named = None,
    camera: Named = None,
    district: Named = None,
    grade: Grade | None = None,
    since: Annotated[IsoTime | None, Query(description="Confirmed (else first seen) at or after this time.")] = None,
    until: Annotated[IsoTime | None, Query(description="Confirmed (else first seen) before this time.")] = None,
    held: Annotated[bool | None, Query(description="Under legal hold, or not.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words that are all in the case: number, kind, camera, address, notes.")] = None,
    order: Literal["value", "newest"] = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
) -> Page:
    """A page of the caller's cases: most valuable first, or newest first; what is searched for in the order of arrival, newest first."""
    check_order(since, until)
    which = queue.Filter(state, kind, camera, district, grade, since, until, held)
    with api.database.read() as connection:
        if q is not None:
            return finding.page(connection, caller, q, which, limit, cursor)
        return queue.page(connection, caller, which, order, limit, cursor)


@router.get("/cases/{case_id}", responses=problems(s404=NO_CASE))
def one_case(api: TheApi, caller: Reader, why: WhyElseReview, case_id: str, ahead: Ahead = False) -> CaseDetail:
    """A case with its packets, decisions, holds, deletions, and earlier cases at the same place. Who looks at it and why is logged."""
    return api.case_for(case_id, caller, why.value, ahead=ahead)


@router.get(
    "/cases/{case_id}/files/{sha256}",
    response_class=StreamingResponse,
    responses={
        206: {"description": "the range that was asked for"},
        304: {"description": "not changed"},
        **problems(s404="no packet of this case names such a file", s503="the file is damaged: its SHA-256 is another; nothing of it is handed out"),
    },
)
@router.head("/cases/{case_id}/files/{sha256}", include_in_schema=False)
def case_file(
    api: TheApi,
    request: Request,
    caller: Reader,
    why: Why,
    case_id: str,
    sha256: str,
    ahead: Ahead = False,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """A file that a manifest of the case names, whole or in ranges. Who looks at it and why is logged."""
    named, size = api.file_for(case_id, sha256, caller, why.value, ahead=ahead)
    etag = f'"{named.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=600"}
    if if_none_match is not None and registry.matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    shown = named.media_type in SHOWN_TYPES
    return blob_response(
        api.whole, sha256, size, media_type=named.media_type if shown else "application/octet-stream", headers=headers, asked=request.headers.get("Range"),
        if_range=request.headers.get("If-Range"), filename=None if shown else named.name, head=request.method == "HEAD",
    )  # fmt: skip


@router.post("/cases/{case_id}/looks", status_code=204, responses=problems(s404="no packet of this case names such a file"))
def looked(api: TheApi, caller: Reader, case_id: str, told: LooksRequest) -> Response:
    """Says that what was read ahead is on the screen now: from here on it is a look, and logged as one."""
    api.looked(case_id, told.files, told.version, caller, told.purpose)
    return Response(status_code=204)


@router.get(
    "/cases/{case_id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems(s404=NO_CASE)},
)
def export(api: TheApi, caller: Reader, why: Why, case_id: str, originals: Originals = False) -> StreamingResponse:
    """The case's packets with masked copies of their pictures, and keys, as `curbwatch evidence verify` takes them. The export is logged."""
    headers = {"Content-Disposition": f'attachment; filename="case-{case_id[:12]}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(api.export(Selection((case_id,), originals=originals), caller, why.value), media_type="application/zip", headers=headers)


@router.post(
    "/cases/{case_id}/decisions",
    responses={
        **answer(SUMMARY | {"state": "confirmed", "version": 2}),
        **problems(
            s403="the role reviewer may not settle disputed cases",
            s404=NO_CASE,
            s409="anna decided meanwhile (reject): look again",
            s422="reason: is missing; the action reject needs it",
        ),
    },
)
def decide(api: TheApi, caller: Decider, case_id: str, told: Annotated[DecisionRequest, Body(openapi_examples=DECISIONS)]) -> CaseSummary:
    """Decides a case. The same decision sent again is answered the same; one on an older version with 409, the case as it is, and who changed it."""
    decision = Decision(Action(told.action), told.version, told.reason, told.kind, told.note)
    return api.decide(case_id, decision, caller)


@router.post("/cases/{case_id}/look-again", status_code=202, responses=problems(s404=NO_CASE, s409="the act has ended: its last packet shows the empty place"))
def look_again(api: TheApi, caller: Decider, case_id: str) -> LookAgain:
    """Orders the case's camera to look again: a packet that shows the thing, or the empty place, follows."""
    with api.database.write() as connection:
        return LookAgain(until=teaching.look_again(connection, case_id, caller, api.clock()))
