"""Cameras: announced by workers, registered by administrators, with every registered version kept; logins sealed, and told to the holder alone.

A camera that was registered is what the registry says: an announcement changes nothing of it, and a worker that does not hold it is told so. One that
was only announced belongs to no district until it is registered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from api import addresses, log, search
from api.districts import visible
from api.errors import Conflict, NotAllowed, NotFound, Unusable
from api.registry import check_public_url, check_version, checked_id
from api.roles import NO_DISTRICT, Caller, Role
from api.schema import camera_versions, cameras, cases, hosts
from api.shapes import Announcement
from api.shapes_registry import CameraHeld, CameraRegistered, CameraRequest
from api.vault import Vault
from api.watching import Watching

PLAIN = (
    "gb28181_id", "url", "sub_url", "resolver", "transport", "tls_verify", "look_interval_seconds", "latitude", "longitude", "crs", "address", "enabled",
)  # fmt: skip
"""Fields that are kept as they are told."""
ADDRESSES = ("public_url", "url", "sub_url", "resolver")
"""Those that people see without whatever may be a secret."""
NO_CAMERA = "there is no such camera"
HANDOVER = timedelta(seconds=30)
"""How long a camera that was given to another worker waits for the former one to let it go."""


def announce(connection: Connection, camera_id: str, told: Announcement, caller: Caller, now: datetime) -> None:
    """Makes a camera known, or what is known of it new, within a write transaction; of a registered one nothing changes.

    Raises:
        NotAllowed: an enrolled worker announces a camera for another.
        Conflict: the camera is registered, and another worker holds it.
    """
    row = _row(connection, camera_id)
    _check_holder(row, told, caller)
    if row is not None and row.version:
        return
    values: dict[str, Any] = {"name": _name(told), "public_url": told.public_url, "worker": told.worker, "announced_at": now}
    if row is None:
        connection.execute(insert(cameras).values(camera_id=camera_id, **values))
    else:
        connection.execute(update(cameras).where(cameras.c.camera_id == camera_id).values(**values))


def is_announced(connection: Connection, camera_id: str, told: Announcement, caller: Caller) -> bool:
    """Whether the same is known already, so that nothing need be written.

    Raises:
        Refusal: as `announce`.
    """
    row = _row(connection, camera_id)
    _check_holder(row, told, caller)
    return row is not None and (row.version > 0 or (row.name, row.public_url, row.worker) == (_name(told), told.public_url, told.worker))


def register(
    connection: Connection, camera_id: str, told: CameraRequest, vault: Vault, by: Caller, now: datetime, *, if_match: str | None, if_none_match: str | None
) -> None:
    """Saves a camera as its next version, within a write transaction.

    Raises:
        NotFound: the camera lies in another district.
        NotAllowed: it is put into a district that is not the caller's.
        Unusable: an address holds a secret; it is not repeated.
        VersionGone: somebody has saved the camera meanwhile.
        Conflict: its GB/T 28181 id is another camera's, its host bears no more streams, or there is no key to seal its login under.
    """
    row = _row(connection, camera_id)
    if row is not None and not by.sees(row.district):
        raise NotFound(NO_CAMERA)
    district = told.district or NO_DISTRICT
    if not by.sees(district):
        raise NotAllowed("district: is not one of yours; name one of yours", "不能放入非本人辖区")
    for name in ADDRESSES:
        check_public_url(getattr(told, name), name)
    if (lacking := next((name for name in ("url", "sub_url", "resolver") if addresses.lacks_values(getattr(told, name))), None)) is not None:
        raise Unusable(
            f"{lacking}: has … where values were left out; give the whole address, with {{username}} and {{password}} for what is secret", "地址不完整"
        )
    version = 0 if row is None else row.version
    check_version("camera", None if row is None or not version else etag_of(row), version, if_match=if_match, if_none_match=if_none_match)
    host = _host_of(told)
    _check_unique(connection, camera_id, told)
    if told.enabled:
        _check_room(connection, camera_id, host, told)
    values = {name: getattr(told, name) for name in PLAIN}
    values |= {"name": _name(told), "public_url": told.public_url or told.url, "worker": told.worker, "district": district, "host": host}
    values |= {"version": version + 1, "secret": _sealed(camera_id, told, vault, row)}
    blank = next((name for name in ("url", "sub_url", "resolver") if addresses.has_blanks(values[name])), None)
    if blank is not None and values["secret"] is None:
        raise Unusable(
            f"{blank}: has places for user name and password, and the camera has no login; give it as `login`", "地址中有登录信息的占位符，但未提供 login"
        )
    if row is None:
        connection.execute(insert(cameras).values(camera_id=camera_id, announced_at=now, **values))
    else:
        connection.execute(update(cameras).where(cameras.c.camera_id == camera_id).values(**values))
    kept = {**{name: value for name, value in values.items() if name != "secret"}, "has_login": values["secret"] is not None}
    document = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    connection.execute(insert(camera_versions).values(camera_id=camera_id, version=version + 1, document=document, saved_at=now, saved_by=by.name))
    told_of = {"camera_id": camera_id, "version": version + 1, "district": district, "worker": told.worker, "login_changed": "login" in told.model_fields_set}
    told_of["sealed_sha256"] = None if values["secret"] is None else hashlib.sha256(values["secret"].encode()).hexdigest()
    if district != NO_DISTRICT and (row is None or row.district == NO_DISTRICT):
        told_of["cases_placed"] = _place_cases(connection, camera_id, district)
    log.append(connection, log.LogEvent.CAMERA, now, by.name, {**told_of, "sha256": hashlib.sha256(document.encode()).hexdigest()})


def all_cameras(connection: Connection, watching: Watching, caller: Caller, now: datetime) -> list[CameraRegistered]:
    """The caller's cameras by id."""
    return [_shown(row, watching, now) for row in connection.execute(select(cameras).where(visible(cameras.c.district, caller)).order_by(cameras.c.camera_id))]


def some_cameras(connection: Connection, watching: Watching, camera_ids: Sequence[str], now: datetime) -> list[CameraRegistered]:
    """Those of the named cameras that are known."""
    rows = [row for part in _parts(camera_ids) for row in connection.execute(select(cameras).where(cameras.c.camera_id.in_(part)))]
    return [_shown(row, watching, now) for row in rows]


def camera(connection: Connection, watching: Watching, camera_id: str, caller: Caller, now: datetime) -> CameraRegistered:
    """One of the caller's cameras.

    Raises:
        NotFound: there is none.
    """
    row = _row(connection, camera_id)
    if row is None or not (caller.sees(row.district) or caller.role is Role.WORKER):
        raise NotFound(NO_CAMERA, "没有此摄像机")
    return _shown(row, watching, now)


def version_of(connection: Connection, camera_id: str, version: int) -> dict[str, Any]:
    """A registered version, as it was saved.

    Raises:
        NotFound: there is none.
    """
    query = select(camera_versions).where(camera_versions.c.camera_id == camera_id, camera_versions.c.version == version)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"the camera has no version {version}", "没有此版本")
    document = json.loads(row.document)
    document |= {name: addresses.shown(document.get(name)) for name in ADDRESSES}
    return {"camera_id": camera_id, **document, "saved_at": row.saved_at.isoformat(), "saved_by": row.saved_by}


def etag_of(row: Row[Any] | CameraRegistered) -> str:
    """The ETag of a camera's version."""
    return f'"{hashlib.sha256(f"{row.camera_id}/{row.version}".encode()).hexdigest()[:32]}"'


def held_by(connection: Connection, worker: str, busy: frozenset[str], now: datetime) -> list[Row[Any]]:
    """The registered, enabled cameras that a worker holds, as they are kept; without those that another one still reads (`busy`) and has to let go first."""
    query = select(cameras).where(cameras.c.worker == worker, cameras.c.version > 0, cameras.c.enabled).order_by(cameras.c.camera_id)
    rows = connection.execute(query).all()
    waiting = _just_given(connection, [row.camera_id for row in rows if row.camera_id in busy], now)
    return [row for row in rows if row.camera_id not in waiting]


def told_to_holder(rows: Sequence[Row[Any]], vault: Vault) -> list[CameraHeld]:
    """The cameras of `held_by` with their logins.

    Raises:
        Conflict: a login cannot be opened.
    """
    return [_held(row, vault) for row in rows]


def etag_of_held(rows: Sequence[Row[Any]], bounds: Sequence[Row[Any]]) -> str:
    """Of all that `told_to_holder` tells and what hosts bear, without opening a login: 400 cameras are asked for every few seconds, and seldom change."""
    kept = repr([tuple(row) for row in (*rows, *bounds)])
    return f'"{hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def spoken_for(connection: Connection, worker: str, camera_ids: Sequence[str]) -> frozenset[str]:
    """Of the named cameras those that a worker may say something of: known ones, and none that is registered as another worker's."""
    own: ColumnElement[bool] = (cameras.c.version == 0) | cameras.c.worker.is_(None) | (cameras.c.worker == worker)
    found = (connection.execute(select(cameras.c.camera_id).where(cameras.c.camera_id.in_(part), own)).scalars() for part in _parts(camera_ids))
    return frozenset(camera_id for part in found for camera_id in part)


def holder_of(connection: Connection, camera_id: str) -> str | None:
    """The worker that holds a camera by the registry, or by whose announcement it is known; None of a camera that nobody has."""
    holder: str | None = connection.execute(select(cameras.c.worker).where(cameras.c.camera_id == camera_id)).scalar()
    return holder


def streams_at(connection: Connection, host: str, but: str = "") -> int:
    """How many streams are registered at a host and enabled, but for one camera's: one a camera, two where it has a small one."""
    query = select(func.count(cameras.c.camera_id) + func.count(cameras.c.sub_url))
    return connection.execute(query.where(cameras.c.host == host, cameras.c.enabled, cameras.c.version > 0, cameras.c.camera_id != but)).scalar_one()


def _just_given(connection: Connection, camera_ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Of the named cameras those that were registered so lately that a worker may not have heard of it."""
    late = camera_versions.c.saved_at > now - HANDOVER
    query = select(camera_versions.c.camera_id).where(late)
    found = (connection.execute(query.where(camera_versions.c.camera_id.in_(part))).scalars() for part in _parts(camera_ids))
    return frozenset(camera_id for part in found for camera_id in part)


def _row(connection: Connection, camera_id: str) -> Row[Any] | None:
    return connection.execute(select(cameras).where(cameras.c.camera_id == camera_id)).first()


def _check_holder(row: Row[Any] | None, told: Announcement, caller: Caller) -> None:
    if caller.worker is not None and told.worker not in (None, caller.worker):
        raise NotAllowed(f"this token speaks for the worker {caller.worker!r} alone", "此令牌只能代表其所登记的工作节点")
    if row is not None and row.version and row.worker not in (None, told.worker):
        raise Conflict("the registry gives this camera to another worker; what it says stays", "该摄像机已分配给其他工作节点")


def _check_unique(connection: Connection, camera_id: str, told: CameraRequest) -> None:
    if told.worker is not None:
        checked_id(told.worker, "worker")
    if told.gb28181_id is not None:
        other = connection.execute(select(cameras.c.camera_id).where(cameras.c.gb28181_id == told.gb28181_id, cameras.c.camera_id != camera_id)).scalar()
        if other is not None:
            raise Conflict(f"gb28181_id: is the camera {other!r}'s already", "该国标编码已被其他摄像机使用")


def _check_room(connection: Connection, camera_id: str, host: str | None, told: CameraRequest) -> None:
    if host is None:
        return
    most = connection.execute(select(hosts.c.most_streams).where(hosts.c.host == host)).scalar()
    wanted = streams_at(connection, host, camera_id) + (2 if told.sub_url else 1)
    if most is not None and wanted > most:
        raise Conflict(f"the host {host} bears {most} streams, this would make {wanted}; raise it (PUT /hosts/{host}) or use another", "该主机的取流路数已满")


def _host_of(told: CameraRequest) -> str | None:
    """Where the streams are read: host and port, in small letters; None where a resolver is asked for it."""
    if told.url is None:
        if told.resolver is None and told.enabled:
            raise Unusable("url: is missing; a camera needs an address or a resolver, or is not enabled", "缺少 url：启用的摄像机需要地址或地址解析服务")
        return None
    try:
        parts = urlsplit(told.url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Unusable("url: is no address", "url 不是有效的地址") from None
    if not host or len(host) > 200:
        raise Unusable("url: names no host", "url 中没有主机名")
    return f"{host}:{port}" if port is not None else host


def _sealed(camera_id: str, told: CameraRequest, vault: Vault, row: Row[Any] | None) -> str | None:
    if "login" not in told.model_fields_set:
        return None if row is None else row.secret
    return None if told.login is None else vault.seal(told.login.model_dump_json(), camera_id)


def _name(told: Announcement) -> Any:
    return told.name if told.name is None or isinstance(told.name, str) else told.name.model_dump()


def _place_cases(connection: Connection, camera_id: str, district: str) -> int:
    """Gives the cases that came while their camera lay in no district the one that it has now; how many."""
    waiting = select(cases.c.id).where(cases.c.camera_id == camera_id, cases.c.district == NO_DISTRICT)
    case_ids = list(connection.execute(waiting.order_by(cases.c.number)).scalars())
    for part in _parts(case_ids):
        connection.execute(update(cases).where(cases.c.id.in_(part)).values(district=district))
        search.refresh_all(connection, part)
    return len(case_ids)


def _parts(names: Sequence[str], most: int = 500) -> Iterator[Sequence[str]]:
    """As many as one statement takes."""
    return (names[start : start + most] for start in range(0, len(names), most))


def _shown(row: Row[Any], watching: Watching, now: datetime) -> CameraRegistered:
    reported = watching.reported(row.camera_id)
    fields: dict[str, Any] = {name: getattr(row, name) for name in PLAIN} | {name: addresses.shown(getattr(row, name)) for name in ADDRESSES}
    return CameraRegistered(
        camera_id=row.camera_id,
        name=row.name,
        worker=row.worker,
        status=None if reported is None else reported.as_of(now),
        status_at=None if reported is None else reported.at,
        version=row.version,
        district=row.district,
        host=row.host,
        has_login=row.secret is not None,
        **fields,
    )


def _held(row: Row[Any], vault: Vault) -> CameraHeld:
    login = None if row.secret is None else json.loads(vault.open(row.secret, row.camera_id))
    fields = {name: getattr(row, name) for name in CameraHeld.model_fields}
    fields |= {name: addresses.with_login(getattr(row, name), login) for name in ("url", "sub_url")}
    if addresses.has_blanks(row.resolver):
        fields["resolver"] = addresses.with_login(row.resolver, login)
    return CameraHeld(**fields)
