"""Reads all cameras of a process on one asyncio thread: a tenth of libavformat's cost, and no camera can stop another.

Every step has a deadline; a camera that hangs, closes, resets or sends garbage costs its own session only and is tried again with growing
pauses. States are fed by pictures really received: a connection that brings none is not `live`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from streams.backoff import ORDINARY, REFUSED
from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.errors import AuthenticationRefused, CameraTimeout, RtspError, StreamNotFound, StreamsError, Unsupported
from streams.media import AccessUnit, Codec
from streams.playback import play_file
from streams.ring import RING_BYTES, RING_SECONDS, Ring
from streams.rtsp.client import ClientSession, Step

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """How the reader behaves.

    Attributes:
        connect_seconds: until TCP is connected.
        answer_seconds: until each request is answered.
        stale_seconds: without a picture until a camera is called stale; twice that and it is connected anew.
        connects_per_host: simultaneous handshakes with one host: recorders with 64 channels refuse a rush.
        stagger_seconds: over which the first connects of many cameras are spread, per 100 cameras.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 10.0
    stale_seconds: float = 10.0
    connects_per_host: int = 8
    stagger_seconds: float = 1.0
    ring_seconds: float = RING_SECONDS
    ring_bytes: int = RING_BYTES


class Reader:
    """The cameras of a process. `on_keyframe(camera_id, unit)` is called on the reader's thread for every sound keyframe and must be cheap."""

    def __init__(self, on_keyframe: Callable[[str, AccessUnit], None], settings: ReaderSettings | None = None) -> None:
        self._on_keyframe = on_keyframe
        self._settings = settings or ReaderSettings()
        self._cameras: dict[str, _Camera] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._gates: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self._settings.connects_per_host))

    def start(self) -> None:
        """Starts the thread."""
        ready = threading.Event()

        def work() -> None:
            loop = asyncio.new_event_loop()
            self._loop = loop
            loop.call_soon(ready.set)
            try:
                loop.run_forever()
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()

        self._thread = threading.Thread(target=work, name="reader", daemon=True)
        self._thread.start()
        ready.wait()

    def close(self) -> None:
        """Takes leave of all cameras and ends the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._leave_all(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        self._loop = self._thread = None

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def add(self, spec: CameraSpec) -> None:
        """Begins to read a camera; one that is read already under this id is replaced."""
        self.remove(spec.camera_id)
        camera = _Camera(spec, self._settings, self._on_keyframe)
        with self._lock:
            count = len(self._cameras)
            self._cameras[spec.camera_id] = camera
        delay = random.random() * self._settings.stagger_seconds * min(count, 100) / 100
        self._call(camera.begin, self._gates, delay)

    def remove(self, camera_id: str) -> None:
        """Stops reading a camera."""
        with self._lock:
            camera = self._cameras.pop(camera_id, None)
        if camera is not None:
            self._call(camera.end)

    def reconnect(self, camera_id: str) -> None:
        """Drops the camera's session and begins a fresh one (which starts at a keyframe)."""
        self.add(self._camera(camera_id).spec)

    def status(self, camera_id: str) -> CameraStatus:
        """How a camera fares now.

        Raises:
            KeyError: no such camera.
        """
        return self._camera(camera_id).status()

    def statuses(self) -> dict[str, CameraStatus]:
        """How all cameras fare now."""
        with self._lock:
            cameras = list(self._cameras.values())
        return {camera.spec.camera_id: camera.status() for camera in cameras}

    def ring(self, camera_id: str) -> Ring:
        """The camera's last seconds.

        Raises:
            KeyError: no such camera.
        """
        return self._camera(camera_id).ring

    def _camera(self, camera_id: str) -> _Camera:
        with self._lock:
            return self._cameras[camera_id]

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            raise StreamsError("the reader is not running; call start() first")
        self._loop.call_soon_threadsafe(function, *arguments)

    async def _leave_all(self) -> None:
        with self._lock:
            cameras = list(self._cameras.values())
        for camera in cameras:
            camera.end()
        await asyncio.gather(*(camera.task for camera in cameras if camera.task is not None), return_exceptions=True)


class _Connection(asyncio.Protocol):
    """The socket's side of a session: bytes to the state machine, its answers back."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.received_bytes = 0
        self.last_step_seconds = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.session.start())

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        before = self.session.step
        try:
            answer = self.session.receive(data, time.monotonic())
        except StreamsError as error:
            self._end(error)
            return
        except Exception as error:  # a camera's bytes must never stop the thread that reads the others
            log.exception("a camera's bytes were not understood")
            self._end(RtspError(f"its bytes were not understood ({type(error).__name__})"))
            return
        if self.session.step is not before:
            self.last_step_seconds = time.monotonic()
        if answer and self.transport is not None:
            self.transport.write(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(RtspError(f"the camera closed the connection ({exc})" if exc else "the camera closed the connection"))

    def _end(self, error: StreamsError) -> None:
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # it may be collected without anybody asking
        if self.transport is not None:
            self.transport.abort()


class _Camera:
    """One camera's life: connect, read, fail, wait, again."""

    def __init__(self, spec: CameraSpec, settings: ReaderSettings, on_keyframe: Callable[[str, AccessUnit], None]) -> None:
        self.spec, self._settings, self._on_keyframe = spec, settings, on_keyframe
        self.ring = Ring(settings.ring_seconds, settings.ring_bytes)
        self.task: asyncio.Task[None] | None = None
        self._state, self._reason, self._since = CameraState.CONNECTING, None, time.monotonic()  # type: tuple[CameraState, str | None, float]
        self._last_picture: float | None = None
        self._last_keyframe: float | None = None
        self._interval: float | None = None
        self._pictures = self._keyframes = self._damaged = self._reconnects = self._bytes = self._failures = 0
        self._drops: dict[str, int] = {}
        self._session: ClientSession | None = None
        self._codec: Codec | None = None

    def begin(self, gates: defaultdict[str, asyncio.Semaphore], delay_seconds: float) -> None:
        """Starts the camera's task; on the reader's thread."""
        self.task = asyncio.get_running_loop().create_task(self._live(gates, delay_seconds))

    def end(self) -> None:
        """Cancels the camera's task; on the reader's thread."""
        if self.task is not None:
            self.task.cancel()
        self._become(CameraState.DISABLED, None)

    def status(self) -> CameraStatus:
        drops = dict(self._drops)
        session = self._session
        if session is not None:
            for cause, count in (session.video.drops if session.video else {}).items():
                drops[cause] = drops.get(cause, 0) + count
            if session.garbage_bytes:
                drops["garbage_bytes"] = drops.get("garbage_bytes", 0) + session.garbage_bytes
        return CameraStatus(
            self.spec.camera_id, self._state, self._reason, self._since, self._last_picture, self._pictures, self._keyframes, self._damaged, drops,
            self._reconnects, self._bytes, self._codec, self._interval, session.clock_offset_seconds if session else None,
        )  # fmt: skip

    async def _live(self, gates: defaultdict[str, asyncio.Semaphore], delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        while True:
            self._become(CameraState.CONNECTING, self._reason)
            try:
                if self.spec.is_file:
                    await play_file(self.spec.path, self._unit)
                else:
                    await self._session_once(gates)
                error: Exception = RtspError("the stream ended")
            except (StreamsError, OSError) as failure:
                error = failure
            self._keep_counts()
            refused = isinstance(error, AuthenticationRefused | StreamNotFound | Unsupported)
            self._failures += 1
            self._reconnects += 1
            pause = (REFUSED if refused else ORDINARY).pause(self._failures, random.random())
            self._become(CameraState.REFUSED if refused else CameraState.BACKING_OFF, f"{_sentence(error)}; trying again in {pause:.0f} s")
            log.info("camera %s: %s", self.spec.camera_id, self._reason)
            await asyncio.sleep(pause)

    async def _session_once(self, gates: defaultdict[str, asyncio.Semaphore]) -> None:
        loop = asyncio.get_running_loop()
        host, port = self.spec.address
        session = ClientSession(self.spec.request_url, self.spec.credentials, self._unit)
        session.unix_now = time.time
        connection: _Connection | None = None
        try:
            async with gates[host]:
                try:
                    async with asyncio.timeout(self._settings.connect_seconds):
                        _, connection = await loop.create_connection(lambda: _Connection(session), host, port)
                except TimeoutError:
                    raise CameraTimeout(f"no connection to {host}:{port} within {self._settings.connect_seconds:.0f} s") from None
                self._session = session
                await self._until_playing(connection, session)
            await self._while_playing(connection, session)
        finally:
            if connection is not None and connection.transport is not None:
                self._bytes += connection.received_bytes
                if session.step is Step.PLAYING and not connection.transport.is_closing():
                    connection.transport.write(session.teardown())
                connection.transport.close()

    async def _until_playing(self, connection: _Connection, session: ClientSession) -> None:
        while session.step is not Step.PLAYING:
            left = connection.last_step_seconds + self._settings.answer_seconds - time.monotonic()
            if left <= 0:
                raise CameraTimeout(f"the camera does not answer {session.step} within {self._settings.answer_seconds:.0f} s")
            await asyncio.wait([connection.over], timeout=min(left, 0.1))
            if connection.over.done():
                connection.over.result()

    async def _while_playing(self, connection: _Connection, session: ClientSession) -> None:
        began = time.monotonic()
        self._codec = session.codec
        spoke = reported = began
        while True:
            await asyncio.wait([connection.over], timeout=1.0)
            if connection.over.done():
                connection.over.result()
            now = time.monotonic()
            silent = now - max(began, self._last_picture or 0.0)
            if silent > 2 * self._settings.stale_seconds:
                raise CameraTimeout(f"no picture for {silent:.0f} s")
            if silent > self._settings.stale_seconds:
                self._become(CameraState.STALE, f"no picture for {silent:.0f} s")
            transport = connection.transport
            if transport is None:
                continue
            if now - spoke > session.session_timeout_seconds / 2:
                transport.write(session.keep_alive())
                spoke = now
            if now - reported > 5.0:
                transport.write(session.receiver_report(now))
                reported = now
            if transport.get_write_buffer_size() > 1 << 20:
                raise CameraTimeout("the camera does not take our keep-alives")

    def _unit(self, unit: AccessUnit) -> None:
        self._pictures += 1
        self._last_picture = unit.arrival_seconds
        self._codec = unit.codec
        if unit.damaged:
            self._damaged += 1
        else:
            self.ring.push(unit)
        if unit.keyframe and not unit.damaged:
            if self._last_keyframe is not None:
                self._interval = unit.arrival_seconds - self._last_keyframe
            self._last_keyframe = unit.arrival_seconds
            self._keyframes += 1
            self._failures = 0
            self._on_keyframe(self.spec.camera_id, unit)
        if self._state is not CameraState.LIVE:
            self._become(CameraState.LIVE, None)

    def _keep_counts(self) -> None:
        """Adds the ended session's drops to the camera's; its pictures do not belong in one clip with the next session's."""
        session, self._session = self._session, None
        if session is not None and session.video is not None:
            for cause, count in session.video.drops.items():
                self._drops[cause] = self._drops.get(cause, 0) + count
            self._drops["garbage_bytes"] = self._drops.get("garbage_bytes", 0) + session.garbage_bytes
        self.ring.clear()
        self._last_keyframe = None

    def _become(self, state: CameraState, reason: str | None) -> None:
        if state is not self._state:
            self._since = time.monotonic()
        self._state, self._reason = state, reason


def _sentence(error: Exception) -> str:
    if isinstance(error, StreamsError):
        return str(error)
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused; is the camera on, and the port right?"
    return f"no connection ({error.strerror or type(error).__name__})" if isinstance(error, OSError) else type(error).__name__
