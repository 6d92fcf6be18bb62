"""Room that is taken while there is some, so that a full disk still lets a worker remember its stays: a file of nothing, let go when the disk is full.

What a worker must write to go on looking is small (its state, a manifest); 32 MiB of it last for days. The file is taken again once there is room for it
several times over. A start needs some too: a clean stop removes the databases' write-ahead logs and their indices, which opening makes again.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from pathlib import Path

from evidence.folders import make_folder
from evidence.held_room import held_bytes, hold

log = logging.getLogger(__name__)

NAME = "ballast"
BALLAST_BYTES = 32 * 1024**2
KEPT_BYTES = 1024**2
"""So much of it a stop leaves for the next start, also where there is too little for all of it."""
ROOM = 4
"""It is taken where so many of it are free."""
TEND_SECONDS = 30.0


class Ballast:
    """The file in a worker's data folder; safe to call from several threads. Nothing that it does can fail: at worst it holds no room."""

    def __init__(self, folder: Path, size_bytes: int = BALLAST_BYTES) -> None:
        self._path, self._size = folder / NAME, size_bytes
        self._tended_seconds = float("-inf")

    @property
    def held_bytes(self) -> int:
        """Room that it holds."""
        return held_bytes(self._path)

    def open(self) -> None:
        """At a start: takes room where there is some, and lets go of it where there is none, since a start needs some."""
        with suppress(OSError):
            make_folder(self._path.parent)
            if shutil.disk_usage(self._path.parent).free < self._size:
                self.give()
            else:
                self._take()

    def give(self) -> bool:
        """Lets go of it; whether there was any."""
        held = self.held_bytes
        with suppress(OSError):
            self._path.unlink()
        if held:
            log.error("the disk is full: %d MiB that were held back for what a worker must remember are let go; free space there", held >> 20)
        return held > 0

    def tend(self, now_seconds: float) -> None:
        """Takes it again once there is room for it; called often, looks seldom."""
        if now_seconds - self._tended_seconds >= TEND_SECONDS:
            self._tended_seconds = now_seconds
            self._take()

    def close(self) -> None:
        """At a stop, once the databases are closed: what room there is for the next start, as far as it holds none."""
        with suppress(OSError):
            hold(self._path, min(KEPT_BYTES, shutil.disk_usage(self._path.parent).free))

    def _take(self) -> None:
        with suppress(OSError):
            if shutil.disk_usage(self._path.parent).free >= ROOM * self._size:
                hold(self._path, self._size)
