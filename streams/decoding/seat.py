"""A decoder's place in the pool: the thread that feeds one child process, turn by turn."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from streams.decoding import wire
from streams.decoding.process import ChildFault, DecoderProcess, StartFault
from streams.decoding.queues import Queue, Task, Turns
from streams.decoding.runs import NoRoom, Runs
from streams.decoding.values import Decoded
from streams.decoding.whole import CodedPicture, pictures_of
from streams.errors import DecodeError, DecoderCrashed

if TYPE_CHECKING:
    from streams.decoding.pool import DecoderPool

log = logging.getLogger(__name__)

IDLE_SECONDS = 5.0
START_AGAIN_SECONDS = 5.0
WAITING_COSTS = 0.25
"""What a turn's time counts at least, beside the CPU time in it: a child that sleeps holds its place too, but a machine out of breath is no camera's fault."""


@dataclass(slots=True)
class Seat:
    """A thread's place in the pool: its child, the runs that are open in it, the tasks that only it can do."""

    pool: DecoderPool
    child: DecoderProcess
    runs: Runs = field(default_factory=Runs)
    waiting: Queue = field(default_factory=Queue)
    turns: Turns = field(default_factory=Turns)
    contended: bool = False
    """Whether both sorts waited when the task that it works on was taken."""
    failed_seconds: float | None = None
    tidied_seconds: float = 0.0

    def run(self) -> None:
        """The thread's life."""
        try:
            self._restart()
            while True:
                task = self.pool.take(self)
                if task is not None and (task.begun or task.done.set_running_or_notify_cancel()):
                    task.begun = True
                    self._do(task)
                if time.monotonic() - self.tidied_seconds >= IDLE_SECONDS:
                    self._tidy()
        except EOFError:
            pass
        finally:
            self.child.end()

    def _do(self, task: Task) -> None:
        try:
            decoded = self._turn(task)
            if decoded is None:
                self.pool.go_on(self, task)
            else:
                task.done.set_result(decoded)
        except ChildFault as error:
            self.runs.forget_all()
            self.pool.crashed(task.camera_id, str(error))
            task.done.set_exception(DecoderCrashed(f"camera {task.camera_id}: the decoder {error} on its picture"))
            self._restart()
        except StartFault as error:
            task.done.set_exception(DecodeError(f"camera {task.camera_id}: {error}"))
        except DecodeError as error:
            if task.once:
                self.runs.forget(task.run)
            self.pool.counts.refused += not isinstance(error, NoRoom)
            task.done.set_exception(DecodeError(f"camera {task.camera_id}: {error}"))
        except BaseException as error:
            self.child.kill()  # whatever is left in the pipe is no answer to the next question
            self.runs.forget_all()
            task.done.set_exception(error)

    def _turn(self, task: Task) -> Decoded | None:
        """A turn of the child for a task; None where it needs more of them."""
        if not self.child.alive:
            self._start()
        began, cpu_before = time.monotonic(), self.child.cpu_seconds
        try:
            return self._decoded(task, began)
        finally:
            seconds, cpu_after = time.monotonic() - began, self.child.cpu_seconds
            cost = seconds if cpu_before is None or cpu_after is None else max(cpu_after - cpu_before, WAITING_COSTS * seconds)
            self.pool.took(self, task, seconds, cost)

    def _decoded(self, task: Task, now: float) -> Decoded | None:
        remembered = (b"", b"") if task.once else self.pool.remembered(task.camera_id)
        told: Mapping[str, Any] = {"do": "key", "gap": task.unit.damaged, "coarse": self.pool.coarse(task.camera_id, task.unit, task.crops)}
        sent: Sequence[CodedPicture]
        if task.whole:
            asked = self.runs.request(task.run, task.unit, now, once=task.once)
            told, sent, more = asked.told, asked.pictures, asked.more
        else:
            sent, more = pictures_of(task.unit), False
        body = [*(picture.data for picture in sent), *remembered]
        head: Mapping[str, Any] = {
            **told,
            "codec": task.unit.codec.value,
            "sizes": [len(part) for part in body],
            "crops": [astuple(crop) for crop in task.crops],
        }
        deadline = self.pool.deadline(max(1, len(sent)))
        heard = self.child.ask(head, body, deadline)
        if heard.what in wire.PICTURES:
            with self.child.watching():
                decoded, portrait = wire.hear_picture(self.child.pipe, heard, task.crops, deadline)
            if task.once:
                return decoded
            if decoded.damage:
                self.runs.forget(task.run)
            self.pool.learn(task.camera_id, task.unit.parameter_sets, decoded, portrait, seen=heard.what == wire.DOUBTED)
            return decoded
        if heard.what == wire.DONE and more:
            return None
        if heard.what == wire.REFUSED:
            self.runs.forget(task.run)
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
