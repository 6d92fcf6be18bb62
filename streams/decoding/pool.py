from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from streams.decoding.picture import decode_keyframe
from streams.decoding.values import Crop, Decoded
from streams.errors import DecodeError
from streams.media import AccessUnit


class DecoderPool:
    """A few threads that decode for all cameras (libavcodec runs without Python's lock)."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decoder")

    def submit(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Future[Decoded]:
        """Decodes on a pool thread; the future raises DecodeError naming the camera."""

        def work() -> Decoded:
            try:
                return decode_keyframe(unit, crops)
            except DecodeError as error:
                raise DecodeError(f"camera {camera_id}: {error}") from error

        return self._threads.submit(work)

    def close(self) -> None:
        """Lets what is being decoded finish and drops the rest."""
        self._threads.shutdown(wait=True, cancel_futures=True)
