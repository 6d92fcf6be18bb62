"""The cameras that a worker has, and the views that they are judged on. Both may change while it works; what other threads read is replaced whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.fleet.spec import WatchedCamera, WorkerSpec
from detector.scene.scene import Scene, read_scene
from detector.worker.references import References
from detector.worker.watched import Watched
from evidence.errors import EvidenceError
from evidence.kinds import load_catalogue
from evidence.views import ViewDocument, whole_view
from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.errors import CameraSpecError

log = logging.getLogger(__name__)

MOST_NAMED = 10
"""Cameras that a line of the log names."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What another list of cameras means.

    Attributes:
        joined: cameras that were not there.
        read: streams to be read from now on: of those that joined, and of those whose streams changed.
        left: ids of cameras that are not there any more, or can no longer be read.
    """

    joined: tuple[Watched, ...] = ()
    read: tuple[CameraSpec, ...] = ()
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        joined = {watched.camera.camera_id for watched in self.joined}
        changed = [spec.camera_id for spec in self.read if spec.camera_id not in joined]
        parts = (("joined", sorted(joined)), ("left", self.left), ("changed", changed))
        return "; ".join(f"{len(ids)} {what} ({', '.join(ids[:MOST_NAMED])}{', …' if len(ids) > MOST_NAMED else ''})" for what, ids in parts if ids)


class Roster:
    """One worker's cameras. `take` is called on one thread only; everything else on any.

    Attributes:
        watched: camera id → its judging, in the order of the list.
        references: the pictures that views were drawn on.
        refused: the cameras whose address cannot be used, and why.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        """Reads the scene.

        Raises:
            SceneError: it cannot be used.
        """
        self._scene: Scene | None = None if spec.scene is None else read_scene(spec.scene)
        catalogue = load_catalogue()
        self._catalogue = catalogue if self._scene is None else self._scene.catalogue(catalogue)
        self._heard: dict[str, tuple[ViewDocument, ...]] = {}
        self.references = References(spec.folder, None if spec.scene is None else Path(spec.scene))
        self._specs: Mapping[str, CameraSpec] = {}
        self._needs_one = spec.registry_url is None  # what the registry takes away goes, whatever becomes of the others
        self.watched: Mapping[str, Watched] = {}
        self.refused: Mapping[str, CameraStatus] = {}

    def take(self, cameras: Sequence[WatchedCamera]) -> Changes:
        """Puts a list of cameras in force; those that stay keep all that is known of them.

        Raises:
            CameraSpecError: none of a list that was given to the worker can be read, and nothing has changed. One of the registry is taken whatever it is.
        """
        usable, refused = _usable(cameras, self.refused, needs_one=self._needs_one)
        watched: dict[str, Watched] = {}
        joined: list[Watched] = []
        for camera in cameras:
            one = self.watched.get(camera.camera_id)
            if one is None:
                rules = None if self._scene is None else self._scene.picture
                one = Watched.of(camera, self._catalogue, *self._own_views(camera.camera_id), rules=rules)
                self._judge_by(one, self._heard.get(camera.camera_id))
                joined.append(one)
            one.camera = camera
            watched[camera.camera_id] = one
        read = [spec for camera_id, spec in usable.items() if self._specs.get(camera_id) != spec]
        left = [camera_id for camera_id in self.watched if camera_id not in watched or (camera_id in refused and camera_id not in self.refused)]
        self.watched, self.refused, self._specs = watched, refused, usable
        return Changes(tuple(joined), tuple(read), tuple(left))

    def put_in_force(self, documents: Sequence[ViewDocument]) -> None:
        """The registry's views are of record; a camera that it has none for keeps the scene's, or the whole picture."""
        heard: dict[str, tuple[ViewDocument, ...]] = {}
        for document in documents:
            heard[document.camera_id] = (*heard.get(document.camera_id, ()), document)
        self._heard = heard
        self.references.want(documents)
        for camera_id, watched in self.watched.items():
            self._judge_by(watched, self._heard.get(camera_id))

    def _judge_by(self, watched: Watched, heard: tuple[ViewDocument, ...] | None) -> None:
        camera_id = watched.camera.camera_id
        try:
            if watched.take_views(heard or self._own_views(camera_id)):
                in_force = ", ".join(
                    f"version {preset.drawn.version}" if len(watched.presets) == 1 else f"{preset.drawn.view_id} in version {preset.drawn.version}"
                    for preset in watched.presets
                )
                log.info("camera %s: view %s is in force", camera_id, in_force)
        except Exception as error:  # one view that cannot be used must not keep the others from coming into force
            told = " ".join(str(error).split()) or type(error).__name__
            log.error("camera %s: its new view cannot be used, version %d stays in force: %s", camera_id, watched.document.version, told)

    def _own_views(self, camera_id: str) -> tuple[ViewDocument, ...]:
        """The scene file's views, or the whole picture where it has none."""
        views = () if self._scene is None else self._scene.views_of(camera_id)
        return views or (whole_view(camera_id),)


def usable_views(items: Sequence[object]) -> list[ViewDocument]:
    """The views that a worker remembers of its last run; what cannot be used any more is passed over."""
    views = []
    for item in items:
        try:
            views.append(ViewDocument.model_validate(item))
        except (ValueError, EvidenceError) as error:
            log.warning("a view that was remembered is not usable and is passed over: %s", " ".join(str(error).split()))
    return views


def spec_of(camera: WatchedCamera) -> CameraSpec:
    """The camera as it is read.

    Raises:
        CameraSpecError: its address cannot be used.
    """
    return CameraSpec.parse(
        camera.camera_id, camera.url, camera.transport, sub_url=camera.sub_url, resolver=camera.resolver, tls_verify=camera.tls_verify
    )  # fmt: skip


def public_url_of(camera: WatchedCamera) -> str | None:
    """The address as others may know it, without credentials; None for a file or a resolver's, which have none that others could use."""
    spec = CameraSpec(camera.camera_id, camera.url)
    return None if not camera.url or spec.is_file else spec.public_url


def _usable(cameras: Sequence[WatchedCamera], known: Mapping[str, CameraStatus], *, needs_one: bool) -> tuple[dict[str, CameraSpec], dict[str, CameraStatus]]:
    """The cameras that can be read, and each of the others as refused; what is known to be refused is not logged again."""
    usable, refused, first = {}, {}, None
    for camera in cameras:
        try:
            usable[camera.camera_id] = spec_of(camera)
        except CameraSpecError as error:
            first = first or error
            before = known.get(camera.camera_id)
            if before is None or before.reason != str(error):
                log.error("%s; it is tried again every minute", error)
                before = _refused(camera.camera_id, str(error))
            refused[camera.camera_id] = before
    if first is not None and not usable and needs_one:
        raise first
    return usable, refused


def _refused(camera_id: str, reason: str) -> CameraStatus:
    return CameraStatus(
        camera_id, CameraState.REFUSED, reason, since_seconds=time.monotonic(), last_picture_seconds=None, pictures=0, keyframes=0,
        damaged=0, drops={}, reconnects=0, bytes=0, codec=None, keyframe_interval_seconds=None, clock_offset_seconds=None,
    )  # fmt: skip
