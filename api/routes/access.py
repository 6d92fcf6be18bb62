"""Who asks, and whether they may: a bearer token, or a session cookie (which needs the CSRF header to change anything)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from api import tokens
from api.errors import NotAllowed, NotSignedIn
from api.roles import Right
from api.service import Api
from api.shapes import Problem
from api.tokens import Caller

COOKIE = "curbwatch_session"
CSRF_HEADER = "X-Curbwatch-CSRF"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def api_of(request: Request) -> Api:
    """The API that answers this request."""
    return cast(Api, request.app.state.api)


def caller_of(request: Request) -> Caller:
    """Who asks.

    Raises:
        NotSignedIn: nobody that is known.
        NotAllowed: a change by cookie without the CSRF header.
    """
    api = api_of(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    cookie = request.cookies.get(COOKIE)
    with api.database.read() as connection:
        if scheme:
            caller = tokens.caller_by_token(connection, token.strip()) if scheme.lower() == "bearer" else None
            if caller is None:
                raise NotSignedIn("the token is not known, or was revoked; give a token of <data-dir>/tokens as `Authorization: Bearer …`")
            return caller
        caller = None if cookie is None else tokens.caller_by_session(connection, cookie, api.clock())
    if caller is None:
        raise NotSignedIn("nobody is signed in; follow your login link, or give a token as `Authorization: Bearer …`")
    if request.method not in SAFE_METHODS and CSRF_HEADER not in request.headers:
        raise NotAllowed(f"a change by cookie needs the header {CSRF_HEADER}, which only this page can send")
    return caller


def allow(right: Right) -> Callable[[Request], Caller]:
    """A dependency that lets only callers with the right pass."""

    def check(request: Request) -> Caller:
        caller = caller_of(request)
        if not caller.may(right):
            raise NotAllowed(f"the role {caller.role.value} may not {right.value}")
        return caller

    return check


TheApi = Annotated[Api, Depends(api_of)]
Anybody = Annotated[Caller, Depends(caller_of)]
Reader = Annotated[Caller, Depends(allow(Right.READ))]
Decider = Annotated[Caller, Depends(allow(Right.DECIDE))]
Drawer = Annotated[Caller, Depends(allow(Right.DRAW))]
Poller = Annotated[Caller, Depends(allow(Right.POLL))]
Deliverer = Annotated[Caller, Depends(allow(Right.DELIVER))]
Reporter = Annotated[Caller, Depends(allow(Right.REPORT))]
Auditor = Annotated[Caller, Depends(allow(Right.AUDIT))]


def problems(**by_status: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for the OpenAPI document: `problems(s404="there is no such case")`."""
    return {
        int(status[1:]): {"model": Problem, "description": sentence, "content": {"application/json": {"example": {"detail": sentence}}}}
        for status, sentence in by_status.items()
    }
