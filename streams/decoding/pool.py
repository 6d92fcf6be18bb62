"""Decoders for all cameras: a few child processes, each with a thread that feeds it. What crashes, hangs or eats memory in one costs one picture.

A camera's bytes are hostile, and libavcodec is C: a picture that breaks it would take hundreds of cameras with it if it ran in the worker. Here the child
dies, its thread starts another (0.3 s), the picture's future fails with `DecoderCrashed`, and the camera that was being decoded at two crashes within an
hour is reported to be set aside.

No camera has a child to itself: a turn is bounded in pictures and seconds, a run takes as many turns as it needs and others have theirs in between, and what
each camera cost is booked (`shares.py`): `rest_seconds` tells whoever plans looks for how long one that takes more than its share must be left alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

from streams.decoding import wire
from streams.decoding.crashes import CrashBook
from streams.decoding.process import CHILD, DecoderProcess
from streams.decoding.queues import Queue, Task
from streams.decoding.seat import IDLE_SECONDS, Seat
from streams.decoding.shares import Shares
from streams.decoding.soundness import Portrait, Portraits
from streams.decoding.values import COARSE_BITS, Crop, Decoded
from streams.errors import DecodeError
from streams.media import AccessUnit, ParameterSets

log = logging.getLogger(__name__)

PICTURE_SECONDS = 10.0
"""Deadline of one picture: a 4K keyframe takes 0.1 s of a core, and a core may be shared by twenty."""
RUN_PICTURE_SECONDS = 0.25
"""More for each picture of a run."""
MOST_TURN_SECONDS = 15.0
"""No turn holds a child longer, however many pictures it has."""
MOST_LOOK_SECONDS = 20.0
"""Of a decoder's time for one look. A run that has not caught up by then (a group of 20 s of 4K has, in 13 s) goes on at the next look."""
WAIT_SECONDS = 30.0
"""How long `decode` waits."""


@dataclass(slots=True)
class PoolCounts:
    """What happened so far."""

    decoded: int = 0
    refused: int = 0
    doubted: int = 0
    crashes: int = 0
    set_aside: int = 0


class DecoderPool:
    """Decodes for all cameras in child processes. Any thread may ask.

    Args:
        workers: how many children.
        on_set_aside: called with a camera and the reason after its second crash within an hour, on a pool thread.
        picture_seconds: deadline of one picture; a child that is not done by then is killed.
        module: what the children run.

    Attributes:
        counts: what happened so far.
    """

    def __init__(
        self, workers: int, *, on_set_aside: Callable[[str, str], None] | None = None, picture_seconds: float = PICTURE_SECONDS, module: str = CHILD
    ) -> None:
        self.on_set_aside = on_set_aside
        self.counts = PoolCounts()
        self._picture_seconds = picture_seconds
        self._waiting = Queue()
        self._changed = threading.Condition()
        self._closing = False
        self._book = CrashBook()
        self._portraits = Portraits()
        self._sizes: dict[str, tuple[ParameterSets, int, int]] = {}
        """Of each camera's last picture, in pixels, with the parameter sets that say so."""
        self._shares = Shares(float(max(1, workers)))
        self._seats = [Seat(self, DecoderProcess(module)) for _ in range(max(1, workers))]
        self._threads = [threading.Thread(target=seat.run, name=f"decoder-{number}", daemon=True) for number, seat in enumerate(self._seats)]
        for thread in self._threads:
            thread.start()

    def submit(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop], *, once: bool = False) -> Future[Decoded]:
        """Decodes in a child; the future raises DecodeError naming the camera.

        Args:
            once: a picture of the past: it is held against no other, and the camera's run goes on beside it.
        """
        return self._submit(Task(camera_id, unit, tuple(crops), once, urgent=False))

    def decode(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop], *, once: bool = False, wait_seconds: float = WAIT_SECONDS) -> Decoded:
        """Decodes in a child, before all of its sort that wait, and waits for it.

        Raises:
            DecodeError: it does not decode, or not within `wait_seconds`; DecoderCrashed where it took the child with it.
        """
        task = Task(camera_id, unit, tuple(crops), once, urgent=True, until_seconds=time.monotonic() + wait_seconds)
        try:
            return self._submit(task).result(wait_seconds)
        except CancelledError:
            raise DecodeError(f"camera {camera_id}: the decoders are closed") from None
        except TimeoutError:
            task.done.cancel()
            raise DecodeError(f"camera {camera_id}: the decoders had no time for its picture within {wait_seconds:.0f} s") from None

    def _submit(self, task: Task) -> Future[Decoded]:
        with self._changed:
            if self._closing:
                raise DecodeError(f"camera {task.camera_id}: the decoders are closed")
            (self._seat_of(task).waiting if task.whole else self._waiting).put(task)
            self._changed.notify_all()
        return task.done

    @property
    def workers(self) -> int:
        """How many pictures are decoded at once."""
        return len(self._seats)

    def gauges(self) -> dict[str, float]:
        """What happened so far, for metrics."""
        counts, now = self.counts, time.monotonic()
        with self._changed:
            resting = self._shares.resting(now)
        return {
            "decoder_pictures": float(counts.decoded), "decoder_refused": float(counts.refused), "decoder_doubted": float(counts.doubted),
            "decoder_crashes": float(counts.crashes), "cameras_set_aside": float(counts.set_aside),
            "decoder_runs": float(sum(len(seat.runs) for seat in self._seats)),
            "decoder_runs_turned_away": float(sum(seat.runs.turned_away for seat in self._seats)), "cameras_over_share": float(resting),
        }  # fmt: skip

    @property
    def pids(self) -> tuple[int, ...]:
        """The children's process ids."""
        return tuple(pid for seat in self._seats if (pid := seat.child.pid) is not None)

    def rest_seconds(self, camera_id: str) -> float:
        """How long the camera's next look must wait for it to be within its share of the decoders; 0 for all that are."""
        with self._changed:
            return self._shares.rest_seconds(camera_id, time.monotonic())

    def forget(self, camera_id: str) -> None:
        """Drops what is remembered of a camera that is gone."""
        self._portraits.forget(camera_id)
        with self._changed:
            self._shares.forget(camera_id)
            self._sizes.pop(camera_id, None)

    def close(self) -> None:
        """Lets what is being decoded finish, drops the rest and ends the children."""
        with self._changed:
            self._closing = True
            dropped = [task for queue in (self._waiting, *(seat.waiting for seat in self._seats)) for task in queue.clear()]
            self._changed.notify_all()
        for task in dropped:
            task.drop(DecodeError(f"camera {task.camera_id}: the decoders are closed"))
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seat_of(self, asked: Task) -> Seat:
        """The seat that has the task's run, or the one with the fewest."""
        for seat in self._seats:
            if asked.run in seat.runs or any(task.run == asked.run for task in seat.waiting):
                return seat
        return min(self._seats, key=lambda seat: len(seat.runs) + len(seat.waiting))

    def take(self, seat: Seat) -> Task | None:
        """The seat's next task; None where nothing came for a while. Raises EOFError when the pool closes."""
        with self._changed:
            if not self._closing and not seat.waiting and not self._waiting:
                self._changed.wait(IDLE_SECONDS)
            if self._closing:
                raise EOFError
            now = time.monotonic()
            seat.contended = bool(self._waiting) and bool(seat.waiting)
            queue = seat.waiting if seat.turns.whole(len(self._waiting), len(seat.waiting)) else self._waiting
            return queue.take(lambda camera_id: self._shares.used(camera_id, now)) if queue else None

    def took(self, seat: Seat, task: Task, seconds: float, cost_seconds: float) -> None:
        """Books a turn of a task: how long it was, and what the camera is charged for it."""
        task.spent_seconds += seconds
        with self._changed:
            self._shares.charge(task.camera_id, cost_seconds, time.monotonic())
            seat.turns.took(seconds, whole=task.whole, contended=seat.contended)

    def go_on(self, seat: Seat, task: Task) -> None:
        """Has a run wait for its next turn.

        Raises:
            DecodeError: there is none.
        """
        if task.spent_seconds >= MOST_LOOK_SECONDS:
            raise DecodeError(f"its run has not caught up after {task.spent_seconds:.0f} s of decoding")
        if time.monotonic() >= task.until_seconds:
            raise DecodeError("nobody waits for it any more")
        with self._changed:
            if self._closing:
                raise DecodeError("the decoders are closed")
            seat.waiting.put(task)

    def deadline(self, pictures: int) -> float:
        """Until when a child may work on so many pictures."""
        seconds = self._picture_seconds + RUN_PICTURE_SECONDS * (pictures - 1)
        return time.monotonic() + min(seconds, max(self._picture_seconds, MOST_TURN_SECONDS))

    def remembered(self, camera_id: str) -> Sequence[wire.Bytes]:
        """What the check of the picture compares with."""
        return self._portraits.remembered(camera_id)

    def coarse(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> bool:
        """Whether all that is wanted of a keyframe is small, by the size of the camera's last one, and it was not compressed so hard that its blocks show."""
        with self._changed:
            sets, width, height = self._sizes.get(camera_id, (None, 0, 0))
        return sets == unit.parameter_sets and 8 * unit.size_bytes >= COARSE_BITS * width * height and all(crop.coarse(width, height) for crop in crops)

    def learn(self, camera_id: str, sets: ParameterSets, decoded: Decoded, portrait: Portrait, *, seen: bool) -> None:
        """Takes down what a picture looked like."""
        with self._changed:
            self.counts.decoded += 1
            self.counts.doubted += seen
            self._sizes[camera_id] = sets, decoded.width, decoded.height
        self._portraits.learn(camera_id, portrait, decoded.damage, seen)

    def crashed(self, camera_id: str, how: str) -> None:
        """Takes down a crash; the second of a camera is reported."""
        with self._changed:
            aside = self._book.note(camera_id, time.monotonic())
            self.counts.crashes += 1
            self.counts.set_aside += aside
        log.error("camera %s: the decoder %s on its picture; another is started", camera_id, how)
        if not aside:
            return
        if self.on_set_aside is not None:
            try:
                self.on_set_aside(camera_id, f"its pictures broke the decoder twice within an hour (the last time it {how}); it is set aside")
            except Exception:
                log.exception("camera %s: could not be set aside", camera_id)
