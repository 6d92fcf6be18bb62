"""What is known of the cameras right now, in memory: their workers' last reports, and the last looks that somebody is watching.

Reports come every few seconds for 8,000 cameras and are worth nothing after a restart, so they never touch the disk; a last look may show people,
so it is kept for a minute and never written down.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api.errors import TooLarge, WrongMediaType
from api.shapes import CameraStatus

WATCHED = timedelta(seconds=10)
"""How long one asking for a last look marks its camera as watched; a page asks every 5 s."""
LOOK_KEPT = timedelta(seconds=60)
LARGEST_LOOK_BYTES = 100 * 1024
MOST_LOOKS = 200
"""20 MB at most; the oldest goes first."""
SILENT = timedelta(seconds=30)
"""After ten missed reports a worker's word about its cameras is no longer believed."""
FORGOTTEN = timedelta(days=1)
"""So long after its last report a camera is counted no more: it was taken away, or was never there."""
SWEPT = timedelta(hours=1)
READS = timedelta(seconds=10)
"""How long a worker's word that it reads a camera keeps another one from it: three reports."""


@dataclass(frozen=True, slots=True)
class LastLook:
    """A picture that a worker sent because somebody watches the camera."""

    jpeg: bytes
    looked_at: str
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """A camera's status as a worker told it."""

    status: CameraStatus
    worker: str
    at: datetime

    def as_of(self, now: datetime) -> CameraStatus:
        """The status, or `stale` where the worker has fallen silent."""
        silent = now - self.at
        if silent <= SILENT or self.status.state == "disabled":
            return self.status
        told = f"the worker {self.worker} has not reported for {silent.total_seconds():.0f} s"
        return self.status.model_copy(update={"state": "stale", "reason": told})


class Watching:
    """Reports and last looks; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reported: dict[str, Reported] = {}
        self._looks: dict[str, LastLook] = {}
        self._watched: dict[str, datetime] = {}
        self._reads: dict[str, tuple[frozenset[str], datetime]] = {}
        self._places: dict[str, tuple[str, datetime]] = {}
        self._swept = datetime.min.replace(tzinfo=UTC)

    def speaks_from(self, worker: str, place: str, now: datetime) -> bool:
        """Notes from where a worker asks; False where it has lately asked from another place: its data folder was copied, and two run by it."""
        with self._lock:
            known = self._places.get(worker)
            if known is not None and known[0] != place and now - known[1] <= READS:
                return False
            self._places[worker] = place, now
            return True

    def reads(self, worker: str, camera_ids: Iterable[str], now: datetime) -> None:
        """Notes which cameras a worker says that it reads, whether or not it holds them."""
        with self._lock:
            self._reads = {one: told for one, told in self._reads.items() if now - told[1] <= READS}
            self._reads[worker] = frozenset(camera_ids), now

    def read_by_others(self, worker: str, now: datetime) -> frozenset[str]:
        """Cameras that other workers have lately said they read, and this one has not."""
        with self._lock:
            own, others = frozenset[str](), frozenset[str]()
            for name, (camera_ids, at) in self._reads.items():
                if name == worker:
                    own = camera_ids
                elif now - at <= READS:
                    others |= camera_ids
        return others - own

    def report(self, worker: str, statuses: Mapping[str, CameraStatus], now: datetime) -> list[str]:
        """Takes a worker's report; the cameras whose state, reason, view or way of being read has changed."""
        with self._lock:
            if now - self._swept >= SWEPT or now < self._swept:
                self._reported = {one: told for one, told in self._reported.items() if now - told.at < FORGOTTEN}
                self._places = {one: told for one, told in self._places.items() if now - told[1] < FORGOTTEN}
                self._swept = now
            changed = [camera_id for camera_id, status in statuses.items() if self._is_news(camera_id, status, now)]
            self._reported.update({camera_id: Reported(status, worker, now) for camera_id, status in statuses.items()})
        return changed

    def reported(self, camera_id: str) -> Reported | None:
        """The camera's last report."""
        with self._lock:
            return self._reported.get(camera_id)

    def states(self, now: datetime) -> dict[str, int]:
        """How many cameras are in each state."""
        counts: dict[str, int] = {}
        with self._lock:
            for reported in self._reported.values():
                state = reported.as_of(now).state
                counts[state] = counts.get(state, 0) + 1
        return counts

    def watch(self, camera_id: str, now: datetime) -> LastLook | None:
        """Marks the camera as watched by somebody; its last look, if there is a fresh one."""
        with self._lock:
            self._watched = {one: until for one, until in self._watched.items() if until > now}
            self._watched[camera_id] = now + WATCHED
            self._looks = {one: look for one, look in self._looks.items() if now - look.came_at <= LOOK_KEPT}
            return self._looks.get(camera_id)

    def watched(self, cameras: Mapping[str, object], now: datetime) -> list[str]:
        """Of these cameras, those that somebody watches."""
        with self._lock:
            return sorted(camera_id for camera_id, until in self._watched.items() if until > now and camera_id in cameras)

    def show(self, camera_id: str, jpeg: bytes, looked_at: str, now: datetime) -> None:
        """Keeps a camera's last look for those who watch it.

        Raises:
            TooLarge: more than 100 KB.
            WrongMediaType: no whole JPEG.
        """
        if len(jpeg) > LARGEST_LOOK_BYTES:
            raise TooLarge(f"a last look may have at most {LARGEST_LOOK_BYTES // 1024} KB; send it smaller")
        if not (jpeg.startswith(b"\xff\xd8\xff") and jpeg.rstrip(b"\0").endswith(b"\xff\xd9")):
            raise WrongMediaType("a last look is one whole JPEG")
        with self._lock:
            self._looks.pop(camera_id, None)
            self._looks[camera_id] = LastLook(jpeg, looked_at, now)
            if len(self._looks) > MOST_LOOKS:
                del self._looks[next(iter(self._looks))]

    def _is_news(self, camera_id: str, status: CameraStatus, now: datetime) -> bool:
        before = self._reported.get(camera_id)
        if before is None:
            return True
        told = before.as_of(now)
        return _shown_at_once(told) != _shown_at_once(status)


def _shown_at_once(status: CameraStatus) -> tuple[object, ...]:
    """What pages are told of as soon as it changes."""
    return (
        status.state, status.reason, status.view_version, status.reader, status.reader_reason, status.transport, status.encrypted, status.verified,
        status.decoded_whole, status.view_id, status.view_state, status.paused, tuple(status.faults),
    )  # fmt: skip
