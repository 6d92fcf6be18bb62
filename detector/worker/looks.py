"""Looking: a keyframe is decoded, measured, gated, detected and judged. `LookSteps` is one look's way, called on whatever thread; the same steps serve live
cameras, of which a `Looker` runs many (looker.py), and recordings.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.ground.telling import closer_look
from detector.judgement.confirmation import put_off, with_zoom
from detector.judgement.continuing import continuing
from detector.judgement.exclusions import refused_by_look
from detector.judgement.gate import ChangeGate
from detector.judgement.rulebook import rulebook_of
from detector.judgement.values import Box, Event, Look, ViewState, Zoom
from detector.worker import keeping, measuring
from detector.worker.cuttings import is_touched
from detector.worker.eye import Eye, things_of
from detector.worker.grounds import Grounds
from detector.worker.handover import OWED
from detector.worker.last_look import shown_crop
from detector.worker.order import PacketOrder
from detector.worker.references import References
from detector.worker.sight import gauge_crop, gauge_in
from detector.worker.state import StateStore
from detector.worker.tools import Decode, decode_here
from detector.worker.watched import Watched
from evidence.kinds import Kind
from models.detections import Detections
from streams.decoding import Crop, Decoded
from streams.errors import DecodeError
from streams.media import AccessUnit

log = logging.getLogger(__name__)

QUESTION_SECONDS = 60.0
"""Between two questions to the verifier about one place."""
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
        decode: for zoom looks and measures.
        references: the reference pictures that views name.
        grounds: what each view's ground looks like; all steps of a worker share one.
    """

    eye: Eye
    gate: ChangeGate
    wall_at: Callable[[float], datetime]
    store: StateStore
    order_of: OrderOf
    on_judged: OnJudged
    decode: Decode = decode_here
    references: References | None = None
    grounds: Grounds = field(default_factory=Grounds)

    def crops(self, watched: Watched, *, shown: bool = False, at_seconds: float | None = None) -> tuple[Crop, ...]:
        """What to cut out of the camera's keyframe: the rectangle of its zones, the whole picture where somebody watches, and where its time has come (at the
        moment `at_seconds` of the arrival clock) the gauge by which it is measured.
        """
        crops = [self.eye.crop(self.rectangle(watched))]
        if shown and watched.picture_size is not None:
            crops.append(shown_crop(watched.picture_size))
        if at_seconds is not None and watched.picture_size is not None and measuring.expects(watched, at_seconds):
            crops.append(gauge_crop(watched.picture_size))
        return tuple(crops)

    def rectangle(self, watched: Watched) -> Box:
        """What a look is cut to, in shares of the picture."""
        width, height = watched.picture_size or (16, 9)
        return watched.view.look_crop(self.eye.aspect / (width / height))

    def passes_gate(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> bool:
        """Whether the picture must be detected; one that need not is judged as `unchanged` here, and one that shows nothing, or another place, not at all."""
        if decoded.damage:
            watched.undecodable += 1
            log.debug("camera %s: a picture is not judged (%s)", watched.camera.camera_id, ", ".join(decoded.damage))
            return False
        watched.picture_size = (decoded.width, decoded.height)
        if not self.sees(watched, unit, decoded):
            watched.withhold(Look(unit.arrival_seconds, self.wall_at(unit.arrival_seconds), status="away"))
            self.on_judged(watched, unit, decoded, (), ())
            return False
        age = unit.arrival_seconds - watched.detected_seconds
        cells = watched.view.watched_cells(self.rectangle(watched))
        if self.gate.verdict(watched.reference, decoded.luma, age, watched.suspicious or watched.state.unsettled, cells) == "look":
            return True
        look = Look(unit.arrival_seconds, self.wall_at(unit.arrival_seconds), status="unchanged", aspect=decoded.width / decoded.height)
        self._take(watched, unit, decoded, look, None)
        return False

    def sees(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> bool:
        """Whether the picture shows what its zones were drawn on, soundly. Measured where a glance does not know it, and from time to time."""
        at = unit.arrival_seconds
        fits = True
        if decoded.whole is not None and measuring.glance(watched, decoded.whole, at):
            gauge = gauge_in(decoded.crops[1:], (decoded.width, decoded.height))
            if gauge is None:
                gauge = self._gauge(watched, unit, decoded)
            if gauge is not None:
                fits = measuring.measure(watched, gauge, at, self.wall_at(at), self.references)
                keeping.keep_sight(self.store, watched)
        return fits and watched.paused is None

    def _gauge(self, watched: Watched, unit: AccessUnit, decoded: Decoded) -> NDArray[np.uint8] | None:
        """Decodes the picture again for its gauge, which nobody expected to need."""
        try:
            again = self.decode(watched.camera.camera_id, unit, (gauge_crop((decoded.width, decoded.height)),))
        except DecodeError as error:
            log.debug("camera %s: a picture cannot be measured: %s", watched.camera.camera_id, error)
            return None
        return gauge_in(again.crops, (again.width, again.height))

    def judge(self, watched: Watched, unit: AccessUnit, decoded: Decoded, found: Detections) -> None:
        """Judges what was detected, and looks closer where that is asked for."""
        wall = self.wall_at(unit.arrival_seconds)
        things = things_of(found, decoded.crops[0], decoded.width, decoded.height, watched.objects)
        things = self.grounds.look(watched, decoded, self.rectangle(watched), unit.arrival_seconds, things)
        self._take(watched, unit, decoded, Look(unit.arrival_seconds, wall, things, aspect=decoded.width / decoded.height), decoded.luma)

    def _take(self, watched: Watched, unit: AccessUnit, decoded: Decoded, look: Look, luma: NDArray[np.uint8] | None) -> None:
        """Judges a look, writes what came of it, puts it in force and tells the worker."""
        try:
            with watched.lock:
                state, events = self._judged(watched, unit, decoded, look)
                owed = [(event, self._order(watched, unit, event, kind, look, state)) for event, kind in self._owing(watched, events)]
                if events:
                    keeping.keep_step(self.store, watched, state, [order.to_debt() for _, order in owed])
                watched.took(look, luma, state, written=bool(events))
                if look.status == "looked":
                    watched.seen.add(watched.document.view_id, look.things, look.at_seconds, look.wall, self.rectangle(watched))
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

    def _order(self, watched: Watched, unit: AccessUnit, event: Event, kind: Kind, look: Look, state: ViewState) -> PacketOrder:
        """The order of an event, with how the picture lay, of an alarm that is raised though its thing is quiet, by which order it is, and of an end, whether
        something else stands at its place after this look.
        """
        quiet = watched.shown_though_quiet(event.stay, event.kind, look.wall) if event.name == "confirmed" else None
        others = [stay.xyxy for stay in state.stays if stay.stay_id != event.stay.stay_id] if event.name == "ended" else []
        return replace(self.order_of(watched, unit, event, kind), moved=watched.moved, quiet=quiet, crowded=is_touched(event.stay.xyxy, others))

    def _judged(self, watched: Watched, unit: AccessUnit, decoded: Decoded, look: Look) -> tuple[ViewState, list[Event]]:
        """The memory that a look leaves and what came of it, after the zoom looks that were asked for."""
        state, first = watched.judged(look)
        state = self.grounds.supported(watched, state)
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
        rule = rulebook_of(watched.document, watched.catalogue).rule(kind)
        verdict = refused_by_look(rule, event.stay, closer_look(kind, event.stay, seen, self.eye.needed))
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
