"""The grounds of a worker's views: each look's picture goes in, what is new and stays comes out as things, and a restart finds them again.

A ground lies in a file of its own, written every few minutes and never synced: what a power cut takes of it is learned anew within minutes, and no act hangs
on it (acts are in the state).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.ground.memory import GroundFault, ground_from_bytes, ground_to_bytes
from detector.ground.observing import Given, observed
from detector.ground.picture import GroundPicture, Mask, picture_of, polygons_covered
from detector.ground.settings import DEFAULT, GroundSettings
from detector.ground.telling import still, supported, thing_of, told
from detector.ground.values import GroundState, Region
from detector.judgement.geometry import Box
from detector.judgement.values import Thing, ViewState
from detector.worker.eye import signature_of
from detector.worker.files import DRAFT_SUFFIX
from detector.worker.watched import Watched
from evidence.folders import make_folder
from evidence.kinds.classes import UNRECOGNISED
from streams.decoding import Decoded, DecodedCrop

log = logging.getLogger(__name__)

SIGNED_AGAIN_SECONDS = 600.0
"""Between two histograms of one thing: each takes 0.5 ms, and a stay's own follows by a tenth."""
KEPT_EVERY_SECONDS = 300.0
KEPT_A_TURN = 4
"""Grounds that are written in one turn at most, so that 400 cameras are spread over their five minutes."""
FORGOTTEN_AFTER_SECONDS = 30 * 86400.0
"""A file of a view that nobody has looked at for so long is deleted."""
SUFFIX = ".ground"
Name = tuple[str, str]
"""Camera and view."""


@dataclass(slots=True)
class _Ground:
    """One view's ground and what belongs to it. Until it is `placed` by a first look, it is taken to lie as it did when it was kept.

    Attributes:
        told: the last picture, where something was told of it.
        between: what was recognised in the looks since.
    """

    state: GroundState | None = None
    told: GroundPicture | None = None
    between: list[tuple[Thing, ...]] = field(default_factory=list)
    homography: tuple[float, ...] | None = None
    placed: bool = False
    unseen: Mask | None = None
    unseen_of: tuple[object, ...] = ()
    kept_seconds: float = field(default_factory=time.monotonic)
    changed: bool = False


class Grounds:
    """The grounds of all views. A view's looks come one after another, on whatever thread; `keep` and `forget` come from another one.

    Args:
        folder: where they are kept; None for a recording, which begins anew each time.
    """

    def __init__(self, folder: Path | None = None, settings: GroundSettings = DEFAULT) -> None:
        self._folder, self.settings = folder, settings
        self._grounds: dict[Name, _Ground] = {}
        self._failing = False

    def open(self) -> None:
        """Deletes what was kept of views that nobody has looked at for a month."""
        if self._folder is None:
            return
        for path in self._folder.glob(f"*/*{SUFFIX}*"):
            try:
                if path.name.endswith(DRAFT_SUFFIX) or time.time() - path.stat().st_mtime > FORGOTTEN_AFTER_SECONDS:
                    path.unlink()
            except OSError as error:
                log.warning("%s: cannot be deleted (%s); delete it by hand", path, error.strerror or error)

    def look(self, watched: Watched, decoded: Decoded, rectangle: Box, at_seconds: float, things: Sequence[Thing]) -> tuple[Thing, ...]:
        """The things of a look with those on the ground that no class covers.

        Args:
            decoded: the look's picture; its first crop is the one that was detected.
            rectangle: that crop, in shares of the picture.
        """
        view, moved = watched.document, None if watched.moved is None else watched.moved.homography
        ground = self._of((view.camera_id, view.view_id), at_seconds)
        shown, size = UNRECOGNISED in watched.objects, (decoded.width, decoded.height)
        state = ground.state
        if state is not None and ground.placed and ground.homography == moved and 0 <= at_seconds - state.at_seconds < self.settings.every_seconds:
            ground.between.append(tuple(things))
            regions = () if ground.told is None else still(state, ground.told, picture_of(decoded.crops[0], rectangle, *size), things, self.settings)
            return (*things, *map(thing_of, regions))
        picture = picture_of(decoded.crops[0], rectangle, *size)
        unseen = self._unseen(ground, watched, picture)
        if unseen is not None:
            picture.cells[:, unseen] = 0
        held = [stay.xyxy for stay in watched.state.stays if stay.confirmed_kind is not None]
        given = Given(things, tuple(ground.between), held, unseen)
        since = _since(ground.homography, moved) if ground.placed else None
        state = observed(state, picture, at_seconds, given, moved=since, settings=self.settings)
        regions = told(state, self.settings) if shown else ()
        if any(at_seconds - region.signed_seconds >= SIGNED_AGAIN_SECONDS for region in regions):
            people = [thing.xyxy for thing in things if thing.label == "person"]
            regions = tuple(self._signed(region, decoded.crops[0], size, people, at_seconds) for region in regions)
            known = {region.number: region for region in regions}
            state = replace(state, regions=tuple(known.get(region.number, region) for region in state.regions))
        ground.state, ground.homography, ground.placed, ground.changed = state, moved, True, True
        ground.told = picture if regions else None
        ground.between.clear()
        return (*things, *map(thing_of, regions))

    def supported(self, watched: Watched, memory: ViewState) -> ViewState:
        """The memory of a view whose stays know how much of their place is new."""
        ground = self._grounds.get((watched.document.camera_id, watched.document.view_id))
        return memory if ground is None or ground.state is None else supported(memory, ground.state)

    def state(self, camera_id: str, view_id: str = "main") -> GroundState | None:
        """A view's ground, if it was looked at."""
        ground = self._grounds.get((camera_id, view_id))
        return None if ground is None else ground.state

    def forget(self, camera_ids: Collection[str]) -> None:
        """Lets cameras go; their files stay for whoever takes them up again."""
        for name in [name for name in list(self._grounds) if name[0] in camera_ids]:
            self._grounds.pop(name, None)

    def keep(self, now_seconds: float, *, everything: bool = False) -> None:
        """Writes a few of the grounds that have changed and were not written for minutes; all that changed where this is the end."""
        if self._folder is None:
            return
        due = [(name, one) for name, one in list(self._grounds.items()) if one.changed and (everything or now_seconds - one.kept_seconds >= KEPT_EVERY_SECONDS)]
        for name, ground in sorted(due, key=lambda pair: pair[1].kept_seconds)[: None if everything else KEPT_A_TURN]:
            state = ground.state
            ground.kept_seconds = now_seconds  # also where it fails: it is tried again in its turn
            if state is None:
                continue
            try:
                path = self._path(name, self._folder)
                make_folder(path.parent)
                draft = path.with_name(path.name + DRAFT_SUFFIX)
                draft.write_bytes(ground_to_bytes(state))
                draft.replace(path)
            except OSError as error:
                if not self._failing:
                    log.warning("%s: the ground of views cannot be kept (%s); after a restart it would be learned anew", self._folder, error.strerror or error)
                self._failing = True
            else:
                self._failing, ground.changed = False, False

    def _of(self, name: Name, at_seconds: float) -> _Ground:
        ground = self._grounds.get(name)
        if ground is None:
            ground = self._grounds[name] = _Ground(self._kept(name, at_seconds))
        return ground

    def _kept(self, name: Name, at_seconds: float) -> GroundState | None:
        if self._folder is None:
            return None
        path = self._path(name, self._folder)
        try:
            return ground_from_bytes(path.read_bytes(), at_seconds)
        except FileNotFoundError:
            return None
        except (OSError, GroundFault) as error:
            log.warning("camera %s: %s: %s", name[0], path, error)
            return None

    @staticmethod
    def _path(name: Name, folder: Path) -> Path:
        return folder / name[0] / f"{name[1]}{SUFFIX}"

    @staticmethod
    def _unseen(ground: _Ground, watched: Watched, picture: GroundPicture) -> Mask | None:
        """Cells that nobody may look at, or that count for nothing."""
        polygons = watched.view.ignored
        wanted = (polygons, picture.rectangle, picture.shape)
        if ground.unseen_of != wanted:
            ground.unseen = polygons_covered(polygons, picture.rectangle, picture.shape) if polygons else None
            ground.unseen_of = wanted
        return ground.unseen

    @staticmethod
    def _signed(region: Region, crop: DecodedCrop, size: tuple[int, int], people: Sequence[Box], at_seconds: float) -> Region:
        """The region with what it looks like now."""
        boxes = _in_crop([region.xyxy, *people], crop, size)
        signature = signature_of(crop.pixels, boxes[0], boxes[1:])
        return replace(region, signature=signature or region.signature, signed_seconds=at_seconds)


def _in_crop(boxes: Sequence[Box], crop: DecodedCrop, size: tuple[int, int]) -> NDArray[np.float32]:
    """Boxes of the whole picture (shares) in pixels of the crop (n, 4), cut to it."""
    box, (width_px, height_px) = crop.letterbox, size
    whole = np.array(boxes, np.float32) * np.array([width_px, height_px] * 2, np.float32)
    inside = (whole - np.array([box.origin_x, box.origin_y] * 2, np.float32)) * np.float32(box.scale) + np.array([box.pad_x, box.pad_y] * 2, np.float32)
    rows, columns = crop.pixels.shape[:2]
    return np.asarray(np.clip(inside, 0, np.array([columns, rows] * 2, np.float32)), np.float32)


def _since(before: tuple[float, ...] | None, now: tuple[float, ...] | None) -> NDArray[np.float64] | None:
    """The homography between two placements of a view; None where it lies as it did."""
    if before == now:
        return None
    was, lies = (np.eye(3) if one is None else np.array(one, float).reshape(3, 3) for one in (before, now))
    moved: NDArray[np.float64] = lies @ np.linalg.inv(was)
    return moved
