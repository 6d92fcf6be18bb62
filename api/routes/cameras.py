"""Cameras: announced and reported by workers, seen by people, with a last look while somebody watches."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Header, Request, Response

from api import enrolments, registry
from api.errors import NotFound, TooLarge, Unusable
from api.events import News
from api.examples import ANNOUNCEMENT, HEALTH
from api.routes.access import Reader, Reporter, TheApi, problems
from api.shapes import Announcement, Cameras, CameraShown, Health, Orders
from api.watching import LARGEST_LOOK_BYTES

router = APIRouter(tags=["cameras"])
NO_CAMERA = "there is no such camera: no worker has announced it"


@router.get("/cameras")
def list_cameras(api: TheApi, caller: Reader) -> Cameras:
    """All cameras with what their workers last said."""
    with api.database.read() as connection:
        return Cameras(items=registry.all_cameras(connection, api.watching, api.clock()))


@router.get("/cameras/{camera_id}", responses=problems(s404=NO_CAMERA))
def one_camera(api: TheApi, caller: Reader, camera_id: str) -> CameraShown:
    """A camera with what its worker last said."""
    with api.database.read() as connection:
        return registry.camera(connection, api.watching, camera_id, api.clock())


@router.put("/cameras/{camera_id}", responses=problems(s422="public_url: holds a user name, password or token"))
def announce(api: TheApi, caller: Reporter, camera_id: str, told: Annotated[Announcement, Body(examples=[ANNOUNCEMENT])]) -> CameraShown:
    """Makes a camera known, or what is known of it new."""
    camera_id = registry.checked_id(camera_id, "camera_id")
    registry.check_public_url(told.public_url)
    with api.database.read() as connection:
        is_known = registry.is_announced(connection, camera_id, told)
    if not is_known:
        with api.database.write() as connection:
            registry.announce(connection, camera_id, told, api.clock())
    with api.database.read() as connection:
        return registry.camera(connection, api.watching, camera_id, api.clock())


@router.post("/workers/{name}/health")
def health(api: TheApi, caller: Reporter, name: str, told: Annotated[Health, Body(examples=[HEALTH])]) -> Orders:
    """Takes a worker's report; answers with the cameras whose last look somebody is watching."""
    name = registry.checked_id(name, "worker")
    now = api.clock()
    with api.database.read() as connection:
        enrolments.check_speaks_for(connection, caller, name)
    changed = api.watching.report(name, told.cameras, now)
    if changed and api.hub.pages:
        with api.database.read() as connection:
            shown = registry.some_cameras(connection, api.watching, changed, now)
        for camera in shown:
            api.hub.publish(News("camera.status", camera.model_dump_json()))
    return Orders(last_look=api.watching.watched(told.cameras, now))


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
        raise Unusable("X-Looked-At: is no ISO 8601 time with an offset") from None
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
    responses={200: {"content": {"image/jpeg": {}}}, **problems(s404="the worker has not sent a picture yet; ask again in a few seconds")},
)
def last_look(api: TheApi, caller: Reader, camera_id: str, if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None) -> Response:
    """The camera's last look, with boxes; asking tells its worker to go on sending them for a while."""
    with api.database.read() as connection:
        registry.camera(connection, api.watching, camera_id, api.clock())
    look = api.watching.watch(camera_id, api.clock())
    if look is None:
        raise NotFound("the worker has not sent a picture yet; ask again in a few seconds", "工作节点尚未送来画面，请几秒后再试")
    etag = f'"{hashlib.sha256(look.jpeg).hexdigest()[:32]}"'
    headers = {"ETag": etag, "X-Looked-At": look.looked_at, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and registry.matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(look.jpeg, media_type="image/jpeg", headers=headers)
