"""Workers: invited by administrators, enrolled by themselves, revoked by name."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from api import enrolments, registry
from api.routes.access import Governor, TheApi, problems
from api.shapes import KeyShown
from api.shapes_people import Enrolled, EnrolmentRequest, EnrolRequest, NewEnrolment, Workers, WorkerShown

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
