"""The last seconds of a camera as they came: whole groups of pictures, bounded in seconds and bytes."""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from dataclasses import dataclass

from streams.media import AccessUnit

RING_SECONDS = 12.0
"""10 s asked for by the design, and two more for the tail of a clip."""
RING_BYTES = 16 * 1024 * 1024
"""Four times a 3 Mb/s camera's ten seconds; a camera beyond it keeps its last complete group and the growing one."""
UNIT_OVERHEAD_BYTES = 512
"""Of Python's own for each picture held: without it, a stream of tiny pictures would hold forty times the bound."""


_sessions = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RingNow:
    """What a ring holds at a moment.

    Attributes:
        session: of which session of which stream; no other ring of this process, nor this one after a reconnect, has the same number.
        units: beginning at a keyframe, or for a camera without them at a recovery point.
    """

    session: int
    units: tuple[AccessUnit, ...]


class Ring:
    """Holds groups of pictures; the oldest goes when the younger ones alone cover `seconds`, or the bound of bytes is passed.

    The last complete group and the one that is growing are kept beyond both, up to 2 x `max_bytes`: there the complete one goes, so that a camera with
    very large groups still has its last seconds. A growing group that passes 2 x `max_bytes` alone (85 s without a keyframe at 3 Mb/s) cannot be kept: its
    beginning is needed to decode its end. Then the ring is empty until the next keyframe or recovery point, and `overflows` counts it: for a camera
    that sends neither, only a fresh session (which begins with a keyframe) gives clips again.

    Pictures before the first keyframe are not kept; damaged ones are not handed to it.
    """

    def __init__(self, seconds: float = RING_SECONDS, max_bytes: int = RING_BYTES) -> None:
        self._seconds, self._max_bytes = seconds, max_bytes
        self._groups: deque[list[AccessUnit]] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        """Of the complete groups."""
        self._growing: list[AccessUnit] | None = None
        self._growing_bytes = 0
        self._oldest_goes_seconds = math.inf
        self._lock = threading.Lock()
        self._session = next(_sessions)
        self.blind = False
        """Whether keyframes are rare, so that a recovery point begins a group too. Set by the reader."""
        self.overflows = 0
        """How often a group was too large to be kept."""

    def push(self, unit: AccessUnit) -> None:
        """Adds the newest picture."""
        size = UNIT_OVERHEAD_BYTES
        for nal in unit.nals:
            size += len(nal)
        with self._lock:
            growing = self._growing
            if unit.keyframe or (unit.recovery and (self.blind or (growing is None and self.overflows))):
                self._begin(unit, size)
            elif growing is None:
                return
            else:
                growing.append(unit)
                self._growing_bytes += size
            held = self._bytes + self._growing_bytes
            if held > self._max_bytes or unit.arrival_seconds >= self._oldest_goes_seconds:
                self._shorten(unit.arrival_seconds)

    def _begin(self, unit: AccessUnit, size: int) -> None:
        if self._growing is not None:
            self._sizes.append(self._growing_bytes)
            self._bytes += self._growing_bytes
        self._growing, self._growing_bytes = [unit], size
        self._groups.append(self._growing)
        self._look_ahead()

    def _shorten(self, now: float) -> None:
        """Drops what is beyond the bounds: `_groups` has one more than `_sizes`, the growing one."""
        while len(self._sizes) > 1 and (now >= self._oldest_goes_seconds or self._bytes + self._growing_bytes > self._max_bytes):
            self._drop_oldest()
        if self._sizes and self._bytes + self._growing_bytes > 2 * self._max_bytes:
            self._drop_oldest()
        if self._growing_bytes > 2 * self._max_bytes:
            self._forget()
            self.overflows += 1

    def _drop_oldest(self) -> None:
        self._groups.popleft()
        self._bytes -= self._sizes.popleft()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """When the younger groups will cover the ring's seconds alone."""
        self._oldest_goes_seconds = self._groups[1][0].arrival_seconds + self._seconds if len(self._sizes) > 1 else math.inf

    def _forget(self) -> None:
        self._groups.clear()
        self._sizes.clear()
        self._bytes = self._growing_bytes = 0
        self._growing, self._oldest_goes_seconds = None, math.inf

    def snapshot(self) -> tuple[AccessUnit, ...]:
        """What is held now, beginning at a keyframe, or for a camera without them at a recovery point."""
        return self.now().units

    def now(self) -> RingNow:
        """What is held now, and of which session."""
        with self._lock:
            return RingNow(self._session, tuple(unit for group in self._groups for unit in group))

    def clear(self) -> None:
        """Forgets everything: after a reconnect, groups of two sessions do not belong in one clip."""
        with self._lock:
            self._forget()
            self._session = next(_sessions)

    @property
    def bytes(self) -> int:
        """Bytes held, with Python's own."""
        return self._bytes + self._growing_bytes

    @property
    def seconds(self) -> float:
        """Seconds from the first to the last picture held."""
        with self._lock:
            return self._groups[-1][-1].arrival_seconds - self._groups[0][0].arrival_seconds if self._groups else 0.0
