"""What one stream of a camera has brought so far: counts and times, and the part of them in a camera's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.media import AccessUnit, Codec


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
    interval_seconds: float | None = None
    codec: Codec | None = None
    drops: dict[str, int] = field(default_factory=dict)

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
                self.interval_seconds = unit.arrival_seconds - self.last_keyframe_seconds
            self.last_keyframe_seconds = unit.arrival_seconds
            self.keyframes += 1

    def close(self, received_bytes: int, drops: Mapping[str, int]) -> None:
        """Takes in what an ended session has counted."""
        self.bytes += received_bytes
        self.drops = summed(self.drops, drops)
        self.last_keyframe_seconds = None


def summed(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """Counts of two together."""
    both = dict(left)
    for cause, count in right.items():
        both[cause] = both.get(cause, 0) + count
    return both
