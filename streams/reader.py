"""Reads all cameras of a process on one asyncio thread: a tenth of libavformat's cost, and no camera can stop another.

Every step has a deadline; a camera that hangs, closes, resets or sends garbage costs its own session only and is tried again with growing
pauses. States are fed by pictures really received: a connection that brings none is not `live`.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from streams.camera import CameraSpec, CameraStatus
from streams.errors import StreamsError
from streams.media import AccessUnit
from streams.reading import CameraReading
from streams.ring import Ring
from streams.settings import Neighbours, ReaderSettings

__all__ = ["Reader", "ReaderSettings"]

NAME_THREADS = 64
"""For names that are looked up: a name server that hangs holds a thread for some seconds each."""
FILE_THREADS = 16
"""For files that are played: their own, so that no name server stops them."""
CLOSE_SECONDS = 10.0


class Reader:
    """The cameras of a process. `on_keyframe(camera_id, unit)` is called on the reader's thread for every sound keyframe and must be cheap."""

    def __init__(self, on_keyframe: Callable[[str, AccessUnit], None], settings: ReaderSettings | None = None) -> None:
        self._on_keyframe = on_keyframe
        self._settings = settings or ReaderSettings()
        self._cameras: dict[str, CameraReading] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._neighbours = Neighbours(self._settings.connects_per_host, self._settings.libav_cameras)

    def start(self) -> None:
        """Starts the thread; once."""
        if self._loop is not None:
            return
        ready = threading.Event()
        self._neighbours.files = files = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="reader-files")

        def work() -> None:
            loop = asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(NAME_THREADS, thread_name_prefix="reader-names"))
            self._loop = loop
            loop.call_soon(ready.set)
            try:
                loop.run_forever()
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()
                files.shutdown(wait=False)

        self._thread = threading.Thread(target=work, name="reader", daemon=True)
        self._thread.start()
        ready.wait()

    def close(self) -> None:
        """Takes leave of all cameras and ends the thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = self._thread = None
        try:
            asyncio.run_coroutine_threadsafe(self._leave_all(), loop).result(timeout=CLOSE_SECONDS)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=CLOSE_SECONDS)

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def add(self, spec: CameraSpec) -> None:
        """Begins to read a camera. One that is read already under this id is changed: it is connected anew only if what its streams depend on is another.

        Raises:
            StreamsError: the reader is not running.
        """
        with self._lock:
            known, count = self._cameras.get(spec.camera_id), len(self._cameras)
        if known is not None:
            self._call(known.change, spec)
        else:
            self._begin(spec, random.random() * self._settings.stagger_seconds * count / 100)

    def remove(self, camera_id: str) -> None:
        """Stops reading a camera; no keyframe of it comes once the reader's thread has seen this."""
        with self._lock:
            camera = self._cameras.pop(camera_id, None)
        if camera is not None:
            self._call(camera.end)

    def bound_connects(self, connects: Mapping[str, int]) -> None:
        """How many handshakes at a time each of these hosts bears, instead of `connects_per_host`; nothing that is connected is disturbed.

        Raises:
            StreamsError: the reader is not running.
        """
        self._call(self._neighbours.bound, connects)

    def reconnect(self, camera_id: str) -> None:
        """Drops the camera's session and begins a fresh one at once (which starts at a keyframe).

        Raises:
            KeyError: no such camera.
        """
        self._call(self._camera(camera_id).reconnect)

    def refuse(self, camera_id: str, reason: str) -> None:
        """Sets a camera aside for a long pause, `refused` for this reason; `reconnect` or a changed spec ends it.

        Raises:
            KeyError: no such camera.
        """
        self._call(self._camera(camera_id).refuse, reason)

    def open_main(self, camera_id: str) -> None:
        """Opens the main stream of a camera that has two: once it is live, keyframes and ring are its. Nothing happens to a camera that has one.

        Raises:
            KeyError: no such camera.
        """
        self._call(self._camera(camera_id).open_main)

    def close_main(self, camera_id: str) -> None:
        """Goes back to the small stream, which was connected all the time.

        Raises:
            KeyError: no such camera.
        """
        self._call(self._camera(camera_id).close_main)

    def _begin(self, spec: CameraSpec, delay_seconds: float) -> None:
        if self._loop is None:
            raise StreamsError("the reader is not running; call start() first")
        self.remove(spec.camera_id)
        camera = CameraReading(spec, self._settings, self._neighbours, self._on_keyframe)
        with self._lock:
            self._cameras[spec.camera_id] = camera
        self._call(camera.begin, delay_seconds)

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

    @property
    def tasks(self) -> int:
        """How many asyncio tasks are on its loop: with cameras that come and go it must not grow."""
        loop = self._loop
        return 0 if loop is None else len(asyncio.all_tasks(loop))

    @property
    def ring_bytes(self) -> int:
        """What the rings of all cameras hold, with Python's own: most of a reader's memory."""
        with self._lock:
            cameras = list(self._cameras.values())
        return sum(camera.ring_bytes for camera in cameras)

    def ring(self, camera_id: str) -> Ring:
        """The camera's last seconds.

        Raises:
            KeyError: no such camera.
        """
        return self._camera(camera_id).ring

    def _camera(self, camera_id: str) -> CameraReading:
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
        await asyncio.gather(*(camera.ended() for camera in cameras))
        await asyncio.sleep(0)  # closed connections say so in the next round
