"""Who asks, and whether they may: a bearer token, or a session cookie (which needs the CSRF header to change anything)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, cast
from urllib.parse import unquote, urlsplit

from fastapi import Depends, Header, Query, Request
from pydantic.json_schema import SkipJsonSchema

from api import sessions, tokens
from api.errors import NotAllowed, NotSignedIn, Refusal, Unusable
from api.problems import PROBLEM
from api.roles import Caller, Right, may_not
from api.service import Api

log = logging.getLogger(__name__)
COOKIE = "curbwatch_session"
SECURE_COOKIE = "__Host-curbwatch"
"""Over TLS: a browser takes it from this very host only, over TLS only, for all paths."""
CSRF_HEADER = "X-Curbwatch-CSRF"
PERSON_HEADER = "X-Curbwatch-Person"
"""Whose change it is, percent-encoded: a page that was left open, or a request that is sent again, may be of one who has gone."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Purpose(StrEnum):
    """Why evidence is read; stands in the log beside who read it."""

    REVIEW = "review"
    AUDIT = "audit"
    COMPLAINT = "complaint"
    COURT = "court"
    MAINTENANCE = "maintenance"


def api_of(request: Request) -> Api:
    """The API that answers this request."""
    return cast(Api, request.app.state.api)


def cookie_name(request: Request) -> str:
    """The session cookie's name on this line."""
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE


def caller_of(request: Request) -> Caller:
    """Who asks.

    Raises:
        NotSignedIn: nobody that is known, or a change by cookie that names somebody else.
        NotAllowed: a change by cookie without the CSRF header, or from another page.
    """
    api = api_of(request)
    now = api.clock()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        with api.database.read() as connection:
            caller = tokens.caller_by_token(connection, token.strip(), now) if scheme.lower() == "bearer" else None
        if caller is None:
            raise NotSignedIn("the token is not known, was revoked or is over; give a token of <data-dir>/tokens as `Authorization: Bearer …`")
        return caller
    cookie = request.cookies.get(cookie_name(request))
    with api.database.read() as connection:
        found = None if cookie is None else sessions.find(connection, cookie, now)
    if found is None:
        raise NotSignedIn("nobody is signed in; sign in, follow your login link, or give a token as `Authorization: Bearer …`")
    if request.method not in SAFE_METHODS:
        _check_own_page(request)
        _check_person(request, found.caller)
    if found.is_due and found.caller.session_id is not None:
        with api.database.write() as connection:
            sessions.touch(connection, found.caller.session_id, now)
    return found.caller


def caller_again(api: Api, caller: Caller) -> Caller | None:
    """Who a caller is by now, with the rights of the moment; None where the session or token has ended, or was revoked."""
    now = api.clock()
    with api.database.read() as connection:
        if caller.session_id is not None:
            found = sessions.find_again(connection, caller.session_id, now)
            return None if found is None else found.caller
        return None if caller.token_id is None else tokens.caller_by_id(connection, caller.token_id, now)


def _check_own_page(request: Request) -> None:
    """Whether a change by cookie comes from this API's page: another one can send neither the header nor its own origin for ours."""
    if CSRF_HEADER not in request.headers:
        raise NotAllowed(f"a change by cookie needs the header {CSRF_HEADER}, which only this page can send", f"通过 Cookie 修改须带请求头 {CSRF_HEADER}")
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.url.netloc):
        raise NotAllowed("a change by cookie is taken from this API's own page only", "通过 Cookie 的修改只能来自本系统的页面")


def _check_person(request: Request, caller: Caller) -> None:
    """Whether a change by cookie is of the person whose session it is, where it says whose it is."""
    named = request.headers.get(PERSON_HEADER)
    if named is not None and unquote(named) != caller.name:
        raise NotSignedIn("somebody else is signed in in this browser by now; sign in again", "此浏览器已由他人登录，请重新登录")


def allow(right: Right, or_right: Right | None = None) -> Callable[[Request], Caller]:
    """A dependency that lets only callers with the right (or the other one) pass. In which districts it holds is for the route to ask: `caller.sees`."""

    def check(request: Request) -> Caller:
        caller = caller_of(request)
        if not caller.may(right) and not (or_right is not None and caller.may(or_right)):
            log.warning("%r (%s) was refused: %s %s", caller.name, caller.role.value, request.method, request.scope["route"].path)
            if caller.must_change:
                raise NotAllowed("change the password that you were given first: PUT /me/password", "请先修改初始密码")
            raise NotAllowed(*may_not(caller, right))
        return caller

    return check


def purpose_of(
    header: Annotated[Purpose | SkipJsonSchema[None], Header(alias="X-Purpose", description="Why evidence is read; or the query's `purpose`.")] = None,
    purpose: Annotated[Purpose | SkipJsonSchema[None], Query(description="Why evidence is read; or the header X-Purpose.")] = None,
) -> Purpose:
    """Why evidence is read.

    Raises:
        Unusable: it is not said.
    """
    found = header or purpose
    if found is None:
        raise Unusable(
            f"purpose: is missing; say why evidence is read (X-Purpose, or ?purpose=): {', '.join(Purpose)}",
            f"purpose：缺失；请说明查阅证据的用途（{'、'.join(Purpose)}）",
        )
    return found


def purpose_else_review(
    header: Annotated[Purpose | SkipJsonSchema[None], Header(alias="X-Purpose", description="Why the case is read; or the query's `purpose`.")] = None,
    purpose: Annotated[Purpose | SkipJsonSchema[None], Query(description="Why the case is read; or the header X-Purpose; else `review`.")] = None,
) -> Purpose:
    """Why a case is read: to review it, where nothing else is said."""
    return header or purpose or Purpose.REVIEW


async def _the_api(request: Request) -> Api:
    """On the event loop: a plain function would go to a thread and back for each request."""
    return api_of(request)


TheApi = Annotated[Api, Depends(_the_api)]
Anybody = Annotated[Caller, Depends(caller_of)]
Reader = Annotated[Caller, Depends(allow(Right.READ))]
Decider = Annotated[Caller, Depends(allow(Right.DECIDE))]
Settler = Annotated[Caller, Depends(allow(Right.SETTLE))]
Holder = Annotated[Caller, Depends(allow(Right.HOLD))]
Trainer = Annotated[Caller, Depends(allow(Right.TRAIN))]
Drawer = Annotated[Caller, Depends(allow(Right.DRAW))]
Permitter = Annotated[Caller, Depends(allow(Right.PERMIT))]
Registrar = Annotated[Caller, Depends(allow(Right.REGISTER))]
Announcer = Annotated[Caller, Depends(allow(Right.REGISTER, Right.REPORT))]
Poller = Annotated[Caller, Depends(allow(Right.POLL))]
Deliverer = Annotated[Caller, Depends(allow(Right.DELIVER))]
Reporter = Annotated[Caller, Depends(allow(Right.REPORT))]
Auditor = Annotated[Caller, Depends(allow(Right.AUDIT))]
Governor = Annotated[Caller, Depends(allow(Right.GOVERN))]
Why = Annotated[Purpose, Depends(purpose_of)]
WhyElseReview = Annotated[Purpose, Depends(purpose_else_review)]


def problems(**by_status: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for the OpenAPI document: `problems(s404="there is no such case")`."""
    return {
        int(status[1:]): {
            "description": sentence,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(int(status[1:]), sentence)}},
        }
        for status, sentence in by_status.items()
    }


def _example(status: int, sentence: str) -> dict[str, Any]:
    return {"title": HTTPStatus(status).phrase, "status": status, "detail": sentence, "detail_zh": Refusal.general_zh}
