"""The reader's side of the fallback: starts a camera's process, takes its access units, keeps the deadlines, ends it.

libavformat's own time limits do not hold (MEASURED.md), so none is trusted: whatever the child does, a camera that sends no picture is given up after
twice `stale_seconds`, and its process is killed. The address goes to the child through its socket, never by command line or environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from streams.errors import (
    AuthenticationRefused,
    CameraTimeout,
    ProtocolViolation,
    RequestRefused,
    RtspError,
    StreamForbidden,
    StreamNotFound,
    Unsupported,
)
from streams.libav.framing import HEAD, Ending, Flag, Head, Kind, read_head, unpack_nals
from streams.media import CLOCK_RATE, H264_SEI, H265_SEI, AccessUnit, Codec, ParameterSets, nal_type, recovery_pictures, starts_decoding

START_SECONDS = 30.0
"""Until the child runs; 0.1 s on an idle machine, far more where many begin at once."""
JUMP_TICKS = 10 * CLOCK_RATE
"""How far the stream's time may run ahead of the arrivals between two pictures before it counts as a jump; the same as for clips."""
BACK_TICKS = CLOCK_RATE
"""How far it may go back: B-pictures are sent after those that are shown behind them."""
NOMINAL_PICTURE_TICKS = CLOCK_RATE // 25
SEI: Final = {Codec.H264: H264_SEI, Codec.H265: H265_SEI}
CODECS: Final = {1: Codec.H264, 2: Codec.H265}
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that the child gets of the environment: the rest may hold secrets, and it reads a stranger's bytes."""
EXIT_SECONDS, POLL_SECONDS = 5.0, 0.01


async def play_libav(url: str, on_unit: Callable[[AccessUnit], None], *, connect_seconds: float, stale_seconds: float, transport: str = "tcp") -> None:
    """Reads a camera through libavformat in a process of its own until it ends; never returns without an error.

    Args:
        url: rtsp, rtsps, rtmp, rtmps, http or https, with its credentials.
        on_unit: takes each picture, on the loop that this runs on.
        connect_seconds: until the camera answers; to know its stream it has `stale_seconds` more.
        stale_seconds: twice this without a picture ends it.
        transport: of RTSP: `tcp` (UDP and multicast where the camera refuses it), `udp`, `multicast` or `http` (the tunnel).

    Raises:
        AuthenticationRefused, StreamForbidden, StreamNotFound, RequestRefused: the camera refuses.
        Unsupported: libavformat cannot read this either, or its video is neither H.264 nor H.265.
        CameraTimeout: a deadline passed.
        RtspError: it ended, or its process did.
    """
    child = await _Child.started()
    try:
        await _play(child, url, on_unit, connect_seconds, stale_seconds, transport)
    finally:
        await child.ended()


async def _play(child: _Child, url: str, on_unit: Callable[[AccessUnit], None], connect_seconds: float, stale_seconds: float, transport: str) -> None:
    order = {"url": url, "transport": transport, "connect_seconds": connect_seconds, "stale_seconds": stale_seconds}
    await child.expect(Kind.READY, START_SECONDS, "the process that reads through libav does not start")
    child.writer.write(json.dumps(order).encode() + b"\n")
    limit = connect_seconds + stale_seconds
    head, body = await child.expect(Kind.STREAM, limit, f"the camera does not answer within {limit:.0f} s (read through libav)")
    codec = CODECS.get(head.flags)
    if codec is None:
        raise ProtocolViolation("the process that reads through libav named no codec")
    sets = ParameterSets(codec)
    for nal in unpack_nals(body):
        sets = sets.updated(nal)
    times = Times()
    while True:
        head, body = await child.expect(Kind.PICTURE, 2 * stale_seconds, f"no picture for {2 * stale_seconds:.0f} s (read through libav)")
        now = time.monotonic()
        nals = unpack_nals(body)
        keyframe = recovery = False
        for nal in nals:
            sets = sets.updated(nal)
            kind = nal_type(codec, nal)
            keyframe = keyframe or starts_decoding(codec, kind)
            recovery = recovery or (kind == SEI[codec] and recovery_pictures(codec, nal) is not None)
        damaged = bool(head.flags & Flag.DAMAGED) or (keyframe and not sets.complete)
        on_unit(AccessUnit(codec, nals, times.at(head.ticks, now), keyframe, now, None, sets, damaged, recovery and not keyframe))


class Times:
    """The stream's time without its jumps (a server that begins its file anew, a clock that was set): over one it goes on by the arrivals."""

    def __init__(self) -> None:
        self._offset = 0
        self._last: tuple[int, float] | None = None

    def at(self, ticks: int, now: float) -> int:
        """The time of a picture that arrived now."""
        if self._last is not None:
            last, then = self._last
            arrived = round((now - then) * CLOCK_RATE)
            step = ticks + self._offset - last
            if step < -BACK_TICKS or (step > JUMP_TICKS and step - arrived > JUMP_TICKS):
                self._offset = last + max(NOMINAL_PICTURE_TICKS, arrived) - ticks
        self._last = ticks + self._offset, now
        return ticks + self._offset


class _Child:
    """One camera's process and the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process, self._reader, self.writer = process, reader, writer

    @classmethod
    async def started(cls) -> _Child:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
                process = subprocess.Popen(  # noqa: ASYNC220 vfork: about a millisecond, and no thread waits for each camera's process
                    [sys.executable, "-m", "streams.libav.child"],
                    stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True, cwd="/",
                )  # fmt: skip
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        return cls(process, reader, writer)

    async def expect(self, kind: Kind, seconds: float, otherwise: str) -> tuple[Head, bytes]:
        """The next message of the kind.

        Raises:
            CameraTimeout: it does not come; `otherwise` says what that means.
            RtspError: the child tells why it ends, or ends without a word.
        """
        try:
            async with asyncio.timeout(seconds):
                head = read_head(await self._reader.readexactly(HEAD.size))
                body = await self._reader.readexactly(head.length)
        except TimeoutError:
            raise CameraTimeout(otherwise) from None
        except (asyncio.IncompleteReadError, OSError):
            raise RtspError(await self._why_gone()) from None
        if head.kind is Kind.END:
            raise _error(head.flags, body)
        if head.kind is not kind:
            raise ProtocolViolation("the process that reads through libav sent its messages out of turn")
        return head, body

    async def _why_gone(self) -> str:
        status = await self._exit_status()
        if status is None or status >= 0:
            return "the process that read this camera through libav ended without a word; no other camera is touched"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"the process that read this camera through libav was ended by {name}; no other camera is touched"

    async def _exit_status(self) -> int | None:
        for _ in range(round(EXIT_SECONDS / POLL_SECONDS)):
            if self._process.poll() is not None:
                break
            await asyncio.sleep(POLL_SECONDS)
        return self._process.returncode

    async def ended(self) -> None:
        """Kills and reaps it."""
        self.writer.transport.abort()
        if self._process.poll() is None:
            self._process.kill()
        try:
            await asyncio.shield(self._exit_status())
        finally:
            if self._process.poll() is None:  # cancelled while it died: a killed process takes no time worth telling
                self._process.wait()


def _error(code: int, body: bytes) -> RtspError:
    word = "".join(char for char in body.decode("ascii", errors="ignore") if char.isprintable())[:80]
    match code:
        case Ending.OVER:
            return RtspError("the stream ended (read through libav)")
        case Ending.TIMEOUT:
            return CameraTimeout("the camera does not answer (read through libav)")
        case Ending.UNAUTHORIZED:
            return AuthenticationRefused("the camera does not accept the user name and password (read through libav)")
        case Ending.FORBIDDEN:
            return StreamForbidden("the camera knows the user but shows it nothing here (read through libav)")
        case Ending.NOT_FOUND:
            return StreamNotFound("the camera does not know the address (read through libav)")
        case Ending.UNSUPPORTED_CODEC:
            return Unsupported(f"its video is {word or 'of an unknown codec'}; only H.264 and H.265 are read (asked through libav)")
        case Ending.UNSUPPORTED_SCHEME:
            return Unsupported("libav is asked for rtsp, rtsps, rtmp, rtmps, http and https addresses only")
        case Ending.NO_VIDEO:
            return Unsupported("the stream holds no video (read through libav)")
        case Ending.REFUSED:
            return RequestRefused(f"the camera refuses ({word}; read through libav)")
        case Ending.UNREADABLE:
            return ProtocolViolation(f"what the camera sends cannot be read ({word}; read through libav)")
        case Ending.NO_CONNECTION:
            return RtspError(f"no connection ({word}; read through libav)")
        case Ending.FLOOD:
            return ProtocolViolation("the camera sends far more than a camera does (read through libav)")
        case _:
            return RtspError(f"libav gave up ({word})")
