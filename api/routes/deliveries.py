"""What workers deliver: their key, and signed manifests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Body, Request, Response
from pydantic import ValidationError

from api import enrolments, giving_up, registry
from api.errors import Unusable
from api.examples import SIGNED
from api.roles import Caller
from api.routes.access import Anybody, Deliverer, TheApi, problems
from api.service import Api
from api.shapes import Delivered, GivenUpRequest, GivenUpTaken, Keys, KeyShown, PublicKeyRequest
from evidence.bundles import MANIFEST, read_bundle
from evidence.errors import EvidenceError
from evidence.model import first_fault
from evidence.packet import SignedManifest

router = APIRouter(tags=["deliveries"])


@router.put("/workers/{name}/key", responses=problems(s409="the worker 'gate-1' is bound to another key"))
def bind_key(api: TheApi, caller: Deliverer, name: str, told: PublicKeyRequest) -> KeyShown:
    """Binds a worker's name to its public key; the first use binds for good."""
    name = registry.checked_id(name, "worker")
    with api.database.write() as connection:
        enrolments.check_speaks_for(connection, caller, name)
        return registry.bind_key(connection, name, told.public_key, api.clock())


@router.get("/keys")
def keys(api: TheApi, caller: Anybody) -> Keys:
    """The public keys with which `curbwatch evidence verify` checks packets and receipts."""
    return api.keys()


@router.post(
    "/packets",
    status_code=201,
    responses={
        200: {"model": Delivered, "description": "it came before: the same receipt again"},
        **problems(
            s403="the manifest is not signed by the key that is bound to its worker",
            s409="a packet with this id and other content is here",
            s422="manifest.place.xyxy: is missing",
            s424="2 of 7 files were not sent yet",
        ),
    },
)
def post_packet(api: TheApi, caller: Deliverer, response: Response, signed: Annotated[SignedManifest, Body(examples=[SIGNED])]) -> Delivered:
    """Takes a signed manifest in, whose files were sent before; the same packet changes nothing however often it comes."""
    return _receive(api, caller, response, signed, {})


@router.post(
    "/packets/bundle",
    status_code=201,
    responses={
        200: {"model": Delivered, "description": "it came before: the same receipt again"},
        **problems(
            s400="the bytes that came have another SHA-256",
            s403="the manifest is not signed by the key that is bound to its worker",
            s409="a packet with this id and other content is here",
            s413="a body may have at most 4096 KiB here",
            s422="the bundle does not begin with manifest.json",
            s424="2 of 7 files were not sent yet",
            s429="20000 files of yours wait for their manifests; send those first",
            s507="the disk of the case API is full",
        ),
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def post_bundle(api: TheApi, caller: Deliverer, request: Request, response: Response) -> Delivered:
    """Takes a small packet in at one go: a tar of `manifest.json` (as it is posted to `/packets`) and of files that it names, each under its SHA-256."""
    return await run_sync(_take_bundle, api, caller, response, await request.body())


def _take_bundle(api: Api, caller: Caller, response: Response, body: bytes) -> Delivered:
    try:
        bundle = read_bundle(body)
        signed = SignedManifest.model_validate(json.loads(bundle.manifest))
    except EvidenceError as error:
        raise Unusable(str(error)) from None
    except ValidationError as error:
        raise Unusable(f"{MANIFEST}: {first_fault(error)}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{MANIFEST}: is no JSON", f"{MANIFEST} 不是有效的 JSON") from None
    return _receive(api, caller, response, signed, bundle.files)


def _receive(api: Api, caller: Caller, response: Response, signed: SignedManifest, files: Mapping[str, bytes]) -> Delivered:
    worker = signed.manifest.get("worker")
    name = worker.get("name") if isinstance(worker, dict) else None
    with api.database.read() as connection:
        enrolments.check_speaks_for(connection, caller, name if isinstance(name, str) else "")
    received = api.receive(signed, files, caller.name)
    response.status_code = 201 if received.is_new else 200
    return Delivered(receipt=received.receipt, case_id=received.case_id)


@router.post(
    "/workers/{name}/given-up",
    status_code=201,
    responses={
        200: {"model": GivenUpTaken, "description": "it came before"},
        **problems(
            s403="the record is not signed by the key that is bound to the worker 'gate-1'",
            s409="manifest 7 of this chain is here already and is another",
            s422="given_up.record: is of another manifest than the one that came with it",
        ),
    },
)
def give_up(api: TheApi, caller: Deliverer, response: Response, name: str, told: GivenUpRequest) -> GivenUpTaken:
    """Takes the manifest of a packet whose files are gone, with the record that its worker signed; it fills its place in the chain."""
    with api.database.write() as connection:
        enrolments.check_speaks_for(connection, caller, name)
        worker = told.manifest.get("worker")
        if not isinstance(worker, dict) or worker.get("name") != name:
            raise Unusable("manifest.worker.name: is another worker's", "manifest.worker.name 是另一个工作节点的名称")
        index, is_new = giving_up.take(connection, SignedManifest(manifest=told.manifest, signature=told.signature), told.given_up, api.clock())
    response.status_code = 201 if is_new else 200
    return GivenUpTaken(log_index=index)
