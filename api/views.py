"""Views: zones, storefront lines and permits of a camera, with every version ever saved; of a camera that turns, a view for each of its positions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, select

from api import log
from api.districts import district_of, visible
from api.errors import NotFound, Unusable
from api.permits import in_force as permits_in_force
from api.registry import check_version
from api.roles import Caller, Role
from api.schema import about, camera_versions, cameras, permits, views
from evidence.errors import EvidenceError
from evidence.kinds import Catalogue
from evidence.views import read_view

MAIN = "main"
"""A camera that does not turn has one view, which is called so."""


@dataclass(frozen=True, slots=True)
class StoredView:
    """A version of a view: its document as JSON text."""

    camera_id: str
    version: int
    document: str
    view_id: str = "main"

    @property
    def etag(self) -> str:
        """The version's ETag; its document holds the version, so no two are alike."""
        return f'"{hashlib.sha256(self.document.encode()).hexdigest()[:32]}"'


def etag_of_all(connection: Connection, caller: Caller) -> str:
    """Changes whenever a view or permit is saved or a camera's district changes, and never fits another database or a caller of other districts."""
    newest = [connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one() for table in (views, permits)]
    moved = 0 if caller.is_everywhere and caller.worker is None else connection.execute(select(func.coalesce(func.max(camera_versions.c.id), 0))).scalar_one()
    database_id = connection.execute(select(about.c.value).where(about.c.name == "database_id")).scalar_one()
    parts = [] if caller.is_everywhere else sorted(caller.districts)
    parts += [] if caller.worker is None else [f"worker {caller.worker}"]
    whose = "-" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:12] if parts else ""
    return f'"{database_id}-{newest[0]}-{newest[1]}-{moved}{whose}"'


def in_force(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
    """The newest version of every view that the caller may read, with the registry's permits among its own (of two with one id the registry's): of the
    caller's districts; for an enrolled worker of all cameras but those that are registered and given to another.
    """
    query = _newest().order_by(views.c.camera_id, views.c.view_id)
    if not caller.is_everywhere:
        query = query.join(cameras, cameras.c.camera_id == views.c.camera_id).where(visible(cameras.c.district, caller))
    if caller.worker is not None:
        query = query.where(~exists().where(cameras.c.camera_id == views.c.camera_id, _is_anothers(caller.worker)))
    added = permits_in_force(connection)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.camera_id, []).append(json.loads(row.document))
    return [document for camera_id, documents in found.items() for document in _with(documents, added.get(camera_id, []))]


def may_read(connection: Connection, caller: Caller, camera_id: str) -> bool:
    """Whether a caller may read the views of a camera: a person of its district; a worker, unless it is enrolled and the camera registered as another's."""
    if caller.role is not Role.WORKER:
        return caller.sees(district_of(connection, camera_id))
    if caller.worker is None:
        return True
    anothers = select(cameras.c.camera_id).where(cameras.c.camera_id == camera_id, _is_anothers(caller.worker))
    return connection.execute(anothers).first() is None


def _is_anothers(worker: str) -> ColumnElement[bool]:
    return and_(cameras.c.version > 0, cameras.c.worker.is_not(None), cameras.c.worker != worker)


def _newest() -> Select[Any]:
    """The newest version of each view that was not withdrawn by it."""
    newest = select(views.c.camera_id, views.c.view_id, func.max(views.c.version).label("version")).group_by(views.c.camera_id, views.c.view_id).subquery()
    same = and_(newest.c.camera_id == views.c.camera_id, newest.c.view_id == views.c.view_id, newest.c.version == views.c.version)
    return select(views).join(newest, same).where(views.c.withdrawn.is_(False))


def _with(documents: list[dict[str, Any]], added: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """A camera's views, each with the permits of the registry that are drawn on it."""
    return [_with_its(document, [permit for view_id, permit in added if view_id == document["view_id"]]) for document in documents]


def _with_its(document: dict[str, Any], added: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {permit["id"] for permit in added}
    return {**document, "permits": [*(permit for permit in document["permits"] if permit["id"] not in ids), *added]} if added else document


def views_of(connection: Connection, camera_id: str) -> list[StoredView]:
    """The newest versions of a camera's views, by id."""
    rows = connection.execute(_newest().where(views.c.camera_id == camera_id).order_by(views.c.view_id))
    return [StoredView(row.camera_id, row.version, row.document, row.view_id) for row in rows]


def view(connection: Connection, camera_id: str, version: int | None = None, view_id: str | None = None) -> StoredView:
    """The newest version of a camera's view, or the one asked for. Where no view is named it is the main one, or the first by id.

    Raises:
        NotFound: nobody has saved it.
    """
    if version is not None:
        query = select(views).where(views.c.camera_id == camera_id, views.c.version == version, views.c.withdrawn.is_(False))
        row = connection.execute(query if view_id is None else query.where(views.c.view_id == view_id)).first()
        if row is None:
            raise NotFound(f"the view has no version {version}")
        return StoredView(row.camera_id, row.version, row.document, row.view_id)
    found = views_of(connection, camera_id)
    one = next((one for one in found if one.view_id == (view_id or MAIN)), None)
    if one is None and view_id is None and found:
        one = found[0]
    if one is None:
        raise NotFound("no view has been saved for this camera yet" if view_id is None else f"the camera has no view {view_id}")
    return one


def save_view(
    connection: Connection, catalogue: Catalogue, camera_id: str, body: Any, by: str, now: datetime, *, if_match: str | None, if_none_match: str | None
) -> StoredView:
    """Saves a view as its next version, within a write transaction; the earlier ones are kept. `view_id` in the body says which of the camera's views it is.
    Where the body does not speak of the reference picture, it stays while the same is drawn.

    Raises:
        Unusable: names the field.
        VersionGone: the newest version is not the one that `if_match` names (`*`: there is any), or there is one and `if_none_match` is `*`.
    """
    if not isinstance(body, dict):
        raise Unusable("view: is a JSON object with zones, lines and permits", "视图应为含 zones、lines、permits 的 JSON 对象")
    if body.get("camera_id", camera_id) != camera_id:
        raise Unusable(f"camera_id: is not {camera_id!r}, the camera of the address", f"camera_id 与地址中的摄像机 {camera_id!r} 不符")
    view_id = body.get("view_id", MAIN)
    before = next((one for one in views_of(connection, camera_id) if one.view_id == view_id), None)
    check_version("view", None if before is None else before.etag, 0 if before is None else before.version, if_match=if_match, if_none_match=if_none_match)
    if "reference" not in body and before is not None:
        body = {**body, "reference": _kept_reference(connection, before, body)}
    version = _last_version(connection, camera_id) + 1
    try:
        document = read_view({**body, "camera_id": camera_id, "version": version}, "view")
        catalogue.overridden(document.kinds, "view")
        ZoneInfo(document.time_zone)
    except EvidenceError as error:
        raise Unusable(str(error)) from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        told = f"view: time_zone: {document.time_zone!r} is not known; write one like Asia/Shanghai"
        raise Unusable(told, f"view.time_zone：没有时区 {document.time_zone!r}，应写作 Asia/Shanghai 等") from None
    if document.reference is not None and document.reference.file is not None:
        told = "view: reference: a file is for scene files; give the picture with PUT /views/CAMERA/reference"
        raise Unusable(told, "view.reference：文件名只用于场景文件，请用 PUT /views/CAMERA/reference 上传图片")
    stored = StoredView(camera_id, version, json.dumps(document.to_json(), ensure_ascii=False), document.view_id)
    _insert(connection, stored, by, now)
    return stored


def _kept_reference(connection: Connection, before: StoredView, body: dict[str, Any]) -> Any:
    """The reference picture of a view that is saved anew without a word of it: it stays while the same is drawn. Whoever draws otherwise has drawn on what the
    camera shows now; but of a camera with several views each must have one.
    """
    was = json.loads(before.document)
    same = all(body.get(name, []) == was.get(name, []) for name in ("zones", "lines"))
    return was.get("reference") if same or len(views_of(connection, before.camera_id)) > 1 else None


def withdraw_view(connection: Connection, camera_id: str, view_id: str, by: str, now: datetime) -> None:
    """Takes a view out of force, within a write transaction; its versions are kept. One that is out of force already stays so.

    Raises:
        NotFound: the camera never had such a view.
    """
    query = select(views).where(views.c.camera_id == camera_id, views.c.view_id == view_id).order_by(views.c.version.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"the camera has no view {view_id}")
    if not row.withdrawn:
        _insert(connection, StoredView(camera_id, _last_version(connection, camera_id) + 1, row.document, view_id), by, now, withdrawn=True)


def _last_version(connection: Connection, camera_id: str) -> int:
    return int(connection.execute(select(func.coalesce(func.max(views.c.version), 0)).where(views.c.camera_id == camera_id)).scalar_one())


def _insert(connection: Connection, stored: StoredView, by: str, now: datetime, *, withdrawn: bool = False) -> None:
    camera_id, version, view_id = stored.camera_id, stored.version, stored.view_id
    connection.execute(
        insert(views).values(
            camera_id=camera_id, version=version, document=stored.document, saved_at=now, saved_by=by, view_id=view_id, withdrawn=withdrawn
        )
    )  # fmt: skip
    told = {"camera_id": camera_id, "version": version, "sha256": hashlib.sha256(stored.document.encode()).hexdigest()}
    told |= {} if view_id == MAIN else {"view_id": view_id}
    log.append(connection, log.LogEvent.VIEW_SAVED, now, by, told | ({"withdrawn": True} if withdrawn else {}))
