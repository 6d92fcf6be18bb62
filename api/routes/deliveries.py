"""What workers deliver: their key, evidence files by hash, and signed manifests."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Body, Request, Response

from api import enrolments, registry
from api.blobs import SHA256, BlobStore
from api.errors import BadRequest, NotFound
from api.examples import SIGNED
from api.routes.access import Anybody, Deliverer, TheApi, problems
from api.shapes import Delivered, Keys, KeyShown, PublicKeyRequest
from evidence.packet import SignedManifest

router = APIRouter(tags=["deliveries"])
WRITE_BYTES = 1024 * 1024


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


@router.head("/blobs/{sha256}", responses=problems(s404="this file is not here"))
def has_blob(api: TheApi, caller: Deliverer, sha256: str) -> Response:
    """Whether a file is here."""
    size = api.blobs.size(sha256)
    return Response(status_code=404 if size is None else 200)


@router.put(
    "/blobs/{sha256}",
    status_code=201,
    responses={
        200: {"description": "it was here already"},
        **problems(s400="the bytes that came have another SHA-256", s413="a file may have at most 256 MiB", s507="the disk of the case API is full"),
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def put_blob(api: TheApi, caller: Deliverer, sha256: str, request: Request) -> Response:
    """Takes a file in, streamed; answered once it is durable under its hash."""
    if SHA256.fullmatch(sha256) is None:
        raise NotFound("a file is named by its SHA-256: 64 hexadecimal digits in small letters")
    is_new = await _receive(api.blobs, sha256, request)
    return Response(status_code=201 if is_new else 200)


async def _receive(blobs: BlobStore, sha256: str, request: Request) -> bool:
    announced = request.headers.get("Content-Length")
    if announced is not None and not announced.isdigit():
        raise BadRequest("Content-Length: is no number of bytes")
    receiver = await run_sync(blobs.receive, sha256, None if announced is None else int(announced))
    try:
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= WRITE_BYTES:
                await run_sync(receiver.write, bytes(waiting))
                waiting.clear()
        await run_sync(receiver.write, bytes(waiting))
        return await run_sync(receiver.finish)
    finally:
        receiver.abandon()


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
    name = signed.manifest.get("worker", {}).get("name") if isinstance(signed.manifest.get("worker"), dict) else None
    with api.database.read() as connection:
        enrolments.check_speaks_for(connection, caller, name if isinstance(name, str) else "")
    received = api.receive(signed)
    response.status_code = 201 if received.is_new else 200
    return Delivered(receipt=received.receipt, case_id=received.case_id)
