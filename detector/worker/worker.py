"""One worker process: hundreds of cameras read, looked at, judged, evidenced and delivered.

What comes of a look is written to the state before anything is built from it, so a packet is neither forgotten nor made for an act that the
state does not know.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from detector.errors import DetectorError
from detector.fleet.spec import SpecError, WatchedCamera, WorkerSpec
from detector.judgement.gate import ChangeGate, GateSettings
from detector.judgement.values import Event
from detector.worker import keeping
from detector.worker.afterwards import bring_again
from detector.worker.assigned import Assigned, Given, Revoked
from detector.worker.ballast import Ballast
from detector.worker.clocks import boot_id, read_wall_state, wall_at
from detector.worker.desk import EvidenceDesk
from detector.worker.diary import Diary, told_of
from detector.worker.enrolment import kept_api_key
from detector.worker.eye import Eye
from detector.worker.folder_lock import locked_folder
from detector.worker.grounds import Grounds
from detector.worker.handover import hand_over
from detector.worker.heads import ChainHeads
from detector.worker.held import HeldEvidence
from detector.worker.last_look import last_look_jpeg, shown_in
from detector.worker.looker import WATCHED_SECONDS, Intervals, Looker
from detector.worker.looks import LookSteps
from detector.worker.mailbox import Mailbox
from detector.worker.masking import Masker
from detector.worker.metrics import WorkerCollector, serve_metrics
from detector.worker.order import PacketOrder
from detector.worker.orders import obey, read_orders
from detector.worker.outbox import ASIDE, Outbox
from detector.worker.registry import ApiClient, Orders, RegistryLine
from detector.worker.report import announcement, camera_status
from detector.worker.roster import Changes, Roster, public_url_of, usable_views
from detector.worker.seen import SeenKeeper
from detector.worker.sender import Sender
from detector.worker.state import StateStore
from detector.worker.suppressed import SuppressedAlarms
from detector.worker.tools import decode_for_zoom, in_children
from detector.worker.violations import order_for
from detector.worker.watched import Watched
from evidence.holidays import known_until_seconds
from evidence.kinds import Kind
from evidence.packet import CameraClock, Clocks, WorkerNamed
from evidence.signing import SigningKey
from evidence.views import ViewDocument
from models.session import open_model
from models.verifier import verifier_of
from streams.camera import CameraStatus
from streams.decoding import ClipWork, Decoded, DecoderPool
from streams.errors import CameraSpecError, StreamsError
from streams.media import AccessUnit
from streams.reader import Reader
from streams.ring import RingNow

log = logging.getLogger(__name__)

SAVE_SECONDS = 1.0
LAST_SAVE_SECONDS = 2.0
"""How long the last write waits for a camera whose look hangs."""
SOFTWARE = "curbwatch"
RETRY_SECONDS = 60.0
"""Between two tries at cameras whose address cannot be used: a file may come back."""
VIEWS_DOCUMENT, ORDERS_DOCUMENT, TAKEN_DOCUMENT = "views", "orders", "orders_taken"
"""Under these names the state remembers the views and the standing orders last heard from the registry, and which of the orders were taken."""


class Worker:
    """A worker by its spec; `run` is its whole life, the constructor does no work."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._wanted: Sequence[WatchedCamera] = spec.cameras
        self._mailbox = Mailbox()
        self._reader = Reader(self._mailbox.put)
        self._orders = Orders()
        self._obeying = threading.Lock()
        self._telling: list[dict[str, Any]] = []
        """Kept-back alarms that the report under way tells."""
        self._save_fails = False
        self._revoked: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set.

        Raises:
            Revoked: the registry gives it nothing any more; what it owed was made and lies in the outbox.
            DetectorError, EvidenceError, ModelError, StreamsError: it cannot begin; what is wrong and what to do, in one line.
        """
        spec = self._spec
        self._roster = Roster(spec)
        where, token = (spec.api_url, spec.token) if spec.registry_url is None else (spec.registry_url, spec.registry_token)
        self._client = None if where is None else ApiClient(where, token or "", spec.name)
        self._assigned: Assigned | None = None
        first = self._take_first() if spec.registry_url is None else None
        decoders = DecoderPool(self._spec.decoder_threads, on_set_aside=self._set_aside)
        with decoders as self._pool, ClipWork(decoders.crashed, folder=self._spec.folder / "held") as self._clip_work, locked_folder(spec.folder):
            if spec.registry_url is not None and self._client is not None:
                self._assigned = Assigned(spec, self._client, self._on_given, self._on_revoked)
                self._wanted = self._assigned.begin().cameras
            self._work(first or self._take_first(), stop)
        if self._revoked is not None:
            raise Revoked(self._revoked)

    def _take_first(self) -> Changes:
        self._taken, self._taken_seconds = self._wanted, time.monotonic()
        return self._roster.take(self._taken)

    def want(self, cameras: Sequence[WatchedCamera]) -> None:
        """Gives the worker another list of cameras; those that stay are read and judged on without a break. On any thread."""
        self._wanted = cameras

    def _work(self, first: Changes, stop: threading.Event) -> None:
        spec = self._spec
        sessions = [open_model(spec.model, provider=spec.provider) for _ in range(max(1, spec.detector_threads))]  # type: ignore[arg-type]
        eyes = [Eye(session, verifier_of(session)) for session in sessions]
        log.info("model %s %s on %s", eyes[0].session.name, eyes[0].session.version, eyes[0].session.provider)
        self._eye = eyes[0]
        self._software_version = version(SOFTWARE)
        self._ballast = Ballast(spec.folder)
        self._ballast.open()
        key = SigningKey.load_or_create(spec.folder / "keys" / "worker.pem")
        self._state = StateStore(spec.folder / "state.sqlite", self._ballast)
        self._state.open()
        self._seen = SeenKeeper(self._state)
        self._suppressed = SuppressedAlarms(self._state)
        self._suppressed.open()
        outbox = Outbox(spec.folder, key=key)
        outbox.open()
        self._outbox = outbox
        held = HeldEvidence(spec.folder / "held", in_children(self._pool, self._clip_work))
        named = WorkerNamed(name=spec.name, key_id=key.key_id, software=SOFTWARE, software_version=self._software_version, boot_id=boot_id())
        masker = Masker(self._eye.session.path, self._eye.session.provider)
        self._desk = EvidenceDesk(held, outbox, key, self._state, named, self._ring_of, wall_at, masker)
        self._line: RegistryLine | None = None
        self._sender = None
        if spec.api_url is not None:
            # That key is of the API where the worker was enrolled, which need not be the one that takes its packets.
            api_key = kept_api_key(spec.folder) if spec.registry_url in (None, spec.api_url) else None
            if api_key is None:
                log.warning("this worker is not enrolled: whose receipts it gets is not checked; enrol it with curbwatch cameras enroll")
            self._sender = Sender(outbox, base_url=spec.api_url, token=spec.token or "", worker=spec.name, key=key, api_key=api_key)
        self._heads = ChainHeads(spec.folder, outbox, key, spec.name)
        self._heads.open(wall_at(time.monotonic()))
        self._take_up(held)
        gate = ChangeGate(GateSettings(enabled=spec.gated))
        self._grounds = Grounds(spec.folder / "grounds")
        self._grounds.open()
        given = (gate, wall_at, self._state, self._order, self._on_judged, decode_for_zoom(self._pool), self._roster.references, self._grounds)
        steps = [LookSteps(eye, *given) for eye in eyes]
        self._steps = steps[0]
        intervals = Intervals(spec.calm_seconds, spec.busy_seconds, spec.suspicious_seconds)
        self._looker = Looker(
            {camera.camera_id: self._roster.watched[camera.camera_id] for camera in first.read}, self._mailbox, steps[0], intervals,
            pool=self._pool, detectors=steps, batch=spec.batch, is_shown=self._is_shown,
        )  # fmt: skip
        stop_metrics = None
        if spec.metrics_port is not None:
            try:
                stop_metrics = serve_metrics(spec.metrics_port, WorkerCollector(self._statuses, self._gauges))
            except OSError as error:
                raise SpecError(f"metrics port {spec.metrics_port}: {error.strerror or error}; name another --metrics-port") from error
        self._obey()
        self._desk.start()
        if self._sender is not None:
            self._sender.start()
        if self._client is not None:
            self._line = RegistryLine(
                self._client, cameras=self._announcements if self._assigned is None else dict, health=self._report, on_views=self._on_views,
                on_orders=self._on_orders, on_standing=self._on_standing, poll_cameras=None if self._assigned is None else self._assigned.poll,
                references=self._roster.references,
            )  # fmt: skip
            self._line.start()
        try:
            with self._reader:
                if self._assigned is not None:
                    self._reader.bound_connects(self._assigned.given.connects)
                for camera in first.read:
                    self._reader.add(camera)
                self._looker.start()
                log.info("worker %s reads %d cameras", spec.name, len(first.read))
                diary = Diary(time.monotonic())
                while not stop.wait(SAVE_SECONDS) and self._revoked is None:
                    self._save()
                    self._seen.tend(self._roster.watched.values(), time.monotonic())
                    self._grounds.keep(time.monotonic())
                    self._keep_roster(time.monotonic())
                    self._heads.tend(wall_at(time.monotonic()))
                    self._ballast.tend(time.monotonic())
                    diary.tell(self._reader.statuses(), self._roster.watched, time.monotonic())
                self._looker.stop()
                self._desk.stop()  # while the rings are still there: what is owed takes its clip from them
        finally:
            if self._line is not None:
                self._line.stop()
            if self._sender is not None:
                self._sender.stop()
            self._desk.stop()
            self._save(wait_seconds=LAST_SAVE_SECONDS)
            self._seen.tend(self._roster.watched.values(), time.monotonic(), all_of_them=True)
            self._grounds.keep(time.monotonic(), everything=True)
            if stop_metrics is not None:
                stop_metrics()
            outbox.close()
            self._state.close()
            self._ballast.close()

    def _set_aside(self, camera_id: str, reason: str) -> None:
        """A camera whose pictures break decoders."""
        log.warning("camera %s is set aside: %s", camera_id, reason)
        with suppress(KeyError, StreamsError):  # it may have left
            self._reader.refuse(camera_id, reason)

    # Which cameras, judged on which picture

    def _on_given(self, given: Given) -> None:
        """The registry has changed; on the line's thread."""
        with suppress(StreamsError):  # it is ending
            self._reader.bound_connects(given.connects)
        self._wanted = given.cameras

    def _on_revoked(self, why: str) -> None:
        self._revoked = why

    def _keep_roster(self, now: float) -> None:
        """Takes up a changed list of cameras, and each minute tries again those whose address could not be used."""
        if self._wanted is self._taken and not (self._roster.refused and now - self._taken_seconds > RETRY_SECONDS):
            return
        wanted = self._wanted
        try:
            changes = self._roster.take(wanted)
        except CameraSpecError as error:
            if wanted is not self._taken:
                log.error("the new list of cameras is not taken: %s", error)
            changes = Changes()
        self._taken, self._taken_seconds = wanted, now
        for camera_id in changes.left:
            self._looker.remove(camera_id)
            self._reader.remove(camera_id)
        self._grounds.forget(changes.left)
        for watched in changes.joined:
            keeping.take_up(self._state, watched, now, wall_at(now))
        self._seen.take_up(changes.joined)
        for camera in changes.read:
            self._reader.add(camera)
            self._looker.add(self._roster.watched[camera.camera_id])
        if changes != Changes():
            log.info("worker %s: %s", self._spec.name, changes)
            self._obey()

    def _take_up(self, held: HeldEvidence) -> None:
        """Goes on where the last run stopped: views heard, stays, packets owed."""
        self._roster.put_in_force(usable_views(self._state.document(VIEWS_DOCUMENT) or []))
        now, kept = time.monotonic(), self._state.stay_ids()
        for watched in self._roster.watched.values():
            keeping.take_up(self._state, watched, now, wall_at(now))
            kept |= {stay.stay_id for stay in watched.state.stays}
        self._seen.take_up(self._roster.watched.values())
        for debt in self._state.debts():
            self._desk.owe(debt)
        held.sweep(kept, self._spec.folder / ASIDE / "held", self._state.unreadable())
        self._standing = read_orders(self._state.document(ORDERS_DOCUMENT) or [])
        self._taken_orders = set(self._state.document(TAKEN_DOCUMENT) or [])

    def _on_standing(self, items: Sequence[Any]) -> None:
        self._standing = read_orders(items)
        self._state.remember(ORDERS_DOCUMENT, list(items))
        self._obey()

    def _obey(self) -> None:
        """Puts the standing orders in force for the cameras that are watched now."""
        with self._obeying:
            before, watched = set(self._taken_orders), dict(self._roster.watched)
            for camera_id in obey(self._standing, watched, self._taken_orders, wall_at(time.monotonic()), self._state.appearance):
                self._looker.hurry(camera_id)
            if self._taken_orders != before:
                self._state.remember(TAKEN_DOCUMENT, sorted(self._taken_orders))

    def _on_views(self, documents: Sequence[ViewDocument]) -> None:
        self._roster.put_in_force(documents)
        self._state.remember(VIEWS_DOCUMENT, [document.to_json() for document in documents])

    # What comes of a look

    def _on_judged(self, watched: Watched, unit: AccessUnit, decoded: Decoded, events: Sequence[Event], owed: Sequence[tuple[Event, PacketOrder]]) -> None:
        for event in events:
            told_of(watched.camera.camera_id, event)
        try:
            hand_over(self._desk, watched.camera.camera_id, unit, wall_at(unit.arrival_seconds), events)
        finally:
            for _, order in owed:
                self._desk.owe(order.to_debt())
        if watched.camera.sub_url is not None:
            self._choose_stream(watched, unit, decoded)
        self._show(watched, unit, decoded)

    def _choose_stream(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> None:
        """Opens the main stream of a camera with two at suspicion, or where the small one shows too little; closes it when it is not needed any more."""
        camera_id, session = watched.camera.camera_id, self._eye.session
        before = watched.streams
        watched.streams = before.after_look(
            unit.arrival_seconds, (decoded.width, decoded.height), suspicious=watched.suspicious, rectangle=self._steps.rectangle(watched),
            input_size=(session.input_width_px, session.input_height_px),
        )  # fmt: skip
        if watched.streams.main != before.main:
            log.info("camera %s: %s", camera_id, "its main stream is opened" if watched.streams.main else "its small stream is looked at again")
        with suppress(KeyError, StreamsError):  # it may have left
            if watched.streams.main:
                self._reader.open_main(camera_id)  # also where it is wanted already: the camera may have been added anew
            elif before.main:
                self._reader.close_main(camera_id)

    def _order(self, watched: Watched, unit: AccessUnit, event: Event, kind: Kind) -> PacketOrder:
        status = self._reader.statuses().get(watched.camera.camera_id)  # a camera may leave while it is looked at
        camera_clock = CameraClock(unix_seconds=unit.camera_unix_seconds, offset_seconds=None if status is None else status.clock_offset_seconds)
        clocks = Clocks(kind="system", arrival=read_wall_state().named, camera=camera_clock)
        ready = unit.arrival_seconds + (self._spec.tail_seconds if event.name == "confirmed" else 0.0)
        return order_for(
            event, kind, watched.document, watched.catalogue, watched.named, self._eye.named, clocks, ready,
            look_seconds=unit.arrival_seconds, look_wall=wall_at(unit.arrival_seconds), others=watched.state.stays,
            aspect=watched.aspect,
        )  # fmt: skip

    def _ring_of(self, camera_id: str) -> RingNow:
        return self._reader.ring(camera_id).now()

    def _save(self, *, wait_seconds: float = 0.0) -> None:
        """Writes what the cameras remember; a failure is logged once per outage, and all of it is tried again."""
        dirty = [watched for watched in self._roster.watched.values() if watched.dirty]
        if not dirty:
            return
        try:
            keeping.keep(self._state, dirty, wait_seconds=wait_seconds)
        except DetectorError as error:
            if not self._save_fails:
                log.error("what the cameras remember cannot be written: %s; looking goes on, trying again", error)
            self._save_fails = True
        else:
            if self._save_fails:
                log.warning("what the cameras remember is written again")
            self._save_fails = False

    # What people and programs are told

    def _is_shown(self, camera_id: str) -> bool:
        return camera_id in self._orders.last_look

    def _on_orders(self, orders: Orders) -> None:
        self._orders = orders
        self._suppressed.told(self._telling)
        if self._spec.registry_url in (None, self._spec.api_url):  # else it is not the API that has the packets
            bring_again(self._outbox, orders.restores)
        for camera_id in orders.last_look:
            self._looker.hurry(camera_id)

    def _show(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> None:
        if self._client is None or len(decoded.crops) < 2 or unit.arrival_seconds - watched.last_shown_seconds < WATCHED_SECONDS - 0.5:
            return
        shown = shown_in(decoded) if self._is_shown(watched.camera.camera_id) else None
        jpeg = None if shown is None else last_look_jpeg(shown.pixels, watched.things)
        if jpeg is not None and self._line is not None:
            watched.last_shown_seconds = unit.arrival_seconds
            self._line.show(watched.camera.camera_id, jpeg, wall_at(unit.arrival_seconds))

    def _announcements(self) -> Mapping[str, Mapping[str, Any]]:
        watched = self._roster.watched
        return {camera_id: announcement(one, public_url_of(one.camera), self._spec.name) for camera_id, one in watched.items()}

    def _statuses(self) -> dict[str, dict[str, Any]]:
        read: Mapping[str, CameraStatus] = {**self._reader.statuses(), **self._roster.refused}
        now = time.monotonic()
        return {camera_id: camera_status(watched, read.get(camera_id), self._looker.lag(camera_id), now) for camera_id, watched in self._roster.watched.items()}

    def _health(self) -> dict[str, Any]:
        return {"cameras": self._statuses(), "software_version": self._software_version, "gauges": self._gauges(), "head": self._heads.newest}

    def _report(self) -> dict[str, Any]:
        """On the line's thread: the health, and what was kept back since the API heard of it last."""
        self._telling = self._suppressed.collect(watched.hush for watched in self._roster.watched.values())
        return {**self._health(), "suppressed": self._telling}

    def _gauges(self) -> dict[str, float]:
        statuses = self._reader.statuses().values()
        return {
            "cameras": float(len(self._roster.watched)),
            "cameras_live": float(sum(status.sound for status in statuses)),
            "reader_tasks": float(self._reader.tasks),
            "ring_bytes": float(self._reader.ring_bytes),
            "ballast_bytes": float(self._ballast.held_bytes),
            "keyframes_replaced": float(self._mailbox.replaced),
            "stays_suspected": float(sum(watched.suspicious for watched in self._roster.watched.values())),
            **({} if self._assigned is None else self._assigned.gauges),
            **self._pool.gauges(),
            "alarms_untold": float(self._suppressed.waiting),
            "holidays_known_until_seconds": known_until_seconds(),
            **self._desk.gauges(),
            **self._outbox.gauges(),
        }
