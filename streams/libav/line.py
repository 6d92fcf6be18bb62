"""The socket to a camera's process: messages out of bytes, none larger than it may be, one call for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.errors import RtspError, StreamsError
from streams.libav.framing import HEAD, Head, read_head

USUAL_BYTES = 128 * 1024
"""Of the buffer; it grows for a message that is larger."""
MOST_KEPT_BYTES = 1024 * 1024
"""A larger one is given back after its message."""


class Line(asyncio.BufferedProtocol):
    """Calls `on_message(head, body)` for each message; `over` fails with what ended it.

    asyncio's streams take 256 KiB anew for each read and a task's turn for each part of a message: 3.3 ms of CPU a camera-second of 1080p25 instead of 1.8.
    """

    def __init__(self, on_message: Callable[[Head, memoryview], None]) -> None:
        self._on_message = on_message
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray(USUAL_BYTES)
        self._filled = 0
        self._transport: asyncio.Transport | None = None
        self.received_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, data: bytes) -> None:
        """Sends; nothing where the line is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        self.received_bytes += nbytes
        if self.over.done():
            self._filled = 0
            return
        try:
            self._take()
        except StreamsError as error:
            self._end(error)
        except Exception as error:  # the listener's fault ends this camera's line only, and is told by who waits for it
            self._end(error)

    def _take(self) -> None:
        at, filled, need = 0, self._filled, HEAD.size
        with memoryview(self._buffer) as view:
            while filled - at >= HEAD.size:
                head = read_head(view, at)
                need = HEAD.size + head.length
                if filled - at < need:
                    break
                with view[at + HEAD.size : at + need] as body:
                    self._on_message(head, body)
                at, need = at + need, HEAD.size
            rest = bytes(view[at:filled]) if at else None
        if rest is not None:
            self._buffer[: len(rest)] = rest
            self._filled = len(rest)
        if need > len(self._buffer):
            self._resize(need)
        elif len(self._buffer) > MOST_KEPT_BYTES and max(self._filled, need) <= USUAL_BYTES:
            self._resize(USUAL_BYTES)

    def _resize(self, size: int) -> None:
        """Another buffer, since the loop still holds a view of this one."""
        old, self._buffer = self._buffer, bytearray(size)
        self._buffer[: self._filled] = memoryview(old)[: self._filled]

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(RtspError("its line is cut"))

    def close(self) -> None:
        """Cuts the line."""
        self._end(RtspError("its line is cut"))
        if self._transport is not None:
            self._transport.abort()

    def _end(self, error: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # asked for, so that nobody is told of an error that nobody waits for
            if self._transport is not None:
                self._transport.abort()
