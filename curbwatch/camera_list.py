"""The cameras of a run that goes on for months: those of the command line, and those of a camera file that is read anew when it has changed."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from detector.errors import DetectorError
from detector.fleet.spec import WatchedCamera
from detector.registry_file import read_cameras
from streams.errors import StreamsError

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two glances at the file; it is read when two of them in a row find the same, so that none is read half-written."""
MAX_TOLD = 600
"""Characters of what is wrong with a file, in the log."""


class CameraList:
    """The cameras in force; `changed` is asked again and again.

    Args:
        fixed: cameras of the command line.
        file: a camera file, or None.
        chosen: which of them are this run's (a shard).

    Raises:
        DetectorError, StreamsError: the file cannot be used at the start.
    """

    def __init__(self, fixed: Sequence[WatchedCamera], file: Path | None, chosen: Callable[[list[WatchedCamera]], list[WatchedCamera]]) -> None:
        self._fixed, self._file, self._chosen = tuple(fixed), file, chosen
        self._seen = self._glanced = self._stamp()
        self._next = 0.0
        self.cameras: tuple[WatchedCamera, ...] = self._read()

    def changed(self, now: float | None = None) -> bool:
        """Whether another list is in force; a file that cannot be used changes nothing and is told of once."""
        now = time.monotonic() if now is None else now
        if self._file is None or now < self._next:
            return False
        self._next = now + LOOK_SECONDS
        before, stamp = self._glanced, self._stamp()
        self._glanced = stamp
        if stamp is None and before is not None:
            log.warning("the camera file is gone; the cameras stay as they are")
        if stamp is None or stamp == self._seen or stamp != before:
            return False
        self._seen = stamp
        try:
            cameras = self._read()
        except SystemExit:  # what is wrong has been said
            return False
        except (DetectorError, StreamsError) as error:
            log.error("the changed camera file is not taken, the cameras stay as they are: %s", " ".join(str(error).split())[:MAX_TOLD])
            return False
        if cameras == self.cameras:
            return False
        self.cameras = cameras
        return True

    def _read(self) -> tuple[WatchedCamera, ...]:
        listed = [] if self._file is None else [camera.watched for camera in read_cameras(self._file)]
        return tuple(self._chosen([*self._fixed, *listed]))

    def _stamp(self) -> tuple[int, ...] | None:
        """What changes with the file, its rights included: a file of commands that others could write is refused until they cannot."""
        if self._file is None:
            return None
        try:
            told = os.stat(self._file)
        except OSError:  # it is just being replaced, or gone: nothing changes
            return None
        return told.st_mtime_ns, told.st_ctime_ns, told.st_size, told.st_ino
