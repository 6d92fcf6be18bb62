"""The registry of record: cameras as their workers announced them, and views with every version ever saved."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, and_, func, insert, select, union_all, update

from api import log
from api.errors import Conflict, NotFound, Unusable, VersionGone
from api.schema import about, cameras, former_keys, views, workers
from api.shapes import Announcement, CameraShown, KeyShown
from api.watching import Watching
from evidence.errors import EvidenceError
from evidence.kinds import Catalogue
from evidence.signing import PublicKey
from evidence.views import read_view

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECRET_NAMES = re.compile(r"pass|pwd|token|secret|auth|credential|signature|^sig$|^key$|api_?key|^user(name)?$", re.IGNORECASE)


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


def checked_id(value: str, what: str) -> str:
    """The name as it is.

    Raises:
        Unusable: it holds signs that no name has.
    """
    if ID.fullmatch(value) is None:
        raise Unusable(f"{what}: a name begins with a letter or digit and has at most 64 letters, digits, points, hyphens and underscores")
    return value


def check_public_url(url: str | None) -> None:
    """Whether an address may be shown to everybody.

    Raises:
        Unusable: it is none, or holds a user name, password or token; the address itself is not repeated.
    """
    if url is None:
        return
    try:
        parts = urlsplit(url)
        secret = parts.username or parts.password or "@" in parts.netloc
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    except ValueError:
        raise Unusable("public_url: is no address") from None
    if not parts.scheme:
        raise Unusable("public_url: is no address; it begins with a scheme like rtsp://")
    if secret or any(SECRET_NAMES.search(name) for name in names) or re.search(r"://[^/\s]*@", url):
        raise Unusable("public_url: holds a user name, password or token; announce the camera's address without it")


def announce(connection: Connection, camera_id: str, told: Announcement, now: datetime) -> None:
    """Makes a camera known, or what is known of it new, within a write transaction."""
    name = told.name if told.name is None or isinstance(told.name, str) else told.name.model_dump()
    values: dict[str, Any] = {"name": name, "public_url": told.public_url, "worker": told.worker, "announced_at": now}
    if connection.execute(update(cameras).where(cameras.c.camera_id == camera_id).values(**values)).rowcount == 0:
        connection.execute(insert(cameras).values(camera_id=camera_id, **values))


def is_announced(connection: Connection, camera_id: str, told: Announcement) -> bool:
    """Whether the same is known already, so that nothing need be written."""
    row = connection.execute(select(cameras).where(cameras.c.camera_id == camera_id)).first()
    name = told.name if told.name is None or isinstance(told.name, str) else told.name.model_dump()
    return row is not None and (row.name, row.public_url, row.worker) == (name, told.public_url, told.worker)


def all_cameras(connection: Connection, watching: Watching, now: datetime) -> list[CameraShown]:
    """All cameras by id."""
    return [_shown(row, watching, now) for row in connection.execute(select(cameras).order_by(cameras.c.camera_id))]


def some_cameras(connection: Connection, watching: Watching, camera_ids: Sequence[str], now: datetime) -> list[CameraShown]:
    """Those of the named cameras that were announced."""
    rows = [row for part in _parts(camera_ids) for row in connection.execute(select(cameras).where(cameras.c.camera_id.in_(part)))]
    return [_shown(row, watching, now) for row in rows]


def _parts(names: Sequence[str], most: int = 500) -> Iterator[Sequence[str]]:
    """As many as one statement takes."""
    return (names[start : start + most] for start in range(0, len(names), most))


def camera(connection: Connection, watching: Watching, camera_id: str, now: datetime) -> CameraShown:
    """One camera.

    Raises:
        NotFound: no worker has announced it.
    """
    row = connection.execute(select(cameras).where(cameras.c.camera_id == camera_id)).first()
    if row is None:
        raise NotFound("there is no such camera: no worker has announced it")
    return _shown(row, watching, now)


def _shown(row: Any, watching: Watching, now: datetime) -> CameraShown:
    reported = watching.reported(row.camera_id)
    return CameraShown(
        camera_id=row.camera_id,
        name=row.name,
        public_url=row.public_url,
        worker=row.worker,
        status=None if reported is None else reported.as_of(now),
        status_at=None if reported is None else reported.at,
    )


def views_etag(connection: Connection) -> str:
    """Changes whenever a view is saved, and never fits another database."""
    newest = connection.execute(select(func.coalesce(func.max(views.c.id), 0))).scalar_one()
    database_id = connection.execute(select(about.c.value).where(about.c.name == "database_id")).scalar_one()
    return f'"{database_id}-{newest}"'


def views_in_force(connection: Connection) -> list[dict[str, Any]]:
    """The newest version of every view."""
    newest = select(views.c.camera_id, func.max(views.c.version).label("version")).group_by(views.c.camera_id).subquery()
    query = select(views.c.document).join(newest, and_(newest.c.camera_id == views.c.camera_id, newest.c.version == views.c.version))
    return [json.loads(text) for text in connection.execute(query.order_by(views.c.camera_id)).scalars()]


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
    if newest is not None and if_none_match is not None and matches(if_none_match, newest.etag):
        raise VersionGone(f"the view has the version {newest.version} already", version=newest.version)
    if if_match is not None and (newest is None or not matches(if_match, newest.etag)):
        now_is = "there is none yet" if newest is None else f"version {newest.version} is the newest now"
        raise VersionGone(f"somebody has saved this view since you read it: {now_is}; read it and save again", version=newest.version if newest else 0)
    version = 1 if newest is None else newest.version + 1
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


def matches(condition: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names the ETag."""
    return condition.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in condition.split(",")]


def bind_key(connection: Connection, name: str, public_key: str, now: datetime) -> KeyShown:
    """Binds a worker's name to its public key at first use, within a write transaction.

    Raises:
        Unusable: that is no key.
        Conflict: the name is bound to another key.
    """
    try:
        key = PublicKey.from_base64(public_key)
    except EvidenceError as error:
        raise Unusable(f"public_key: {error}") from None
    row = connection.execute(select(workers).where(workers.c.name == name)).first()
    if row is None:
        connection.execute(insert(workers).values(name=name, public_key=key.to_base64(), key_id=key.key_id, bound_at=now))
        log.append(connection, log.LogEvent.KEY_BOUND, now, f"worker {name}", {"public_key": key.to_base64(), "key_id": key.key_id})
    elif row.public_key != key.to_base64():
        raise Conflict(f"the worker {name!r} is bound to the key {row.key_id}; run it with that key, or give this one another name")
    return KeyShown(name=name, key_id=key.key_id, public_key=key.to_base64())


def worker_keys(connection: Connection) -> list[KeyShown]:
    """All workers' public keys, also those of names that were revoked and enrolled anew: what they signed before stays verifiable."""
    columns = ("name", "key_id", "public_key", "bound_at")
    every = union_all(*(select(*(table.c[name] for name in columns)) for table in (workers, former_keys))).subquery()
    rows = connection.execute(select(every).order_by(every.c.name, every.c.bound_at))
    return [KeyShown(name=row.name, key_id=row.key_id, public_key=row.public_key) for row in rows]
