"""Where a camera is right now: city gateways (GB/T 28181) hand out addresses that expire, so a command or an HTTP call is asked anew at each connect.

`exec:PROGRAM ARGUMENTS` runs a program (no shell), whose first line that is not empty is the address. `http(s)://…` is asked with GET; its answer is
the address as text, or JSON of which `#/json/pointer` (RFC 6901) names the value. `{camera_id}` in either stands for the camera's id.

Both ends are strangers with secrets: neither the resolver (its command or address may hold a token) nor its answer is quoted in an error. A command is
run as the worker, so it may come from a file of the operator only, never from a registry.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shlex
import ssl
import subprocess
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import httpx

from streams import address
from streams.errors import CameraSpecError, ResolverFailed
from streams.reaping import killed, until_ended
from streams.unreached import why_unreached

MAX_ANSWER_BYTES = 256 * 1024
MAX_REDIRECTS = 3
PLACEHOLDER = "{camera_id}"


async def resolve(resolver: str, camera_id: str, *, timeout_seconds: float) -> str:
    """Asks for the camera's address.

    Raises:
        ResolverFailed: the resolver does not answer, or not with the address of a stream; in a line, without its secrets.
    """
    filled = resolver.replace(PLACEHOLDER, camera_id)
    ask: Awaitable[str] = _run(filled.removeprefix("exec:")) if filled.startswith("exec:") else _get(filled)
    try:
        async with asyncio.timeout(timeout_seconds):
            answer = await ask
    except TimeoutError:
        raise ResolverFailed(f"its resolver gives no address within {timeout_seconds:.0f} s") from None
    wrong = address.is_file(answer)  # looked at first: a stranger's answer is not looked for on the disk
    with suppress(CameraSpecError):
        if not wrong:
            address.check(answer)
            return answer
    raise ResolverFailed("its resolver's answer is not the address of a stream; it must be rtsp://, rtsps://, rtmp:// or http(s)://")


async def _run(command: str) -> str:
    try:
        arguments = shlex.split(command)
    except ValueError:
        raise ResolverFailed("its resolver's command has an open quotation mark") from None
    if not arguments:
        raise ResolverFailed("its resolver names no program")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    inlet, outlet = os.pipe()
    try:
        pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(inlet, "rb", 0))
    except BaseException:
        os.close(outlet)
        raise
    try:
        try:
            # Its complaints are thrown away: they may quote what it was given.
            process = subprocess.Popen(  # noqa: ASYNC220 vfork: about a millisecond
                arguments, stdin=subprocess.DEVNULL, stdout=outlet, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:
            what = (error.strerror if isinstance(error, OSError) else None) or "its name cannot be used"
            raise ResolverFailed(f"its resolver's program cannot be started ({what})") from None
        finally:
            os.close(outlet)
        try:
            output = await _output(reader)
            await until_ended(process)
        finally:
            await killed(process, group=True)  # and whatever it left behind
    finally:
        pipe.close()
    if process.returncode:
        raise ResolverFailed(f"its resolver's program ended with status {process.returncode}")
    return _first_line(output)


async def _output(reader: asyncio.StreamReader) -> bytes:
    output = bytearray()
    while chunk := await reader.read(64 * 1024):
        output += chunk
        if len(output) > MAX_ANSWER_BYTES:
            raise ResolverFailed(f"its resolver says more than {MAX_ANSWER_BYTES // 1024} KB")
    return bytes(output)


async def _get(url: str) -> str:
    plain, _, pointer = url.partition("#")
    try:
        # Nothing of the environment: no proxy stands between a worker and its gateway, and no .netrc adds a password.
        async with (
            httpx.AsyncClient(verify=_authorities(), trust_env=False, timeout=None, follow_redirects=True, max_redirects=MAX_REDIRECTS) as client,
            client.stream("GET", plain, headers={"Accept": "text/plain, application/json", "Accept-Encoding": "identity"}) as answer,
        ):
            if plain.lower().startswith("https:") and any(one.url.scheme != "https" for one in [*answer.history, answer]):
                raise ResolverFailed("its resolver redirects from https to http, which is not followed")
            if answer.status_code != httpx.codes.OK:
                raise ResolverFailed(f"its resolver answers {answer.status_code}")
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise ResolverFailed(f"its resolver says more than {MAX_ANSWER_BYTES // 1024} KB")
    except httpx.TooManyRedirects:
        raise ResolverFailed(f"its resolver redirects more than {MAX_REDIRECTS} times") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise ResolverFailed("its resolver's address, or one that it redirects to, is not http:// or https://") from None
    except httpx.HTTPError as error:  # its text quotes the address
        raise ResolverFailed(f"its resolver cannot be asked ({why_unreached(error)})") from None
    if pointer or bytes(body).lstrip()[:1] in (b'"', b"{", b"["):
        return _pointed(bytes(body), unquote(pointer))
    return _first_line(bytes(body))


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Made once: reading a system's certificates takes 10 to 30 ms."""
    return ssl.create_default_context()


def _first_line(output: bytes) -> str:
    for line in output.decode("utf-8", errors="replace").splitlines():
        if line.strip():
            return line.strip()
    raise ResolverFailed("its resolver says nothing")


def _pointed(body: bytes, pointer: str) -> str:
    """The text that a JSON pointer (RFC 6901) names."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ResolverFailed("its resolver's answer is no JSON") from None
    if pointer and not pointer.startswith("/"):
        raise ResolverFailed("its resolver's pointer must begin with a slash: #/data/url")
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            raise ResolverFailed("its resolver's answer has nothing where the pointer leads")
    if not isinstance(value, str):
        more = "" if pointer else "; name the value by a pointer: #/data/url"
        raise ResolverFailed(f"its resolver's answer has no text there{more}")
    return _first_line(value.encode("utf-8", errors="replace"))


def runs_a_command(resolver: str | None) -> bool:
    """Whether asking this resolver runs a program: never to be taken from afar."""
    return resolver is not None and not resolver.lower().startswith(("http:", "https:"))
