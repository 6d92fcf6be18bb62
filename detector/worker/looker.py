"""Many cameras: a dispatcher feeds the decoder pool with the keyframe of the camera that is due, detector threads batch what was decoded and judge it.

At most a few looks are under way, so overload stretches the intervals instead of filling a queue.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from detector.judgement.schedule import LookSchedule
from detector.worker.looks import LookSteps
from detector.worker.mailbox import Mailbox
from detector.worker.watched import Watched
from streams.decoding import Decoded, DecoderPool
from streams.errors import DecodeError
from streams.media import AccessUnit

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.05
FEW_CAMERAS = 16
"""So few are all looked at at once when the worker starts; more are spread over an interval."""
DECODING_SECONDS = 20.0
"""How long a looker that stops waits for what is being decoded."""
WATCHED_SECONDS = 5.0
"""Interval of looks at a camera whose last look somebody is waiting for."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two looks of a view: nothing there, something there, something under suspicion."""

    calm: float = 10.0
    busy: float = 4.0
    suspicious: float = 2.0


@dataclass(frozen=True, slots=True)
class _Under:
    """A look that is under way."""

    watched: Watched
    unit: AccessUnit
    taken_seconds: float


class Looker:
    """Looks at many cameras until it is stopped."""

    def __init__(
        self,
        watched: Mapping[str, Watched],
        mailbox: Mailbox,
        steps: LookSteps,
        intervals: Intervals,
        *,
        pool: DecoderPool,
        detectors: Sequence[LookSteps],
        batch: int,
        is_shown: Callable[[str], bool],
    ) -> None:
        self._watched, self._mailbox, self._steps, self._intervals = dict(watched), mailbox, steps, intervals
        self._pool = pool
        self._decoding: set[Future[Decoded]] = set()
        self._detectors, self._batch, self._is_shown = detectors, batch, is_shown
        self._schedule = LookSchedule(spread=1.0 if len(watched) > FEW_CAMERAS else 0.0)
        self._lock = threading.Lock()
        self._ready: queue.Queue[tuple[_Under, Decoded] | None] = queue.Queue()
        room = pool.workers + 2 * batch * max(1, len(detectors))
        self._room = threading.BoundedSemaphore(room)
        self._whole_room = threading.BoundedSemaphore(max(1, room // 2))
        """For pictures with a prelude: one may take a decoder's time of a thousand others, and must not take all their places too."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts the dispatcher and the detectors' threads."""
        now = time.monotonic()
        for camera_id in self._watched:
            self._schedule.add(camera_id, self._intervals.busy, now)
        self._threads = [threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)]
        self._threads += [threading.Thread(target=self._detect, args=(steps,), name=f"detector-{i}", daemon=True) for i, steps in enumerate(self._detectors)]
        for thread in self._threads:
            thread.start()

    def add(self, watched: Watched) -> None:
        """Takes a camera in, also while others are looked at; one that is there goes on as the one that is given."""
        with self._lock:
            self._watched[watched.camera.camera_id] = watched
            self._schedule.add(watched.camera.camera_id, self._intervals.busy, time.monotonic())

    def remove(self, camera_id: str) -> None:
        """Lets a camera go; a look at it that is under way ends."""
        with self._lock:
            self._watched.pop(camera_id, None)
            self._schedule.remove(camera_id)
        self._mailbox.forget(camera_id)
        self._pool.forget(camera_id)

    def stop(self) -> None:
        """Lets what is under way finish."""
        self._stopping.set()
        self._mailbox.arrived.set()
        self._threads[0].join(timeout=10)
        decoding = list(self._decoding)
        for future in decoding:
            future.cancel()
        end = time.monotonic() + DECODING_SECONDS
        while self._decoding and time.monotonic() < end:
            time.sleep(0.01)
        for _ in self._detectors:
            self._ready.put(None)
        for thread in self._threads[1:]:
            thread.join(timeout=20)

    def lag(self, camera_id: str) -> float:
        """Seconds that the camera's next look is late."""
        with self._lock:
            return self._schedule.lag(camera_id, time.monotonic()) if camera_id in self._schedule else 0.0

    def hurry(self, camera_id: str) -> None:
        """Looks at a camera soon: somebody waits for its picture."""
        with self._lock:
            if camera_id in self._schedule:
                self._schedule.set_interval(camera_id, self._paid(camera_id, WATCHED_SECONDS), time.monotonic())

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            self._mailbox.arrived.wait(IDLE_SECONDS)
            self._mailbox.arrived.clear()
            try:
                while not self._stopping.is_set() and self._send_one():
                    pass
            except Exception:  # whatever happens to one look, looking goes on
                log.exception("a look could not be begun; looking goes on")
            time.sleep(IDLE_SECONDS / 5)

    def _send_one(self) -> bool:
        """Takes the camera that is due and hands its keyframe to a decoder; False where none is due."""
        with self._lock:
            camera_id = self._schedule.take(time.monotonic(), self._mailbox.waiting())
            watched = None if camera_id is None else self._watched[camera_id]
        unit = None if camera_id is None else self._mailbox.take(camera_id)
        if camera_id is None or watched is None:
            return False
        if unit is None or (unit.prelude and not self._whole_room.acquire(blocking=False)):
            with self._lock:
                self._schedule.put_back(camera_id)
            return unit is not None
        while not self._room.acquire(timeout=0.5):
            if self._stopping.is_set():
                return False
        under = _Under(watched, unit, time.monotonic())
        try:
            future = self._pool.submit(camera_id, unit, self._steps.crops(watched, shown=self._is_shown(camera_id), at_seconds=unit.arrival_seconds))
        except Exception:
            self._finish(under)
            log.exception("camera %s: a keyframe cannot be decoded", camera_id)
        else:
            self._decoding.add(future)
            future.add_done_callback(lambda done: self._decoded(under, done))
        return True

    def _decoded(self, under: _Under, done: Future[Decoded]) -> None:
        """On a decoder's thread: what came of the keyframe."""
        try:
            self._take_decoded(under, done)
        finally:
            self._decoding.discard(done)

    def _take_decoded(self, under: _Under, done: Future[Decoded]) -> None:
        try:
            decoded = done.result()
        except DecodeError as error:
            under.watched.undecodable += 1
            log.debug("%s", error)
            self._finish(under)
        except Exception:  # a keyframe that breaks a decoder must not silence its camera
            if not done.cancelled():
                log.exception("camera %s: a keyframe could not be decoded", under.watched.camera.camera_id)
            self._finish(under)
        else:
            self._ready.put((under, decoded))

    def _detect(self, steps: LookSteps) -> None:
        while (first := self._ready.get()) is not None:
            batch = [first]
            while len(batch) < self._batch:
                try:
                    more = self._ready.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._ready.put(None)
                    break
                batch.append(more)
            self._look(steps, batch)

    def _look(self, steps: LookSteps, batch: Sequence[tuple[_Under, Decoded]]) -> None:
        looked = []
        for under, decoded in batch:
            try:
                if steps.passes_gate(under.watched, under.unit, decoded):
                    looked.append((under, decoded))
            except Exception:
                log.exception("camera %s: a look failed", under.watched.camera.camera_id)
        try:
            found = steps.eye.detect([decoded.crops[0] for _, decoded in looked]) if looked else []
        except Exception:
            log.exception("the detector failed on %d pictures", len(looked))
            found = []
        for (under, decoded), one in zip(looked, found, strict=False):
            try:
                steps.judge(under.watched, under.unit, decoded, one)
            except Exception:  # one camera's look must not stop the others'
                log.exception("camera %s: a look failed", under.watched.camera.camera_id)
        for under, _ in batch:
            self._finish(under)

    def _finish(self, under: _Under) -> None:
        """The look's turn is over, whatever came of it: a keyframe that does not decode has had its turn, else its camera would be due before all others."""
        camera_id = under.watched.camera.camera_id
        try:
            interval = under.watched.interval_seconds(self._intervals.calm, self._intervals.busy, self._intervals.suspicious)
            if self._is_shown(camera_id):
                interval = min(interval, WATCHED_SECONDS)
            interval = self._paid(camera_id, interval)
            with self._lock:
                self._schedule.looked(camera_id, under.taken_seconds)
                if camera_id in self._schedule:
                    self._schedule.set_interval(camera_id, interval, time.monotonic(), urgent=under.watched.suspicious)
        except Exception:
            log.exception("camera %s: its next look cannot be planned", camera_id)
        finally:
            self._room.release()
            if under.unit.prelude:
                self._whole_room.release()

    def _paid(self, camera_id: str, interval: float) -> float:
        """The interval, or a longer one where the camera takes more than its share of the decoders."""
        return max(interval, float(math.ceil(self._pool.rest_seconds(camera_id))))
