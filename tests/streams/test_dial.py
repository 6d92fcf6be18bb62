from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from streams.dial import dial
from streams.errors import RtspError


@contextmanager
def dead_end() -> Iterator[tuple[str, int]]:
    """A port whose queue is full: connecting to it goes on for ever."""
    with ExitStack() as kept:
        full = kept.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            one = kept.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    async def found(*_: object, **__: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)


async def test_a_name_whose_first_address_does_not_answer_is_tried_at_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    with dead_end() as dead:
        resolving_to(monkeypatch, dead, server.sockets[0].getsockname())
        transport, _ = await dial(asyncio.Protocol, ("camera.example", 554), 2.0, None)
        transport.abort()
    server.close()


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ((errno.ECONNREFUSED,), "refuses the connection; is the camera on"),
        ((errno.ECONNREFUSED, errno.ECONNREFUSED), "refuses the connection; is the camera on"),
        ((errno.ENETUNREACH, errno.ECONNREFUSED), r"no connection to camera.example:554 \(Network is unreachable\)"),
        ((errno.EMFILE,), "files and sockets open, and may have no more; raise its limit"),
        ((errno.EMFILE, errno.EMFILE), "files and sockets open, and may have no more; raise its limit"),
    ],
    ids=["refused", "refused by all its addresses", "no way to one of them", "too many files", "too many files, twice"],
)
async def test_why_there_is_no_connection(errors: tuple[int, ...], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving_to(monkeypatch, *(("127.0.0.1", 1000 + number) for number in range(len(errors))))
    left = list(errors)

    async def failing(_: socket.socket, address: object) -> None:
        number = left.pop(0)
        raise OSError(number, f"Connect call failed {address}" if len(errors) > 1 else errno.errorcode[number])

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", failing)
    with pytest.raises(RtspError, match=told):
        await dial(asyncio.Protocol, ("camera.example", 554), 2.0, None)
