"""Looking: the camera that is due gets its freshest keyframe decoded, gated, detected and judged. The same steps serve live cameras and recordings.

`LookSteps` is one look's way, called on whatever thread; `Looker` runs it for many cameras: a dispatcher feeds the decoder pool, detector threads
batch what was decoded. At most a few looks are under way, so overload stretches the intervals instead of filling a queue.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.judgement.confirmation import put_off, with_zoom, zoom_verdict
from detector.judgement.continuing import continuing
from detector.judgement.gate import ChangeGate
from detector.judgement.schedule import LookSchedule
from detector.judgement.values import Box, Event, Look, ViewState, Zoom
from detector.worker import keeping
from detector.worker.eye import Eye, things_of
from detector.worker.handover import OWED
from detector.worker.last_look import shown_crop
from detector.worker.mailbox import Mailbox
from detector.worker.order import PacketOrder
from detector.worker.state import StateStore
from detector.worker.tools import Decode, decode_here
from detector.worker.watched import Watched
from evidence.kinds import Kind
from models.detections import Detections
from streams.decoding import Crop, Decoded, DecoderPool
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
QUESTION_SECONDS = 60.0
"""Between two questions to the verifier about one place."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two looks of a view: nothing there, something there, something under suspicion."""

    calm: float = 10.0
    busy: float = 4.0
    suspicious: float = 2.0


OrderOf = Callable[[Watched, AccessUnit, Event, Kind], PacketOrder]
"""Makes the order for the packet that an event owes."""
OnJudged = Callable[[Watched, AccessUnit, Decoded, Sequence[Event], Sequence[tuple[Event, PacketOrder]]], None]
"""What the worker does with a look's events (also with none: then only the memory changed) and with the packets they owe, which lie in the state by now."""


@dataclass(frozen=True, slots=True)
class LookSteps:
    """The steps of one look.

    Judging, the zoom looks, the orders and the write to the state are one step: where it fails, the camera remembers what it did before, and the next
    look tries again.

    Attributes:
        wall_at: wall time of a moment of the arrival clock.
        store: open by the time of the first look.
        order_of: makes orders.
        on_judged: called after each look that is in force, with what came of it.
        decode: for zoom looks.
    """

    eye: Eye
    gate: ChangeGate
    wall_at: Callable[[float], datetime]
    store: StateStore
    order_of: OrderOf
    on_judged: OnJudged
    decode: Decode = decode_here

    def crops(self, watched: Watched, *, shown: bool = False) -> tuple[Crop, ...]:
        """What to cut out of the camera's keyframe: the rectangle of its zones, and the whole picture where somebody watches."""
        crops = [self.eye.crop(self.rectangle(watched))]
        if shown and watched.picture_size is not None:
            crops.append(shown_crop(watched.picture_size))
        return tuple(crops)

    def rectangle(self, watched: Watched) -> Box:
        """What a look is cut to, in shares of the picture."""
        width, height = watched.picture_size or (16, 9)
        return watched.view.look_crop(self.eye.aspect / (width / height))

    def passes_gate(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> bool:
        """Whether the picture must be detected; one that need not is judged as `unchanged` here."""
        if decoded.damage:
            watched.undecodable += 1
            log.debug("camera %s: a picture is not judged (%s)", watched.camera.camera_id, ", ".join(decoded.damage))
            return False
        watched.picture_size = (decoded.width, decoded.height)
        age = unit.arrival_seconds - watched.detected_seconds
        cells = watched.view.watched_cells(self.rectangle(watched))
        if self.gate.verdict(watched.reference, decoded.luma, age, watched.state.suspicious, cells) == "look":
            return True
        look = Look(unit.arrival_seconds, self.wall_at(unit.arrival_seconds), (), "unchanged")
        self._take(watched, unit, decoded, look, None)
        return False

    def judge(self, watched: Watched, unit: AccessUnit, decoded: Decoded, found: Detections) -> None:
        """Judges what was detected, and looks closer where that is asked for."""
        wall = self.wall_at(unit.arrival_seconds)
        things = things_of(found, decoded.crops[0], decoded.width, decoded.height, watched.objects)
        self._take(watched, unit, decoded, Look(unit.arrival_seconds, wall, things), decoded.luma)

    def _take(self, watched: Watched, unit: AccessUnit, decoded: Decoded, look: Look, luma: NDArray[np.uint8] | None) -> None:
        """Judges a look, writes what came of it, puts it in force and tells the worker."""
        try:
            with watched.lock:
                state, events = self._judged(watched, unit, decoded, look)
                owed = [(event, self.order_of(watched, unit, event, kind)) for event, kind in self._owing(watched, events)]
                if events:
                    keeping.keep_step(self.store, watched, state, [order.to_debt() for _, order in owed])
                watched.took(look, luma, state, written=bool(events))
                for event in events:
                    if event.case is not None:
                        watched.asked.pop(event.stay.stay_id, None)
        except DetectorError as error:
            watched.failed()
            if not watched.unwritten:
                log.error("camera %s: what a look found cannot be kept, the next one tries again: %s", watched.camera.camera_id, _line(error))
            watched.unwritten = True
            return
        except BaseException:
            watched.failed()
            raise
        self.on_judged(watched, unit, decoded, events, owed)

    def _judged(self, watched: Watched, unit: AccessUnit, decoded: Decoded, look: Look) -> tuple[ViewState, list[Event]]:
        """The memory that a look leaves and what came of it, after the zoom looks that were asked for."""
        state, first = watched.judged(look)
        events = list(first)
        for event in first:
            kind = watched.catalogue.kind(event.kind) if event.name == "zoom_wanted" else None
            if kind is not None and not watched.keeps_quiet(event.stay, event.kind, look.wall):
                verdict = self._zoom(watched, unit, decoded, event, kind)
                state, more = with_zoom(state, event.stay.stay_id, event.kind, verdict, look.wall)
                if self.eye.needed:
                    state = put_off(state, event.stay.stay_id, look.at_seconds + QUESTION_SECONDS)
                events += more
        state, more = continuing(state, look, watched.asked)
        ended = (replace(event, case=watched.asked.get(event.stay.stay_id)) if event.name == "ended" else event for event in events)
        return state, [*ended, *more]

    def _zoom(self, watched: Watched, unit: AccessUnit, decoded: Decoded, event: Event, kind: Kind) -> Zoom:
        """Looks closer; a look that fails has not agreed, and is tried again as after a refusal."""
        camera_id = watched.camera.camera_id
        try:
            seen = self.eye.zoom(partial(self.decode, camera_id, unit), event.stay.xyxy, (decoded.width, decoded.height))
        except Exception as error:  # whatever one place does, the rest of the look is judged
            log.warning("camera %s: the zoom look at %s failed, and is tried again: %s", camera_id, kind.slug, _line(error))
            return Zoom(False, None)
        verdict = zoom_verdict(kind, event.stay, seen, self.eye.needed)
        log.info("camera %s: zoom look at %s: %s (score %s)", camera_id, kind.slug, "agreed" if verdict.agreed else "refused", verdict.score)
        return verdict

    def _owing(self, watched: Watched, events: Sequence[Event]) -> list[tuple[Event, Kind]]:
        """The events that owe a packet, with their kinds."""
        owing = []
        for event in events:
            if event.name in OWED:
                kind = watched.catalogue.kind(event.kind)
                if kind is None:
                    log.error("camera %s: the catalogue has no kind %r any more; its act ends without a packet", watched.camera.camera_id, event.kind)
                else:
                    owing.append((event, kind))
        return owing


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


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
            future = self._pool.submit(camera_id, unit, self._steps.crops(watched, shown=self._is_shown(camera_id)))
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
                    self._schedule.set_interval(camera_id, interval, time.monotonic(), urgent=under.watched.state.suspicious)
        except Exception:
            log.exception("camera %s: its next look cannot be planned", camera_id)
        finally:
            self._room.release()
            if under.unit.prelude:
                self._whole_room.release()

    def _paid(self, camera_id: str, interval: float) -> float:
        """The interval, or a longer one where the camera takes more than its share of the decoders."""
        return max(interval, float(math.ceil(self._pool.rest_seconds(camera_id))))
