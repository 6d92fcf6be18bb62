"""Views: zones, storefront lines and permits of a camera, with every version ever saved."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, and_, func, insert, select

from api import log
from api.districts import visible
from api.errors import NotFound, Unusable
from api.permits import in_force as permits_in_force
from api.registry import check_version
from api.roles import Caller
from api.schema import about, camera_versions, cameras, permits, views
from evidence.errors import EvidenceError
from evidence.kinds import Catalogue
from evidence.views import read_view


@dataclass(frozen=True, slots=True)
class StoredView:
    """A version of a view: its document as JSON text."""

    camera_id: str
    version: int
    document: str

    @property
    def etag(self) -> str:
        """The version's ETag; its document holds the version, so no two are alike."""
        return f'"{hashlib.sha256(self.document.encode()).hexdigest()[:32]}"'


def etag_of_all(connection: Connection, caller: Caller) -> str:
    """Changes whenever a view or permit is saved or a camera's district changes, and never fits another database or a caller of other districts."""
    newest = [connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one() for table in (views, permits)]
    moved = 0 if caller.is_everywhere else connection.execute(select(func.coalesce(func.max(camera_versions.c.id), 0))).scalar_one()
    database_id = connection.execute(select(about.c.value).where(about.c.name == "database_id")).scalar_one()
    whose = "" if caller.is_everywhere else "-" + hashlib.sha256("/".join(sorted(caller.districts)).encode()).hexdigest()[:12]
    return f'"{database_id}-{newest[0]}-{newest[1]}-{moved}{whose}"'


def in_force(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
    """The newest version of every view of the caller's districts, with the registry's permits among its own (of two with one id the registry's)."""
    newest = select(views.c.camera_id, func.max(views.c.version).label("version")).group_by(views.c.camera_id).subquery()
    query = select(views.c.camera_id, views.c.document).join(newest, and_(newest.c.camera_id == views.c.camera_id, newest.c.version == views.c.version))
    if not caller.is_everywhere:
        query = query.join(cameras, cameras.c.camera_id == views.c.camera_id).where(visible(cameras.c.district, caller))
    added = permits_in_force(connection)
    return [_with(json.loads(row.document), added.get(row.camera_id, [])) for row in connection.execute(query.order_by(views.c.camera_id))]


def _with(document: dict[str, Any], added: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {permit["id"] for permit in added}
    return {**document, "permits": [*(permit for permit in document["permits"] if permit["id"] not in ids), *added]} if added else document


def view(connection: Connection, camera_id: str, version: int | None = None) -> StoredView:
    """The newest version of a camera's view, or the one asked for.

    Raises:
        NotFound: nobody has saved it.
    """
    query = select(views).where(views.c.camera_id == camera_id).order_by(views.c.version.desc()).limit(1)
    row = connection.execute(query if version is None else query.where(views.c.version == version)).first()
    if row is None:
        raise NotFound("no view has been saved for this camera yet" if version is None else f"the view has no version {version}")
    return StoredView(row.camera_id, row.version, row.document)


def save_view(
    connection: Connection, catalogue: Catalogue, camera_id: str, body: Any, by: str, now: datetime, *, if_match: str | None, if_none_match: str | None
) -> StoredView:
    """Saves a view as its next version, within a write transaction; the earlier ones are kept.

    Raises:
        Unusable: names the field.
        VersionGone: the newest version is not the one that `if_match` names (`*`: there is any), or there is one and `if_none_match` is `*`.
    """
    if not isinstance(body, dict):
        raise Unusable("view: is a JSON object with zones, lines and permits")
    if body.get("camera_id", camera_id) != camera_id:
        raise Unusable(f"camera_id: is not {camera_id!r}, the camera of the address")
    try:
        newest: StoredView | None = view(connection, camera_id)
    except NotFound:
        newest = None
    version = 0 if newest is None else newest.version
    check_version("view", None if newest is None else newest.etag, version, if_match=if_match, if_none_match=if_none_match)
    version += 1
    try:
        document = read_view({**body, "camera_id": camera_id, "version": version}, "view")
        catalogue.overridden(document.kinds, "view")
        ZoneInfo(document.time_zone)
    except EvidenceError as error:
        raise Unusable(str(error)) from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unusable(f"view: time_zone: {document.time_zone!r} is not known; write one like Asia/Shanghai") from None
    stored = StoredView(camera_id, version, json.dumps(document.to_json(), ensure_ascii=False))
    connection.execute(insert(views).values(camera_id=camera_id, version=version, document=stored.document, saved_at=now, saved_by=by))
    body_sha256 = hashlib.sha256(stored.document.encode()).hexdigest()
    log.append(connection, log.LogEvent.VIEW_SAVED, now, by, {"camera_id": camera_id, "version": version, "sha256": body_sha256})
    return stored
