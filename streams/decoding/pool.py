"""Decoders for all cameras: a few child processes, each with a thread that feeds it. What crashes, hangs or eats memory in one costs one picture.

A camera's bytes are hostile, and libavcodec is C: a picture that breaks it would take hundreds of cameras with it if it ran in the worker. Here the child
dies, its thread starts another (0.3 s), the picture's future fails with `DecoderCrashed`, and the camera that was being decoded at two crashes within an
hour is reported to be set aside.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import astuple, dataclass, field
from typing import Any

from streams.decoding import wire
from streams.decoding.crashes import CrashBook
from streams.decoding.process import CHILD, ChildFault, DecoderProcess, StartFault
from streams.decoding.runs import Runs
from streams.decoding.soundness import Portrait, Portraits
from streams.decoding.values import Crop, Decoded
from streams.decoding.whole import pictures_of
from streams.errors import DecodeError, DecoderCrashed
from streams.media import AccessUnit

log = logging.getLogger(__name__)

PICTURE_SECONDS = 10.0
"""Deadline of one picture: a 4K keyframe takes 0.1 s of a core, and a core may be shared by twenty."""
RUN_PICTURE_SECONDS = 0.25
"""More for each picture of a run."""
IDLE_SECONDS = 5.0
START_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """A picture to be decoded."""

    camera_id: str
    unit: AccessUnit
    crops: tuple[Crop, ...]
    once: bool
    done: Future[Decoded]


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
        self._waiting: deque[Task] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._book = CrashBook()
        self._portraits = Portraits()
        self._seats = [Seat(self, DecoderProcess(module)) for _ in range(max(1, workers))]
        self._threads = [threading.Thread(target=seat.run, name=f"decoder-{number}", daemon=True) for number, seat in enumerate(self._seats)]
        for thread in self._threads:
            thread.start()

    def submit(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop], *, once: bool = False, urgent: bool = False) -> Future[Decoded]:
        """Decodes in a child; the future raises DecodeError naming the camera.

        Args:
            once: a picture of the past: it is held against no other, and the camera's run goes on beside it.
            urgent: before all that wait.
        """
        task = Task(camera_id, unit, tuple(crops), once, Future())
        with self._changed:
            if self._closing:
                raise DecodeError(f"camera {camera_id}: the decoders are closed")
            queue = self._seat_of(camera_id).waiting if unit.prelude and not once else self._waiting
            (queue.appendleft if urgent else queue.append)(task)
            self._changed.notify_all()
        return task.done

    def decode(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop], *, once: bool = False) -> Decoded:
        """Decodes in a child, before all that waits, and waits for it.

        Raises:
            DecodeError: it does not decode; DecoderCrashed where it took the child with it.
        """
        try:
            return self.submit(camera_id, unit, crops, once=once, urgent=True).result()
        except CancelledError:
            raise DecodeError(f"camera {camera_id}: the decoders are closed") from None

    @property
    def workers(self) -> int:
        """How many pictures are decoded at once."""
        return len(self._seats)

    def gauges(self) -> dict[str, float]:
        """What happened so far, for metrics."""
        counts = self.counts
        return {
            "decoder_pictures": float(counts.decoded), "decoder_refused": float(counts.refused), "decoder_doubted": float(counts.doubted),
            "decoder_crashes": float(counts.crashes), "cameras_set_aside": float(counts.set_aside),
        }  # fmt: skip

    @property
    def pids(self) -> tuple[int, ...]:
        """The children's process ids."""
        return tuple(pid for seat in self._seats if (pid := seat.child.pid) is not None)

    def forget(self, camera_id: str) -> None:
        """Drops what is remembered of a camera that is gone."""
        self._portraits.forget(camera_id)

    def close(self) -> None:
        """Lets what is being decoded finish, drops the rest and ends the children."""
        with self._changed:
            self._closing = True
            dropped = [*self._waiting, *(task for seat in self._seats for task in seat.waiting)]
            self._waiting.clear()
            for seat in self._seats:
                seat.waiting.clear()
            self._changed.notify_all()
        for task in dropped:
            task.done.cancel()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seat_of(self, camera_id: str) -> Seat:
        """The seat that has the camera's run, or the one with the fewest runs."""
        for seat in self._seats:
            if camera_id in seat.runs or any(task.camera_id == camera_id for task in seat.waiting):
                return seat
        return min(self._seats, key=lambda seat: len(seat.runs) + len(seat.waiting))

    def take(self, seat: Seat) -> Task | None:
        """The seat's next task; None where nothing came for a while. Raises EOFError when the pool closes."""
        with self._changed:
            if not self._closing and not seat.waiting and not self._waiting:
                self._changed.wait(IDLE_SECONDS)
            if self._closing:
                raise EOFError
            queue = seat.waiting or self._waiting
            return queue.popleft() if queue else None

    def deadline(self, pictures: int) -> float:
        """Until when a child may work on so many pictures."""
        return time.monotonic() + self._picture_seconds + RUN_PICTURE_SECONDS * (pictures - 1)

    def remembered(self, camera_id: str) -> Sequence[wire.Bytes]:
        """What the check of the picture compares with."""
        return self._portraits.remembered(camera_id)

    def learn(self, camera_id: str, decoded: Decoded, portrait: Portrait, *, seen: bool) -> None:
        """Takes down what a picture looked like."""
        with self._changed:
            self.counts.decoded += 1
            self.counts.doubted += seen
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


@dataclass(slots=True)
class Seat:
    """A thread's place in the pool: its child, the runs that are open in it, the tasks that only it can do."""

    pool: DecoderPool
    child: DecoderProcess
    runs: Runs = field(default_factory=Runs)
    waiting: deque[Task] = field(default_factory=deque)
    failed_seconds: float | None = None
    tidied_seconds: float = 0.0

    def run(self) -> None:
        """The thread's life."""
        try:
            self._restart()
            while True:
                task = self.pool.take(self)
                if task is not None and task.done.set_running_or_notify_cancel():
                    self._do(task)
                if time.monotonic() - self.tidied_seconds >= IDLE_SECONDS:
                    self._tidy()
        except EOFError:
            pass
        finally:
            self.child.end()

    def _do(self, task: Task) -> None:
        try:
            task.done.set_result(self._decoded(task))
        except ChildFault as error:
            self.runs.forget_all()
            self.pool.crashed(task.camera_id, str(error))
            task.done.set_exception(DecoderCrashed(f"camera {task.camera_id}: the decoder {error} on its picture"))
            self._restart()
        except StartFault as error:
            task.done.set_exception(DecodeError(f"camera {task.camera_id}: {error}"))
        except DecodeError as error:
            self.pool.counts.refused += 1
            task.done.set_exception(DecodeError(f"camera {task.camera_id}: {error}"))
        except BaseException as error:
            self.child.kill()  # whatever is left in the pipe is no answer to the next question
            self.runs.forget_all()
            task.done.set_exception(error)

    def _decoded(self, task: Task) -> Decoded:
        if not self.child.alive:
            self._start()
        pictures = pictures_of(task.unit)
        remembered = (b"", b"") if task.once else self.pool.remembered(task.camera_id)
        told: Mapping[str, Any]
        if len(pictures) < 2:
            told, sent = {"do": "key", "gap": task.unit.damaged}, pictures
        elif task.once:
            told, sent = self.runs.once(task.unit, pictures)
        else:
            told, sent = self.runs.request(task.camera_id, task.unit, pictures, time.monotonic())
        body = [*(picture.data for picture in sent), *remembered]
        asked: Mapping[str, Any] = {
            **told,
            "codec": task.unit.codec.value,
            "sizes": [len(part) for part in body],
            "crops": [astuple(crop) for crop in task.crops],
        }
        deadline = self.pool.deadline(max(1, len(sent)))
        heard = self.child.ask(asked, body, deadline)
        if heard.what in wire.PICTURES:
            with self.child.watching():
                decoded, portrait = wire.hear_picture(self.child.pipe, heard, task.crops, deadline)
            if task.once:
                return decoded
            if decoded.damage:
                self.runs.forget(task.camera_id)
            self.pool.learn(task.camera_id, decoded, portrait, seen=heard.what == wire.DOUBTED)
            return decoded
        if heard.what == wire.REFUSED:
            if not task.once:
                self.runs.forget(task.camera_id)
        elif heard.what != wire.NOT_YET:
            raise ChildFault(self.child.told_end(wire.Nonsense("no picture")))
        raise DecodeError(heard.text)

    def _tidy(self) -> None:
        """Closes the runs that nobody looks at, and has a child ready."""
        self.tidied_seconds = time.monotonic()
        if not self.child.alive:
            self._restart()
        over = self.runs.expire(self.tidied_seconds)
        if over and self.child.alive:
            try:
                self.child.ask({"do": "over", "over": over}, (), self.pool.deadline(1))
            except ChildFault as error:
                log.warning("an idle decoder %s; another is started", error)
                self.runs.forget_all()
                self._restart()

    def _restart(self) -> None:
        """Has a child ready; what keeps it from starting is told by the picture that needs it."""
        try:
            self._start()
        except StartFault as error:
            log.error("%s", error)

    def _start(self) -> None:
        now = time.monotonic()
        if self.failed_seconds is not None and now - self.failed_seconds < START_AGAIN_SECONDS:
            raise StartFault("the decoder process did not come up a moment ago")
        self.runs.forget_all()
        try:
            self.child.start()
        except StartFault:
            self.failed_seconds = time.monotonic()
            raise
        self.failed_seconds = None
