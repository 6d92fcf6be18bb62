"""The reader's side of the fallback: starts a camera's process, takes its access units, keeps the deadlines, ends it.

libavformat's own time limits do not hold (MEASURED.md), so none is trusted: whatever the child does, a camera that sends no picture is given up after
twice `stale_seconds`, and its process is killed. The address goes to the child through its socket, never by command line or environment.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from streams.errors import (
    AuthenticationRefused,
    CameraTimeout,
    NoVideo,
    ProtocolViolation,
    RequestRefused,
    RtspError,
    StreamForbidden,
    StreamNotFound,
    Unsupported,
)
from streams.libav.framing import Ending, Flag, Head, Kind, unpack_nals
from streams.libav.process import ChildProcess
from streams.libav.times import Times
from streams.media import H264_SEI, H265_SEI, AccessUnit, Codec, ParameterSets, nal_type, recovery_pictures, starts_decoding

START_SECONDS = 30.0
"""Until the child runs; 0.1 s on an idle machine, far more where many begin at once."""
READY_POLL_SECONDS = 0.05
CODECS: Final = {1: Codec.H264, 2: Codec.H265}
SEI: Final = {Codec.H264: H264_SEI, Codec.H265: H265_SEI}


async def play_libav(
    url: str, on_unit: Callable[[AccessUnit], None], *, connect_seconds: float, stale_seconds: float, transport: str = "tcp", tls_verify: bool = False,
    starts: asyncio.Semaphore | None = None,
) -> None:  # fmt: skip
    """Reads a camera through libavformat in a process of its own until it ends; never returns without an error.

    Args:
        url: rtsp, rtsps, rtmp, rtmps, http or https, with its credentials.
        on_unit: takes each picture, on the loop that this runs on.
        connect_seconds: until the camera answers; to know its stream it has `stale_seconds` more.
        stale_seconds: twice this without a picture ends it.
        transport: of RTSP: `tcp` (UDP and multicast where the camera refuses it), `udp`, `multicast` or `http` (the tunnel).
        tls_verify: whether a certificate must be good; cameras' own never are.
        starts: held while the process starts.

    Raises:
        AuthenticationRefused, StreamForbidden, StreamNotFound, RequestRefused: the camera refuses.
        Unsupported: libavformat cannot read this either, or its video is neither H.264 nor H.265.
        CameraTimeout: a deadline passed.
        RtspError: it ended, or its process did.
    """
    order = {"url": url, "transport": transport, "connect_seconds": connect_seconds, "stale_seconds": stale_seconds, "tls_verify": tls_verify}
    async with AsyncExitStack() as starting:
        if starts is not None:
            await starting.enter_async_context(starts)
        play = Play(on_unit)
        child = await ChildProcess.started(play.take)
        try:
            child.line.send(json.dumps(order).encode() + b"\n")
            while True:
                due, otherwise = play.deadline(connect_seconds, stale_seconds)
                left = due - time.monotonic()
                if left <= 0:
                    raise CameraTimeout(otherwise)
                await asyncio.wait([child.line.over], timeout=min(left, 1.0 if play.ready else READY_POLL_SECONDS))
                if play.ready:
                    await starting.aclose()
                if child.line.over.done():
                    if play.ending is not None:
                        raise play.ending
                    cut = child.line.over.exception()
                    if cut is not None and (type(cut) is not RtspError):
                        raise cut
                    raise RtspError(await child.why_gone())
        finally:
            await child.ended()


class Play:
    """What the messages of one child come to: first that it is ready, then the stream, then its pictures.

    Attributes:
        ready: whether the child runs.
        ending: why the child said that it ends.
    """

    def __init__(self, on_unit: Callable[[AccessUnit], None]) -> None:
        self._on_unit = on_unit
        self._since = time.monotonic()
        self.ready = False
        self._sets: ParameterSets | None = None
        self._times = Times()
        self._begun = False
        """Whether decoding could begin: what comes before the first keyframe is damaged, as in the reader of our own."""
        self.ending: RtspError | None = None

    def deadline(self, connect_seconds: float, stale_seconds: float) -> tuple[float, str]:
        """Until when (monotonic) the next thing must come, and what it means if it does not."""
        if not self.ready:
            return self._since + START_SECONDS, "the process that reads through libav does not start"
        if self._sets is None:
            limit = connect_seconds + stale_seconds
            return self._since + limit, f"the camera shows nothing within {limit:.0f} s (read through libav)"
        return self._since + 2 * stale_seconds, f"no picture for {2 * stale_seconds:.0f} s (read through libav)"

    def take(self, head: Head, body: memoryview) -> None:
        """One message.

        Raises:
            RtspError: it ends the line.
        """
        now = time.monotonic()
        if head.kind is Kind.END:
            self.ending = _error(head.flags, bytes(body), playing=self._sets is not None)
            raise self.ending
        if head.kind is Kind.PICTURE and self._sets is not None:
            self._since = now
            self._picture(head, unpack_nals(body), self._sets, now)
        elif head.kind is Kind.READY and not self.ready:
            self.ready, self._since = True, now
        elif head.kind is Kind.STREAM and self.ready and self._sets is None and head.flags in CODECS:
            self._since = now
            sets = ParameterSets(CODECS[head.flags])
            for nal in unpack_nals(body):
                sets = sets.updated(nal)
            self._sets = sets
        else:
            raise ProtocolViolation("the process that reads through libav sent its messages out of turn")

    def _picture(self, head: Head, nals: tuple[bytes, ...], sets: ParameterSets, now: float) -> None:
        codec = sets.codec
        keyframe = recovery = False
        for nal in nals:
            sets = sets.updated(nal)
            kind = nal_type(codec, nal)
            keyframe = keyframe or starts_decoding(codec, kind)
            recovery = recovery or (kind == SEI[codec] and recovery_pictures(codec, nal) is not None)
        self._sets = sets
        damaged = bool(head.flags & Flag.DAMAGED) or not sets.complete
        self._begun = self._begun or ((keyframe or recovery) and not damaged)
        self._on_unit(
            AccessUnit(codec, nals, self._times.at(head.ticks, now), keyframe, now, None, sets, damaged or not self._begun, recovery and not keyframe)
        )


def _error(code: int, body: bytes, *, playing: bool) -> RtspError:
    """The error of an ending; the child's word is shown in part only, since a child that was taken over may say anything."""
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
            return NoVideo("the stream holds no video (read through libav)")
        case Ending.REFUSED:
            return RequestRefused(f"the camera refuses ({word}; read through libav)")
        case Ending.UNREADABLE:
            return ProtocolViolation(f"what the camera sends cannot be read ({word}; read through libav)")
        case Ending.NO_CONNECTION:
            return RtspError(f"{'the connection broke' if playing else 'no connection'} ({word}; read through libav)")
        case _:
            return RtspError(f"libav gave up ({word})")
