"""Watches from outside when each camera is really looked at, and holds the lag that the worker reports against that.

A look begins when its keyframe leaves the mailbox and is over when the camera's count of looks rises. From these two alone follow the intervals and,
with the interval that is wanted (shorter under suspicion), how late the next look is at any moment.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from streams.media import AccessUnit

if TYPE_CHECKING:
    from benchmarks.contenders.worker_inside import WorkerInside

POLL_SECONDS = 0.05
COMPARE_EVERY = 10
"""Polls between two comparisons of lags."""
TELLING_SECONDS = 2.0
"""A lag below this, one keyframe's distance, is left out of the relative error: there the poll and the look's own time weigh."""


@dataclass(slots=True)
class _Camera:
    """One camera's looks: those under way, the last that is over, and the intervals between beginnings with whether both were under suspicion."""

    under_way: deque[float] = field(default_factory=deque)
    over: float | None = None
    count: int = 0
    suspicious: bool = False
    first: float | None = None
    last: float | None = None
    looks: int = 0
    hurried: list[float] = field(default_factory=list)

    def ended(self, now: float, suspicious: bool, since: float) -> None:
        """A look is over; it counts from `since` on."""
        begun = self.under_way.popleft() if self.under_way else now
        if begun >= since:
            if self.suspicious and suspicious and self.last is not None:
                self.hurried.append(begun - self.last)
            self.first = begun if self.first is None else self.first
            self.last = begun
            self.looks += 1
        self.over, self.suspicious = begun, suspicious

    def interval(self, now: float) -> float | None:
        """Mean seconds between looks; a camera that was looked at once at most has waited ever since."""
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first) / (self.looks - 1) if self.looks > 1 else now - self.first


class LookObserver:
    """Polls a worker twenty times a second.

    Args:
        look_seconds, suspicious_seconds: intervals that are wanted.
    """

    def __init__(self, look_seconds: float, suspicious_seconds: float, *, warm_up_seconds: float = 0.0) -> None:
        self._wanted = {False: look_seconds, True: suspicious_seconds}
        self._warm_up_seconds = warm_up_seconds
        self._since = 0.0
        self._cameras: dict[str, _Camera] = {}
        self._lock = threading.Lock()
        self._reported: list[float] = []
        self._measured: list[float] = []

    def taken(self, camera_id: str, unit: AccessUnit) -> None:
        """A keyframe leaves the mailbox: its look begins."""
        with self._lock:
            self._cameras.setdefault(camera_id, _Camera()).under_way.append(time.monotonic())

    def start(self, worker: WorkerInside) -> None:
        """Begins to watch, on a thread of its own."""
        self._since = time.monotonic() + self._warm_up_seconds
        threading.Thread(target=self._work, args=(worker,), name="observer", daemon=True).start()

    def _work(self, worker: WorkerInside) -> None:
        polls = 0
        while True:
            time.sleep(POLL_SECONDS)
            polls += 1
            now, watched = time.monotonic(), worker.watched
            with self._lock:
                for camera_id, one in watched.items():
                    camera = self._cameras.setdefault(camera_id, _Camera())
                    count = one.looks + one.unchanged + one.undecodable
                    for _ in range(count - camera.count):
                        camera.ended(now, one.state.suspicious, self._since)
                    camera.count = count
            if polls % COMPARE_EVERY == 0 and now > self._since:
                self._compare(worker.reports())

    def _compare(self, reports: Mapping[str, Mapping[str, Any]]) -> None:
        now = time.monotonic()
        with self._lock:
            for camera_id, told in reports.items():
                camera = self._cameras.get(camera_id)
                if camera is not None and camera.over is not None:
                    self._reported.append(float(told["look_lag_seconds"]))
                    self._measured.append(max(0.0, now - camera.over - self._wanted[camera.suspicious]))

    def summary(self) -> dict[str, float]:
        """What was seen since the warm-up, in seconds, counts and shares."""
        now = time.monotonic()
        with self._lock:
            intervals = [interval for camera in self._cameras.values() if (interval := camera.interval(now)) is not None]
            hurried = sorted(interval for camera in self._cameras.values() for interval in camera.hurried)
            under_suspicion = sum(bool(camera.hurried) for camera in self._cameras.values())
            looks = sum(camera.looks for camera in self._cameras.values())
            reported, measured = list(self._reported), list(self._measured)
        told: dict[str, float] = {"looks": looks, "cameras": len(intervals), "under_suspicion": under_suspicion, "comparisons": len(measured)}
        if intervals:
            told |= {"interval_median": median(intervals), "interval_slowest": max(intervals), "interval_fastest": min(intervals)}
        if measured and sum(measured):
            errors = sorted(abs(r - m) / m for r, m in zip(reported, measured, strict=True) if m >= TELLING_SECONDS)
            told |= {"lag_reported": sum(reported) / len(reported), "lag_measured": sum(measured) / len(measured)}
            told |= {"lag_error_median": at(errors, 0.5), "lag_error_p95": at(errors, 0.95)} if errors else {}
        if hurried:
            told |= {"suspicious_median": at(hurried, 0.5), "suspicious_p95": at(hurried, 0.95), "suspicious_worst": hurried[-1]}
        return {name: round(value, 4) for name, value in told.items()}


def at(ordered: list[float], share: float) -> float:
    """The value below which this share of an ordered list lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
