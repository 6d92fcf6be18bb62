"""The last seconds of a camera as they came: whole groups of pictures, bounded in seconds and bytes."""

from __future__ import annotations

import threading
from collections import deque

from streams.media import AccessUnit

RING_SECONDS = 12.0
"""10 s asked for by the design, and two more for the tail of a clip."""
RING_BYTES = 16 * 1024 * 1024
"""Four times a 3 Mb/s camera's ten seconds; a camera beyond it keeps its last complete group only, and one whose single group is beyond it, nothing."""


UNIT_OVERHEAD_BYTES = 512
"""Of Python's own for each picture held: without it, a stream of tiny pictures would hold forty times the bound."""


class Ring:
    """Holds groups of pictures; the oldest goes when the younger ones alone cover `seconds`, or the bound of bytes is passed.

    The last complete group and the one that is growing are kept beyond `seconds`, but a growing group that passes the bound of bytes on its own (a camera
    that sends no more keyframes) empties the ring until the next keyframe: half a group cannot be decoded, and memory is bounded by 2 x `max_bytes`.
    Pictures before the first keyframe are not kept; damaged ones are not handed to it.
    """

    def __init__(self, seconds: float = RING_SECONDS, max_bytes: int = RING_BYTES) -> None:
        self._seconds, self._max_bytes = seconds, max_bytes
        self._groups: deque[list[AccessUnit]] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def push(self, unit: AccessUnit) -> None:
        """Adds the newest picture."""
        size = unit.size_bytes + UNIT_OVERHEAD_BYTES
        with self._lock:
            if unit.keyframe:
                self._groups.append([unit])
                self._sizes.append(size)
            elif self._groups:
                self._groups[-1].append(unit)
                self._sizes[-1] += size
            else:
                return
            self._bytes += size
            while len(self._groups) > 2 and self._dispensable(unit.arrival_seconds):
                self._groups.popleft()
                self._bytes -= self._sizes.popleft()
            if self._sizes[-1] > self._max_bytes:
                self._forget()

    def _dispensable(self, now: float) -> bool:
        return now - self._groups[1][0].arrival_seconds >= self._seconds or self._bytes > self._max_bytes

    def _forget(self) -> None:
        self._groups.clear()
        self._sizes.clear()
        self._bytes = 0

    def snapshot(self) -> tuple[AccessUnit, ...]:
        """What is held now, beginning at a keyframe."""
        with self._lock:
            return tuple(unit for group in self._groups for unit in group)

    def clear(self) -> None:
        """Forgets everything: after a reconnect, groups of two sessions do not belong in one clip."""
        with self._lock:
            self._forget()

    @property
    def bytes(self) -> int:
        """Bytes held, with Python's own."""
        return self._bytes

    @property
    def seconds(self) -> float:
        """Seconds from the first to the last picture held."""
        with self._lock:
            return self._groups[-1][-1].arrival_seconds - self._groups[0][0].arrival_seconds if self._groups else 0.0
