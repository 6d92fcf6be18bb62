"""The reference pictures that views name: files beside the scene, and pictures of the registry, which are kept here under their hash."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.scene.referred import luma_of, read_luma
from detector.worker.files import DiskFault, put_bytes
from evidence.views import Reference, ViewDocument

log = logging.getLogger(__name__)

FOLDER = "references"


class References:
    """Pictures by what names them. Any thread.

    Args:
        folder: of the worker's data; `references/` in it holds what the registry has.
        scene: the scene file beside which named files lie.
    """

    def __init__(self, folder: Path, scene: Path | None = None) -> None:
        self._folder = folder / FOLDER
        self._beside = None if scene is None else scene.parent
        self._lock = threading.Lock()
        self._wanted: tuple[tuple[str, str, str], ...] = ()
        self._told: set[str] = set()

    def luma(self, view: ViewDocument) -> NDArray[np.uint8] | None:
        """The reference picture of a view as luma (h, w) uint8; None where it names none, or where it is not here (yet). What is wrong is logged once."""
        reference = view.reference
        if reference is None:
            return None
        path = self._path(reference)
        if path is None or not path.is_file():
            if reference.file is not None:
                self._tell(view, f"{reference.file}: its reference picture is not there")
            return None
        picture, fault = read_luma(path, reference)
        if picture is None:
            self._tell(view, f"{path}: its reference picture {fault}")
        return picture

    def want(self, views: Iterable[ViewDocument]) -> None:
        """Takes the views in force: what they name and is not here is to be fetched."""
        named = [(view.camera_id, view.view_id, view.reference) for view in views]
        with self._lock:
            self._wanted = tuple((camera_id, view_id, one.sha256) for camera_id, view_id, one in named if one is not None and one.sha256 and one.file is None)

    @property
    def missing(self) -> tuple[tuple[str, str, str], ...]:
        """Camera, view and hash of the pictures to be fetched."""
        with self._lock:
            wanted = self._wanted
        return tuple(one for one in wanted if not (self._folder / one[2]).is_file())

    def put(self, sha256: str, data: bytes) -> bool:
        """Keeps a picture of the registry; False where it is not the one, or the disk does not take it: it is asked for again."""
        if hashlib.sha256(data).hexdigest() != sha256 or luma_of(data)[0] is None:
            log.warning("the registry gave another picture than the reference %s…", sha256[:12])
            return False
        try:
            put_bytes(self._folder / sha256, data)
        except DiskFault as error:
            log.warning("a reference picture cannot be kept: %s", error)
            return False
        return True

    def _path(self, reference: Reference) -> Path | None:
        if reference.file is not None:
            return None if self._beside is None else self._beside / reference.file
        return self._folder / str(reference.sha256)

    def _tell(self, view: ViewDocument, fault: str) -> None:
        told = f"camera {view.camera_id}, view {view.view_id}: {fault}; whether the camera has moved is measured from its first picture on"
        with self._lock:
            if told in self._told:
                return
            self._told.add(told)
        log.error("%s", told)
