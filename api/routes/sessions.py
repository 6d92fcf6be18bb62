"""Signing in and out, who one is, one's own password and sessions."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from api import log, passwords, people, sessions, tokens
from api.errors import NotAllowed, NotFound, NotSignedIn, Unusable
from api.roles import Caller, Role
from api.routes.access import Anybody, TheApi, cookie_name, problems
from api.schema import sessions as sessions_table
from api.service import Api
from api.sessions import SESSION
from api.shapes import LoginRequest, Person
from api.shapes_people import PasswordRequest, Sessions, SessionShown, SignInRequest

router = APIRouter(tags=["sessions"])
log_ = logging.getLogger(__name__)
NO_FIT = "name and password do not fit"
REFUSED = "/?login=refused"
"""Where the page says that the link was refused, in the language of its reader."""
WAIT = "too many failed tries: wait 60 s"


@router.post("/sessions", responses=problems(s401=NO_FIT, s429=WAIT))
def sign_in(api: TheApi, request: Request, response: Response, told: SignInRequest) -> Person:
    """Signs a person in by name and password: sets the session cookie."""
    address = "" if request.client is None else request.client.host
    caller, cookie = people.sign_in(api.database, told.name, told.password, address, api.clock())
    _end_before(api, request)
    _set_cookie(request, response, cookie)
    return shown(caller)


@router.get("/login", status_code=303, response_class=RedirectResponse, responses=problems(s401="the token is not known, or was revoked"))
def login_by_link(api: TheApi, request: Request, token: Annotated[str, Query(max_length=200)]) -> Response:
    """Follows a login link: sets the session cookie and goes on to the page. A browser whose link is over goes on to the page too, which says so."""
    answer = RedirectResponse("/", status_code=303)
    try:
        _sign_in(api, request, answer, token)
    except NotSignedIn:
        if "text/html" not in request.headers.get("Accept", ""):
            raise
        return RedirectResponse(REFUSED, status_code=303)
    return answer


@router.post("/login", responses=problems(s401="the token is not known, or was revoked"))
def login(api: TheApi, request: Request, response: Response, told: LoginRequest) -> Person:
    """Exchanges a token for a session cookie."""
    return shown(_sign_in(api, request, response, told.token))


@router.post("/logout", status_code=204)
def logout(api: TheApi, caller: Anybody, request: Request) -> Response:
    """Ends the session."""
    name = cookie_name(request)
    cookie = request.cookies.get(name)
    if cookie is not None:
        with api.database.write() as connection:
            sessions.end(connection, cookie)
    answer = Response(status_code=204, headers={"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="strict")
    return answer


@router.get("/me", responses=problems(s401="nobody is signed in"))
def me(caller: Anybody) -> Person:
    """Who is signed in."""
    return shown(caller)


@router.put("/me/password", status_code=204, responses=problems(s401=NO_FIT, s404="a token has no password", s429=WAIT))
def change_password(api: TheApi, caller: Anybody, request: Request, told: PasswordRequest) -> Response:
    """Changes one's own password; one's other sessions end."""
    if caller.person_id is None or caller.session_id is None:
        raise NotFound("a token has no password; sign in by name to change yours", "令牌没有密码，请用姓名登录后修改")
    address = "" if request.client is None else request.client.host
    now = api.clock()
    people.check_password(api.database, caller.name, told.old, address, now)
    if told.old == told.new:
        raise Unusable("new: is the password that you have; take another", "新密码与旧密码相同")
    passwords.check_new(told.new, caller.name, caller.unit)
    kept = passwords.hashed(told.new)
    with api.database.write() as connection:
        people.set_password(connection, caller.person_id, caller.name, kept, caller.name, now, must_change=False, but=caller.session_id)
    return Response(status_code=204)


@router.get("/me/sessions")
def my_sessions(api: TheApi, caller: Anybody) -> Sessions:
    """One's own sessions."""
    with api.database.read() as connection:
        own = sessions.of(person_id=caller.person_id, token_id=caller.token_id)
        rows = connection.execute(select(sessions_table).where(own).order_by(sessions_table.c.made_at.desc()).limit(200)).all()
    items = [SessionShown(begun_at=row.made_at, seen_at=row.seen_at, ends_at=row.ends_at, is_this=row.sha256 == caller.session_id) for row in rows]
    return Sessions(items=items)


@router.delete("/me/sessions", status_code=204)
def end_my_sessions(api: TheApi, caller: Anybody) -> Response:
    """Ends one's other sessions: whoever forgot to sign out elsewhere."""
    with api.database.write() as connection:
        sessions.end_all_of(connection, person_id=caller.person_id, token_id=caller.token_id, but=caller.session_id)
    return Response(status_code=204)


def shown(caller: Caller) -> Person:
    """The caller as they see themselves."""
    return Person(name=caller.name, role=caller.role.value, unit=caller.unit, districts=sorted(caller.districts), must_change=caller.must_change)


def _sign_in(api: Api, request: Request, answer: Response, token: str) -> Caller:
    with api.database.read() as connection:
        caller = tokens.caller_by_token(connection, token, api.clock())
    address = "" if request.client is None else request.client.host
    if caller is None:
        log_.warning("a signing in by link from %s has failed", address or "an unknown address")
        raise NotSignedIn("the token is not known, was revoked or is over; ask for a new login link", "登录链接无效、已撤销或已过期")
    if caller.role is Role.WORKER:
        raise NotAllowed(f"the role {caller.role.value} has no page to sign in to", "工作节点不能登录页面")
    now = api.clock()
    with api.database.write() as connection:
        cookie = sessions.begin(connection, caller, now)
        told = {"unit": caller.unit, "address": address, "token": caller.token_id, "session": tokens.sha256_of(cookie)}
        log.append(connection, log.LogEvent.SIGNED_IN, now, caller.name, told)
    _end_before(api, request)
    _set_cookie(request, answer, cookie)
    return caller


def _end_before(api: Api, request: Request) -> None:
    """Ends the session that the browser had until now."""
    before = request.cookies.get(cookie_name(request))
    if before is not None:
        with api.database.write() as connection:
            sessions.end(connection, before)


def _set_cookie(request: Request, answer: Response, cookie: str) -> None:
    is_secure = request.url.scheme == "https"
    answer.set_cookie(cookie_name(request), cookie, max_age=int(SESSION.total_seconds()), path="/", httponly=True, samesite="strict", secure=is_secure)
