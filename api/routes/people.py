"""Signing in and out, who one is, and the catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import sessions, tokens
from api.errors import NotAllowed, NotSignedIn
from api.roles import Caller, Right
from api.routes.access import Anybody, Poller, TheApi, cookie_name, problems
from api.service import Api
from api.sessions import SESSION
from api.shapes import CatalogueShown, CodeShown, KindShown, LoginRequest, Person

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
    return _person(caller)


@router.post("/logout", status_code=204)
def logout(api: TheApi, caller: Anybody, request: Request) -> Response:
    """Ends the session."""
    cookie = request.cookies.get(cookie_name(request))
    if cookie is not None:
        with api.database.write() as connection:
            sessions.end(connection, cookie)
    answer = Response(status_code=204)
    answer.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict")
    return answer


@router.get("/me", responses=problems(s401="nobody is signed in"))
def me(caller: Anybody) -> Person:
    """Who is signed in."""
    return _person(caller)


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


def _person(caller: Caller) -> Person:
    return Person(name=caller.name, role=caller.role.value, unit=caller.unit, districts=sorted(caller.districts))


def _sign_in(api: Api, request: Request, answer: Response, token: str) -> Caller:
    with api.database.read() as connection:
        caller = tokens.caller_by_token(connection, token, api.clock())
    if caller is None:
        raise NotSignedIn("the token is not known, or was revoked; ask for a new login link")
    if not caller.may(Right.READ):
        raise NotAllowed(f"the role {caller.role.value} has no page to sign in to")
    with api.database.write() as connection:
        cookie = sessions.begin(connection, caller, api.clock())
    is_secure = request.url.scheme == "https"
    answer.set_cookie(cookie_name(request), cookie, max_age=int(SESSION.total_seconds()), path="/", httponly=True, samesite="strict", secure=is_secure)
    return caller
