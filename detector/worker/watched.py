"""One camera as the worker judges it: its views and which of them is seen, the memory of its stays, and the counts that its status tells."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from detector.fleet.spec import WatchedCamera
from detector.judgement.confirmation import rebased
from detector.judgement.drift import Status
from detector.judgement.geometry import USUAL_ASPECT
from detector.judgement.kinds_on import kinds_on
from detector.judgement.rulebook import rulebook_of
from detector.judgement.stays import judge
from detector.judgement.values import Event, Look, Stay, Thing, ViewState
from detector.scene.judged import JudgedView
from detector.scene.seen import SeenByView
from detector.worker.hush import Hush
from detector.worker.preset import Preset
from detector.worker.sight import Sight
from detector.worker.two_streams import StreamChoice
from evidence.kinds import Catalogue
from evidence.model import Text
from evidence.named import ViewMoved
from evidence.packet import CameraNamed, act_id_of
from evidence.quiet import QuietNamed
from evidence.views import PictureRules, ViewDocument


@dataclass(slots=True)
class Watched:
    """A camera's judging. What changes is guarded by `lock`: a look is judged on a detector's thread while the registry may bring a new view.

    A look is judged (`judged`), what came of it is written to disk, and only then is it in force (`took`): all under one hold of the lock.

    Attributes:
        base: the catalogue with the overrides of the scene.
        presets: its views, at least one; `at`: which of them is seen, or was last.
        identified: whether it is known which is seen; of one view it is always that one.
        reference: luma picture of the last detected look, for the change gate; None where the next keyframe must be looked at.
        things: of the last look, for the picture that somebody may be watching.
        unwritten: whether the last look that had something to write could not; its outage has been told.
        streams: which of its two streams is wanted, where it has two.
        asked: stay id → the case for which another look at a confirmed stay was ordered and not given yet.
        hush: the things that people have silenced, and the alarms that were kept back because of them.
        sight: how its pictures are, and whether all is where it was.
        withheld: keyframes that were not judged: a view that has moved, or a picture that shows nothing.
        seen: where people and vehicles were seen in its views over a day.
    """

    camera: WatchedCamera
    base: Catalogue
    presets: list[Preset]
    at: int = 0
    identified: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)
    reference: NDArray[np.uint8] | None = None
    detected_seconds: float = 0.0
    things: tuple[Thing, ...] = ()
    picture_size: tuple[int, int] | None = None
    looks: int = 0
    unchanged: int = 0
    undecodable: int = 0
    withheld: int = 0
    first_look_wall: datetime | None = None
    last_look_wall: datetime | None = None
    last_shown_seconds: float = 0.0
    unwritten: bool = False
    streams: StreamChoice = field(default_factory=StreamChoice)
    asked: dict[str, str] = field(default_factory=dict)
    hush: Hush = field(default_factory=Hush)
    rules: PictureRules | None = None
    sight: Sight = field(default_factory=Sight)
    seen: SeenByView = field(default_factory=SeenByView)

    @classmethod
    def of(cls, camera: WatchedCamera, base: Catalogue, *views: ViewDocument, rules: PictureRules | None = None) -> Watched:
        """A camera that was not looked at yet.

        Args:
            views: at least one; of a camera that turns, one for each of its positions.
            rules: the scene's thresholds of picture health and drift.
        """
        one = cls(camera, base, [Preset.of(base, view) for view in views], identified=len(views) == 1, rules=rules)
        one.sight.rule(one.picture_rules)
        return one

    # The view that is seen

    @property
    def aspect(self) -> float:
        """Width of the picture over its height; the usual one before the first picture."""
        return USUAL_ASPECT if self.picture_size is None else self.picture_size[0] / self.picture_size[1]

    @property
    def preset(self) -> Preset:
        """The view that is seen, or was last."""
        return self.presets[self.at]

    @property
    def view(self) -> JudgedView:
        """The view in force, where it lies in the picture now."""
        return self.preset.view

    @property
    def document(self) -> ViewDocument:
        """The view in force, its zones where they lie in the picture now."""
        return self.preset.view.document

    @property
    def moved(self) -> ViewMoved | None:
        """How the picture lies against the one that the view was drawn on; None where it is in place."""
        return self.preset.moved

    @property
    def catalogue(self) -> Catalogue:
        """With the overrides of scene and view."""
        return self.preset.catalogue

    @property
    def state(self) -> ViewState:
        """The memory of the view in force."""
        return self.preset.state

    @state.setter
    def state(self, state: ViewState) -> None:
        self.preset.state = state

    @property
    def dirty(self) -> bool:
        """Whether the memory of any view holds more than what was last written to disk."""
        return any(preset.dirty for preset in self.presets)

    @property
    def picture_rules(self) -> PictureRules:
        """The thresholds of picture health and drift of the view in force."""
        own = self.preset.drawn.picture or PictureRules()
        return own.over(self.rules)

    @property
    def paused(self) -> str | None:
        """Why nothing is judged: a fault of the picture (`streams.health.Fault`) or the status of the view (`Status`); None where it is judged."""
        blind = self.sight.blind
        if blind is not None and self.picture_rules.unseeing_suspends is not False:
            return blind.value
        if not self.identified:
            return Status.UNRECOGNISED.value
        placement = self.preset.placement
        return None if placement.is_judged else placement.status.value

    @property
    def objects(self) -> frozenset[str]:
        """The classes that make a kind: those whose look tells one thing from another."""
        return kinds_on(self.catalogue).makes

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
        """Puts another version of the only view in force; whether anything changed."""
        return self.take_views([view])

    def take_views(self, views: Sequence[ViewDocument]) -> bool:
        """Puts other views in force, or other versions of them; whether anything changed. Stays go on, judged by what is drawn now.

        Raises:
            CatalogueError: one of them overrides a kind that there is not; nothing has changed.
        """
        with self.lock:
            if [preset.drawn for preset in self.presets] == list(views):
                return False
            known = {preset.drawn.view_id: preset for preset in self.presets}
            if len(views) == len(self.presets) == 1:
                known = {views[0].view_id: self.preset}
            presets = [self._preset(known.get(view.view_id), view) for view in views]
            before, seen = self.preset, self.preset.drawn.view_id
            self.presets = presets
            self.at = next((i for i, preset in enumerate(presets) if preset.drawn.view_id == seen), 0)
            self.identified = len(presets) == 1 or (self.identified and self.preset.drawn.view_id == seen)
            self.reference = None
            if self.preset.gallery is not before.gallery or len(presets) != len(known):
                self.sight.forget()
            self.sight.rule(self.picture_rules)
            return True

    def _preset(self, known: Preset | None, view: ViewDocument) -> Preset:
        if known is None:
            return Preset.of(self.base, view)
        return known if known.drawn == view else known.redrawn(self.base, view)

    def see(self, view_id: str) -> bool:
        """Takes down which view is seen; whether it is another one than before. The memory of the one that is not seen any more pauses."""
        with self.lock:
            at = next(i for i, preset in enumerate(self.presets) if preset.drawn.view_id == view_id)
            switched = at != self.at or not self.identified
            if at != self.at:
                self.preset.placement = self.preset.placement.doubted()
                self.reference, self.things = None, ()
                self.sight.forget()
            self.at, self.identified = at, True
            if switched:
                self.sight.rule(self.picture_rules)
            return switched

    # Judging

    def look_again(self, case_id: str, act_id: str) -> bool:
        """Takes an order to look again at an act: the next look that sees it, or the one that finds it gone, is told for that case. False where the act is
        over here: how it ended was told.
        """
        with self.lock:
            for preset in self.presets:
                view = preset.drawn
                for stay in preset.state.stays:
                    kind_id = stay.confirmed_kind
                    if kind_id is not None and act_id_of(view.camera_id, view.view_id, kind_id, stay.first_wall, stay.stay_id) == act_id:
                        self.asked[stay.stay_id] = case_id
                        self.reference = None
                        return True
            return False

    def keeps_quiet(self, stay: Stay, kind_id: str, now: datetime) -> bool:
        """Whether a stay that fulfils its kind's rule is a thing that shall be quiet, and none of the one in twenty that are shown: it becomes no act."""
        return self.hush.keeps_quiet(self.document, kind_id, stay, now, rulebook_of(self.document, self.catalogue))

    def shown_though_quiet(self, stay: Stay, kind_id: str, now: datetime) -> QuietNamed | None:
        """By which order a stay's thing is quiet, though its alarm is raised."""
        return self.hush.named(self.document, kind_id, stay, now)

    @property
    def suspicious(self) -> bool:
        """Whether something stands there that may become an alarm; what is kept quiet about is none."""
        return self.hush.is_suspicious(self.state)

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
            preset = self.preset
            preset.dirty = not written and (preset.dirty or bool(state.stays) or bool(preset.state.stays))
            self.unwritten = self.unwritten and not written
            preset.state = state
            self.hush.forget_all_but(stay for one in self.presets for stay in one.state.stays)

    def withhold(self, look: Look) -> None:
        """A keyframe was not judged, since it shows nothing, or another place (`look` is `away`): no view's stays are seen in it, and the next one that is
        judged is looked at however still it is.
        """
        with self.lock:
            self.withheld += 1
            self.reference, self.things = None, ()
            for preset in self.presets:
                if preset.state.stays:
                    preset.state, _ = judge(preset.view.document, preset.catalogue, preset.state, look)
                    preset.dirty = True

    def failed(self) -> None:
        """A look came to nothing: the memory stays, and the next keyframe is looked at however still it is."""
        with self.lock:
            self.reference = None

    def remember(self, state: ViewState, shift_seconds: float, view_id: str | None = None) -> None:
        """Takes up the memory of an earlier run, of one of its views (None: the one in force)."""
        with self.lock:
            for preset in self.presets:
                if preset.drawn.view_id == (view_id or self.preset.drawn.view_id):
                    preset.state = rebased(state, shift_seconds) if shift_seconds else state

    def interval_seconds(self, calm: float, busy: float, suspicious: float) -> float:
        """How long until the next look: suspicion and doubt shorten it, calm lengthens it; a camera's own interval bounds it."""
        own = self.camera.look_interval_seconds
        if self.paused is not None:
            wanted = suspicious if self.paused == Status.UNSURE else busy
        else:
            wanted = suspicious if self.suspicious else busy if self.state.stays or self.things else calm
        return min(wanted, own) if own is not None else wanted
