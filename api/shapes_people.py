"""The shapes of signing in, people, tokens and workers. No answer holds a secret but the one that has just made it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.roles import Role
from api.shapes import Answer, KeyShown, Person, Request
from evidence.packet import Signature

PersonRole = Literal["reviewer", "officer", "admin", "auditor"]


def _visible(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("has spaces at its ends, or signs that cannot be seen")
    return text


ShownName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_visible)]
DISTRICT_OR_ALL = r"^(\*|[\w.-]{1,64})$"
District = Annotated[str, Field(pattern=DISTRICT_OR_ALL, description="Letters, digits, points, hyphens and underscores; * stands for all.")]
Districts = Annotated[list[District], Field(min_length=1, max_length=200)]
Password = Annotated[str, Field(min_length=1, max_length=1000)]


class SignInRequest(Request):
    """Who one is, and the password."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Password


class PasswordRequest(Request):
    """Another password for oneself."""

    old: Password
    new: Password


class SessionShown(Answer):
    """One of one's own sessions."""

    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool


class Sessions(Answer):
    """One's own sessions, newest first."""

    items: list[SessionShown]


class PersonRequest(Request):
    """A person to be."""

    name: ShownName
    role: PersonRole
    unit: ShownName | None = None
    districts: Districts


class PersonChange(Request):
    """What becomes different of a person; what is not named stays."""

    role: PersonRole | None = None
    unit: ShownName | None = None
    districts: Districts | None = None
    disabled: bool | None = None


class PersonShown(Person):
    """A person as administrators see them."""

    made_at: datetime
    made_by: str
    password_changed_at: datetime
    must_change: bool
    disabled_at: datetime | None


class People(Answer):
    """Everybody, by name."""

    items: list[PersonShown]


class FirstPassword(Answer):
    """A person with the password that is told this once."""

    person: PersonShown
    password: str


class TokenRequest(Request):
    """A token to be. A worker gets its token by enrolment instead."""

    name: ShownName
    role: PersonRole
    unit: ShownName | None = None
    districts: Districts
    days: Annotated[int, Field(ge=1, le=366)] = 90


class OwnTokenRequest(Request):
    """A token of one's own to be."""

    days: Annotated[int, Field(ge=1, le=366)] = 90


class TokenShown(Answer):
    """A token, without itself. `of_person`: a person's own; its role and districts are those of the person, whatever they were when it was made."""

    id: int
    name: str
    role: Role
    unit: str | None
    districts: list[str]
    worker: str | None
    of_person: bool
    from_file: bool
    made_at: datetime
    made_by: str | None
    ends_at: datetime | None
    revoked_at: datetime | None


class Tokens(Answer):
    """Tokens that were ever made, newest first."""

    items: list[TokenShown]


class NewToken(Answer):
    """A token that is told this once."""

    token: str
    about: TokenShown


class EnrolmentRequest(Request):
    """A worker to come."""

    worker: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    hours: Annotated[int, Field(ge=1, le=168)] = 24


class NewEnrolment(Answer):
    """A one-time token that is told this once."""

    worker: str
    token: str
    ends_at: datetime


class EnrolRequest(Request):
    """A worker enrols: its one-time token, its public key (base64), and that key's signature over `curbwatch.enrolment/1` (docs/api.md)."""

    token: Annotated[str, Field(max_length=200)]
    public_key: Annotated[str, Field(max_length=100)]
    signature: Signature


class Enrolled(Answer):
    """What an enrolled worker keeps: the token that is told this once, and the API's public key."""

    worker: str
    token: str
    key_id: str
    api: KeyShown


class WorkerShown(Answer):
    """A worker's name and the key it is bound to."""

    name: str
    key_id: str
    public_key: str
    bound_at: datetime
    enrolled_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


class WorkerHeadShown(Answer):
    """The last head of a worker's chain that fits all before it.

    `document` is it as the worker signed it, `missing` the packets that it counts and that are not here, `fault` what is in doubt.
    """

    worker: str
    index: int | None
    sha256: str | None
    at: datetime | None
    came_at: datetime | None
    checked_at: datetime
    missing: int
    fault: str | None
    fault_at: datetime | None
    document: dict[str, Any] | None


class WorkerHeads(Answer):
    """The last head of each worker, by name."""

    items: list[WorkerHeadShown]


class Workers(Answer):
    """All workers, by name."""

    items: list[WorkerShown]
