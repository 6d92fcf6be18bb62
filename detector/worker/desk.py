"""The evidence desk: holds back what may become evidence, and makes packets of what is owed.

Whoever judges only queues here. One thread brings pictures and clips to the disk, since the ring forgets within seconds; another makes packets of what is
owed, since an H.264 copy takes as long as it takes. A failing packet is tried again later and stops no other.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from detector.errors import DetectorError
from detector.worker.files import DiskFault, remove_folder
from detector.worker.held import HeldEvidence, Picture
from detector.worker.made import FOLDER, make_room
from detector.worker.masking import Masker
from detector.worker.order import OrderFault, PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.packets import NothingHeld, Prepared, prepare
from detector.worker.state import Debt, StateStore, is_full
from detector.worker.value import value_of
from evidence.named import weight_in
from evidence.packet import Chain, Phase, SignedManifest, WorkerNamed
from evidence.signing import SigningKey
from streams.backoff import Backoff
from streams.errors import StreamsError
from streams.media import AccessUnit
from streams.ring import RING_SECONDS, RingNow

log = logging.getLogger(__name__)

PERIOD_SECONDS = 0.2
TAIL_SLACK_SECONDS = 1.0
"""How much later than its tail's end a clip may run."""
OTHER_CLOCK_SECONDS = 600.0
"""A tail that ends further ahead than this was ordered on another clock, and is not waited for."""
AGAIN = Backoff(first_seconds=5.0, most_seconds=300.0)
HOLD_AGAIN_SECONDS = 5.0
NO_RING = RingNow(0, ())
STUCK_BYTES = 64 * 1024 * 1024
"""Of pictures that a full disk did not take and that wait in memory; beyond it the oldest are given up."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to hold, or a stay to drop."""

    stay_id: str
    what: str
    bytes: int
    work: Callable[[], None]


@dataclass(slots=True)
class Owed:
    """A debt and how it fares."""

    order: PacketOrder
    failures: int = 0
    next_try_seconds: float = 0.0
    clip_tried: bool = False
    session: int | None = None
    """Of the ring that its clip was taken from at once."""


class EvidenceDesk:
    """Takes orders from any thread. Times are seconds of the arrival clock."""

    def __init__(
        self,
        held: HeldEvidence,
        outbox: Outbox,
        key: SigningKey,
        state: StateStore,
        worker: WorkerNamed,
        ring_of: Callable[[str], RingNow],
        wall_of: Callable[[float], datetime],
        masker: Masker | None = None,
    ) -> None:
        self._held, self._outbox, self._key, self._state, self._worker = held, outbox, key, state, worker
        self._ring_of, self._wall_of, self._masker = ring_of, wall_of, masker
        self._tasks: deque[Task] = deque()
        self._stuck: list[Task] = []
        self._hold_again_seconds = 0.0
        self._given_up = 0
        self._owed: dict[str, Owed] = {}
        self._over: set[str] = set()
        self._lock = threading.Lock()
        """Guards the lists."""
        self._holding = threading.RLock()
        """Guards the folder of held evidence while something is written or removed."""
        self._making = threading.Lock()
        """One packet at a time."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    # What whoever judges calls; cheap

    def hold_suspected(self, camera_id: str, stay_id: str, unit: AccessUnit, wall: datetime) -> None:
        """At first suspicion: the picture, and the ring as it is now."""
        ring = self._ring(camera_id).units
        self._queue(stay_id, "the first picture", unit.size_bytes, lambda: self._held.hold_keyframe(stay_id, "first", unit, wall))
        if any(one.keyframe or one.recovery for one in ring):
            size, start = sum(one.size_bytes for one in ring), unit.arrival_seconds - RING_SECONDS
            hold = partial(self._held.hold_clip, stay_id, "suspected", ring, self._wall_of, camera_id=camera_id, requested_start_seconds=start)
            self._queue(stay_id, "the clip at suspicion", size, hold)

    def hold_picture(self, stay_id: str, which: Picture, unit: AccessUnit, wall: datetime) -> None:
        """Keeps one picture of the stay."""
        self._queue(stay_id, f"the {which} picture", unit.size_bytes, lambda: self._held.hold_keyframe(stay_id, which, unit, wall))

    def drop(self, stay_id: str) -> None:
        """The stay ended innocent: what is held of it goes, once nothing is owed of it any more."""
        self._queue(stay_id, "the end", 0, lambda: self._over.add(stay_id))

    def owe(self, debt: Debt) -> None:
        """Takes over a debt that lies in the state. The ring as it is now is held at once: camera or worker may go before its tail is there."""
        try:
            order = PacketOrder.from_json(debt.body)
        except OrderFault as error:
            log.error("camera %s: %s; it stays in the state", debt.camera_id, error)
            return
        owed, (session, ring) = Owed(order), self._ring_at(order)
        owed.session = session if ring else None
        with self._lock:
            if self._owed.setdefault(debt.key, owed) is not owed:
                return
        if ring:
            self._queue_clip(order, ring)

    def gauges(self) -> dict[str, float]:
        """What waits, for metrics."""
        with self._lock:
            failing = sum(owed.failures > 0 for owed in self._owed.values())
            return {
                "packets_owed": float(len(self._owed)),
                "packets_failing": float(failing),
                "held_waiting": float(len(self._tasks) + len(self._stuck)),
                "held_given_up": float(self._given_up),
            }

    # What the desk's threads do

    def start(self) -> None:
        """Begins to work on threads of its own."""
        self._stopping.clear()
        loops = {"evidence-holder": self._hold_due, "evidence-maker": self.run_pending}
        self._threads = [threading.Thread(target=self._run, args=(work,), name=name, daemon=True) for name, work in loops.items()]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Holds what is queued and the clips of what is owed, then ends; packets that are not made stay owed in the state."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._hold_due(time.monotonic(), force=True)

    def run_pending(self, now_seconds: float, *, force: bool = False) -> int:
        """Works off what is queued and owed; the number of packets that went into the outbox.

        Args:
            force: takes the ring as it is for a clip whose tail is not there yet, and tries again what failed a moment ago.
        """
        put = 0
        with self._making:
            self._hold_due(now_seconds, force=force)
            for owed in self._all_owed():
                if self._is_due(owed, now_seconds, force=force):
                    put += self._try(owed, now_seconds, force=force)
                if self._stopping.is_set() and not force:
                    break
            self._drop_over()
        return put

    def _run(self, work: Callable[[float], object]) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            try:
                work(time.monotonic())
            except Exception:
                log.exception("the evidence desk stumbled; it goes on")

    def _hold_due(self, now: float, *, force: bool = False) -> None:
        """Brings to the disk what is queued, and the clips whose tail is there."""
        with self._holding:
            self._hold_queued(now, force=force)
            for owed in self._all_owed():
                if not owed.clip_tried and (force or self._is_ready(owed.order, now)):
                    self._hold_clip(owed, now)

    def _queue(self, stay_id: str, what: str, size: int, work: Callable[[], None]) -> None:
        with self._lock:
            self._tasks.append(Task(stay_id, what, size, work))

    def _all_owed(self) -> list[Owed]:
        with self._lock:
            return list(self._owed.values())

    def _hold_queued(self, now: float, *, force: bool) -> None:
        """Does what is queued; what the disk did not take is tried again some seconds later, within a bound of bytes."""
        waiting: list[Task] = []
        with self._lock:
            if self._stuck and (force or now >= self._hold_again_seconds or self._hold_again_seconds - now > 2 * HOLD_AGAIN_SECONDS):
                waiting, self._stuck = self._stuck, []
            waiting += self._tasks
            self._tasks.clear()
        stuck: list[Task] = []
        for task in waiting:
            try:
                task.work()
            except DiskFault as error:
                if not stuck and not self._stuck:
                    log.error("held evidence waits in memory: %s", error)
                stuck.append(task)
            except Exception as error:  # whatever one picture does, the next ones are held
                log.warning("stay %s: %s cannot be held: %s", task.stay_id, task.what, _line(error))
        if stuck:
            with self._lock:
                self._stuck += stuck
                self._hold_again_seconds = now + HOLD_AGAIN_SECONDS
                while sum(task.bytes for task in self._stuck) > STUCK_BYTES:
                    given_up = self._stuck.pop(0)
                    self._given_up += 1
                    log.error("stay %s: %s is given up, the disk takes nothing", given_up.stay_id, given_up.what)

    def _is_due(self, owed: Owed, now: float, *, force: bool) -> bool:
        order = owed.order
        if any(other is not owed and other.order.stay.stay_id == order.stay.stay_id for other in self._before(owed)):
            return False  # the end of an act waits for its beginning: it takes the held pictures with it
        if force:
            return True
        if any(task.stay_id == order.stay.stay_id for task in self._stuck):
            return False
        return self._is_ready(order, now) and (now >= owed.next_try_seconds or owed.next_try_seconds - now > 2 * AGAIN.most_seconds)

    def _is_ready(self, order: PacketOrder, now: float) -> bool:
        ahead = order.ring_ready_seconds - now
        return ahead <= 0 or ahead > OTHER_CLOCK_SECONDS or order.boot_id != self._worker.boot_id

    def _before(self, owed: Owed) -> list[Owed]:
        everything = self._all_owed()
        return everything[: next((index for index, one in enumerate(everything) if one is owed), 0)]

    def _try(self, owed: Owed, now: float, *, force: bool) -> bool:
        order = owed.order
        try:
            is_new = False
            if not self._outbox.holds(order.packet_id):
                self._hold_due(now, force=force)
                is_new = self._make(order)
            self._state.settle(order.key)
        except Exception as error:  # whatever one packet does, the others are made
            owed.failures += 1
            has_room = is_full(error) and self._make_room(order)
            owed.next_try_seconds = now + (0.0 if has_room else AGAIN.pause(owed.failures, random.random()))
            if owed.failures & (owed.failures - 1) == 0:  # the 1st, 2nd, 4th, 8th … time
                log.error(
                    "camera %s: the %s packet of %s is not made (try %d, goes on): %s",
                    order.camera.id, order.phase.value, order.act_id, owed.failures, _line(error),
                )  # fmt: skip
            return False
        with self._lock:
            self._owed.pop(order.key, None)
        if order.phase is Phase.ENDED:
            self._over.add(order.stay.stay_id)
        return is_new

    def _make_room(self, order: PacketOrder) -> bool:
        """Lets a packet that was delivered, or one that is worth less, give way; whether there was one."""
        try:
            worth = value_of(order.grade.value, order.phase.value, order.mean_score, weight_in(order.rule.thresholds))
            return self._outbox.room.make(worth, time.time())
        except DetectorError as error:
            log.warning("%s", error)
            return False

    def _make(self, order: PacketOrder) -> bool:
        workspace = self._held.folder(order.stay.stay_id) / f"{FOLDER}{order.phase.value}"
        make_room(workspace.parent.parent, workspace)
        try:
            try:
                prepared = prepare(order, self._held, self._worker, workspace, self._masker)
            except NothingHeld:
                self._hold_what_is_there(order)
                prepared = prepare(order, self._held, self._worker, workspace, self._masker)
            return self._outbox.put(order.packet_id, lambda chain: self._signed(prepared, chain), prepared.files)
        finally:
            remove_folder(workspace)

    def _signed(self, prepared: Prepared, chain: Chain) -> SignedManifest:
        document = prepared.manifest(chain).to_json()
        return SignedManifest(manifest=document, signature=self._key.sign(document))

    def _hold_clip(self, owed: Owed, now: float) -> None:
        """Freezes the ring with its tail, in place of the clip without one, if it is still the ring of before: the same session of the same stream."""
        order = owed.order
        owed.clip_tried = True
        if order.phase is not Phase.CONFIRMED:
            return
        (session, ring), held = self._ring_at(order), [clip for clip in self._held.clips(order.stay.stay_id) if clip.which == "confirmed"]
        if ring and (not held or (session == owed.session and ring[0].arrival_seconds <= max(clip.end_seconds for clip in held) < ring[-1].arrival_seconds)):
            self._queue_clip(order, ring)
            self._hold_queued(now, force=False)
        elif not held:
            log.warning("camera %s: the pictures at the confirmation of %s are gone; the packet goes without that clip", order.camera.id, order.act_id)

    def _ring_at(self, order: PacketOrder) -> tuple[int, tuple[AccessUnit, ...]]:
        """The ring's session, and its pictures if it shows the moment of a confirmation: on this boot's clock, and reaching back far enough. Else nothing."""
        now = self._ring(order.camera.id)
        ring = now.units
        if order.phase is not Phase.CONFIRMED or order.boot_id != self._worker.boot_id or not ring or ring[0].arrival_seconds > order.ring_ready_seconds:
            return now.session, ()
        return now.session, tuple(unit for unit in ring if unit.arrival_seconds <= order.ring_ready_seconds + TAIL_SLACK_SECONDS)

    def _queue_clip(self, order: PacketOrder, units: tuple[AccessUnit, ...]) -> None:
        stay_id, size, start = order.stay.stay_id, sum(unit.size_bytes for unit in units), order.ring_ready_seconds - RING_SECONDS
        hold = partial(self._held.hold_clip, stay_id, "confirmed", units, self._wall_of, camera_id=order.camera.id, requested_start_seconds=start)
        self._queue(stay_id, "the clip at confirmation", size, hold)

    def _hold_what_is_there(self, order: PacketOrder) -> None:
        """All that was held is lost: what the camera shows now, which says itself when it was, is better than no packet."""
        ring, stay_id = self._ring(order.camera.id).units, order.stay.stay_id
        newest = next((unit for unit in reversed(ring) if unit.keyframe), None)
        if newest is None:
            return
        if order.phase is Phase.ENDED:
            self._held.hold_keyframe(stay_id, "gone", newest, self._wall_of(newest.arrival_seconds))
        else:
            self._held.hold_clip(stay_id, "confirmed", ring, self._wall_of, camera_id=order.camera.id)

    def _ring(self, camera_id: str) -> RingNow:
        try:
            return self._ring_of(camera_id)
        except (KeyError, StreamsError):
            return NO_RING  # the camera has left

    def _drop_over(self) -> None:
        """Removes what is held of stays that are over and of which nothing is owed."""
        owed = {one.order.stay.stay_id for one in self._all_owed()}
        for stay_id in [one for one in self._over if one not in owed]:
            with self._lock:
                self._stuck = [task for task in self._stuck if task.stay_id != stay_id]
            try:
                with self._holding:
                    self._held.drop(stay_id)
            except DiskFault as error:
                log.warning("%s", error)
            self._over.discard(stay_id)


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
