"""Evidence files come in by their hash: at one go, or a large one in parts that go on after a broken connection."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Annotated

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response
from starlette.requests import ClientDisconnect

from api.blobs import checked
from api.errors import BadRequest, Conflict
from api.incoming import Receiver
from api.problems import problem
from api.routes.access import Deliverer, TheApi, problems
from api.service import Api

router = APIRouter(tags=["deliveries"])
WRITE_BYTES = 1024 * 1024
SPAN = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")
OFFSET = {"Upload-Offset": {"description": "bytes of the file that are kept; where the next part begins", "schema": {"type": "integer"}}}


@router.head(
    "/blobs/{sha256}",
    response_class=Response,
    responses={200: {"description": "the file is here"}, 404: {"description": "it is not here, or not all of it", "headers": OFFSET}},
)
def has_blob(api: TheApi, caller: Deliverer, sha256: str) -> Response:
    """Whether a file is here; if not, how much of it came from this sender."""
    if api.blobs.settled_size(sha256) is not None:
        api.awaited.asked_for(sha256, api.clock())
        return Response(status_code=200)
    return Response(status_code=404, headers={"Upload-Offset": str(api.blobs.incoming.offset(sha256, caller.name))})


@router.put(
    "/blobs/{sha256}",
    status_code=201,
    response_class=Response,
    responses={
        200: {"description": "it was here already"},
        204: {"description": "this part is kept; the file is not whole yet", "headers": OFFSET},
        **problems(
            s400="the bytes that came have another SHA-256",
            s404="a file is named by its SHA-256: 64 hexadecimal digits in small letters",
            s409="the file goes on at byte 1048576, not 0",
            s413="a file may have at most 256 MiB",
            s429="20000 files of yours wait for their manifests; send those first",
            s507="the disk of the case API is full",
        ),
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def put_blob(
    api: TheApi,
    caller: Deliverer,
    sha256: str,
    request: Request,
    content_range: Annotated[str | None, Header(alias="Content-Range", description="`bytes FIRST-LAST/TOTAL` of a part.")] = None,
) -> Response:
    """Takes a file in, streamed; answered once it is durable under its hash, or, of a part, once that is kept for a day."""
    checked(sha256)
    if content_range is not None:
        return await _part(api, sha256, caller.name, content_range, request)
    announced = request.headers.get("Content-Length")
    if announced is not None and not announced.isdigit():
        raise BadRequest("Content-Length: is no number of bytes", "Content-Length 不是字节数")
    _check_room(api, caller.name, 0 if announced is None else int(announced))
    if announced is not None and int(announced) <= WRITE_BYTES:
        body = await request.body()
        is_new = await run_sync(_take, api, sha256, body, caller.name)  # as most are: one way to a thread and back
        return Response(status_code=201 if is_new else 200)
    receiver = await run_sync(api.blobs.receive, sha256, None if announced is None else int(announced))
    try:
        await _stream(request, receiver)
        is_new = await run_sync(_finish, api, receiver, sha256, caller.name)
    finally:
        receiver.abandon()
    return Response(status_code=201 if is_new else 200)


def _check_room(api: Api, sender: str, size: int) -> None:
    if size <= api.blobs.incoming.largest_bytes:  # else it is refused for that
        api.awaited.check_room(sender, size)


def _take(api: Api, sha256: str, body: bytes, sender: str) -> bool:
    is_new = api.blobs.take(sha256, body)
    _await_manifest(api, sha256, sender, len(body), is_new=is_new)
    return is_new


def _finish(api: Api, receiver: Receiver, sha256: str, sender: str) -> bool:
    is_new = receiver.finish()
    _await_manifest(api, sha256, sender, receiver.bytes, is_new=is_new)
    return is_new


def _await_manifest(api: Api, sha256: str, sender: str, size: int, *, is_new: bool) -> None:
    """From now on the file waits for a packet that names it; one that was here already is left as it was, but for its time."""
    if is_new:
        api.awaited.add(sha256, sender, size, api.clock())
    else:
        api.awaited.asked_for(sha256, api.clock())


async def _part(api: Api, sha256: str, sender: str, content_range: str, request: Request) -> Response:
    blobs = api.blobs
    first, last, total = _span(content_range)
    _check_room(api, sender, total)
    if await run_sync(blobs.settled_size, sha256) is not None:
        return Response(status_code=200)
    try:
        receiver = await run_sync(blobs.incoming.resume, sha256, sender, first, total)
    except Conflict as conflict:
        told = {"upload_offset": conflict.more["upload_offset"]}
        return problem(409, conflict.detail, conflict.detail_zh, {"Upload-Offset": str(told["upload_offset"])}, **told)
    try:
        if receiver.is_whole:  # a crash came before it was kept: nothing of what is sent now is needed
            is_new = await run_sync(_finish, api, receiver, sha256, sender)
            with suppress(ClientDisconnect):
                async for _ in request.stream():
                    pass
            return Response(status_code=201 if is_new else 200)
        try:
            await _stream(request, receiver, last + 1)
        except ClientDisconnect:  # what came is kept: the sender asks how much that is, and goes on
            return Response(status_code=400)
        if not receiver.is_whole:
            offset = receiver.bytes
            await run_sync(receiver.pause)
            return Response(status_code=204, headers={"Upload-Offset": str(offset)})
        return Response(status_code=201 if await run_sync(_finish, api, receiver, sha256, sender) else 200)
    finally:
        with CancelScope(shield=True):
            await run_sync(receiver.pause)


def _span(content_range: str) -> tuple[int, int, int]:
    found = SPAN.fullmatch(content_range.strip())
    if found is None:
        raise BadRequest("Content-Range: is not `bytes FIRST-LAST/TOTAL`", "Content-Range 应为“bytes 起始-结束/总数”")
    first, last, total = (int(number) for number in found.groups())
    if not first <= last < total:
        raise BadRequest("Content-Range: FIRST, LAST and TOTAL do not fit each other", "Content-Range 的三个数字互相矛盾")
    return first, last, total


async def _stream(request: Request, receiver: Receiver, stop: int | None = None) -> None:
    """Writes the body; with `stop`, no further than that byte of the file."""
    waiting = bytearray()

    async def write() -> None:
        data = bytes(waiting)
        waiting.clear()
        await run_sync(receiver.write, data)

    try:
        async for chunk in request.stream():
            waiting += chunk
            if stop is not None and receiver.bytes + len(waiting) > stop:
                raise BadRequest("more bytes came than Content-Range says", "收到的字节数超过 Content-Range 所述")
            if len(waiting) >= WRITE_BYTES:
                await write()
    finally:
        if stop is not None and receiver.bytes + len(waiting) > stop:
            del waiting[stop - receiver.bytes :]
        await write()
