"""A reader under test, with what it gave."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streams.camera import CameraSpec, CameraState
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings

SETTINGS = ReaderSettings(connect_seconds=3.0, answer_seconds=2.0, stale_seconds=2.0, connects_per_host=64, stagger_seconds=0.0)


class Reading:
    """A reader with what it gave."""

    def __init__(self, settings: ReaderSettings = SETTINGS) -> None:
        self.keyframes: defaultdict[str, list[AccessUnit]] = defaultdict(list)
        self.reader = Reader(lambda camera, unit: self.keyframes[camera].append(unit), settings)

    def add(self, camera: str, url: str, transport: str = "tcp", **options: Any) -> None:
        self.reader.add(CameraSpec.parse(camera, url, transport, **options))

    def state(self, camera: str) -> CameraState:
        return self.reader.status(camera).state

    def reason(self, camera: str) -> str:
        return self.reader.status(camera).reason or ""

    async def live(self, *cameras: str, seconds: float = 15.0) -> None:
        await until(lambda: all(self.keyframes[camera] for camera in cameras), seconds)

    async def said(self, camera: str, text: str, seconds: float = 15.0) -> None:
        """Until the camera's reason holds the text."""
        try:
            await until(lambda: text in self.reason(camera), seconds)
        except TimeoutError:
            raise AssertionError(f"{self.reader.status(camera)}") from None


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 the condition is another thread's
            await asyncio.sleep(0.02)


@asynccontextmanager
async def reading(settings: ReaderSettings = SETTINGS) -> AsyncIterator[Reading]:
    one = Reading(settings)
    one.reader.start()
    try:
        yield one
    finally:
        await asyncio.to_thread(one.reader.close)
