"""One camera as the worker judges it: its view in force, the memory of its stays, and the counts that its status tells."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from detector.fleet.spec import WatchedCamera
from detector.judgement.confirmation import rebased
from detector.judgement.quiet import QuietThing, is_quiet
from detector.judgement.rules import enabled, objects_anywhere
from detector.judgement.stays import judge
from detector.judgement.values import Event, Look, Stay, Thing, ViewState
from detector.scene.judged import JudgedView
from detector.worker.two_streams import StreamChoice
from evidence.kinds import Catalogue
from evidence.model import Text
from evidence.packet import CameraNamed, act_id_of
from evidence.views import ViewDocument


@dataclass(slots=True)
class Watched:
    """A camera's judging. What changes is guarded by `lock`: a look is judged on a detector's thread while the registry may bring a new view.

    A look is judged (`judged`), what came of it is written to disk, and only then is it in force (`took`): all under one hold of the lock.

    Attributes:
        catalogue: with the overrides of scene and view.
        reference: luma picture of the last detected look, for the change gate; None where the next keyframe must be looked at.
        things: of the last look, for the picture that somebody may be watching.
        dirty: whether the memory holds more than what was last written to disk.
        unwritten: whether the last look that had something to write could not; its outage has been told.
        streams: which of its two streams is wanted, where it has two.
        asked: stay id → the case for which another look at a confirmed stay was ordered and not given yet.
        quiet: things that people have judged to be none of what they looked like.
    """

    camera: WatchedCamera
    base: Catalogue
    view: JudgedView
    catalogue: Catalogue
    state: ViewState = field(default_factory=ViewState)
    lock: threading.RLock = field(default_factory=threading.RLock)
    reference: NDArray[np.uint8] | None = None
    detected_seconds: float = 0.0
    things: tuple[Thing, ...] = ()
    picture_size: tuple[int, int] | None = None
    looks: int = 0
    unchanged: int = 0
    undecodable: int = 0
    first_look_wall: datetime | None = None
    last_look_wall: datetime | None = None
    last_shown_seconds: float = 0.0
    dirty: bool = False
    unwritten: bool = False
    streams: StreamChoice = field(default_factory=StreamChoice)
    asked: dict[str, str] = field(default_factory=dict)
    quiet: tuple[QuietThing, ...] = ()

    @classmethod
    def of(cls, camera: WatchedCamera, base: Catalogue, view: ViewDocument) -> Watched:
        """A camera that was not looked at yet."""
        catalogue = base.overridden(view.kinds, f"view of {camera.camera_id}")
        return cls(camera, base, JudgedView(view, catalogue.kinds), catalogue)

    @property
    def document(self) -> ViewDocument:
        """The view in force."""
        return self.view.document

    @property
    def objects(self) -> frozenset[str]:
        """The classes that make a kind: those whose look tells one thing from another."""
        return frozenset(label for kind in enabled(self.catalogue) for label in objects_anywhere(kind))

    @property
    def named(self) -> CameraNamed:
        """The camera as a packet names it; coordinates without their system are none."""
        camera = self.camera
        zh, en = camera.name_zh, camera.name_en
        name = Text(zh=zh or en or "", en=en or zh or "") if zh or en else None
        known = camera.crs is not None and camera.latitude is not None and camera.longitude is not None
        lat, lon, crs = (camera.latitude, camera.longitude, camera.crs) if known else (None, None, None)
        return CameraNamed(id=camera.camera_id, name=name, gb28181_id=camera.gb28181_id, lat=lat, lon=lon, crs=crs, address=camera.address)

    def take_view(self, view: ViewDocument) -> bool:
        """Puts another version of the view in force; whether anything changed. Stays go on, judged by what is drawn now."""
        with self.lock:
            if view == self.document:
                return False
            catalogue = self.base.overridden(view.kinds, f"view of {self.camera.camera_id}")
            self.view, self.catalogue, self.reference = JudgedView(view, catalogue.kinds), catalogue, None
            return True

    def look_again(self, case_id: str, act_id: str) -> bool:
        """Takes an order to look again at an act: the next look that sees it, or the one that finds it gone, is told for that case. False where the act is
        over here: how it ended was told.
        """
        with self.lock:
            view = self.document
            for stay in self.state.stays:
                kind_id = stay.confirmed_kind
                if kind_id is not None and act_id_of(view.camera_id, view.view_id, kind_id, stay.first_wall, stay.stay_id) == act_id:
                    self.asked[stay.stay_id] = case_id
                    self.reference = None
                    return True
            return False

    def keeps_quiet(self, stay: Stay, kind_id: str, now: datetime) -> bool:
        """Whether a stay is a thing that shall be quiet: it becomes no act."""
        return is_quiet(self.quiet, self.document.view_id, kind_id, stay, now)

    def judged(self, look: Look) -> tuple[ViewState, tuple[Event, ...]]:
        """The memory that a look would leave and what came of it; nothing is in force before `took`."""
        with self.lock:
            return judge(self.document, self.catalogue, self.state, look)

    def took(self, look: Look, luma: NDArray[np.uint8] | None, state: ViewState, *, written: bool) -> None:
        """Puts in force what a look left (`luma` of a detected picture becomes the gate's reference)."""
        with self.lock:
            if look.status == "looked":
                self.looks += 1
                self.things, self.reference, self.detected_seconds = look.things, luma, look.at_seconds
            else:
                self.unchanged += 1
            self.first_look_wall = self.first_look_wall or look.wall
            self.last_look_wall = look.wall
            self.dirty = not written and (self.dirty or bool(state.stays) or bool(self.state.stays))
            self.unwritten = self.unwritten and not written
            self.state = state

    def failed(self) -> None:
        """A look came to nothing: the memory stays, and the next keyframe is looked at however still it is."""
        with self.lock:
            self.reference = None

    def remember(self, state: ViewState, shift_seconds: float) -> None:
        """Takes up the memory of an earlier run."""
        with self.lock:
            self.state = rebased(state, shift_seconds) if shift_seconds else state

    def interval_seconds(self, calm: float, busy: float, suspicious: float) -> float:
        """How long until the next look: suspicion shortens it, calm lengthens it; a camera's own interval bounds it."""
        own = self.camera.look_interval_seconds
        wanted = suspicious if self.state.suspicious else busy if self.state.stays or self.things else calm
        return min(wanted, own) if own is not None else wanted
