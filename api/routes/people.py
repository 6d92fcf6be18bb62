"""Signing in and out, who one is, and the catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import tokens
from api.errors import NotAllowed, NotSignedIn
from api.roles import Right
from api.routes.access import COOKIE, Anybody, Poller, TheApi, problems
from api.service import Api
from api.shapes import CatalogueShown, CodeShown, KindShown, LoginRequest, Person
from api.tokens import SESSION, Caller

router = APIRouter(tags=["people"])


@router.get("/login", status_code=303, response_class=RedirectResponse, responses=problems(s401="the token is not known, or was revoked"))
def login_by_link(api: TheApi, request: Request, token: Annotated[str, Query(max_length=200)]) -> Response:
    """Follows a login link: sets the session cookie and goes on to the page."""
    answer = RedirectResponse("/", status_code=303)
    _sign_in(api, request, answer, token)
    return answer


@router.post("/login", responses=problems(s401="the token is not known, or was revoked"))
def login(api: TheApi, request: Request, response: Response, told: LoginRequest) -> Person:
    """Exchanges a token for a session cookie."""
    caller = _sign_in(api, request, response, told.token)
    return Person(name=caller.name, role=caller.role.value)


@router.post("/logout", status_code=204)
def logout(api: TheApi, caller: Anybody, request: Request) -> Response:
    """Ends the session."""
    cookie = request.cookies.get(COOKIE)
    if cookie is not None:
        with api.database.write() as connection:
            tokens.end_session(connection, cookie)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/me", responses=problems(s401="nobody is signed in"))
def me(caller: Anybody) -> Person:
    """Who is signed in."""
    return Person(name=caller.name, role=caller.role.value)


@router.get("/kinds")
def kinds(api: TheApi, caller: Poller) -> CatalogueShown:
    """The catalogue: kinds with their codes, and the reasons to reject."""
    return CatalogueShown(
        version=api.catalogue.version,
        kinds=[
            KindShown(
                id=kind.id,
                name=kind.name,
                codes=[CodeShown(table=code.table, code=code.code) for code in kind.codes],
                confusion=list(kind.confusion),
                enabled=kind.enabled,
            )
            for kind in api.catalogue.kinds
        ],
        reasons=list(api.catalogue.reasons),
    )


def _sign_in(api: Api, request: Request, answer: Response, token: str) -> Caller:
    with api.database.read() as connection:
        caller = tokens.caller_by_token(connection, token)
    if caller is None:
        raise NotSignedIn("the token is not known, or was revoked; ask for a new login link")
    if not caller.may(Right.READ):
        raise NotAllowed(f"the role {caller.role.value} has no page to sign in to")
    with api.database.write() as connection:
        cookie = tokens.begin_session(connection, caller, api.clock())
    is_secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, cookie, max_age=int(SESSION.total_seconds()), path="/", httponly=True, samesite="strict", secure=is_secure)
    return caller
