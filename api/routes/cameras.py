"""Cameras: announced and reported by workers, registered by administrators, seen by people, with a last look while somebody watches."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Header, Request, Response

from api import cameras, enrolments, quiet_list, registry, restoring, worker_heads
from api.errors import NotAllowed, NotFound, TooLarge, Unusable
from api.events import News
from api.examples import ANNOUNCEMENT, HEALTH
from api.roles import Right
from api.routes.access import Announcer, Reader, Reporter, TheApi, Why, problems
from api.routes.conditions import IfMatch, IfNoneMatch, Version
from api.shapes import Health, Orders
from api.shapes_registry import CameraRegistered, CameraRequest, CamerasRegistered
from api.watching import LARGEST_LOOK_BYTES

router = APIRouter(tags=["cameras"])
NO_CAMERA = "there is no such camera"
ANNOUNCED = frozenset({"name", "public_url", "worker"})
"""What a worker may say of a camera."""


@router.get("/cameras")
def list_cameras(api: TheApi, caller: Reader) -> CamerasRegistered:
    """The cameras of the caller's districts, with what their workers last said."""
    with api.database.read() as connection:
        return CamerasRegistered(items=cameras.all_cameras(connection, api.watching, caller, api.clock()))


@router.get("/cameras/{camera_id}", responses=problems(s404=NO_CAMERA))
def one_camera(api: TheApi, caller: Reader, camera_id: str, response: Response) -> CameraRegistered:
    """A camera with what its worker last said. The ETag is of what is registered, not of how it does."""
    with api.database.read() as connection:
        found = cameras.camera(connection, api.watching, camera_id, caller, api.clock())
    response.headers["ETag"] = cameras.etag_of(found)
    return found


@router.get(
    "/cameras/{camera_id}/versions/{version}",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **problems(s404="the camera has no version 9")},
    response_model=None,
)
def one_version(api: TheApi, caller: Reader, camera_id: str, version: Version) -> dict[str, object]:
    """A version of a camera as it was registered; without its login."""
    with api.database.read() as connection:
        cameras.camera(connection, api.watching, camera_id, caller, api.clock())
        return cameras.version_of(connection, camera_id, version)


@router.put(
    "/cameras/{camera_id}",
    responses=problems(
        s404=NO_CAMERA,
        s409="gb28181_id: is the camera 'gate-2''s already",
        s412="somebody has saved this camera since you read it",
        s422="public_url: holds a user name, password or token",
    ),
)
def put_camera(
    api: TheApi,
    caller: Announcer,
    camera_id: str,
    told: Annotated[CameraRequest, Body(examples=[ANNOUNCEMENT])],
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> CameraRegistered:
    """A worker makes a camera known (name, address without login, itself). An administrator registers it as its next version."""
    camera_id = registry.checked_camera(camera_id)
    now = api.clock()
    if caller.may(Right.REGISTER):
        with api.database.write() as connection:
            cameras.register(connection, camera_id, told, api.vault, caller, now, if_match=if_match, if_none_match=if_none_match)
    else:
        _announce(api, caller, camera_id, told, now)
    with api.database.read() as connection:
        found = cameras.camera(connection, api.watching, camera_id, caller, now)
    response.headers["ETag"] = cameras.etag_of(found)
    return found


def _announce(api: TheApi, caller: Announcer, camera_id: str, told: CameraRequest, now: datetime) -> None:
    beyond = sorted(told.model_fields_set - ANNOUNCED)
    if beyond:
        raise NotAllowed(f"{beyond[0]}: is for an administrator to say; a worker announces name, public_url and worker", "该字段只能由管理员设置")
    registry.check_public_url(told.public_url, announced=True)
    with api.database.read() as connection:
        is_known = cameras.is_announced(connection, camera_id, told, caller)
    if not is_known:
        with api.database.write() as connection:
            cameras.announce(connection, camera_id, told, caller, now)


@router.post("/workers/{name}/health")
def health(api: TheApi, caller: Reporter, name: str, told: Annotated[Health, Body(examples=[HEALTH])]) -> Orders:
    """Takes a worker's report; answers with the cameras whose last look somebody is watching. What it says of another worker's
    cameras, or of some that nobody has announced, is passed over.
    """
    name = registry.checked_id(name, "worker")
    now = api.clock()
    with api.database.read() as connection:
        enrolments.check_speaks_for(connection, caller, name)
        known = cameras.spoken_for(connection, name, list(told.cameras))
    api.watching.reads(name, told.cameras, now)
    if told.head is not None:
        worker_heads.take(api.database, name, told.head, now)
    if told.suppressed:
        quiet_list.take_suppressed(api.database, name, told.suppressed, now)
    own = {camera_id: status for camera_id, status in told.cameras.items() if camera_id in known}
    changed = api.watching.report(name, own, now)
    if changed and api.hub.pages:
        with api.database.read() as connection:
            shown = cameras.some_cameras(connection, api.watching, changed, now)
        for camera in shown:
            api.hub.publish(News("camera.status", camera.model_dump_json(), district=camera.district))
    with api.database.read() as connection:
        return Orders(last_look=api.watching.watched(own, now), restores=restoring.restores(connection))


@router.put(
    "/cameras/{camera_id}/last-look",
    status_code=204,
    responses=problems(s413="a last look may have at most 100 KB", s415="a last look is one whole JPEG"),
    openapi_extra={"requestBody": {"required": True, "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def put_last_look(
    api: TheApi, caller: Reporter, camera_id: str, request: Request, looked_at: Annotated[str, Header(alias="X-Looked-At", max_length=40)]
) -> Response:
    """Takes the picture that somebody on the camera's page waits for; it is kept for a minute, in memory."""
    camera_id = registry.checked_id(camera_id, "camera_id")
    try:
        if datetime.fromisoformat(looked_at).tzinfo is None:
            raise ValueError
    except ValueError:
        raise Unusable("X-Looked-At: is no ISO 8601 time with an offset", "X-Looked-At 应为带时区的 ISO 8601 时间") from None
    with api.database.read() as connection:
        enrolments.check_holds(connection, caller, cameras.holder_of(connection, camera_id))
    jpeg = bytearray()
    async for chunk in request.stream():
        jpeg += chunk
        if len(jpeg) > LARGEST_LOOK_BYTES:
            raise TooLarge(f"a last look may have at most {LARGEST_LOOK_BYTES // 1024} KB; send it smaller")
    api.watching.show(camera_id, bytes(jpeg), looked_at, api.clock())
    return Response(status_code=204)


@router.get(
    "/cameras/{camera_id}/last-look",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}},
        304: {"description": "not changed"},
        **problems(s404="the worker has not sent a picture yet; ask again in a few seconds"),
    },
)
def last_look(api: TheApi, caller: Reader, why: Why, camera_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """The camera's last look, with boxes; asking tells its worker to go on sending them for a while. Who watches and why is logged, once in ten minutes."""
    with api.database.read() as connection:
        found = cameras.camera(connection, api.watching, camera_id, caller, api.clock())
    api.readings.note_camera(caller, why.value, camera_id, found.district, api.clock())
    look = api.watching.watch(camera_id, api.clock())
    if look is None:
        raise NotFound("the worker has not sent a picture yet; ask again in a few seconds", "工作节点尚未送来画面，请几秒后再试")
    etag = f'"{hashlib.sha256(look.jpeg).hexdigest()[:32]}"'
    headers = {"ETag": etag, "X-Looked-At": look.looked_at, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and registry.matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(look.jpeg, media_type="image/jpeg", headers=headers)
