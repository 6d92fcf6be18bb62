"""Keeps account of the keyframes that a reader hands out: how many of which camera, which are missing between two, and how late they came.

A camera's RTP time tells what is missing: the benchmark's clips have a keyframe at equal distances, over the clip's end too. Lateness is of the
arrival clock beside the camera's RTP time, above the earliest that camera ever was: what reader, network and simulator keep waiting.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field

CLOCK_RATE = 90_000
RESTART_SECONDS = 60.0
"""A step of RTP time beyond this, or back, is another session's time, not missing keyframes."""
SETTLING = 3
"""Keyframes of a camera whose lateness does not count: a session begins with one that was due before, and hundreds of cameras connect at once."""
LATE_MS = (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120)


@dataclass(slots=True)
class _Camera:
    keyframes: int = 0
    seconds: float = 0.0
    earliest: float = 0.0


@dataclass(slots=True)
class KeyframeLedger:
    """Noted on the reader's thread, read on any.

    Attributes:
        every_seconds: distance of the clip's keyframes.
        missing: keyframes that lie between two that came.
        restarts: cameras' times that began anew.
    """

    every_seconds: float
    missing: int = 0
    restarts: int = 0
    _cameras: dict[str, _Camera] = field(default_factory=dict)
    _late: list[int] = field(default_factory=lambda: [0] * (len(LATE_MS) + 1))
    _worst: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, camera_id: str, timestamp: int, arrival_seconds: float) -> None:
        """Notes a sound keyframe: its RTP time (unwrapped) and its arrival."""
        seconds = timestamp / CLOCK_RATE
        early = arrival_seconds - seconds
        with self._lock:
            camera = self._cameras.get(camera_id)
            if camera is None:
                self._cameras[camera_id] = _Camera(1, seconds, early)
                return
            step = seconds - camera.seconds
            if 0 < step < RESTART_SECONDS:
                self.missing += round(step / self.every_seconds) - 1
            else:
                self.restarts += 1
                camera.earliest = early
            camera.keyframes += 1
            camera.seconds = seconds
            camera.earliest = min(camera.earliest, early)
            late_ms = 1000 * (early - camera.earliest)
            if camera.keyframes > SETTLING:
                self._late[bisect_right(LATE_MS, late_ms)] += 1
                self._worst = max(self._worst, late_ms)

    def counters(self) -> dict[str, int]:
        """Whole numbers for the benchmark; of lateness the bounds of its classes."""
        with self._lock:
            return {
                "keyframes_known": sum(camera.keyframes > SETTLING for camera in self._cameras.values()),
                "keyframes_missing": self.missing, "restarts": self.restarts,
                "late_p50_ms": self._share(0.5), "late_p99_ms": self._share(0.99), "late_worst_ms": round(self._worst),
            }  # fmt: skip

    def by_camera(self) -> dict[str, int]:
        """Keyframes of each camera so far."""
        with self._lock:
            return {camera_id: camera.keyframes for camera_id, camera in self._cameras.items()}

    def _share(self, share: float) -> int:
        """The upper bound of the class in which this share of the keyframes has come."""
        wanted, seen = share * sum(self._late), 0
        for bound, count in zip((*LATE_MS, round(self._worst)), self._late, strict=True):
            seen += count
            if seen >= wanted:
                return bound
        return round(self._worst)
