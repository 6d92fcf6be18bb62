"""One camera's life on the reader's loop: connect, read, fail, wait, again; and the counts that tell how it fares."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from streams.backoff import ORDINARY, REFUSED
from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.connection import READ_BYTES, Connection
from streams.errors import AuthenticationRefused, CameraTimeout, LoginPaused, RtspError, StreamForbidden, StreamNotFound, StreamsError, Unsupported
from streams.logins import Account, Logins, account
from streams.media import AccessUnit, Codec
from streams.playback import play_file
from streams.ring import RING_BYTES, RING_SECONDS, Ring
from streams.rtsp.client import ClientSession

log = logging.getLogger(__name__)

REPORT_SECONDS = 5.0
LONG_REFUSED = (AuthenticationRefused, StreamForbidden, StreamNotFound, Unsupported)
"""What nothing but a person mends."""


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """How the reader behaves.

    Attributes:
        connect_seconds: until TCP is connected.
        answer_seconds: until each request is answered.
        stale_seconds: without a picture until a camera is called stale; twice that and it is connected anew.
        keyframe_seconds: without a whole keyframe until a camera is connected anew: a fresh session begins with one.
        blind_seconds: without a keyframe until a camera is decoded whole.
        connects_per_host: simultaneous handshakes with one host: recorders with 64 channels refuse a rush.
        stagger_seconds: over which the first connects of many cameras are spread, per 100 cameras.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 10.0
    stale_seconds: float = 10.0
    keyframe_seconds: float = 120.0
    blind_seconds: float = 8.0
    connects_per_host: int = 8
    stagger_seconds: float = 1.0
    ring_seconds: float = RING_SECONDS
    ring_bytes: int = RING_BYTES


@dataclass(slots=True)
class Neighbours:
    """What cameras of one reader share, on its loop: handshakes at a time per host, logins per account, the buffer that they receive into."""

    connects_per_host: int
    logins: Logins = field(default_factory=Logins)
    buffer: bytearray = field(default_factory=lambda: bytearray(READ_BYTES), repr=False)
    _gates: defaultdict[str, asyncio.Semaphore] = field(init=False)

    def __post_init__(self) -> None:
        self._gates = defaultdict(lambda: asyncio.Semaphore(self.connects_per_host))

    def gate(self, host: str) -> asyncio.Semaphore:
        """To be held during a handshake."""
        return self._gates[host]


class CameraReading:
    """Reads one camera until it is ended. `on_keyframe(camera_id, unit)` is called for every sound keyframe."""

    def __init__(self, spec: CameraSpec, settings: ReaderSettings, on_keyframe: Callable[[str, AccessUnit], None]) -> None:
        self.spec, self._settings, self._on_keyframe = spec, settings, on_keyframe
        self.ring = Ring(settings.ring_seconds, settings.ring_bytes)
        self.task: asyncio.Task[None] | None = None
        self._ended = False
        self._state = CameraState.CONNECTING
        self._reason: str | None = None
        self._since = time.monotonic()
        self._last_picture: float | None = None
        self._last_keyframe: float | None = None
        self._interval: float | None = None
        self._pictures = self._keyframes = self._damaged = self._reconnects = self._bytes = self._failures = 0
        self._drops: dict[str, int] = {}
        self._session: ClientSession | None = None
        self._connection: Connection | None = None
        self._codec: Codec | None = None
        self._neighbours: Neighbours | None = None
        self._refusals = 0

    def begin(self, neighbours: Neighbours, delay_seconds: float) -> None:
        """Starts the camera's task; on the reader's thread."""
        self.task = asyncio.get_running_loop().create_task(self._live(neighbours, delay_seconds))

    def end(self) -> None:
        """Takes leave: nothing of this camera comes any more; on the reader's thread."""
        self._ended = True
        if self.task is not None:
            self.task.cancel()
        self._become(CameraState.DISABLED, None)

    def status(self) -> CameraStatus:
        """How the camera fares now; on any thread."""
        drops = dict(self._drops)
        session, connection = self._session, self._connection
        if session is not None:
            _add(drops, session)
        received = self._bytes + (connection.received_bytes if connection is not None else 0)
        return CameraStatus(
            self.spec.camera_id, self._state, self._reason, self._since, self._last_picture, self._pictures, self._keyframes, self._damaged, drops,
            self._reconnects, received, self._codec, self._interval, session.clock_offset_seconds if session else None,
        )  # fmt: skip

    def refuse(self, reason: str) -> None:
        """Ends the session and pauses long, for this reason; on the reader's thread."""
        if self._ended or self._neighbours is None:
            return
        if self.task is not None:
            self.task.cancel()
        self._refusals += 1
        pause = REFUSED.pause(self._refusals, random.random())
        self._become(CameraState.REFUSED, f"{reason}; trying again in {pause:.0f} s")
        self.task = asyncio.get_running_loop().create_task(self._live(self._neighbours, pause))

    async def _live(self, neighbours: Neighbours, delay_seconds: float) -> None:
        self._neighbours = neighbours
        await asyncio.sleep(delay_seconds)
        while True:
            self._become(CameraState.CONNECTING, self._reason)
            try:
                if self.spec.is_file:
                    await play_file(self.spec.path, self._unit)
                else:
                    await self._session_once(neighbours)
                error: Exception = RtspError("the stream ended")
            except (StreamsError, OSError) as failure:
                error = failure
            except Exception as failure:  # whatever it is, it is this camera's alone, and the camera is tried again
                log.exception("camera %s: an error that was not foreseen", self.spec.camera_id)
                error = failure
            self._close_books()
            refused = isinstance(error, LONG_REFUSED)
            self._failures += 1
            self._reconnects += 1
            pause = (REFUSED if refused else ORDINARY).pause(self._failures, random.random())
            self._become(CameraState.REFUSED if refused else CameraState.BACKING_OFF, f"{_sentence(error)}; trying again in {pause:.0f} s")
            log.info("camera %s: %s", self.spec.camera_id, self._reason)
            await asyncio.sleep(pause)

    async def _session_once(self, neighbours: Neighbours) -> None:
        if self.spec.transport == "udp":
            raise Unsupported("its transport is udp, which is not read yet; set its transport to tcp")
        session = ClientSession(self.spec.request_url, self.spec.credentials, self._unit)
        session.unix_now = time.time
        key = None if self.spec.credentials is None else account(self.spec.address, self.spec.credentials)
        if key is not None:
            session.may_log_in = lambda: neighbours.logins.claim(key, session, time.monotonic())
        connection: Connection | None = None
        try:
            async with neighbours.gate(self.spec.address[0]):
                connection = await self._connect(session, neighbours.buffer)
                self._session, self._connection = session, connection
                await self._until_playing(connection, session, neighbours.logins, key)
            await self._while_playing(connection, session)
        except AuthenticationRefused as error:
            if key is not None and not isinstance(error, LoginPaused):
                neighbours.logins.refused(key, session, time.monotonic(), random.random())
            raise
        finally:
            if key is not None:
                neighbours.logins.release(key, session)
            if connection is not None:
                self._connection = None
                self._bytes += connection.received_bytes
                connection.leave()

    async def _connect(self, session: ClientSession, buffer: bytearray) -> Connection:
        host, port = self.spec.address
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(session, buffer), host, port)
        except TimeoutError:
            raise CameraTimeout(f"no connection to {host}:{port} within {self._settings.connect_seconds:.0f} s") from None
        return connection

    async def _until_playing(self, connection: Connection, session: ClientSession, logins: Logins, key: Account | None) -> None:
        proved = False
        while not connection.playing.done():
            now = time.monotonic()
            if key is not None and session.password_proved and not proved:
                proved = True
                logins.accepted(key, session, now)
            if session.awaits_login:  # another camera's login is under way, which has a deadline of its own
                connection.last_step_seconds = now
                connection.send(session.log_in())
            left = connection.last_step_seconds + self._settings.answer_seconds - now
            if left <= 0:
                raise CameraTimeout(f"the camera does not answer {session.step} within {self._settings.answer_seconds:.0f} s")
            await asyncio.wait([connection.over, connection.playing], timeout=min(left, 0.1), return_when=asyncio.FIRST_COMPLETED)
            if connection.over.done():
                connection.over.result()
        if key is not None and session.password_proved and not proved:
            logins.accepted(key, session, time.monotonic())

    async def _while_playing(self, connection: Connection, session: ClientSession) -> None:
        settings = self._settings
        began = spoke = reported = time.monotonic()
        self._codec = session.codec
        while True:
            await asyncio.wait([connection.over], timeout=min(1.0, session.keep_alive_seconds))
            if connection.over.done():
                connection.over.result()
            now = time.monotonic()
            silent = now - max(began, self._last_picture or 0.0)
            if silent > 2 * settings.stale_seconds:
                raise CameraTimeout(f"no picture for {silent:.0f} s")
            if silent > settings.stale_seconds:
                self._become(CameraState.STALE, f"no picture for {silent:.0f} s")
            blind = now - max(began, self._last_keyframe or 0.0)
            if blind > settings.keyframe_seconds:
                raise CameraTimeout(f"no whole keyframe for {blind:.0f} s")
            if now - spoke >= session.keep_alive_seconds:
                connection.send(session.keep_alive())
                spoke = now
            if now - reported > REPORT_SECONDS:
                connection.send(session.receiver_report(now))
                reported = now

    def _unit(self, unit: AccessUnit) -> None:
        if self._ended:
            return
        self._pictures += 1
        self._last_picture = unit.arrival_seconds
        self._codec = unit.codec
        if not unit.damaged:
            self.ring.push(unit)
            if unit.keyframe:
                self._keyframe(unit)
        elif self._last_keyframe is not None:  # a stream that is joined in the middle has lost nothing
            self._damaged += 1
        if self._state is not CameraState.LIVE:
            self._become(CameraState.LIVE, None)

    def _keyframe(self, unit: AccessUnit) -> None:
        if self._last_keyframe is not None:
            self._interval = unit.arrival_seconds - self._last_keyframe
        self._last_keyframe = unit.arrival_seconds
        self._keyframes += 1
        self._failures = 0
        try:
            self._on_keyframe(self.spec.camera_id, unit)
        except Exception:  # the listener's fault is no camera's
            log.exception("camera %s: a keyframe was not taken", self.spec.camera_id)

    def _close_books(self) -> None:
        """Adds the ended session's drops to the camera's; its pictures do not belong in one clip with the next session's."""
        session, self._session = self._session, None
        if session is not None:
            drops = dict(self._drops)
            _add(drops, session)
            self._drops = drops
        self.ring.clear()
        self._last_keyframe = None

    def _become(self, state: CameraState, reason: str | None) -> None:
        if self._ended and state is not CameraState.DISABLED:
            return
        if state is not self._state:
            self._since = time.monotonic()
        self._state, self._reason = state, reason


def _add(drops: dict[str, int], session: ClientSession) -> None:
    """Adds a session's counts; the copy is made in one step, since the reader's thread goes on counting."""
    video = session.video
    for cause, count in dict(video.drops).items() if video is not None else ():
        drops[cause] = drops.get(cause, 0) + count
    if session.garbage_bytes:
        drops["garbage_bytes"] = drops.get("garbage_bytes", 0) + session.garbage_bytes


def _sentence(error: Exception) -> str:
    if isinstance(error, StreamsError):
        return str(error)
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused; is the camera on, and the port right?"
    if isinstance(error, OSError):
        return f"no connection ({error.strerror or type(error).__name__})"
    return f"an error that was not foreseen ({type(error).__name__})"
