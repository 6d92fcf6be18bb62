"""Headers and numbers that several routes of the registry take."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import Header, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator

from api import registry
from api.errors import Unusable


def _iso_only(value: Any) -> Any:
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("is no ISO 8601 time with an offset")
    return value


IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=400)]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=400)]
IsoTime = Annotated[AwareDatetime, BeforeValidator(_iso_only)]
"""A time with its offset, as ISO 8601; a number is none."""
LogPlace = Annotated[int, Query(ge=0, le=2**53 - 1)]
"""A place in the log; each restore of a backup leaves many out."""
MOST = 2**31 - 1
Version = Annotated[int, Path(ge=1, le=MOST)]
WantedVersion = Annotated[int | None, Query(ge=1, le=MOST)]


def check_order(since: datetime | None, until: datetime | None) -> None:
    """Whether there is any time from the one to the other.

    Raises:
        Unusable: they are turned round.
    """
    if since is not None and until is not None and since > until:
        raise Unusable("since: is later than until; there is no time between them", "since 晚于 until，两者之间没有任何时间")


def answer_by_etag(body: BaseModel, if_none_match: str | None) -> Response:
    """The body as JSON with the ETag of its bytes, or 304 where the caller has it."""
    content = body.model_dump_json(by_alias=True).encode()
    headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and registry.matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
