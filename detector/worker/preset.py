"""One view of a camera as the worker judges it: what is drawn on it and where that lies now, its memory, and the pictures that it is recognised by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from detector.judgement.drift import IDENTITY, Gallery, Homography, Placement
from detector.judgement.drift.homography import after, inverse
from detector.judgement.kinds_on import in_force
from detector.judgement.values import ViewState
from detector.scene.judged import JudgedView
from detector.scene.moving import moved_memory, moved_view
from detector.scene.presets import drawing_of, is_measured
from evidence.canonical import canonical_json, sha256_hex
from evidence.kinds import Catalogue
from evidence.named import ViewMoved
from evidence.views import ViewDocument


@dataclass(slots=True)
class Preset:
    """A view; what changes is guarded by its camera's lock.

    Attributes:
        drawn: as it was saved.
        catalogue: with the overrides of scene and view.
        view: as it lies in the picture now.
        state: the memory of its stays; it pauses while the view is not seen.
        dirty: whether the memory holds more than what was last written to disk.
        gallery: the pictures that it is recognised by; None before there is a reference picture.
        unwritten: whether what it is recognised by holds more than what was last written to disk.
        moved: where it lies, as packets name it; None where it is in place.
        since_wall: since when its placement is what it is.
        candidate: a picture that may become the reference picture, and when it was taken; `tries`: how many did not.
        is_recalled: whether its pictures are those of an earlier run, and were not yet held against the file that it names.
    """

    drawn: ViewDocument
    catalogue: Catalogue
    view: JudgedView
    state: ViewState = field(default_factory=ViewState)
    dirty: bool = False
    gallery: Gallery | None = None
    unwritten: bool = False
    placement: Placement = field(default_factory=Placement)
    moved: ViewMoved | None = None
    since_wall: datetime | None = None
    is_recalled: bool = False
    candidate: tuple[Gallery, float] | None = None
    tries: int = 0

    @classmethod
    def of(cls, base: Catalogue, drawn: ViewDocument) -> Preset:
        """A view that was not seen yet.

        Raises:
            CatalogueError: an override of a kind that there is not.
        """
        catalogue = in_force(base, drawn, f"view of {drawn.camera_id}")
        return cls(drawn, catalogue, JudgedView(drawn, catalogue.kinds))

    @property
    def is_measured(self) -> bool:
        """Whether it matters where its picture lies."""
        return is_measured(self.drawn)

    def redrawn(self, base: Catalogue, drawn: ViewDocument) -> Preset:
        """The same view as it was saved anew: its memory goes on; its reference picture too, as long as the same is drawn or the same picture named."""
        new = Preset.of(base, drawn)
        new.state, new.dirty = self.state, self.dirty
        if drawn.reference == self.drawn.reference and (drawn.reference is not None or drawing_of(drawn) == drawing_of(self.drawn)):
            new.gallery, new.placement, new.unwritten, new.since_wall = self.gallery, self.placement, self.unwritten, self.since_wall
            new.lay(self.placement.homography)
        else:
            new.state = moved_memory(new.state, inverse(self.placement.homography)) if self.placement.homography != IDENTITY else new.state
        return new

    def place(self, placement: Placement) -> bool:
        """Puts a placement in force; whether the zones lie elsewhere by it. What judging remembers moves with the picture."""
        before, self.placement = self.placement, placement
        if placement.homography == before.homography:
            return False
        self.state = moved_memory(self.state, after(placement.homography, inverse(before.homography)))
        self.lay(placement.homography)
        return True

    def lay(self, homography: Homography) -> None:
        """Lays what is drawn where it is seen now."""
        if homography == IDENTITY:
            self.view, self.moved = JudgedView(self.drawn, self.catalogue.kinds), None
            return
        self.view = JudgedView(moved_view(self.drawn, homography), self.catalogue.kinds)
        self.moved = ViewMoved(
            homography=tuple(round(value, 9) for value in homography), shift=round(self.placement.shift, 5), roll_degrees=round(self.placement.roll_degrees, 3),
            zoom=round(self.placement.zoom, 4), agreement=round(min(1.0, self.placement.agreement), 3),
            drawn_sha256=sha256_hex(canonical_json(self.drawn.to_json())),
        )  # fmt: skip
