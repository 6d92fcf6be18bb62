"""One stream's life on the reader's loop: connect, read, fail, wait, again; its ring and its counts.

What ends a session decides how it goes on: at once (the camera forgot the session, said goodbye, moved), after a growing pause (it does not answer, it
closed), after a long one (a wrong password: cameras lock accounts), or through libav (it does not speak what this package does).
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable

from streams.backoff import ORDINARY, REFUSED
from streams.blind import BlindWatch, with_prelude
from streams.camera import CameraState, ReaderKind
from streams.errors import (
    AuthenticationRefused,
    CameraTimeout,
    CertificateRefused,
    LoginPaused,
    NoVideo,
    ProtocolViolation,
    Redirected,
    SessionForgotten,
    StreamEnded,
    StreamForbidden,
    StreamNotFound,
    StreamsError,
    Unsupported,
)
from streams.media import AccessUnit
from streams.ring import Ring
from streams.settings import Neighbours, ReaderSettings
from streams.sources import Source, Target, locate, source_of
from streams.tally import Tally, summed

log = logging.getLogger(__name__)

LONG_REFUSED = (AuthenticationRefused, StreamForbidden, StreamNotFound, Unsupported, CertificateRefused)
"""What nothing but a person mends."""
AT_ONCE = (SessionForgotten, StreamEnded, Redirected)
"""What a fresh session mends."""
AT_ONCE_EVERY_SECONDS = 10.0
AT_ONCE_SPREAD_SECONDS = 0.3
"""The cameras of a recorder are told goodbye together."""
OWN_AGAIN_SECONDS = 3600.0
"""After which a camera that libav reads is asked in the cheaper way again, once its session ends: a recorder is updated, or had a bad day."""
LOGIN_SPREAD_SECONDS = 5.0
"""Behind the end of a pause that all cameras of an account wait for."""
MOST_VIOLATIONS = 3
"""In a row, with no picture ever: then it is not this camera's bad day but its dialect, and libav may know it."""
STEADY_SECONDS = 30.0
"""How long a session must have shown pictures for the next pause to be the shortest again: a camera that closes after each keyframe is no healthy one."""


class Feed:
    """Reads one stream until it is ended; `on_look(feed, unit)` gets every sound keyframe, and for a stream with rare ones pictures with their prelude."""

    def __init__(self, target: Target, settings: ReaderSettings, neighbours: Neighbours, on_look: Callable[[Feed, AccessUnit], None], tally: Tally) -> None:
        self.target, self._settings, self._neighbours, self._on_look = target, settings, neighbours, on_look
        self.ring = Ring(settings.ring_seconds, settings.ring_bytes)
        self.tally = tally
        """Of the stream, whoever has read it before."""
        self._books = threading.Lock()
        self.blind = BlindWatch(settings.blind_seconds)
        self.source: Source | None = None
        self.reader: ReaderKind = "own" if target.transport != "libav" else "libav"
        self.gives = False
        """Whether a picture of the present session could be looked at."""
        self.state = CameraState.CONNECTING
        self.reason: str | None = None
        self.since_seconds = time.monotonic()
        self.task: asyncio.Task[None] | None = None
        self._ended = False
        self._failures = self._violations = 0
        self._opened = 0.0
        self._gave_first: float | None = None
        """When the first picture of the session came that could be looked at."""
        self._pictures_before = tally.pictures
        self._at_once_seconds = float("-inf")
        self._moved: Redirected | None = None
        self._libav = self._libav_works = self._libav_useless = self._udp = self._speaks = False
        self._libav_since = 0.0
        self._unspoken: Exception | None = None

    def begin(self, delay_seconds: float) -> None:
        """Starts the stream's task; on the reader's thread."""
        self.task = asyncio.get_running_loop().create_task(self._live(delay_seconds))

    def end(self) -> None:
        """Takes leave: nothing of this stream comes any more; on the reader's thread."""
        self._ended = True
        if self.task is not None:
            self.task.cancel()
        self._close_books()
        self.state, self.reason = CameraState.DISABLED, None

    @property
    def reader_reason(self) -> str | None:
        """Why libav reads, where that was not asked for."""
        return _sentence(self._unspoken) if self.reader == "libav" and self._unspoken is not None else None

    def counts(self) -> tuple[dict[str, int], int]:
        """Drops and bytes of the stream, with its session's; on any thread."""
        with self._books:
            tally, source = self.tally, self.source
            if source is None:
                return dict(tally.drops), tally.bytes
            return summed(tally.drops, source.drops), tally.bytes + source.received_bytes

    async def _live(self, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        while True:
            self._become(CameraState.CONNECTING, self.reason)
            error = await self._session_once()
            pause = self._after(error)
            self.tally.reconnects += 1
            log.info("camera %s: %s", self.target.camera_id, self.reason)
            await asyncio.sleep(pause)

    async def _session_once(self) -> Exception:
        """Reads until it ends, and returns why."""
        self._pictures_before = self.tally.pictures
        self._opened, self._gave_first = time.monotonic(), None
        try:
            moved, self._moved = self._moved, None
            url = await locate(self.target, self._settings, self._neighbours) if moved is None else moved.location
            self.source = source = source_of(
                url, self.target, self._unit, settings=self._settings, neighbours=self._neighbours, libav=self._libav, udp=self._udp,
                led_here=None if moved is None else moved.from_here,
            )  # fmt: skip
            self.reader = source.reader
            self.blind.begin()
            try:
                await source.open()
                self._opened = time.monotonic()
                self._udp = self._udp or source.transport == "udp"
                while True:
                    await source.turn()
                    if source.reader != "file":
                        self._watch(time.monotonic())
            finally:
                await source.close()
        except (StreamsError, OSError) as failure:
            return failure
        except Exception as failure:  # whatever it is, it is this camera's alone, and the camera is tried again
            log.exception("camera %s: an error that was not foreseen", self.target.camera_id)
            return failure
        finally:
            self._close_books()

    def _after(self, error: Exception) -> float:
        """Decides how it goes on after an error; returns the pause in seconds."""
        pictures = self.tally.pictures > self._pictures_before
        now = time.monotonic()
        if self._gave_first is not None and now - self._gave_first >= STEADY_SECONDS:
            self._failures = 0
        if isinstance(error, Redirected):
            self._moved = error
        if isinstance(error, AT_ONCE) and pictures and now - self._at_once_seconds > AT_ONCE_EVERY_SECONDS:
            self._at_once_seconds = now
            self._become(CameraState.CONNECTING, _sentence(error))
            return random.random() * AT_ONCE_SPREAD_SECONDS
        self._libav_works = self._libav and (self._libav_works or pictures)
        self._speaks = self._speaks or (pictures and not self._libav)
        if self._unspoken is not None and self._libav and not self._libav_works:  # libav cannot read it either: people are told what led there
            self._libav_useless = isinstance(error, Unsupported)
            self._libav, self._violations = False, 0
            error, self._unspoken = self._unspoken, None
        elif self._libav and self._unspoken is not None and now - self._libav_since > OWN_AGAIN_SECONDS:
            self._libav, self._libav_works, self._violations = False, False, MOST_VIOLATIONS - 1
        elif not self._libav and self._speaks_otherwise(error):
            self._libav, self._libav_since, self._unspoken = True, now, error
            self._become(CameraState.CONNECTING, _sentence(error))
            return 0.0
        if isinstance(error, LoginPaused):  # nothing was tried, so nothing has failed
            pause = error.seconds + random.random() * LOGIN_SPREAD_SECONDS
            self._become(CameraState.REFUSED, _sentence(error))
            return pause
        self._failures += 1
        refused = isinstance(error, LONG_REFUSED)
        pause = (REFUSED if refused else ORDINARY).pause(self._failures, random.random())
        self._become(CameraState.REFUSED if refused else CameraState.BACKING_OFF, f"{_sentence(error)}; trying again in {pause:.0f} s")
        return pause

    def _speaks_otherwise(self, error: Exception) -> bool:
        """Whether libav is to be tried: the camera offers what this package does not read, or never spoke RTSP as it should."""
        if self._libav_useless:
            return False
        self._violations = self._violations + 1 if isinstance(error, ProtocolViolation) and not self._speaks else 0
        return (isinstance(error, Unsupported) and not isinstance(error, NoVideo)) or self._violations >= MOST_VIOLATIONS

    def _watch(self, now: float) -> None:
        """Judges by the pictures that came.

        Raises:
            CameraTimeout: too long without one.
        """
        settings, tally = self._settings, self.tally
        silent = now - max(self._opened, tally.last_picture_seconds or 0.0)
        if silent > 2 * settings.stale_seconds:
            raise CameraTimeout(f"no picture for {silent:.0f} s")
        if silent > settings.stale_seconds:
            self._become(CameraState.STALE, f"no picture for {silent:.0f} s")
        keyframe = max(self._opened, tally.last_keyframe_seconds or 0.0)
        since_keyframe = now - keyframe
        self.ring.blind = self.blind.look((tally.last_picture_seconds or 0.0) - keyframe)
        given = self.blind.last_given_seconds
        unseen = since_keyframe if given is None else min(since_keyframe, now - given)
        if unseen > settings.keyframe_seconds:
            raise CameraTimeout(f"no whole keyframe for {since_keyframe:.0f} s")
        if self.state is CameraState.LIVE:
            sightless = unseen > max(settings.stale_seconds, settings.blind_seconds)
            self._become(CameraState.LIVE, f"pictures come, but none for {unseen:.0f} s that can be looked at" if sightless else None)

    def _unit(self, unit: AccessUnit) -> None:
        if self._ended:
            return
        self.tally.picture(unit)
        if self.state is not CameraState.LIVE:
            self._become(CameraState.LIVE, None)
        if not unit.damaged:
            self.ring.push(unit)
            if unit.keyframe:
                self.blind.keyframe(self.tally.interval_seconds)
                self._give(unit)
            elif self.blind.due(unit.arrival_seconds):
                self._between(unit)

    def _between(self, unit: AccessUnit) -> None:
        whole = with_prelude(unit, self.ring.snapshot())
        if whole is not None:
            self.blind.last_given_seconds = unit.arrival_seconds
            self._give(whole)

    def _give(self, unit: AccessUnit) -> None:
        self.gives = True
        if self._gave_first is None:
            self._gave_first = unit.arrival_seconds
        if self.reason is not None and self.state is CameraState.LIVE:
            self.reason = None
        try:
            self._on_look(self, unit)
        except Exception:  # the listener's fault is no camera's
            log.exception("camera %s: a keyframe was not taken", self.target.camera_id)

    def _close_books(self) -> None:
        """Adds the ended session's counts to the stream's; its pictures do not belong in one clip with the next session's."""
        with self._books:
            source, self.source = self.source, None
            if source is not None:
                self.tally.close(source.received_bytes, source.drops)
        self.gives = False
        self.ring.clear()

    def _become(self, state: CameraState, reason: str | None) -> None:
        if self._ended:
            return
        if state is not self.state:
            self.since_seconds = time.monotonic()
        self.state, self.reason = state, reason


def _sentence(error: Exception) -> str:
    if isinstance(error, StreamsError):
        return str(error)
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused; is the camera on, and the port right?"
    if isinstance(error, OSError):
        return f"no connection ({error.strerror or type(error).__name__})"
    return f"an error that was not foreseen ({type(error).__name__})"
