"""Permits of the registry: where in a camera's picture, when and for which goods trading is allowed; every version is kept, also of withdrawn ones.

Workers get them among the permits of the view that they are drawn on (`GET /views`), so a permit holds from their next poll on; the version that was in
force stands in each packet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, and_, func, insert, select

from api import log
from api.districts import district_of, visible
from api.errors import NotFound, Unusable
from api.registry import check_version
from api.roles import Caller
from api.schema import cameras, permits, views
from api.shapes_permits import PermitRequest, PermitShown
from evidence.holidays import unknown_from
from evidence.model import first_fault
from evidence.permits import Permit

NO_PERMIT = "there is no such permit"


def newest(connection: Connection, caller: Caller, camera_id: str | None = None, *, withdrawn: bool = False) -> list[PermitShown]:
    """The newest version of each permit in the caller's districts, by id."""
    query = _newest().where(visible(cameras.c.district, caller))
    if camera_id is not None:
        query = query.where(permits.c.camera_id == camera_id)
    if not withdrawn:
        query = query.where(permits.c.withdrawn.is_(False))
    return [shown(row) for row in connection.execute(query.order_by(permits.c.permit_id))]


def in_force(connection: Connection) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """By camera the permits in force, as its views hold them, each with the id of the view that it is drawn on."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for row in connection.execute(_newest().where(permits.c.withdrawn.is_(False)).order_by(permits.c.permit_id)):
        found.setdefault(row.camera_id, []).append((row.view_id, json.loads(row.document)))
    return found


def permit(connection: Connection, permit_id: str, caller: Caller, version: int | None = None) -> PermitShown:
    """A permit: its newest version, or the one asked for.

    Raises:
        NotFound: there is none, or it lies in another district.
    """
    rows = _versions(connection, permit_id)
    row = next((one for one in rows if version is None or one.version == version), None)
    if row is None or not caller.sees(row.district or ""):
        raise NotFound(NO_PERMIT, "没有此许可")
    return shown(row)


def save(
    connection: Connection, permit_id: str, told: PermitRequest, by: Caller, now: datetime, *, if_match: str | None, if_none_match: str | None
) -> PermitShown:
    """Saves a permit as its next version, within a write transaction.

    Raises:
        NotFound: it, or the camera that it is moved to, lies in another district.
        Unusable: names the field; also where no view of the camera was saved, since the permit would reach nobody.
        VersionGone: somebody has saved it meanwhile.
    """
    before = _versions(connection, permit_id)
    if not by.sees(district_of(connection, told.camera_id)) or (before and not by.sees(before[0].district or "")):
        raise NotFound("there is no such permit or camera", "没有此许可或摄像机")
    version = before[0].version if before else 0
    check_version("permit", etag(permit_id, version) if before else None, version, if_match=if_match, if_none_match=if_none_match)
    fields = told.model_dump(by_alias=True, exclude={"camera_id", "view_id"}, exclude_none=True)
    try:
        read = Permit.model_validate({**fields, "id": permit_id, "version": version + 1})
    except ValidationError as error:
        raise Unusable(f"permit: {first_fault(error)}") from None
    view_id = _view_of(connection, told)
    document = json.dumps(read.model_dump(mode="json", by_alias=True, exclude_none=True), ensure_ascii=False)
    return _insert(connection, permit_id, version + 1, (told.camera_id, view_id), document, by, now, withdrawn=False)


def withdraw(connection: Connection, permit_id: str, by: Caller, now: datetime) -> None:
    """Withdraws a permit by a version of its own, within a write transaction; one that was withdrawn stays so.

    Raises:
        NotFound: there is none, or it lies in another district.
    """
    before = _versions(connection, permit_id)
    if not before or not by.sees(before[0].district or ""):
        raise NotFound(NO_PERMIT, "没有此许可")
    if not before[0].withdrawn:
        document = json.dumps({**json.loads(before[0].document), "version": before[0].version + 1}, ensure_ascii=False)
        _insert(connection, permit_id, before[0].version + 1, (before[0].camera_id, before[0].view_id), document, by, now, withdrawn=True)


def etag(permit_id: str, version: int) -> str:
    """The ETag of a permit's version."""
    return f'"{permit_id}-{version}"'


def shown(row: Row[Any]) -> PermitShown:
    """A version as it is answered."""
    document = Permit.model_validate(json.loads(row.document))
    unknown = unknown_from(max(document.first_day, row.saved_at.date()), document.last_day) if document.needs_calendar else None
    return PermitShown.model_validate(
        {
            **document.model_dump(mode="json"),
            "version": row.version,
            "camera_id": row.camera_id,
            "view_id": row.view_id,
            "district": row.district or "",
            "not_known_from": unknown,
            "withdrawn": row.withdrawn,
            "saved_at": row.saved_at,
            "saved_by": row.saved_by,
        }
    )


def _view_of(connection: Connection, told: PermitRequest) -> str:
    """The id of the view that a permit is drawn on: the one that is named, the only one, or the main one.

    Raises:
        Unusable: there is no such view, and the permit would reach nobody.
    """
    ids = views_in_force(connection, told.camera_id)
    if not ids:
        raise Unusable(
            f"camera_id: no view of {told.camera_id!r} was saved yet, and workers get permits with their camera's view: save the view first",
            "该摄像机尚未保存视图，许可随视图下发给工作节点，请先保存视图",
        )
    view_id = told.view_id or (ids[0] if len(ids) == 1 else "main")
    if view_id not in ids:
        listed = ", ".join(ids)
        raise Unusable(f"view_id: the camera has no view {view_id!r}; it has {listed}", f"该摄像机没有视图 {view_id}，现有 {listed}")
    return view_id


def views_in_force(connection: Connection, camera_id: str) -> list[str]:
    """The ids of a camera's views in force, in order."""
    query = select(views.c.view_id, views.c.withdrawn).where(views.c.camera_id == camera_id).order_by(views.c.version)
    newest = {row.view_id: row.withdrawn for row in connection.execute(query)}
    return sorted(view_id for view_id, withdrawn in newest.items() if not withdrawn)


def _insert(
    connection: Connection, permit_id: str, version: int, place: tuple[str, str], document: str, by: Caller, now: datetime, *, withdrawn: bool
) -> PermitShown:
    """`place`: the camera's id and the view's."""
    camera_id, view_id = place
    values = {"camera_id": camera_id, "view_id": view_id, "document": document, "withdrawn": withdrawn, "saved_at": now, "saved_by": by.name}
    connection.execute(insert(permits).values(permit_id=permit_id, version=version, **values))
    body = {"permit_id": permit_id, "version": version, "camera_id": camera_id, "withdrawn": withdrawn, **({} if view_id == "main" else {"view_id": view_id})}
    log.append(connection, log.LogEvent.PERMIT, now, by.name, {**body, "sha256": hashlib.sha256(document.encode()).hexdigest()})
    return shown(_versions(connection, permit_id)[0])


def _versions(connection: Connection, permit_id: str) -> Sequence[Row[Any]]:
    """All versions, newest first, each with its camera's district."""
    query = select(permits, cameras.c.district).outerjoin(cameras, cameras.c.camera_id == permits.c.camera_id)
    return connection.execute(query.where(permits.c.permit_id == permit_id).order_by(permits.c.version.desc())).all()


def _newest() -> Any:
    last = select(permits.c.permit_id, func.max(permits.c.version).label("version")).group_by(permits.c.permit_id).subquery()
    joined = permits.join(last, and_(last.c.permit_id == permits.c.permit_id, last.c.version == permits.c.version))
    return select(permits, cameras.c.district).select_from(joined.outerjoin(cameras, cameras.c.camera_id == permits.c.camera_id))
