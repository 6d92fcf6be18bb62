"""Tokens of one's own: for scripts and login links of a person. Nobody makes one for somebody else, since whoever has it is that person."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from api import log, people, sessions, tokens
from api.errors import NotAllowed, NotFound
from api.roles import Caller
from api.routes.access import Anybody, TheApi, problems
from api.routes.people import check_number, token_shown
from api.shapes_people import NewToken, OwnTokenRequest, Tokens

router = APIRouter(tags=["sessions"])
BY_PASSWORD = "sign in by name and password"


@router.get("/me/tokens", responses=problems(s403=BY_PASSWORD))
def my_tokens(api: TheApi, caller: Anybody) -> Tokens:
    """One's own tokens, newest first, without themselves."""
    person_id = _person_at_the_keyboard(caller)
    with api.database.read() as connection:
        return Tokens(items=[token_shown(row) for row in tokens.tokens_of(connection, person_id)])


@router.post("/me/tokens", status_code=201, responses=problems(s403=BY_PASSWORD))
def make_my_token(api: TheApi, caller: Anybody, told: OwnTokenRequest) -> NewToken:
    """Makes a token of one's own; it is told this once. Whoever uses it is oneself: with one's name, and one's rights of the moment."""
    _person_at_the_keyboard(caller)
    now = api.clock()
    ends_at = now + timedelta(days=told.days)
    with api.database.write() as connection:
        row = people.person(connection, caller.name)
        token = tokens.new_token_of_person(connection, row, now, ends_at, caller.name)
        made = tokens.tokens_of(connection, row.id)[0]
        log.append(connection, log.LogEvent.TOKEN, now, caller.name, {"change": "made", **tokens.made(connection, token)})
    return NewToken(token=token, about=token_shown(made))


@router.delete("/me/tokens/{token_id}", status_code=204, responses=problems(s403=BY_PASSWORD, s404="you have no such token"))
def revoke_my_token(api: TheApi, caller: Anybody, token_id: int) -> Response:
    """Revokes a token of one's own and ends its sessions."""
    person_id = _person_at_the_keyboard(caller)
    check_number(token_id)
    now = api.clock()
    with api.database.write() as connection:
        if all(row.id != token_id for row in tokens.tokens_of(connection, person_id)):
            raise NotFound("you have no such token", "您没有此令牌")
        row = tokens.revoke(connection, token_id, now)
        sessions.end_all_of(connection, token_id=token_id)
        if row.revoked_at == now:
            log.append(connection, log.LogEvent.TOKEN, now, caller.name, {"change": "revoked", "token": token_id, "name": caller.name})
    return Response(status_code=204)


def _person_at_the_keyboard(caller: Caller) -> int:
    """The person's row; a token makes no other token, so that none outlives its end.

    Raises:
        NotAllowed: the caller came by a token, or must change the first password before.
    """
    if caller.person_id is None or caller.token_id is not None or caller.must_change:
        raise NotAllowed(f"{BY_PASSWORD}, which is not a first one, to see and make tokens of yours", "请先用姓名和密码登录并修改初始密码")
    return caller.person_id
