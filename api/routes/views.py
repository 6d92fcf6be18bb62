"""Views: zones, storefront lines and permits of a camera, in versions that are never lost. Workers poll them all by ETag."""

from __future__ import annotations

import json
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Body, Response
from sqlalchemy import Connection

from api import views
from api.errors import NotFound
from api.examples import VIEW, answer
from api.registry import checked_camera, matches
from api.roles import Caller
from api.routes.access import Drawer, Poller, TheApi, problems
from api.routes.conditions import IfMatch, IfNoneMatch, WantedVersion
from api.routes.view_pictures import WantedView
from api.shapes import CatalogueShown, CodeShown, KindShown, NotJudgedShown
from evidence.kinds import Catalogue, Kind
from evidence.kinds.faults import unasked

router = APIRouter(tags=["views"])
NO_VIEW = "no view has been saved for this camera yet"
SCENE_SCHEMA = "curbwatch.scene/1"


@router.get("/views", response_class=Response, responses={**answer({"items": [VIEW]}), 304: {"description": "not changed"}})
def all_views(api: TheApi, caller: Poller, if_none_match: IfNoneMatch = None) -> Response:
    """The newest version of every view in the caller's districts, with the registry's permits among its own."""
    with api.database.read() as connection:
        etag = views.etag_of_all(connection, caller)
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if if_none_match is not None and matches(if_none_match, etag):
            return Response(status_code=304, headers=headers)
        return _json({"items": views.in_force(connection, caller)}, headers)


@router.get("/views/{camera_id}.yaml", response_class=Response, responses={200: {"content": {"application/yaml": {}}}, **problems(s404=NO_VIEW)})
def view_as_yaml(api: TheApi, caller: Poller, camera_id: str) -> Response:
    """The newest version of each of the camera's views as a scene file, as `curbwatch watch --scene` reads it."""
    with api.database.read() as connection:
        _check_seen(connection, caller, camera_id)
        stored = views.view(connection, camera_id)
        documents = [json.loads(one.document) for one in views.views_of(connection, camera_id)]
    scene = {"schema": SCENE_SCHEMA, "views": documents}
    text = yaml.safe_dump(scene, allow_unicode=True, sort_keys=False, width=160)
    headers = {"ETag": stored.etag, "Content-Disposition": f'attachment; filename="{camera_id}.yaml"', "Cache-Control": "no-cache"}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


@router.get("/views/{camera_id}", response_class=Response, responses=problems(s404=NO_VIEW))
def one_view(
    api: TheApi, caller: Poller, camera_id: str, version: WantedVersion = None, view: WantedView = None, if_none_match: IfNoneMatch = None
) -> Response:
    """A camera's view: the newest version, or the one asked for; of a camera with several the one that is named, else the main one."""
    with api.database.read() as connection:
        _check_seen(connection, caller, camera_id)
        stored = views.view(connection, camera_id, version, view)
    headers = {"ETag": stored.etag, "Cache-Control": "no-cache"}
    if if_none_match is not None and matches(if_none_match, stored.etag):
        return Response(status_code=304, headers=headers)
    return Response(stored.document, media_type="application/json", headers=headers)


@router.put(
    "/views/{camera_id}",
    response_class=Response,
    responses=problems(s412="somebody has saved this view since you read it", s422="view: zones.0.polygon: the polygon crosses itself"),
)
def save_view(
    api: TheApi,
    caller: Drawer,
    camera_id: str,
    body: Annotated[Any, Body(examples=[VIEW])],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Saves a view as a new version, only if nobody saved one since `If-Match` was read. `view_id` says which of a camera that turns it is."""
    camera_id = checked_camera(camera_id)
    with api.database.write() as connection:
        _check_seen(connection, caller, camera_id)
        stored = views.save_view(connection, api.catalogue, camera_id, body, caller.name, api.clock(), if_match=if_match, if_none_match=if_none_match)
    return Response(stored.document, media_type="application/json", headers={"ETag": stored.etag})


@router.delete("/views/{camera_id}", status_code=204, response_class=Response, responses=problems(s404=NO_VIEW))
def withdraw_view(api: TheApi, caller: Drawer, camera_id: str, view: WantedView = None) -> Response:
    """Takes a view out of force; its versions are kept."""
    with api.database.write() as connection:
        _check_seen(connection, caller, camera_id)
        views.withdraw_view(connection, camera_id, view or views.MAIN, caller.name, api.clock())
    return Response(status_code=204)


def _check_seen(connection: Connection, caller: Caller, camera_id: str) -> None:
    """Whether the caller may read the camera's views."""
    if not views.may_read(connection, caller, camera_id):
        raise NotFound("no view has been saved for this camera yet")


def _json(value: Any, headers: dict[str, str]) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), media_type="application/json", headers=headers)


@router.get("/kinds")
def kinds(api: TheApi, caller: Poller) -> CatalogueShown:
    """The catalogue: kinds with their codes and with what of them is not judged, and the reasons to reject."""
    return CatalogueShown(
        version=api.catalogue.version,
        kinds=[
            KindShown(
                id=kind.id,
                name=kind.name,
                codes=[CodeShown(table=code.table, code=code.code) for code in kind.codes],
                confusion=list(kind.confusion),
                enabled=kind.enabled,
                standing=kind.standing,
                not_judged=_not_judged(kind, api.catalogue),
            )
            for kind in api.catalogue.kinds
        ],
        reasons=list(api.catalogue.reasons),
    )


def _not_judged(kind: Kind, catalogue: Catalogue) -> list[NotJudgedShown]:
    """As `curbwatch kinds` tells it; an exclusion that is switched off waits for a city, and is none of these."""
    parts = [NotJudgedShown(name=part, why="unseen") for part in kind.unseen]
    not_asked = unasked(kind, catalogue)
    exclusions = [one for one in map(catalogue.exclusion, kind.exclusions) if one is not None and one.switched_on]
    nothing = [NotJudgedShown(name=one.name, why="nothing", reason=one.reason) for one in exclusions if one.seen_by == "nothing"]
    return [*parts, *nothing, *(NotJudgedShown(name=one.name, why="unasked", reason=one.reason) for one in exclusions if one.id in not_asked)]
