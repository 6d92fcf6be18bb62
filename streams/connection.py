"""One TCP connection to a camera: bytes to the session's state machine, its answers back. A camera's bytes can end its own connection only.

Bytes are received into one buffer for all connections of a loop (asyncio's ordinary protocols take 256 KiB anew for each read), behind what was left of the
last read. Until the camera plays, they are read as they come; then in rounds (`streams.rounds`), past asyncio: a plain `readv` of the same socket. A connection
with TLS goes on being read as it comes. Writing is asyncio's throughout.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time

from streams.budget import DEAR_SECONDS, VISIT_SECONDS, Budget
from streams.errors import ProtocolViolation, RtspError, StreamsError
from streams.rounds import READ_SECONDS, rounds_of_this_loop
from streams.rtsp.client import ClientSession, Step

log = logging.getLogger(__name__)

READ_BYTES = 256 * 1024
MAX_UNSENT_BYTES = 256 * 1024
"""Of answers and keep-alives that the camera does not take."""
MAX_BYTES_PER_SECOND = 32 * 1024 * 1024
"""Over some seconds: ten times the largest camera. More is no camera, and would take the time of all others."""
RATE_SECONDS = 4.0
MAX_READS_PER_SECOND = 150
PAUSE_SECONDS = 0.02
"""A camera whose bytes come in more and smaller pieces (in the worst case one by one, 25 µs each) is read in these steps for the rest of the second."""
READS_PER_VISIT = 64
"""For a camera that catches up, within its budget; in the long run that is more than `MAX_BYTES_PER_SECOND`, so that a flood is cut and not only slowed."""
LINGER_SECONDS = 2.0
"""How long a connection may take to hand over its last bytes before it is cut."""


class Connection(asyncio.BufferedProtocol):
    """The socket's side of a session. `over` fails with the reason when it has ended, `playing` is done when the camera plays.

    `buffer` may be shared by all connections of a loop: what is received is taken before the next one is read.
    """

    def __init__(self, session: ClientSession, buffer: bytearray) -> None:
        loop = asyncio.get_running_loop()
        self.session = session
        self._buffer = memoryview(buffer)
        self.over: asyncio.Future[None] = loop.create_future()
        self.playing: asyncio.Future[None] = loop.create_future()
        self.received_bytes = 0
        self.last_step_seconds = time.monotonic()
        self._transport: asyncio.Transport | None = None
        self._rounds = rounds_of_this_loop()
        self._handle: int | None = None
        """The socket, while it is read in rounds."""
        self._kept = 0
        """Bytes of the last read that lie in the buffer before the next one."""
        self._rate_began, self._rate_bytes = self.last_step_seconds, 0
        self._reads_began, self._reads = self.last_step_seconds, 0
        self._budget = Budget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self.session.start())

    def get_buffer(self, sizehint: int) -> memoryview:
        self._kept = self.session.put_back(self._buffer)
        return self._buffer[self._kept : self._kept + self._budget.read_bytes]

    def buffer_updated(self, nbytes: int) -> None:
        now, clock = time.monotonic(), self._budget.clock
        began = clock()
        self._take(self._kept, nbytes, now)
        spent = clock() - began
        self._book(spent, nbytes, now)
        if self._handle is None:
            self._coalesce(now, spent)

    def visit(self, now_seconds: float) -> None:
        """Reads what has come, in rounds, as far as its budget reaches."""
        buffer, most, clock, taken = self._buffer, self._budget.read_bytes, self._budget.clock, 0
        began = clock()
        for _ in range(READS_PER_VISIT):
            handle = self._handle
            if handle is None:
                return
            kept = self.session.put_back(buffer)
            room = buffer[kept : kept + most]
            try:
                count = os.readv(handle, (room,))
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self.connection_lost(error)
                return
            if count == 0:
                self.connection_lost(None)
                return
            self._take(kept, count, now_seconds)
            taken += count
            if count < len(room) or clock() - began >= VISIT_SECONDS:
                break
        spent = clock() - began
        if spent > DEAR_SECONDS or self._budget.metered:
            self._book(spent, taken, now_seconds)

    def _book(self, seconds: float, count: int, now: float) -> None:
        """Accounts for what reading has cost."""
        try:
            self._budget.spent(seconds, count, now)
        except ProtocolViolation as error:
            self.cut(error)

    def _take(self, kept: int, count: int, now: float) -> None:
        """Takes `count` bytes that were received behind `kept` earlier ones."""
        self.received_bytes += count
        session = self.session
        before = session.step
        try:
            answer = session.received(self._buffer, kept + count, now)
            self._rate_bytes += count
            if now - self._rate_began >= RATE_SECONDS or self._rate_bytes > MAX_BYTES_PER_SECOND * RATE_SECONDS:
                self._check_rate(now)
        except StreamsError as error:
            self.cut(error)
            return
        except Exception as error:
            log.exception("a camera's bytes were not understood")
            self.cut(RtspError(f"its bytes were not understood ({type(error).__name__})"))
            return
        if session.step is not before:
            self.last_step_seconds = now
            if session.step is Step.PLAYING:
                self._play()
        if answer:
            self.send(answer)

    def _play(self) -> None:
        if not self.playing.done():
            self.playing.set_result(None)
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_extra_info("sslcontext") is not None:
            return
        transport.pause_reading()
        self._handle = transport.get_extra_info("socket").fileno()
        self._rounds.join(self)

    def _stop_rounds(self) -> None:
        self._handle = None
        self._rounds.leave(self)

    def connection_lost(self, exc: Exception | None) -> None:
        reason = getattr(exc, "strerror", None)
        self.cut(RtspError(f"the camera closed the connection ({reason})" if reason else "the camera closed the connection"))

    def send(self, data: bytes) -> None:
        """Sends, unless the camera takes nothing: then the connection is over."""
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
            if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
                self.cut(ProtocolViolation("the camera does not take our answers and keep-alives"))

    def cut(self, error: StreamsError) -> None:
        """Ends the connection at once, for this reason."""
        self._stop_rounds()
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # it may be collected without anybody asking
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Takes leave of a camera that plays, and closes; what it does not take in time is dropped."""
        self._stop_rounds()
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() == 0:
            transport.write(self.session.teardown())
        transport.close()
        if transport.get_write_buffer_size() > 0:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)

    def _coalesce(self, now: float, spent: float) -> None:
        pause = READ_SECONDS if spent >= VISIT_SECONDS / 2 else 0.0
        self._reads += 1
        if now - self._reads_began >= 1.0:
            self._reads_began, self._reads = now, 0
        elif self._reads > MAX_READS_PER_SECOND:
            pause = max(pause, PAUSE_SECONDS)
        if pause and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(pause, self._resume)

    def _resume(self) -> None:
        if self._handle is None and self._transport is not None:
            self._transport.resume_reading()

    def _check_rate(self, now: float) -> None:
        if now - self._rate_began >= RATE_SECONDS:
            self._rate_began, self._rate_bytes = now, 0
        else:
            raise ProtocolViolation(f"the camera sends more than {MAX_BYTES_PER_SECOND >> 20} MiB a second")
