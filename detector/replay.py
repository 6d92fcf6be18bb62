"""Recorded video through the same eye, rules and evidence as a live camera; the clock is the video's own time (`media`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from detector.errors import DetectorError
from detector.fleet.spec import WatchedCamera
from detector.judgement.gate import ChangeGate, GateSettings
from detector.judgement.rules import mean_score
from detector.judgement.values import Box, Event
from detector.scene.scene import Scene
from detector.seeing import Seeing
from detector.worker import keeping
from detector.worker.clocks import boot_id
from detector.worker.desk import EvidenceDesk
from detector.worker.eye import Eye
from detector.worker.handover import hand_over
from detector.worker.held import HeldEvidence
from detector.worker.looks import LookSteps
from detector.worker.masking import Masker
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.references import References
from detector.worker.state import StateStore
from detector.worker.tools import in_children
from detector.worker.violations import order_for
from detector.worker.watched import Watched
from evidence.kinds import Kind, load_catalogue
from evidence.packet import Clocks, Grade, WorkerNamed
from evidence.signing import SigningKey
from evidence.views import whole_view
from streams.decoding import ClipWork, Decoded, DecoderPool
from streams.errors import DecodeError
from streams.media import AccessUnit
from streams.recorded import read_access_units
from streams.ring import Ring

log = logging.getLogger(__name__)

TAIL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation that was found in a recording.

    Attributes:
        first_seen, confirmed_at: seconds of the video.
        xyxy: pixels of the picture (`width` x `height`).
        score: mean of the looks that saw it.
    """

    kind: str
    camera: str
    place: dict[str, object]
    first_seen: float
    confirmed_at: float
    xyxy: Box
    width: int
    height: int
    score: float
    grade: Grade
    act_id: str


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """How a recording is looked at.

    Attributes:
        look_seconds: between two looks, in seconds of video.
        gated: whether still pictures may pass the change gate.
        real_time: at the pace at which it was recorded, else as fast as can be.
        began: wall time of the video's first picture.
    """

    camera_id: str
    began: datetime
    look_seconds: float = 2.0
    gated: bool = True
    real_time: bool = False


class Replay:
    """One recording's way through eye, rules and evidence.

    Attributes:
        looks, unchanged, withheld: looks that were judged, those at a picture in which nothing had changed, and those that were not judged.
        undecodable: looks at a picture that could not be decoded whole.
        seconds: of the video, so far.
        seeing: what was wrong with the pictures, and when zones were suspended.
    """

    def __init__(self, eye: Eye, settings: ReplaySettings, scene: Scene | None, folder: Path) -> None:
        self._settings, self._folder, self._eye = settings, folder, eye
        catalogue = load_catalogue() if scene is None else scene.catalogue(load_catalogue())
        views = (() if scene is None else scene.views_of(settings.camera_id)) or (whole_view(settings.camera_id),)
        self._watched = Watched.of(WatchedCamera(settings.camera_id, ""), catalogue, *views, rules=None if scene is None else scene.picture)
        self._references = References(folder, None if scene is None else Path(scene.where))
        self._ring = Ring()
        self._found: list[Violation] = []
        self.looks = self.unchanged = self.withheld = self.undecodable = 0
        self.seeing = Seeing()
        self.seconds = 0.0

    def run(self, video: Path, progress: Callable[[float], None] = lambda _: None) -> Iterator[Violation]:
        """Yields each violation as it is confirmed; evidence packets lie in the folder's outbox afterwards, and of what became none nothing is kept.

        Raises:
            RecordedFileError: the video cannot be read.
            DetectorError: the folder cannot be written.
        """
        self._state = StateStore(self._folder / "state.sqlite")
        self._state.open()
        key = SigningKey.load_or_create(self._folder / "keys" / "worker.pem")
        outbox = Outbox(self._folder, key=key)
        outbox.open()
        named = WorkerNamed(name="replay", key_id=key.key_id, software="curbwatch", software_version=version("curbwatch"), boot_id=boot_id())
        pool = DecoderPool(1)
        clips = ClipWork(pool.crashed, folder=self._folder / "held")
        held = HeldEvidence(self._folder / "held", in_children(pool, clips))
        self._decode = pool.decode
        masker = Masker(self._eye.session.path, self._eye.session.provider)
        self._desk = EvidenceDesk(held, outbox, key, self._state, named, lambda _: self._ring.now(), self._wall_at, masker)
        steps = LookSteps(
            self._eye, ChangeGate(GateSettings(enabled=self._settings.gated)), self._wall_at, self._state, self._order, self._on_judged, pool.decode,
            self._references,
        )  # fmt: skip
        began, due = time.monotonic(), 0.0
        try:
            for unit in read_access_units(video):
                self.seconds = unit.arrival_seconds
                if self._settings.real_time:
                    time.sleep(max(0.0, began + unit.arrival_seconds - time.monotonic()))
                self._ring.push(unit)
                if unit.keyframe and unit.arrival_seconds >= due:
                    due = unit.arrival_seconds + self._settings.look_seconds - 0.001
                    self._look(steps, unit)
                    progress(unit.arrival_seconds)
                    self._desk.run_pending(unit.arrival_seconds)
                yield from self._take_found()
            if self._watched.dirty:
                keeping.keep(self._state, [self._watched])  # a disk that took nothing to the end is an error, not a street without violations
            self._desk.run_pending(self.seconds, force=True)
        finally:
            clips.close()
            pool.close()
            self._let_go(held)
            outbox.close()
            self._state.close()
        self.looks, self.unchanged, self.withheld = self._watched.looks, self._watched.unchanged, self._watched.withheld
        self.undecodable = self._watched.undecodable

    def _let_go(self, held: HeldEvidence) -> None:
        """Removes the pictures and clips that were held back, but for those of a packet that could not be made and is still owed: nobody goes on with a
        recording that is over.
        """
        try:
            held.clear({PacketOrder.from_json(debt.body).stay.stay_id for debt in self._state.debts()})
        except DetectorError as error:
            log.warning("%s: what was held back stays there: %s", self._folder / "held", error)

    def _look(self, steps: LookSteps, unit: AccessUnit) -> None:
        try:
            decoded = self._decode(self._settings.camera_id, unit, steps.crops(self._watched, at_seconds=unit.arrival_seconds))
        except DecodeError:
            self._watched.undecodable += 1
            return
        if steps.passes_gate(self._watched, unit, decoded):
            (found,) = self._eye.detect(decoded.crops[:1])
            steps.judge(self._watched, unit, decoded, found)
        self.seeing.take(self._watched, unit.arrival_seconds)

    def _take_found(self) -> Iterator[Violation]:
        found, self._found = self._found, []
        yield from found

    def _on_judged(self, watched: Watched, unit: AccessUnit, decoded: Decoded, events: Sequence[Event], owed: Sequence[tuple[Event, PacketOrder]]) -> None:
        hand_over(self._desk, watched.camera.camera_id, unit, self._wall_at(unit.arrival_seconds), events)
        for _, order in owed:
            self._desk.owe(order.to_debt())
        self._found += [self._violation(event, order, unit, decoded) for event, order in owed if event.name == "confirmed"]

    def _violation(self, event: Event, order: PacketOrder, unit: AccessUnit, decoded: Decoded) -> Violation:
        kind = self._watched.catalogue.kind(event.kind)
        assert kind is not None  # the order was made of it
        x0, y0, x1, y1 = (round(v * side, 1) for v, side in zip(event.stay.xyxy, (decoded.width, decoded.height) * 2, strict=True))
        place: dict[str, object] = (
            {} if order.place is None else {"zone_ids": list(order.place.zone_ids), "line_id": order.place.line_id, "shop": order.place.shop}
        )
        return Violation(
            event.kind, self._settings.camera_id, place, round(event.stay.first_seconds, 2), round(unit.arrival_seconds, 2), (x0, y0, x1, y1),
            decoded.width, decoded.height, round(mean_score(kind, event.stay), 4), order.grade, order.act_id,
        )  # fmt: skip

    def _order(self, watched: Watched, unit: AccessUnit, event: Event, kind: Kind) -> PacketOrder:
        ready = unit.arrival_seconds + (TAIL_SECONDS if event.name == "confirmed" else 0.0)
        return order_for(
            event, kind, watched.document, watched.catalogue, watched.named, self._eye.named, Clocks(kind="media"), ready,
            look_seconds=unit.arrival_seconds, look_wall=self._wall_at(unit.arrival_seconds), others=watched.state.stays,
            aspect=watched.aspect,
        )  # fmt: skip

    def _wall_at(self, seconds: float) -> datetime:
        return self._settings.began + timedelta(seconds=seconds)
