"""People and tokens, made and changed by administrators. A secret stands in the answer that makes it, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Row

from api import log, passwords, people, sessions, tokens
from api.errors import Unusable
from api.roles import Role, districts_of
from api.routes.access import Governor, TheApi, problems
from api.shapes_people import FirstPassword, NewToken, People, PersonChange, PersonRequest, PersonShown, TokenRequest, Tokens, TokenShown

router = APIRouter(tags=["people"])
NOBODY = "there is nobody of that name"


@router.get("/people")
def list_people(api: TheApi, caller: Governor) -> People:
    """Everybody, by name."""
    with api.database.read() as connection:
        return People(items=[_person(row) for row in people.all_people(connection)])


@router.post("/people", status_code=201, responses=problems(s409="there is somebody of the name 'Li Na' already"))
def add_person(api: TheApi, caller: Governor, told: PersonRequest) -> FirstPassword:
    """Makes a person with a first password, which is told this once and must be changed at the first signing in."""
    password = passwords.new_password()
    kept = passwords.hashed(password)
    with api.database.write() as connection:
        people.add(connection, told, kept, caller, api.clock())
        return FirstPassword(person=_person(people.person(connection, told.name)), password=password)


@router.patch("/people/{name}", responses=problems(s404=NOBODY))
def change_person(api: TheApi, caller: Governor, name: str, told: PersonChange) -> PersonShown:
    """Changes role, unit or districts, disables or enables; it holds at once, also for who is signed in."""
    with api.database.write() as connection:
        return _person(people.change(connection, name, told, caller, api.clock()))


@router.post("/people/{name}/password", responses=problems(s404=NOBODY))
def reset_password(api: TheApi, caller: Governor, name: str) -> FirstPassword:
    """Gives a person a first password again (they forgot theirs); their sessions end."""
    password = passwords.new_password()
    kept = passwords.hashed(password)
    with api.database.write() as connection:
        row = people.person(connection, name)
        people.set_password(connection, row.id, name, kept, caller.name, api.clock(), must_change=True)
        return FirstPassword(person=_person(people.person(connection, name)), password=password)


@router.get("/tokens")
def list_tokens(api: TheApi, caller: Governor) -> Tokens:
    """Every token ever made, newest first, without themselves."""
    with api.database.read() as connection:
        return Tokens(items=[token_shown(row) for row in tokens.all_tokens(connection)])


@router.post("/tokens", status_code=201, responses=problems(s409="there is somebody of the name 'Li Na' already"))
def add_token(api: TheApi, caller: Governor, told: TokenRequest) -> NewToken:
    """Makes a token for a program, under a name of its own; it is told this once. People make theirs at `/me/tokens`."""
    now = api.clock()
    with api.database.write() as connection:
        ends_at = now + timedelta(days=told.days)
        districts = districts_of(told.districts)
        token = tokens.new_token(connection, Role(told.role), told.name, now, unit=told.unit, districts=districts, ends_at=ends_at, made_by=caller.name)
        row = tokens.all_tokens(connection)[0]
        log.append(connection, log.LogEvent.TOKEN, now, caller.name, {"change": "made", **tokens.made(connection, token)})
    return NewToken(token=token, about=token_shown(row))


@router.delete("/tokens/{token_id}", status_code=204, responses=problems(s404="there is no such token"))
def revoke_token(api: TheApi, caller: Governor, token_id: int) -> Response:
    """Revokes a token and ends its sessions."""
    now = api.clock()
    check_number(token_id)
    with api.database.write() as connection:
        row = tokens.revoke(connection, token_id, now)
        sessions.end_all_of(connection, token_id=token_id)
        if row.revoked_at == now:
            log.append(connection, log.LogEvent.TOKEN, now, caller.name, {"change": "revoked", "token": token_id, "name": row.name})
    return Response(status_code=204)


def _person(row: Row[Any]) -> PersonShown:
    return PersonShown(
        name=row.name,
        role=row.role,
        unit=row.unit,
        districts=row.districts,
        made_at=row.made_at,
        made_by=row.made_by,
        password_changed_at=row.changed_at,
        must_change=row.must_change,
        disabled_at=row.disabled_at,
    )


def token_shown(row: Row[Any]) -> TokenShown:
    """A token as it is shown, without itself."""
    told = {name: getattr(row, name) for name in TokenShown.model_fields if name != "of_person"}
    return TokenShown.model_validate({**told, "of_person": row.person_id is not None})


def check_number(token_id: int) -> None:
    """Whether there may be a token of this number.

    Raises:
        Unusable: there may not.
    """
    if not 0 < token_id < 2**31:
        raise Unusable("token_id: is no number of a token", "token_id 不是令牌的编号")
