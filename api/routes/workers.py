"""Workers: invited by administrators, enrolled by themselves, revoked by name; the cameras they hold, and their standing orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api import cameras, enrolments, hosts, orders, registry
from api.errors import Elsewhere, NotAllowed, Unusable
from api.roles import Role
from api.routes.access import Governor, Poller, Reporter, TheApi, problems
from api.routes.conditions import IfNoneMatch, answer_by_etag
from api.shapes import KeyShown
from api.shapes_people import Enrolled, EnrolmentRequest, EnrolRequest, NewEnrolment, Workers, WorkerShown
from api.shapes_registry import CamerasHeld, StandingOrders

router = APIRouter(tags=["workers"])


@router.get("/workers")
def list_workers(api: TheApi, caller: Governor) -> Workers:
    """All workers with the keys that they are bound to."""
    with api.database.read() as connection:
        rows = enrolments.all_workers(connection)
    return Workers(items=[WorkerShown.model_validate({name: getattr(row, name) for name in WorkerShown.model_fields}) for row in rows])


@router.post("/enrolments", status_code=201, responses=problems(s409="the worker 'gate-1' is enrolled already; revoke it first"))
def invite(api: TheApi, caller: Governor, told: EnrolmentRequest) -> NewEnrolment:
    """Makes a one-time token for a worker; it is told this once. `curbwatch cameras enroll` takes it."""
    now = api.clock()
    ends_at = now + timedelta(hours=told.hours)
    with api.database.write() as connection:
        token = enrolments.offer(connection, told.worker, caller, ends_at, now)
    return NewEnrolment(worker=told.worker, token=token, ends_at=ends_at)


@router.post(
    "/workers/{name}/enrolment",
    status_code=201,
    responses=problems(s401="the one-time token is not known, is over or was used", s409="the worker 'gate-1' is bound to another key"),
)
def enrol(api: TheApi, name: str, told: EnrolRequest) -> Enrolled:
    """Binds a worker's name to its key by a one-time token; answers with the token that it uses from then on, told this once."""
    name = registry.checked_id(name, "worker")
    with api.database.write() as connection:
        bearer, key = enrolments.enrol(connection, name, told, api.clock())
    own = KeyShown(name="api", key_id=api.key.key_id, public_key=api.key.public_key.to_base64())
    return Enrolled(worker=name, token=bearer, key_id=key.key_id, api=own)


@router.delete("/workers/{name}", status_code=204, responses=problems(s404="there is no worker 'gate-9'"))
def revoke(api: TheApi, caller: Governor, name: str) -> Response:
    """Revokes a worker: what it delivers from now on is refused, what was receipted before stays valid."""
    with api.database.write() as connection:
        enrolments.revoke(connection, name, caller, api.clock())
    return Response(status_code=204)


@router.get(
    "/workers/{name}/cameras",
    response_class=Response,
    responses={
        200: {"model": CamerasHeld},
        304: {"description": "not changed"},
        **problems(s409="the login of gate-1 cannot be opened", s423="another process speaks as the worker 'gate-north'"),
    },
)
def held_cameras(
    api: TheApi,
    caller: Reporter,
    name: str,
    if_none_match: IfNoneMatch = None,
    place: Annotated[str | None, Header(alias="X-Curbwatch-Place", max_length=64, description="Names the data folder that the worker runs by.")] = None,
) -> Response:
    """The cameras that an enrolled worker holds, with their logins, told to that worker alone; and what their hosts bear.

    One that was given to it within the last 30 s is told once the worker that had it no longer reports it. Of two processes with copies of one data folder
    (`X-Curbwatch-Place`) the first is told, until it has been silent for 10 s.
    """
    if caller.worker != name:
        raise NotAllowed("logins are told to the enrolled worker alone that holds the cameras", "摄像机登录信息只告知持有该摄像机的工作节点")
    now = api.clock()
    if place is not None and not api.watching.speaks_from(name, place, now):
        raise Elsewhere(f"another process speaks as the worker {name!r}; stop one of them: a worker's data folder is never copied", "该工作节点已在别处运行")
    busy = api.watching.read_by_others(name, now)
    with api.database.read() as connection:
        rows = cameras.held_by(connection, name, busy, now)
        headers = {"ETag": cameras.etag_of_held(rows, hosts.bounds_of(connection, name)), "Cache-Control": "private, no-cache"}
        if if_none_match is not None and registry.matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        found = CamerasHeld(items=cameras.told_to_holder(rows, api.vault), hosts=hosts.all_hosts(connection, hosts.hosts_of(connection, name)))
    return Response(found.model_dump_json(by_alias=True), media_type="application/json", headers=headers)


@router.get(
    "/orders",
    response_class=Response,
    responses={200: {"model": StandingOrders}, 304: {"description": "not changed"}, **problems(s422="worker: is missing")},
)
def standing_orders(api: TheApi, caller: Poller, worker: Annotated[str | None, Query(max_length=64)] = None, if_none_match: IfNoneMatch = None) -> Response:
    """The orders that stand: for a worker those of the cameras that it holds, for a person those of their districts."""
    if caller.role is Role.WORKER and worker is None:
        raise Unusable("worker: is missing; say whose orders", "缺少 worker：请说明查询哪个工作节点的指令")
    with api.database.read() as connection:
        if caller.role is Role.WORKER and worker is not None:
            enrolments.check_speaks_for(connection, caller, worker)
            items = orders.of_worker(connection, worker, api.clock())
        else:
            items = orders.of_caller(connection, caller, api.clock(), worker)
    return answer_by_etag(StandingOrders(items=items), if_none_match)
