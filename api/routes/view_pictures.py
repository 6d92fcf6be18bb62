"""The pictures that views were drawn on: given by those who draw, read by workers, and by people who say why."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from api import view_pictures, views
from api.districts import district_of
from api.errors import NotFound, TooLarge
from api.registry import checked_camera, matches
from api.roles import Caller, Role
from api.routes.access import Drawer, Poller, TheApi, WhyElseReview, problems
from api.routes.conditions import IfMatch, IfNoneMatch, WantedVersion
from api.service import Api

router = APIRouter(tags=["views"])
WantedView = Annotated[str | None, Query(alias="view", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The view; else the main one.")]


@router.put(
    "/views/{camera_id}/reference",
    response_class=Response,
    responses=problems(
        s404="no view has been saved for this camera yet", s412="somebody has saved this view since you read it",
        s413="a reference picture may have at most 400 KB; send it smaller", s415="a reference picture is one whole JPEG",
    ),
    openapi_extra={"requestBody": {"required": True, "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def put_reference(api: TheApi, caller: Drawer, camera_id: str, request: Request, view: WantedView = None, if_match: IfMatch = None) -> Response:
    """Takes the picture that the view was drawn on: the camera's whole picture, as it looked then. It makes a new version of the view."""
    camera_id = checked_camera(camera_id)
    jpeg = bytearray()
    async for chunk in request.stream():
        jpeg += chunk
        if len(jpeg) > view_pictures.LARGEST_BYTES:
            raise TooLarge(f"a reference picture may have at most {view_pictures.LARGEST_BYTES // 1024} KB; send it smaller")
    stored = await run_sync(_save, api, caller, camera_id, view, bytes(jpeg), if_match)
    return Response(stored.document, media_type="application/json", headers={"ETag": stored.etag})


def _save(api: Api, caller: Caller, camera_id: str, view_id: str | None, jpeg: bytes, if_match: str | None) -> views.StoredView:
    with api.database.write() as connection:
        if not caller.sees(district_of(connection, camera_id)):
            raise NotFound(NO_VIEW)
        return view_pictures.save_picture(connection, api.catalogue, camera_id, view_id, jpeg, caller.name, api.clock(), if_match=if_match)


NO_VIEW = "no view has been saved for this camera yet"


@router.get(
    "/views/{camera_id}/reference",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 304: {"description": "not changed"}, **problems(s404=view_pictures.NO_PICTURE)},
)
def reference(
    api: TheApi, caller: Poller, why: WhyElseReview, camera_id: str, view: WantedView = None, version: WantedVersion = None, if_none_match: IfNoneMatch = None
) -> Response:
    """The picture that a view was drawn on. Who of the people reads it and why is logged, once in ten minutes."""
    with api.database.read() as connection:
        district = district_of(connection, camera_id)
        if not views.may_read(connection, caller, camera_id):
            raise NotFound(NO_VIEW)
        jpeg, sha256 = view_pictures.picture(connection, views.view(connection, camera_id, version, view))
    if caller.role is not Role.WORKER:
        api.readings.note_camera(caller, why.value, camera_id, district or "", api.clock())
    headers = {"ETag": f'"{sha256[:32]}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(jpeg, media_type="image/jpeg", headers=headers)
