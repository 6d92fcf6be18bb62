"""Permits and hosts of the registry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import hosts, permits, registry
from api.errors import NotAllowed
from api.roles import Caller
from api.routes.access import Permitter, Reader, Registrar, TheApi, problems
from api.routes.conditions import IfMatch, IfNoneMatch, WantedVersion
from api.shapes_permits import PermitRequest, Permits, PermitShown
from api.shapes_registry import HostRequest, Hosts, HostShown

router = APIRouter(tags=["registry"])
NO_PERMIT = "there is no such permit"


@router.get("/permits")
def list_permits(api: TheApi, caller: Reader, camera: Annotated[str | None, Query(max_length=64)] = None, withdrawn: bool = False) -> Permits:
    """The permits in force in the caller's districts; with `withdrawn` those too that are not."""
    with api.database.read() as connection:
        return Permits(items=permits.newest(connection, caller, camera, withdrawn=withdrawn))


@router.get("/permits/{permit_id}", responses=problems(s404=NO_PERMIT))
def one_permit(api: TheApi, caller: Reader, permit_id: str, response: Response, version: WantedVersion = None) -> PermitShown:
    """A permit: its newest version, or the one asked for."""
    with api.database.read() as connection:
        found = permits.permit(connection, permit_id, caller, version)
    response.headers["ETag"] = permits.etag(found.id, found.version)
    return found


@router.put("/permits/{permit_id}", responses=problems(s404=NO_PERMIT, s412="somebody has saved this permit since you read it"))
def save_permit(
    api: TheApi, caller: Permitter, permit_id: str, told: PermitRequest, response: Response, if_match: IfMatch = None, if_none_match: IfNoneMatch = None
) -> PermitShown:
    """Saves a permit as its next version; it holds from the workers' next poll on."""
    permit_id = registry.checked_id(permit_id, "permit_id")
    with api.database.write() as connection:
        saved = permits.save(connection, permit_id, told, caller, api.clock(), if_match=if_match, if_none_match=if_none_match)
    response.headers["ETag"] = permits.etag(saved.id, saved.version)
    return saved


@router.delete("/permits/{permit_id}", status_code=204, responses=problems(s404=NO_PERMIT))
def withdraw_permit(api: TheApi, caller: Permitter, permit_id: str) -> Response:
    """Withdraws a permit; its versions stay readable."""
    with api.database.write() as connection:
        permits.withdraw(connection, permit_id, caller, api.clock())
    return Response(status_code=204)


@router.get("/hosts")
def list_hosts(api: TheApi, caller: Registrar) -> Hosts:
    """The hosts that have a bound, and how many streams are registered there."""
    _check_everywhere(caller)
    with api.database.read() as connection:
        return Hosts(items=hosts.all_hosts(connection))


@router.put("/hosts/{host}", responses=problems(s412="somebody has saved this host since you read it"))
def save_host(
    api: TheApi, caller: Registrar, host: str, told: HostRequest, response: Response, if_match: IfMatch = None, if_none_match: IfNoneMatch = None
) -> HostShown:
    """Saves how many streams a recorder or gateway bears (`name` or `name:port`, as its cameras' addresses have it)."""
    _check_everywhere(caller)
    with api.database.write() as connection:
        saved = hosts.save(connection, host, told, caller, api.clock(), if_match=if_match, if_none_match=if_none_match)
    response.headers["ETag"] = hosts.etag(saved.host, saved.version)
    return saved


def _check_everywhere(caller: Caller) -> None:
    if not caller.is_everywhere:
        raise NotAllowed("hosts stand in no district: it needs all districts", "主机不属于任何辖区，需要全部辖区的权限")
