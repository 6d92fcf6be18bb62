"""What one stream of a camera has brought so far: counts and times, and the part of them in a camera's status."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from streams.media import CLOCK_RATE, AccessUnit, Codec

MOST_BURST_SECONDS = 5.0
"""How far pictures may come before or behind their time without a jump of the camera's clock."""


@dataclass(slots=True)
class Tally:
    """Counts of all sessions of a stream; written on the reader's thread, read on any."""

    pictures: int = 0
    keyframes: int = 0
    damaged: int = 0
    bytes: int = 0
    reconnects: int = 0
    last_picture_seconds: float | None = None
    last_keyframe_seconds: float | None = None
    codec: Codec | None = None
    drops: dict[str, int] = field(default_factory=dict)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    """Of arrivals."""
    _last_ticks: int = 0
    _interval_seconds: float | None = None
    _since_seconds: float = 0.0
    """When the last keyframe came, in whichever session."""

    @property
    def interval_seconds(self) -> float | None:
        """Between the last two keyframes, and at least the time since the last: it grows while none comes. None before there were two in a session."""
        known = self._interval_seconds
        return None if known is None else max(known, self.clock() - self._since_seconds)

    def picture(self, unit: AccessUnit) -> None:
        """Counts a picture."""
        self.pictures += 1
        self.last_picture_seconds = unit.arrival_seconds
        self.codec = unit.codec
        if unit.damaged:
            if self.last_keyframe_seconds is not None:  # a stream that is joined in the middle has lost nothing
                self.damaged += 1
        elif unit.keyframe:
            if self.last_keyframe_seconds is not None:
                self._interval_seconds = _between(unit.arrival_seconds - self.last_keyframe_seconds, (unit.timestamp - self._last_ticks) / CLOCK_RATE)
            self.last_keyframe_seconds, self._last_ticks = unit.arrival_seconds, unit.timestamp
            self._since_seconds = unit.arrival_seconds
            self.keyframes += 1

    def close(self, received_bytes: int, drops: Mapping[str, int]) -> None:
        """Takes in what an ended session has counted."""
        self.bytes += received_bytes
        self.drops = summed(self.drops, drops)
        self.last_keyframe_seconds = None


def _between(arrivals: float, times: float) -> float:
    """Seconds between two keyframes: by the stream's own time, unless that jumped; arrivals come in bursts."""
    return times if abs(times - arrivals) < MOST_BURST_SECONDS and times > 0 else arrivals


def summed(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """Counts of two together."""
    both = dict(left)
    for cause, count in right.items():
        both[cause] = both.get(cause, 0) + count
    return both
