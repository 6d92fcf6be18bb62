"""Districts in the database: the condition that a row lies in one of the caller's, and the district of a camera."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select, true

from api.roles import NO_DISTRICT, Caller
from api.schema import cameras


def visible(column: ColumnElement[Any], caller: Caller) -> ColumnElement[bool]:
    """The condition that a row's district is one of the caller's."""
    return true() if caller.is_everywhere else column.in_(sorted(caller.districts - {NO_DISTRICT}))


def district_of(connection: Connection, camera_id: str) -> str:
    """A camera's district; `NO_DISTRICT` of one that is not known or was not given any."""
    found: str | None = connection.execute(select(cameras.c.district).where(cameras.c.camera_id == camera_id)).scalar()
    return NO_DISTRICT if found is None else found
