"""The freshest keyframe of every camera: what is not looked at in time is replaced, never queued."""

from __future__ import annotations

import threading

from streams.media import AccessUnit


class Mailbox:
    """Holds at most one undecoded keyframe a camera; `put` is called on the reader's thread and is cheap."""

    def __init__(self) -> None:
        self._newest: dict[str, AccessUnit] = {}
        self._lock = threading.Lock()
        self._replaced = 0
        self.arrived = threading.Event()
        """Set at each arrival, so that the dispatcher need not poll; the dispatcher clears it."""

    def put(self, camera_id: str, unit: AccessUnit) -> None:
        """Leaves a keyframe for the camera, in place of the one that lay there."""
        with self._lock:
            if camera_id in self._newest:
                self._replaced += 1
            self._newest[camera_id] = unit
        self.arrived.set()

    def take(self, camera_id: str) -> AccessUnit | None:
        """Takes the camera's keyframe out, or None where nothing new has come since the last one."""
        with self._lock:
            return self._newest.pop(camera_id, None)

    def waiting(self) -> frozenset[str]:
        """The cameras with a keyframe that was not looked at yet."""
        with self._lock:
            return frozenset(self._newest)

    def forget(self, camera_id: str) -> None:
        """Drops what lies there for a camera that has left."""
        self.take(camera_id)

    @property
    def replaced(self) -> int:
        """Keyframes that a newer one replaced before anybody looked (not a loss: one look every few seconds is meant)."""
        return self._replaced
